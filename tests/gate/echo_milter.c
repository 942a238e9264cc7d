/* echo_milter.c: a milter for tests with real MTAs: writes down what it is given, verifies its DKIM
 * signatures, and does what the message tells it to.
 *
 * usage: echo_milter inet:PORT|unix:PATH DIRECTORY [ANSWERS]
 *
 * Message N leaves DIRECTORY/N.eml, its raw bytes, and DIRECTORY/N.txt, lines of "key value". Each field
 * "X-Do:" of a message is an instruction:
 *
 *     insert INDEX NAME VALUE      change INDEX NAME VALUE      add NAME VALUE      delete INDEX NAME
 *     add-recipient ADDRESS        delete-recipient ADDRESS     from ADDRESS        body TEXT
 *     hold WHY                     reject [CODE STATUS TEXT]    tempfail [CODE STATUS TEXT]
 *     discard                      wait MILLISECONDS */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ask/answers.h"
#include "auth/dkim.h"
#include "gate/milter.h"
#include "gate/raw.h"

enum { EDITS = 64, ANSWERS_MAX = 65536 };

struct job {
    struct milter_session *session;
    uv_timer_t timer;
    struct arena *arena;
    struct milter_reply reply;
    struct milter_edit edits[EDITS];
    uint64_t wait;
};

static uv_loop_t loop;
static struct milter *milter;
static struct crypto *crypto;
static struct answers answers;
static const char *directory;
static int spool_directory;
static unsigned messages;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- what is written down ---- */

static FILE *open_file(const char *suffix)
{
    char name[4096];
    FILE *file;

    snprintf(name, sizeof(name), "%s/%u%s", directory, messages, suffix);
    file = fopen(name, "w");
    if (!file)
        die(name);
    return file;
}

static void write_dkim(FILE *file, const struct mail *mail, struct arena *arena)
{
    struct dkim dkim = {.done = false};
    struct dkim_params params = {.clock_skew = 300};
    struct ask ask;

    ask_init(&ask, arena, time(NULL));
    ask_begin(&ask, ASK_DKIM);
    while (!dkim_verify(&dkim, mail, &ask, crypto, &params)) {
        answers_answer(&answers, &ask);
        ask_begin(&ask, ASK_DKIM);
    }
    for (size_t i = 0; i < dkim.n; i++)
        fprintf(file, "dkim %.*s %s %.*s\n", PS(dkim.signatures[i].selector),
                result_name(dkim.signatures[i].result), PS(dkim.signatures[i].reason));
}

static void write_message(const struct milter_message *message, const struct mail *mail, struct arena *arena)
{
    static const char *const macros[] = {"j", "i", "daemon_name", "auth_authen", "mail_addr", "rcpt_addr"};
    const struct envelope *envelope = &message->envelope;
    FILE *file = open_file(".eml");

    fwrite(message->raw.p, 1, message->raw.n, file);
    fclose(file);
    file = open_file(".txt");
    fprintf(file, "client %.*s %.*s\nhelo %.*s\nmail-from %.*s\n", PS(message->client_name),
            PS(ip_format(envelope->client, arena)), PS(envelope->helo), PS(envelope->mail_from));
    for (size_t i = 0; i < envelope->recipient_count; i++)
        fprintf(file, "rcpt %.*s\n", PS(envelope->recipients[i]));
    for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
        fprintf(file, "macro %s %.*s\n", macros[i], PS(milter_macro(message, str_from(macros[i]))));
    fprintf(file, "listener %.*s\nactions 0x%x\nspool %s\n", PS(message->listener), message->actions,
            message->spool < 0 ? "no" : "yes");
    write_dkim(file, mail, arena);
    fclose(file);
}

/* ---- instructions ---- */

static str word(str *rest)
{
    str one;

    *rest = str_trim(*rest);
    one = str_sub(*rest, 0, str_find(*rest, ' '));
    *rest = str_trim(str_skip(*rest, one.n));
    return one;
}

static uint32_t number(str *rest)
{
    uint64_t value = 0;

    if (!str_to_u64(word(rest), UINT32_MAX, &value))
        fprintf(stderr, "echo_milter: a number is missing\n");
    return (uint32_t)value;
}

static void add_edit(struct job *job, enum milter_edit_kind kind, bool has_index, bool has_name, str rest)
{
    struct milter_edit edit = {.kind = kind};

    if (job->reply.edit_count == EDITS)
        return;
    if (has_index)
        edit.index = number(&rest);
    if (has_name)
        edit.name = arena_str(job->arena, word(&rest));
    if (has_name && rest.n > 0)
        edit.value = arena_join(job->arena, S(" "), rest, S(""));
    else
        edit.value = arena_str(job->arena, rest);
    job->edits[job->reply.edit_count++] = edit;
}

static void answer_with(struct job *job, enum milter_verdict verdict, str rest)
{
    job->reply.verdict = verdict;
    job->reply.code = arena_str(job->arena, word(&rest));
    job->reply.status = arena_str(job->arena, word(&rest));
    job->reply.text = arena_str(job->arena, rest);
}

static void obey(struct job *job, str instruction)
{
    static const struct {
        const char *verb;
        enum milter_edit_kind kind;
        bool has_index, has_name;
    } rows[] = {
        {"insert", MILTER_EDIT_INSERT_HEADER, true, true},
        {"change", MILTER_EDIT_CHANGE_HEADER, true, true},
        {"delete", MILTER_EDIT_DELETE_HEADER, true, true},
        {"add", MILTER_EDIT_ADD_HEADER, false, true},
        {"add-recipient", MILTER_EDIT_ADD_RECIPIENT, false, false},
        {"delete-recipient", MILTER_EDIT_DELETE_RECIPIENT, false, false},
        {"from", MILTER_EDIT_CHANGE_FROM, false, false},
        {"body", MILTER_EDIT_REPLACE_BODY, false, false},
        {"hold", MILTER_EDIT_QUARANTINE, false, false},
    };
    str verb = word(&instruction);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (str_eq(verb, str_from(rows[i].verb)))
            add_edit(job, rows[i].kind, rows[i].has_index, rows[i].has_name, instruction);
    if (str_eq(verb, S("reject")))
        answer_with(job, MILTER_REJECT, instruction);
    else if (str_eq(verb, S("tempfail")))
        answer_with(job, MILTER_TEMPFAIL, instruction);
    else if (str_eq(verb, S("discard")))
        job->reply.verdict = MILTER_DISCARD;
    else if (str_eq(verb, S("wait")))
        job->wait = number(&instruction);
}

/* ---- messages ---- */

static void on_timer_closed(uv_handle_t *handle)
{
    struct job *job = handle->data;

    arena_free(job->arena);
}

static void on_timer(uv_timer_t *timer)
{
    struct job *job = timer->data;

    milter_finish(job->session, &job->reply);
    uv_close((uv_handle_t *)timer, on_timer_closed);
}

static void on_gone(void *context, struct milter_session *session)
{
    struct job *job = *milter_slot(session);

    (void)context;
    printf("gone\n");
    fflush(stdout);
    uv_close((uv_handle_t *)&job->timer, on_timer_closed);
}

static void on_message(void *context, struct milter_session *session, const struct milter_message *message)
{
    struct arena *arena = arena_new();
    struct job *job = arena_new_of(arena, struct job);
    struct mail *mail = arena_new_of(arena, struct mail);

    (void)context;
    messages++;
    job->arena = arena;
    job->session = session;
    job->reply.edits = job->edits;
    mail_parse(mail, message->raw, arena);
    write_message(message, mail, arena);
    for (size_t i = 0; i < mail->header_count; i++)
        if (str_ieq(mail->headers[i].name, S("X-Do")))
            obey(job, header_unfold(mail->headers[i].value, arena));
    *milter_slot(session) = job;
    uv_timer_init(&loop, &job->timer);
    job->timer.data = job;
    uv_timer_start(&job->timer, on_timer, job->wait, 0);
}

/* ---- start and end ---- */

static int listen_on(const char *where)
{
    struct sockaddr_in inet = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    bool is_unix = strncmp(where, "unix:", 5) == 0;
    int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

    if (is_unix) {
        snprintf(local.sun_path, sizeof(local.sun_path), "%s", where + 5);
        if (bind(fd, (struct sockaddr *)&local, sizeof(local)) != 0 || chmod(where + 5, 0666) != 0)
            die(where);
    } else {
        inet.sin_port = htons((uint16_t)atoi(where + 5));
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (bind(fd, (struct sockaddr *)&inet, sizeof(inet)) != 0)
            die(where);
    }
    if (listen(fd, 100) != 0)
        die(where);
    return fd;
}

static void read_answers(const char *name, struct arena *arena)
{
    static char text[ANSWERS_MAX];
    struct err err;
    FILE *file = fopen(name, "r");
    size_t n;

    if (!file)
        die(name);
    n = fread(text, 1, sizeof(text), file);
    fclose(file);
    if (!answers_parse(&answers, str_from(name), (str){text, n}, arena, &err)) {
        fprintf(stderr, "%s\n", err.words);
        exit(1);
    }
}

static void on_signal(uv_signal_t *handle, int number_)
{
    struct milter_counts counts = milter_counts(milter);

    (void)number_;
    printf("messages %lu broken %lu aborted %lu gone %lu\n", (unsigned long)counts.messages,
           (unsigned long)counts.broken, (unsigned long)counts.aborted, (unsigned long)counts.gone);
    milter_close(milter);
    uv_close((uv_handle_t *)handle, NULL);
}

int main(int argc, char **argv)
{
    static const struct network loopback = {{4, {127, 0, 0, 1}}, 32};
    static const struct milter_handler handler = {on_message, on_gone};
    struct milter_params params = milter_default_params();
    struct arena *arena = arena_new();
    uv_signal_t signal_handle;
    struct err err;

    if (argc < 3) {
        fprintf(stderr, "usage: echo_milter inet:PORT|unix:PATH DIRECTORY [ANSWERS]\n");
        return 64;
    }
    directory = argv[2];
    spool_directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (spool_directory < 0 || uv_loop_init(&loop) != 0 || !(crypto = crypto_new(&err)))
        die(directory);
    if (argc > 3)
        read_answers(argv[3], arena);
    params.open_spool = raw_spool_in;
    params.spool_context = &spool_directory;
    params.progress = 200;
    milter = milter_new(&loop, &params, &handler, NULL);
    if (!milter_listen(milter, listen_on(argv[1]), S("test"), &loopback, 1, &err))
        die(err.words);
    uv_signal_init(&loop, &signal_handle);
    uv_signal_start(&signal_handle, on_signal, SIGTERM);
    printf("listening\n");
    fflush(stdout);
    uv_run(&loop, UV_RUN_DEFAULT);
    milter_free(milter);
    crypto_free(crypto);
    arena_free(arena);
    return uv_loop_close(&loop) == 0 ? 0 : 1;
}
