"""signer: DKIM signatures (RFC 6376) made with nothing but Python and the openssl command.

It shares no code with Postern, so that the two can't be wrong in the same way. Messages are a list of whole header
fields (bytes with CRLF) and a body.
"""
import base64
import hashlib
import pathlib
import re
import subprocess
import tempfile

KEYS = pathlib.Path(__file__).parent / "keys"
SHA1, SHA256 = "sha1", "sha256"


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


def canonical_header(how, field):
    """Section 3.4.1 and 3.4.2, with the CRLF."""
    if how == "simple":
        return field
    name, _, value = field.partition(b":")
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" \t")
    return name.rstrip(b" \t").lower() + b":" + value + b"\r\n"


def canonical_body(how, body):
    """Section 3.4.3 and 3.4.4."""
    lines = body.split(b"\r\n")
    if lines[-1] == b"":
        lines.pop()
    if how == "relaxed":
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in lines]
    while lines and lines[-1] == b"":
        lines.pop()
    if not lines:
        return b"\r\n" if how == "simple" else b""
    return b"".join(line + b"\r\n" for line in lines)


def signed_fields(headers, names):
    """The fields that h= selects, each name from the bottom up (section 5.4.2)."""
    left = {}
    for field in headers:
        left.setdefault(field.partition(b":")[0].strip().lower().decode("latin-1"), []).append(field)
    return [left[name].pop() for name in (name.strip().lower() for name in names.split(":")) if left.get(name)]


def raw_signature(key, digest_name, data):
    """The signature of the bytes of all canonical header fields."""
    path = str(KEYS / f"{key}.pem")
    if key.startswith("rsa"):
        return openssl("dgst", f"-{digest_name}", "-sign", path, data=data)
    with tempfile.NamedTemporaryFile() as file:  # RFC 8463 section 3: PureEdDSA over the SHA-256 digest
        file.write(hashlib.new(digest_name, data).digest())
        file.flush()
        return openssl("pkeyutl", "-sign", "-rawin", "-inkey", path, "-in", file.name)


def body_hash(how, body, length=None, digest_name=SHA256):
    return base64.b64encode(hashlib.new(digest_name, canonical_body(how, body)[:length]).digest()).decode()


def fold(tags, before="\r\n\t"):
    """A field from (name, value) pairs, one a line; a pair without a name is text as it is."""
    return "; ".join(f"{before if number and name else ''}{name}={value}" if name else value
                     for number, (name, value) in enumerate(tags)).replace("; \r\n", ";\r\n")


def sign(headers, body, *, key="rsa2048", a=None, c="relaxed/relaxed", d="example.com", s="sel",
         h="from:to:subject:date:message-id", more=(), edit=None, body_how=None, header_how=None, signed_body=None,
         field_name=b"DKIM-Signature", spoil=None, join=fold, break_b=True, digest_name=None):
    """The signature field. `more`: further tags; `edit`: changes the list of tags before it is signed; body_how and
    header_how: what is really done where c= says something else; spoil: changes the finished b= value."""
    digest_name = digest_name or (SHA1 if a == "rsa-sha1" else SHA256)
    a = a or ("rsa-sha256" if key.startswith("rsa") else "ed25519-sha256")
    length = next((int(value) for name, value in more if name == "l" and value.isdigit()), None)
    header_how = header_how or c.partition("/")[0] or "simple"
    body_how = body_how or c.partition("/")[2] or "simple"
    tags = [("v", "1"), ("a", a), ("c", c), ("d", d), ("s", s), *more, ("h", h),
            ("bh", body_hash(body_how, body if signed_body is None else signed_body, length, digest_name)), ("b", "")]
    if edit:
        tags = edit(tags)
    names = next((value for name, value in tags if name == "h"), h)
    field = field_name + b": " + join([(name, "@" if name == "b" else value) for name, value in tags]).encode()
    empty, there = re.subn(rb"(b\s*=)\s*@\s*(;|$)", rb"\1\2", field)  # section 3.7: with the white space around it
    assert there == 1
    data = b"".join(canonical_header(header_how, line) for line in signed_fields(headers, re.sub(r"\s", "", names)))
    data += canonical_header(header_how, empty + b"\r\n")[:-2]
    value = base64.b64encode(raw_signature(key, digest_name, data)).decode()
    if break_b:
        value = "\r\n\t ".join(value[i:i + 70] for i in range(0, len(value), 70))
    if spoil:
        value = spoil(value)
    return re.sub(rb"(b\s*=\s*)@", lambda match: match[1] + value.encode(), field) + b"\r\n"


def public_key(key, form="spki"):
    """The p= value of a key's record: SubjectPublicKeyInfo, bare RSAPublicKey, or the 32 bytes of Ed25519."""
    path = str(KEYS / f"{key}.pem")
    if form == "bare":
        der = openssl("rsa", "-in", path, "-RSAPublicKey_out", "-outform", "DER")
    else:
        der = openssl("pkey", "-in", path, "-pubout", "-outform", "DER")
    return base64.b64encode(der if key.startswith("rsa") else der[-32:]).decode()
