/* test_quarantine.c: what is held is whole, durable and found again; damage has an outcome. */
#include "store.h"

#include "base/limits.h"
#include "journal/quarantine.h"
#include "journal/quarantine_file.h"

#include <utime.h>
#include <zstd.h>

static const str two[] = {STR("a@example.com"), STR("B@example.com")};

static struct quarantine *open_well(void)
{
    struct err err;
    struct quarantine *quarantine = quarantine_open(store_within("q"), &err);

    if (!quarantine)
        fail_msg("%s", err.words);
    return quarantine;
}

static struct quarantine_item new_item(const char *id, int64_t time)
{
    return (struct quarantine_item){.id = str_from(id),
                                    .time = time,
                                    .has_mail_from = true,
                                    .mail_from = S("sender@example.net"),
                                    .from_domain = S("example.net"),
                                    .result_class = S("dmarc-reject"),
                                    .reason = S("the author's domain asks for it"),
                                    .recipients = two,
                                    .recipient_count = 2};
}

static void put(struct quarantine *quarantine, const char *id, int64_t time, str raw)
{
    struct quarantine_item item = new_item(id, time);
    struct err err;

    if (!quarantine_put(quarantine, &item, raw, &err) || !quarantine_commit(quarantine, &err))
        fail_msg("%s", err.words);
}

struct listed {
    struct arena *arena;
    str ids; /* joined by spaces */
    struct quarantine_item last;
    size_t n;
};

static bool on_item(void *context, const struct quarantine_item *item)
{
    struct listed *listed = context;

    listed->ids =
        arena_printf(listed->arena, "%.*s%s%.*s", PS(listed->ids), listed->n ? " " : "", PS(item->id));
    listed->n++;
    listed->last = *item;
    listed->last.id = arena_str(listed->arena, item->id);
    return true;
}

static struct listed list(struct arena *arena, struct quarantine_query query)
{
    struct listed listed = {.arena = arena};
    struct err err;

    if (!quarantine_list(store_within("q"), &query, on_item, &listed, &err))
        fail_msg("%s", err.words);
    return listed;
}

static void test_round_trip(void **state)
{
    struct arena *arena = arena_new();
    struct quarantine *quarantine = open_well();
    char *large = arena_bytes(arena, 3000000);
    const str raws[] = {S(""), S("From: a@example.net\r\n\r\n\0text"), {large, 3000000}};
    struct stat status;
    struct err err;
    str raw;

    (void)state;
    for (size_t i = 0; i < 3000000; i++)
        large[i] = (char)(i * i >> 7);
    for (size_t i = 0; i < 3; i++) {
        char id[] = {(char)('x' + i), 0};
        struct listed listed;

        put(quarantine, id, 1000 + i, raws[i]);
        listed = list(arena, (struct quarantine_query){.id = str_from(id)});
        assert_int_equal(listed.n, 1);
        assert_int_equal(listed.last.size, raws[i].n);
        assert_int_equal(quarantine_read(store_within("q"), &listed.last, arena, &raw, &err), QUARANTINE_OK);
        assert_true(str_eq(raw, raws[i]));
        assert_int_equal(stat(quarantine_path(store_within("q"), listed.last.sha256, arena), &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
    assert_int_equal(stat(store_within("q").p, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    quarantine_close(quarantine);
    arena_free(arena);
}

static bool on_fields(void *context, const struct quarantine_item *item)
{
    bool *seen = context;

    assert_true(str_eq(item->id, S("one")) && item->time == 5 && item->has_mail_from);
    assert_true(str_eq(item->mail_from, S("sender@example.net")) &&
                str_eq(item->from_domain, S("example.net")));
    assert_true(str_eq(item->result_class, S("dmarc-reject")) && str_starts(item->reason, S("the author")));
    assert_int_equal(item->recipient_count, 2);
    assert_true(str_eq(item->recipients[0], two[0]) && str_eq(item->recipients[1], two[1]));
    *seen = true;
    return true;
}

static void test_list(void **state)
{
    static const struct {
        struct quarantine_query query;
        const char *wanted;
    } rows[] = {
        {{.limit = 0}, "four three two one"},
        {{.limit = 2}, "four three"},
        {{.since = 6, .until = 8}, "three two"},
        {{.id = STR("two")}, "two"},
        {{.id = STR("six")}, ""},
        {{.recipient = STR("b@EXAMPLE.com")}, "four three two one"},
        {{.recipient = STR("c@example.com")}, ""},
        {{.recipient = STR("' OR 1 --")}, ""},
    };
    struct arena *arena = arena_new();
    struct quarantine *quarantine;
    struct quarantine_query any = {0};
    struct err err;
    bool seen = false;

    (void)state;
    assert_int_equal(list(arena, any).n, 0); /* there is nothing yet */
    quarantine = open_well();
    put(quarantine, "one", 5, S("1"));
    assert_true(quarantine_list(store_within("q"), &any, on_fields, &seen, &err) && seen);
    put(quarantine, "two", 6, S("2"));
    put(quarantine, "three", 6, S("3"));
    put(quarantine, "four", 8, S("4"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        str ids = list(arena, rows[i].query).ids;

        if (!str_eq(ids, str_from(rows[i].wanted)))
            fail_msg("row %zu: %.*s", i, PS(ids));
    }
    quarantine_close(quarantine);
    arena_free(arena);
}

/* The same content is one file, and goes with the last that has it. */
static void test_shared(void **state)
{
    struct arena *arena = arena_new();
    struct quarantine *quarantine = open_well();
    struct quarantine_size size, again;
    struct err err;
    const char *path;
    bool found;

    (void)state;
    put(quarantine, "one", 1, S("the same"));
    assert_true(quarantine_size(quarantine, &size, &err));
    put(quarantine, "two", 2, S("the same"));
    assert_true(quarantine_size(quarantine, &again, &err));
    assert_int_equal(again.items, 2);
    assert_int_equal(again.bytes, size.bytes);
    path = quarantine_path(store_within("q"), list(arena, (struct quarantine_query){0}).last.sha256, arena);
    assert_true(quarantine_delete(quarantine, S("one"), &found, &err) && found);
    assert_int_equal(access(path, F_OK), 0);
    assert_true(quarantine_delete(quarantine, S("one"), &found, &err) && !found);
    assert_true(quarantine_delete(quarantine, S("two"), &found, &err) && found);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(list(arena, (struct quarantine_query){0}).n, 0);
    quarantine_close(quarantine);
    arena_free(arena);
}

/* ---- damage ---- */

static void replace_file(const char *path, const char *text, size_t n)
{
    FILE *file = fopen(path, "wb");
    size_t room = ZSTD_compressBound(n);
    char *packed = malloc(room);

    assert_true(file && packed);
    n = ZSTD_compress(packed, room, text, n, 19);
    assert_int_equal(fwrite(packed, 1, n, file), n);
    fclose(file);
    free(packed);
}

static void cut_short(const char *path)
{
    store_damage(path, 20, 0);
}

static void flip(const char *path)
{
    store_damage(path, 12, 4);
}

static void empty(const char *path)
{
    store_damage(path, 0, 0);
}

static void no_zstd(const char *path)
{
    store_damage(path, 0, 8);
}

static void append(const char *path)
{
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    store_damage(path, status.st_size, 5);
}

static void other_content(const char *path)
{
    replace_file(path, "another message of just as many bytes, but not the one.", 55);
}

static void shorter(const char *path)
{
    replace_file(path, "another", 7);
}

static void bomb(const char *path)
{
    char *zeros = calloc(1, 50000000);

    replace_file(path, zeros, 50000000);
    free(zeros);
}

static void gone(const char *path)
{
    assert_int_equal(unlink(path), 0);
}

static const struct {
    void (*damage)(const char *path);
    enum quarantine_outcome wanted;
    const char *words;
} damages[] = {
    {cut_short, QUARANTINE_DAMAGED, "cut short"},   {flip, QUARANTINE_DAMAGED, "damaged"},
    {empty, QUARANTINE_DAMAGED, "cut short"},       {no_zstd, QUARANTINE_DAMAGED, "Unknown frame descriptor"},
    {append, QUARANTINE_DAMAGED, "behind its end"}, {other_content, QUARANTINE_DAMAGED, "another hash"},
    {shorter, QUARANTINE_DAMAGED, "less in it"},    {bomb, QUARANTINE_DAMAGED, "more in it"},
    {gone, QUARANTINE_MISSING, "No such file"},
};

static void test_damage(void **state)
{
    static const str message = STR("From: a@example.com\r\nSubject: a message\r\n\r\nfor a test\r\n");
    struct quarantine *quarantine = open_well();

    (void)state;
    for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
        struct arena *arena = arena_new();
        struct quarantine_item item;
        size_t before;
        struct err err;
        bool found;
        str raw;

        put(quarantine, "one", 1, message);
        item = list(arena, (struct quarantine_query){0}).last;
        damages[i].damage(quarantine_path(store_within("q"), item.sha256, arena));
        before = arena_size(arena);
        if (quarantine_read(store_within("q"), &item, arena, &raw, &err) != damages[i].wanted ||
            !strstr(err.words, damages[i].words) || raw.n)
            fail_msg("row %zu: %s", i, err.words);
        assert_true(arena_size(arena) - before < 1000000);
        /* The same message again makes it good. */
        put(quarantine, "two", 2, message);
        assert_int_equal(quarantine_read(store_within("q"), &item, arena, &raw, &err), QUARANTINE_OK);
        assert_true(quarantine_delete(quarantine, S("one"), &found, &err));
        assert_true(quarantine_delete(quarantine, S("two"), &found, &err));
        arena_free(arena);
    }
    quarantine_close(quarantine);
}

/* ---- retention ---- */

/* Often enough that all folders were swept. */
static void expire_all(struct quarantine *quarantine, int64_t now)
{
    size_t removed;
    struct err err;

    for (int i = 0; i < 16; i++) {
        assert_true(quarantine_expire(quarantine, 0, 0, now, &removed, &err));
        assert_int_equal(removed, 0);
    }
}

static void test_expire(void **state)
{
    struct arena *arena = arena_new();
    struct quarantine *quarantine = open_well();
    struct quarantine_item item;
    struct utimbuf old = {1000, 1000};
    uint8_t sha256[32] = {7};
    struct quarantine_size size;
    size_t removed;
    struct err err;
    const char *path;

    (void)state;
    put(quarantine, "one", 10, S("1"));
    put(quarantine, "two", 20, S("2"));
    put(quarantine, "three", 30, S("3"));
    put(quarantine, "four", 40, S("4"));
    item = list(arena, (struct quarantine_query){.id = STR("one")}).last;
    assert_true(quarantine_expire(quarantine, 20, 0, 50, &removed, &err));
    assert_int_equal(removed, 1);
    assert_int_equal(access(quarantine_path(store_within("q"), item.sha256, arena), F_OK), -1);
    assert_true(str_eq(list(arena, (struct quarantine_query){0}).ids, S("four three two")));
    assert_true(quarantine_size(quarantine, &size, &err));
    assert_true(quarantine_expire(quarantine, 0, size.bytes - 1, 50, &removed, &err));
    assert_int_equal(removed, 1);
    assert_true(str_eq(list(arena, (struct quarantine_query){0}).ids, S("four three")));
    /* A file without an item, as a crash between file and commit leaves it: once it is old. */
    assert_true(quarantine_write_file(store_within("q"), sha256, S("nobody's"), arena, &err));
    path = quarantine_path(store_within("q"), sha256, arena);
    expire_all(quarantine, 50);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(utime(path, &old), 0);
    expire_all(quarantine, 1000 + 3600);
    assert_int_equal(access(path, F_OK), 0);
    expire_all(quarantine, 1001 + 3600);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(list(arena, (struct quarantine_query){0}).n, 2);
    quarantine_close(quarantine);
    arena_free(arena);
}

/* More than go at once, all of one content: its file goes with the last of them. */
static void test_expire_many(void **state)
{
    struct arena *arena = arena_new();
    struct quarantine *quarantine = open_well();
    struct quarantine_item item = new_item("", 1);
    size_t removed;
    struct err err;
    char id[16];

    (void)state;
    for (int i = 0; i < QUARANTINE_AT_ONCE + 1; i++) {
        snprintf(id, sizeof(id), "m%d", i);
        item.id = str_from(id);
        assert_true(quarantine_put(quarantine, &item, S("the same"), &err));
    }
    assert_true(quarantine_commit(quarantine, &err));
    assert_true(quarantine_expire(quarantine, 2, 0, 50, &removed, &err));
    assert_int_equal(removed, QUARANTINE_AT_ONCE);
    assert_int_equal(access(quarantine_path(store_within("q"), item.sha256, arena), F_OK), 0);
    assert_true(quarantine_expire(quarantine, 2, 0, 50, &removed, &err));
    assert_int_equal(removed, 1);
    assert_int_equal(access(quarantine_path(store_within("q"), item.sha256, arena), F_OK), -1);
    quarantine_close(quarantine);
    arena_free(arena);
}

static void test_take_back(void **state)
{
    struct arena *arena = arena_new();
    struct quarantine *quarantine = open_well();
    const str ids[] = {S("one"), S("never there"), S("three")};
    struct err err;

    (void)state;
    put(quarantine, "one", 10, S("1"));
    put(quarantine, "two", 20, S("1"));
    put(quarantine, "three", 30, S("3"));
    assert_true(quarantine_take_back(quarantine, ids, 3, &err));
    assert_true(str_eq(list(arena, (struct quarantine_query){0}).ids, S("two")));
    assert_true(quarantine_take_back(quarantine, ids, 3, &err));
    quarantine_close(quarantine);
    arena_free(arena);
}

/* ---- the environment ---- */

static void test_open(void **state)
{
    struct quarantine *quarantine = open_well();
    struct quarantine_item item = new_item("one", 1);
    struct quarantine_query any = {0};
    struct err err;
    FILE *file = fopen(store_within("q/tmp/left").p, "w");

    (void)state;
    fclose(file);
    assert_null(quarantine_open(store_within("q"), &err));
    assert_non_null(strstr(err.words, "another process"));
    put(quarantine, "one", 1, S("1"));
    assert_false(quarantine_put(quarantine, &item, S("1"), &err)); /* the id is there */
    assert_non_null(strstr(err.words, "there already"));
    item.id = S("two");
    assert_true(quarantine_put(quarantine, &item, S("2"), &err)); /* never committed */
    quarantine_close(quarantine);
    quarantine = open_well();
    assert_int_equal(access(store_within("q/tmp/left").p, F_OK), -1);
    assert_true(quarantine_commit(quarantine, &err)); /* nothing to commit */
    quarantine_close(quarantine);
    unlink(store_within("q/index.db-wal").p);
    store_damage(store_within("q/index.db").p, 0, 60);
    assert_null(quarantine_open(store_within("q"), &err));
    assert_non_null(strstr(err.words, "damaged"));
    assert_false(quarantine_list(store_within("q"), &any, on_item, NULL, &err));
    assert_non_null(strstr(err.words, "damaged"));
    assert_null(quarantine_open(store_within("no/such"), &err));
    assert_non_null(strstr(err.words, "No such file"));
}

/* A disk that takes no more: words, and nothing is held; then it goes on. */
static void work_full(int fd)
{
    struct quarantine *quarantine = open_well();
    struct quarantine_item item = new_item("one", 1);
    static char noise[300000];
    struct err err;
    unsigned x = 1;

    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (char)((x = x * 1664525 + 1013904223) >> 24);
    store_limit_files(100000);
    if (quarantine_put(quarantine, &item, (str){noise, sizeof(noise)}, &err) ||
        !strstr(err.words, "File too large"))
        _exit(2);
    if (rmdir(store_within("q/tmp").p) < 0) /* nothing was left in it */
        _exit(3);
    mkdir(store_within("q/tmp").p, 0700);
    store_limit_files(RLIM_INFINITY);
    if (!quarantine_put(quarantine, &item, (str){noise, sizeof(noise)}, &err) ||
        !quarantine_commit(quarantine, &err))
        _exit(4);
    store_say(fd, 1);
    quarantine_close(quarantine);
}

static void test_full(void **state)
{
    struct store_child child = store_fork(work_full);
    struct arena *arena = arena_new();
    uint32_t number;

    (void)state;
    assert_true(store_hear(&child, &number));
    assert_int_equal(store_wait(&child), 0);
    assert_int_equal(list(arena, (struct quarantine_query){0}).n, 1);
    arena_free(arena);
}

/* ---- kill -9 ---- */

static void work_until_killed(int fd)
{
    struct quarantine *quarantine = open_well();
    char id[40], text[60];
    struct err err;

    for (uint32_t i = 1;; i++) {
        struct quarantine_item item;

        snprintf(id, sizeof(id), "%d-%u", (int)getpid(), i);
        snprintf(text, sizeof(text), "message %s", id);
        item = new_item(id, i);
        if (!quarantine_put(quarantine, &item, str_from(text), &err) || !quarantine_commit(quarantine, &err))
            _exit(1);
        store_say(fd, i);
    }
}

static void test_kill(void **state)
{
    struct arena *arena = arena_new();
    size_t acknowledged = 0, held;

    (void)state;
    for (unsigned round = 1; round <= 4; round++) {
        struct store_child child = store_fork(work_until_killed);
        uint32_t number = 0;

        while (number < 5 * round && store_hear(&child, &number))
            continue;
        number = store_kill(&child, number);
        assert_true(number >= 5 * round);
        acknowledged += number;
        for (uint32_t i = 1; i <= number; i++) {
            char *id = arena_c_str(arena, arena_printf(arena, "%d-%u", (int)child.pid, i));
            struct listed listed = list(arena, (struct quarantine_query){.id = str_from(id)});
            struct err err;
            str raw;

            assert_int_equal(listed.n, 1);
            assert_int_equal(quarantine_read(store_within("q"), &listed.last, arena, &raw, &err),
                             QUARANTINE_OK);
            assert_true(str_eq(raw, arena_printf(arena, "message %s", id)));
        }
    }
    held = list(arena, (struct quarantine_query){0}).n;
    assert_true(held >= acknowledged && held <= acknowledged + 4);
    arena_free(arena);
}

/* A file whose row was removed since the copy of the index was made is what a missing file looks like. */
static void test_backup(void **state)
{
    struct arena *arena = arena_new();
    struct quarantine *quarantine = open_well();
    struct quarantine_copied copied;
    struct listed listed = {.arena = arena};
    struct quarantine_item item;
    struct err err;
    str raw;

    (void)state;
    put(quarantine, "one", 1, S("one"));
    put(quarantine, "two", 2, S("two"));
    put(quarantine, "again", 3, S("one"));
    quarantine_digest(S("two"), item.sha256);
    assert_int_equal(unlink(quarantine_path(store_within("q"), item.sha256, arena)), 0);
    assert_int_equal(mkdir(arena_c_str(arena, store_within("copy")), 0700), 0);
    if (!quarantine_backup(store_within("q"), store_within("copy"), &copied, &err))
        fail_msg("%s", err.words);
    assert_int_equal(copied.items, 2);
    assert_int_equal(copied.dropped, 1);
    assert_true(quarantine_list(store_within("copy"), &(struct quarantine_query){.limit = 0}, on_item,
                                &listed, &err));
    assert_true(str_eq(listed.ids, S("again one")));
    assert_int_equal(quarantine_read(store_within("copy"), &listed.last, arena, &raw, &err), QUARANTINE_OK);
    assert_true(str_eq(raw, S("one")));
    assert_false(quarantine_backup(store_within("q"), store_within("none"), &copied, &err));
    quarantine_close(quarantine);
    arena_free(arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_make, store_remove)
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip), TEST(test_list),   TEST(test_shared),      TEST(test_damage),
        TEST(test_backup),     TEST(test_expire), TEST(test_expire_many), TEST(test_take_back),
        TEST(test_open),       TEST(test_full),   TEST(test_kill),
    };

    return cmocka_run_group_tests_name("quarantine", tests, NULL, NULL);
}
