"""peers: what python3-dkim, opendkim-testmsg, python3-spf and python3-authres say."""
import hashlib
import logging
import re
import subprocess
import time

import authres
import dkim
import dkim.canonicalization
import dkim.util
import spf

logging.disable(logging.CRITICAL)


def txt_of(answers):
    """What python3-dkim wants for looking up a TXT record."""

    def txt(name, timeout=5):
        name = name if isinstance(name, bytes) else name.encode()
        status, _, records = answers.find(name, "TXT")
        if status not in ("OK", "NODATA", "NXDOMAIN"):
            raise dkim.DnsTimeoutError(status)
        return b"".join(records[0]) if records else None

    return txt


def python_arc(message, answers):
    """none, pass, fail, or the name of an exception. None is what it says of a chain whose newest seal says fail."""
    try:
        return (dkim.ARC(message).verify(dnsfunc=txt_of(answers))[0] or b"fail").decode()
    except Exception as error:  # pylint: disable=broad-except
        return type(error).__name__


def python_dkim(message, answers, now):
    """A result for each DKIM-Signature field from the top: "pass", "fail", or the name of an exception."""
    real, time.time = time.time, lambda: now
    try:
        verifier = dkim.DKIM(message)
        count = sum(name.lower() == b"dkim-signature" for name, _ in verifier.headers)
        return [one_python_dkim(verifier, index, txt_of(answers)) for index in range(count)]
    except dkim.DKIMException as error:
        return type(error).__name__
    finally:
        time.time = real


def one_python_dkim(verifier, index, txt):
    try:
        return "pass" if verifier.verify(index, dnsfunc=txt) else "fail"
    except Exception as error:  # pylint: disable=broad-except # some are bugs of its own, which is what we look for
        return type(error).__name__


def opendkim(message, when):
    """"pass", or what it prints. It looks at all signatures and is content with one."""
    done = subprocess.run(["faketime", when.replace("T", " ").rstrip("Z"), "opendkim-testmsg"], input=message,
                          capture_output=True, check=False, env={"TZ": "UTC", "PATH": "/usr/sbin:/usr/bin:/bin"})
    if done.returncode == 0:
        return "pass"
    return done.stderr.decode(errors="replace").strip().rpartition(": ")[2] or f"status {done.returncode}"


def python_spf(answers):
    """The result for MAIL FROM (for HELO if that is empty)."""

    def look_up(name, kind, strict=True, timeout=20):
        status, cname, records = answers.find(name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape"), kind)
        if status not in ("OK", "NODATA", "NXDOMAIN"):
            raise spf.TempError(f"DNS {status}")
        owner = cname.decode() if cname else name
        found = [((name, "CNAME"), owner)] if cname else []
        for words in records:
            data = {"TXT": lambda words=words: words, "MX": lambda words=words: (int(words[0]), words[1].decode())}.get(
                kind, lambda words=words: words[0].decode())()
            found.append(((owner, kind), data))
        return found

    spf.DNSLookup = look_up
    try:
        return spf.check2(i=answers.ip, s=answers.mail_from, h=answers.helo, querytime=0)[0]
    except Exception as error:  # pylint: disable=broad-except
        return type(error).__name__


def python_authres(value):
    """(authserv-id, [(method, result)]) or the name of an exception."""
    text = re.sub(r"\r?\n(?=[ \t])", "", value.decode("utf-8", "replace"))
    try:
        header = authres.parse_value(text)
    except Exception as error:  # pylint: disable=broad-except
        return type(error).__name__
    return header.authserv_id, [(result.method.lower(), result.result.lower()) for result in header.results
                                if hasattr(result, "method")]


def fields(message, name):
    """The values of the header fields of a name (lower case), from the top."""
    head = re.split(rb"\r?\n\r?\n", message, maxsplit=1)[0]
    parts = [part.split(b":", 1) for part in re.split(rb"\r?\n(?![ \t])", head) if b":" in part]
    return [value for field, value in parts if field.strip().lower() == name]


def python_body_hashes(message):
    """For each DKIM-Signature: True or False for bh=, or the name of an exception; that name alone if it does not read
    the message at all."""
    try:
        verifier = dkim.DKIM(message)
    except dkim.DKIMException as error:
        return type(error).__name__
    results = []
    for name, value in verifier.headers:
        if name.lower() == b"dkim-signature":
            try:
                tags = dkim.util.parse_tag_value(value)
                body = dkim.canonicalization.CanonicalizationPolicy.from_c_value(
                    tags.get(b"c", b"simple/simple")).canonicalize_body(verifier.body)
                digest = hashlib.new("sha1" if tags[b"a"] == b"rsa-sha1" else "sha256",
                                     body[:int(tags[b"l"])] if b"l" in tags else body).digest()
                results.append(dkim.base64.b64decode(re.sub(rb"\s+", b"", tags[b"bh"])) == digest)
            except Exception as error:  # pylint: disable=broad-except
                results.append(type(error).__name__)
    return results
