/* The board: counts of several processes, and which message a process died on. */
#include "programs/board.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void digest(uint8_t bytes[BOARD_DIGEST], int n)
{
    memset(bytes, 0, BOARD_DIGEST);
    memcpy(bytes, &n, sizeof(n));
}

static bool is_poison(const struct board *board, int n)
{
    uint8_t bytes[BOARD_DIGEST];

    digest(bytes, n);
    return board_is_poison(board, bytes);
}

/* In a process of its own at that desk: messages from `first` on come, `working` of them is worked on (-1:
 * none). */
static void visit(struct board *board, unsigned desk, int first, int n, int working, bool leave)
{
    pid_t pid = fork();
    struct err err;
    int how;

    if (pid == 0) {
        uint8_t bytes[BOARD_DIGEST];
        int sessions[8];

        if (!board_sit(board, desk, &err))
            _exit(1);
        for (int i = 0; i < n; i++) {
            digest(bytes, first + i);
            sessions[i] = board_enter(board, bytes);
            board_count(board, COUNT_messages);
            if (sessions[i] < 0)
                _exit(2);
        }
        if (working >= 0)
            board_work(board, sessions[working]);
        if (leave) {
            board_rest(board);
            for (int i = 0; i < n; i++)
                board_leave(board, sessions[i]);
        }
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_int_equal(how, 0);
}

static void suspects_what_was_worked_on(void **state)
{
    struct err err;
    struct board *board = board_new(&err);
    struct suspect suspects[8];

    (void)state;
    assert_non_null(board);
    visit(board, 3, 10, 3, 1, false);
    assert_true(board_busy_since(board, 3) > 0);
    assert_int_equal(board_clear(board, 3, true, suspects, 8), 1);
    assert_int_equal(suspects[0].crashes, 1);
    assert_int_equal(board_busy_since(board, 3), 0);
    assert_false(is_poison(board, 11));
    visit(board, 4, 11, 1, 0, false); /* the other one there is the same message */
    assert_int_equal(board_clear(board, 4, true, suspects, 8), 1);
    assert_int_equal(suspects[0].crashes, 2);
    assert_true(is_poison(board, 11));
    assert_false(is_poison(board, 10));
    assert_int_equal(board_sum(board, COUNT_messages), 4);
    board_free(board);
}

static void suspects_all_when_none_was_worked_on(void **state)
{
    struct err err;
    struct board *board = board_new(&err);
    struct suspect suspects[8];

    (void)state;
    visit(board, 0, 1, 3, -1, false);
    assert_int_equal(board_clear(board, 0, true, suspects, 8), 3);
    visit(board, 0, 1, 3, -1, false);
    assert_int_equal(board_clear(board, 0, true, suspects, 2), 2);
    assert_true(is_poison(board, 1) && is_poison(board, 2));
    assert_false(is_poison(board, 3));
    board_free(board);
}

static void suspects_nobody(void **state)
{
    struct err err;
    struct board *board = board_new(&err);
    struct suspect suspects[8];

    (void)state;
    for (int i = 0; i < 3; i++) {
        visit(board, 5, 1, 3, 1, true); /* they had gone */
        assert_int_equal(board_clear(board, 5, true, suspects, 8), 0);
        visit(board, 5, 1, 3, 1, false); /* it was told to end */
        assert_int_equal(board_clear(board, 5, false, suspects, 8), 0);
    }
    assert_false(is_poison(board, 2));
    board_free(board);
}

static void forgets_the_oldest(void **state)
{
    struct err err;
    struct board *board = board_new(&err);
    struct suspect suspects[8];
    uint8_t bytes[BOARD_DIGEST];

    (void)state;
    for (int i = 0; i < 2; i++) {
        visit(board, 0, 7, 1, 0, false);
        board_clear(board, 0, true, suspects, 8);
    }
    assert_true(is_poison(board, 7));
    for (int i = 0; i < BOARD_SUSPECTS; i++) {
        digest(bytes, 1000 + i);
        assert_int_equal(board_sum(board, COUNT_failed), 0);
        /* The parent has no desk among the workers: enter there by hand. */
        visit(board, 0, 1000 + i, 1, 0, false);
        assert_int_equal(board_clear(board, 0, true, suspects, 8), 1);
        if (i == BOARD_SUSPECTS - 2)
            assert_true(is_poison(board, 7));
    }
    assert_false(is_poison(board, 7));
    board_free(board);
}

static int end_of(void (*deed)(struct board *), unsigned desk)
{
    struct err err;
    struct board *board = board_new(&err);
    pid_t pid = fork();
    int how;

    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL); /* not the sanitizer's */
        if (!board_sit(board, desk, &err))
            _exit(1);
        deed(board);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &how, 0), pid);
    board_free(board);
    return how;
}

static void look_at_all(struct board *board)
{
    if (board_sum(board, COUNT_messages) != 0)
        _exit(3);
}

static void may_write_only_at_its_desk(void **state)
{
    int how = end_of(look_at_all, 1);

    (void)state;
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGSEGV);
    assert_int_equal(end_of(look_at_all, BOARD_KEEPER), 0);
}

static void is_full_at_some_time(void **state)
{
    struct err err;
    struct board *board = board_new(&err);
    uint8_t bytes[BOARD_DIGEST] = {1};

    (void)state;
    for (int i = 0; i < BOARD_SESSIONS; i++)
        assert_int_equal(board_enter(board, bytes), i);
    assert_int_equal(board_enter(board, bytes), -1);
    board_leave(board, 17);
    assert_int_equal(board_enter(board, bytes), 17);
    board_free(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suspects_what_was_worked_on),
        cmocka_unit_test(suspects_all_when_none_was_worked_on),
        cmocka_unit_test(suspects_nobody),
        cmocka_unit_test(forgets_the_oldest),
        cmocka_unit_test(may_write_only_at_its_desk),
        cmocka_unit_test(is_full_at_some_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
