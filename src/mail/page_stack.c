/* page_stack.c: the open elements of a page, and which of them a tag opens or closes (WHATWG HTML Standard,
 * section 13.2.6, tree construction; without the tree). */
#include "mail/page_own.h"

#include "base/limits.h"
#include "mail/page_stack.h"

enum { FIRST_ROOM = 64, BUCKETS_KNOWN = 128, ROOT_FONT_SIZE = 16 * CSS_ONE_PIXEL, IDENTICAL_MAX = 3 };

_Static_assert((int)HTML_TAGS <= (int)BUCKETS_KNOWN, "each known tag has a bucket of its own");

enum {
    VOID = TAG_VOID,
    BLOCK = TAG_BLOCK,
    SPECIAL = TAG_SPECIAL,
    PLAIN_BLOCK = TAG_BLOCK | TAG_SPECIAL | TAG_CLOSES_P | TAG_ENDS_BLOCK, /* div and its like */
    FORMATTING = TAG_FORMATTING,
    TABLE_PART = TAG_TABLE | TAG_SPECIAL,
    BREAKOUT = TAG_BREAKOUT,
    HEADING = TAG_BLOCK | TAG_SPECIAL | TAG_CLOSES_P | TAG_BREAKOUT | TAG_HEADING,
};

const uint16_t page_tag_flags[HTML_TAGS] = {
    [HTML_TAG_A] = FORMATTING,
    [HTML_TAG_ADDRESS] = PLAIN_BLOCK,
    [HTML_TAG_APPLET] = SPECIAL | TAG_SCOPE | TAG_MARKER | TAG_ENDS_BLOCK,
    [HTML_TAG_AREA] = VOID,
    [HTML_TAG_ARTICLE] = PLAIN_BLOCK,
    [HTML_TAG_ASIDE] = PLAIN_BLOCK,
    [HTML_TAG_AUDIO] = TAG_UNSEEN,
    [HTML_TAG_B] = FORMATTING | BREAKOUT,
    [HTML_TAG_BASE] = VOID,
    [HTML_TAG_BGSOUND] = VOID,
    [HTML_TAG_BIG] = FORMATTING | BREAKOUT,
    [HTML_TAG_BLOCKQUOTE] = PLAIN_BLOCK | BREAKOUT,
    [HTML_TAG_BODY] = SPECIAL | BLOCK | BREAKOUT,
    [HTML_TAG_BR] = VOID | BREAKOUT,
    [HTML_TAG_BUTTON] = SPECIAL | TAG_ENDS_BLOCK,
    [HTML_TAG_CANVAS] = TAG_UNSEEN,
    [HTML_TAG_CAPTION] = TABLE_PART | BLOCK | TAG_SCOPE | TAG_MARKER,
    [HTML_TAG_CENTER] = PLAIN_BLOCK | BREAKOUT,
    [HTML_TAG_CODE] = FORMATTING | BREAKOUT,
    [HTML_TAG_COL] = VOID | TABLE_PART,
    [HTML_TAG_COLGROUP] = TABLE_PART,
    [HTML_TAG_DATALIST] = TAG_UNSEEN,
    [HTML_TAG_DD] = BLOCK | SPECIAL | TAG_CLOSES_P | BREAKOUT,
    [HTML_TAG_DETAILS] = PLAIN_BLOCK,
    [HTML_TAG_DIALOG] = PLAIN_BLOCK,
    [HTML_TAG_DIR] = PLAIN_BLOCK,
    [HTML_TAG_DIV] = PLAIN_BLOCK | BREAKOUT,
    [HTML_TAG_DL] = PLAIN_BLOCK | BREAKOUT,
    [HTML_TAG_DT] = BLOCK | SPECIAL | TAG_CLOSES_P | BREAKOUT,
    [HTML_TAG_EM] = FORMATTING | BREAKOUT,
    [HTML_TAG_EMBED] = VOID | BREAKOUT,
    [HTML_TAG_FIELDSET] = PLAIN_BLOCK,
    [HTML_TAG_FIGCAPTION] = PLAIN_BLOCK,
    [HTML_TAG_FIGURE] = PLAIN_BLOCK,
    [HTML_TAG_FONT] = FORMATTING,
    [HTML_TAG_FOOTER] = PLAIN_BLOCK,
    [HTML_TAG_FORM] = BLOCK | SPECIAL | TAG_CLOSES_P,
    [HTML_TAG_FRAME] = VOID,
    [HTML_TAG_H1] = HEADING,
    [HTML_TAG_H2] = HEADING,
    [HTML_TAG_H3] = HEADING,
    [HTML_TAG_H4] = HEADING,
    [HTML_TAG_H5] = HEADING,
    [HTML_TAG_H6] = HEADING,
    [HTML_TAG_HEAD] = SPECIAL | BREAKOUT,
    [HTML_TAG_HEADER] = PLAIN_BLOCK,
    [HTML_TAG_HGROUP] = PLAIN_BLOCK,
    [HTML_TAG_HR] = VOID | BLOCK | TAG_CLOSES_P | BREAKOUT,
    [HTML_TAG_HTML] = SPECIAL | TAG_SCOPE,
    [HTML_TAG_I] = FORMATTING | BREAKOUT,
    [HTML_TAG_IMG] = VOID | BREAKOUT,
    [HTML_TAG_INPUT] = VOID,
    [HTML_TAG_KEYGEN] = VOID,
    [HTML_TAG_LEGEND] = BLOCK,
    [HTML_TAG_LI] = BLOCK | SPECIAL | TAG_CLOSES_P | BREAKOUT,
    [HTML_TAG_LINK] = VOID,
    [HTML_TAG_LISTING] = PLAIN_BLOCK | BREAKOUT,
    [HTML_TAG_MAIN] = PLAIN_BLOCK,
    [HTML_TAG_MARQUEE] = SPECIAL | TAG_SCOPE | TAG_MARKER | TAG_ENDS_BLOCK,
    [HTML_TAG_MENU] = PLAIN_BLOCK | BREAKOUT,
    [HTML_TAG_META] = VOID | BREAKOUT,
    [HTML_TAG_NAV] = PLAIN_BLOCK,
    [HTML_TAG_NOBR] = FORMATTING | BREAKOUT,
    [HTML_TAG_OBJECT] = SPECIAL | TAG_SCOPE | TAG_MARKER | TAG_ENDS_BLOCK,
    [HTML_TAG_OL] = PLAIN_BLOCK | BREAKOUT,
    [HTML_TAG_OPTGROUP] = BLOCK,
    [HTML_TAG_OPTION] = BLOCK,
    [HTML_TAG_P] = BLOCK | SPECIAL | TAG_CLOSES_P | BREAKOUT,
    [HTML_TAG_PARAM] = VOID,
    [HTML_TAG_PRE] = PLAIN_BLOCK | BREAKOUT,
    [HTML_TAG_RP] = TAG_UNSEEN,
    [HTML_TAG_RUBY] = BREAKOUT,
    [HTML_TAG_S] = FORMATTING | BREAKOUT,
    [HTML_TAG_SEARCH] = PLAIN_BLOCK,
    [HTML_TAG_SECTION] = PLAIN_BLOCK,
    [HTML_TAG_SELECT] = SPECIAL,
    [HTML_TAG_SMALL] = FORMATTING | BREAKOUT,
    [HTML_TAG_SOURCE] = VOID,
    [HTML_TAG_SPAN] = BREAKOUT,
    [HTML_TAG_STRIKE] = FORMATTING | BREAKOUT,
    [HTML_TAG_STRONG] = FORMATTING | BREAKOUT,
    [HTML_TAG_SUB] = BREAKOUT,
    [HTML_TAG_SUMMARY] = PLAIN_BLOCK,
    [HTML_TAG_SUP] = BREAKOUT,
    [HTML_TAG_TABLE] = BLOCK | SPECIAL | TAG_SCOPE | BREAKOUT,
    [HTML_TAG_TBODY] = TABLE_PART,
    [HTML_TAG_TD] = TABLE_PART | TAG_SCOPE | TAG_MARKER,
    [HTML_TAG_TEMPLATE] = SPECIAL | TAG_SCOPE | TAG_MARKER | TAG_UNSEEN,
    [HTML_TAG_TFOOT] = TABLE_PART,
    [HTML_TAG_TH] = TABLE_PART | TAG_SCOPE | TAG_MARKER,
    [HTML_TAG_THEAD] = TABLE_PART,
    [HTML_TAG_TR] = TABLE_PART | BLOCK,
    [HTML_TAG_TRACK] = VOID,
    [HTML_TAG_TT] = FORMATTING | BREAKOUT,
    [HTML_TAG_U] = FORMATTING | BREAKOUT,
    [HTML_TAG_UL] = PLAIN_BLOCK | BREAKOUT,
    [HTML_TAG_VAR] = BREAKOUT,
    [HTML_TAG_VIDEO] = TAG_UNSEEN,
    [HTML_TAG_WBR] = VOID,
};

/* --- The stack itself --- */

static uint32_t id_of(enum html_tag tag, str name)
{
    uint32_t hash = 2166136261u;

    if (tag != HTML_TAG_OTHER)
        return tag;
    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ (unsigned char)ascii_lower(name.p[i])) * 16777619u;
    return hash | 0x80000000u;
}

static size_t bucket(uint32_t id)
{
    return id < BUCKETS_KNOWN ? id : BUCKETS_KNOWN + id % (PAGE_BUCKETS - BUCKETS_KNOWN);
}

static void grow(struct reader *reader)
{
    size_t room = reader->room ? 2 * reader->room : FIRST_ROOM;
    struct element *stack = arena_array_of(reader->arena, room, struct element);
    struct css_element *names = arena_array_of(reader->arena, room, struct css_element);

    if (reader->n) {
        memcpy(stack, reader->stack, reader->n * sizeof(*stack));
        memcpy(names, reader->names, reader->n * sizeof(*names));
    }
    reader->stack = stack;
    reader->names = names;
    reader->room = room;
}

void page_stack_reserve(struct reader *reader)
{
    if (reader->n == reader->room)
        grow(reader);
}

/* Chains the elements of a bucket anew. */
static void chain(struct reader *reader)
{
    for (size_t i = 0; i < PAGE_BUCKETS; i++)
        reader->top_of[i] = -1;
    for (size_t i = 0; i < reader->n; i++) {
        struct element *element = &reader->stack[i];

        element->same = reader->top_of[bucket(element->id)];
        reader->top_of[bucket(element->id)] = (int32_t)i;
    }
}

static void set_bounds(struct reader *reader, size_t i)
{
    struct element *element = &reader->stack[i], *below = i ? element - 1 : element;
    bool scope = tag_is(element->tag, TAG_SCOPE) || element->integration;

    element->scope = i == 0 || scope ? (int32_t)i : below->scope;
    element->special = i == 0 || scope || tag_is(element->tag, TAG_SPECIAL) ? (int32_t)i : below->special;
}

void page_stack_begin(struct reader *reader)
{
    for (size_t i = 0; i < PAGE_BUCKETS; i++)
        reader->top_of[i] = -1;
    grow(reader);
    reader->stack[0] = (struct element){
        .tag = HTML_TAG_HTML,
        .id = HTML_TAG_HTML,
        .same = -1,
        .look = {.font_size = ROOT_FONT_SIZE, .background = 0xffffff, .fill = CSS_INHERIT, .opacity = 1000},
    };
    reader->names[0] = (struct css_element){.name = S("body")};
    reader->n = reader->floor = 1;
    reader->top_of[HTML_TAG_HTML] = 0;
}

/* A start tag that stands in a table but in no cell is put before the table, and looks as what is there. */
const struct look *page_stack_look(const struct reader *reader, bool text_or_other)
{
    enum html_tag top = TOP(reader)->tag;
    int32_t table;

    if (!text_or_other || (top != HTML_TAG_TABLE && top != HTML_TAG_TBODY && top != HTML_TAG_THEAD &&
                           top != HTML_TAG_TFOOT && top != HTML_TAG_TR))
        return &TOP(reader)->look;
    table = stack_find(reader, HTML_TAG_TABLE);
    return table > 0 ? &reader->stack[table - 1].look : &TOP(reader)->look;
}

struct element *page_stack_push(struct reader *reader, const struct html *html)
{
    struct element *element;
    struct look look;

    page_stack_reserve(reader);
    element = &reader->stack[reader->n];
    page_look(reader, html, page_stack_look(reader, !tag_is(html->tag, TAG_TABLE)), reader->n, &look);
    *element = (struct element){.token = html->token, .tag = html->tag, .look = look};
    element->id = id_of(html->tag, html->name);
    element->same = reader->top_of[bucket(element->id)];
    reader->top_of[bucket(element->id)] = (int32_t)reader->n;
    reader->n++;
    set_bounds(reader, reader->n - 1);
    if (reader->n - 1 + reader->deep > reader->page->depth)
        reader->page->depth = reader->n - 1 + reader->deep;
    if (tag_is(html->tag, TAG_MARKER))
        page_formatting_add(reader, (str){0}, HTML_TAG_OTHER, 0);
    return element;
}

static void mark_closed(struct reader *reader, const struct element *element)
{
    for (size_t i = reader->formatting_count; i-- > 0;) {
        struct formatting *formatting = &reader->formatting[i];

        reader->effort++;
        if (formatting->tag == HTML_TAG_OTHER)
            return;
        if (formatting->open && formatting->token.p == element->token.p) {
            formatting->open = false;
            return;
        }
    }
}

static void clear_to_marker(struct reader *reader)
{
    while (reader->formatting_count) {
        reader->formatting_count--;
        if (reader->formatting[reader->formatting_count].tag == HTML_TAG_OTHER)
            return;
    }
}

void page_stack_pop(struct reader *reader)
{
    struct element *element = TOP(reader);

    if (reader->n <= reader->floor)
        return;
    reader->top_of[bucket(element->id)] = element->same;
    if (element->link)
        page_link_end(reader, element->link);
    if (tag_is(element->tag, TAG_FORMATTING))
        mark_closed(reader, element);
    else if (tag_is(element->tag, TAG_MARKER))
        clear_to_marker(reader);
    if (element->look.block)
        page_break(reader, PAGE_LINE);
    else if (element->tag == HTML_TAG_TD || element->tag == HTML_TAG_TH)
        page_break(reader, PAGE_BLANK);
    reader->n--;
}

void page_stack_pop_to(struct reader *reader, int32_t i)
{
    while (i > 0 && reader->n > (size_t)i && reader->n > reader->floor)
        page_stack_pop(reader);
}

/* --- The list of active formatting elements --- */

void page_formatting_add(struct reader *reader, str token, enum html_tag tag, size_t link)
{
    size_t same = 0;

    for (size_t i = reader->formatting_count;
         token.n && i-- > 0 && reader->formatting[i].tag != HTML_TAG_OTHER;) {
        reader->effort++;
        if (str_eq(reader->formatting[i].token, token) && ++same == IDENTICAL_MAX) {
            memmove(&reader->formatting[i], &reader->formatting[i + 1],
                    (--reader->formatting_count - i) * sizeof(struct formatting));
            break;
        }
    }
    if (reader->formatting_count == reader->formatting_room) {
        size_t room = reader->formatting_room ? 2 * reader->formatting_room : FIRST_ROOM;
        struct formatting *list = arena_array_of(reader->arena, room, struct formatting);

        if (reader->formatting_count)
            memcpy(list, reader->formatting, reader->formatting_count * sizeof(*list));
        reader->formatting = list;
        reader->formatting_room = room;
    }
    reader->formatting[reader->formatting_count++] =
        (struct formatting){.token = token, .tag = tag, .link = link, .open = true};
}

/* Opens again what was closed by the end of another element: "<p><b>x</p>y" has y in bold. */
void page_formatting_reopen(struct reader *reader)
{
    size_t i = reader->formatting_count;

    while (i > 0 && !reader->formatting[i - 1].open && reader->formatting[i - 1].tag != HTML_TAG_OTHER)
        i--;
    for (; i < reader->formatting_count; i++) {
        struct formatting *formatting = &reader->formatting[i];
        struct html html = html_of(formatting->token);
        struct element *element;

        reader->effort += formatting->token.n;
        if (reader->n > LIMIT_PAGE_DEPTH || reader->effort > LIMIT_PAGE_EFFORT)
            return;
        html_next(&html);
        element = page_stack_push(reader, &html);
        element->anew = true;
        element->link = formatting->link;
        formatting->open = true;
    }
}

static void forget_formatting(struct reader *reader, const char *token)
{
    for (size_t i = reader->formatting_count; i-- > 0 && reader->formatting[i].tag != HTML_TAG_OTHER;)
        if (reader->formatting[i].token.p == token) {
            memmove(&reader->formatting[i], &reader->formatting[i + 1],
                    (--reader->formatting_count - i) * sizeof(struct formatting));
            return;
        }
}

/* Takes one element out of the stack; those in it look as if they had never stood in it. */
static void take_out(struct reader *reader, size_t at)
{
    if (reader->stack[at].link)
        page_link_end(reader, reader->stack[at].link);
    reader->n--;
    memmove(&reader->stack[at], &reader->stack[at + 1], (reader->n - at) * sizeof(struct element));
    memmove(&reader->names[at], &reader->names[at + 1], (reader->n - at) * sizeof(struct css_element));
    chain(reader);
    for (size_t i = at; i < reader->n; i++) {
        struct html html = html_of(reader->stack[i].token);

        set_bounds(reader, i);
        if (reader->stack[i].token.n && html_next(&html))
            page_look(reader, &html, &reader->stack[i - 1].look, i, &reader->stack[i].look);
        reader->effort += 8 + reader->stack[i].token.n;
    }
}

/* The end of a formatting element ("adoption agency"): what stands in it and is no block is closed with it,
 * and what is formatting is opened again. A block in it stays open, outside of it. */
void page_formatting_end(struct reader *reader, enum html_tag tag)
{
    int32_t at = stack_find(reader, tag);
    const char *token;

    if (at <= TOP(reader)->scope) {
        if (at < 0) /* closed already; but it would be opened again */
            for (size_t i = reader->formatting_count; i-- > 0 && reader->formatting[i].tag != HTML_TAG_OTHER;)
                if (reader->formatting[i].tag == tag) {
                    forget_formatting(reader, reader->formatting[i].token.p);
                    break;
                }
        return;
    }
    token = reader->stack[at].token.p;
    if (TOP(reader)->special < at || reader->effort > LIMIT_PAGE_EFFORT) {
        if (TOP(reader)->special < at)
            page_stack_pop_to(reader, at);
        forget_formatting(reader, token);
        return;
    }
    forget_formatting(reader, token);
    for (size_t i = (size_t)at + 1; !tag_is(reader->stack[i].tag, TAG_SPECIAL);)
        if (tag_is(reader->stack[i].tag, TAG_FORMATTING))
            i++;
        else
            take_out(reader, i);
    take_out(reader, (size_t)at);
}

/* --- What a start tag closes --- */

/* The topmost of a tag if it is in scope, "button" bounding it too; -1. */
static int32_t in_button_scope(const struct reader *reader, enum html_tag tag)
{
    int32_t at = stack_find(reader, tag);

    return at > TOP(reader)->scope && at > stack_find(reader, HTML_TAG_BUTTON) ? at : -1;
}

static void close_p(struct reader *reader)
{
    page_stack_pop_to(reader, in_button_scope(reader, HTML_TAG_P));
}

/* An item ends the one before it, unless a block between them holds it. */
static void close_item(struct reader *reader, enum html_tag tag, enum html_tag other)
{
    for (size_t i = reader->n; i-- > 1;) {
        enum html_tag at = reader->stack[i].tag;

        reader->effort++;
        if (at == tag || at == other) {
            page_stack_pop_to(reader, (int32_t)i);
            return;
        }
        if (reader->effort > LIMIT_PAGE_EFFORT ||
            (tag_is(at, TAG_SPECIAL) && at != HTML_TAG_ADDRESS && at != HTML_TAG_DIV && at != HTML_TAG_P))
            return;
    }
}

/* The nearest open table, if no template stands in it; -1. */
static int32_t open_table(const struct reader *reader)
{
    int32_t table = stack_find(reader, HTML_TAG_TABLE);

    return table > stack_find(reader, HTML_TAG_TEMPLATE) ? table : -1;
}

/* The highest of three tags above `from`. */
static int32_t highest(const struct reader *reader, int32_t from, const enum html_tag tags[3])
{
    int32_t found = from;

    for (size_t i = 0; i < 3; i++) {
        int32_t at = stack_find(reader, tags[i]);

        found = at > found ? at : found;
    }
    return found;
}

static const enum html_tag row_groups[3] = {HTML_TAG_TBODY, HTML_TAG_THEAD, HTML_TAG_TFOOT};

/* Closes what is open down to where a part of a table belongs. False if there is no table: the tag counts for
 * nothing. */
static bool make_way(struct reader *reader, enum html_tag tag)
{
    int32_t table = open_table(reader), to = table;

    if (table < 0)
        return stack_find(reader, HTML_TAG_TEMPLATE) >= 0;
    if (tag == HTML_TAG_TR || tag == HTML_TAG_TD || tag == HTML_TAG_TH)
        to = highest(reader, table, row_groups);
    if (tag == HTML_TAG_TD || tag == HTML_TAG_TH)
        to = stack_find(reader, HTML_TAG_TR) > table ? stack_find(reader, HTML_TAG_TR) : to;
    page_stack_pop_to(reader, to + 1);
    return true;
}

static bool is_table_context(enum html_tag tag)
{
    return tag == HTML_TAG_TABLE || tag == HTML_TAG_TBODY || tag == HTML_TAG_THEAD || tag == HTML_TAG_TFOOT ||
           tag == HTML_TAG_TR;
}

/* What only some tags close. */
static bool open_special(struct reader *reader, enum html_tag tag)
{
    switch ((int)tag) {
    case HTML_TAG_A:
    case HTML_TAG_NOBR:
        if (stack_find(reader, tag) > TOP(reader)->scope || tag == HTML_TAG_A)
            page_formatting_end(reader, tag);
        break;
    case HTML_TAG_LI:
        close_item(reader, HTML_TAG_LI, HTML_TAG_LI);
        break;
    case HTML_TAG_DD:
    case HTML_TAG_DT:
        close_item(reader, HTML_TAG_DD, HTML_TAG_DT);
        break;
    case HTML_TAG_BUTTON:
        if (stack_find(reader, tag) > TOP(reader)->scope)
            page_stack_pop_to(reader, stack_find(reader, tag));
        break;
    case HTML_TAG_OPTION:
    case HTML_TAG_OPTGROUP:
        if (TOP(reader)->tag == HTML_TAG_OPTION)
            page_stack_pop(reader);
        if (tag == HTML_TAG_OPTGROUP && TOP(reader)->tag == tag)
            page_stack_pop(reader);
        break;
    case HTML_TAG_FORM:
        return reader->form == 0;
    case HTML_TAG_TABLE:
        if (is_table_context(TOP(reader)->tag))
            page_stack_pop_to(reader, stack_find(reader, HTML_TAG_TABLE));
        break;
    default:
        break;
    }
    return true;
}

bool page_stack_open(struct reader *reader, enum html_tag tag)
{
    unsigned flags = page_tag_flags[tag];

    if (flags & TAG_TABLE)
        return make_way(reader, tag);
    if (stack_find(reader, HTML_TAG_SELECT) > TOP(reader)->scope &&
        (tag == HTML_TAG_SELECT || tag == HTML_TAG_INPUT || tag == HTML_TAG_TEXTAREA ||
         tag == HTML_TAG_KEYGEN))
        page_stack_pop_to(reader, stack_find(reader, HTML_TAG_SELECT));
    if (!open_special(reader, tag))
        return false;
    if (flags & TAG_CLOSES_P || (tag == HTML_TAG_TABLE && !reader->quirks) || tag == HTML_TAG_XMP ||
        tag == HTML_TAG_PLAINTEXT)
        close_p(reader);
    if (flags & TAG_HEADING && tag_is(TOP(reader)->tag, TAG_HEADING))
        page_stack_pop(reader);
    return true;
}

/* --- What an end tag closes --- */

static void end_heading(struct reader *reader)
{
    int32_t found = -1;

    for (enum html_tag tag = HTML_TAG_H1; tag <= HTML_TAG_H6; tag++)
        if (stack_find(reader, tag) > found)
            found = stack_find(reader, tag);
    if (found > TOP(reader)->scope)
        page_stack_pop_to(reader, found);
}

/* A part of a table ends all in it, if no other table stands between. */
static void end_table_part(struct reader *reader, enum html_tag tag)
{
    int32_t at = stack_find(reader, tag), table = open_table(reader);

    if (at >= 0 && at >= table && at > stack_find(reader, HTML_TAG_TEMPLATE))
        page_stack_pop_to(reader, at);
}

/* An element that is not special: a special one bounds its end. */
static void end_other(struct reader *reader, const struct html *html)
{
    uint32_t id = id_of(html->tag, html->name);
    int32_t at = reader->top_of[bucket(id)];

    while (at > TOP(reader)->special && reader->stack[at].id != id) {
        at = reader->stack[at].same;
        reader->effort++;
    }
    if (at > TOP(reader)->special)
        page_stack_pop_to(reader, at);
}

static void end_form(struct reader *reader)
{
    int32_t at = stack_find(reader, HTML_TAG_FORM);

    reader->form = 0;
    if (at <= TOP(reader)->scope)
        return;
    if (TOP(reader)->special == at || reader->effort > LIMIT_PAGE_EFFORT)
        page_stack_pop_to(reader, at);
    else
        take_out(reader, (size_t)at);
}

void page_stack_close(struct reader *reader, const struct html *html)
{
    enum html_tag tag = html->tag;
    unsigned flags = page_tag_flags[tag];
    int32_t at = stack_find(reader, tag);

    if (flags & TAG_FORMATTING) {
        if (at < 0 || at > TOP(reader)->scope)
            page_formatting_end(reader, tag);
    } else if (flags & TAG_HEADING) {
        end_heading(reader);
    } else if (tag == HTML_TAG_FORM) {
        end_form(reader);
    } else if (flags & TAG_TABLE || tag == HTML_TAG_TABLE) {
        end_table_part(reader, tag);
    } else if (tag == HTML_TAG_P) {
        if (in_button_scope(reader, tag) < 0)
            page_break(reader, PAGE_LINE);
        else
            close_p(reader);
    } else if (tag == HTML_TAG_LI) {
        if (at > TOP(reader)->scope && at > stack_find(reader, HTML_TAG_UL) &&
            at > stack_find(reader, HTML_TAG_OL))
            page_stack_pop_to(reader, at);
    } else if (tag == HTML_TAG_TEMPLATE || tag == HTML_TAG_SELECT) {
        if (at > 0 && (tag == HTML_TAG_TEMPLATE || at > TOP(reader)->scope))
            page_stack_pop_to(reader, at);
    } else if (flags & (TAG_ENDS_BLOCK | TAG_SPECIAL)) {
        if (at > TOP(reader)->scope || (at >= 0 && at == TOP(reader)->scope))
            page_stack_pop_to(reader, at);
    } else {
        end_other(reader, html);
    }
}
