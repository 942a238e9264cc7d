/* file.h: files as bytes. */
#ifndef POSTERN_PROGRAMS_FILE_H
#define POSTERN_PROGRAMS_FILE_H

#include "base/arena.h"
#include "base/err.h"

/* Reads a small file whole into the arena; one of over max bytes is an error. "-" is standard input. */
bool file_read(str path, size_t max, struct arena *arena, str *text, struct err *err) MUST_USE;

/* A file's bytes while they are needed: mapped where it is a plain file, read where it is a pipe. */
struct file_view {
    str bytes;
    void *map; /* NULL: there are none */
    size_t map_size;
};

/* "-" is standard input. *too_big is set, with the error, where it has more than max bytes. The arena is for
 * the path. */
bool file_open(struct file_view *view, str path, size_t max, struct arena *arena, bool *too_big,
               struct err *err) MUST_USE;
void file_close(struct file_view *view);

/* Makes a new file with these bytes; `replace`: or puts it in the place of the old one. mode as in open(2).
 */
bool file_write(str path, str text, unsigned mode, bool replace, struct arena *arena,
                struct err *err) MUST_USE;

#endif
