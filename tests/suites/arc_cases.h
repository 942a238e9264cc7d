/* arc_cases.h: what the two runners of the public ARC test suite share. */
#ifndef POSTERN_TESTS_ARC_CASES_H
#define POSTERN_TESTS_ARC_CASES_H

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "auth/arc_seal.h"
#include "suite.h"

/* A case of the suite with the keys of its group. */
struct test_case {
    const char *name;
    json_t *values;
    json_t *group;
};

static inline str text_of(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    return value ? (str){json_string_value(value), json_string_length(value)} : S("");
}

/* Messages stand there with LF; they are sent with CRLF. */
static inline str with_crlf(str text, struct arena *arena)
{
    struct buf buf = buf_new(arena, SIZE_MAX);

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n')
            buf_add_char(&buf, '\r');
        buf_add_char(&buf, text.p[i]);
    }
    return buf_str(&buf);
}

static inline void give_keys(struct ask *ask, json_t *records)
{
    const char *name;
    json_t *record;

    json_object_foreach(records, name, record)
    {
        struct dns_answer *answer = arena_new_of(ask->arena, struct dns_answer);

        *answer = (struct dns_answer){.name = str_from(name), .type = DNS_TXT, .status = DNS_OK, .n = 1};
        answer->records = arena_new_of(ask->arena, struct dns_record);
        answer->records->text = (str){json_string_value(record), json_string_length(record)};
        ask_give(ask, answer);
    }
}

static inline void close_others(struct ask *ask)
{
    for (struct question *question = ask->first; question; question = question->next)
        if (!question->answer) {
            struct dns_answer *answer = arena_new_of(ask->arena, struct dns_answer);

            *answer = (struct dns_answer){.name = question->name, .type = DNS_TXT, .status = DNS_NXDOMAIN};
            ask_answer(ask, question, answer);
        }
}

static inline void verify(struct arc *arc, struct mail *mail, const struct test_case *test,
                          struct arena *arena, struct crypto *crypto)
{
    struct arc_params params = {0};
    struct ask ask;

    mail_parse(mail, with_crlf(text_of(test->values, "message"), arena), arena);
    ask_init(&ask, arena, 12345);
    give_keys(&ask, json_object_get(test->group, "txt-records"));
    *arc = (struct arc){0};
    while (!arc_verify(arc, mail, &ask, crypto, &params))
        close_others(&ask);
}

static inline int run_arc_suite(const char *name, const char *file, int count, char **arguments,
                                const struct suite_difference *differences, size_t difference_count,
                                void (*run_case)(struct suite *, const struct test_case *, struct crypto *))
{
    struct err err;
    struct crypto *crypto = crypto_new(&err);
    struct suite suite;
    json_error_t error;
    json_t *groups, *group, *values;
    struct test_case test;
    size_t i;
    str text;
    int status;

    if (!crypto) {
        fprintf(stderr, "%s\n", err.words);
        return 1;
    }
    if (!suite_open(&suite, name, file, count, arguments, &text, &status)) {
        crypto_free(crypto);
        return status;
    }
    suite.differences = differences;
    suite.difference_count = difference_count;
    groups = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    if (!groups)
        printf("# %s: line %d: %s\n", file, error.line, error.text);
    json_array_foreach(groups, i, group)
    {
        json_object_foreach(json_object_get(group, "tests"), test.name, values)
        {
            test.values = values;
            test.group = group;
            run_case(&suite, &test, crypto);
        }
    }
    json_decref(groups);
    crypto_free(crypto);
    return suite_close(&suite);
}

#endif
