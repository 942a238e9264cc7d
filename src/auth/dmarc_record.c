/* dmarc_record.c: the DMARC policy record, RFC 9989 sections 4.7 and 4.8.
 *
 * Only the version tag decides whether a TXT record is a DMARC record at all. Whatever is wrong behind it is
 * passed over field by field, as section 4.8 wants, and each time a warning says what was passed over. */
#include "auth/dmarc.h"

static bool is_wsp(char c)
{
    return c == ' ' || c == '\t';
}

/* Unlike str_trim(): a line end is no white space in a record. */
static str trim_wsp(str s)
{
    while (s.n && is_wsp(s.p[0]))
        s = str_skip(s, 1);
    while (s.n && is_wsp(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* Cuts "name = value" apart; false if there is no "=". */
static bool split_tag(str field, str *name, str *value)
{
    size_t equals = str_find(field, '=');

    *name = trim_wsp(str_sub(field, 0, equals));
    *value = trim_wsp(str_skip(field, equals + 1));
    return equals < field.n;
}

static bool is_printable(str value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] < ' ' || value.p[i] > '~')
            return false;
    return true;
}

/* URIs (RFC 3986, as far as a report address needs it). */

/* scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) */
static bool is_scheme(str scheme)
{
    if (scheme.n == 0 || !ascii_is_alpha(scheme.p[0]))
        return false;
    for (size_t i = 1; i < scheme.n; i++)
        if (!ascii_is_alnum(scheme.p[i]) && str_find(S("+-."), scheme.p[i]) == 3)
            return false;
    return true;
}

static bool is_hex(char c)
{
    return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

/* The characters of a URI behind its scheme. "!" must be encoded here (section 4.8). */
static bool is_uri_text(str s)
{
    static const str marks = STR("-._~:/?#[]@$&'()*+;=");

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%') {
            if (s.n - i < 3 || !is_hex(s.p[i + 1]) || !is_hex(s.p[i + 2]))
                return false;
        } else if (!ascii_is_alnum(s.p[i]) && str_find(marks, s.p[i]) == marks.n) {
            return false;
        }
    }
    return s.n > 0;
}

/* Without the "!10m" that RFC 7489 had. */
static str without_size(str uri, bool *had_size)
{
    size_t mark = str_rfind(uri, '!');
    str size = str_skip(uri, mark + 1);
    uint64_t number;

    if (size.n && str_find(S("kmgt"), ascii_lower(size.p[size.n - 1])) < 4)
        size.n--;
    *had_size = mark < uri.n && str_to_u64(size, UINT64_MAX, &number);
    return *had_size ? str_sub(uri, 0, mark) : uri;
}

/* A dmarc-uri or obs-dmarc-uri. A "mailto:" without an address could receive nothing. */
static bool is_report_uri(str uri, bool *had_size)
{
    str bare = without_size(uri, had_size);
    size_t colon = str_find(bare, ':');
    str rest = str_skip(bare, colon + 1);
    size_t at = str_rfind(rest, '@');

    if (colon == bare.n || !is_scheme(str_sub(bare, 0, colon)) || !is_uri_text(rest))
        return false;
    return !str_ieq(str_sub(bare, 0, colon), S("mailto")) || (at > 0 && at + 1 < rest.n);
}

/* The values of single tags: each returns false if the value is not the tag's. */

/* One of two letters; *second tells which. */
static bool read_letter(str value, char first, char second, bool *is_second)
{
    char c = value.n == 1 ? ascii_lower(value.p[0]) : '\0';

    if (c != first && c != second)
        return false;
    *is_second = c == second;
    return true;
}

static bool read_psd(str value, enum dmarc_psd *psd)
{
    bool yes;

    if (str_ieq(value, S("u"))) {
        *psd = DMARC_PSD_UNKNOWN;
        return true;
    }
    if (!read_letter(value, 'n', 'y', &yes))
        return false;
    *psd = yes ? DMARC_PSD_YES : DMARC_PSD_NO;
    return true;
}

/* dmarc-fo: "0" or "1", and "d" and "s", each once, in any order. */
static bool read_fo(str value, str *fo)
{
    bool seen[4] = {false};
    str rest = value;
    str option;

    while (str_next(&rest, ':', &option)) {
        size_t which = option.n == 1 ? str_find(S("01ds"), ascii_lower(option.p[0])) : 4;

        if (which == 4 || seen[which])
            return false;
        seen[which] = true;
    }
    if (seen[0] && seen[1])
        return false;
    *fo = value;
    return true;
}

/* A list of report URIs with at least one good one. */
static bool read_uris(str name, str value, str *uris, struct dmarc_record *record, struct arena *arena)
{
    str rest = value;
    str uri;
    bool good = false;
    bool had_size;

    *uris = value;
    while (str_next(&rest, ',', &uri)) {
        uri = trim_wsp(uri);
        if (!is_report_uri(uri, &had_size)) {
            note_add(&record->warnings, arena, "%.*s= has \"%.*s\", which is no report URI", PS(name),
                     PS(uri));
            continue;
        }
        if (had_size)
            note_add(&record->warnings, arena,
                     "%.*s= has a size limit (\"!\"), which DMARC no longer knows: ignored", PS(name));
        good = true;
    }
    return good;
}

enum tag_id { TAG_P, TAG_SP, TAG_NP, TAG_ADKIM, TAG_ASPF, TAG_PSD, TAG_T, TAG_RUA, TAG_RUF, TAG_FO, TAGS };

static const str tag_names[TAGS] = {
    [TAG_P] = STR("p"),       [TAG_SP] = STR("sp"),   [TAG_NP] = STR("np"), [TAG_ADKIM] = STR("adkim"),
    [TAG_ASPF] = STR("aspf"), [TAG_PSD] = STR("psd"), [TAG_T] = STR("t"),   [TAG_RUA] = STR("rua"),
    [TAG_RUF] = STR("ruf"),   [TAG_FO] = STR("fo"),
};

/* What was seen so far of one record. */
struct reading {
    struct dmarc_record *record;
    struct arena *arena;
    bool seen[TAGS];
    bool good[TAGS]; /* with a valid value */
};

static bool read_value(struct reading *reading, enum tag_id tag, str value)
{
    struct dmarc_record *record = reading->record;

    switch (tag) {
    case TAG_P:
        return dmarc_policy_parse(value, &record->p);
    case TAG_SP:
        return dmarc_policy_parse(value, &record->sp);
    case TAG_NP:
        return dmarc_policy_parse(value, &record->np);
    case TAG_ADKIM:
        return read_letter(value, 'r', 's', &record->strict_dkim);
    case TAG_ASPF:
        return read_letter(value, 'r', 's', &record->strict_spf);
    case TAG_PSD:
        return read_psd(value, &record->psd);
    case TAG_T:
        return read_letter(value, 'n', 'y', &record->testing);
    case TAG_RUA:
        return read_uris(tag_names[tag], value, &record->rua, record, reading->arena);
    case TAG_RUF:
        return read_uris(tag_names[tag], value, &record->ruf, record, reading->arena);
    case TAG_FO:
        return read_fo(value, &record->fo);
    case TAGS:
        break;
    }
    return false;
}

/* A tag that is none of ours: unknown ones must be ignored, and so are those that RFC 9989 took out. */
static void note_unknown(struct reading *reading, str name)
{
    static const str gone[] = {STR("pct"), STR("rf"), STR("ri")};

    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
        if (str_ieq(name, gone[i])) {
            note_add(&reading->record->warnings, reading->arena,
                     "%.*s= is no longer a part of DMARC (RFC 9989): ignored", PS(gone[i]));
            return;
        }
    note_add(&reading->record->warnings, reading->arena, "unknown tag \"%.*s\": ignored", PS(name));
}

static void read_field(struct reading *reading, str field)
{
    struct notes *warnings = &reading->record->warnings;
    enum tag_id tag = 0;
    str name, value;

    if (!split_tag(field, &name, &value) || name.n == 0) {
        note_add(warnings, reading->arena, "\"%.*s\" is no tag: ignored", PS(trim_wsp(field)));
        return;
    }
    while (tag < TAGS && !str_ieq(name, tag_names[tag]))
        tag++;
    if (tag == TAGS) {
        note_unknown(reading, name);
        return;
    }
    if (!str_eq(name, tag_names[tag]))
        note_add(warnings, reading->arena, "the tag \"%.*s\" should be in lower case", PS(name));
    if (reading->seen[tag]) {
        note_add(warnings, reading->arena, "%.*s= stands again: only the first counts", PS(tag_names[tag]));
        return;
    }
    reading->seen[tag] = true;
    reading->good[tag] = is_printable(value) && read_value(reading, tag, value);
    if (!reading->good[tag])
        note_add(warnings, reading->arena, "%.*s= has the invalid value \"%.*s\"", PS(tag_names[tag]),
                 PS(value));
}

/* Section 4.10.1: what a record counts for whose policies are not all there and valid. */
static void conclude(struct reading *reading)
{
    struct dmarc_record *record = reading->record;
    bool bad_sp = reading->seen[TAG_SP] && !reading->good[TAG_SP];
    bool bad_np = reading->seen[TAG_NP] && !reading->good[TAG_NP];

    record->has_p = reading->good[TAG_P];
    record->has_sp = reading->good[TAG_SP];
    record->has_np = reading->good[TAG_NP];
    record->valid = true;
    if (!reading->seen[TAG_P])
        note_add(&record->warnings, reading->arena, "p= is missing");
    if (record->has_p && !bad_sp && !bad_np)
        return;
    record->valid = reading->good[TAG_RUA];
    record->has_p = record->has_sp = record->has_np = false;
    record->p = DMARC_POLICY_NONE;
    note_add(&record->warnings, reading->arena,
             record->valid
                 ? "the record acts as p=none, because a policy in it is missing or invalid"
                 : "the record has no effect: a policy in it is missing or invalid, and there is no "
                   "valid rua= that would let it act as p=none");
}

bool dmarc_record_parse(struct dmarc_record *record, str text, struct arena *arena)
{
    struct reading reading = {.record = record, .arena = arena};
    str rest = text;
    str field, name, value;

    *record = (struct dmarc_record){.text = text};
    if (!str_next(&rest, ';', &field) || !split_tag(field, &name, &value))
        return false;
    /* Nothing may stand before the version tag, no white space either (section 4.8). */
    if (name.p != field.p || !str_ieq(name, S("v")) || !str_eq(value, S("DMARC1")))
        return false;
    while (str_next(&rest, ';', &field))
        if (rest.p || trim_wsp(field).n) /* a ";" may stand behind the last tag */
            read_field(&reading, field);
    conclude(&reading);
    return true;
}

bool dmarc_record_resembles(str text)
{
    str start = str_trim(text);

    if (start.n && start.p[0] == '"')
        start = str_trim(str_skip(start, 1));
    if (start.n == 0 || ascii_lower(start.p[0]) != 'v')
        return false;
    start = str_trim(str_skip(start, 1));
    return start.n && start.p[0] == '=' && str_istarts(str_trim(str_skip(start, 1)), S("dmarc"));
}

const char *const dmarc_source_names[] = {
    [DMARC_FROM_P] = "p", [DMARC_FROM_SP] = "sp", [DMARC_FROM_NP] = "np"};

const char *const dmarc_policy_names[] = {
    [DMARC_POLICY_NONE] = "none", [DMARC_POLICY_QUARANTINE] = "quarantine", [DMARC_POLICY_REJECT] = "reject"};

const char *dmarc_policy_name(enum dmarc_policy policy)
{
    return dmarc_policy_names[policy];
}

bool dmarc_policy_parse(str value, enum dmarc_policy *policy)
{
    for (enum dmarc_policy each = DMARC_POLICY_NONE; each <= DMARC_POLICY_REJECT; each++)
        if (str_ieq(value, str_from(dmarc_policy_name(each)))) {
            *policy = each;
            return true;
        }
    return false;
}
