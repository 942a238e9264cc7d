/* facts_rows.h: how the tables of facts are written, for the files facts*.c alone. */
#ifndef POSTERN_JUDGE_FACTS_ROWS_H
#define POSTERN_JUDGE_FACTS_ROWS_H

#include "judge/facts_table.h"

/* ---- words ---- */

#define WORDS(name, ...)                                                                                     \
    static const char *const name##_list[] = {__VA_ARGS__};                                                  \
    static const struct facts_words name = {name##_list, sizeof(name##_list) / sizeof(*name##_list)}

/* Words that stand beside their enumeration. */
#define NAMES(name, names) static const struct facts_words name = {names, sizeof(names) / sizeof(*names)}

/* ---- rows ---- */

#define PLACE(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define TEXT(type, key, member)                                                                              \
    {                                                                                                        \
        key, FACTS_TEXT, PLACE(type, member)                                                                 \
    }
#define BOOL(type, key, member)                                                                              \
    {                                                                                                        \
        key, FACTS_BOOL, PLACE(type, member)                                                                 \
    }
#define NUMBER(type, key, member)                                                                            \
    {                                                                                                        \
        key, FACTS_NUMBER, PLACE(type, member)                                                               \
    }
#define TIME(type, key, member)                                                                              \
    {                                                                                                        \
        key, FACTS_TIME, PLACE(type, member)                                                                 \
    }
#define WORD(type, key, member, list)                                                                        \
    {                                                                                                        \
        key, FACTS_WORD, PLACE(type, member), .words = &list                                                 \
    }
#define RESULT(type, key, member)                                                                            \
    {                                                                                                        \
        key, FACTS_WORD, true, PLACE(type, member), .words = &result_words                                   \
    }
#define IP(type, key, member)                                                                                \
    {                                                                                                        \
        key, FACTS_IP, PLACE(type, member)                                                                   \
    }
#define NOTES(type, key, member)                                                                             \
    {                                                                                                        \
        key, FACTS_NOTES, PLACE(type, member)                                                                \
    }
#define PART(type, key, member, of)                                                                          \
    {                                                                                                        \
        key, FACTS_PART, PLACE(type, member), .shape = &of                                                   \
    }
#define LINK(type, key, member, of)                                                                          \
    {                                                                                                        \
        key, FACTS_LINK, PLACE(type, member), .shape = &of                                                   \
    }
#define LIST(type, key, member, number, of)                                                                  \
    {                                                                                                        \
        key, FACTS_LIST, .offset = offsetof(type, member), .size = sizeof(((type *)0)->number),              \
                         .count = offsetof(type, number), .shape = &of                                       \
    }
/* Several keys in an object of their own that are members of the struct itself. */
#define GROUP(key, of)                                                                                       \
    {                                                                                                        \
        key, FACTS_PART, .shape = &of                                                                        \
    }
#define SHAPE(name, type)                                                                                    \
    static const struct facts_shape name = {name##_fields, sizeof(name##_fields) / sizeof(*name##_fields),   \
                                            sizeof(type)}
/* An array of numbers by an enumeration; `step`: from one to the next, where these stand in structs. */
#define COUNTS(type, key, member, step, list)                                                                \
    {                                                                                                        \
        key, FACTS_COUNTS, .offset = offsetof(type, member), .size = sizeof(((type *)0)->member),            \
                           .stride = (step), .words = &list                                                  \
    }
#define FLAGS(type, key, member, list)                                                                       \
    {                                                                                                        \
        key, FACTS_FLAGS, PLACE(type, member), .words = &list                                                \
    }

#endif
