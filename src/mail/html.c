/* html.c: HTML in pieces, as browsers cut it (WHATWG HTML Standard, section 13.2.5, tokenization). */
#include "mail/html.h"

#include "base/utf8.h"
#include "mail/html_table.h"

enum { SPACE = 1, SLASH = 2, CLOSE = 4, EQUALS = 8 };

static const uint8_t classes[256] = {
    ['\t'] = SPACE, ['\n'] = SPACE, ['\f'] = SPACE, ['\r'] = SPACE,
    [' '] = SPACE,  ['/'] = SLASH,  ['>'] = CLOSE,  ['='] = EQUALS,
};

static inline bool is(char c, unsigned set)
{
    return classes[(unsigned char)c] & set;
}

static inline const char *find(const char *p, const char *end, char c)
{
    const char *found = p < end ? memchr(p, c, (size_t)(end - p)) : NULL;

    return found ? found : end;
}

/* Over letters, eight at a time; what is none has no bit 6. May stop before one. */
static inline const char *skip_letters(const char *p, const char *end)
{
    const uint64_t sixth = 0x4040404040404040u;
    uint64_t word;

    for (; end - p >= (ptrdiff_t)sizeof(word) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
         p += sizeof(word)) {
        memcpy(&word, p, sizeof(word));
        if (~word & sixth)
            return p + __builtin_ctzll(~word & sixth) / 8;
    }
    return p;
}

/* n bytes, at most eight, the first one lowest. `room` bytes can be read. */
static inline uint64_t pack(const char *p, size_t n, size_t room)
{
    uint64_t packed = 0;

    if (room >= sizeof(packed) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
        memcpy(&packed, p, sizeof(packed));
        return packed; /* lower() takes off what is behind */
    }
    for (size_t i = 0; i < n; i++)
        packed |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return packed;
}

/* In lower case; what is no letter, digit or "-" in ASCII becomes 0 in all its bytes, which no name has. */
static inline uint64_t lower(uint64_t packed, size_t n)
{
    const uint64_t spaces = 0x2020202020202020u;
    uint64_t mask = n < 8 ? ((uint64_t)1 << (8 * n)) - 1 : ~(uint64_t)0;

    return ((packed | packed >> 1) & spaces & mask) == (spaces & mask) ? (packed | spaces) & mask : 0;
}

/* The place of a name in a list, plus 1; 0 if it does not stand there. `room` bytes can be read from its
 * first on. */
static inline unsigned look_up(str name, size_t room, uint64_t factor, const uint8_t *slots,
                               const struct html_name *names)
{
    uint64_t first, second = 0;
    unsigned slot;

    if (name.n > 16 || name.n == 0)
        return 0;
    first = name.n < 8 ? lower(pack(name.p, name.n, room), name.n) : lower(pack(name.p, 8, room), 8);
    if (name.n > 8)
        second = lower(pack(name.p + 8, name.n - 8, room - 8), name.n - 8);
    slot = slots[((first ^ second * 3) * factor) >> (64 - HTML_NAME_BITS)];
    if (slot == 0 || names[slot - 1].packed[0] != first || names[slot - 1].packed[1] != second)
        return 0;
    return slot;
}

enum html_tag html_tag_of(str name)
{
    return (enum html_tag)look_up(name, name.n, html_tag_factor, html_tag_slots, html_tag_names);
}

str html_tag_name(enum html_tag tag)
{
    if (tag == HTML_TAG_OTHER || tag >= HTML_TAGS)
        return S("");
    return (str){html_tag_names[tag - 1].name, html_tag_names[tag - 1].n};
}

str html_attribute_name(enum html_attribute attribute)
{
    if (attribute >= HTML_ATTRIBUTES)
        return S("");
    return (str){html_attribute_names[attribute].name, html_attribute_names[attribute].n};
}

struct html html_of(str text)
{
    return (struct html){.text = text};
}

void html_begin(struct html *html, str text)
{
    html->text = text;
    html->at = 0;
    html->mode = HTML_MODE_DATA;
    html->foreign = false;
    html->last = html->unfinished = S("");
    html->kind = HTML_KIND_EOF;
    html->has = html->repeated = 0;
}

/* --- Tags --- */

enum step { STEP_ATTRIBUTE, STEP_CLOSE, STEP_SELF_CLOSE, STEP_CUT };

/* The value behind "=", at *at; the text's end inside it gives false. */
static inline bool value_step(const char **at, const char *end, str *value)
{
    const char *p = *at, *from;

    while (p < end && is(*p, SPACE))
        p++;
    if (p == end)
        return false;
    from = p;
    if (*p == '"' || *p == '\'') {
        from++;
        p = find(from, end, *p);
        *at = p + 1;
    } else {
        while (p < end && !is(*p, SPACE | CLOSE))
            p++;
        *at = p;
    }
    *value = str_span(from, p);
    return p < end;
}

/* What comes next in a tag, from behind its name on. */
static inline enum step attribute_step(const char **at, const char *end, str *name, str *value)
{
    const char *p = *at, *from;

    for (; p < end && is(*p, SPACE | SLASH); p++)
        if (*p == '/' && p + 1 < end && p[1] == '>')
            break;
    if (p == end)
        return STEP_CUT;
    if (*p == '/' || *p == '>') {
        *at = p + (*p == '/' ? 2 : 1);
        return *p == '/' ? STEP_SELF_CLOSE : STEP_CLOSE;
    }
    from = p++; /* "=" may stand first in a name */
    p = skip_letters(p, end);
    while (p < end && !is(*p, SPACE | SLASH | CLOSE | EQUALS))
        p++;
    *name = str_span(from, p);
    *value = (str){p, 0};
    while (p < end && is(*p, SPACE))
        p++;
    *at = p;
    if (p == end)
        return STEP_CUT;
    if (*p != '=')
        return STEP_ATTRIBUTE;
    *at = p + 1;
    return value_step(at, end, value) ? STEP_ATTRIBUTE : STEP_CUT;
}

static inline void keep_attribute(struct html *html, str name, str value)
{
    size_t room = (size_t)(html->text.p + html->text.n - name.p);
    unsigned slot = look_up(name, room, html_attribute_factor, html_attribute_slots, html_attribute_names),
             attribute = slot - 1;

    html->attribute_count++;
    if (slot == 0)
        return;
    if (html->has >> attribute & 1) {
        html->repeated |= (uint64_t)1 << attribute;
        return;
    }
    html->has |= (uint64_t)1 << attribute;
    html->value[attribute] = value;
}

/* A tag that begins at `from` ("<") and whose name begins at `p`. False if the text's end cuts it off. */
static bool take_tag(struct html *html, const char *from, const char *p, enum html_kind kind)
{
    const char *end = html->text.p + html->text.n, *name = p;
    enum step step;
    str attribute, value;

    p = skip_letters(p, end);
    while (p < end && !is(*p, SPACE | SLASH | CLOSE))
        p++;
    html->kind = kind;
    html->name = str_span(name, p);
    html->tag = (enum html_tag)look_up(html->name, (size_t)(end - name), html_tag_factor, html_tag_slots,
                                       html_tag_names);
    html->has = html->repeated = 0;
    html->attribute_count = 0;
    html->slash = end - p > 1 && *p == '/' && p[1] != '>';
    name = p;
    while ((step = attribute_step(&p, end, &attribute, &value)) == STEP_ATTRIBUTE)
        keep_attribute(html, attribute, value);
    if (step == STEP_CUT) {
        html->unfinished = str_span(from, end);
        html->at = html->text.n;
        return false;
    }
    html->self_closing = step == STEP_SELF_CLOSE;
    html->attributes = str_span(name, p);
    html->token = str_span(from, p);
    html->at = (size_t)(p - html->text.p);
    html->mode = HTML_MODE_DATA;
    if (kind == HTML_KIND_START)
        html->last = html->name;
    return true;
}

bool html_attribute_next(str *rest, str *name, str *value)
{
    const char *p = rest->p, *end = rest->p + rest->n;

    if (rest->n == 0 || attribute_step(&p, end, name, value) != STEP_ATTRIBUTE)
        return false;
    *rest = str_span(p, end);
    return true;
}

/* --- Comments and what else begins with "<!" --- */

static void take(struct html *html, enum html_kind kind, const char *from, str content, const char *behind)
{
    html->closed = true;
    html->kind = kind;
    html->token = str_span(from, behind);
    html->content = content;
    html->at = (size_t)(behind - html->text.p);
}

/* Of a comment that the text's end cuts off: without what looked like its end. */
static str cut_comment(str content)
{
    if (str_ends(content, S("--!")))
        content.n -= 3;
    else if (str_ends(content, S("--")))
        content.n -= 2;
    else if (str_ends(content, S("-")))
        content.n--;
    return content;
}

static void take_comment(struct html *html, const char *from)
{
    const char *p = from + 4, *end = html->text.p + html->text.n;
    str rest = str_span(p, end);

    if (str_starts(rest, S(">")) || str_starts(rest, S("->"))) {
        take(html, HTML_KIND_COMMENT, from, (str){p, 0}, p + (*p == '>' ? 1 : 2));
        return;
    }
    for (const char *q = p; (q = find(q, end, '>')) < end; q++) {
        const char *behind = q[-1] == '!' ? q - 1 : q;

        if (behind - p >= 2 && behind[-1] == '-' && behind[-2] == '-') {
            take(html, HTML_KIND_COMMENT, from, str_span(p, behind - 2), q + 1);
            return;
        }
    }
    take(html, HTML_KIND_COMMENT, from, cut_comment(rest), end);
    html->closed = false;
}

/* Up to the next ">": doctypes, and comments that are none. */
static void take_to_close(struct html *html, enum html_kind kind, const char *from, const char *content)
{
    const char *end = html->text.p + html->text.n, *p = find(content, end, '>');

    take(html, kind, from, str_span(content, p), p < end ? p + 1 : end);
    html->closed = p < end;
}

static void take_declaration(struct html *html, const char *from)
{
    str rest = str_span(from, html->text.p + html->text.n);

    if (str_starts(rest, S("<!--")))
        take_comment(html, from);
    else if (str_istarts(rest, S("<!doctype")))
        take_to_close(html, HTML_KIND_DOCTYPE, from, from + 9);
    else
        take_to_close(html, HTML_KIND_COMMENT, from, from + 2);
}

/* --- Text --- */

/* True if markup begins at "<". */
static bool is_markup(const char *p, const char *end)
{
    if (end - p < 2)
        return false;
    return ascii_is_alpha(p[1]) || p[1] == '!' || p[1] == '?' || (p[1] == '/' && end - p > 2);
}

/* True if an end tag of the element whose inside this is begins at "<". */
static bool is_end(str last, const char *p, const char *end)
{
    return last.n && (size_t)(end - p) > last.n + 2 && p[1] == '/' && str_ieq((str){p + 2, last.n}, last) &&
           is(p[2 + last.n], SPACE | SLASH | CLOSE);
}

static const char *data_end(const char *p, const char *end)
{
    while ((p = find(p, end, '<')) < end && !is_markup(p, end))
        p++;
    return p;
}

static const char *raw_end(str last, const char *p, const char *end)
{
    while ((p = find(p, end, '<')) < end && !is_end(last, p, end))
        p++;
    return p;
}

/* The end of a script's inside. In "<!-- ... -->" a script element may stand as text, with its end tag. */
static const char *script_end(str last, const char *p, const char *end)
{
    const char *comment = NULL; /* where "--" of "<!--" stands */
    bool inner = false;

    for (; p < end; p++) {
        if (*p == '<' && inner && is_end(S("script"), p, end))
            inner = false;
        else if (*p == '<' && !inner && is_end(last, p, end))
            return p;
        else if (*p == '<' && !comment && str_starts(str_span(p, end), S("<!--")))
            comment = p + 2;
        else if (*p == '<' && comment && !inner && end - p > 7 && str_ieq((str){p + 1, 6}, S("script")))
            inner = is(p[7], SPACE | SLASH | CLOSE);
        else if (*p == '>' && comment && p - comment >= 2 && p[-1] == '-' && p[-2] == '-')
            comment = NULL, inner = false;
    }
    return end;
}

/* The text from `p` on; its first byte belongs to it. */
static const char *text_end(const struct html *html, const char *p)
{
    const char *end = html->text.p + html->text.n;

    switch (html->mode) {
    case HTML_MODE_DATA:
        return data_end(p + 1, end);
    case HTML_MODE_RCDATA:
    case HTML_MODE_RAWTEXT:
        return raw_end(html->last, p, end);
    case HTML_MODE_SCRIPTING:
        return script_end(html->last, p, end);
    case HTML_MODE_PLAIN:
        break;
    case HTML_MODE_CDATA:
        return p + str_find_str(str_span(p, end), S("]]>"));
    }
    return end;
}

static void take_text(struct html *html, const char *p)
{
    const char *behind = text_end(html, p);

    html->read = html->mode;
    take(html, HTML_KIND_TEXT, p, str_span(p, behind), behind);
}

/* --- One token --- */

/* What begins with "<" in data. False if there is nothing in it: "</>", or a tag that is cut off. */
static bool take_markup(struct html *html, const char *p)
{
    if (ascii_is_alpha(p[1]))
        return take_tag(html, p, p + 1, HTML_KIND_START);
    if (p[1] == '?') {
        take_to_close(html, HTML_KIND_COMMENT, p, p + 1);
        return true;
    }
    if (p[1] == '!') {
        take_declaration(html, p);
        return true;
    }
    if (ascii_is_alpha(p[2]))
        return take_tag(html, p, p + 2, HTML_KIND_END);
    take_to_close(html, HTML_KIND_COMMENT, p, p + 2);
    return p[2] != '>';
}

/* The end of a CDATA section, or of the text mode of an element, at `p`; text where it is none. */
static bool take_other(struct html *html, const char *p)
{
    const char *end = html->text.p + html->text.n;

    if (html->mode == HTML_MODE_CDATA && str_starts(str_span(p, end), S("]]>"))) {
        html->mode = HTML_MODE_DATA;
        html->at += 3;
        return false;
    }
    if ((html->mode == HTML_MODE_RCDATA || html->mode == HTML_MODE_RAWTEXT ||
         html->mode == HTML_MODE_SCRIPTING) &&
        *p == '<' && is_end(html->last, p, end))
        return take_tag(html, p, p + 2, HTML_KIND_END);
    take_text(html, p);
    return true;
}

bool html_next(struct html *html)
{
    const char *end = html->text.p + html->text.n;

    while (html->at < html->text.n) {
        const char *p = html->text.p + html->at;

        if (html->mode != HTML_MODE_DATA) {
            if (take_other(html, p))
                return true;
        } else if (*p == '<' && html->foreign && str_starts(str_span(p, end), S("<![CDATA["))) {
            html->mode = HTML_MODE_CDATA;
            html->at += 9;
        } else if (*p == '<' && is_markup(p, end)) {
            if (take_markup(html, p))
                return true;
        } else {
            take_text(html, p);
            return true;
        }
    }
    html->kind = HTML_KIND_EOF;
    return false;
}

void html_enter(struct html *html, bool scripts)
{
    switch ((int)html->tag) {
    case HTML_TAG_TITLE:
    case HTML_TAG_TEXTAREA:
        html->mode = HTML_MODE_RCDATA;
        break;
    case HTML_TAG_NOSCRIPT:
        html->mode = scripts ? HTML_MODE_RAWTEXT : HTML_MODE_DATA;
        break;
    case HTML_TAG_STYLE:
    case HTML_TAG_XMP:
    case HTML_TAG_IFRAME:
    case HTML_TAG_NOEMBED:
    case HTML_TAG_NOFRAMES:
        html->mode = HTML_MODE_RAWTEXT;
        break;
    case HTML_TAG_SCRIPT:
        html->mode = HTML_MODE_SCRIPTING;
        break;
    case HTML_TAG_PLAINTEXT:
        html->mode = HTML_MODE_PLAIN;
        break;
    default:
        break;
    }
}

/* --- Decoding --- */

enum { REFERENCES = 1, ATTRIBUTE = 2, NULS = 4, LOWER = 8 };

/* The bytes 0x80 to 0x9f, which writers mean as windows-1252. */
static const uint16_t c1[32] = {
    0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
    0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178,
};

/* "&#..." at p. The length of the reference, 0 if it is none. */
static size_t numeric(const char *p, const char *end, uint32_t *code)
{
    bool hex = end - p > 2 && (p[2] | 0x20) == 'x';
    const char *first = p + 2 + hex, *q = first;
    uint32_t c = 0;

    for (; q < end; q++) {
        char small = (char)(*q | 0x20);
        unsigned digit;

        if (ascii_is_digit(*q))
            digit = (unsigned)(*q - '0');
        else if (hex && small >= 'a' && small <= 'f')
            digit = (unsigned)(small - 'a') + 10;
        else
            break;
        c = c > 0x10ffff ? c : c * (hex ? 16 : 10) + digit;
    }
    if (q == first)
        return 0;
    *code = c == 0 ? UTF8_REPLACEMENT : c >= 0x80 && c < 0xa0 ? c1[c - 0x80] : c;
    return (size_t)(q - p) + (size_t)(q < end && *q == ';');
}

/* The longest name that stands behind "&"; NULL if there is none. The range of names that begin like the text
 * gets smaller with each byte. */
static const struct html_reference *longest(str text)
{
    const struct html_reference *found = NULL;
    unsigned char c = text.n ? (unsigned char)text.p[0] : 0;
    size_t from, to;

    if (c >= 0x80)
        return NULL;
    from = html_reference_firsts[c];
    to = html_reference_firsts[c + 1];
    for (size_t k = 1; from < to; k++) {
        size_t low, high = to;

        if (html_references[from].n == k)
            found = &html_references[from++];
        if (k == text.n)
            break;
        low = from;
        while (low < high) { /* first that is not below */
            size_t middle = (low + high) / 2;

            if ((unsigned char)html_references[middle].name[k] < (unsigned char)text.p[k])
                low = middle + 1;
            else
                high = middle;
        }
        from = low;
        while (low < to && html_references[low].name[k] == text.p[k])
            low++;
        to = low;
    }
    return found;
}

/* Nine of ten. */
static const struct {
    str name;
    uint32_t code;
} common[] = {
    {STR("amp;"), '&'}, {STR("nbsp;"), 0xa0}, {STR("zwnj;"), 0x200c},  {STR("quot;"), '"'},
    {STR("lt;"), '<'},  {STR("gt;"), '>'},    {STR("rsquo;"), 0x2019}, {STR("shy;"), 0xad},
};

static size_t named(const char *p, const char *end, bool attribute, uint32_t code[2])
{
    const struct html_reference *found;
    const char *behind;

    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
        if (p[1] == common[i].name.p[0] && str_starts(str_span(p + 1, end), common[i].name)) {
            code[0] = common[i].code;
            return common[i].name.n + 1;
        }
    found = longest(str_span(p + 1, end));
    if (!found)
        return 0;
    behind = p + 1 + found->n;
    if (attribute && behind[-1] != ';' && behind < end && (*behind == '=' || ascii_is_alnum(*behind)))
        return 0;
    code[0] = found->first;
    code[1] = found->second;
    return (size_t)(behind - p);
}

/* Handles the byte at p, which is one that may not stand for itself; moves *out on. Returns how many bytes it
 * took. */
static size_t decode_one(const char *p, const char *end, unsigned what, char **out)
{
    uint32_t code[2] = {0, 0};
    size_t n = 0;

    if (*p == '\r') {
        *(*out)++ = '\n';
        return p + 1 < end && p[1] == '\n' ? 2 : 1;
    }
    if (*p == '\0' && what & NULS) {
        code[0] = UTF8_REPLACEMENT;
        n = 1;
    } else if (*p == '&' && what & REFERENCES) {
        n = p + 1 == end ? 0 : p[1] == '#' ? numeric(p, end, code) : named(p, end, what & ATTRIBUTE, code);
    }
    if (n == 0) {
        *(*out)++ = what & LOWER ? ascii_lower(*p) : *p;
        return 1;
    }
    *out += utf8_put(*out, code[0]);
    if (code[1])
        *out += utf8_put(*out, code[1]);
    return n;
}

static inline bool is_plain(char c, unsigned what)
{
    return !(c == '&' || c == '\r' || c == '\0' || ((what & LOWER) && c >= 'A' && c <= 'Z'));
}

/* True if nothing in it has to be decoded. */
static bool all_plain(str s, unsigned what)
{
    if (s.n >= 16 && !(what & LOWER))
        return !memchr(s.p, '&', s.n) && !memchr(s.p, '\r', s.n) && !memchr(s.p, '\0', s.n);
    for (size_t i = 0; i < s.n; i++)
        if (!is_plain(s.p[i], what))
            return false;
    return true;
}

static size_t count_nuls(str s)
{
    size_t n = 0;

    for (const char *p = s.p, *end = s.p + s.n; (p = find(p, end, '\0')) < end; p++)
        n++;
    return n;
}

static str decode(str raw, unsigned what, struct arena *arena)
{
    const char *p = raw.p, *end = raw.p + raw.n;
    char *begin, *out;

    if (all_plain(raw, what))
        return raw;
    /* No reference is longer than what it stands for by more than a fifth ("&nGt;"); NUL becomes three bytes.
     */
    begin = out = arena_bytes(arena, raw.n + raw.n / 4 + 2 * count_nuls(raw) + 8);
    while (p < end) {
        if (is_plain(*p, what))
            *out++ = *p++;
        else
            p += decode_one(p, end, what, &out);
    }
    return str_span(begin, out);
}

str html_decode(str raw, bool attribute, struct arena *arena)
{
    return decode(raw, attribute ? REFERENCES | ATTRIBUTE | NULS : REFERENCES, arena);
}

str html_value(const struct html *html, enum html_attribute attribute, struct arena *arena)
{
    return html_has(html, attribute) ? html_decode(html->value[attribute], true, arena) : S("");
}

str html_content(const struct html *html, struct arena *arena)
{
    switch (html->read) {
    case HTML_MODE_DATA:
        return decode(html->content, REFERENCES, arena);
    case HTML_MODE_RCDATA:
        return decode(html->content, REFERENCES | NULS, arena);
    case HTML_MODE_CDATA:
        return decode(html->content, 0, arena);
    case HTML_MODE_RAWTEXT:
    case HTML_MODE_SCRIPTING:
    case HTML_MODE_PLAIN:
        break;
    }
    return decode(html->content, NULS, arena);
}

str html_raw(str raw, struct arena *arena)
{
    return decode(raw, NULS, arena);
}

str html_lower(str raw, struct arena *arena)
{
    return decode(raw, NULS | LOWER, arena);
}

/* --- Doctypes --- */

static void skip_space(str *rest)
{
    size_t n = 0;

    while (n < rest->n && is(rest->p[n], SPACE))
        n++;
    *rest = str_skip(*rest, n);
}

/* A quoted identifier at the head of *rest. False if there is none, or if it does not end. */
static bool identifier(str *rest, str *id, bool *has, struct arena *arena)
{
    size_t end;

    skip_space(rest);
    if (rest->n == 0 || (rest->p[0] != '"' && rest->p[0] != '\''))
        return false;
    end = str_find(str_skip(*rest, 1), rest->p[0]);
    *id = html_raw(str_sub(*rest, 1, end), arena);
    *has = true;
    if (end + 1 == rest->n)
        return false;
    *rest = str_skip(*rest, end + 2);
    skip_space(rest);
    return true;
}

/* What stands behind a doctype's name. False: quirks. */
static bool identifiers(struct html_doctype *doctype, str rest, bool closed, struct arena *arena)
{
    bool is_public = str_istarts(rest, S("public"));

    if (rest.n == 0)
        return closed;
    if (!is_public && !str_istarts(rest, S("system")))
        return false;
    rest = str_skip(rest, 6);
    if (is_public) {
        if (!identifier(&rest, &doctype->public_id, &doctype->has_public, arena))
            return false;
        if (rest.n == 0)
            return closed;
    }
    if (!identifier(&rest, &doctype->system_id, &doctype->has_system, arena))
        return false;
    return rest.n > 0 || closed; /* what else stands there does not count */
}

struct html_doctype html_doctype(const struct html *html, struct arena *arena)
{
    struct html_doctype doctype = {0};
    bool closed = html->closed;
    str rest = html->content;
    size_t n = 0;

    skip_space(&rest);
    while (n < rest.n && !is(rest.p[n], SPACE))
        n++;
    doctype.has_name = n > 0;
    doctype.name = html_lower(str_sub(rest, 0, n), arena);
    rest = str_skip(rest, n);
    skip_space(&rest);
    doctype.quirks = n == 0 || !identifiers(&doctype, rest, closed, arena);
    return doctype;
}
