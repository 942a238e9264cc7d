/* html.h: HTML in pieces, as browsers cut it (WHATWG HTML Standard, section 13.2.5, tokenization).
 *
 * Nothing is copied or decoded before it is asked for: a token is made of slices of the text. What only a
 * tree builder knows (which text mode a start tag opens, whether CDATA is one) is set from outside.
 *
 *     struct html html = html_of(text);
 *     while (html_next(&html))
 *         if (html.kind == HTML_KIND_START && html_has(&html, HTML_HREF))
 *             href = html_value(&html, HTML_HREF, arena);
 *         html_enter(&html);   (for each start tag: the inside of script, style, title ... is text)
 */
#ifndef POSTERN_MAIL_HTML_H
#define POSTERN_MAIL_HTML_H

#include "base/arena.h"

/* The elements that are treated specially somewhere, in lower case. The list is read by tools/html-table too.
 */
#define HTML_TAG_TABLE(TAG)                                                                                  \
    TAG(A, "a")                                                                                              \
    TAG(ADDRESS, "address")                                                                                  \
    TAG(ANNOTATION_XML, "annotation-xml")                                                                    \
    TAG(APPLET, "applet")                                                                                    \
    TAG(AREA, "area")                                                                                        \
    TAG(ARTICLE, "article")                                                                                  \
    TAG(ASIDE, "aside")                                                                                      \
    TAG(AUDIO, "audio")                                                                                      \
    TAG(B, "b")                                                                                              \
    TAG(BASE, "base")                                                                                        \
    TAG(BDO, "bdo")                                                                                          \
    TAG(BGSOUND, "bgsound")                                                                                  \
    TAG(BIG, "big")                                                                                          \
    TAG(BLOCKQUOTE, "blockquote")                                                                            \
    TAG(BODY, "body")                                                                                        \
    TAG(BR, "br")                                                                                            \
    TAG(BUTTON, "button")                                                                                    \
    TAG(CANVAS, "canvas")                                                                                    \
    TAG(CAPTION, "caption")                                                                                  \
    TAG(CENTER, "center")                                                                                    \
    TAG(CODE, "code")                                                                                        \
    TAG(COL, "col")                                                                                          \
    TAG(COLGROUP, "colgroup")                                                                                \
    TAG(DATALIST, "datalist")                                                                                \
    TAG(DD, "dd")                                                                                            \
    TAG(DESC, "desc")                                                                                        \
    TAG(DETAILS, "details")                                                                                  \
    TAG(DIALOG, "dialog")                                                                                    \
    TAG(DIR, "dir")                                                                                          \
    TAG(DIV, "div")                                                                                          \
    TAG(DL, "dl")                                                                                            \
    TAG(DT, "dt")                                                                                            \
    TAG(EM, "em")                                                                                            \
    TAG(EMBED, "embed")                                                                                      \
    TAG(FIELDSET, "fieldset")                                                                                \
    TAG(FIGCAPTION, "figcaption")                                                                            \
    TAG(FIGURE, "figure")                                                                                    \
    TAG(FONT, "font")                                                                                        \
    TAG(FOOTER, "footer")                                                                                    \
    TAG(FOREIGN_OBJECT, "foreignobject")                                                                     \
    TAG(FORM, "form")                                                                                        \
    TAG(FRAME, "frame")                                                                                      \
    TAG(FRAMESET, "frameset")                                                                                \
    TAG(H1, "h1")                                                                                            \
    TAG(H2, "h2")                                                                                            \
    TAG(H3, "h3")                                                                                            \
    TAG(H4, "h4")                                                                                            \
    TAG(H5, "h5")                                                                                            \
    TAG(H6, "h6")                                                                                            \
    TAG(HEAD, "head")                                                                                        \
    TAG(HEADER, "header")                                                                                    \
    TAG(HGROUP, "hgroup")                                                                                    \
    TAG(HR, "hr")                                                                                            \
    TAG(HTML, "html")                                                                                        \
    TAG(I, "i")                                                                                              \
    TAG(IFRAME, "iframe")                                                                                    \
    TAG(IMAGE, "image")                                                                                      \
    TAG(IMG, "img")                                                                                          \
    TAG(INPUT, "input")                                                                                      \
    TAG(KEYGEN, "keygen")                                                                                    \
    TAG(LABEL, "label")                                                                                      \
    TAG(LEGEND, "legend")                                                                                    \
    TAG(LI, "li")                                                                                            \
    TAG(LINK, "link")                                                                                        \
    TAG(LISTING, "listing")                                                                                  \
    TAG(MAIN, "main")                                                                                        \
    TAG(MARQUEE, "marquee")                                                                                  \
    TAG(MATH, "math")                                                                                        \
    TAG(MENU, "menu")                                                                                        \
    TAG(META, "meta")                                                                                        \
    TAG(MI, "mi")                                                                                            \
    TAG(MN, "mn")                                                                                            \
    TAG(MO, "mo")                                                                                            \
    TAG(MS, "ms")                                                                                            \
    TAG(MTEXT, "mtext")                                                                                      \
    TAG(NAV, "nav")                                                                                          \
    TAG(NOBR, "nobr")                                                                                        \
    TAG(NOEMBED, "noembed")                                                                                  \
    TAG(NOFRAMES, "noframes")                                                                                \
    TAG(NOSCRIPT, "noscript")                                                                                \
    TAG(OBJECT, "object")                                                                                    \
    TAG(OL, "ol")                                                                                            \
    TAG(OPTGROUP, "optgroup")                                                                                \
    TAG(OPTION, "option")                                                                                    \
    TAG(P, "p")                                                                                              \
    TAG(PARAM, "param")                                                                                      \
    TAG(PLAINTEXT, "plaintext")                                                                              \
    TAG(PRE, "pre")                                                                                          \
    TAG(RB, "rb")                                                                                            \
    TAG(RP, "rp")                                                                                            \
    TAG(RT, "rt")                                                                                            \
    TAG(RTC, "rtc")                                                                                          \
    TAG(RUBY, "ruby")                                                                                        \
    TAG(S, "s")                                                                                              \
    TAG(SCRIPT, "script")                                                                                    \
    TAG(SEARCH, "search")                                                                                    \
    TAG(SECTION, "section")                                                                                  \
    TAG(SELECT, "select")                                                                                    \
    TAG(SMALL, "small")                                                                                      \
    TAG(SOURCE, "source")                                                                                    \
    TAG(SPAN, "span")                                                                                        \
    TAG(STRIKE, "strike")                                                                                    \
    TAG(STRONG, "strong")                                                                                    \
    TAG(STYLE, "style")                                                                                      \
    TAG(SUB, "sub")                                                                                          \
    TAG(SUMMARY, "summary")                                                                                  \
    TAG(SUP, "sup")                                                                                          \
    TAG(SVG, "svg")                                                                                          \
    TAG(TABLE, "table")                                                                                      \
    TAG(TBODY, "tbody")                                                                                      \
    TAG(TD, "td")                                                                                            \
    TAG(TEMPLATE, "template")                                                                                \
    TAG(TEXTAREA, "textarea")                                                                                \
    TAG(TFOOT, "tfoot")                                                                                      \
    TAG(TH, "th")                                                                                            \
    TAG(THEAD, "thead")                                                                                      \
    TAG(TITLE, "title")                                                                                      \
    TAG(TR, "tr")                                                                                            \
    TAG(TRACK, "track")                                                                                      \
    TAG(TT, "tt")                                                                                            \
    TAG(U, "u")                                                                                              \
    TAG(UL, "ul")                                                                                            \
    TAG(VAR, "var")                                                                                          \
    TAG(VIDEO, "video")                                                                                      \
    TAG(WBR, "wbr")                                                                                          \
    TAG(XMP, "xmp")

/* The attributes that are looked at, at most 63. */
#define HTML_ATTRIBUTE_TABLE(ATTRIBUTE)                                                                      \
    ATTRIBUTE(ACTION, "action")                                                                              \
    ATTRIBUTE(ALIGN, "align")                                                                                \
    ATTRIBUTE(ALT, "alt")                                                                                    \
    ATTRIBUTE(BACKGROUND, "background")                                                                      \
    ATTRIBUTE(BGCOLOR, "bgcolor")                                                                            \
    ATTRIBUTE(CHARSET, "charset")                                                                            \
    ATTRIBUTE(CITE, "cite")                                                                                  \
    ATTRIBUTE(CLASS, "class")                                                                                \
    ATTRIBUTE(CODE, "code")                                                                                  \
    ATTRIBUTE(CODEBASE, "codebase")                                                                          \
    ATTRIBUTE(COLOR, "color")                                                                                \
    ATTRIBUTE(CONTENT, "content")                                                                            \
    ATTRIBUTE(DATA, "data")                                                                                  \
    ATTRIBUTE(DIR, "dir")                                                                                    \
    ATTRIBUTE(DOWNLOAD, "download")                                                                          \
    ATTRIBUTE(DYNSRC, "dynsrc")                                                                              \
    ATTRIBUTE(ENCODING, "encoding")                                                                          \
    ATTRIBUTE(FACE, "face")                                                                                  \
    ATTRIBUTE(FORM, "form")                                                                                  \
    ATTRIBUTE(FORMACTION, "formaction")                                                                      \
    ATTRIBUTE(HEIGHT, "height")                                                                              \
    ATTRIBUTE(HIDDEN, "hidden")                                                                              \
    ATTRIBUTE(HREF, "href")                                                                                  \
    ATTRIBUTE(HTTP_EQUIV, "http-equiv")                                                                      \
    ATTRIBUTE(ID, "id")                                                                                      \
    ATTRIBUTE(LABEL, "label")                                                                                \
    ATTRIBUTE(LONGDESC, "longdesc")                                                                          \
    ATTRIBUTE(LOWSRC, "lowsrc")                                                                              \
    ATTRIBUTE(MEDIA, "media")                                                                                \
    ATTRIBUTE(METHOD, "method")                                                                              \
    ATTRIBUTE(NAME, "name")                                                                                  \
    ATTRIBUTE(OPEN, "open")                                                                                  \
    ATTRIBUTE(PING, "ping")                                                                                  \
    ATTRIBUTE(PLACEHOLDER, "placeholder")                                                                    \
    ATTRIBUTE(POSTER, "poster")                                                                              \
    ATTRIBUTE(REL, "rel")                                                                                    \
    ATTRIBUTE(SIZE, "size")                                                                                  \
    ATTRIBUTE(SRC, "src")                                                                                    \
    ATTRIBUTE(SRCDOC, "srcdoc")                                                                              \
    ATTRIBUTE(SRCSET, "srcset")                                                                              \
    ATTRIBUTE(STYLE, "style")                                                                                \
    ATTRIBUTE(TEXT, "text")                                                                                  \
    ATTRIBUTE(TITLE, "title")                                                                                \
    ATTRIBUTE(TYPE, "type")                                                                                  \
    ATTRIBUTE(USEMAP, "usemap")                                                                              \
    ATTRIBUTE(VALUE, "value")                                                                                \
    ATTRIBUTE(WIDTH, "width")                                                                                \
    ATTRIBUTE(XLINK_HREF, "xlink:href")

enum html_tag {
    HTML_TAG_OTHER,
#define TAG(id, name) HTML_TAG_##id,
    HTML_TAG_TABLE(TAG)
#undef TAG
        HTML_TAGS
};

enum html_attribute {
#define ATTRIBUTE(id, name) HTML_##id,
    HTML_ATTRIBUTE_TABLE(ATTRIBUTE)
#undef ATTRIBUTE
        HTML_ATTRIBUTES,
    HTML_ATTRIBUTE_OTHER = HTML_ATTRIBUTES
};

enum html_kind {
    HTML_KIND_EOF,
    HTML_KIND_TEXT,
    HTML_KIND_START,
    HTML_KIND_END,
    HTML_KIND_COMMENT,
    HTML_KIND_DOCTYPE
};

/* The standard's states between two tokens: what text is, and what ends it. */
enum html_mode {
    HTML_MODE_DATA,
    HTML_MODE_RCDATA,    /* title, textarea: character references, no tags */
    HTML_MODE_RAWTEXT,   /* style, xmp, iframe, noembed, noframes */
    HTML_MODE_SCRIPTING, /* script */
    HTML_MODE_PLAIN,     /* plaintext: to the end */
    HTML_MODE_CDATA      /* in SVG and MathML */
};

struct html {
    str text; /* UTF-8; a byte order mark is the caller's */
    size_t at;
    enum html_mode mode;
    bool foreign; /* set by the caller: within SVG or MathML, so <![CDATA[ is one */
    str last;     /* name of the last start tag: what ends RCDATA and its like */
    /* The token. All are slices of the text. */
    enum html_kind kind;
    enum html_tag tag;          /* start and end tags */
    enum html_mode read;        /* the mode in which it was read */
    bool self_closing;          /* "/>" */
    bool slash;                 /* a slash stands behind its name, and more behind that: "<a/href=..." */
    bool closed;                /* comments and doctypes: not cut off by the text's end */
    str token;                  /* all of it, with its brackets */
    str name;                   /* of a tag, as written */
    str content;                /* text; the inside of a comment or of a doctype, behind the word */
    str attributes;             /* of a tag: what stands behind its name */
    uint64_t repeated;          /* as `has`: stands there again */
    uint64_t has;               /* bit 1 << enum html_attribute; the first of a name counts */
    str value[HTML_ATTRIBUTES]; /* where `has` says so; not decoded */
    unsigned attribute_count;   /* all of them */
    /* Over the whole text. */
    str unfinished; /* a tag that the text's end cuts off: browsers drop it */
};

/* Ready to give the first token of the text. */
struct html html_of(str text);

/* The same for one that was used; cheaper. */
void html_begin(struct html *html, str text);

/* The next token; false at the end. Linear over all calls. Adjacent texts may come in several tokens. */
bool html_next(struct html *html);

/* Behind a start tag in HTML content: goes over into the mode that the element's inside has. `scripts`: the
 * inside of noscript is text too. */
void html_enter(struct html *html, bool scripts);

static inline bool html_has(const struct html *html, enum html_attribute attribute)
{
    return html->has >> attribute & 1;
}

/* The decoded value of an attribute, "" if it is not there. The slice of the text itself where nothing is to
 * be decoded. */
str html_value(const struct html *html, enum html_attribute attribute, struct arena *arena);

/* The decoded text of a text token: character references (if its mode has them), CR LF as LF, NUL as U+FFFD
 * in all modes but DATA and CDATA, where a tree builder decides. The slice itself where nothing is to be
 * decoded. */
str html_content(const struct html *html, struct arena *arena);

/* Decodes references as the inside of an attribute value (where "&copy=" is none), or as text. */
str html_decode(str raw, bool attribute, struct arena *arena);

/* One attribute after another of the attributes of a tag, repeated names too; not decoded. */
bool html_attribute_next(str *rest, str *name, str *value);

/* What stands for itself in names and comments: CR LF as LF, NUL as U+FFFD; names also in lower case. */
str html_raw(str raw, struct arena *arena);
str html_lower(str raw, struct arena *arena);

struct html_doctype {
    str name, public_id, system_id;
    bool has_name, has_public, has_system;
    bool quirks; /* the token's force-quirks flag */
};
struct html_doctype html_doctype(const struct html *html, struct arena *arena);

enum html_tag html_tag_of(str name);
str html_tag_name(enum html_tag tag); /* "" of HTML_TAG_OTHER */
str html_attribute_name(enum html_attribute attribute);

#endif
