/* test_workers.c: many pieces of work in several processes. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "programs/workers.h"

struct seen {
    size_t next;  /* the number that has to come */
    size_t lost;  /* how many were */
    size_t bytes; /* of all output */
    size_t stop_at;
    size_t kills; /* 1 in `kills` pieces ends its process; 0: none */
    size_t size;  /* of the output of a piece */
};

static void piece(void *context, size_t number, struct arena *arena, struct work_outcome *outcome)
{
    struct seen *seen = context;
    char *out = arena_bytes(arena, seen->size);

    if (seen->kills && number % seen->kills == 0) {
        if (number % 2)
            _exit(3);
        kill(getpid(), SIGKILL);
    }
    if (number % 7 == 3)
        usleep(2000); /* so that later ones are done before */
    memset(out, (int)('a' + number % 26), seen->size);
    outcome->out = (str){out, seen->size};
    outcome->status = (unsigned)(number % 3);
    outcome->complaint = number % 5 ? S("") : S("odd");
}

static void lost(void *context, size_t number, const char *how, struct arena *arena,
                 struct work_outcome *outcome)
{
    (void)context;
    outcome->out = arena_printf(arena, "lost %zu %s", number, how);
}

static bool done(void *context, size_t number, const struct work_outcome *outcome)
{
    struct seen *seen = context;

    assert_int_equal(number, seen->next);
    seen->next++;
    seen->bytes += outcome->out.n;
    if (seen->kills && number % seen->kills == 0) {
        str wanted = number % 2 ? S("ended with status 3") : S("was ended by signal 9 (Killed)");

        assert_true(str_ends(outcome->out, wanted));
        assert_int_equal(outcome->status, 70);
        seen->lost++;
    } else {
        assert_int_equal(outcome->out.n, seen->size);
        assert_true(seen->size == 0 || outcome->out.p[seen->size - 1] == (char)('a' + number % 26));
        assert_int_equal(outcome->status, number % 3);
        assert_int_equal(outcome->complaint.n, number % 5 ? 0 : 3);
    }
    return seen->next != seen->stop_at;
}

static void waiting(void *context, size_t count)
{
    const struct seen *seen = context;

    assert_int_equal(count, seen->next);
}

static void run(struct seen *seen, size_t count, unsigned jobs)
{
    struct work work = {.count = count,
                        .jobs = jobs,
                        .context = seen,
                        .piece = piece,
                        .lost = lost,
                        .done = done,
                        .waiting = waiting};
    struct err err;

    assert_true(workers_run(&work, &err));
}

static void test_order(void **state)
{
    static const struct {
        size_t count, size;
        unsigned jobs;
    } rows[] = {{1, 10, 1}, {1, 0, 4}, {500, 100, 1}, {2000, 1000, 4}, {40, 300000, 3}, {17, 1, 16}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct seen seen = {.size = rows[i].size};

        run(&seen, rows[i].count, rows[i].jobs);
        assert_int_equal(seen.next, rows[i].count);
        assert_int_equal(seen.bytes, rows[i].count * rows[i].size);
    }
}

static void test_death(void **state)
{
    static const struct {
        size_t count, kills, lost;
        unsigned jobs;
    } rows[] = {{1, 1, 1, 1}, {20, 1, 20, 2}, {100, 9, 12, 1}, {300, 10, 30, 4}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct seen seen = {.size = 5000, .kills = rows[i].kills};

        run(&seen, rows[i].count, rows[i].jobs);
        assert_int_equal(seen.next, rows[i].count);
        assert_int_equal(seen.lost, rows[i].lost);
    }
}

static void test_stop(void **state)
{
    struct seen seen = {.size = 10, .stop_at = 5};

    (void)state;
    run(&seen, 1000, 3);
    assert_int_equal(seen.next, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_death),
        cmocka_unit_test(test_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
