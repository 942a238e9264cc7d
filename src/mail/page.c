/* page.c: what a reader of an HTML page sees, what is kept from him, and where it leads. */
#include "mail/page.h"

#include "base/limits.h"
#include "mail/page_own.h"
#include "mail/page_parts.h"
#include "mail/page_stack.h"

enum { INNER_MAX = 2 };

/* --- Text --- */

void page_break(struct reader *reader, enum page_break what)
{
    page_text_break(&reader->visible, what);
    page_text_break(&reader->hidden, what);
    page_text_break(&reader->outlook, what);
}

void page_add_text(struct reader *reader, str text, enum page_hidden hidden, bool lines)
{
    struct page_text *to = hidden == PAGE_SHOWN                ? &reader->visible
                           : hidden == PAGE_HIDDEN_CONDITIONAL ? &reader->outlook
                                                               : &reader->hidden;
    size_t before = to->letters;

    page_text_add(to, text, lines, &reader->signs);
    if (hidden == PAGE_SHOWN || to->letters == before)
        return;
    reader->page->hidden_by[hidden] += to->letters - before;
    reader->last_hidden = hidden;
}

static bool is_white(str s)
{
    size_t i = 0;

    while (i < s.n && (ascii_is_space(s.p[i]) || s.p[i] == '\f'))
        i++;
    return i == s.n;
}

/* Text between tags. */
static void read_text(struct reader *reader)
{
    str text = reader->html.content;

    if (is_white(text)) {
        page_break(reader, PAGE_BLANK);
        return;
    }
    if (page_formatting_is_due(reader))
        page_formatting_reopen(reader);
    if (memchr(text.p, '&', text.n) && reader->html.read != HTML_MODE_CDATA)
        text = html_content(&reader->html, reader->arena);
    page_add_text(reader, text, (enum page_hidden)page_stack_look(reader, true)->hidden,
                  stack_find(reader, HTML_TAG_PRE) > 0);
}

/* --- Start tags --- */

static bool is_foreign(const struct reader *reader)
{
    return TOP(reader)->foreign && !TOP(reader)->integration;
}

/* Puts an element on the stack, or counts it where that is full. NULL: it is not there. */
static struct element *open_element(struct reader *reader)
{
    if (reader->n > LIMIT_PAGE_DEPTH) {
        reader->deep++;
        reader->page->odd[PAGE_DEPTH_ODD] = true;
        if (reader->n - 1 + reader->deep > reader->page->depth)
            reader->page->depth = reader->n - 1 + reader->deep;
        return NULL;
    }
    return page_stack_push(reader, &reader->html);
}

static enum page_hidden kept(const struct look *look)
{
    return look->kept ? (enum page_hidden)look->kept : look->invisible ? PAGE_HIDDEN_VISIBILITY : PAGE_SHOWN;
}

static void read_anchor(struct reader *reader, enum html_attribute href)
{
    struct element *element = open_element(reader);
    enum page_hidden hidden = element ? kept(&element->look) : page_look_of_tag(reader, false);
    struct page_link *link = page_link_attribute(reader, PAGE_LINK, href, hidden);

    page_link_attribute(reader, PAGE_OTHER, HTML_PING, hidden);
    if (link) {
        link = &reader->page->links[reader->page->link_count - 1 - html_has(&reader->html, HTML_PING)];
        link->title = page_attribute(reader, HTML_TITLE);
        link->download = html_has(&reader->html, HTML_DOWNLOAD);
    }
    if (element)
        element->link = page_link_open(reader, link, hidden);
    if (element && !is_foreign(reader))
        page_formatting_add(reader, element->token, HTML_TAG_A, element->link);
}

/* The inside of SVG or MathML. False if the tag ends that: it is then one of HTML. */
static bool read_foreign(struct reader *reader)
{
    const struct html *html = &reader->html;
    struct element *element;

    if (tag_is(html->tag, TAG_BREAKOUT) ||
        (html->tag == HTML_TAG_FONT &&
         html->has & (1ull << HTML_COLOR | 1ull << HTML_FACE | 1ull << HTML_SIZE))) {
        while (is_foreign(reader) && reader->n > reader->floor)
            page_stack_pop(reader);
        return is_foreign(reader);
    }
    if (html->tag == HTML_TAG_SCRIPT)
        page_read_leaf(reader, PAGE_SHOWN);
    if (html->tag == HTML_TAG_IMAGE)
        page_link_attribute(reader, PAGE_IMAGE, html_has(html, HTML_HREF) ? HTML_HREF : HTML_XLINK_HREF,
                            page_look_of_tag(reader, false));
    if (html->self_closing)
        return true;
    if (html->tag == HTML_TAG_A) {
        read_anchor(reader, html_has(html, HTML_HREF) ? HTML_HREF : HTML_XLINK_HREF);
        TOP(reader)->foreign = true;
        return true;
    }
    element = open_element(reader);
    if (!element)
        return true;
    element->foreign = true;
    element->integration = html->tag == HTML_TAG_FOREIGN_OBJECT || html->tag == HTML_TAG_DESC ||
                           html->tag == HTML_TAG_TITLE ||
                           (html->tag >= HTML_TAG_MI && html->tag <= HTML_TAG_MTEXT);
    if (!element->look.kept && (html->tag == HTML_TAG_DESC || html->tag == HTML_TAG_TITLE ||
                                html->tag == HTML_TAG_SCRIPT || html->tag == HTML_TAG_STYLE))
        element->look.kept = element->look.hidden = PAGE_HIDDEN_ELEMENT;
    return true;
}

/* True if a style sheet counts on a screen. */
static bool sheet_counts(const struct html *html, struct arena *arena)
{
    str media = page_trim(html_value(html, HTML_MEDIA, arena));
    str type = page_trim(html_value(html, HTML_TYPE, arena));

    return (type.n == 0 || str_ieq(type, S("text/css"))) &&
           (media.n == 0 || str_ieq(media, S("all")) || str_ieq(media, S("screen")) ||
            str_ieq(media, S("only screen")));
}

/* Behind the last style element of a text. */
static size_t last_style(str text)
{
    const char *p = text.p, *end = text.p + text.n, *last = text.p;

    for (; end - p > 6 && (p = memchr(p, '<', (size_t)(end - p) - 6)); p++)
        if ((p[1] | 0x20) == 's' && str_ieq((str){p + 1, 5}, S("style")))
            last = p + 6;
    return (size_t)(last - text.p);
}

/* Style sheets are about what stands before them, too: before the first element is looked at, those behind it
 * are read. */
void page_read_sheets_ahead(struct reader *reader)
{
    size_t last = last_style(str_skip(reader->html.text, reader->html.at));
    struct html html = html_of(reader->html.text);
    bool counts = false;

    if (reader->inner)
        return;
    reader->whole = true;
    html.at = reader->html.at;
    last += html.at;
    while (html.at < last && html_next(&html)) {
        if (html.kind != HTML_KIND_START)
            continue;
        counts = html.tag == HTML_TAG_STYLE && sheet_counts(&html, reader->arena);
        html_enter(&html, false);
        if (counts && html_next(&html) && html.kind == HTML_KIND_TEXT)
            css_sheet_add(reader->sheet, html.content);
    }
}

/* Elements whose inside is text alone. False if it is none. */
static bool read_raw(struct reader *reader)
{
    struct html *html = &reader->html;
    bool shown =
        html->tag == HTML_TAG_TEXTAREA || html->tag == HTML_TAG_XMP || html->tag == HTML_TAG_PLAINTEXT;

    html_enter(html, false);
    if (html->mode == HTML_MODE_DATA)
        return false;
    if (shown)
        page_stack_open(reader, html->tag);
    reader->raw = html->tag;
    reader->raw_hidden = shown ? page_look_of_tag(reader, true) : PAGE_HIDDEN_ELEMENT;
    reader->sheet_counts = html->tag == HTML_TAG_STYLE && !reader->inner && sheet_counts(html, reader->arena);
    if (html->tag == HTML_TAG_TEXTAREA)
        page_read_field(reader, false);
    else if (html->tag == HTML_TAG_IFRAME || html->tag == HTML_TAG_SCRIPT)
        page_read_leaf(reader, html->tag == HTML_TAG_IFRAME ? page_look_of_tag(reader, false) : PAGE_SHOWN);
    page_break(reader, shown ? PAGE_LINE : PAGE_NO_BREAK);
    return true;
}

static void read_void(struct reader *reader)
{
    switch ((int)reader->html.tag) {
    case HTML_TAG_BR:
    case HTML_TAG_HR:
        page_break(reader, PAGE_LINE);
        break;
    case HTML_TAG_IMG:
        page_read_image(reader);
        break;
    case HTML_TAG_INPUT:
        page_read_field(reader, true);
        break;
    case HTML_TAG_META:
    case HTML_TAG_BASE:
    case HTML_TAG_WBR:
    case HTML_TAG_COL:
    case HTML_TAG_PARAM:
        page_read_leaf(reader, PAGE_SHOWN);
        break;
    default:
        page_read_leaf(reader, page_look_of_tag(reader, false));
        break;
    }
}

/* An element with an inside that is HTML. */
static void read_element(struct reader *reader)
{
    enum html_tag tag = reader->html.tag;
    struct element *element;
    enum page_hidden hidden;

    if (tag == HTML_TAG_A) {
        read_anchor(reader, HTML_HREF);
        return;
    }
    element = open_element(reader);
    hidden = element ? kept(&element->look) : PAGE_SHOWN;
    if (element && tag_is(tag, TAG_FORMATTING))
        page_formatting_add(reader, element->token, tag, 0);
    if (element && (tag == HTML_TAG_SVG || tag == HTML_TAG_MATH)) {
        element->foreign = true;
        reader->page->odd[PAGE_FOREIGN_ODD] = true;
        if (reader->html.self_closing)
            page_stack_pop(reader);
    }
    if (tag == HTML_TAG_FORM)
        page_read_form(reader, hidden);
    else
        page_read_leaf(reader, hidden);
    page_link_attribute(reader, PAGE_BACKGROUND, HTML_BACKGROUND, hidden);
    if (tag == HTML_TAG_BLOCKQUOTE)
        page_link_attribute(reader, PAGE_OTHER, HTML_CITE, hidden);
    if (element && element->look.block)
        page_break(reader, PAGE_LINE);
    else if (tag == HTML_TAG_TD || tag == HTML_TAG_TH)
        page_break(reader, PAGE_BLANK);
}

static void read_start(struct reader *reader)
{
    struct html *html = &reader->html;
    enum html_tag tag;

    reader->page->elements++;
    reader->page->odd[PAGE_SLASH_ODD] |= html->slash;
    if (is_foreign(reader) && read_foreign(reader))
        return;
    if (html->tag == HTML_TAG_IMAGE)
        html->tag = HTML_TAG_IMG;
    tag = html->tag;
    if (tag == HTML_TAG_HTML || tag == HTML_TAG_BODY) {
        page_read_body(reader);
        return;
    }
    if (tag == HTML_TAG_HEAD || read_raw(reader))
        return;
    if (!page_stack_open(reader, tag))
        return;
    if (page_formatting_is_due(reader) && !tag_is(tag, TAG_BLOCK | TAG_TABLE))
        page_formatting_reopen(reader);
    if (tag_is(tag, TAG_VOID))
        read_void(reader);
    else
        read_element(reader);
}

/* --- End tags --- */

/* In SVG and MathML an end tag closes what has its name, as far as they go. */
static bool end_foreign(struct reader *reader)
{
    for (size_t i = reader->n; i-- > reader->floor && reader->stack[i].foreign;) {
        reader->effort++;
        if (str_ieq(reader->names[i].name, reader->html.name)) {
            page_stack_pop_to(reader, (int32_t)i);
            return true;
        }
        if (reader->effort > LIMIT_PAGE_EFFORT)
            return true;
    }
    return false;
}

static void read_end(struct reader *reader)
{
    enum html_tag tag = reader->html.tag;

    if (reader->raw) {
        reader->raw = HTML_TAG_OTHER;
        return;
    }
    if (reader->deep) {
        reader->deep--;
        return;
    }
    if (tag == HTML_TAG_BR)
        page_break(reader, PAGE_LINE);
    else if (tag != HTML_TAG_HTML && tag != HTML_TAG_BODY && tag != HTML_TAG_HEAD && !tag_is(tag, TAG_VOID) &&
             !(TOP(reader)->foreign && end_foreign(reader)))
        page_stack_close(reader, &reader->html);
}

/* --- The inside of style, title and their like; comments --- */

static void read_tokens(struct reader *reader);

/* Reads a piece of HTML within the page: what it opens is closed at its end, what is outside it does not
 * close. */
static void read_inner(struct reader *reader, str text, enum page_hidden hidden)
{
    static const struct html frame = {
        .kind = HTML_KIND_START, .tag = HTML_TAG_TEMPLATE, .name = {"template", 8}};
    struct html *html = &reader->html;
    const str outer = html->text, unfinished = html->unfinished;
    const size_t at = html->at, floor = reader->floor, deep = reader->deep;
    struct look look = TOP(reader)->look;

    if (reader->inner == INNER_MAX)
        return;
    reader->inner++;
    page_stack_push(reader, &frame);
    TOP(reader)->look = look;
    if (hidden && !look.kept)
        TOP(reader)->look.kept = TOP(reader)->look.hidden = (uint8_t)hidden;
    page_break(reader, PAGE_LINE);
    reader->floor = reader->n;
    reader->deep = 0;
    html_begin(html, text);
    read_tokens(reader);
    page_stack_pop_to(reader, (int32_t)reader->floor);
    html_begin(html, outer);
    html->at = at;
    html->unfinished = unfinished;
    reader->floor = floor;
    reader->deep = deep;
    reader->raw = HTML_TAG_OTHER;
    page_stack_pop(reader);
    page_break(reader, PAGE_LINE);
    reader->inner--;
}

/* "<!--[if mso]> ... <![endif]-->": Outlook reads it. */
static void read_comment(struct reader *reader)
{
    str content = reader->html.content, condition = page_trim(content);
    size_t behind;

    if (!str_starts(reader->html.token, S("<!--")))
        return;
    if (!reader->html.closed) {
        reader->page->odd[PAGE_OPEN_COMMENT_ODD] = true;
        read_inner(reader, content, PAGE_HIDDEN_ELEMENT);
        return;
    }
    if (!str_istarts(condition, S("[if")))
        return;
    reader->page->odd[PAGE_CONDITIONAL_ODD] = true;
    behind = str_find_str(content, S("]>"));
    content = str_skip(content, behind + 2);
    if (str_iends(content, S("<![endif]")))
        content.n -= 9;
    if (!is_white(content) && !str_eq(content, S("<!")))
        read_inner(reader, content, PAGE_HIDDEN_CONDITIONAL);
}

static void read_raw_text(struct reader *reader)
{
    switch ((int)reader->raw) {
    case HTML_TAG_STYLE:
        if (reader->sheet_counts && !reader->whole)
            css_sheet_add(reader->sheet, reader->html.content);
        return;
    case HTML_TAG_SCRIPT:
        return;
    case HTML_TAG_TITLE:
        if (reader->page->title.n == 0)
            page_text_add(&reader->title, html_content(&reader->html, reader->arena), false, &reader->signs);
        reader->page->title = (str){reader->title.p, reader->title.n};
        return;
    default:
        page_add_text(reader, html_content(&reader->html, reader->arena), reader->raw_hidden, true);
        page_break(reader, reader->raw_hidden == PAGE_HIDDEN_ELEMENT ? PAGE_NO_BREAK : PAGE_LINE);
    }
}

/* --- The page --- */

static void read_token(struct reader *reader)
{
    switch (reader->html.kind) {
    case HTML_KIND_TEXT:
        if (reader->raw)
            read_raw_text(reader);
        else
            read_text(reader);
        break;
    case HTML_KIND_START:
        read_start(reader);
        break;
    case HTML_KIND_END:
        read_end(reader);
        break;
    case HTML_KIND_COMMENT:
        read_comment(reader);
        break;
    case HTML_KIND_DOCTYPE:
        if (reader->page->elements == 0)
            reader->quirks = html_doctype(&reader->html, reader->arena).quirks;
        break;
    case HTML_KIND_EOF:
        break;
    }
}

static void read_tokens(struct reader *reader)
{
    while (html_next(&reader->html)) {
        read_token(reader);
        reader->html.foreign = is_foreign(reader);
    }
    reader->page->odd[PAGE_CUT_TAG_ODD] |= reader->html.unfinished.n > 0;
}

static struct page_text new_text(struct arena *arena)
{
    return (struct page_text){.arena = arena, .max = LIMIT_PAGE_TEXT};
}

static void begin(struct reader *reader, struct page *page, str html, struct css_sheet *sheet,
                  struct arena *arena)
{
    *page = (struct page){0};
    *reader =
        (struct reader){.page = page, .arena = arena, .html = html_of(html), .sheet = sheet, .quirks = true};
    reader->visible = reader->hidden = reader->outlook = reader->title = new_text(arena);
    reader->styles = arena_array_of(arena, PAGE_STYLES, struct known_style);
    page_stack_begin(reader);
}

static void finish(struct reader *reader)
{
    struct page *page = reader->page;
    const struct page_signs *signs = &reader->signs;

    page_stack_pop_to(reader, 1);
    page->visible = (str){reader->visible.p, reader->visible.n};
    page->hidden = (str){reader->hidden.p, reader->hidden.n};
    page->outlook = (str){reader->outlook.p, reader->outlook.n};
    page->visible_bytes = reader->visible.letters;
    page_links_show(reader);
    page->zero_width = signs->zero_width;
    page->soft_hyphens = signs->soft_hyphens;
    page->odd[PAGE_NUL_ODD] |= signs->nul;
    page->odd[PAGE_BIDI_ODD] |= signs->bidi;
    page->odd[PAGE_ZERO_WIDTH_ODD] |= signs->in_word;
    page->odd[PAGE_GENERATED_ODD] |= css_has_content(reader->sheet);
    page->odd[PAGE_EFFORT_ODD] |= reader->effort > LIMIT_PAGE_EFFORT || css_hit_limit(reader->sheet);
    page->odd[PAGE_LIMIT_ODD] |= reader->visible.full || reader->hidden.full || reader->outlook.full;
}

/* url() and @import of the style sheets. */
static void add_sheet_links(struct reader *reader)
{
    size_t at = 0;
    bool import;
    str url;

    while (css_sheet_url(reader->sheet, &at, &url, &import))
        page_link_add(reader, import ? PAGE_STYLE : PAGE_BACKGROUND, url, PAGE_SHOWN);
}

void page_read(struct page *page, str html, struct arena *arena)
{
    struct css_sheet *sheet = css_sheet_new(arena);
    struct reader reader;

    begin(&reader, page, html, sheet, arena);
    read_tokens(&reader);
    add_sheet_links(&reader);
    finish(&reader);
}

const char *page_kind_name(enum page_kind kind)
{
#define KIND(id, name) [PAGE_##id] = name,
    static const char *const names[PAGE_KINDS] = {PAGE_KIND_TABLE(KIND)};
#undef KIND

    return names[kind];
}

const char *page_hidden_name(enum page_hidden hidden)
{
#define HIDDEN(id, name, words) [PAGE_HIDDEN_##id] = name,
    static const char *const names[PAGE_HIDDEN_REASONS] = {[PAGE_SHOWN] = "", PAGE_HIDDEN_TABLE(HIDDEN)};
#undef HIDDEN

    return names[hidden];
}

const char *page_hidden_words(enum page_hidden hidden)
{
#define HIDDEN(id, name, words) [PAGE_HIDDEN_##id] = words,
    static const char *const all[PAGE_HIDDEN_REASONS] = {[PAGE_SHOWN] = "", PAGE_HIDDEN_TABLE(HIDDEN)};
#undef HIDDEN

    return all[hidden];
}

const char *page_oddity_name(enum page_oddity oddity)
{
#define ODDITY(id, name, words) [PAGE_##id##_ODD] = name,
    static const char *const names[PAGE_ODDITIES] = {PAGE_ODDITY_TABLE(ODDITY)};
#undef ODDITY

    return names[oddity];
}

const char *page_oddity_words(enum page_oddity oddity)
{
#define ODDITY(id, name, words) [PAGE_##id##_ODD] = words,
    static const char *const all[PAGE_ODDITIES] = {PAGE_ODDITY_TABLE(ODDITY)};
#undef ODDITY

    return all[oddity];
}
