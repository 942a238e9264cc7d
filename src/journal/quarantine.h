/* quarantine.h: messages that are held, byte for byte, until somebody decides or they expire.
 *
 * A directory (0700) with one zstd file a content, named by its SHA-256, and an index of what is held for
 * whom. One process writes; a lock file sees to that. Listing and reading need no writer. */
#ifndef POSTERN_JOURNAL_QUARANTINE_H
#define POSTERN_JOURNAL_QUARANTINE_H

#include "base/arena.h"
#include "base/err.h"

/* One message that is held. The same content may be held several times; it is stored once. */
struct quarantine_item {
    str id;       /* of its record in the journal: unique */
    int64_t time; /* when it was held */
    bool has_mail_from;
    str mail_from, from_domain;
    str result_class, reason;
    str direction;         /* a word of direction_names; may be empty */
    const str *recipients; /* whose copy is held */
    size_t recipient_count;
    uint8_t sha256[32]; /* of the raw message; filled in by quarantine_put() */
    uint64_t size;      /* of the raw message in bytes; likewise */
};

struct quarantine;

/* Opens a directory for writing and makes it if it is missing; what a crash left half written is removed.
 * NULL with words. */
struct quarantine *quarantine_open(str directory, struct err *err);
void quarantine_close(struct quarantine *quarantine);

/* Stores the message: its file is on the disk when this returns true; the item counts from
 * quarantine_commit() on. After false the item is not held, others that wait to be committed may be lost too:
 * quarantine_commit() tells. */
bool quarantine_put(struct quarantine *quarantine, struct quarantine_item *item, str raw,
                    struct err *err) MUST_USE;

/* Makes durable what was put since the last commit. False: none of it is held. */
bool quarantine_commit(struct quarantine *quarantine, struct err *err) MUST_USE;

/* Lets go of an item, and of its file if no other has the same content. *found is false if there is none. */
bool quarantine_delete(struct quarantine *quarantine, str id, bool *found, struct err *err) MUST_USE;

/* What is let go of at once: while the writer waits for the disk, nobody else's mail is written. */
enum { QUARANTINE_AT_ONCE = 256 };

/* The same for several, at most QUARANTINE_AT_ONCE, all or none; an id that is not there is passed over. */
bool quarantine_take_back(struct quarantine *quarantine, const str *ids, size_t n, struct err *err) MUST_USE;

/* Lets go of what was held before `before`, and then of the oldest until all files together have at most
 * max_bytes (0: no bound). *removed counts items; if it is QUARANTINE_AT_ONCE there may be more. If not,
 * files without an item that are older than an hour at `now` go too, those of a sixteenth of the folders a
 * call. */
bool quarantine_expire(struct quarantine *quarantine, int64_t before, uint64_t max_bytes, int64_t now,
                       size_t *removed, struct err *err) MUST_USE;

/* What is held now: items, and the bytes of all files. */
struct quarantine_size {
    uint64_t items, bytes;
};
bool quarantine_size(struct quarantine *quarantine, struct quarantine_size *size, struct err *err) MUST_USE;

struct quarantine_query {
    str id;               /* empty: any */
    str recipient;        /* likewise; any case */
    int64_t since, until; /* since <= time < until; until 0: no end */
    size_t limit;         /* 0: all */
};

/* Calls `found` for each item, the newest first; false ends it. The item lives until the return. Nothing is
 * open meanwhile, so `found` may take its time. A directory without an index is an empty quarantine. */
typedef bool quarantine_found(void *context, const struct quarantine_item *item);
bool quarantine_list(str directory, const struct quarantine_query *query, quarantine_found *found,
                     void *context, struct err *err) MUST_USE;

/* Copies what is held into an empty directory that exists, as one moment of it; the writer may go on in
 * another process. Files are linked where that can be, else copied. Each item of the copy has its file: what
 * was let go of while the copy was made is not in it. */
struct quarantine_copied {
    size_t items, dropped; /* the latter were let go of meanwhile */
};
bool quarantine_backup(str directory, str to, struct quarantine_copied *copied, struct err *err) MUST_USE;

enum quarantine_outcome {
    QUARANTINE_OK,
    QUARANTINE_MISSING, /* the file is not there */
    QUARANTINE_DAMAGED, /* it is no zstd file, cut short, over the stated size, or its hash is another */
    QUARANTINE_FAILED,  /* reading failed */
};

/* Reads an item's message into the arena and checks size and hash; on any outcome but QUARANTINE_OK *raw is
 * empty and err has words. Never takes more memory than the stated size and 10 MB. */
enum quarantine_outcome quarantine_read(str directory, const struct quarantine_item *item,
                                        struct arena *arena, str *raw, struct err *err) MUST_USE;

#endif
