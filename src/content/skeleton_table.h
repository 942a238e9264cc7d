/* skeleton_table.h: what each character becomes in a skeleton; for skeleton.c alone. Generated:
 * tools/skeleton-table. */
#ifndef POSTERN_CONTENT_SKELETON_TABLE_H
#define POSTERN_CONTENT_SKELETON_TABLE_H

#include <stdint.h>

enum {
    SKELETON_PAGE_BITS = 6,
    SKELETON_LAST = 0x30000, /* from here on characters stay as they are */
};

/* The page of each 64 characters; the place in the pool of each character of a page: 0 it stays, 1 it goes;
 * at a place, a byte (class << 5 | length) and so many bytes of UTF-8. */
enum skeleton_class { SKELETON_LATIN, SKELETON_OTHER, SKELETON_STYLED };
extern const uint16_t skeleton_pages[];
extern const uint16_t skeleton_places[];
extern const uint8_t skeleton_pool[];

#endif
