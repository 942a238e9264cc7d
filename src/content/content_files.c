/* content_files.c: attachments: what they are, what they say they are, and what is in them as far as that
 * shows at a glance. */
#include "content/content_own.h"
#include "content/zip.h"

enum {
    LOOK = 1 << 20,      /* bytes of a file that are searched for words */
    LOOK_ENDS = 1 << 16, /* the same at each end of a document */
    NAME_SPACES = 8,     /* spaces in a row that push a suffix out of sight */
};

/* ---- names ---- */

static bool is_runnable(enum magic magic)
{
    enum magic_kind kind = magic_kind(magic);

    return kind == MAGIC_KIND_PROGRAM || kind == MAGIC_KIND_SCRIPT || kind == MAGIC_KIND_SHORTCUT ||
           kind == MAGIC_KIND_DISK;
}

/* "invoice.pdf.exe": a suffix that can be run, or shown as a page, behind one that looks harmless. */
static bool has_double_suffix(str name)
{
    size_t dot = str_rfind(name, '.');
    enum magic last = magic_of_name(name), before;

    if (dot == name.n)
        return false;
    before = magic_of_name(str_sub(name, 0, dot));
    return (is_runnable(last) || magic_kind(last) == MAGIC_KIND_WEB) && before != MAGIC_UNKNOWN &&
           before != last && !is_runnable(before) && magic_kind(before) != MAGIC_KIND_ARCHIVE;
}

static bool is_disguised_name(str name, struct arena *arena)
{
    struct skeleton_facts facts;
    unsigned spaces = 0;

    skeleton(name, LIMIT_CONTENT_NAME, arena, &facts);
    for (size_t i = 0; i < name.n; i++) {
        spaces = name.p[i] == ' ' ? spaces + 1 : 0;
        if (spaces == NAME_SPACES)
            return true;
    }
    return facts.invisible > 0 || facts.mixed > 0;
}

/* What the stated type says of the bytes; UNKNOWN where it says nothing. */
static enum magic magic_of_type(const struct part *part)
{
    static const struct {
        const char *type, *subtype;
        enum magic magic;
    } types[] = {
        {"application", "pdf", MAGIC_PDF},
        {"application", "zip", MAGIC_ZIP},
        {"text", "html", MAGIC_HTML},
        {"image", "png", MAGIC_PNG},
        {"image", "jpeg", MAGIC_JPEG},
        {"image", "jpg", MAGIC_JPEG},
        {"image", "gif", MAGIC_GIF},
        {"image", "svg+xml", MAGIC_SVG},
        {"text", "calendar", MAGIC_ICS},
        {"application", "rtf", MAGIC_RTF},
        {"message", "rfc822", MAGIC_EML},
        {"application", "msword", MAGIC_OLE},
        {"application", "xhtml+xml", MAGIC_HTML},
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (part_is(part, str_from(types[i].type), str_from(types[i].subtype)))
            return types[i].magic;
    return MAGIC_UNKNOWN;
}

/* Two answers that can't both be right, and of which one is worse than it seems. Kinds are compared: many
 * names stand for one content, and a picture of another format harms nobody. */
static bool disagree(enum magic a, enum magic b)
{
    if (a == MAGIC_UNKNOWN || b == MAGIC_UNKNOWN || a == b || magic_kind(a) == magic_kind(b))
        return false;
    return is_runnable(a) || is_runnable(b) || magic_kind(a) == MAGIC_KIND_WEB ||
           magic_kind(b) == MAGIC_KIND_WEB || magic_kind(a) == MAGIC_KIND_ARCHIVE ||
           magic_kind(b) == MAGIC_KIND_ARCHIVE;
}

/* ---- bytes ---- */

static bool holds(str text, const char *word)
{
    return str_find_str(text, str_from(word)) < text.n;
}

/* What a page or picture does, by words that it needs for it; what is in `text` is in lower case. */
static void look_at_page(struct content_file *file, str text)
{
    static const char *const makers[] = {
        "atob(",           "createobjecturl", "new blob",         "document.write",
        "fromcharcode",    "unescape(",       "mssaveoropenblob", "innerhtml",
        "eval(",           "data:text/html",  "data:application", "decodeuri",
        "window.location", "location.href",   "location.replace"};

    file->script = holds(text, "<script") || holds(text, "javascript:") || holds(text, "onload=") ||
                   holds(text, "onerror=");
    file->form = holds(text, "<form");
    file->password =
        holds(text, "type=\"password\"") || holds(text, "type='password'") || holds(text, "type=password");
    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]) && file->script; i++)
        file->smuggling |= holds(text, makers[i]);
}

static bool is_encrypted_document(enum magic content, str bytes)
{
    str head = str_sub(bytes, 0, LOOK_ENDS),
        tail = str_skip(bytes, bytes.n > LOOK_ENDS ? bytes.n - LOOK_ENDS : 0);

    if (content == MAGIC_PDF)
        return holds(head, "/Encrypt") || holds(tail, "/Encrypt");
    if (content == MAGIC_OLE) {
        str name = S("E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e");

        bytes = str_sub(bytes, 0, LOOK);
        return str_find_str(bytes, name) < bytes.n;
    }
    return false;
}

static void look_at_zip(struct content_file *file, str bytes)
{
    struct zip_facts zip;

    zip_read(&zip, bytes);
    file->encrypted = zip.encrypted;
    file->inner = zip.runnable.n ? zip.runnable : zip.first;
    file->inner_program = zip.runnable.n > 0;
}

static void look_inside(struct examine *examine, struct content_file *file, struct part *part, str bytes)
{
    bool page = file->content == MAGIC_HTML || file->content == MAGIC_SVG || file->by_name == MAGIC_HTML ||
                file->by_name == MAGIC_SVG || part_is(part, S("text"), S("html"));

    if (page)
        look_at_page(file, arena_lower(examine->arena, str_sub(part_text(part, examine->arena), 0, LOOK)));
    else if (file->content == MAGIC_ZIP || file->content == MAGIC_JAR)
        look_at_zip(file, bytes);
    else
        file->encrypted = is_encrypted_document(file->content, bytes);
}

/* ---- the parts ---- */

static bool is_file(const struct part *part)
{
    bool shown = str_eq(part->type, S("text")) && !part->name.n && !part_is(part, S("text"), S("calendar"));

    if (str_eq(part->type, S("multipart")) || part->message || part->depth == 0)
        return part->depth == 0 && !part->child && !str_eq(part->type, S("text")) &&
               !str_eq(part->type, S("multipart"));
    return part->attachment || part->name.n || !shown;
}

static bool is_picture(const struct part *part)
{
    return str_eq(part->type, S("image")) && !part_is(part, S("image"), S("svg+xml"));
}

static void examine_file(struct examine *examine, struct part *part)
{
    struct content *content = examine->content;
    str bytes = part_content(part, examine->arena);
    struct content_file *file = &content->files[content->file_count++];

    *file = (struct content_file){
        .name = part->name,
        .type = arena_join(examine->arena, part->type, S("/"), part->subtype),
        .content = magic_of(bytes),
        .by_name = magic_of_name(part->name),
        .size = bytes.n,
        .sha256 = examine->input->crypto
                      ? examine_hash(examine->input->crypto, bytes, HASH_SIZE_MAX, examine->arena)
                      : S(""),
        .attachment = part->attachment,
    };
    /* Programs differ in the name that they show; the worst is looked at. */
    for (unsigned i = 0; i < part->name_count; i++) {
        file->double_suffix |= has_double_suffix(part->names[i]);
        file->disguised |= is_disguised_name(part->names[i], examine->arena);
    }
    file->disagree = disagree(file->content, file->by_name) || disagree(file->content, magic_of_type(part)) ||
                     disagree(file->by_name, magic_of_type(part));
    look_inside(examine, file, part, bytes);
    examine_brand_within(examine, BRAND_IN_FILE, part->name);
}

void examine_files(struct examine *examine)
{
    const struct mime *mime = examine->input->body->mime;
    struct content *content = examine->content;

    content->files = arena_array_of(examine->arena, LIMIT_CONTENT_FILES, struct content_file);
    /* Pictures last: a letter of many logos must not keep a program out of sight. */
    for (int pictures = 0; pictures < 2 && mime; pictures++)
        for (size_t i = 0; i < mime->n; i++) {
            struct part *part = mime->parts[i];

            if (!is_file(part) || is_picture(part) != (pictures == 1))
                continue;
            content->text.attached_images += is_picture(part);
            content->file_seen++;
            if (content->file_count < LIMIT_CONTENT_FILES)
                examine_file(examine, part);
        } /* Those of decoding are known by now. */
    for (size_t i = 0; mime && i < mime->n; i++)
        for (enum part_oddity odd = 0; odd < PART_ODDITIES; odd++)
            content->odd[odd] |= mime->parts[i]->odd[odd];
}
