#!/usr/bin/env python3
"""make: writes the ARC cases of this folder (NAME.eml, NAME.answers, NAME.expect) again, with the signer and the keys of
../dkim: a mail that passed DMARC goes through one or two lists that break its signature and seal what they saw."""
import base64
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "dkim"))
from make import BODY, DMARC, HEADERS, KEY, key_record  # noqa: E402
from signer import canonical_header, raw_signature, sign  # noqa: E402

SUBJECT = (b"Subject: Figures", b"Subject: [list] Figures")
KEYS = [KEY, key_record("rsa2048b", "one._domainkey.lists.example.net"), key_record("rsa1024", "two._domainkey.relay.example.org")]
ONE = {"domain": "lists.example.net", "selector": "one", "key": "rsa2048b"}
TWO = {"domain": "relay.example.org", "selector": "two", "key": "rsa1024"}
TESTING = [KEY, *(key_record(hop["key"], f"{hop['selector']}._domainkey.{hop['domain']}", tags="v=DKIM1; t=y; k=rsa;")
                  for hop in (ONE, TWO))]
STATED = "dkim=pass header.d=example.com; dmarc=pass header.from=example.com"
names = set()


class Mail:
    """A mail on its way; the fields of its sets by instance, for sealing."""

    def __init__(self):
        self.headers, self.body, self.sets = [sign(HEADERS, BODY), *HEADERS], BODY, {}

    def change(self, old, new):
        self.headers = [field.replace(old, new) for field in self.headers]
        return self

    def seal(self, hop, instance=None, cv=None, stated=STATED, results=True, message=True, seal=True, edit=None, seal_tags=""):
        """Adds a set as its hop would; the last five leave out or change a part."""
        instance = instance or len(self.sets) + 1
        cv = cv or ("none" if instance == 1 else "pass")
        aar = f"ARC-Authentication-Results: i={instance}; {hop['domain']}; {stated}\r\n".encode()
        ams = sign(self.headers, self.body, key=hop["key"], field_name=b"ARC-Message-Signature", d=hop["domain"],
                   s=hop["selector"], h="from:to:subject:date:message-id:dkim-signature",
                   edit=edit or (lambda tags: [("i", str(instance)), *tags[1:]]))
        fields = [aar] * results + [ams] * message
        self.sets[instance] = fields
        empty = (f"ARC-Seal: i={instance}; a=rsa-sha256; t=1649160005; cv={cv}; d={hop['domain']}; s={hop['selector']};"
                 f"{seal_tags} b=").encode()
        data = b"".join(canonical_header("relaxed", field) for number in sorted(self.sets) for field in self.sets[number])
        data += canonical_header("relaxed", empty + b"\r\n")[:-2]
        value = base64.b64encode(raw_signature(hop["key"], "sha256", data))
        fields += [empty + value + b"\r\n"] * seal
        self.headers = [*reversed(fields), *self.headers]
        return self

    def bytes(self):
        return b"".join(self.headers) + b"\r\n" + self.body


def case(name, why, mail, result, *claims, trusted=(), keys=tuple(KEYS)):
    assert name not in names, name
    names.add(name)
    answers = ["time 2022-04-05T12:00:10Z", "ip 198.51.100.7", "helo lists.example.net", "mail-from list@lists.example.net",
               "rcpt bob@example.net", "default NXDOMAIN", "example.com A 192.0.2.1", DMARC, *keys]
    options = [f"options: {' '.join(f'--trusted-sealer {domain}' for domain in trusted)}"] if trusted else []
    (HERE / f"{name}.eml").write_bytes(mail if isinstance(mail, bytes) else mail.bytes())
    (HERE / f"{name}.answers").write_text("\n".join(answers) + "\n", encoding="utf-8")
    (HERE / f"{name}.expect").write_text("\n".join([f"# {why}", *options, f"arc.result: {result}", *claims]) + "\n",
                                         encoding="utf-8")


def listed():
    """What the first list sends out."""
    return Mail().seal(ONE).change(*SUBJECT)


def resealed(**options):
    """The usual way round: the list changes the mail, then seals what it sends."""
    return Mail().change(*SUBJECT).seal(ONE, **options)


def main():
    failed, vouched = "dmarc.result: fail", ("dmarc.result: fail", "dmarc.overridden: true", "dmarc.disposition: none")
    alone = (failed, "dmarc.overridden: false", "dmarc.disposition: quarantine")
    case("none", "a mail without a chain", Mail(), "none", "dmarc.result: pass")
    case("one", "RFC 8617 section 5.2: one set; nobody trusts the sealer, so nothing follows from it", resealed(), "pass", *alone)
    case("one-trusted", "the sealer is trusted: the failed DMARC is overridden, and that is said", resealed(), "pass", *vouched,
         "arc.trusted_from: 1", "dmarc.override_reason~: lists.example.net", trusted=["lists.example.net"])
    case("one-trusted-other", "another sealer is trusted", resealed(), "pass", *alone, trusted=["relay.example.org"])
    case("one-lookalike", "a sealer whose name ends like that of a trusted one", resealed(), "pass", *alone, trusted=["example.net.lists.example.net"])
    case("one-stated-fail", "the trusted sealer saw DMARC fail", resealed(stated="dmarc=fail header.from=example.com"), "pass", *alone,
         trusted=["lists.example.net"])
    case("one-stated-other", "the trusted sealer saw another author pass", resealed(stated="dmarc=pass header.from=example.org"),
         "pass", *alone, trusted=["lists.example.net"])
    case("one-broken", "section 5.2: the mail was changed behind the seal", listed(), "fail", *alone, trusted=["lists.example.net"])
    two = resealed().seal(TWO)
    case("two", "two sets", two, "pass", "arc.sets[]: 2", *alone)
    case("two-testing", "warnings about keys stand in the order in which the keys are of weight: the newest set first", two, "pass",
         "arc.warnings[]: 3", "arc.warnings[0]~: set 2: the key record at two._domainkey.relay.example.org",
         "arc.warnings[1]~: 1024 bits", "arc.warnings[2]~: set 1: the key record", *alone,
         keys=[*TESTING, 'lists.example.net TXT "v=spf1 ip4:198.51.100.7 -all"'])
    case("two-trusted", "all sealers are trusted", two, "pass", "arc.trusted_from: 1", *vouched,
         trusted=["lists.example.net", "relay.example.org"])
    case("two-last-trusted", "the last sealer alone proves nothing about an earlier hop, and states no pass itself",
         resealed().seal(TWO, stated="dmarc=fail header.from=example.com"), "pass", "arc.trusted_from: 2", *alone,
         trusted=["relay.example.org"])
    case("two-first-trusted", "the first sealer is trusted, a later one is not: it could have written all below", two, "pass",
         "arc.trusted_from: 0", *alone, trusted=["lists.example.net"])
    case("two-changed-between", "section 5.2: only the newest message signature has to hold",
         resealed().change(b"[list]", b"[list] [again]").seal(TWO), "pass", "arc.sets[]: 2", failed)
    case("cv-fail", "section 5.2: the newest seal says fail", resealed().seal(TWO, cv="fail"), "fail", *alone,
         trusted=["lists.example.net", "relay.example.org"])
    case("cv-first-pass", "section 5.2: the first seal may only say none", resealed(cv="pass"), "fail", failed)
    case("cv-second-none", "section 5.2: a later seal may not say none", resealed().seal(TWO, cv="none"), "fail", failed)
    case("cv-missing", "section 4.1.3: a seal must have cv=", resealed().bytes().replace(b" cv=none;", b""), "fail", failed)
    case("gap", "section 5.2: instances 1 and 3", resealed().seal(TWO, instance=3), "fail", failed)
    case("only-second", "section 5.2: an instance 2 alone", resealed(instance=2, cv="pass"), "fail", failed)
    case("twice", "section 5.2: two sets of instance 1", Mail().seal(ONE).seal(TWO, instance=1), "fail")
    case("without-results", "section 5.2: a field of the set is missing", resealed(results=False), "fail", failed)
    case("without-message-signature", "the same", resealed(message=False), "fail", failed)
    case("without-seal", "the same", resealed(seal=False), "fail", failed)
    case("results-changed", "the seal covers what was stated", resealed(stated="dmarc=fail header.from=example.com").change(
        b"dmarc=fail", b"dmarc=pass"), "fail", *alone, trusted=["lists.example.net"])
    case("results-forged", "a spammer's own chain of one, sealed by himself", resealed(), "pass", "arc.sets[0].domain: lists.example.net",
         *alone, trusted=["relay.example.org"])
    case("seal-changed", "one character of the seal", re.sub(rb"(ARC-Seal: .* b=)(.)", lambda m: m[1] + (b"A" if m[2] != b"A" else b"B"),
                                                           resealed().bytes()), "fail", failed)
    case("seal-with-h", "section 4.1.3: a seal with h= is no seal", resealed(seal_tags=" h=from;"), "fail", failed)
    case("body-changed", "the body was changed behind the seal", resealed().bytes().replace(b"Alice\r\n", b"Malice\r\n"), "fail", failed)
    case("instance-zero", "section 4.2.1: instances start with 1", resealed().bytes().replace(b"i=1;", b"i=0;"), "fail", failed)
    case("instance-51", "section 4.2.1: 50 sets at most", resealed(instance=51, cv="pass"), "fail", failed)
    case("key-nxdomain", "the sealer's key is not there", resealed(), "fail", failed, keys=KEYS[:1])
    case("key-servfail", "the sealer's key can't be had now; ARC knows pass and fail only", resealed(), "fail", failed,
         keys=[KEY, "one._domainkey.lists.example.net TXT SERVFAIL"])
    case("key-unknown", "nobody was asked for the sealer's key", resealed(), "unknown", failed,
         keys=[KEY, "one._domainkey.lists.example.net TXT UNKNOWN"])
    case("lf-only", "a chain in a file with LF", resealed().bytes().replace(b"\r\n", b"\n"), "pass", failed)
    for path in HERE.iterdir():
        if path.suffix in (".eml", ".answers", ".expect") and path.stem not in names:
            path.unlink()
    print(f"{len(names)} cases")


if __name__ == "__main__":
    main()
