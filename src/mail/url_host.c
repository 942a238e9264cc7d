/* url_host.c: the host of a URL (WHATWG URL Standard, section 3): names, the many forms of IPv4, IPv6. */
#include "mail/url_host.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "mail/idna.h"

#include <stdio.h>

/* Section 3.2. */
static bool is_forbidden(char c)
{
    return c == 0 || strchr("\t\n\r #/:<>?@[\\]^|", c) != NULL;
}

static bool is_forbidden_in_domain(char c)
{
    return (c >= 0 && c < 0x20) || c == 0x7f || c == '%' || is_forbidden(c);
}

static bool parse_opaque(struct url *url, str text, struct arena *arena)
{
    struct buf out = buf_new(arena, text.n * 9);

    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = (uint8_t)text.p[i];
        size_t n = 1;

        if (is_forbidden(text.p[i]))
            return false;
        if (c >= 0x20 && c < 0x7f) {
            buf_add_char(&out, text.p[i]);
            continue;
        }
        if (c >= 0x80 && utf8_step(str_skip(text, i), &n) == UTF8_INVALID) {
            buf_add(&out, S("%EF%BF%BD"));
            url->odd[URL_BAD_UTF8] = true;
        } else {
            for (size_t k = i; k < i + n; k++)
                buf_printf(&out, "%%%02X", (uint8_t)text.p[k]);
        }
        i += n - 1;
    }
    url->host = buf_str(&out);
    url->host_kind = text.n ? URL_HOST_OPAQUE : URL_HOST_EMPTY;
    return true;
}

/* ---- IPv6 ---- */

/* The longest run of two or more zero pieces, the first of these. */
static void longest_zeros(const uint16_t pieces[8], unsigned *from, unsigned *to)
{
    *from = *to = 8;
    for (unsigned i = 0; i < 8; i++) {
        unsigned end = i;

        while (end < 8 && pieces[end] == 0)
            end++;
        if (end - i > 1 && end - i > *to - *from) {
            *from = i;
            *to = end;
        }
        if (end > i)
            i = end - 1;
    }
}

/* Unlike RFC 5952 it writes no dotted quad. */
static str write_ipv6(const uint8_t bytes[16], struct arena *arena)
{
    struct buf out = buf_new(arena, 64);
    uint16_t pieces[8];
    unsigned from, to;

    for (unsigned i = 0; i < 8; i++)
        pieces[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    longest_zeros(pieces, &from, &to);
    buf_add_char(&out, '[');
    for (unsigned i = 0; i < 8; i++) {
        if (i == from) {
            buf_add(&out, i == 0 ? S("::") : S(":"));
            i = to - 1;
            continue;
        }
        buf_printf(&out, "%x%s", pieces[i], i < 7 ? ":" : "");
    }
    buf_add_char(&out, ']');
    return buf_str(&out);
}

static bool parse_ipv6(struct url *url, str text, struct arena *arena)
{
    struct ip ip;

    /* The "." alone tells dotted quads, which ip_parse_exact() takes at the end as the standard does. */
    if (!ip_parse_exact(text, &ip) || ip.family != 6)
        return false;
    url->host = write_ipv6(ip.bytes, arena);
    url->host_kind = URL_HOST_IPV6;
    url->ip = ip;
    url->odd[URL_IP] = true;
    return true;
}

/* ---- IPv4 (section 3.5) ---- */

static bool all_digits(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_digit(s.p[i]))
            return false;
    return s.n > 0;
}

/* A number in any of the three bases; over 2^32 it is UINT64_MAX. False if it is none. */
static bool parse_number(str s, uint64_t *value)
{
    unsigned base = 10;

    if (s.n == 0)
        return false;
    if (str_istarts(s, S("0x"))) {
        base = 16;
        s = str_skip(s, 2);
    } else if (s.n > 1 && s.p[0] == '0') {
        base = 8;
        s = str_skip(s, 1);
    }
    *value = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = ascii_lower(s.p[i]);
        unsigned digit = ascii_is_digit(c)      ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : 99;

        if (digit >= base)
            return false;
        *value = *value > UINT32_MAX ? UINT64_MAX : *value * base + digit;
    }
    return true;
}

static bool ends_in_number(str host)
{
    uint64_t value;
    str last;

    if (str_ends(host, S(".")))
        host.n--;
    last = str_skip(host, str_rfind(host, '.') == host.n ? 0 : str_rfind(host, '.') + 1);
    return all_digits(last) || (str_istarts(last, S("0x")) && parse_number(last, &value));
}

static bool read_ipv4(str host, uint32_t *address)
{
    uint64_t numbers[4];
    unsigned n = 0;
    uint64_t sum;
    str part;

    if (str_ends(host, S(".")))
        host.n--;
    while (str_next(&host, '.', &part))
        if (n == 4 || !parse_number(part, &numbers[n++]))
            return false;
    for (unsigned i = 0; i + 1 < n; i++)
        if (numbers[i] > 255)
            return false;
    if (n == 0 || numbers[n - 1] >= (uint64_t)1 << (8 * (5 - n)))
        return false;
    sum = numbers[n - 1];
    for (unsigned i = 0; i + 1 < n; i++)
        sum += numbers[i] << (8 * (3 - i));
    *address = (uint32_t)sum;
    return true;
}

static bool parse_ipv4(struct url *url, str host, struct arena *arena)
{
    uint32_t address;

    if (!read_ipv4(host, &address))
        return false;
    url->ip = (struct ip){
        4, {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address}};
    url->host = arena_printf(arena, "%u.%u.%u.%u", url->ip.bytes[0], url->ip.bytes[1], url->ip.bytes[2],
                             url->ip.bytes[3]);
    url->host_kind = URL_HOST_IPV4;
    url->odd[URL_IP] = true;
    url->odd[URL_IP_FORM] = !str_eq(url->host, host);
    return true;
}

/* ---- names ---- */

/* What is no UTF-8 becomes U+FFFD, which no host may have; so the name is then none. */
static bool parse_domain(struct url *url, str text, struct arena *arena)
{
    str domain = url_unescape(text, false, arena);
    struct idna_facts facts;

    url->odd[URL_HOST_PERCENT] = domain.p != text.p;
    if (!utf8_valid(domain)) {
        url->odd[URL_BAD_UTF8] = true;
        return false;
    }
    if (!idna_to_ascii(domain, arena, &url->host, &facts))
        return false;
    url->odd[URL_HOST_UNICODE] = facts.unicode;
    url->odd[URL_HOST_MAPPED] = facts.mapped;
    url->odd[URL_HOST_MIXED] = facts.mixed;
    url->odd[URL_PUNYCODE] = facts.a_label;
    if (url->host.n == 0)
        return false;
    for (size_t i = 0; i < url->host.n; i++)
        if (is_forbidden_in_domain(url->host.p[i]))
            return false;
    if (ends_in_number(url->host))
        return parse_ipv4(url, url->host, arena);
    url->odd[URL_HOST_DOT] = str_starts(url->host, S(".")) || str_ends(url->host, S(".")) ||
                             str_find_str(url->host, S("..")) < url->host.n;
    url->host_kind = URL_HOST_DOMAIN;
    return true;
}

bool url_host_parse(struct url *url, str text, struct arena *arena)
{
    if (text.n > LIMIT_URL_HOST)
        return false;
    if (str_starts(text, S("[")))
        return str_ends(text, S("]")) && parse_ipv6(url, str_sub(text, 1, text.n - 2), arena);
    return url->special ? parse_domain(url, text, arena) : parse_opaque(url, text, arena);
}

bool url_looks_like_host(str text)
{
    size_t dot = str_rfind(text, '.');

    return dot > 0 && dot + 2 < text.n && ascii_is_alpha(text.p[dot + 1]) && ascii_is_alpha(text.p[dot + 2]);
}
