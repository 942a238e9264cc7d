/* facts_table.h: the table of what facts hold, for the files facts*.c alone. */
#ifndef POSTERN_JUDGE_FACTS_TABLE_H
#define POSTERN_JUDGE_FACTS_TABLE_H

#include "judge/facts.h"

enum facts_kind {
    FACTS_TEXT,   /* str */
    FACTS_BOOL,   /* bool */
    FACTS_NUMBER, /* unsigned, of 4 or 8 bytes */
    FACTS_TIME,   /* int64_t, seconds; -1: there is none */
    FACTS_WORD,   /* an enum; `words` */
    FACTS_IP,     /* struct ip; family 0: not known */
    FACTS_NOTES,  /* struct notes */
    FACTS_COUNTS, /* an array of unsigned; an object of those that are not 0, by `words` */
    FACTS_FLAGS,  /* an array of bool; `words` are those that are set */
    FACTS_PART,   /* a struct within the struct */
    FACTS_LINK,   /* a pointer to a struct, or NULL */
    FACTS_LIST,   /* a pointer to structs, and their number (size_t or unsigned) at `count` */
};

enum { FACTS_FLAGS_MAX = 64 }; /* of one array of bool */

struct facts_words {
    const char *const *words; /* by value; NULL: the value has no word and can't be written */
    size_t n;
};

struct facts_field {
    const char *key;
    enum facts_kind kind;
    bool always; /* is written even if it is the default */
    size_t offset, size;
    size_t count;  /* FACTS_LIST: offset of the number */
    size_t stride; /* FACTS_COUNTS: bytes from one number to the next */
    const struct facts_words *words;
    const struct facts_shape *shape; /* FACTS_PART, FACTS_LINK, FACTS_LIST */
};

struct facts_shape {
    const struct facts_field *fields;
    size_t n;
    size_t size; /* of the struct */
};

/* struct facts itself, and two of its parts. */
extern const struct facts_shape facts_shape;
extern const struct facts_shape facts_sender_shape;  /* struct facts_sender */
extern const struct facts_shape facts_content_shape; /* struct content */

/* Access to a member; `of` is the struct. */
static inline void *facts_member(void *of, const struct facts_field *field)
{
    return (char *)of + field->offset;
}

static inline const void *facts_get(const void *of, const struct facts_field *field)
{
    return (const char *)of + field->offset;
}

/* A number of field->size bytes. */
uint64_t facts_number(const void *p, size_t size);
void facts_set_number(void *p, size_t size, uint64_t value);

#endif
