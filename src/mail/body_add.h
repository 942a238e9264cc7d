/* body_add.h: how the readers of body.c put down what they find: each link once, within limits. */
#ifndef POSTERN_MAIL_BODY_ADD_H
#define POSTERN_MAIL_BODY_ADD_H

#include "mail/body.h"

struct body_reader;

/* Fills `body` as things are added. */
struct body_reader *body_reader_new(struct body *body, struct arena *arena);

/* Everything of `link` but url, valid and count is given; target is what leads there, against base (may be
 * NULL). One that is there already is counted. */
void body_add_link(struct body_reader *reader, const struct body_link *link, str target,
                   const struct url *base);

/* False, and nothing is to be read, where there are too many texts or too much in them; n bytes are coming.
 */
bool body_add_text(struct body_reader *reader, const struct body_text *text);

/* An HTML part (body_html.c). */
void body_read_html(struct body_reader *reader, const struct part *part, str text, struct arena *arena);

/* An SVG picture (body_svg.c). */
void body_read_svg(struct body_reader *reader, const struct part *part, str text, struct arena *arena);

#endif
