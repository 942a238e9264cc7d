/* frame.c: datagrams between processes. */
#include "base/frame.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"

enum { LENGTH = 4 }; /* of the length */

/* ---- datagrams ---- */

bool frame_write(const struct frame *frame, struct arena *arena, str *datagram, struct err *err)
{
    size_t room = LIMIT_FRAME_HEAD, n;
    char *bytes = arena_bytes(arena, LENGTH + room + frame->payload.n);

    assert(json_is_object(frame->head));
    n = json_dumpb(frame->head, bytes + LENGTH, room, JSON_COMPACT);
    if (n == 0 || n > room)
        return err_set(err, "the head of a frame has more than %d bytes", LIMIT_FRAME_HEAD);
    if (LENGTH + n + frame->payload.n > LIMIT_FRAME)
        return err_set(err, "a frame of %zu bytes, more than %d", LENGTH + n + frame->payload.n, LIMIT_FRAME);
    for (unsigned i = 0; i < LENGTH; i++)
        bytes[i] = (char)(n >> (24 - 8 * i) & 0xff);
    if (frame->payload.n)
        memcpy(bytes + LENGTH + n, frame->payload.p, frame->payload.n);
    *datagram = (str){bytes, LENGTH + n + frame->payload.n};
    return true;
}

/* jansson recurses into what is nested; this does not. Brackets within strings don't count. */
static bool too_deep(str json)
{
    unsigned depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']') && depth)
            depth--;
        if (depth > LIMIT_FRAME_DEPTH)
            return true;
    }
    return false;
}

bool frame_read(struct frame *frame, str datagram, struct err *err)
{
    json_error_t error;
    size_t n = 0;
    str head;

    frame->head = NULL;
    frame->payload = S("");
    if (datagram.n < LENGTH || datagram.n > LIMIT_FRAME)
        return err_set(err, "a frame of %zu bytes", datagram.n);
    for (unsigned i = 0; i < LENGTH; i++)
        n = n << 8 | (unsigned char)datagram.p[i];
    if (n > LIMIT_FRAME_HEAD || n > datagram.n - LENGTH)
        return err_set(err, "a frame of %zu bytes whose head has %zu", datagram.n, n);
    head = str_sub(datagram, LENGTH, n);
    if (too_deep(head))
        return err_set(err, "a head that is nested deeper than %d levels", LIMIT_FRAME_DEPTH);
    frame->head = json_loadb(head.p, head.n, JSON_REJECT_DUPLICATES, &error);
    if (!frame->head)
        return err_set(err, "a head that is no JSON (%s)", error.text);
    if (!json_is_object(frame->head)) {
        json_decref(frame->head);
        frame->head = NULL;
        return err_set(err, "a head that is no object");
    }
    frame->payload = str_skip(datagram, LENGTH + n);
    return true;
}

/* ---- sockets ---- */

/* Room for the files, aligned as a control message wants it. */
union control {
    char bytes[CMSG_SPACE(FRAME_FILES * sizeof(int))];
    struct cmsghdr align;
};

enum frame_sent frame_send(int socket, str datagram, const int *files, size_t file_count, struct err *err)
{
    union control control;
    struct iovec part = {(void *)(uintptr_t)datagram.p, datagram.n};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t sent;

    assert(file_count <= FRAME_FILES);
    if (file_count) {
        memset(&control, 0, sizeof(control));
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(file_count * sizeof(int));
        *CMSG_FIRSTHDR(&message) = (struct cmsghdr){.cmsg_len = CMSG_LEN(file_count * sizeof(int)),
                                                    .cmsg_level = SOL_SOCKET,
                                                    .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), files, file_count * sizeof(int));
    }
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return FRAME_SENT;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
        return FRAME_FULL;
    err_errno(err, errno, "can't send a frame of %zu bytes", datagram.n);
    return FRAME_GONE;
}

/* Keeps at most FRAME_FILES of them; false, and all are closed, if there were more. */
static bool take_files(struct frame *frame, struct msghdr *message)
{
    bool fits = !(message->msg_flags & MSG_CTRUNC);

    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        size_t n = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < n; i++) {
            int file;

            memcpy(&file, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
            if (frame->file_count < FRAME_FILES) {
                frame->files[frame->file_count++] = file;
            } else {
                close(file);
                fits = false;
            }
        }
    }
    return fits;
}

enum frame_received frame_receive(int socket, struct frame *frame, struct arena *arena, struct err *err)
{
    union control control;
    char *bytes = arena_bytes(arena, LIMIT_FRAME);
    struct iovec part = {bytes, LIMIT_FRAME};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t n;
    bool ok;

    *frame = (struct frame){.head = NULL};
    do
        n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return FRAME_NOTHING;
    if (n < 0 && errno != ECONNRESET) {
        err_errno(err, errno, "can't receive a frame");
        return FRAME_BROKEN;
    }
    ok = n < 0 || take_files(frame, &message);
    if (n <= 0) { /* an empty datagram looks like the end, and may carry files */
        frame_free(frame);
        return FRAME_END;
    }
    if (!ok || message.msg_flags & MSG_TRUNC)
        err_set(err,
                message.msg_flags & MSG_TRUNC ? "a frame that is too long" : "a frame with too many files");
    else if (frame_read(frame, (str){bytes, (size_t)n}, err))
        return FRAME_RECEIVED;
    frame_free(frame);
    return FRAME_BROKEN;
}

void frame_free(struct frame *frame)
{
    json_decref(frame->head);
    frame->head = NULL;
    for (size_t i = 0; i < frame->file_count; i++)
        if (frame->files[i] >= 0)
            close(frame->files[i]);
    frame->file_count = 0;
}

int frame_take_file(struct frame *frame, size_t number)
{
    int file = number < frame->file_count ? frame->files[number] : -1;

    if (file >= 0)
        frame->files[number] = -1;
    return file;
}

/* ---- members ---- */

str frame_text(const struct frame *frame, const char *key)
{
    const json_t *value = json_object_get(frame->head, key);

    return json_is_string(value) ? (str){json_string_value(value), json_string_length(value)} : S("");
}

int64_t frame_number(const struct frame *frame, const char *key)
{
    return json_integer_value(json_object_get(frame->head, key));
}

bool frame_true(const struct frame *frame, const char *key)
{
    return json_is_true(json_object_get(frame->head, key));
}

void frame_set_text(struct frame *frame, const char *key, str text)
{
    struct arena *arena;
    struct buf buf;

    if (!frame->head)
        frame->head = json_object();
    if (utf8_valid(text) && str_find(text, '\0') == text.n) {
        json_object_set_new(frame->head, key, json_stringn(text.n ? text.p : "", text.n));
        return;
    }
    arena = arena_new();
    buf = buf_new(arena, 3 * text.n); /* U+FFFD has three bytes */
    for (size_t n; text.n; text = str_skip(text, n)) {
        uint32_t c = utf8_step(text, &n);

        utf8_add(&buf, c ? c : UTF8_REPLACEMENT);
    }
    json_object_set_new(frame->head, key, json_stringn(buf.p, buf.n));
    arena_free(arena);
}

void frame_set_number(struct frame *frame, const char *key, int64_t number)
{
    if (!frame->head)
        frame->head = json_object();
    json_object_set_new(frame->head, key, json_integer(number));
}
