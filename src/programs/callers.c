/* callers.c: those who are connected to the control socket. */
#include "programs/callers.h"

#include <sys/socket.h>
#include <unistd.h>

#include "programs/child.h"

enum { SILENT_MS = 10000 /* without a word: he makes room */ };

size_t callers_poll(const struct callers *callers, struct pollfd *polled)
{
    for (size_t i = 0; i < callers->count; i++)
        polled[i] = (struct pollfd){.fd = callers->lines[i].socket, .events = POLLIN};
    return callers->count;
}

static void hang_up(struct callers *callers, size_t i)
{
    close(callers->lines[i].socket);
    callers->lines[i] = callers->lines[--callers->count];
}

void callers_take(struct callers *callers, int listening, const struct control_groups *groups)
{
    struct caller_line *line = &callers->lines[callers->count];
    struct err err;
    int socket;

    if (callers->count == CALLERS)
        return;
    socket = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0)
        return;
    *line = (struct caller_line){.socket = socket, .since = milliseconds_now()};
    if (control_caller(socket, groups, &line->caller, &err))
        callers->count++;
    else
        close(socket);
}

static bool answer_to(const struct caller_line *line, struct frame *answer, struct arena *arena)
{
    enum frame_sent sent = FRAME_GONE;
    struct err err;
    str datagram;

    if (frame_write(answer, arena, &datagram, &err))
        sent = frame_send(line->socket, datagram, NULL, 0, &err);
    frame_free(answer);
    return sent == FRAME_SENT;
}

/* False: he is done. */
static bool serve(struct caller_line *line, struct control *control, struct arena *arena)
{
    struct frame frame, answer = {.head = NULL};
    struct err err;

    switch (frame_receive(line->socket, &frame, arena, &err)) {
    case FRAME_RECEIVED:
        break;
    case FRAME_NOTHING:
        return line->job || milliseconds_now() - line->since < SILENT_MS;
    case FRAME_END:
    case FRAME_BROKEN:
        return false;
    }
    line->since = milliseconds_now();
    if (line->job) { /* one thing at a time */
        frame_free(&frame);
        return false;
    }
    line->job = control_answer(control, &line->caller, &frame, &answer, arena);
    frame_free(&frame);
    if (!line->job)
        return answer_to(line, &answer, arena);
    frame_free(&answer);
    return true;
}

void callers_serve(struct callers *callers, struct control *control, struct arena *arena)
{
    for (size_t i = callers->count; i-- > 0;)
        if (!serve(&callers->lines[i], control, arena))
            hang_up(callers, i);
}

void callers_tell(struct callers *callers, int64_t job, struct frame *answer, struct arena *arena)
{
    size_t i = 0;

    while (i < callers->count && callers->lines[i].job != job)
        i++;
    if (i == callers->count) {
        frame_free(answer);
        return;
    }
    callers->lines[i].job = 0;
    callers->lines[i].since = milliseconds_now();
    if (!answer_to(&callers->lines[i], answer, arena))
        hang_up(callers, i);
}
