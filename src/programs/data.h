/* data.h: the data files that programs read at their start: platforms, links, brands. */
#ifndef POSTERN_PROGRAMS_DATA_H
#define POSTERN_PROGRAMS_DATA_H

#include "auth/crypto.h"
#include "sender/platform.h"

/* The folder of data files: `said` if not empty, else $POSTERN_DATA, else the source tree's data/ for a
 * program that runs in the tree it was built in, else the installed folder. In the arena. */
str data_folder(str said, struct arena *arena);

/* One file below the folder, such as "brands.yaml", of at most LIMIT_CONF_BYTES. */
bool data_read(str folder, const char *name, struct arena *arena, str *text, struct err *err) MUST_USE;

/* All NAME.yaml of a folder below it, in alphabetic order; file names are whole paths. */
bool data_read_all(str folder, const char *name, struct arena *arena, struct platform_file **files,
                   size_t *count, struct err *err) MUST_USE;

/* All platforms. Owned by the caller. NULL with words; what is wrong in files goes to `problems`, a line
 * each. */
struct platforms *data_platforms(str folder, bool machine_code, struct arena *arena, struct buf *problems,
                                 struct err *err) MUST_USE;

/* All that the data files say: loaded once, then only read. */
struct data {
    struct arena *arena;
    struct platforms *platforms;
    str fingerprint; /* 16 hexadecimal digits that change with any of the files */
};

/* False, with words, if the files can't be used; what is wrong in them goes to `problems`, a line each. */
bool data_load(struct data *data, str folder, bool machine_code, struct crypto *crypto, struct buf *problems,
               struct err *err) MUST_USE;

/* NULL in its members is allowed. */
void data_free(struct data *data);

#endif
