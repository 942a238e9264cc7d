/* domain.c: domain names in the form in which they are compared, and the public suffix list. */
#include "mail/domain.h"

#include <idn2.h>
#include <libpsl.h>
#include <stdlib.h>

enum { NAME_MAX_BYTES = 253, LABEL_MAX_BYTES = 63, INPUT_MAX_BYTES = 1024 };

/* RFC 5322's atext. DNS would take any byte, mail takes these; the letters in lower case. */
static bool is_normal(char c)
{
    return (c >= 'a' && c <= 'z') || ascii_is_digit(c) || (c > 0 && strchr("-_!#$%&'*+/=?^`{|}~", c));
}

/* True if s is a normal form. */
static bool all_normal(str s)
{
    size_t label = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.') {
            if (label == 0)
                return false;
            label = 0;
        } else if (!is_normal(s.p[i]) || ++label > LABEL_MAX_BYTES) {
            return false;
        }
    }
    return label > 0 && s.n <= NAME_MAX_BYTES;
}

static bool is_ascii(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] > 127)
            return false;
    return true;
}

static bool to_a_labels(str domain, struct arena *arena, str *out)
{
    char *ascii = NULL;
    int rc;

    if (domain.n > INPUT_MAX_BYTES || memchr(domain.p, 0, domain.n))
        return false;
    rc = idn2_to_ascii_8z(arena_c_str(arena, domain), &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
    if (rc == IDN2_OK)
        *out = str_without_dot(arena_lower(arena, str_from(ascii)));
    idn2_free(ascii);
    return rc == IDN2_OK;
}

bool domain_normal(str domain, struct arena *arena, str *out)
{
    *out = str_without_dot(domain);
    if (all_normal(*out))
        return true;
    if (is_ascii(*out))
        *out = out->n <= NAME_MAX_BYTES ? arena_lower(arena, *out) : (str){0};
    else if (!to_a_labels(*out, arena, out))
        *out = (str){0};
    if (all_normal(*out))
        return true;
    *out = (str){0};
    return false;
}

str domain_display(str domain, struct arena *arena)
{
    char *unicode = NULL;
    str shown = domain, back;

    if (str_find_str(domain, S("xn--")) == domain.n || !all_normal(domain))
        return domain;
    if (idn2_to_unicode_8z8z(arena_c_str(arena, domain), &unicode, IDN2_NONTRANSITIONAL) == IDN2_OK)
        shown = arena_str(arena, str_from(unicode));
    idn2_free(unicode);
    /* What does not lead back to this name would show another one. */
    return domain_normal(shown, arena, &back) && str_eq(back, domain) ? shown : domain;
}

str domain_parent(str domain)
{
    return str_skip(domain, str_find(domain, '.') + 1);
}

unsigned domain_labels(str domain)
{
    unsigned n = 0;

    for (; domain.n; domain = domain_parent(domain))
        n++;
    return n;
}

bool domain_under(str domain, str ancestor)
{
    if (ancestor.n == 0 || !str_ends(domain, ancestor))
        return false;
    return domain.n == ancestor.n || domain.p[domain.n - ancestor.n - 1] == '.';
}

/* What the list said about a name the last time. libpsl takes 200 ns a question, and a message asks ten of
 * the same. */
struct known {
    char name[63];
    uint8_t n; /* 0: unused; longer names are not kept */
    bool is_public;
};

enum { KNOWN = 256 }; /* a hash has 8 bits */

struct suffixes {
    psl_ctx_t *psl;
    struct known *known; /* by the name's hash; changes with every question */
};

struct suffixes *suffixes_load(const char *path, struct err *err)
{
    psl_ctx_t *psl = path ? psl_load_file(path) : psl_latest(NULL);
    struct suffixes *suffixes;

    /* libpsl reads anything as a list; a real one knows that "com" is a suffix of ICANN's. */
    if (psl && !psl_is_public_suffix2(psl, "com", PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE)) {
        psl_free(psl);
        psl = NULL;
    }
    if (!psl) {
        if (path)
            err_set(err, "%s can't be read as a public suffix list", path);
        else
            err_set(err, "the system has no public suffix list");
        return NULL;
    }
    suffixes = calloc(1, sizeof(*suffixes));
    if (!suffixes)
        abort();
    suffixes->psl = psl;
    suffixes->known = calloc(KNOWN, sizeof(struct known));
    if (!suffixes->known)
        abort();
    return suffixes;
}

void suffixes_free(struct suffixes *suffixes)
{
    if (suffixes) {
        psl_free(suffixes->psl);
        free(suffixes->known);
    }
    free(suffixes);
}

static struct known *known_place(const struct suffixes *suffixes, str name)
{
    uint64_t hash = name.n;

    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ (uint8_t)name.p[i]) * 0x9e3779b97f4a7c15u;
    return &suffixes->known[hash >> 56];
}

static bool ask_list(const struct suffixes *suffixes, str domain)
{
    char name[NAME_MAX_BYTES + 1];

    memcpy(name, domain.p, domain.n);
    name[domain.n] = 0;
    return psl_is_public_suffix2(suffixes->psl, name, PSL_TYPE_ICANN);
}

bool suffixes_is_public(const struct suffixes *suffixes, str domain)
{
    struct known *known;

    if (domain.n == 0 || domain.n > NAME_MAX_BYTES)
        return false;
    if (str_find(domain, '.') == domain.n)
        return true;
    if (!suffixes)
        return false;
    if (domain.n > sizeof(known->name))
        return ask_list(suffixes, domain);
    known = known_place(suffixes, domain);
    if (!str_eq((str){known->name, known->n}, domain)) {
        memcpy(known->name, domain.p, domain.n);
        known->n = (uint8_t)domain.n;
        known->is_public = ask_list(suffixes, domain);
    }
    return known->is_public;
}

str suffixes_organisation(const struct suffixes *suffixes, str domain)
{
    str parent;

    for (; !suffixes_is_public(suffixes, domain); domain = parent) {
        parent = domain_parent(domain);
        if (parent.n == 0 || suffixes_is_public(suffixes, parent))
            break;
    }
    return domain;
}
