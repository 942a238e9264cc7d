/* data.h: the data files that programs read at their start: what is known of the world. */
#ifndef POSTERN_PROGRAMS_DATA_H
#define POSTERN_PROGRAMS_DATA_H

#include "auth/crypto.h"
#include "content/brands.h"
#include "content/lures.h"
#include "content/mailboxes.h"
#include "sender/hosting.h"
#include "sender/platform.h"
#include "scan.h"

/* The folder of data files: `said` if not empty, else $POSTERN_DATA, else the source tree's data/ for a
 * program that runs in the tree it was built in, else the installed folder. In the arena. */
str data_folder(str said, struct arena *arena);

/* All that the data files say: loaded once, then only read. */
struct data {
    struct arena *arena;
    struct platforms *platforms;
    struct unwrap *unwrap;
    struct hosting *hosting;
    struct phrases *phrases; /* of lures and brands together */
    struct lures lures;
    struct brands brands;
    struct lookalikes *mailboxes;
    str fingerprint; /* 16 hexadecimal digits that change with any of the files */
};

/* False, with words, if the files can't be used; what is wrong in them goes to `problems`, a line each. */
bool data_load(struct data *data, str folder, bool machine_code, const struct suffixes *suffixes,
               struct crypto *crypto, struct buf *problems, struct err *err) MUST_USE;

/* What identify and examine are given of it. */
void data_give(const struct data *data, const struct suffixes *suffixes, struct scan_params *params);

/* Also one that was not loaded, or zeroed. */
void data_free(struct data *data);

#endif
