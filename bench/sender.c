/* sender.c: what it costs to find platforms and accounts: a message of SendGrid with 40 fields, and one of
 * nobody. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "programs/data.h"
#include "sender/sender.h"

enum { ROUNDS = 20000, BATCHES = 5 };

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static str message(const char *own, struct arena *arena)
{
    struct buf buf = buf_new(arena, 65536);

    buf_printf(&buf,
               "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=sendgrid.net;"
               " dkim=pass header.d=%s header.s=s1\r\n%s",
               own[0] ? "sendgrid.net" : "example.com", own);
    for (int i = 0; i < 30; i++)
        buf_printf(&buf, "X-Field-%d: the value of a field that no platform has, some forty bytes\r\n", i);
    buf_printf(&buf,
               "From: News <news@example.com>\r\nTo: user@example.org\r\nSubject: Offers of the week\r\n"
               "Message-ID: <1@example.com>\r\nFeedback-ID: 1:2:3:example\r\n"
               "List-Unsubscribe: <https://example.com/u>\r\nX-Mailer: Example\r\n\r\nText\r\n");
    return buf_str(&buf);
}

/* Microseconds a message, the best of some batches. */
static double measure(const struct platforms *platforms, str raw, struct arena *arena)
{
    static const struct auth_params auth_params = {.trust_authserv = STR("first")};
    struct envelope envelope = {.has_mail_from = true,
                                .mail_from = S("bounces+12345678-ab12-user=example.org@sendgrid.net")};
    struct sender_params params = {platforms};
    struct mail mail;
    struct auth auth = {0};
    struct ask ask;
    struct sender_input input = {.envelope = &envelope, .mail = &mail, .auth = &auth};
    struct arena_mark mark;
    double best = 1e9;

    ask_init(&ask, arena, 0);
    ask.offline = true;
    mail_parse(&mail, raw, arena);
    if (!auth_step(&auth, &envelope, &mail, &ask, NULL, &auth_params))
        exit(1);
    mark = arena_mark(arena);
    for (int batch = 0; batch < BATCHES; batch++) {
        double start = now(), each;

        for (int i = 0; i < ROUNDS; i++) {
            struct sender sender = {0};

            if (!sender_step(&sender, &input, &ask, &params))
                exit(1);
            arena_rewind(arena, mark);
        }
        each = (now() - start) / ROUNDS;
        best = each < best ? each : best;
    }
    return best;
}

int main(void)
{
    struct arena *arena = arena_new();
    struct buf problems = buf_new(arena, 65536);
    struct err err;
    struct suffixes *suffixes = suffixes_load(NULL, &err);
    struct crypto *crypto = crypto_new(&err);
    struct data data = {0};
    double start = now();

    if (!suffixes || !crypto ||
        !data_load(&data, S(POSTERN_SOURCE_DATA), true, suffixes, crypto, &problems, &err)) {
        fprintf(stderr, "%s\n%.*s", err.words, PS(buf_str(&problems)));
        return 1;
    }
    printf("data.load %.1f ms - -\n", (now() - start) / 1000);
    printf("sender.platform %.2f us - -\n",
           measure(data.platforms,
                   message("X-SG-EID: u001.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"
                           "X-Entity-ID: u001.ABCDEFGHIJKLMNOPQRSTUV==\r\n",
                           arena),
                   arena));
    printf("sender.nobody %.2f us - -\n", measure(data.platforms, message("", arena), arena));
    data_free(&data);
    crypto_free(crypto);
    suffixes_free(suffixes);
    arena_free(arena);
    return 0;
}
