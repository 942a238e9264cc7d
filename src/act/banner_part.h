/* banner_part.h: the inner works of banner.c: what is written into a part, and where. */
#ifndef POSTERN_ACT_BANNER_PART_H
#define POSTERN_ACT_BANNER_PART_H

#include "act/banner.h"
#include "mail/charset.h"

/* banner_text.c: the banner as lines of plain text with an empty line behind it, in the charset (NULL: not
 * known, so ASCII). `ascii`: the part can't take other bytes. Line ends as given. */
str banner_plain(const struct banner_words *words, const struct charset *charset, bool ascii, str line_end,
                 struct arena *arena);

/* As an element of HTML that a style sheet in the message can't hide; ASCII, on lines of its own, with
 * BANNER_HTML_END and a line end at its end. */
#define BANNER_HTML_END S("</div>")
str banner_html(str text, str line_end, struct arena *arena);

/* banner_place.c: the offset in a text (of an ASCII-compatible charset) at which it is the first that is
 * shown. */
size_t banner_place_plain(str text);
size_t banner_place_html(str text, bool shifting, struct arena *arena);

/* The edit of the part's raw bytes, `base` being their offset in the body, that puts `inserted` at the offset
 * `place` of its content. False if the encoding is none that is written. */
bool banner_encode(struct banner_edit *edit, struct part *part, size_t base, size_t place, str inserted,
                   str line_end, struct arena *arena);

#endif
