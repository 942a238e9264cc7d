/* html_table.h: the tables that tools/html-table writes when Postern is built. */
#ifndef POSTERN_MAIL_HTML_TABLE_H
#define POSTERN_MAIL_HTML_TABLE_H

#include <stdint.h>

enum { HTML_NAME_BITS = 11 };

/* The names of HTML_TAG_TABLE and of HTML_ATTRIBUTE_TABLE, in their order, and a hash table without
 * collisions over each: the place in the list, plus 1; 0 is none. */
struct html_name {
    const char *name;
    uint8_t n;
    uint64_t packed[2]; /* its bytes, the first one lowest */
};

extern const struct html_name html_tag_names[], html_attribute_names[];
extern const uint64_t html_tag_factor, html_attribute_factor;
extern const uint8_t html_tag_slots[1 << HTML_NAME_BITS], html_attribute_slots[1 << HTML_NAME_BITS];

/* Named character references, ordered. */
struct html_reference {
    const char *name; /* without "&", with its semicolon if it has one */
    uint8_t n;
    uint32_t first, second; /* second: 0 if there is none */
};

extern const struct html_reference html_references[];
extern const uint16_t
    html_reference_firsts[129]; /* where those that begin with a byte, or a greater one, begin */

#endif
