#!/usr/bin/env python3
"""make: writes the SPF cases of this folder (NAME.eml, NAME.answers, NAME.expect) again: one message, other envelopes
and records. The conformance of SPF itself is the public suite's to show; these go through the whole command, and through
a peer in `make differential`."""
import pathlib

HERE = pathlib.Path(__file__).parent
MESSAGE = (b"From: Alice Example <alice@example.com>\r\nTo: Bob Example <bob@example.net>\r\nSubject: Figures\r\n"
           b"Date: Tue, 05 Apr 2022 12:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n\r\nHello Bob\r\n")
DMARC = '_dmarc.example.com TXT "v=DMARC1; p=reject"'
FILL = " ".join(f"a:h{number}.example.com" for number in range(10))
names = set()


def case(name, why, records, result, *, ip="192.0.2.1", helo="mail.example.com", sender="alice@example.com", dmarc=None,
         more=(), default="NXDOMAIN"):
    """records: lines, or the text of the record of example.com."""
    assert name not in names, name
    names.add(name)
    records = [f'example.com TXT "{records}"'] if isinstance(records, str) else list(records)
    answers = ["time 2022-04-05T12:00:10Z", f"ip {ip}", f"helo {helo}", f"mail-from {sender}", "rcpt bob@example.net",
               f"default {default}", DMARC, *records]
    dmarc = dmarc or {"pass": "pass", "temperror": "temperror", "unknown": "unknown"}.get(result, "fail")
    (HERE / f"{name}.eml").write_bytes(MESSAGE)
    (HERE / f"{name}.answers").write_text("\n".join(answers) + "\n", encoding="utf-8")
    (HERE / f"{name}.expect").write_text("\n".join([f"# {why}", f"spf.result: {result}", f"dmarc.result: {dmarc}", *more]) + "\n",
                                         encoding="utf-8")


def main():
    host = "mail.example.com A 192.0.2.1"
    case("pass-ip4", "RFC 7208 section 5.6", "v=spf1 ip4:192.0.2.0/24 -all", "pass")
    case("fail-all", "section 5.1", "v=spf1 ip4:198.51.100.0/24 -all", "fail")
    case("softfail-all", "section 5.1: ~", "v=spf1 ~all", "softfail")
    case("neutral-all", "section 5.1: ?", "v=spf1 ?all", "neutral")
    case("neutral-default", "section 4.7: nothing matched", "v=spf1 ip4:198.51.100.1", "neutral")
    case("none", "section 4.5: no record", ["example.com A 192.0.2.1"], "none")
    case("none-nxdomain", "section 4.3: no such domain", [], "none")
    case("none-other-version", "section 4.5: v=spf10 is no v=spf1", "v=spf10 -all", "none")
    case("permerror-two-records", "section 4.5: two records", ['example.com TXT "v=spf1 -all"', 'example.com TXT "v=spf1 +all"'],
         "permerror")
    case("record-beside-others", "section 4.5: other TXT beside the record",
         ['example.com TXT "some-verification=1"', 'example.com TXT "v=spf1 +all"'], "pass")
    case("record-in-strings", "section 3.3: strings are joined without a space", ['example.com TXT "v=spf1 ip4:192.0." "2.1 -all"'],
         "pass")
    case("record-capitals", "section 4.6.1: names in any case", "V=SPF1 IP4:192.0.2.1 -ALL", "pass")
    case("permerror-syntax-before", "section 4.6: a syntax error anywhere", "v=spf1 ip4:192.0.2.1 ip4:bad -all", "permerror")
    case("permerror-unknown-mechanism", "section 4.6.1", "v=spf1 foo:bar ip4:192.0.2.1 -all", "permerror")
    case("modifier-unknown", "section 6: unknown modifiers are ignored", "v=spf1 moo=baa ip4:192.0.2.1 -all", "pass")
    case("temperror-servfail", "section 4.4", ["example.com TXT SERVFAIL"], "temperror")
    case("temperror-timeout", "section 4.4", ["example.com TXT TIMEOUT"], "temperror")
    case("unknown", "nobody was asked: no result", ["example.com TXT UNKNOWN"], "unknown")
    case("a", "section 5.3", ['example.com TXT "v=spf1 a:mail.example.com -all"', host], "pass")
    case("a-cidr", "section 5.3: a network around it", ['example.com TXT "v=spf1 a:mail.example.com/24 -all"',
                                                       "mail.example.com A 192.0.2.200"], "pass")
    case("mx", "section 5.4", ['example.com TXT "v=spf1 mx -all"', "example.com MX 10 mail.example.com", host], "pass")
    case("mx-eleven", "section 4.6.4: over ten names of an MX",
         ['example.com TXT "v=spf1 mx -all"', *(f"example.com MX 10 m{n}.example.com" for n in range(11)),
          *(f"m{n}.example.com A 198.51.100.{n}" for n in range(11))], "permerror")
    case("include", "section 5.2", ['example.com TXT "v=spf1 include:_spf.example.org -all"',
                                    '_spf.example.org TXT "v=spf1 ip4:192.0.2.1 -all"'], "pass")
    case("include-fail", "section 5.2: a fail inside is no match", ['example.com TXT "v=spf1 include:_spf.example.org ~all"',
                                                                    '_spf.example.org TXT "v=spf1 -all"'], "softfail")
    case("include-none", "section 5.2: no record inside is permerror", "v=spf1 include:_spf.example.org -all", "permerror")
    case("include-loop", "section 4.6.4: the limit ends a loop", "v=spf1 include:example.com -all", "permerror")
    case("redirect", "section 6.1", ['example.com TXT "v=spf1 redirect=_spf.example.org"', '_spf.example.org TXT "v=spf1 +all"'], "pass")
    case("redirect-none", "section 6.1: no record there is permerror", "v=spf1 redirect=_spf.example.org", "permerror")
    case("limit-ten", "section 4.6.4: ten terms",
         [f'example.com TXT "v=spf1 {FILL} ip4:192.0.2.1 -all"', *(f"h{n}.example.com A 198.51.100.{n}" for n in range(10))], "pass")
    case("limit-eleven", "section 4.6.4: eleven terms",
         [f'example.com TXT "v=spf1 {FILL} a:mail.example.com -all"', host,
          *(f"h{n}.example.com A 198.51.100.{n}" for n in range(10))], "permerror")
    case("void-two", "section 4.6.4: two void lookups", ['example.com TXT "v=spf1 a:v1.example.com a:v2.example.com ip4:192.0.2.1 -all"'],
         "pass")
    case("void-three", "section 4.6.4: three void lookups",
         ['example.com TXT "v=spf1 a:v1.example.com a:v2.example.com a:v3.example.com ip4:192.0.2.1 -all"'], "permerror")
    case("exists-macro", "section 7: the local part and the address in a name",
         ['example.com TXT "v=spf1 exists:%{l}.%{ir}.%{d2}._spf.example.org -all"',
          "alice.1.2.0.192.example.com._spf.example.org A 127.0.0.2"], "pass")
    case("ptr", "section 5.5", ['example.com TXT "v=spf1 ptr -all"', "1.2.0.192.in-addr.arpa PTR mail.example.com", host], "pass")
    case("ptr-unconfirmed", "section 5.5: the name has another address",
         ['example.com TXT "v=spf1 ptr -all"', "1.2.0.192.in-addr.arpa PTR mail.example.com", "mail.example.com A 198.51.100.1"],
         "fail")
    case("ip6", "section 5.6", "v=spf1 ip6:2001:db8::/32 -all", "pass", ip="2001:db8::25")
    case("ip4-mapped", "section 5: an IPv4-mapped address is an IPv4 address", "v=spf1 ip4:192.0.2.1 -all", "pass", ip="::ffff:192.0.2.1")
    case("null-sender", "section 2.4: an empty MAIL FROM is postmaster at the HELO name, for DMARC too",
         ['mail.example.com TXT "v=spf1 ip4:192.0.2.1 -all"'], "pass", sender="<>", more=["spf.domain: mail.example.com"])
    case("unaligned", "another domain passes: DMARC fails", ['example.org TXT "v=spf1 +all"'], "pass", sender="bounce@example.org",
         dmarc="fail")
    case("subdomain", "a subdomain aligns", ['bounce.example.com TXT "v=spf1 +all"'], "pass", sender="x@bounce.example.com")
    case("explanation", "section 6.2: what the domain says of a fail",
         ['example.com TXT "v=spf1 exp=why.example.com -all"', 'why.example.com TXT "%{i} is not one of ours"'], "fail",
         more=["spf.explanation: 192.0.2.1 is not one of ours"])
    case("explanation-hostile", "an explanation with control characters does not get to the reader as they are",
         ['example.com TXT "v=spf1 exp=why.example.com -all"', 'why.example.com TXT "\\027[31mred"'], "fail")
    case("term", "the term that decided is named", "v=spf1 ip4:198.51.100.1 ip4:192.0.2.0/28 -all", "pass",
         more=["spf.term: ip4:192.0.2.0/28", "spf.domain: example.com"])
    for path in HERE.iterdir():
        if path.suffix in (".eml", ".answers", ".expect") and path.stem not in names:
            path.unlink()
    print(f"{len(names)} cases")


if __name__ == "__main__":
    main()
