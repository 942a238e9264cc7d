"""answers: reads the answers files of the cases (src/ask/answers.h) for peers of ours that are not to share our code."""
import re

STATUSES = ("NXDOMAIN", "NODATA", "SERVFAIL", "TIMEOUT", "BOGUS", "UNKNOWN")
TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)', re.S)


def unescape(text):
    """Escapes as in a zone file; bytes."""
    return re.sub(rb"\\(\d{3}|.)", lambda m: bytes([int(m[1])]) if len(m[1]) == 3 else m[1], text.encode(), flags=re.S)


class Answers:
    """time (RFC 3339 text), ip, helo, mail_from; find() for the DNS."""

    def __init__(self, text):
        self.time, self.ip, self.helo, self.mail_from = "2022-04-05T12:00:00Z", None, "", None
        self.default = "UNKNOWN"
        self.sets = {}
        for line in text.splitlines():
            tokens = [(unescape(quoted), True) if bare == "" else (unescape(bare), False)
                      for quoted, bare in TOKEN.findall(re.sub(r'^((?:[^"#]|"(?:[^"\\]|\\.)*")*)#.*', r"\1", line))]
            if tokens:
                self.read(tokens)

    def read(self, tokens):
        word = tokens[0][0].decode()
        if word in ("time", "ip", "helo", "mail-from", "rcpt", "default") and not tokens[0][1]:
            value = tokens[1][0].decode("utf-8", "surrogateescape") if len(tokens) > 1 else ""
            value = "" if value == "<>" else value
            if word != "rcpt":
                setattr(self, word.replace("-", "_"), value)
            return
        name, kind = tokens[0][0].lower().rstrip(b"."), tokens[1][0].decode()
        entry = self.sets.setdefault((name, kind), {"status": "OK", "cname": None, "records": []})
        data = []
        for value, quoted in tokens[2:]:
            plain = value.decode("latin-1")
            if not quoted and plain in STATUSES:
                entry["status"] = plain
                return
            if not quoted and plain.startswith("cname="):
                entry["cname"] = value[6:].lower().rstrip(b".")
            elif quoted or not re.fullmatch(r"secure|insecure|cut|ttl=\d+", plain):
                data.append(value)
        entry["records"].append(data)

    def find(self, name, kind):
        """(status, cname or None, records); a record is the list of its words, bytes."""
        name = name.lower().rstrip(b".")
        entry = self.sets.get((name, kind))
        if entry:
            return entry["status"], entry["cname"], entry["records"]
        if self.default == "NXDOMAIN" and any(known == name for known, _ in self.sets):
            return "NODATA", None, []
        return self.default, None, []
