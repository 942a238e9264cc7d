/* fuzz_answers.c: answer files: what is written reads again as the same, byte for byte. */
#include "ask/answers.h"
#include "fuzz.h"

#include <assert.h>

enum { WRITTEN_MAX = 1 << 26 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct answers first;
    struct answers second;
    struct buf once = buf_new(arena, WRITTEN_MAX);
    struct buf twice = buf_new(arena, WRITTEN_MAX);
    struct err err = {""};

    if (answers_parse(&first, S("input"), (str){(const char *)data, size}, arena, &err)) {
        answers_write_file(&once, &first);
        assert(!once.full);
        assert(answers_parse(&second, S("written"), buf_str(&once), arena, &err));
        answers_write_file(&twice, &second);
        assert(str_eq(buf_str(&once), buf_str(&twice)));
    } else {
        assert(str_starts(str_from(err.words), S("input:")));
        assert(str_find(str_from(err.words), ';') < strlen(err.words));
    }
    arena_free(arena);
    return 0;
}
