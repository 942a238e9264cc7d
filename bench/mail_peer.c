/* mail_peer.c: GMime and gumbo, as one would use them. */
#include "mail_peer.h"

#include <gmime/gmime.h>
#include <gumbo.h>

void mail_peer_begin(void)
{
    g_mime_init();
}

/* Links are attributes of these names, whatever element has them; text is what lies between. */
static void look_at_node(const GumboNode *node, struct mail_peer_found *found)
{
    static const char *const names[] = {"href", "src", "action", "background"};

    if (node->type == GUMBO_NODE_TEXT)
        found->text += strlen(node->v.text.text);
    if (node->type != GUMBO_NODE_ELEMENT)
        return;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        found->links += gumbo_get_attribute(&node->v.element.attributes, names[i]) != NULL;
    if (node->v.element.tag == GUMBO_TAG_STYLE || node->v.element.tag == GUMBO_TAG_SCRIPT)
        return;
    for (unsigned i = 0; i < node->v.element.children.length; i++)
        look_at_node(node->v.element.children.data[i], found);
}

static void read_html(const char *text, struct mail_peer_found *found)
{
    GumboOutput *output = gumbo_parse_with_options(&kGumboDefaultOptions, text, strlen(text));

    look_at_node(output->root, found);
    gumbo_destroy_output(&kGumboDefaultOptions, output);
}

static void look_at_part(GMimeObject *parent, GMimeObject *part, gpointer data)
{
    struct mail_peer_found *found = data;
    char *text;

    (void)parent;
    found->parts++;
    if (!GMIME_IS_TEXT_PART(part))
        return;
    text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
    if (text && g_mime_content_type_is_type(g_mime_object_get_content_type(part), "text", "html"))
        read_html(text, found);
    else if (text)
        found->text += strlen(text);
    g_free(text);
}

void mail_peer_read(str raw, struct mail_peer_found *found)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(raw.p, raw.n);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

    *found = (struct mail_peer_found){.parts = 0};
    look_at_part(NULL, g_mime_message_get_mime_part(message), found);
    if (GMIME_IS_MULTIPART(g_mime_message_get_mime_part(message)))
        g_mime_multipart_foreach(GMIME_MULTIPART(g_mime_message_get_mime_part(message)), look_at_part, found);
    g_object_unref(message);
    g_object_unref(parser);
    g_object_unref(stream);
}
