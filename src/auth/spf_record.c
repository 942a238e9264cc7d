/* spf_record.c: the terms of an SPF record. */
#include "auth/spf_record.h"

#include "auth/spf_macro.h"

/* No one sender has networks as large as these. */
enum { WIDE_BITS4 = 8, WIDE_BITS6 = 16 };

static const struct {
    str name;
    enum spf_kind kind;
} mechanisms[] = {
    {STR("ip4"), SPF_IP4}, {STR("ip6"), SPF_IP6}, {STR("include"), SPF_INCLUDE}, {STR("all"), SPF_ALL},
    {STR("a"), SPF_A},     {STR("mx"), SPF_MX},   {STR("exists"), SPF_EXISTS},   {STR("ptr"), SPF_PTR},
};

bool spf_needs_dns(enum spf_kind kind)
{
    return kind == SPF_INCLUDE || kind == SPF_A || kind == SPF_MX || kind == SPF_PTR || kind == SPF_EXISTS ||
           kind == SPF_REDIRECT;
}

bool spf_is_record(str text)
{
    return str_istarts(text, S("v=spf1")) && (text.n == 6 || text.p[6] == ' ');
}

/* Cuts "/" digits (or "//" digits) off the end of *s. False if none stands there: *bits stays. */
static bool cut_bits(str *s, str slash, unsigned max, unsigned *bits, const char **why)
{
    size_t begin = s->n;
    uint64_t value;
    str digits;

    while (begin > 0 && ascii_is_digit(s->p[begin - 1]))
        begin--;
    digits = str_skip(*s, begin);
    if (digits.n == 0 || !str_ends(str_sub(*s, 0, begin), slash))
        return false;
    if (!str_to_u64(digits, max, &value) || (digits.n > 1 && digits.p[0] == '0'))
        *why = "a prefix length that is too large or has a leading zero";
    else
        *bits = (unsigned)value;
    *s = str_sub(*s, 0, begin - slash.n);
    return true;
}

/* [ ":" domain-spec ] of a, mx, ptr; it has to be there for include and exists. */
static const char *read_domain(struct spf_term *term, str argument, bool needed)
{
    if (argument.n == 0)
        return needed ? "a domain is missing" : NULL;
    if (argument.p[0] != ':')
        return "something other than a domain behind the name";
    term->domain = str_skip(argument, 1);
    return spf_macro_check(term->domain, SPF_MACRO_DOMAIN);
}

static const char *read_addresses(struct spf_term *term, str argument)
{
    const char *why = NULL;

    cut_bits(&argument, S("//"), 128, &term->bits6, &why);
    cut_bits(&argument, S("/"), 32, &term->bits4, &why);
    return why ? why : read_domain(term, argument, false);
}

static const char *read_network(struct spf_term *term, str argument)
{
    bool v4 = term->kind == SPF_IP4;
    const char *why = NULL;

    cut_bits(&argument, S("/"), v4 ? 32 : 128, v4 ? &term->bits4 : &term->bits6, &why);
    if (why)
        return why;
    if (argument.n == 0 || argument.p[0] != ':')
        return "an address is missing";
    if (!ip_parse_exact(str_skip(argument, 1), &term->network) || term->network.family != (v4 ? 4 : 6))
        return v4 ? "not an IPv4 address" : "not an IPv6 address";
    return NULL;
}

static const char *read_argument(struct spf_term *term, str argument)
{
    switch (term->kind) {
    case SPF_ALL:
        return argument.n ? "\"all\" takes nothing" : NULL;
    case SPF_A:
    case SPF_MX:
        return read_addresses(term, argument);
    case SPF_IP4:
    case SPF_IP6:
        return read_network(term, argument);
    case SPF_PTR:
        return read_domain(term, argument, false);
    case SPF_INCLUDE:
    case SPF_EXISTS:
        return read_domain(term, argument, true);
    case SPF_REDIRECT:
    case SPF_EXP:
    case SPF_OTHER:
        break;
    }
    return "a modifier";
}

/* How many bytes at the begin of s can be a name of section 4.6.1. */
static size_t name_length(str s)
{
    size_t n = 0;

    if (s.n == 0 || !ascii_is_alpha(s.p[0]))
        return 0;
    while (n < s.n && (ascii_is_alnum(s.p[n]) || s.p[n] == '-' || s.p[n] == '_' || s.p[n] == '.'))
        n++;
    return n;
}

static const char *read_modifier(struct spf_term *term, str name, str value)
{
    term->kind = SPF_OTHER;
    term->domain = value;
    if (str_ieq(name, S("redirect")))
        term->kind = SPF_REDIRECT;
    else if (str_ieq(name, S("exp")))
        term->kind = SPF_EXP;
    return spf_macro_check(value, term->kind == SPF_OTHER ? SPF_MACRO_VALUE : SPF_MACRO_DOMAIN);
}

static enum result read_qualifier(str *s)
{
    enum result result = RESULT_PASS;

    switch (s->p[0]) {
    case '+':
        break;
    case '-':
        result = RESULT_FAIL;
        break;
    case '~':
        result = RESULT_SOFTFAIL;
        break;
    case '?':
        result = RESULT_NEUTRAL;
        break;
    default:
        return RESULT_PASS;
    }
    *s = str_skip(*s, 1);
    return result;
}

/* n: the length of the name where no sign stands before it. */
static const char *read_mechanism(struct spf_term *term, str s, size_t n)
{
    term->qualifier = read_qualifier(&s);
    if (s.n < term->text.n)
        n = name_length(s);
    for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
        if (str_ieq(str_sub(s, 0, n), mechanisms[i].name)) {
            term->kind = mechanisms[i].kind;
            return read_argument(term, str_skip(s, n));
        }
    if (str_ieq(str_sub(s, 0, n), S("redirect")) || str_ieq(str_sub(s, 0, n), S("exp")))
        return "a modifier, which is written with \"=\" and without a sign before it";
    return "no such mechanism";
}

bool spf_next(str *rest, struct spf_term *term, const char **why)
{
    size_t n;

    *why = NULL;
    while (rest->n > 0 && rest->p[0] == ' ')
        *rest = str_skip(*rest, 1);
    if (rest->n == 0)
        return false;
    n = str_find(*rest, ' ');
    *term = (struct spf_term){.text = str_sub(*rest, 0, n), .bits4 = 32, .bits6 = 128};
    *rest = str_skip(*rest, n);
    n = name_length(term->text);
    if (n > 0 && n < term->text.n && term->text.p[n] == '=')
        *why = read_modifier(term, str_sub(term->text, 0, n), str_skip(term->text, n + 1));
    else
        *why = read_mechanism(term, term->text, n);
    return !*why;
}

/* redirect= and exp= may stand once each (section 6). */
static const char *keep(struct spf_term *place, bool *has, const struct spf_term *term)
{
    if (*has)
        return "a modifier that is there twice";
    *has = true;
    *place = *term;
    return NULL;
}

static bool is_wide(const struct spf_term *term)
{
    if (term->qualifier != RESULT_PASS)
        return false;
    return term->kind == SPF_ALL || (term->kind == SPF_IP4 && term->bits4 < WIDE_BITS4) ||
           (term->kind == SPF_IP6 && term->bits6 < WIDE_BITS6) ||
           ((term->kind == SPF_A || term->kind == SPF_MX) &&
            (term->bits4 < WIDE_BITS4 || term->bits6 < WIDE_BITS6));
}

static bool is_mistaken(const struct spf_term *term)
{
    str name;

    if (term->kind != SPF_OTHER)
        return false;
    name = str_sub(term->text, 0, str_find(term->text, '='));
    for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
        if (str_ieq(name, mechanisms[i].name))
            return true;
    return false;
}

static void note_first(str *place, bool is, str text)
{
    if (is && place->n == 0)
        *place = text;
}

/* What is allowed and yet worth a warning. */
static void look_at(struct spf_record *record, const struct spf_term *term, bool *all)
{
    note_first(&record->unreachable, *all && term->kind < SPF_EXP, term->text);
    note_first(&record->wide, !*all && is_wide(term), term->text);
    note_first(&record->ptr, !*all && term->kind == SPF_PTR, term->text);
    note_first(&record->mistaken, is_mistaken(term), term->text);
    *all = *all || term->kind == SPF_ALL;
}

bool spf_match_literal(const struct spf_term *term, struct ip client)
{
    if (term->kind == SPF_ALL)
        return true;
    return (term->kind == SPF_IP4 && ip_in_network(client, term->network, term->bits4)) ||
           (term->kind == SPF_IP6 && ip_in_network(client, term->network, term->bits6));
}

/* Keeps a mechanism that can decide. */
static void keep_mechanism(struct spf_record *record, const struct spf_term *term, struct ip client,
                           bool *decided)
{
    bool literal = spf_match_literal(term, client);

    if (*decided || !(literal || spf_needs_dns(term->kind)))
        return;
    record->terms[record->n++] = *term;
    *decided = literal || record->n > LIMIT_SPF_TERMS;
}

void spf_record_read(struct spf_record *record, str text, struct ip client)
{
    struct spf_term term = {0};
    str rest = str_skip(text, 6);
    bool all = false;
    bool decided = false;

    memset(record, 0, sizeof(*record));
    while (!record->why && spf_next(&rest, &term, &record->why)) {
        look_at(record, &term, &all);
        if (term.kind < SPF_REDIRECT)
            keep_mechanism(record, &term, client, &decided);
        if (term.kind == SPF_REDIRECT)
            record->why = keep(&record->redirect, &record->has_redirect, &term);
        else if (term.kind == SPF_EXP)
            record->why = keep(&record->exp, &record->has_exp, &term);
    }
    if (record->why)
        record->bad = term.text;
    note_first(&record->unreachable, all && record->has_redirect, record->redirect.text);
}
