#!/usr/bin/env python3
"""make: writes the DKIM cases of this folder (NAME.eml, NAME.answers, NAME.expect) again.

The files are committed; this script says how they came to be. Signatures are made by signer.py and with the keys of
keys/, which are for these tests only. Same keys, same files.
"""
import base64
import pathlib
import re

from signer import public_key, sign, body_hash

HERE = pathlib.Path(__file__).parent
TIME = 1649160010  # 2022-04-05T12:00:10Z
HEADERS = [
    b"From: Alice Example <alice@example.com>\r\n",
    b"To: Bob Example <bob@example.net>\r\n",
    b"Subject: Figures of the quarter\r\n",
    b"Date: Tue, 05 Apr 2022 12:00:00 +0000\r\n",
    b"Message-ID: <1@example.com>\r\n",
]
BODY = b"Hello Bob,\r\n\r\nhere are the  figures.\r\n\r\nAlice\r\n"
HTML = b"<html><body><h1>Your mailbox is full</h1><a href=\"https://login.example.org/\">Log in</a></body></html>\r\n"
EVIL = b"From: Alice Example <alice@example.org>\r\n"

cases = {}


def quoted(text):
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if " " <= c <= "~" else f"\\{ord(c):03d}" for c in text) + '"'


def txt(name, text):
    """A TXT record in strings of at most 255 bytes."""
    return f"{name} TXT " + " ".join(quoted(text[i:i + 255]) for i in range(0, len(text), 255))


def record(key="rsa2048", form="spki", tags=None):
    kind = "rsa" if key.startswith("rsa") else "ed25519"
    return f"{tags if tags is not None else f'v=DKIM1; k={kind};'} p={public_key(key, form)}"


def key_record(key="rsa2048", name="sel._domainkey.example.com", form="spki", tags=None):
    return txt(name, record(key, form, tags))


KEY = key_record()
DMARC = '_dmarc.example.com TXT "v=DMARC1; p=reject"'


def case(name, why, message, expect, keys=(KEY,), dmarc=DMARC, more_answers=()):
    """expect: claims as text, separated by newlines or "; "."""
    assert name not in cases, name
    answers = ["time 2022-04-05T12:00:10Z", "ip 192.0.2.1", "helo mail.example.com", "mail-from alice@example.com",
               "rcpt bob@example.net", "default NXDOMAIN", "example.com A 192.0.2.1", dmarc, *keys, *more_answers]
    claims = [claim.strip() for claim in re.split(r";\s|\n", expect) if claim.strip()]
    cases[name] = (message, "\n".join(answers) + "\n", f"# {why}\n" + "\n".join(claims) + "\n")


def signed(headers=HEADERS, body=BODY, **options):
    return b"".join([sign(headers, body, **options), *headers]) + b"\r\n" + body


PASS = "dkim[]: 1; dkim[0].result: pass; dkim[0].domain: example.com; dkim[0].selector: sel; dmarc.result: pass; " \
       "dmarc.disposition: none"


def not_pass(result, reason=None):
    part = f"; dkim[0].reason~: {reason}" if reason else ""
    return f"dkim[]: 1; dkim[0].result: {result}{part}; dmarc.result: fail; dmarc.policy: reject; " \
           "dmarc.disposition: quarantine"


def without(name):
    return lambda tags: [tag for tag in tags if tag[0] != name]


def replaced(name, value):
    return lambda tags: [(tag, value if tag == name else old) for tag, old in tags]


def simple_changes():
    """Canonicalisation: what may change on the way and what may not (RFC 6376 section 3.4)."""
    for header in ("simple", "relaxed"):
        for body in ("simple", "relaxed"):
            case(f"canon-{header}-{body}", "section 3.4: as it was signed", signed(c=f"{header}/{body}"), PASS)
            changes = {
                "body-space": (lambda text: text.replace(b"Bob,\r\n", b"Bob, \t \r\n"), body == "relaxed",
                               "section 3.4.4: white space at the ends of body lines"),
                "body-run": (lambda text: text.replace(b"the  figures", b"the figures"), body == "relaxed",
                             "section 3.4.4: runs of white space in body lines"),
                "body-blank-lines": (lambda text: text + b"\r\n\r\n\r\n", True,
                                     "sections 3.4.3 and 3.4.4: empty lines at the end of the body"),
                "header-fold": (lambda text: text.replace(b"Figures of the", b"Figures\r\n  of the"),
                                header == "relaxed", "section 3.4.2: a field folded on the way"),
                "header-case": (lambda text: text.replace(b"Subject:", b"SUBJECT:"), header == "relaxed",
                                "section 3.4.2: the case of a field name"),
                "header-space": (lambda text: text.replace(b"Subject: ", b"Subject \t:   "), header == "relaxed",
                                 "section 3.4.2: white space around the colon"),
            }
            for name, (change, ok, why) in changes.items():
                if name.startswith("body") and header == "simple" or name.startswith("header") and body == "simple":
                    case(f"{name}-{header if name.startswith('header') else body}", why,
                         change(signed(c=f"{header}/{body}")),
                         PASS if ok else not_pass("fail", "body" if name.startswith("body") else "header fields"))


def bodies():
    empty = "section 3.4.3: an empty body is one CRLF"
    case("body-empty-simple", empty, signed(body=b"", c="simple/simple"), PASS)
    case("body-empty-relaxed", "section 3.4.4: an empty body has no bytes", signed(body=b"", c="simple/relaxed"), PASS)
    case("body-empty-mixed-up", empty + ", not nothing",
         signed(body=b"", c="simple/simple", body_how="relaxed"), not_pass("fail", "body"))
    case("body-absent", "a message that ends in its header has an empty body (section 3.4.3)",
         signed(body=b"", c="relaxed/simple")[:-2], PASS)
    case("body-white-relaxed", "section 3.4.4: lines of white space become empty, and those at the end go",
         signed(body=b" \t\r\n  \r\n", c="relaxed/relaxed"), PASS)
    case("body-no-final-newline", "section 3.4.3: a body that does not end in CRLF is signed as if it did",
         signed(body=BODY[:-2], c="relaxed/simple"), PASS)
    case("body-no-final-newline-cut", "section 3.4.3: the CRLF at the end may get lost on the way",
         signed(c="simple/simple")[:-2], PASS)
    case("lf-only", "a file stored with LF: each LF is a line end (docs/ARCHITECTURE.md)",
         signed().replace(b"\r\n", b"\n"), PASS)
    case("lf-only-simple", "the same, with simple canonicalisation", signed(c="simple/simple").replace(b"\r\n", b"\n"),
         PASS)
    case("bare-lf", "a bare LF among CRLF line ends is a byte like others, in both canonicalisations",
         signed(body=b"one\ntwo \nthree\r\n", c="relaxed/relaxed"), PASS)
    case("bare-lf-repaired", "a bare LF that became CRLF on the way breaks the body hash",
         signed(body=b"one\ntwo\r\n", c="relaxed/relaxed").replace(b"one\ntwo", b"one\r\ntwo"),
         not_pass("fail", "body"))
    case("bare-cr", "a bare CR is a byte like others", signed(body=b"one\rtwo\r\r\n\rthree\r\n", c="relaxed/relaxed"), PASS)
    case("nul", "a NUL is a byte like others", signed(body=b"a\0b\r\n"), PASS)
    case("body-8bit", "bytes above 127 are bytes like others", signed(body=b"gr\xfc\xdfe \xc3\xa4\r\n"), PASS)
    case("body-long-line", "a line of 100,000 bytes", signed(body=b"x y" * 33333 + b"\r\n"), PASS)
    case("body-footer", "a list added its footer: the body hash fails, and the reason says so",
         signed() + b"_______\r\nlist@example.org\r\n", not_pass("fail", "body"))
    case("body-changed", "one byte of the body changed", signed().replace(b"Alice\r\n", b"Malice\r\n"),
         not_pass("fail", "body"))


def lengths():
    """l= (sections 3.5 and 8.2)."""
    size = len(BODY)
    case("length-exact", "section 3.5: l= that covers the whole body", signed(more=[("l", str(size - 1))]),
         PASS)
    case("length-appended", "section 8.2: HTML appended behind what l= covers is not signed: policy, and no alignment",
         signed(more=[("l", str(size - 1))]) + HTML, not_pass("policy"))
    case("length-partial", "l= that left bytes of the signer's own body out", signed(more=[("l", "5")]),
         not_pass("policy"))
    case("length-zero", "l=0 signs no byte of the body", signed(more=[("l", "0")]), not_pass("policy"))
    case("length-zero-empty", "l=0 of an empty body leaves nothing unsigned", signed(body=b"", more=[("l", "0")]), PASS)
    case("length-blank-lines", "empty lines at the end are no part of the canonical body, so l= leaves nothing out",
         signed(more=[("l", str(size - 1))]) + b"\r\n\r\n", PASS)
    case("length-too-large", "section 3.5: l= may not be larger than the canonical body",
         signed(more=[("l", str(size + 100))]), not_pass("fail", "l="))
    case("length-no-number", "section 3.5: l= has digits only", signed(more=[("l", "12x")]), not_pass("neutral", "l="))
    case("length-huge", "section 3.5: l= has at most 76 digits; a number that fits no machine word is still too large",
         signed(more=[("l", "9" * 76)]), not_pass("fail", "l="))


def fields():
    """Which fields are signed (section 5.4)."""
    over = "from:from:to:subject:subject:date:message-id"
    both = [EVIL, *HEADERS]
    duplicate = "dkim[]: 1; dkim[0].result: policy; dkim[0].reason~: From; dkim[0].covers.from: partly; dmarc.result: fail"
    case("from-duplicate-above", "section 8.15: a second From above the signed one is what many programs show",
         sign(HEADERS, BODY) + b"".join(both) + b"\r\n" + BODY, duplicate)
    case("from-duplicate-below", "section 5.4.2: fields are signed from the bottom, so one added there breaks it",
         sign(HEADERS, BODY) + b"".join([*HEADERS, EVIL]) + b"\r\n" + BODY, "dkim[]: 1; dkim[0].result: fail; dmarc.result: fail")
    case("from-duplicate-same", "the same From twice, one of them signed",
         sign(HEADERS, BODY) + b"".join([HEADERS[0], *HEADERS]) + b"\r\n" + BODY, duplicate)
    case("from-duplicate-signed", "two From fields, both signed by the sender",
         signed(both, h="from:from:to:subject:date:message-id"), "dkim[]: 1; dkim[0].result: pass")
    case("from-oversigned", "section 8.15: h= lists one From more than there are", signed(h=over), PASS)
    case("from-oversigned-added", "section 8.15: then an added From breaks the signature",
         sign(HEADERS, BODY, h=over) + b"".join(both) + b"\r\n" + BODY,
         "dkim[]: 1; dkim[0].result: fail; dmarc.result: fail")
    case("from-unsigned", "section 5.4: From must be signed", signed(h="to:subject:date:message-id"),
         not_pass("permerror", "From"))
    case("subject-changed", "a signed Subject changed on the way",
         signed().replace(b"Subject: Figures", b"Subject: [list] Figures"), not_pass("fail", "header fields"))
    case("subject-added", "an oversigned Subject that was not there was added on the way",
         signed(HEADERS[:2] + HEADERS[3:]).replace(b"Date: Tue", b"Subject: Hello\r\nDate: Tue"),
         not_pass("fail", "header fields"))
    case("subject-absent", "section 5.4: h= may name a field that is not there",
         signed(HEADERS[:2] + HEADERS[3:]), PASS)
    case("field-unsigned-added", "a field that h= does not name may be added",
         b"X-Spam: no\r\nReceived: from a.example by b.example; Tue, 05 Apr 2022 12:00:01 +0000\r\n" + signed(), PASS)
    received = [b"Received: from one.example by two.example; Tue, 05 Apr 2022 12:00:02 +0000\r\n",
                b"Received: from zero.example by one.example; Tue, 05 Apr 2022 12:00:01 +0000\r\n"]
    several = "from:received:received"
    case("received-two", "section 5.4.2: two instances of a name are taken from the bottom up",
         signed(received + HEADERS, h=several), PASS)
    case("received-reordered", "section 5.4.2: so their order counts",
         sign(received + HEADERS, BODY, h=several) + b"".join(received[::-1] + HEADERS) + b"\r\n" + BODY,
         not_pass("fail", "header fields"))
    case("received-third-added", "section 5.4.2: a third above the signed two does no harm",
         b"Received: from two.example by three.example; Tue, 05 Apr 2022 12:00:03 +0000\r\n" +
         signed(received + HEADERS, h=several), PASS)
    case("h-spaces", "section 3.5: white space and folds around the colons of h=",
         signed(h="From : To :\r\n\t Subject:Date\r\n\t :Message-ID"), PASS)
    case("h-empty-name", "section 3.5: h= has no empty names; one names no field, so it is tolerated with a warning",
         signed(h="from::to"), PASS + "\ndkim[0].warnings~: h=")
    case("h-empty", "section 3.5: h= may not be empty", signed(h=""), not_pass("neutral", "h="))
    value_empty = [HEADERS[0], b"Subject:\r\n", *HEADERS[3:]]
    for how in ("simple", "relaxed"):
        case(f"field-empty-{how}", "a field without a value", signed(value_empty, c=f"{how}/{how}"), PASS)
    case("field-8bit", "RFC 6532: UTF-8 in signed fields",
         signed([HEADERS[0], "Subject: Größe der Änderung\r\n".encode(), *HEADERS[3:]]), PASS)
    case("field-blank-fold", "a fold with nothing but white space in it, relaxed",
         signed([HEADERS[0], b"Subject: one\r\n \t\r\n two\r\n", *HEADERS[3:]]), PASS)
    first = sign(HEADERS, BODY)
    case("h-other-signature", "section 5.4: h= may name an earlier DKIM-Signature; its own is never among them",
         b"".join([sign([first, *HEADERS], BODY, h="from:dkim-signature"), first, *HEADERS]) + b"\r\n" + BODY,
         "dkim[]: 2; dkim[0].result: pass; dkim[1].result: pass; dmarc.result: pass")


def algorithms():
    """Algorithms and sizes of keys (RFC 8301, RFC 8463)."""
    case("rsa-sha1", "RFC 8301 section 3.1: rsa-sha1 is no longer to be believed", signed(a="rsa-sha1"),
         not_pass("fail", "sha1"))
    for bits in (512, 768):
        case(f"rsa-{bits}", "RFC 8301 section 3.2: keys under 1024 bits are no longer to be believed",
             signed(key=f"rsa{bits}"), not_pass("fail", str(bits)), keys=[key_record(f"rsa{bits}")])
    case("rsa-1024", "RFC 8301 section 3.2: 1024 bits are the least", signed(key="rsa1024"),
         PASS + "\ndkim[0].warnings~: 1024", keys=[key_record("rsa1024")])
    case("rsa-4096", "RFC 8301 section 3.2: verifiers must take up to 4096 bits", signed(key="rsa4096"), PASS,
         keys=[key_record("rsa4096")])
    case("rsa-4608", "a larger key is a way to burn CPU: stated limit", signed(key="rsa4608"),
         not_pass("policy", "4608"), keys=[key_record("rsa4608")])
    ed25519 = [key_record("ed25519")]
    case("ed25519", "RFC 8463", signed(key="ed25519"), PASS, keys=ed25519)
    case("ed25519-simple", "RFC 8463, simple canonicalisation", signed(key="ed25519", c="simple/simple"), PASS,
         keys=ed25519)
    case("ed25519-wrong-key", "RFC 8463: signed with another key", signed(key="ed25519b"),
         not_pass("fail", "header fields"), keys=ed25519)
    short = base64.b64encode(base64.b64decode(public_key("ed25519"))[:31]).decode()
    case("ed25519-key-length", "RFC 8463 section 4.2: the key has 32 bytes", signed(key="ed25519"),
         not_pass("permerror", "key"), keys=[txt("sel._domainkey.example.com", f"v=DKIM1; k=ed25519; p={short}")])
    case("ed25519-signature-length", "RFC 8463: a signature of 63 bytes",
         signed(key="ed25519", spoil=lambda b: base64.b64encode(base64.b64decode(b)[:63]).decode()),
         not_pass("fail", "header fields"), keys=ed25519)
    case("key-type-rsa", "RFC 8463: a=ed25519-sha256 with an RSA key", signed(key="ed25519"), not_pass("permerror", "key"))
    case("key-type-ed25519", "RFC 6376 section 6.1.2: a=rsa-sha256 with k=ed25519", signed(), not_pass("permerror", "key"),
         keys=ed25519)
    case("rsa-wrong-key", "signed with another key", signed(key="rsa2048b"), not_pass("fail", "header fields"))
    case("a-unknown", "section 3.5: an algorithm that nobody knows", signed(edit=replaced("a", "rsa-sha512")),
         not_pass("neutral", "a="))
    case("rsa-and-ed25519", "RFC 8463 section 3: signed with both, one key is not there yet",
         sign(HEADERS, BODY, key="ed25519", s="new") + signed(),
         "dkim[]: 2; dkim[0].result: permerror; dkim[1].result: pass; dmarc.result: pass")


def keys():
    """Key records and how they are found (sections 3.6 and 6.1.2)."""
    name = "sel._domainkey.example.com"

    def with_record(case_name, why, expect, *records, **options):
        case(case_name, why, signed(**options), expect, keys=[txt(name, text) for text in records])

    public = public_key("rsa2048")
    with_record("key-bare", "the p= of a bare RSAPublicKey, as section 3.6.1 has it", PASS, record(form="bare"))
    with_record("key-minimal", "section 3.6.1: only p= must be there", PASS, f"p={public}")
    with_record("key-spaces", "section 3.6.1: white space inside p= and around tags", PASS,
                f" v = DKIM1 ;  k = rsa;\tp = {public[:40]} {public[40:200]}\t {public[200:]} ; ")
    with_record("key-folded", "section 3.6.1: p= may hold folding white space", PASS,
                f"v=DKIM1; p={public[:100]}\r\n {public[100:]}")
    with_record("key-unknown-tags", "section 3.6.1: unknown tags are ignored", PASS, f"v=DKIM1; g=*; zz=yes; n=note; p={public}")
    with_record("key-service-all", "section 3.6.1: s=* means any service", PASS, f"v=DKIM1; s=*; p={public}")
    with_record("key-service-email", "section 3.6.1: email is one of the services", PASS, f"v=DKIM1; s=tlsrpt : email; p={public}")
    with_record("key-service-other", "section 3.6.1: a key for another service", not_pass("permerror", "s="),
                f"v=DKIM1; s=tlsrpt; p={public}")
    with_record("key-hash-sha256", "section 3.6.1: h= allows the hash", PASS, f"v=DKIM1; h=sha1:sha256; p={public}")
    with_record("key-hash-sha1", "section 3.6.1: h= does not allow the hash", not_pass("permerror", "h="),
                f"v=DKIM1; h=sha1; p={public}")
    with_record("key-type-unknown", "section 3.6.1: unknown key types are ignored", not_pass("permerror", "k="),
                f"v=DKIM1; k=dsa; p={public}")
    with_record("key-revoked", "section 3.6.1: an empty p= is a revoked key", not_pass("permerror", "revoked"),
                "v=DKIM1; k=rsa; p=")
    with_record("key-without-p", "section 3.6.1: p= must be there", not_pass("permerror", "p="), "v=DKIM1; k=rsa")
    with_record("key-bad-base64", "section 3.6.1: p= is base64", not_pass("permerror", "key"), f"v=DKIM1; p={public[:-8]}!!!!")
    with_record("key-garbage", "p= is base64 of no key", not_pass("permerror", "key"), "v=DKIM1; p=bm8ga2V5IGF0IGFsbA==")
    with_record("key-cut", "p= was cut, as some DNS editors do at 255 bytes", not_pass("permerror", "key"),
                f"v=DKIM1; k=rsa; p={public[:232]}")
    with_record("key-version-2", "section 3.6.1: records of another version are ignored", not_pass("permerror", "key"),
                f"v=DKIM2; p={public}")
    with_record("key-version-last", "section 3.6.1: v= must stand first", not_pass("permerror", "v="), f"p={public}; v=DKIM1")
    with_record("key-duplicate-tag", "section 3.2: a tag that stands twice makes the list invalid", not_pass("permerror"),
                f"v=DKIM1; p={public}; p={public_key('rsa2048b')}")
    with_record("key-testing", "section 3.6.1: t=y must be treated as if it were not there, but is worth a warning",
                PASS + "\ndkim[0].warnings~: test", f"v=DKIM1; t=y; p={public}")
    with_record("key-same-domain", "section 3.6.1: t=s, and the i= is in the same domain", PASS, f"v=DKIM1; t=y:s; p={public}",
                more=[("i", "alice@example.com")])
    with_record("key-same-domain-not", "section 3.6.1: t=s, but the i= is in a subdomain", not_pass("permerror", "t=s"),
                f"v=DKIM1; t=s; p={public}", more=[("i", "alice@news.example.com")])
    several = not_pass("permerror", "several")
    with_record("keys-two", "section 3.6.2.2: which of several keys counts is undefined, so none does", several,
                record("rsa2048b"), record())
    with_record("keys-two-order", "the same in the other order gives the same result", several,
                record(), record("rsa2048b"))
    with_record("keys-junk-beside", "a TXT of another kind stands beside the key", PASS + "\ndkim[0].warnings~: beside",
                "v=spf1 -all", record(), "some-site-verification=0123456789")
    with_record("keys-junk-only", "only a TXT of another kind is there", not_pass("permerror", "key"), "v=spf1 -all")
    with_record("keys-revoked-beside", "a revoked key beside a good one: nothing says which one counts", several,
                "v=DKIM1; p=", record())
    case("key-cname", "a key reached over a CNAME, as mailing platforms want it", signed(), PASS,
         keys=[f"{name} TXT cname=sel.domainkey.example.org " + KEY.split(" TXT ", 1)[1]])
    for status, result in {"NXDOMAIN": "permerror", "NODATA": "permerror", "SERVFAIL": "temperror", "TIMEOUT": "temperror",
                           "BOGUS": "temperror", "UNKNOWN": "unknown"}.items():
        dmarc = {"permerror": "fail", "temperror": "temperror", "unknown": "unknown"}[result]
        case(f"key-{status.lower()}", "section 6.1.2: the key can't be had", signed(),
             f"dkim[]: 1; dkim[0].result: {result}; dmarc.result: {dmarc}", keys=[f"{name} TXT {status}"])


def tags():
    """Tags of the signature (sections 3.2 and 3.5)."""
    case("b-first", "section 3.5: tags stand in any order; b= first",
         signed(edit=lambda tags: [tags[-1], *tags[:-1]]), PASS)
    case("b-middle", "section 3.7: only the value of b= is left out, wherever it stands",
         signed(edit=lambda tags: [*tags[:3], tags[-1], *tags[3:-1]]), PASS)
    case("b-middle-simple", "the same with simple canonicalisation of the header",
         signed(c="simple/simple", edit=lambda tags: [*tags[:3], tags[-1], *tags[3:-1]]), PASS)
    case("b-unfolded", "a b= on one line", signed(break_b=False), PASS)
    case("b-odd-folds", "section 3.5: white space in b= is ignored, wherever it stands",
         signed(break_b=False, spoil=lambda b: " \r\n ".join(b[i:i + 7] for i in range(0, len(b), 7)) + " "), PASS)
    case("b-bad-base64", "section 3.5: b= is base64", signed(spoil=lambda b: b[:20] + "*" + b[21:]),
         not_pass("neutral", "b="))
    case("b-empty", "section 3.5: b= must have a value", signed(spoil=lambda b: ""), not_pass("neutral", "b="))
    case("b-cut", "a b= that lost its end", signed(break_b=False, spoil=lambda b: b[:100]), not_pass("fail", "header fields"))
    case("bh-wrong", "a bh= of other bytes", signed(signed_body=b"other\r\n"), not_pass("fail", "body"))
    case("bh-missing", "section 3.5: bh= must be there", signed(edit=without("bh")), not_pass("neutral", "bh="))
    case("bh-short", "a bh= of 31 bytes", signed(edit=replaced(
        "bh", base64.b64encode(base64.b64decode(body_hash("relaxed", BODY))[:31]).decode())), not_pass("neutral", "bh="))
    for tag in "vadsh":
        case(f"{tag}-missing", f"section 3.5: {tag}= must be there", signed(edit=without(tag)), not_pass("neutral", f"{tag}="))
    case("c-missing", "section 3.5: c= is simple/simple where it is absent",
         signed(c="simple/simple", edit=without("c")), PASS)
    case("c-half", "section 3.5: c=relaxed is relaxed/simple", signed(c="relaxed"), PASS)
    case("c-odd", "section 3.5: a canonicalisation that nobody knows", signed(edit=replaced("c", "relaxed/nofws")),
         not_pass("neutral", "c="))
    case("c-case", "section 3.2: values are case-sensitive unless something else is said: RELAXED is no canonicalisation",
         signed(header_how="relaxed", body_how="relaxed", c="Relaxed/RELAXED"), not_pass("neutral", "c="))
    case("v-2", "section 3.5: a version that nobody knows", signed(edit=replaced("v", "2")), not_pass("neutral", "v="))
    case("v-1.0", "section 3.5: versions are compared as text", signed(edit=replaced("v", "1.0")), not_pass("neutral", "v="))
    case("q-dns", "section 3.5: q=dns/txt", signed(more=[("q", "dns/txt")]), PASS)
    case("q-several", "section 3.5: unknown query types are ignored", signed(more=[("q", "http/plain : dns/txt")]), PASS)
    case("q-unknown", "section 3.5: no query type that anybody knows", signed(more=[("q", "http/plain")]),
         not_pass("neutral", "q="))
    case("tag-unknown", "section 3.2: unknown tags are ignored, and signed", signed(more=[("zz", "a b")]), PASS)
    case("tag-duplicate", "section 3.2: a tag that stands twice", signed(more=[("d", "example.org")]), not_pass("neutral", "twice"))
    case("tag-spaces", "sections 3.2 and 3.7: white space around tags, values and semicolons; that around the value of b= goes with it",
         signed(join=lambda tags: " ;  ".join(f" {name} \r\n = {value} " for name, value in tags) + " ; "), PASS)
    case("tag-case", "section 3.2: names of tags are case-sensitive: D= is no d=",
         signed(edit=lambda tags: [("D" if name == "d" else name, value) for name, value in tags]), not_pass("neutral", "d="))
    case("tag-syntax", "section 3.2: two semicolons in a row",
         signed(edit=lambda tags: [*tags[:2], (None, ""), *tags[2:]]), not_pass("neutral"))
    case("tag-z", "section 3.5: z= is for diagnosis only", signed(more=[("z", "From:mallory@example.org|Subject:other")]), PASS)
    case("expired", "section 3.5: x= was ten seconds ago", signed(more=[("t", str(TIME - 100)), ("x", str(TIME - 10))]),
         not_pass("permerror", "expired"))
    case("expires-soon", "section 3.5: x= is in ten seconds", signed(more=[("t", str(TIME - 100)), ("x", str(TIME + 10))]), PASS)
    case("expires-before", "section 3.5: x= must be later than t=",
         signed(more=[("t", str(TIME + 100)), ("x", str(TIME + 50))]), not_pass("permerror", "x="))
    case("time-future", "section 3.5: t= an hour in the future is worth a warning; clocks are wrong more often than keys are stolen",
         signed(more=[("t", str(TIME + 3600))]), PASS + "\ndkim[0].warnings~: future")
    case("time-past", "section 3.5: t= long ago says nothing by itself", signed(more=[("t", "1000000000")]), PASS)
    case("time-no-number", "section 3.5: t= has digits only", signed(more=[("t", "yesterday")]), not_pass("neutral", "t="))
    case("time-huge", "section 3.5: x= may have many digits: never",
         signed(more=[("t", str(TIME - 100)), ("x", "999999999999")]), PASS)
    case("i-subdomain", "section 3.5: i= in a subdomain of d=", signed(more=[("i", "news@lists.example.com")]), PASS)
    case("i-outside", "section 3.5: i= must be d= or below it", signed(more=[("i", "alice@example.org")]), not_pass("permerror", "i="))
    case("i-lookalike", "section 3.5: notexample.com is not below example.com", signed(more=[("i", "alice@notexample.com")]),
         not_pass("permerror", "i="))
    case("i-without-at", "section 3.5: i= has an @", signed(more=[("i", "example.com")]), not_pass("neutral", "i="))


def domains():
    """d= and s=, and what aligns."""
    case("d-capitals", "domains are compared without case", signed(d="EXAMPLE.com", s="SEL"), PASS.replace(
        "dkim[0].selector: sel; ", ""))
    umlaut = [b"From: Alice <alice@xn--bcher-kva.example>\r\n", *HEADERS[1:]]
    umlaut_answers = [key_record(name="sel._domainkey.xn--bcher-kva.example"), "xn--bcher-kva.example A 192.0.2.1",
                      '_dmarc.xn--bcher-kva.example TXT "v=DMARC1; p=reject"']
    aligned = "dkim[]: 1; dkim[0].result: pass; dkim[0].domain: xn--bcher-kva.example; dmarc.result: pass"
    case("d-u-label", "RFC 8616: d= in U-labels; the key stands at the A-label", signed(umlaut, d="bücher.example"), aligned,
         keys=umlaut_answers)
    case("d-a-label", "RFC 8616: From in U-labels, d= in A-labels",
         signed(["From: Alice <alice@bücher.example>\r\n".encode(), *HEADERS[1:]], d="xn--bcher-kva.example"), aligned,
         keys=umlaut_answers)
    case("d-third-party", "a signature of somebody else passes and aligns with nothing", signed(d="example.org"),
         "dkim[]: 1; dkim[0].result: pass; dkim[0].domain: example.org; dmarc.result: fail; dmarc.disposition: quarantine",
         keys=[key_record(name="sel._domainkey.example.org")])
    case("d-subdomain", "a subdomain aligns (relaxed)", signed(d="news.example.com"),
         "dkim[]: 1; dkim[0].result: pass; dkim[0].domain: news.example.com; dmarc.result: pass",
         keys=[key_record(name="sel._domainkey.news.example.com")])
    case("d-subdomain-strict", "a subdomain does not align where adkim=s", signed(d="news.example.com"),
         "dkim[]: 1; dkim[0].result: pass; dmarc.result: fail", dmarc='_dmarc.example.com TXT "v=DMARC1; p=reject; adkim=s"',
         keys=[key_record(name="sel._domainkey.news.example.com")])
    case("d-invalid", "d= is no domain name", signed(d="example..com"), not_pass("neutral", "d="))
    case("s-labels", "section 3.1: a selector may have several labels", signed(s="march.2022"),
         PASS.replace("selector: sel", "selector: march.2022"),
         keys=[key_record(name="march.2022._domainkey.example.com")])
    case("s-invalid", "s= is no name", signed(s="a..b"), not_pass("neutral", "s="))


def several():
    """Several signatures."""
    spam = b"".join(sign(HEADERS, BODY, d=f"list{number}.example.org") for number in range(12))
    junk = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=x; h=from; bh=AAAA; b=AAAA\r\n"
    cut = b"DKIM-Signature: \r\n"
    case("several-aligned-last", "twelve signatures of others stand above the aligned one: it is looked at first",
         spam + signed(), "dmarc.result: pass", keys=[KEY, *(key_record(name=f"sel._domainkey.list{number}.example.org")
                                                            for number in range(12))])
    case("several-junk", "300 junk signatures stand above the aligned one", junk * 150 + cut * 150 + signed(), "dmarc.result: pass")
    case("several-junk-aligned", "40 junk signatures that claim the author's domain stand above the good one",
         junk.replace(b"example.org", b"example.com") * 40 + signed(), "dmarc.result: pass")
    case("several-forged-aligned", "40 well-formed signatures of the author's domain whose keys are not there stand above the "
         "good one. Only a host on the way can do that, and it could as well break the good one",
         b"".join(sign(HEADERS, BODY, key="rsa1024", s=f"forged{number}") for number in range(40)) + signed(),
         "dkim[]: 6; dmarc.result: fail")
    case("several-fail-and-pass", "a list's signature passes, the author's no longer does",
         sign([*HEADERS[:2], b"Subject: [list] Figures of the quarter\r\n", *HEADERS[3:]], BODY, d="example.org") +
         signed().replace(b"Subject: Fig", b"Subject: [list] Fig"),
         "dkim[]: 2; dkim[0].result: pass; dkim[0].domain: example.org; dkim[1].result: fail; dmarc.result: fail",
         keys=[KEY, key_record(name="sel._domainkey.example.org")])
    case("several-pass-and-fail", "one good aligned signature is enough (RFC 9989: any aligned pass)",
         sign(HEADERS, b"other\r\n") + signed(), "dkim[]: 2; dkim[0].result: fail; dkim[1].result: pass; dmarc.result: pass")
    case("several-temperror", "an aligned signature passes, another one's key can't be had now",
         sign(HEADERS, BODY, s="slow") + signed(), "dkim[]: 2; dkim[0].result: temperror; dkim[1].result: pass; dmarc.result: pass",
         keys=[KEY, "slow._domainkey.example.com TXT SERVFAIL"])
    case("none", "no signature at all", b"".join(HEADERS) + b"\r\n" + BODY, "dkim[]: 0; dmarc.result: fail")
    case("field-name-case", "the field name in capitals, and white space before its colon",
         signed(field_name=b"DKIM-SIGNATURE"), PASS)


def main():
    for part in (simple_changes, bodies, lengths, fields, algorithms, keys, tags, domains, several):
        part()
    for path in HERE.iterdir():
        if path.suffix in (".eml", ".answers", ".expect") and path.stem not in cases and not path.stem.startswith("rfc"):
            path.unlink()
    for name, (message, answers, expect) in cases.items():
        (HERE / f"{name}.eml").write_bytes(message)
        (HERE / f"{name}.answers").write_text(answers, encoding="utf-8", newline="\n")
        (HERE / f"{name}.expect").write_text(expect, encoding="utf-8", newline="\n")
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
