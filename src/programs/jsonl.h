/* jsonl.h: a writer of JSON lines: commas and escapes are its business. */
#ifndef POSTERN_PROGRAMS_JSONL_H
#define POSTERN_PROGRAMS_JSONL_H

#include "auth/result.h"
#include "base/buf.h"
#include "base/note.h"

enum { JSONL_TEXT_MAX = 1000 }; /* bytes of a value; longer text is cut and ends in "..." */

struct jsonl {
    struct buf *buf;
    bool more; /* something stands before in this object or array */
};

/* key NULL: in an array, or at the top. bracket: '{' or '['; closed with '}' or ']'. */
void jsonl_open(struct jsonl *json, const char *key, char bracket);
void jsonl_close(struct jsonl *json, char bracket);
void jsonl_text(struct jsonl *json, const char *key, str value);
void jsonl_whole(struct jsonl *json, const char *key, str value); /* not cut */
void jsonl_number(struct jsonl *json, const char *key, int64_t value);
void jsonl_bool(struct jsonl *json, const char *key, bool value);
void jsonl_null(struct jsonl *json, const char *key);
void jsonl_result(struct jsonl *json, const char *key, enum result value);
void jsonl_notes(struct jsonl *json, const char *key, const struct notes *notes);

/* At most max bytes of s, cut between characters, with "..." where something is missing. */
str text_clip(str s, size_t max, struct arena *arena);

#endif
