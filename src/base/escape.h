/* escape.h: the only ways out for text that came from a mail: one function for each place it can go to.
 *
 * Each appends to *buf and is linear. Bytes that are no UTF-8 become U+FFFD (in a terminal: \xHH, the bytes
 * themselves). A full buf cuts the text anywhere: the writer looks at buf->full, as always. */
#ifndef POSTERN_BASE_ESCAPE_H
#define POSTERN_BASE_ESCAPE_H

#include "base/buf.h"

/* The value of an unstructured header field, `column` being the bytes that already stand on its line
 * (RFC 5322 section 2.2, RFC 2047). White space at the ends is dropped, other runs of it become one space,
 * controls become U+FFFD. Plain ASCII stays readable and is folded at spaces at 78 columns; text with other
 * characters, with "=?" or with a word of over ESCAPE_HEADER_WORD bytes becomes encoded words. The only line
 * ends are CRLF and a space. Not for structured fields. */
enum { ESCAPE_HEADER_WORD = 500 };
void escape_header(struct buf *buf, str text, size_t column);

/* HTML text or a quoted attribute value. Controls but tab, LF and CR become U+FFFD, bidi controls become
 * visible as \u{202e}. Says nothing of what a URL may do: the scheme is for the caller to check. */
void escape_html(struct buf *buf, str text);

/* Inline CommonMark text: all ASCII punctuation stands behind a backslash, runs of white space are one space,
 * controls become U+FFFD, bidi controls visible. Not for code spans, where a backslash is text. */
void escape_markdown(struct buf *buf, str text);

/* One logfmt value: bare, or a JSON string when it is empty or has white space, "=", quotes or backslashes,
 * or anything that is not ASCII. */
void escape_logfmt(struct buf *buf, str text);

/* A JSON string with its quotes. Controls, U+2028, U+2029 and all that a reader can't see (utf8.h) are
 * \uXXXX: a line of JSON on a terminal does no harm, and no line of it breaks. */
void escape_json(struct buf *buf, str text);

/* One line of a terminal: line ends, tabs and other controls are visible (\n, \t, \xHH), and so is all that a
 * reader can't see (\u{200b}). */
void escape_terminal(struct buf *buf, str text);

/* A label value of the Prometheus text format, with its quotes. Controls but LF become U+FFFD. */
void escape_label(struct buf *buf, str text);

#endif
