/* signature_parse.c: the tags of DKIM-Signature, ARC-Message-Signature and ARC-Seal. */
#include "auth/signature.h"
#include "auth/taglist.h"
#include "base/base64.h"
#include "mail/domain.h"

/* What the steps of reading share. */
struct reader {
    struct signature *signature;
    struct taglist tags;
    struct arena *arena;
    struct notes *warnings;
    enum result result;
    str reason;
};

static bool refuse(struct reader *reader, enum result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool refuse(struct reader *reader, enum result result, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    reader->reason = arena_vprintf(reader->arena, format, arguments);
    va_end(arguments);
    reader->result = result;
    return false;
}

static bool is_seal(const struct reader *reader)
{
    return reader->signature->kind == SIGNATURE_ARC_SEAL;
}

/* The value of a tag; p is NULL where there is none. */
static str value_of(const struct reader *reader, const char *name)
{
    const struct tag *tag = taglist_find(&reader->tags, str_from(name));

    return tag ? tag->value : (str){NULL, 0};
}

static bool read_tags(struct reader *reader)
{
    size_t at;
    enum taglist_error error = taglist_parse(&reader->tags, reader->signature->header->value, &at);

    if (error == TAGLIST_DUPLICATE)
        return refuse(reader, RESULT_NEUTRAL, "the signature has a tag twice");
    if (error != TAGLIST_OK)
        return refuse(reader, RESULT_NEUTRAL, "the signature has a syntax error at byte %zu", at);
    return true;
}

static bool has_required(struct reader *reader)
{
    enum signature_kind kind = reader->signature->kind;
    const char *required = kind == SIGNATURE_DKIM          ? "v a b bh d h s"
                           : kind == SIGNATURE_ARC_MESSAGE ? "i a b bh d h s"
                                                           : "i a b cv d s";
    str rest = str_from(required), name;

    while (str_next(&rest, ' ', &name)) {
        const struct tag *tag = taglist_find(&reader->tags, name);

        if (!tag || tag->value.n == 0)
            return refuse(reader, RESULT_NEUTRAL, "the signature has no %.*s=", PS(name));
    }
    if (is_seal(reader) && taglist_find(&reader->tags, S("h")))
        return refuse(reader, RESULT_PERMERROR, "the seal has h=, which RFC 8617 forbids");
    return true;
}

static bool read_version(struct reader *reader)
{
    if (reader->signature->kind == SIGNATURE_DKIM && !str_eq(value_of(reader, "v"), S("1")))
        return refuse(reader, RESULT_NEUTRAL, "the signature has another version (v=) than 1");
    return true;
}

/* RFC 8301 section 3.1: rsa-sha1 has "permanently failed", whatever the signature is. */
static bool read_algorithm(struct reader *reader)
{
    struct signature *signature = reader->signature;
    str algorithm = value_of(reader, "a");

    signature->hash_type = HASH_SHA256;
    if (str_eq(algorithm, S("rsa-sha256"))) {
        signature->key_type = KEY_RSA;
    } else if (str_eq(algorithm, S("ed25519-sha256"))) {
        signature->key_type = KEY_ED25519;
    } else if (str_eq(algorithm, S("rsa-sha1"))) {
        signature->key_type = KEY_RSA;
        signature->hash_type = HASH_SHA1;
        return refuse(reader, RESULT_FAIL, "the signature uses rsa-sha1, which RFC 8301 forbids");
    } else {
        return refuse(reader, RESULT_NEUTRAL, "the signature has an unknown algorithm (a=)");
    }
    return true;
}

/* "header/body"; the body is simple where it is not named. */
static bool read_canons(struct reader *reader)
{
    struct signature *signature = reader->signature;
    str value = value_of(reader, "c");
    size_t slash = str_find(value, '/');

    signature->canon_header = signature->canon_body = CANON_SIMPLE;
    if (!value.p || is_seal(reader))
        return true;
    if (!canon_parse(str_sub(value, 0, slash), &signature->canon_header) ||
        (slash < value.n && !canon_parse(str_skip(value, slash + 1), &signature->canon_body)))
        return refuse(reader, RESULT_NEUTRAL, "the signature has an unknown canonicalisation (c=)");
    return true;
}

/* RFC 6376 section 3.5 gives l= up to 76 digits: what does not fit is more than any body has. */
static bool read_length(struct reader *reader)
{
    struct signature *signature = reader->signature;
    str value = value_of(reader, "l");

    signature->length = UINT64_MAX;
    if (!value.p || is_seal(reader))
        return true;
    signature->has_length = true;
    if (value.n == 0 || value.n > 76)
        return refuse(reader, RESULT_NEUTRAL, "l= is no number");
    for (size_t i = 0; i < value.n; i++)
        if (!ascii_is_digit(value.p[i]))
            return refuse(reader, RESULT_NEUTRAL, "l= is no number");
    if (!str_to_u64(value, UINT64_MAX, &signature->length))
        signature->length = UINT64_MAX;
    return true;
}

/* Up to 12 digits reach the year 33658; more must not be taken for a time (section 3.5). */
static bool read_time(struct reader *reader, const char *name, int64_t *time)
{
    str value = value_of(reader, name);
    uint64_t number;

    *time = -1;
    if (!value.p)
        return true;
    if (!str_to_u64(value, 999999999999, &number))
        return refuse(reader, RESULT_NEUTRAL, "%s= is no time", name);
    *time = (int64_t)number;
    return true;
}

static bool read_times(struct reader *reader)
{
    struct signature *signature = reader->signature;

    if (!read_time(reader, "t", &signature->time))
        return false;
    if (is_seal(reader))
        return true;
    if (!read_time(reader, "x", &signature->expires))
        return false;
    if (signature->expires >= 0 && signature->expires <= signature->time)
        return refuse(reader, RESULT_PERMERROR, "the signature expires (x=) before it was made (t=)");
    return true;
}

static bool read_query(struct reader *reader)
{
    str methods = value_of(reader, "q"), method;

    if (!methods.p)
        return true;
    while (str_next(&methods, ':', &method))
        if (str_eq(str_trim(method), S("dns/txt")))
            return true;
    return refuse(reader, RESULT_NEUTRAL, "the signature has no known way to find its key (q=)");
}

/* The domain and the selector as A-labels (RFC 8616 section 4), and where the key stands. */
static bool read_domain(struct reader *reader)
{
    struct signature *signature = reader->signature;
    struct arena *arena = reader->arena;

    if (!domain_normal(value_of(reader, "d"), arena, &signature->domain))
        return refuse(reader, RESULT_NEUTRAL, "d= is no domain name");
    if (!domain_normal(value_of(reader, "s"), arena, &signature->selector))
        return refuse(reader, RESULT_NEUTRAL, "s= is no selector");
    signature->key_name = arena_join(arena, signature->selector, S("._domainkey."), signature->domain);
    return true;
}

/* i= of DKIM: must be in d= or below (section 6.1.1). */
static bool read_identity(struct reader *reader)
{
    struct signature *signature = reader->signature;
    str value = value_of(reader, "i"), domain;
    size_t at = str_rfind(value, '@');

    signature->identity_is_domain = true;
    signature->identity = value;
    if (!value.p) {
        signature->identity = arena_join(reader->arena, S("@"), signature->domain, S(""));
        return true;
    }
    if (at == value.n || !domain_normal(str_skip(value, at + 1), reader->arena, &domain))
        return refuse(reader, RESULT_NEUTRAL, "i= has no domain");
    signature->identity_is_domain = str_eq(domain, signature->domain);
    if (!domain_under(domain, signature->domain))
        return refuse(reader, RESULT_PERMERROR, "i= is not in the domain of d=");
    return true;
}

/* i= of ARC: 1 to 50, without leading zeros (RFC 8617 section 4.2.1). Read before the rest, as a set needs it
 * even if nothing else is of use. */
static bool read_instance(struct reader *reader)
{
    str value = value_of(reader, "i");
    uint64_t number;

    if (!str_to_u64(value, LIMIT_ARC_SETS, &number) || number == 0 || value.p[0] == '0')
        return refuse(reader, RESULT_PERMERROR, "i= is no number from 1 to %d", LIMIT_ARC_SETS);
    reader->signature->instance = (unsigned)number;
    return true;
}

/* h= must name From (section 5.4.1). An empty name names no field and changes nothing. */
static bool read_fields(struct reader *reader)
{
    str value = value_of(reader, "h"), rest = value, name;
    bool from = false, seal = false, arc = false;
    size_t n = 0;

    while (str_next(&rest, ':', &name)) {
        str trimmed = str_trim(name);

        if (trimmed.n && !header_is_name(trimmed))
            return refuse(reader, RESULT_NEUTRAL, "h= has something that is no field name");
        if (++n > LIMIT_DKIM_SIGNED_FIELDS)
            return refuse(reader, RESULT_NEUTRAL, "h= names more than %d fields", LIMIT_DKIM_SIGNED_FIELDS);
        reader->signature->fields = str_span(value.p, name.p + name.n);
        name = trimmed;
        if (name.n == 0)
            note_add(reader->warnings, reader->arena, "h= has an empty name");
        from = from || str_ieq(name, S("From"));
        seal = seal || str_ieq(name, S("ARC-Seal"));
        arc = arc || str_istarts(name, S("ARC-"));
    }
    if (!from)
        return refuse(reader, RESULT_PERMERROR, "From is not signed (h=)");
    if (seal && reader->signature->kind == SIGNATURE_ARC_MESSAGE)
        return refuse(reader, RESULT_PERMERROR, "ARC-Seal is signed (h=), which RFC 8617 forbids");
    if (arc && reader->signature->kind == SIGNATURE_ARC_MESSAGE)
        note_add(reader->warnings, reader->arena, "ARC fields are signed (h=), which RFC 8617 forbids");
    return true;
}

static bool read_values(struct reader *reader)
{
    struct signature *signature = reader->signature;
    const struct tag *value = taglist_find(&reader->tags, S("b"));

    signature->without = str_sub(signature->header->value, value->offset, value->length);
    if (!base64_decode(value->value, reader->arena, &signature->value))
        return refuse(reader, RESULT_NEUTRAL, "b= is not base64");
    if (is_seal(reader))
        return true;
    if (!base64_decode(value_of(reader, "bh"), reader->arena, &signature->body_hash))
        return refuse(reader, RESULT_NEUTRAL, "bh= is not base64");
    if (signature->body_hash.n != 32)
        return refuse(reader, RESULT_NEUTRAL, "bh= has not the size of a SHA-256 digest");
    return true;
}

enum result signature_parse(struct signature *signature, const struct header *header,
                            enum signature_kind kind, struct arena *arena, str *reason,
                            struct notes *warnings)
{
    struct reader reader; /* not zeroed: a tag list is large */
    bool dkim = kind == SIGNATURE_DKIM;

    *signature = (struct signature){.header = header, .kind = kind, .time = -1, .expires = -1};
    reader.signature = signature;
    reader.arena = arena;
    reader.warnings = warnings;
    reader.result = RESULT_NONE;
    reader.reason = S("");
    if (read_tags(&reader) && (dkim || read_instance(&reader)) && has_required(&reader) &&
        read_version(&reader) && read_domain(&reader) && read_canons(&reader) && read_length(&reader) &&
        read_times(&reader) && (!dkim || read_identity(&reader)) && read_algorithm(&reader) &&
        read_query(&reader) && (is_seal(&reader) || read_fields(&reader)))
        read_values(&reader);
    if (kind == SIGNATURE_ARC_SEAL && reader.result == RESULT_NONE)
        signature->cv = value_of(&reader, "cv");
    *reason = reader.reason;
    return reader.result;
}
