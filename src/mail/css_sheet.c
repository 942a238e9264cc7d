/* css_sheet.c: style sheets of a page: their rules, and which of them an element matches. */
#include "base/limits.h"
#include "mail/css.h"

enum { BUCKETS = 1024, PARTS_MAX = 6, CLASSES_MAX = 4, ELEMENT_CLASSES = 32, NESTING_MAX = 8 };

/* "td.foot#x" */
struct compound {
    str tag, id; /* "" if there is none */
    str classes[CLASSES_MAX];
    uint8_t class_count;
    bool child; /* of the next one: that is its parent, not any that it stands in */
};

struct rule {
    struct rule *next; /* of the same bucket */
    const struct css_set *set;
    struct compound *parts; /* the element itself first */
    size_t count;
    uint64_t rank;   /* specificity, then order */
    uint64_t around; /* bits that what it stands in must have */
    uint32_t key;    /* the hash by which it is found */
};

struct found_url {
    str url;
    bool import;
};

struct css_sheet {
    struct arena *arena;
    struct rule *buckets[BUCKETS]; /* by id, class or tag of the element itself */
    struct rule *any;              /* "*" */
    struct found_url *urls;
    size_t url_count, url_room;
    size_t rules, effort;
    bool content, limit;
};

struct css_sheet *css_sheet_new(struct arena *arena)
{
    struct css_sheet *sheet = arena_new_of(arena, struct css_sheet);

    sheet->arena = arena;
    return sheet;
}

bool css_is_empty(const struct css_sheet *sheet)
{
    return sheet->rules == 0;
}

bool css_has_content(const struct css_sheet *sheet)
{
    return sheet->content;
}

bool css_hit_limit(const struct css_sheet *sheet)
{
    return sheet->limit;
}

/* --- URLs --- */

static void add_url(struct css_sheet *sheet, str url, bool import)
{
    if (url.n == 0 || sheet->url_count == LIMIT_CSS_RULES)
        return;
    if (sheet->url_count == sheet->url_room) {
        struct found_url *urls;

        sheet->url_room = sheet->url_room ? 2 * sheet->url_room : 16;
        urls = arena_array_of(sheet->arena, sheet->url_room, struct found_url);
        if (sheet->url_count)
            memcpy(urls, sheet->urls, sheet->url_count * sizeof(*urls));
        sheet->urls = urls;
    }
    sheet->urls[sheet->url_count++] = (struct found_url){url, import};
}

bool css_sheet_url(const struct css_sheet *sheet, size_t *at, str *url, bool *import)
{
    if (*at >= sheet->url_count)
        return false;
    *url = sheet->urls[*at].url;
    *import = sheet->urls[*at].import;
    ++*at;
    return true;
}

/* --- Selectors --- */

static bool is_name(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

static str take_name(str *rest)
{
    size_t n = 0;

    while (n < rest->n && is_name(rest->p[n]))
        n++;
    *rest = str_skip(*rest, n);
    return (str){rest->p - n, n};
}

static bool add_class(struct compound *part, str name)
{
    if (name.n == 0 || part->class_count == CLASSES_MAX)
        return false;
    part->classes[part->class_count++] = name;
    return true;
}

/* "[class=x]", "[class~='x']", "[id=x]": as ".x" and "#x". */
static bool take_attribute(str *rest, struct compound *part)
{
    size_t end = str_find(*rest, ']');
    str inside = str_sub(*rest, 1, end - 1), name, value;

    if (end == rest->n)
        return false;
    *rest = str_skip(*rest, end + 1);
    inside = str_trim(inside);
    name = take_name(&inside);
    inside = str_trim(inside);
    if (str_starts(inside, S("~")))
        inside = str_skip(inside, 1);
    if (!str_starts(inside, S("=")))
        return false;
    value = str_trim(str_skip(inside, 1));
    if (value.n > 1 && (value.p[0] == '"' || value.p[0] == '\''))
        value = str_sub(value, 1, value.n - 2);
    if (str_ieq(name, S("id")) && part->id.n == 0) {
        part->id = value;
        return value.n > 0;
    }
    return str_ieq(name, S("class")) && add_class(part, value);
}

/* What depends on more than names is not followed, but for what is true of all links. */
static bool take_pseudo(str *rest)
{
    *rest = str_skip(*rest, 1);
    return str_ieq(take_name(rest), S("link")) && !str_starts(*rest, S("("));
}

static bool take_compound(str *rest, struct compound *part)
{
    bool good = true, some = false;

    for (; good && rest->n && !ascii_is_space(rest->p[0]) && rest->p[0] != '>'; some = true) {
        char c = rest->p[0];

        if (c == '.' || c == '#') {
            str name;

            *rest = str_skip(*rest, 1);
            name = take_name(rest);
            good = c == '.' ? add_class(part, name) : name.n && part->id.n == 0;
            if (c == '#')
                part->id = name;
        } else if (c == '[') {
            good = take_attribute(rest, part);
        } else if (c == ':') {
            good = take_pseudo(rest);
        } else if (c == '*') {
            *rest = str_skip(*rest, 1);
        } else {
            part->tag = take_name(rest);
            good = part->tag.n > 0;
        }
    }
    return good && some;
}

/* Parses a selector from left to right into parts, the last compound first. 0 if it is not followed. */
static size_t take_selector(str text, struct compound parts[PARTS_MAX])
{
    struct compound found[PARTS_MAX] = {0};
    size_t n = 0;
    bool child = false;

    for (text = str_trim(text); text.n; text = str_trim(text)) {
        if (text.p[0] == '>') {
            child = true;
            text = str_skip(text, 1);
            continue;
        }
        if (n == PARTS_MAX || !take_compound(&text, &found[n]))
            return 0;
        found[n].child = child && n > 0;
        n++;
        child = false;
    }
    for (size_t i = 0; i < n; i++)
        parts[i] = found[n - 1 - i];
    return n;
}

static uint32_t hash(str name)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < name.n; i++)
        h = (h ^ (unsigned char)ascii_lower(name.p[i])) * 16777619u;
    return h ^ h >> 15;
}

static uint64_t bit(uint32_t h)
{
    return (uint64_t)1 << (h >> 20 & 63);
}

static uint32_t key_of(const struct compound *part)
{
    return hash(part->id.n ? part->id : part->class_count ? part->classes[0] : part->tag);
}

static uint64_t bits_of(const struct compound *part)
{
    uint64_t bits = 0;

    if (part->id.n)
        bits |= bit(hash(part->id));
    if (part->tag.n)
        bits |= bit(hash(part->tag));
    for (size_t i = 0; i < part->class_count; i++)
        bits |= bit(hash(part->classes[i]));
    return bits;
}

static void add_rule(struct css_sheet *sheet, str selector, const struct css_set *set)
{
    struct compound parts[PARTS_MAX];
    size_t n = take_selector(selector, parts);
    uint64_t weight = 0;
    struct rule *rule, **bucket;

    if (n == 0)
        return;
    if (sheet->rules == LIMIT_CSS_RULES) {
        sheet->limit = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        weight += (parts[i].id.n ? 1u << 16 : 0) + (uint64_t)parts[i].class_count * (1u << 8) +
                  (parts[i].tag.n > 0);
    rule = arena_new_of(sheet->arena, struct rule);
    rule->parts = arena_array_of(sheet->arena, n, struct compound);
    memcpy(rule->parts, parts, n * sizeof(*parts));
    rule->count = n;
    rule->set = set;
    rule->rank = weight << 32 | ++sheet->rules;
    rule->key = key_of(&parts[0]);
    for (size_t i = 1; i < n; i++)
        rule->around |= bits_of(&parts[i]);
    bucket = parts[0].id.n || parts[0].class_count || parts[0].tag.n ? &sheet->buckets[rule->key % BUCKETS]
                                                                     : &sheet->any;
    rule->next = *bucket;
    *bucket = rule;
}

/* --- Rules --- */

enum { BRACE = 1, SEMICOLON = 2, QUOTE = 4 };

static const uint8_t ends[256] = {
    ['{'] = BRACE, ['}'] = BRACE, [';'] = SEMICOLON, ['"'] = QUOTE, ['\''] = QUOTE};

/* The end of a prelude or of a block: one of "{};", not in quotes. */
static size_t find_end(str text, bool semicolon)
{
    const unsigned what = BRACE | QUOTE | (semicolon ? SEMICOLON : 0);
    size_t i = 0, close;

    for (;;) {
        while (i < text.n && !(ends[(unsigned char)text.p[i]] & what))
            i++;
        if (i == text.n || ends[(unsigned char)text.p[i]] != QUOTE)
            return i;
        close = str_find(str_skip(text, i + 1), text.p[i]);
        i += close + 2;
        if (i > text.n)
            return text.n;
    }
}

/* Behind the "}" that ends the block whose "{" is cut off already. */
static str skip_block(str text)
{
    size_t depth = 1;

    while (text.n && depth) {
        size_t end = find_end(text, false);

        if (end < text.n)
            depth = text.p[end] == '{' ? depth + 1 : depth - 1;
        text = str_skip(text, end + 1);
    }
    return text;
}

/* True if a screen of usual size has it: "screen", "all and (min-width:100px)". */
static bool media_counts(str query)
{
    query = str_trim(query);
    return query.n == 0 || str_ieq(query, S("all")) || str_ieq(query, S("screen")) ||
           str_ieq(query, S("only screen")) || str_ieq(query, S("yahoo")) ||
           str_istarts(query, S("screen,")) || str_istarts(query, S("all,"));
}

static str import_url(str prelude)
{
    prelude = str_trim(prelude);
    if (str_istarts(prelude, S("url("))) {
        prelude = str_trim(str_skip(prelude, 4));
        if (prelude.n == 0 || (prelude.p[0] != '"' && prelude.p[0] != '\''))
            return str_trim(str_sub(prelude, 0, str_find(prelude, ')')));
    }
    if (prelude.n == 0 || (prelude.p[0] != '"' && prelude.p[0] != '\''))
        return S("");
    return str_sub(prelude, 1, str_find(str_skip(prelude, 1), prelude.p[0]));
}

/* What begins with "@". *depth grows with blocks whose rules count. */
static str read_at(struct css_sheet *sheet, str text, size_t *depth)
{
    str name, prelude;
    size_t end;

    text = str_skip(text, 1);
    name = take_name(&text);
    end = find_end(text, true);
    prelude = str_sub(text, 0, end);
    if (end == text.n || text.p[end] != '{') {
        if (str_ieq(name, S("import")))
            add_url(sheet, import_url(prelude), true);
        return str_skip(text, end < text.n && text.p[end] == ';' ? end + 1 : end);
    }
    text = str_skip(text, end + 1);
    if (((str_ieq(name, S("media")) && media_counts(prelude)) || str_ieq(name, S("layer"))) &&
        *depth < NESTING_MAX) {
        ++*depth;
        return text;
    }
    return skip_block(text);
}

static str read_rule(struct css_sheet *sheet, str text)
{
    size_t end = find_end(text, false), close;
    str selectors = str_sub(text, 0, end), selector, block;
    struct css_set *set, read = {0};

    if (end == text.n || text.p[end] == '}')
        return str_skip(text, end + 1);
    text = str_skip(text, end + 1);
    close = find_end(text, false);
    block = str_sub(text, 0, close);
    text = close < text.n && text.p[close] == '{' ? skip_block(str_skip(text, close + 1))
                                                  : str_skip(text, close + 1);
    if (sheet->limit)
        return text;
    css_declarations(&read, block, sheet->arena);
    add_url(sheet, read.url, false);
    sheet->content |= css_has(&read, CSS_CONTENT) && read.value[CSS_CONTENT];
    if (read.has == 0)
        return text;
    set = arena_new_of(sheet->arena, struct css_set);
    *set = read;
    while (selectors.n && str_next(&selectors, ',', &selector))
        add_rule(sheet, selector, set);
    return text;
}

void css_sheet_add(struct css_sheet *sheet, str text)
{
    size_t depth = 0;

    text = css_clean(text, sheet->arena);
    while (text.n) {
        if (ascii_is_space(text.p[0]) || text.p[0] == ';')
            text = str_skip(text, 1);
        else if (str_starts(text, S("<!--")))
            text = str_skip(text, 4);
        else if (str_starts(text, S("-->")))
            text = str_skip(text, 3);
        else if (text.p[0] == '@')
            text = read_at(sheet, text, &depth);
        else if (text.p[0] == '}' && depth)
            depth--, text = str_skip(text, 1);
        else
            text = read_rule(sheet, text);
    }
}

/* --- Matching --- */

static bool has_class(str classes, str wanted)
{
    while (classes.n) {
        size_t n = 0;

        while (n < classes.n && !ascii_is_space(classes.p[n]))
            n++;
        if (str_ieq(str_sub(classes, 0, n), wanted))
            return true;
        classes = str_skip(classes, n + 1);
    }
    return false;
}

/* Without regard to case: without a doctype browsers have none for classes and ids, and most mail is so. */
static bool is_match(const struct compound *part, const struct css_element *element)
{
    if (part->tag.n && !str_ieq(part->tag, element->name))
        return false;
    if (part->id.n && !str_ieq(part->id, element->id))
        return false;
    for (size_t i = 0; i < part->class_count; i++)
        if (!has_class(element->classes, part->classes[i]))
            return false;
    return true;
}

/* The others of a rule, each at the nearest element that it fits. */
static bool stands_in(struct css_sheet *sheet, const struct rule *rule, const struct css_element *elements,
                      size_t n)
{
    for (size_t i = 1; i < rule->count; i++) {
        bool found = false;

        while (n > 0 && !found && sheet->effort < LIMIT_CSS_EFFORT) {
            sheet->effort++;
            found = is_match(&rule->parts[i], &elements[--n]);
            if (rule->parts[i - 1].child)
                break;
        }
        if (!found)
            return false;
    }
    return true;
}

/* One element that is held against the rules. */
struct match {
    const struct css_element *elements;
    size_t n;
    struct css_set *set;
    uint32_t ranked;
    uint64_t ranks[CSS_PROPERTIES]; /* of those in `ranked`: of the rule that set it */
};

static void take_set(const struct rule *rule, struct match *match)
{
    const struct css_set *from = rule->set;
    struct css_set *set = match->set;

    for (uint32_t bits = from->has; bits; bits &= bits - 1) {
        unsigned property = (unsigned)__builtin_ctz(bits);
        uint64_t rank = rule->rank | (from->important >> property & 1 ? 1ull << 63 : 0);

        if (match->ranked >> property & 1 && rank < match->ranks[property])
            continue;
        match->ranked |= 1u << property;
        match->ranks[property] = rank;
        set->has |= 1u << property;
        set->important |= from->important & 1u << property;
        set->value[property] = from->value[property];
    }
}

static void match_chain(struct css_sheet *sheet, const struct rule *rule, uint32_t key, struct match *match)
{
    const struct css_element *element = &match->elements[match->n - 1];

    for (; rule && sheet->effort < LIMIT_CSS_EFFORT; rule = rule->next) {
        sheet->effort++;
        if (rule->key != key || rule->around & ~element->around)
            continue;
        sheet->effort += element->classes.n / 16;
        if (is_match(&rule->parts[0], element) && stands_in(sheet, rule, match->elements, match->n - 1))
            take_set(rule, match);
    }
}

/* The classes of an element as hashes; returns how many. */
static size_t hash_classes(str classes, uint32_t hashes[ELEMENT_CLASSES])
{
    size_t n = 0;

    while (n < ELEMENT_CLASSES && classes.n) {
        size_t length = 0;

        while (length < classes.n && !ascii_is_space(classes.p[length]))
            length++;
        if (length)
            hashes[n++] = hash(str_sub(classes, 0, length));
        classes = str_skip(classes, length + 1);
    }
    return n;
}

void css_match(struct css_sheet *sheet, struct css_element *elements, size_t n, struct css_set *set)
{
    struct css_element *element = &elements[n - 1];
    uint32_t hashes[ELEMENT_CLASSES + 2];
    struct match match;
    size_t count = 0;

    hashes[count++] = hash(element->name);
    if (element->id.n)
        hashes[count++] = hash(element->id);
    count += hash_classes(element->classes, hashes + count);
    element->around = n > 1 ? elements[n - 2].around : 0;
    for (size_t i = 0; i < count; i++)
        element->around |= bit(hashes[i]);
    match.elements = elements;
    match.n = n;
    match.set = set;
    match.ranked = 0;
    match_chain(sheet, sheet->any, hash(S("")), &match);
    for (size_t i = 0; i < count; i++)
        match_chain(sheet, sheet->buckets[hashes[i] % BUCKETS], hashes[i], &match);
    sheet->limit |= sheet->effort >= LIMIT_CSS_EFFORT;
}
