"""mta: what the tests with real MTAs share: a raw SMTP client, signed messages, and the processes beside the test."""
import os
import pathlib
import pwd
import random
import re
import socket
import subprocess
import sys
import time

MILTER, POSTERN = sys.argv[1:3]


def free_port():
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        return tcp.getsockname()[1]


def wait_until(what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen: " + what.__name__)


class Smtp:
    """A client that sends exactly the bytes it is given."""

    def __init__(self, port, xclient=""):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.file = self.socket.makefile("rb")
        assert self.reply().startswith("220"), "greeting"
        self.command("EHLO mail.example.com", "250")
        if xclient:
            self.command("XCLIENT " + xclient, "220")
            self.command("EHLO mail.example.com", "250")

    def reply(self):
        while True:
            line = self.file.readline().decode()
            assert line, "Postfix closed the connection"
            if line[3:4] != "-":
                return line.rstrip()

    def command(self, line, wanted):
        self.socket.sendall(line.encode() + b"\r\n")
        reply = self.reply()
        assert reply.startswith(wanted), (line, reply)
        return reply

    def send(self, message, recipients=("r1@example.net",), wanted="250", sender="sender@example.com"):
        self.command(f"MAIL FROM:<{sender}> BODY=8BITMIME", "250")
        for recipient in recipients:
            self.command(f"RCPT TO:<{recipient}>", "250")
        self.command("DATA", "354")
        stuffed = (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]
        self.socket.sendall(stuffed + b".\r\n")
        reply = self.reply()
        assert reply.startswith(wanted), (message[:80], reply)
        return reply

    def close(self):
        self.command("QUIT", "221")
        self.socket.close()


class World:
    """What runs beside the test, in a directory: smtp-sink, milters, and an MTA (a subclass)."""

    def __init__(self, directory, names):
        self.dir = pathlib.Path(directory)
        self.ports = {name: free_port() for name in ("sink", *names)}
        self.processes = []
        os.chmod(self.dir, 0o755)
        (self.dir / "sunk").mkdir()
        owner = pwd.getpwnam("postfix")
        os.chown(self.dir / "sunk", owner.pw_uid, owner.pw_gid)
        make_key(self, ("simple", "relaxed", "spaced"))

    def start(self):
        self.run("smtp-sink", "-u", "postfix", "-d", f"{self.dir}/sunk/m.", f"127.0.0.1:{self.ports['sink']}", "100")

    def run(self, *command, **options):
        process = subprocess.Popen(command, **options)
        self.processes.append(process)
        return process

    def echo(self, address, name):
        (self.dir / name).mkdir()
        process = self.run(MILTER, address, self.dir / name, self.dir / "answers", stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "listening\n"

    def stop(self):
        """What the processes printed."""
        for process in self.processes:
            process.terminate()
        return [process.communicate(timeout=20)[0] for process in self.processes]

    def seen(self, number, name="tcp"):
        """Raw bytes, and what else the milter knew of its message of that number."""
        text = (self.dir / name / f"{number}.txt").read_text()
        return (self.dir / name / f"{number}.eml").read_bytes(), text

    def sunk(self, marker):
        """The message that smtp-sink got with that text in it; its envelope in front as X- fields."""
        def message_with_marker():
            for path in (self.dir / "sunk").iterdir():
                text = path.read_bytes()
                if marker in text and text.endswith(b"\n\n"):
                    return text
            return None
        return wait_until(message_with_marker)


def sign(world, message, selector, canonicalization, fields=""):
    command = [POSTERN, "dkim", "sign", "--domain", "example.com", "--selector", selector, "--key", world.dir / "key",
               "--canonicalization", canonicalization, *(["--fields", fields, "--no-oversign"] if fields else []), "-"]
    return subprocess.run(command, input=message, capture_output=True, check=True, timeout=60).stdout


def make_key(world, selectors):
    command = [POSTERN, "dkim", "keygen", "--domain", "example.com", "--selector", "s", "--key", world.dir / "key"]
    zone = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    text = "".join(re.findall(r'"([^"]*)"', zone))
    (world.dir / "answers").write_text("".join(f'{s}._domainkey.example.com TXT "{text}"\n' for s in selectors))


HEADER = (b"Received: from a.example.com (a.example.com [192.0.2.9])\r\n by mail.example.com with ESMTP id 1;\r\n"
          b"\tMon, 2 Mar 2026 08:59:58 +0000\r\n"
          b"From:  Ada   <ada@example.com>\r\nTo: bob@example.net\r\n"
          b"Subject:An\r\n \tod\xc3\xb6 \r\n\t  fold \xff\r\n"
          b"Date: Mon, 2 Mar 2026 08:59:58 +0000\r\nMessage-ID: <1@example.com>\r\n"
          b"X-Spaced \t:  before the colon\r\nX-Empty:\r\nX-Long: " + b"long " * 700 + b"\r\n")


def bodies():
    generator = random.Random(1)
    alphabet = (b"abcdefghij .\xe4\xf6=" * 18)[:256]
    lines = []
    size = 0
    while size < 5_000_000:
        line = generator.randbytes(generator.choice((0, 1, 76, 998, 3000))).translate(alphabet)
        lines.append(line)
        size += len(line) + 2
    return {
        "short": b"Hello\r\n.\r\n..dots\r\n\r\n\r\n",
        "empty": b"",
        "8-bit and long lines": b"gr\xc3\xbc\xc3\x9fe \xff\r\n" + b"x" * 70000 + b"\r\n \t \r\n",
        "5 MB": b"\r\n".join(lines) + b"\r\n",
    }


def same(name, got, wanted):
    at = len(os.path.commonprefix([got, wanted]))
    assert got == wanted, (name, "differs at", at, got[at - 20:at + 60], wanted[at - 20:at + 60])


def check_signatures(world, smtp):
    """One signature for all that stays as it is, one relaxed over the field that does not, one that can't hold. Returns
    how many messages were sent."""
    number = 0
    for name, body in bodies().items():
        message = sign(world, HEADER + b"\r\n" + body, "simple", "simple/simple")
        message = sign(world, message, "relaxed", "relaxed/simple", "From:X-Spaced:X-Empty:X-Long")
        message = sign(world, message, "spaced", "simple/simple", "From:X-Spaced")
        smtp.send(message)
        number += 1
        raw, text = world.seen(number)
        same(name, raw, message.replace(b"X-Spaced \t:", b"X-Spaced:"))
        for line in ("dkim simple pass", "dkim relaxed pass", "dkim spaced fail"):
            assert line in text, (name, line, text)
        assert ("spool yes" in text) == (len(raw) > 1 << 20), name
    return number


def check_changes(world, smtp, number, changes):
    """What the MTA changes before a milter sees it: name, sent, seen."""
    for name, (sent, wanted) in changes.items():
        smtp.send(sent)
        number += 1
        same(name, world.seen(number)[0], wanted)


def message(*instructions, marker, extra=b""):
    do = "".join(f"X-Do: {line}\r\n" for line in instructions).encode()
    return (b"From: ada@example.com\r\nSubject: original\r\nX-Two: first\r\nX-Two: second\r\nX-Two: third\r\n" + extra + do
            + b"\r\nbody of " + marker.encode() + b"\r\n")


def check_edits(world, smtp):
    smtp.send(message("insert 1 X-Second second", "insert 0 X-Top top", "add X-Last last one", "change 1 Subject [!] changed",
                      "delete 3 X-Two", "delete 1 X-Two", "delete-recipient r2@example.net", "add-recipient r4@example.net",
                      "from other@example.com", marker="edits"),
              ["r1@example.net", "r2@example.net", "r3@example.net"])
    sunk = world.sunk(b"body of edits")
    lines = sunk.decode().splitlines()
    mail = [line for line in lines if line.startswith("X-Mail-Args")]
    rcpt = sorted(line.split()[1] for line in lines if line.startswith("X-Rcpt-Args"))
    assert mail and "<other@example.com>" in mail[0], sunk
    assert rcpt == ["<r1@example.net>", "<r3@example.net>", "<r4@example.net>"], rcpt
    top = lines.index("X-Top: top")
    assert lines[top + 1].startswith("Received: "), sunk  # the MTA's own
    after = [line for line in lines[top + 2:] if line and not line[0].isspace()]
    assert after[0] == "X-Second: second", sunk
    header = lines[:lines.index("")]
    assert [line for line in header if line.startswith("X-Two")] == ["X-Two: second"], sunk
    assert "Subject: [!] changed" in header and "Subject: original" not in header, sunk
    assert header[-1] == "X-Last: last one", sunk

    smtp.send(message("body replaced text", marker="replaced", extra=b"X-Marker: replacement\r\n"))
    sunk = world.sunk(b"X-Marker: replacement")
    assert b"replaced text" in sunk and b"body of" not in sunk, sunk


def check_replies(smtp):
    reply = smtp.send(message("reject 550 5.7.1 100% forged: see postmaster", marker="rejected"), wanted="550")
    assert reply == "550 5.7.1 100% forged: see postmaster", reply
    reply = smtp.send(message("tempfail 451 4.7.1 try later", marker="tempfailed"), wanted="451")
    assert reply == "451 4.7.1 try later", reply
    smtp.send(message("reject", marker="rejected"), wanted="5")
    smtp.send(message("tempfail", marker="tempfailed"), wanted="4")
    smtp.send(message("discard", marker="discarded"))
    smtp.send(message("hold for a look", marker="held"))
    smtp.send(message("wait 700", marker="waited"))
    smtp.command("MAIL FROM:<sender@example.com>", "250")  # an SMTP session that gives up
    smtp.command("RCPT TO:<r1@example.net>", "250")
    smtp.command("RSET", "250")
    smtp.send(message(marker="after RSET"))


def check_not_delivered(world):
    world.sunk(b"body of waited")
    world.sunk(b"body of after RSET")
    everything = b"".join(path.read_bytes() for path in (world.dir / "sunk").iterdir())
    for word in (b"rejected", b"tempfailed", b"discarded", b"held"):
        assert b"body of " + word not in everything, word


def check_output(outputs, milters):
    """The last words of so many milters: no packet was nonsense."""
    outputs = [output for output in outputs if output]
    assert len(outputs) == milters and all("broken 0 " in output for output in outputs), outputs
