/* mime_probe.c: the parts of messages as Postern and as GMime read them, a line a part:
 * "FILE<tab>WHO<tab>depth<tab>type/subtype<tab>name<tab>size<tab>hash of the content", WHO being "ours",
 * "other" (another reading of ours, or another name of the same file) or "theirs". */
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "mail/mime.h"

static const char *file;
static struct arena *arena;

static void show(const char *who, unsigned depth, const char *type, str name, bool leaf, str content)
{
    struct buf escaped = buf_new(arena, 65536);
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    escape_json(&escaped, name);
    for (size_t i = 0; i < content.n; i++)
        hash = (hash ^ (unsigned char)content.p[i]) * 1099511628211u;
    printf("%s\t%s\t%u\t%s\t%.*s\t", file, who, depth, type, PS(buf_str(&escaped)));
    if (leaf)
        printf("%zu\t%016lx\n", content.n, (unsigned long)hash);
    else
        printf("-\t-\n");
}

static void show_part(struct part *part)
{
    const char *type = arena_printf(arena, "%.*s/%.*s", PS(part->type), PS(part->subtype)).p;
    bool uuencoded = part->parent && part->parent->odd[PART_UUENCODED];
    bool leaf = !part->child || part->child->alternate || part->odd[PART_UUENCODED];
    str content = leaf ? part_content(part, arena) : S("");

    show(part->alternate || uuencoded ? "other" : "ours", part->depth, type, leaf ? part->name : S(""), leaf,
         content);
    if (!leaf && part->encoding != PART_IDENTITY)
        show("other", part->depth, type, part->name, true, part_content(part, arena));
    if (part->encoding != PART_IDENTITY)
        show("encoded", part->depth, type, part->name, leaf, part->raw);
    for (unsigned i = 0; i < part->name_count; i++)
        if (leaf && !str_eq(part->names[i], part->name))
            show("other", part->depth, type, part->names[i], leaf, content);
}

static void show_ours(str raw)
{
    struct mail mail;
    struct mime mime;

    mail_parse(&mail, raw, arena);
    mime_parse(&mime, &mail, arena);
    for (size_t i = 0; i < mime.n; i++)
        show_part(mime.parts[i]);
}

static str content_of(GMimePart *part)
{
    GMimeDataWrapper *wrapper = g_mime_part_get_content(part);
    GMimeStream *stream = g_mime_stream_mem_new();
    GByteArray *bytes;
    str content;

    if (wrapper)
        g_mime_data_wrapper_write_to_stream(wrapper, stream);
    bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    content = arena_str(arena, (str){(const char *)bytes->data, bytes->len});
    g_object_unref(stream);
    return content;
}

static void show_theirs(GMimeObject *object, unsigned depth)
{
    GMimeContentType *type = g_mime_object_get_content_type(object);
    str words = arena_lower(arena, arena_printf(arena, "%s/%s", g_mime_content_type_get_media_type(type),
                                                g_mime_content_type_get_media_subtype(type)));
    const char *name = NULL;
    GMimeMessage *message = NULL;

    if (GMIME_IS_PART(object))
        name = g_mime_part_get_filename(GMIME_PART(object));
    show("theirs", depth, arena_c_str(arena, words), str_from(name), GMIME_IS_PART(object),
         GMIME_IS_PART(object) ? content_of(GMIME_PART(object)) : S(""));
    if (GMIME_IS_MULTIPART(object))
        for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(object)); i++)
            show_theirs(g_mime_multipart_get_part(GMIME_MULTIPART(object), i), depth + 1);
    if (GMIME_IS_MESSAGE_PART(object))
        message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
    if (message && g_mime_message_get_mime_part(message))
        show_theirs(g_mime_message_get_mime_part(message), depth + 1);
}

static str read_file(const char *name)
{
    FILE *stream = fopen(name, "rb");
    long size;
    char *p;

    if (!stream || fseek(stream, 0, SEEK_END) || (size = ftell(stream)) < 0) {
        fprintf(stderr, "%s can't be read\n", name);
        exit(1);
    }
    rewind(stream);
    p = arena_bytes(arena, (size_t)size);
    size = (long)fread(p, 1, (size_t)size, stream);
    fclose(stream);
    return (str){p, (size_t)size};
}

static void probe(const char *name)
{
    GMimeMessage *message;
    GMimeParser *parser;
    GMimeStream *stream;
    str raw;

    arena = arena_new();
    file = name;
    raw = read_file(name);
    raw = str_skip(raw, mail_mbox_from(raw));
    show_ours(raw);
    stream = g_mime_stream_mem_new_with_buffer(raw.p, raw.n);
    parser = g_mime_parser_new_with_stream(stream);
    message = g_mime_parser_construct_message(parser, NULL);
    if (message && g_mime_message_get_mime_part(message))
        show_theirs(g_mime_message_get_mime_part(message), 0);
    if (message)
        g_object_unref(message);
    g_object_unref(parser);
    g_object_unref(stream);
    arena_free(arena);
}

int main(int count, char **arguments)
{
    g_mime_init();
    for (int i = 1; i < count; i++)
        probe(arguments[i]);
    return 0;
}
