/* Frames: what is written is read, what an enemy sends is refused, and no file leaks. */
#include "base/frame.h"
#include "base/limits.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static unsigned open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned n = 0;

    assert_non_null(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static str datagram_of(struct arena *arena, size_t length, str head, str payload)
{
    char *bytes = arena_bytes(arena, 4 + head.n + payload.n);

    for (int i = 0; i < 4; i++)
        bytes[i] = (char)(length >> (24 - 8 * i));
    memcpy(bytes + 4, head.p, head.n);
    memcpy(bytes + 4 + head.n, payload.p, payload.n);
    return (str){bytes, 4 + head.n + payload.n};
}

static void reads_what_it_wrote(void **state)
{
    struct arena *arena = arena_new();
    struct frame frame = {.payload = S("a\0b")}, copy;
    struct err err;
    str datagram;

    (void)state;
    frame_set_text(&frame, "do", S("record"));
    frame_set_text(&frame, "odd", S("a\xff\0\xc3\xa9"));
    frame_set_number(&frame, "n", -7);
    json_object_set_new(frame.head, "held", json_true());
    assert_true(frame_write(&frame, arena, &datagram, &err));
    assert_true(frame_read(&copy, datagram, &err));
    assert_true(str_eq(copy.payload, S("a\0b")));
    assert_true(str_eq(frame_text(&copy, "do"), S("record")));
    assert_true(str_eq(frame_text(&copy, "odd"), S("a\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9")));
    assert_int_equal(frame_number(&copy, "n"), -7);
    assert_true(frame_true(&copy, "held"));
    assert_int_equal(frame_text(&copy, "n").n, 0);
    assert_int_equal(frame_number(&copy, "do"), 0);
    assert_false(frame_true(&copy, "missing"));
    copy.file_count = 0;
    frame_free(&copy);
    frame_free(&frame);
    arena_free(arena);
}

static void refuses(void **state)
{
    static const struct {
        str head;
        int longer; /* than the head: what the length says */
        const char *words;
    } rows[] = {
        {STR("{}"), 1, "whose head has 3"},
        {STR("{}"), LIMIT_FRAME_HEAD, "whose head has 65538"},
        {STR(""), 0, "no JSON"},
        {STR("{\"a\":1,\"a\":1}"), 0, "duplicate"},
        {STR("[]"), 0, "no object"},
        {STR("{\"a\":[[[[[[[[]]]]]]]]}"), 0, "nested"},
        {STR("{\"a\":\"\xe9\"}"), 0, "no JSON"},
        {STR("{} {}"), 0, "no JSON"},
        {STR("{\"a\":\"\\u0000\"}"), 0, "no JSON"},
    };
    struct arena *arena = arena_new();
    struct frame frame;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str datagram = datagram_of(arena, rows[i].head.n + (size_t)rows[i].longer, rows[i].head, S(""));

        assert_false(frame_read(&frame, datagram, &err));
        assert_null(frame.head);
        assert_non_null(strstr(err.words, rows[i].words));
    }
    assert_false(frame_read(&frame, S("abc"), &err));
    assert_false(frame_read(&frame, (str){arena_bytes(arena, LIMIT_FRAME + 1), LIMIT_FRAME + 1}, &err));
    arena_free(arena);
}

static void writes_no_more_than_it_reads(void **state)
{
    struct arena *arena = arena_new();
    char *text = arena_alloc(arena, LIMIT_FRAME);
    struct frame frame = {.head = json_object()};
    struct err err;
    str datagram;

    (void)state;
    memset(text, 'x', LIMIT_FRAME);
    frame.payload = (str){text, LIMIT_FRAME - 4 - 2};
    assert_true(frame_write(&frame, arena, &datagram, &err));
    frame.payload.n++;
    assert_false(frame_write(&frame, arena, &datagram, &err));
    frame.payload.n = 0;
    frame_set_text(&frame, "a", (str){text, LIMIT_FRAME_HEAD - 8});
    assert_true(frame_write(&frame, arena, &datagram, &err));
    frame_set_text(&frame, "a", (str){text, LIMIT_FRAME_HEAD - 7});
    assert_false(frame_write(&frame, arena, &datagram, &err));
    frame_free(&frame);
    arena_free(arena);
}

static void travels_with_files(void **state)
{
    struct arena *arena = arena_new();
    struct frame frame = {.payload = S("body")}, copy;
    int ends[2], pipes[2];
    unsigned before = open_files();
    struct err err;
    str datagram;
    char c;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
    assert_int_equal(pipe(pipes), 0);
    frame_set_text(&frame, "do", S("store"));
    assert_true(frame_write(&frame, arena, &datagram, &err));
    assert_int_equal(frame_receive(ends[1], &copy, arena, &err), FRAME_NOTHING);
    assert_int_equal(frame_send(ends[0], datagram, &pipes[1], 1, &err), FRAME_SENT);
    assert_int_equal(frame_receive(ends[1], &copy, arena, &err), FRAME_RECEIVED);
    assert_true(str_eq(copy.payload, S("body")));
    assert_int_equal(copy.file_count, 1);
    assert_true(fcntl(copy.files[0], F_GETFD) & FD_CLOEXEC);
    assert_int_equal(write(copy.files[0], "x", 1), 1);
    assert_int_equal(read(pipes[0], &c, 1), 1);
    close(frame_take_file(&copy, 0));
    assert_int_equal(frame_take_file(&copy, 0), -1);
    assert_int_equal(frame_take_file(&copy, 1), -1);
    frame_free(&copy);
    close(ends[0]);
    assert_int_equal(frame_receive(ends[1], &copy, arena, &err), FRAME_END);
    assert_int_equal(frame_send(ends[1], datagram, NULL, 0, &err), FRAME_GONE);
    close(ends[1]);
    close(pipes[0]);
    close(pipes[1]);
    frame_free(&frame);
    assert_int_equal(open_files(), before);
    arena_free(arena);
}

/* Sends bytes with n copies of a file, as nobody honest does. */
static void send_badly(int socket, str bytes, size_t n)
{
    union {
        char bytes[CMSG_SPACE(64 * sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec part = {(void *)(uintptr_t)bytes.p, bytes.n};
    struct msghdr message = {&(struct sockaddr){0},       0, &part, 1, control.bytes,
                             CMSG_SPACE(n * sizeof(int)), 0};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);

    message.msg_name = NULL;
    *head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(n * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    for (size_t i = 0; i < n; i++)
        memcpy(CMSG_DATA(head) + i * sizeof(int), &(int){STDIN_FILENO}, sizeof(int));
    assert_int_equal(sendmsg(socket, &message, 0), bytes.n);
}

static void leaks_no_file(void **state)
{
    static const struct {
        str bytes;
        size_t files;
        enum frame_received wanted;
    } rows[] = {
        {STR("\0\0\0\2{}"), 5, FRAME_BROKEN},   {STR("\0\0\0\2{}"), 64, FRAME_BROKEN},
        {STR("\0\0\0\2{]"), 3, FRAME_BROKEN},   {STR("x"), 4, FRAME_BROKEN},
        {STR("\0\0\0\2{}"), 4, FRAME_RECEIVED}, {STR(""), 2, FRAME_END},
    };
    struct arena *arena = arena_new();
    struct frame frame;
    struct err err;
    int ends[2];
    unsigned before;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    before = open_files();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        send_badly(ends[0], rows[i].bytes, rows[i].files);
        assert_int_equal(frame_receive(ends[1], &frame, arena, &err), rows[i].wanted);
        if (rows[i].wanted == FRAME_RECEIVED)
            frame_free(&frame);
        assert_int_equal(open_files(), before);
    }
    close(ends[0]);
    close(ends[1]);
    arena_free(arena);
}

static void knows_a_frame_that_was_cut(void **state)
{
    struct arena *arena = arena_new();
    char *bytes = arena_alloc(arena, LIMIT_FRAME + 1);
    struct frame frame;
    struct err err;
    int ends[2];

    (void)state;
    memcpy(bytes, "\0\0\0\2{}", 6);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
    assert_int_equal(send(ends[0], bytes, LIMIT_FRAME + 1, 0), LIMIT_FRAME + 1);
    assert_int_equal(frame_receive(ends[1], &frame, arena, &err), FRAME_BROKEN);
    assert_non_null(strstr(err.words, "too long"));
    while (frame_send(ends[0], (str){bytes, LIMIT_FRAME}, NULL, 0, &err) == FRAME_SENT)
        ;
    assert_int_equal(frame_send(ends[0], (str){bytes, LIMIT_FRAME}, NULL, 0, &err), FRAME_FULL);
    close(ends[0]);
    close(ends[1]);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(refuses),
        cmocka_unit_test(writes_no_more_than_it_reads),
        cmocka_unit_test(travels_with_files),
        cmocka_unit_test(leaks_no_file),
        cmocka_unit_test(knows_a_frame_that_was_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
