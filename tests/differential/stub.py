"""stub: a name server on 127.0.0.1:53 that says what an answers file says. For a network namespace of its own."""
import ipaddress
import socket
import socketserver
import struct
import threading

TYPES = {1: "A", 2: "NS", 5: "CNAME", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA"}
RCODES = {"NXDOMAIN": 3, "SERVFAIL": 2, "BOGUS": 2, "UNKNOWN": 2}


def wire_name(name):
    return b"".join(bytes([len(label)]) + label for label in name.split(b".") if label) + b"\0"


def read_question(packet):
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]])
        at += packet[at] + 1
    return b".".join(labels), struct.unpack("!H", packet[at + 1:at + 3])[0], packet[12:at + 5]


def rdata(kind, words):
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(words[0].decode()).packed
    if kind == "TXT":
        return b"".join(bytes([len(part)]) + part for word in words
                        for part in ([word[i:i + 255] for i in range(0, len(word), 255)] or [b""]))
    if kind == "MX":
        return struct.pack("!H", int(words[0])) + wire_name(words[1])
    return wire_name(words[0])


def answer(packet, answers):
    """The response, or None for a time-out."""
    name, number, question = read_question(packet)
    kind = TYPES.get(number, "")
    status, cname, records = answers.find(name, kind)
    if status == "TIMEOUT":
        return None
    owner, body, count = name, b"", 0
    if cname:
        body += wire_name(owner) + struct.pack("!HHIH", 5, 1, 60, len(wire_name(cname))) + wire_name(cname)
        owner, count = cname, 1
    for words in records:
        data = rdata(kind, words)
        body += wire_name(owner) + struct.pack("!HHIH", number, 1, 60, len(data)) + data
    return packet[:2] + struct.pack("!HHHHH", 0x8580 | RCODES.get(status, 0), 1, count + len(records), 0, 0) + question + body


class Stub:
    """Serves self.answers, which the caller sets before each case."""

    def __init__(self):
        self.answers = None
        stub = self

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self):
                packet, sender = self.request
                response = answer(packet, stub.answers)
                if response and len(response) > 512:  # then the client comes back over TCP
                    response = response[:2] + struct.pack("!H", 0x8780) + packet[4:6] + b"\0" * 6 + read_question(packet)[2]
                if response:
                    sender.sendto(response, self.client_address)

        class Stream(socketserver.StreamRequestHandler):
            def handle(self):
                size = self.rfile.read(2)
                response = size and answer(self.rfile.read(struct.unpack("!H", size)[0]), stub.answers)
                if response:
                    self.wfile.write(struct.pack("!H", len(response)) + response)

        for server, handler in ((socketserver.ThreadingUDPServer, Datagram), (socketserver.ThreadingTCPServer, Stream)):
            server.allow_reuse_address = True
            threading.Thread(target=server(("127.0.0.1", 53), handler).serve_forever, daemon=True).start()


def loopback_up():
    """`ip link set lo up`, without the package."""
    import fcntl
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
