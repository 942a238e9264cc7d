"""gate.py: what the system tests of posternd share: a daemon with its own directory, and an MTA's side of the milter
protocol, version 6."""
import glob
import json
import os
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import tempfile
import time

MESSAGE = (b"From: Ada <ada@example.net>\r\nTo: bob@example.org\r\nSubject: Lunch\r\n"
           b"Date: Mon, 2 Mar 2026 08:59:58 +0000\r\nMessage-ID: <%d@example.net>\r\n\r\nAt noon?\r\n")


class Gone(Exception):
    """The milter closed the connection."""


class Milter:
    """One connection of an MTA."""

    def __init__(self, address, client="192.0.2.1", helo="mail.example.net", daemon="smtpd", timeout=60):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
        else:
            self.socket = socket.socket()
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(address)
            self.send(b"O", struct.pack(">III", 6, 0x1ff, 0x1fffff))
            code, data = self.receive()
            assert code == b"O", code
            self.version, self.actions, self.protocol = struct.unpack(">III", data[:12])
            self.macros(b"C", daemon_name=daemon)
            self.command(b"C", helo.encode() + b"\x004" + struct.pack(">H", 4000) + client.encode() + b"\0", 0x1000)
            self.command(b"H", helo.encode() + b"\0", 0x2000)
        except (OSError, Gone):
            self.close()
            raise

    def close(self):
        self.socket.close()

    def send(self, code, data=b""):
        try:
            self.socket.sendall(struct.pack(">I", len(data) + 1) + code + data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Gone from error

    def receive(self):
        def whole(n):
            data = b""
            while len(data) < n:
                try:
                    more = self.socket.recv(n - len(data))
                except ConnectionResetError as error:
                    raise Gone from error
                if not more:
                    raise Gone
                data += more
            return data
        data = whole(struct.unpack(">I", whole(4))[0])
        return data[:1], data[1:]

    def macros(self, stage, **values):
        self.send(b"D", stage + b"".join(name.encode() + b"\0" + value.encode() + b"\0" for name, value in values.items()))

    def command(self, code, data=b"", no_reply=0):
        """Sends and, unless the reply was waived, wants 'continue'."""
        self.send(code, data)
        if not no_reply & self.protocol:
            reply, data = self.receive()
            assert reply == b"c", (code, reply, data)

    def message(self, text, **arguments):
        """Sends a message; returns the last reply, its text, and the changes before it: (b"a", b"", [(b"i", data), ...])."""
        self.begin(text, **arguments)
        return self.end()

    def begin(self, text, sender="ada@example.net", recipients=("bob@example.org",), queue_id="", **macros):
        """All of a message but its end."""
        self.macros(b"M", i=queue_id, **macros)
        self.command(b"M", b"<" + sender.encode() + b">\0", 0x4000)
        for recipient in recipients:
            self.command(b"R", b"<" + recipient.encode() + b">\0", 0x8000)
        self.command(b"T", b"", 0x10000)
        head, _, body = text.partition(b"\r\n\r\n")
        for field in re.split(rb"\r\n(?![ \t])", head):
            name, _, value = field.partition(b":")
            if not self.protocol & 0x100000:
                value = value[1:] if value[:1] == b" " else value
            self.command(b"L", name + b"\0" + value.replace(b"\r\n", b"\n") + b"\0", 0x80)
        self.command(b"N", b"", 0x40000)
        for at in range(0, len(body), 65535):
            self.command(b"B", body[at:at + 65535], 0x80000)

    def end(self):
        self.send(b"E")
        changes = []
        while True:
            code, data = self.receive()
            if code in (b"a", b"d", b"t", b"r", b"y", b"c"):
                return (code, data.rstrip(b"\0"), changes)
            if code != b"p":
                changes.append((code, data))


class Daemon:
    """A posternd with a directory of its own. `settings`: more lines of its configuration; `dns`: who is asked and how."""

    def __init__(self, program, settings="", listeners="", workers=2, user=None, dns=None, directory=None):
        self.program = program
        self.directory = directory or tempfile.mkdtemp(prefix="postern-gate-")
        os.chmod(self.directory, 0o755)
        self.path = os.path.join(self.directory, "postern.yaml")
        self.user = user or "root"
        self.workers = workers
        self.journal = self.quarantine = self.control = ""  # more of these sections: "key: value, "
        self.dns = dns or "forwarders: " + os.environ["DNS_SERVER"]
        self.socket = os.path.join(self.directory, "mx.sock")
        self.enforcing = os.path.join(self.directory, "enforcing.sock")
        for name in ("journal", "quarantine", "spool"):
            os.makedirs(os.path.join(self.directory, name), exist_ok=True)
        self.write(settings, listeners)
        self.process = None
        self.log_path = os.path.join(self.directory, "log")

    def write(self, settings="", listeners=""):
        with open(self.path, "w", encoding="ascii") as file:
            file.write(f"""user: {self.user}
workers: {self.workers}
authserv-id: mx.example.org
spool: {{directory: {self.directory}/spool}}
journal: {{{self.journal}directory: {self.directory}/journal}}
quarantine: {{{self.quarantine}directory: {self.directory}/quarantine}}
control: {{{self.control}socket: {self.directory}/control.sock}}
dns: {{{'' if 'resolver:' in self.dns else 'resolver: forwarders, '}{self.dns}}}
listeners:
  mx: {{address: {self.socket}}}
  enforcing: {{address: {self.enforcing}, mode: enforce}}
{listeners}{settings}""")

    def start(self, environment=None):
        with open(self.log_path, "ab") as log:
            begin = log.tell()
            self.process = subprocess.Popen([self.program, "--foreground", "--config", self.path], stderr=log,
                                            env=dict(os.environ, **(environment or {})))
        self.wait_for("event=ready", begin)
        return self

    def log(self, begin=0):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            file.seek(begin)
            return file.read()

    def mark(self):
        return os.path.getsize(self.log_path)

    def wait_for(self, words, begin=0, count=1, seconds=30):
        """Until the words stand in the log behind `begin`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.log(begin).count(words) >= count:
                return self.log(begin)
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise AssertionError(f"never said {words!r} {count} times:\n{self.log(begin)}")

    def children(self):
        """Pids, the keeper's first: it is started before the workers."""
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(path, encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]

    def keeper(self):
        """The one whose control socket we reach is the one that has no inherited milter; by its place in the log it
        can't be told, so by what it has open: the journal's lock."""
        for pid in self.children():
            try:
                names = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
            except OSError:
                continue
            if any(name.endswith("journal/lock") for name in names):
                return pid
        return None

    def worker_pids(self):
        keeper = self.keeper()
        return [pid for pid in self.children() if pid != keeper]

    def ask(self, head, payload=b""):
        """One request at the control socket; returns the answer's head."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as control:
            control.settimeout(10)
            control.connect(os.path.join(self.directory, "control.sock"))
            text = json.dumps(head).encode()
            control.send(struct.pack(">I", len(text)) + text + payload)
            data = control.recv(1 << 17)
        n = struct.unpack(">I", data[:4])[0]
        return json.loads(data[4:4 + n])

    def counts(self):
        return self.ask({"do": "status"})["counts"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def journal(daemon, key="queue_id"):
    """queue id -> row, of all files."""
    rows = {}
    for path in glob.glob(daemon.directory + "/journal/journal-*.db"):
        base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        base.row_factory = sqlite3.Row
        for row in base.execute("SELECT * FROM message"):
            rows[row[key]] = row
        base.close()
    return rows


def indicators(daemon):
    """(kind, value) of all files."""
    found = set()
    for path in glob.glob(daemon.directory + "/journal/journal-*.db"):
        base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        found.update(base.execute("SELECT kind, value FROM value"))
        base.close()
    return found


def held(daemon):
    """ids of messages in the quarantine whose file is there."""
    base = sqlite3.connect(f"file:{daemon.directory}/quarantine/index.db?mode=ro", uri=True)
    base.row_factory = sqlite3.Row
    items = [dict(row) for row in base.execute("SELECT * FROM item")]
    base.close()
    files = {name for _, _, names in os.walk(daemon.directory + "/quarantine") for name in names}
    for item in items:
        assert any(item["sha256"].hex() in name for name in files), item
    return {item["id"] for item in items}
