/* zip.h: the directory of a zip archive; nothing is unpacked. */
#ifndef POSTERN_CONTENT_ZIP_H
#define POSTERN_CONTENT_ZIP_H

#include "base/str.h"

struct zip_facts {
    unsigned entries;
    bool encrypted; /* an entry is */
    bool broken;    /* there is no directory, or it ends too early: only the first entry was looked at */
    str first;      /* name of the first entry that is no folder */
    str runnable;   /* of the first that would be run, or shown as a page, if it was opened; empty: none */
};

/* Reads the central directory (APPNOTE 4.3.12), at most LIMIT_CONTENT_ENTRIES entries; without one, the first
 * local header. Never fails. Names are slices of the archive. */
void zip_read(struct zip_facts *facts, str bytes);

#endif
