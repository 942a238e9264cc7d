/* page_element.c: what single elements of a page are: pictures, forms, fields, frames. */
#include "base/limits.h"
#include "mail/page_own.h"
#include "mail/page_parts.h"
#include "mail/page_stack.h"

enum { FIELDS_MAX = 512 };

/* How an element that has no inside looks. */
enum page_hidden page_look_of_tag(struct reader *reader, bool text)
{
    struct look look;

    page_stack_reserve(reader);
    page_look(reader, &reader->html, page_stack_look(reader, true), reader->n, &look);
    if (text || look.kept)
        return (enum page_hidden)(text ? look.hidden : look.kept);
    return look.invisible ? PAGE_HIDDEN_VISIBILITY : PAGE_SHOWN;
}

/* "1", "1px" or "0": no picture but a sensor. */
static bool is_dot(str size)
{
    return size.n && (size.p[0] == '0' || size.p[0] == '1') && (size.n == 1 || !ascii_is_digit(size.p[1])) &&
           size.p[size.n - 1] != '%';
}

void page_read_image(struct reader *reader)
{
    const struct html *html = &reader->html;
    enum page_hidden hidden = page_look_of_tag(reader, false);
    struct page_link *link;
    str alt = page_attribute(reader, HTML_ALT);

    if (!hidden && is_dot(page_attribute(reader, HTML_WIDTH)) && is_dot(page_attribute(reader, HTML_HEIGHT)))
        hidden = PAGE_HIDDEN_SIZE;
    link = page_link_attribute(reader, PAGE_IMAGE, HTML_SRC, hidden);
    if (link) {
        link->title = alt.n ? alt : page_attribute(reader, HTML_TITLE);
        link->image = !hidden;
    }
    if (html_has(html, HTML_SRCSET))
        page_link_srcset(reader, PAGE_IMAGE, hidden);
    page_link_attribute(reader, PAGE_IMAGE, HTML_LOWSRC, hidden);
    page_link_attribute(reader, PAGE_MEDIA, HTML_DYNSRC, hidden);
    page_link_attribute(reader, PAGE_OTHER, HTML_LONGDESC, hidden);
    reader->page->images += !hidden;
    if (alt.n) {
        page_break(reader, PAGE_BLANK);
        page_add_text(reader, alt, hidden, false);
        page_break(reader, PAGE_BLANK);
    }
}

/* "5; url='https://...'" */
static str refresh_target(str content)
{
    size_t i = 0;
    char quote;

    while (i < content.n &&
           (ascii_is_digit(content.p[i]) || ascii_is_space(content.p[i]) || content.p[i] == '.'))
        i++;
    if (i == content.n || (content.p[i] != ';' && content.p[i] != ','))
        return S("");
    content = page_trim(str_skip(content, i + 1));
    if (str_istarts(content, S("url"))) {
        str rest = page_trim(str_skip(content, 3));

        if (rest.n && rest.p[0] == '=')
            content = page_trim(str_skip(rest, 1));
    }
    if (content.n == 0 || (content.p[0] != '"' && content.p[0] != '\''))
        return content;
    quote = content.p[0];
    content = str_skip(content, 1);
    return str_sub(content, 0, str_find(content, quote));
}

static void read_meta(struct reader *reader)
{
    str target;

    if (!str_ieq(page_trim(page_attribute(reader, HTML_HTTP_EQUIV)), S("refresh")))
        return;
    target = refresh_target(page_trim(page_attribute(reader, HTML_CONTENT)));
    if (target.n == 0)
        return;
    if (reader->page->refresh.n == 0)
        reader->page->refresh = target;
    page_link_add(reader, PAGE_REFRESH, target, PAGE_SHOWN);
}

static struct page_form *add_form(struct reader *reader)
{
    struct page *page = reader->page;

    page->form_seen++;
    if (page->form_count == LIMIT_PAGE_FORMS) {
        page->odd[PAGE_LIMIT_ODD] = true;
        return &page->forms[page->form_count - 1];
    }
    if (page->form_count == reader->form_room) {
        struct page_form *forms;

        reader->form_room = reader->form_room ? 2 * reader->form_room : 8;
        forms = arena_array_of(reader->arena, reader->form_room, struct page_form);
        if (page->form_count)
            memcpy(forms, page->forms, page->form_count * sizeof(*forms));
        page->forms = forms;
    }
    page->forms[page->form_count] = (struct page_form){.link = SIZE_MAX};
    return &page->forms[page->form_count++];
}

void page_read_form(struct reader *reader, enum page_hidden hidden)
{
    struct page_form *form = add_form(reader);

    form->method = page_attribute(reader, HTML_METHOD);
    if (page_link_attribute(reader, PAGE_FORM, HTML_ACTION, hidden))
        form->link = reader->page->link_count - 1;
    reader->form = (size_t)(form - reader->page->forms) + 1;
}

/* The form that a field belongs to; one without a form element if it stands by itself. */
static struct page_form *form_of_field(struct reader *reader)
{
    struct page *page = reader->page;

    if (reader->form)
        return &page->forms[reader->form - 1];
    for (size_t i = 0; i < page->form_count; i++)
        if (page->forms[i].none)
            return &page->forms[i];
    add_form(reader)->none = true;
    page->form_seen--;
    return &page->forms[page->form_count - 1];
}

static void add_field_name(struct reader *reader, struct page_form *form, str name)
{
    if (name.n && form->fields.n + name.n < FIELDS_MAX)
        form->fields = form->fields.n ? arena_join(reader->arena, form->fields, S(" "), name) : name;
}

void page_read_field(struct reader *reader, bool typed)
{
    str type = typed ? page_attribute(reader, HTML_TYPE) : S("");
    enum page_hidden hidden = page_look_of_tag(reader, false);
    struct page_form *form;
    bool button = str_ieq(type, S("submit")) || str_ieq(type, S("image")) || str_ieq(type, S("button")) ||
                  str_ieq(type, S("reset"));

    page_link_attribute(reader, PAGE_BUTTON, HTML_FORMACTION, hidden);
    if (str_ieq(type, S("hidden")))
        return;
    if (str_ieq(type, S("image")))
        page_read_image(reader);
    form = form_of_field(reader);
    if (button) {
        form->buttons++;
    } else {
        form->inputs++;
        form->passwords += str_ieq(type, S("password"));
        add_field_name(reader, form, page_attribute(reader, HTML_NAME));
        add_field_name(reader, form, page_attribute(reader, HTML_PLACEHOLDER));
    }
    page_break(reader, PAGE_BLANK);
    page_add_text(reader, page_attribute(reader, button ? HTML_VALUE : HTML_PLACEHOLDER), hidden, false);
    page_break(reader, PAGE_BLANK);
}

/* Attributes of body and html count where they stand first. */
void page_read_body(struct reader *reader)
{
    struct look root = reader->stack[0].look;

    if (reader->html.tag == HTML_TAG_BODY && reader->body)
        return;
    reader->body |= reader->html.tag == HTML_TAG_BODY;
    page_look(reader, &reader->html, &root, 0, &reader->stack[0].look);
    for (size_t i = 1; i < reader->n; i++)
        if (reader->stack[i].tag == HTML_TAG_HEAD)
            page_stack_pop_to(reader, (int32_t)i);
    page_link_attribute(reader, PAGE_BACKGROUND, HTML_BACKGROUND, PAGE_SHOWN);
}

/* What has links and is no link itself, or has no inside. */
void page_read_leaf(struct reader *reader, enum page_hidden hidden)
{
    switch ((int)reader->html.tag) {
    case HTML_TAG_AREA:
        page_link_attribute(reader, PAGE_AREA, HTML_HREF, hidden);
        break;
    case HTML_TAG_BASE:
        if (reader->page->base.n == 0)
            reader->page->base = page_trim(page_attribute(reader, HTML_HREF));
        break;
    case HTML_TAG_META:
        read_meta(reader);
        break;
    case HTML_TAG_LINK:
        page_link_attribute(reader, PAGE_STYLE, HTML_HREF, hidden);
        break;
    case HTML_TAG_FRAME:
    case HTML_TAG_IFRAME:
        page_link_attribute(reader, PAGE_FRAME, HTML_SRC, hidden);
        page_link_attribute(reader, PAGE_OTHER, HTML_LONGDESC, hidden);
        break;
    case HTML_TAG_EMBED:
        page_link_attribute(reader, PAGE_OBJECT, HTML_SRC, hidden);
        break;
    case HTML_TAG_OBJECT:
        page_link_attribute(reader, PAGE_OBJECT, HTML_DATA, hidden);
        page_link_attribute(reader, PAGE_OBJECT, HTML_CODEBASE, hidden);
        break;
    case HTML_TAG_APPLET:
        page_link_attribute(reader, PAGE_OBJECT, HTML_CODE, hidden);
        page_link_attribute(reader, PAGE_OBJECT, HTML_CODEBASE, hidden);
        break;
    case HTML_TAG_SCRIPT:
        reader->page->odd[PAGE_SCRIPT_ODD] = true;
        page_link_attribute(reader, PAGE_SCRIPT, HTML_SRC, hidden);
        break;
    case HTML_TAG_VIDEO:
        page_link_attribute(reader, PAGE_IMAGE, HTML_POSTER, hidden);
        page_link_attribute(reader, PAGE_MEDIA, HTML_SRC, PAGE_SHOWN);
        break;
    case HTML_TAG_SOURCE:
        page_link_srcset(reader, PAGE_IMAGE, hidden);
        page_link_attribute(reader, PAGE_MEDIA, HTML_SRC, PAGE_SHOWN);
        break;
    case HTML_TAG_AUDIO:
    case HTML_TAG_TRACK:
    case HTML_TAG_BGSOUND:
        page_link_attribute(reader, PAGE_MEDIA, HTML_SRC, PAGE_SHOWN);
        break;
    case HTML_TAG_BUTTON:
        page_link_attribute(reader, PAGE_BUTTON, HTML_FORMACTION, hidden);
        form_of_field(reader)->buttons++;
        break;
    case HTML_TAG_FRAMESET:
        reader->page->odd[PAGE_FRAMES_ODD] = true;
        break;
    case HTML_TAG_TEMPLATE:
        reader->page->odd[PAGE_TEMPLATE_ODD] = true;
        break;
    default:
        break;
    }
}
