/* data.h: the files of data/, for tests. */
#ifndef POSTERN_TESTS_UNIT_CONTENT_DATA_H
#define POSTERN_TESTS_UNIT_CONTENT_DATA_H

#include <dirent.h>
#include <stdio.h>

#include "content/brands.h"
#include "content/lures.h"

static const uint32_t BRANDS_BASE = 1U << 20;

static inline str data_read(const char *name, struct arena *arena)
{
    char *text = arena_bytes(arena, 1 << 20);
    str path = arena_printf(arena, "%s/data/%s", POSTERN_SOURCE_ROOT, name);
    FILE *file = fopen(path.p, "rb");
    size_t n;

    assert_non_null(file);
    n = fread(text, 1, 1 << 20, file);
    fclose(file);
    return (str){text, n};
}

static inline void data_must(bool loaded, const struct buf *problems)
{
    if (!loaded || problems->n)
        fail_msg("%.*s", PS(buf_str(problems)));
}

static inline void data_lures(struct lures *lures, struct phrases *phrases, struct arena *arena)
{
    DIR *folder = opendir(POSTERN_SOURCE_ROOT "/data/lures");

    assert_non_null(folder);
    *lures = (struct lures){0};
    for (struct dirent *entry; (entry = readdir(folder));) {
        struct buf problems = buf_new(arena, 65536);
        str name = arena_printf(arena, "lures/%s", entry->d_name);

        if (str_ends(name, S(".yaml")))
            data_must(lures_load(lures, phrases, name, data_read(name.p, arena), arena, &problems),
                      &problems);
    }
    closedir(folder);
}

static inline void data_brands(struct brands *brands, struct phrases *phrases,
                               const struct suffixes *suffixes, struct arena *arena)
{
    struct buf problems = buf_new(arena, 65536);

    data_must(brands_load(brands, phrases, BRANDS_BASE, S("brands.yaml"), data_read("brands.yaml", arena),
                          suffixes, arena, &problems),
              &problems);
}

#endif
