/* The line to the keeper: answers find their requests, and nobody waits for a keeper that is gone. */
#include "programs/link.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct waiter {
    unsigned answers, losses;
    int64_t said;
};

static void on_answer(void *context, struct frame *answer)
{
    struct waiter *waiter = context;

    if (answer) {
        waiter->answers++;
        waiter->said = frame_number(answer, "say");
    } else {
        waiter->losses++;
    }
}

static uint64_t ask(struct link *link, struct waiter *waiter, str payload, int file)
{
    struct frame frame = {.payload = payload, .files = {file}, .file_count = file >= 0};
    struct err err;
    uint64_t number;

    frame_set_text(&frame, "do", S("test"));
    number = link_ask(link, &frame, on_answer, waiter, &err);
    frame.file_count = 0; /* still ours */
    frame_free(&frame);
    return number;
}

/* As the keeper: reads one request; 0 if there is none. */
static int64_t read_one(int socket, struct arena *arena, bool *file)
{
    struct frame frame;
    struct err err;
    int64_t number;

    if (frame_receive(socket, &frame, arena, &err) != FRAME_RECEIVED)
        return 0;
    number = frame_number(&frame, "n");
    if (file)
        *file = frame.file_count == 1;
    frame_free(&frame);
    return number;
}

static void say(int socket, int64_t number, int64_t what, struct arena *arena)
{
    struct frame frame = {.head = NULL};
    struct err err;
    str datagram;

    frame_set_number(&frame, "n", number);
    frame_set_number(&frame, "say", what);
    assert_true(frame_write(&frame, arena, &datagram, &err));
    assert_int_equal(frame_send(socket, datagram, NULL, 0, &err), FRAME_SENT);
    frame_free(&frame);
}

struct fixture {
    uv_loop_t loop;
    struct link *link;
    struct arena *arena;
    int keeper; /* the other end */
};

static int open_line(struct fixture *fixture)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    link_open(fixture->link, ends[0]);
    return ends[1];
}

static struct fixture set_up(void)
{
    struct fixture fixture = {.arena = arena_new()};

    return fixture;
}

static void begin(struct fixture *fixture)
{
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    fixture->link = link_new(&fixture->loop);
    fixture->keeper = open_line(fixture);
}

static void end(struct fixture *fixture)
{
    link_free(fixture->link);
    close(fixture->keeper);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    arena_free(fixture->arena);
}

static void answers_in_any_order(void **state)
{
    struct fixture fixture = set_up();
    struct waiter waiters[3] = {{0}};
    int64_t numbers[3];

    (void)state;
    begin(&fixture);
    for (int i = 0; i < 3; i++)
        assert_true(ask(fixture.link, &waiters[i], S("x"), -1) > 0);
    for (int i = 0; i < 3; i++)
        numbers[i] = read_one(fixture.keeper, fixture.arena, NULL);
    say(fixture.keeper, numbers[2], 32, fixture.arena);
    say(fixture.keeper, 12345, 99, fixture.arena); /* nobody's */
    say(fixture.keeper, numbers[0], 30, fixture.arena);
    say(fixture.keeper, numbers[2], 99, fixture.arena); /* answered before */
    uv_run(&fixture.loop, UV_RUN_NOWAIT);
    assert_true(waiters[2].answers == 1 && waiters[2].said == 32);
    assert_true(waiters[0].answers == 1 && waiters[0].said == 30);
    assert_int_equal(waiters[1].answers + waiters[1].losses, 0);
    end(&fixture);
    assert_int_equal(waiters[1].answers + waiters[1].losses, 0);
}

static void nobody_waits_for_a_keeper_that_is_gone(void **state)
{
    struct fixture fixture = set_up();
    struct waiter first = {0}, second = {0}, forgotten = {0};
    int old;

    (void)state;
    begin(&fixture);
    ask(fixture.link, &first, S(""), -1);
    link_forget(fixture.link, ask(fixture.link, &forgotten, S(""), -1));
    close(fixture.keeper);
    uv_run(&fixture.loop, UV_RUN_NOWAIT);
    assert_int_equal(first.losses, 1);
    assert_int_equal(forgotten.losses, 0);
    assert_int_equal(ask(fixture.link, &first, S(""), -1), 0);

    old = open_line(&fixture);
    ask(fixture.link, &second, S(""), -1);
    fixture.keeper = open_line(&fixture); /* a new one, while the old one has not answered */
    assert_int_equal(second.losses, 1);
    ask(fixture.link, &second, S(""), -1);
    say(fixture.keeper, read_one(fixture.keeper, fixture.arena, NULL), 5, fixture.arena);
    uv_run(&fixture.loop, UV_RUN_NOWAIT);
    assert_true(second.answers == 1 && second.said == 5);
    close(old);
    end(&fixture);
}

/* More than the socket holds: kept, files too, and sent when the keeper reads. */
static void keeps_what_the_keeper_does_not_read(void **state)
{
    enum { MANY = 300 };
    struct fixture fixture = set_up();
    struct waiter waiter = {0};
    char *payload = arena_alloc(fixture.arena, 60000);
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC), read_until = 0;
    int64_t number;
    bool has_file;

    (void)state;
    begin(&fixture);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(ask(fixture.link, &waiter, (str){payload, 60000}, file), i + 1);
    close(file);
    for (int turn = 0; turn < 10 * MANY && read_until < MANY; turn++) {
        while ((number = read_one(fixture.keeper, fixture.arena, &has_file)) > 0) {
            assert_int_equal(number, ++read_until);
            assert_true(has_file);
            say(fixture.keeper, number, number, fixture.arena);
            uv_run(&fixture.loop, UV_RUN_NOWAIT);
            arena_reset(fixture.arena);
        }
        uv_run(&fixture.loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(waiter.answers, MANY);
    end(&fixture);
}

static void refuses_what_is_too_large(void **state)
{
    struct fixture fixture = set_up();
    struct waiter waiter = {0};
    char *payload = arena_alloc(fixture.arena, 200000);

    (void)state;
    begin(&fixture);
    assert_int_equal(ask(fixture.link, &waiter, (str){payload, 200000}, -1), 0);
    assert_true(ask(fixture.link, &waiter, S("small"), -1) > 0);
    assert_int_equal(waiter.losses, 0);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_in_any_order),
        cmocka_unit_test(nobody_waits_for_a_keeper_that_is_gone),
        cmocka_unit_test(keeps_what_the_keeper_does_not_read),
        cmocka_unit_test(refuses_what_is_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
