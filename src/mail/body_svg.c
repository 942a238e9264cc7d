/* body_svg.c: the texts and links of an SVG picture, which browsers open as a page, scripts and all. */
#include "mail/body_add.h"

#include "base/buf.h"
#include "mail/html.h"
#include "mail/link.h"
#include "mail/mime.h"

struct drawing {
    struct body_reader *reader;
    const struct part *part;
    struct arena *arena;
    struct html html;
    struct buf text;
    bool in_script, in_style;
};

static void add(struct drawing *drawing, enum body_link_kind kind, str written, str target)
{
    struct body_link link = {.part = drawing->part,
                             .source = BODY_LINK_SVG,
                             .kind = kind,
                             .written = written,
                             .attached = drawing->part->attachment};

    if (written.n && written.p[0] != '#') /* else it means something in the picture itself */
        body_add_link(drawing->reader, &link, target, NULL);
}

static void find_links(struct drawing *drawing, enum body_link_kind kind, str text)
{
    struct link_search search = {.text = text};
    struct link_found found;

    while (link_next(&search, drawing->arena, &found))
        if (!found.bare || kind == BODY_LINK_CLICK)
            add(drawing, kind, found.written, found.target);
}

static enum body_link_kind kind_of(str name)
{
    static const struct {
        str name;
        enum body_link_kind kind;
    } rows[] = {{STR("script"), BODY_LINK_SCRIPT}, {STR("image"), BODY_LINK_IMAGE},
                {STR("img"), BODY_LINK_IMAGE},     {STR("use"), BODY_LINK_IMAGE},
                {STR("feimage"), BODY_LINK_IMAGE}, {STR("iframe"), BODY_LINK_FRAME},
                {STR("embed"), BODY_LINK_FRAME},   {STR("object"), BODY_LINK_FRAME},
                {STR("form"), BODY_LINK_FORM},     {STR("link"), BODY_LINK_STYLE}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (str_ieq(name, rows[i].name))
            return rows[i].kind;
    return BODY_LINK_CLICK;
}

/* "onload" and its like, whatever they are called. */
static void read_handlers(struct drawing *drawing)
{
    str rest = drawing->html.attributes, name, value;

    while (html_attribute_next(&rest, &name, &value))
        if (str_istarts(name, S("on")))
            find_links(drawing, BODY_LINK_SCRIPT, html_decode(value, true, drawing->arena));
}

static void read_start(struct drawing *drawing)
{
    static const enum html_attribute targets[] = {HTML_HREF, HTML_XLINK_HREF, HTML_SRC, HTML_DATA,
                                                  HTML_ACTION};
    struct html *html = &drawing->html;
    enum body_link_kind kind = kind_of(html->name);

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        if (html_has(html, targets[i])) {
            str value = html_value(html, targets[i], drawing->arena);

            add(drawing, kind, value, value);
        }
    read_handlers(drawing);
    drawing->in_script = kind == BODY_LINK_SCRIPT && !html->self_closing;
    drawing->in_style = str_ieq(html->name, S("style")) && !html->self_closing;
}

static void read_text(struct drawing *drawing)
{
    str text = html_content(&drawing->html, drawing->arena);

    if (drawing->in_script) {
        find_links(drawing, BODY_LINK_SCRIPT, text);
    } else if (!drawing->in_style && str_trim(text).n) {
        find_links(drawing, BODY_LINK_CLICK, text);
        buf_add(&drawing->text, str_trim(text));
        buf_add_char(&drawing->text, '\n');
    }
}

void body_read_svg(struct body_reader *reader, const struct part *part, str text, struct arena *arena)
{
    struct drawing drawing = {.reader = reader, .part = part, .arena = arena, .html = html_of(text)};
    struct body_text found = {.part = part, .attached = part->attachment};

    drawing.text = buf_new(arena, text.n * 2 + 16);
    drawing.html.foreign = true;
    while (html_next(&drawing.html)) {
        if (drawing.html.kind == HTML_KIND_START)
            read_start(&drawing);
        else if (drawing.html.kind == HTML_KIND_END)
            drawing.in_script = drawing.in_style = false;
        else if (drawing.html.kind == HTML_KIND_TEXT)
            read_text(&drawing);
    }
    found.visible = buf_str(&drawing.text);
    body_add_text(reader, &found);
}
