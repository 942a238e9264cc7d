/* courier.c: released mail on its way to the MTA. */
#include "programs/courier.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/frame.h"
#include "journal/release.h"
#include "programs/sandbox.h"
#include "programs/settings.h"

enum {
    CONNECT = 10, /* seconds */
    WHOLE = 600,  /* seconds for one recipient: the end of DATA alone may take as long (RFC 5321 4.5.3.2.6) */
    REPLY_MAX = 500,
    ADDRESS_MAX = 1000,
};

struct courier {
    struct arena *arena; /* of one frame */
    struct arena *kept;
    str smtp, helo, mail_from;
    int file;
};

/* One message to one recipient. */
struct sending {
    const struct courier *courier;
    str field; /* the token's, above the message */
    off_t at;  /* bytes of both that were read */
    bool all;  /* they were: from then on the MTA may have it */
    bool broken;
    char reply[REPLY_MAX]; /* the line of the MTA that counts */
    size_t reply_size;
    bool replied, refused;
};

/* ---- what curl calls ---- */

static size_t on_read(char *to, size_t size, size_t n, void *context)
{
    struct sending *sending = context;
    off_t field = (off_t)sending->field.n;
    ssize_t got;

    n *= size;
    if (sending->at < field) {
        str rest = str_sub(sending->field, (size_t)sending->at, n);

        memcpy(to, rest.p, rest.n);
        sending->at += (off_t)rest.n;
        return rest.n;
    }
    do
        got = pread(sending->courier->file, to, n, sending->at - field);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        sending->broken = true;
        return CURL_READFUNC_ABORT;
    }
    sending->at += got;
    sending->all |= got == 0;
    return (size_t)got;
}

/* Each line of the MTA. The one that counts is the last of the first reply that refuses, or that comes when
 * it has all; curl still says QUIT afterwards. */
static size_t on_line(char *line, size_t size, size_t n, void *context)
{
    struct sending *sending = context;
    str text = str_trim((str){line, size * n});
    bool refusal = text.n && (text.p[0] == '4' || text.p[0] == '5');

    if (sending->replied || (!refusal && !sending->all))
        return size * n;
    sending->reply_size = text.n < REPLY_MAX ? text.n : REPLY_MAX;
    memcpy(sending->reply, text.p, sending->reply_size);
    sending->refused = refusal;
    sending->replied = text.n < 4 || text.p[3] != '-';
    return size * n;
}

/* ---- one message ---- */

/* A path of a socket, or "ADDRESS:PORT". */
static void set_peer(CURL *curl, const struct courier *courier, struct arena *arena)
{
    bool path = str_starts(courier->smtp, S("/"));
    str host = path ? S("localhost") : courier->smtp;

    curl_easy_setopt(
        curl, CURLOPT_URL,
        arena_c_str(arena, arena_printf(arena, "smtp://%.*s/%.*s", PS(host), PS(courier->helo))));
    if (path)
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, arena_c_str(arena, courier->smtp));
}

/* In angle brackets, curl takes what is in there as it is. */
static const char *bracketed(str address, struct arena *arena)
{
    return arena_c_str(arena, arena_printf(arena, "<%.*s>", PS(address)));
}

static void set_all(CURL *curl, struct sending *sending, struct curl_slist *recipients, struct arena *arena)
{
    const struct courier *courier = sending->courier;

    set_peer(curl, courier, arena);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp");
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* whatever the environment says */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)WHOLE);
    if (courier->mail_from.n)
        curl_easy_setopt(curl, CURLOPT_MAIL_FROM, bracketed(courier->mail_from, arena));
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, sending);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_line);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, sending);
}

/* What is certain: it was taken; it was not, as the MTA said so or has not got all of it. */
static const char *judge(const struct sending *sending, CURLcode code)
{
    if (code == CURLE_OK)
        return "taken";
    return !sending->all || sending->refused ? "refused" : "";
}

static void send_message(const struct courier *courier, str token, str recipient, struct frame *answer)
{
    struct sending sending = {
        .courier = courier, .field = arena_printf(courier->arena, "%s: %.*s\r\n", RELEASE_FIELD, PS(token))};
    struct curl_slist *recipients = curl_slist_append(NULL, bracketed(recipient, courier->arena));
    CURL *curl = curl_easy_init();
    CURLcode code = CURLE_OUT_OF_MEMORY;
    str words;

    if (curl && recipients) {
        set_all(curl, &sending, recipients, courier->arena);
        code = curl_easy_perform(curl);
    }
    words = (str){sending.reply, sending.reply_size};
    if (code != CURLE_OK && !sending.refused)
        words = sending.broken ? S("the message can't be read") : str_from(curl_easy_strerror(code));
    frame_set_text(answer, "reply", str_from(judge(&sending, code)));
    frame_set_text(answer, "words", words);
    curl_easy_cleanup(curl);
    curl_slist_free_all(recipients);
}

/* ---- the keeper ---- */

static bool is_address(str address)
{
    for (size_t i = 0; i < address.n; i++)
        if ((unsigned char)address.p[i] < ' ' || address.p[i] == 0x7f || address.p[i] == '<' ||
            address.p[i] == '>')
            return false;
    return address.n <= ADDRESS_MAX;
}

static bool take_message(struct courier *courier, struct frame *frame)
{
    courier->smtp = arena_str(courier->kept, frame_text(frame, "smtp"));
    courier->helo = arena_str(courier->kept, frame_text(frame, "helo"));
    courier->mail_from = arena_str(courier->kept, frame->payload);
    courier->file = frame_take_file(frame, 0);
    return courier->file >= 0;
}

static bool answer_send(struct courier *courier, const struct frame *frame, struct err *err)
{
    struct frame answer = {.head = NULL};
    str datagram;
    bool ok;

    frame_set_number(&answer, "n", frame_number(frame, "n"));
    if (is_address(courier->mail_from) && is_address(frame->payload) && frame->payload.n) {
        send_message(courier, frame_text(frame, "token"), frame->payload, &answer);
    } else {
        frame_set_text(&answer, "reply", S("refused"));
        frame_set_text(&answer, "words", S("sender or recipient can't be written in SMTP"));
    }
    ok = frame_write(&answer, courier->arena, &datagram, err) &&
         frame_send(STDIN_FILENO, datagram, NULL, 0, err) == FRAME_SENT;
    frame_free(&answer);
    return ok;
}

static bool work(struct courier *courier, struct err *err)
{
    struct frame frame;
    bool ok = true;

    while (ok && frame_receive(STDIN_FILENO, &frame, courier->arena, err) == FRAME_RECEIVED) {
        str what = frame_text(&frame, "do");

        if (str_eq(what, S("message")) && courier->file < 0)
            ok = take_message(courier, &frame);
        else
            ok = str_eq(what, S("send")) && courier->file >= 0 && answer_send(courier, &frame, err);
        frame_free(&frame);
        arena_reset(courier->arena);
    }
    return ok;
}

int courier_main(void)
{
    struct courier courier = {.arena = arena_new(), .kept = arena_new(), .file = -1};
    int kind = 0;
    socklen_t size = sizeof(kind);
    struct err err = {""};
    bool ok;

    if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &kind, &size) != 0 || kind != SOCK_SEQPACKET)
        return STATUS_USAGE;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    if (!sandbox_common(&err) || curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK)
        return STATUS_OS;
    ok = work(&courier, &err);
    curl_global_cleanup();
    arena_free(courier.arena);
    arena_free(courier.kept);
    return ok ? STATUS_OK : STATUS_IO;
}
