/* auth.c: what authentication costs: CPU from raw bytes to a filled struct auth with answers cached, against
 * a floor measured in the same run; allocations; peak memory; and whether hostile input costs more than its
 * size.
 *
 * The floor is what no implementation can leave out: one RSA-2048 verification by OpenSSL with a ready key,
 * SHA-256 over the same bytes, and one memchr() pass over them. */
#include <assert.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ask/cache.h"
#include "base/buf.h"
#include "mails.h"
#include "scan.h"

enum { NOW = 1700000000, ROUNDS = 8001, WARM_UP = 50 };

/* --- allocations: ours, and OpenSSL's apart --- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

static unsigned long our_allocations, openssl_allocations;

void *malloc(size_t size)
{
    our_allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    our_allocations++;
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    our_allocations++;
    return __libc_realloc(p, size);
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    openssl_allocations++;
    return __libc_malloc(size);
}

static void *openssl_realloc(void *p, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    openssl_allocations++;
    return __libc_realloc(p, size);
}

static void openssl_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    free(p);
}

/* --- answers, from the cache of a worker --- */

static void put(struct cache *cache, const char *name, enum dns_type type, const char *text)
{
    struct dns_record record = {.text = str_from(text)};
    struct dns_answer answer = {
        .name = str_from(name), .type = type, .status = DNS_OK, .ttl = 86400, .n = 1, .records = &record};

    if (!text)
        answer.status = DNS_NODATA, answer.n = 0;
    else if (type == DNS_A && !ip_parse(str_from(text), &record.ip))
        exit(1);
    cache_put(cache, &answer, NOW);
}

static struct cache *fill_cache(struct arena *arena)
{
    struct cache *cache = cache_new(1 << 20);
    size_t n;
    const struct mails_answer *rows = mails_answers(arena, &n);

    for (size_t i = 0; i < n; i++)
        put(cache, rows[i].name, rows[i].type, rows[i].text);
    return cache;
}

static const struct dns_answer *look_up(void *context, str name, enum dns_type type, struct arena *arena)
{
    return cache_get(context, name, type, NOW, arena);
}

/* --- one message --- */

static struct crypto *crypto;
static struct arena *message_arena;
static struct cache *answers;
static struct scan_params params;
static struct envelope envelope = {.client = {.family = 4, .bytes = {192, 0, 2, 7}},
                                   .helo = STR("out7.mail.example.com"),
                                   .has_mail_from = true,
                                   .mail_from = STR("bounce-12345@mail.example.com")};

/* What the cache does not know is asked of nobody. */
static struct scan *authenticate(str raw)
{
    static struct scan scan;

    arena_reset(message_arena);
    scan_begin(&scan, raw, &envelope, NOW, message_arena, crypto, &params);
    scan.ask.lookup = look_up;
    scan.ask.lookup_context = answers;
    scan.ask.offline = true;
    if (!scan_step(&scan)) {
        fprintf(stderr, "a question was left open\n");
        exit(1);
    }
    return &scan;
}

static void must_pass(str raw)
{
    const struct auth *auth = &authenticate(raw)->auth;

    if (auth->spf.mail_from.result == RESULT_PASS && auth->dkim.result == RESULT_PASS &&
        auth->dmarc.result == RESULT_PASS && auth->iprev.result == RESULT_PASS)
        return;
    fprintf(stderr, "the message does not pass: spf=%s dkim=%s dmarc=%s iprev=%s\n",
            result_name(auth->spf.mail_from.result), result_name(auth->dkim.result),
            result_name(auth->dmarc.result), result_name(auth->iprev.result));
    exit(1);
}

/* --- measuring --- */

static double cpu_us(void)
{
    struct timespec time;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof(double), by_value);
    return values[n / 2];
}

static void measure(const char *name, str raw, struct mails_floor *floor)
{
    static double ours[ROUNDS], floors[ROUNDS];
    unsigned long ours_before, openssl_before;

    for (size_t i = 0; i < WARM_UP; i++) {
        must_pass(raw);
        mails_floor_run(floor, raw);
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        double begin = cpu_us(), middle;

        mails_floor_run(floor, raw);
        middle = cpu_us();
        authenticate(raw);
        ours[i] = cpu_us() - middle;
        floors[i] = middle - begin;
    }
    printf("%s %.2f us %.2f %.3f\n", name, median(ours, ROUNDS), median(floors, ROUNDS),
           median(ours, ROUNDS) / median(floors, ROUNDS));
    ours_before = our_allocations, openssl_before = openssl_allocations;
    for (size_t i = 0; i < 100; i++)
        authenticate(raw);
    printf("%s.allocations %.2f allocations - -\n", name, (double)(our_allocations - ours_before) / 100);
    printf("%s.openssl-allocations %.2f allocations - -\n", name,
           (double)(openssl_allocations - openssl_before) / 100);
}

/* Peak memory of a process that authenticates one message of 50 MB, less the message. */
static void measure_memory(void)
{
    enum { SIZE = 50 * 1000 * 1000 };
    struct rusage usage;
    int status;
    pid_t child = fork();

    if (child == 0) {
        char *raw = malloc(SIZE + 4096);
        struct arena *arena = arena_new();
        size_t n = 0;
        str field;

        memcpy(raw + 4096, mails_header.p, n = mails_header.n);
        while (n < SIZE) {
            str line = str_sub(mails_words, n % 90, 76);

            line = str_sub(line, 0, SIZE - n);
            memcpy(raw + 4096 + n, line.p, line.n);
            memcpy(raw + 4096 + n + line.n - 2, "\r\n", 2);
            n += line.n;
        }
        field = mails_sign((str){raw + 4096, n}, arena);
        memcpy(raw + 4096 - field.n, field.p, field.n);
        must_pass((str){raw + 4096 - field.n, n + field.n});
        _exit(0);
    }
    if (wait4(child, &status, 0, &usage) != child || status != 0)
        exit(1);
    printf("auth.50M.memory %.2f MB-over-size - -\n", (double)usage.ru_maxrss * 1024 / 1e6 - SIZE / 1e6);
}

/* --- hostile input: the cost of a byte at n, 2n, 4n, 8n --- */

typedef str hostile(size_t n, struct arena *arena);

/* n header fields. */
static str many_fields(size_t n, struct arena *arena)
{
    struct buf buf = buf_new(arena, SIZE_MAX / 4);

    for (size_t i = 0; i < n; i++)
        buf_printf(&buf, "X-%zu: a\r\n", i);
    buf_add(&buf, mails_header);
    return buf_str(&buf);
}

/* n signatures, each readable, each of another domain. */
static str many_signatures(size_t n, struct arena *arena)
{
    struct buf buf = buf_new(arena, SIZE_MAX / 4);

    for (size_t i = 0; i < n; i++)
        buf_printf(&buf,
                   "DKIM-Signature: v=1; a=rsa-sha256; d=a%zu.example.com; s=sel; h=From:To; l=%zu; "
                   "bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\r\n",
                   i, i);
    buf_add(&buf, mails_header);
    return buf_str(&buf);
}

/* A tag list of n bytes. */
static str long_tags(size_t n, struct arena *arena)
{
    struct buf buf = buf_new(arena, SIZE_MAX / 4);

    buf_add(&buf, S("DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=sel; h=From"));
    while (buf.n < n / 2)
        buf_add(&buf, S(" : To : x\r\n"));
    for (size_t i = 0; i < 50; i++) {
        buf_printf(&buf, ";\r\n t%zu=", i);
        for (size_t end = buf.n + n / 100; buf.n < end;)
            buf_add(&buf, S("=,= "));
    }
    buf_add(&buf, S("; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\r\n"));
    buf_add(&buf, mails_header);
    return buf_str(&buf);
}

/* h= with n names under n fields, most of one name. */
static str many_names(size_t n, struct arena *arena)
{
    struct buf buf = buf_new(arena, SIZE_MAX / 4);

    buf_add(&buf, S("DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=sel; h=From"));
    for (size_t i = 1; i < n; i++)
        buf_add(&buf, i % 2 ? S(":x") : S(":y"));
    buf_add(&buf, S("; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\r\n"));
    for (size_t i = 0; i < n; i++)
        buf_add(&buf, S("x:\r\n"));
    buf_add(&buf, mails_header);
    return buf_str(&buf);
}

/* h= with n names, each another, none in the message, and a short header. */
static str other_names(size_t n, struct arena *arena)
{
    struct buf buf = buf_new(arena, SIZE_MAX / 4);

    buf_add(&buf, S("DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=sel; h=From"));
    for (size_t i = 1; i < n; i++)
        buf_printf(&buf, ":x%06zx", i);
    buf_add(&buf, S("; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\r\n"));
    buf_add(&buf, mails_header);
    return buf_str(&buf);
}

/* A body in which no two bytes may be hashed as they stand. */
static str white_body(size_t n, struct arena *arena)
{
    struct buf buf = buf_new(arena, SIZE_MAX / 4);

    buf_add(&buf, S("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=sel; h=From; "
                    "bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\r\n"));
    buf_add(&buf, mails_header);
    while (buf.n < n)
        buf_add(&buf, S("\tx \r \r\n\r\n"));
    while (buf.n < 2 * n)
        buf_add(&buf, S(" \r\n"));
    return buf_str(&buf);
}

/* A sender of n bytes, and a record that puts it together in n / 20 ways. */
static str many_macros(size_t n, struct arena *arena)
{
    struct buf sender = buf_new(arena, n + 100), record = buf_new(arena, 2 * n);
    char *rest = arena_bytes(arena, n);

    while (sender.n < n / 2)
        buf_add(&sender, S("a.-"));
    buf_add(&sender, S("@macro.example.com"));
    buf_add(&record, S("v=spf1 exists:"));
    while (record.n < n / 2)
        buf_add(&record, S("%{L99r.-}.%{s9r-}"));
    buf_add(&record, S(".example.com ~all"));
    put(answers, "macro.example.com", DNS_TXT, arena_c_str(arena, buf_str(&record)));
    envelope.mail_from = buf_str(&sender);
    memset(rest, 'x', n); /* so that a byte of the message is a byte of this */
    return arena_printf(arena, "%.*s%.*s", PS(mails_header), (int)n, rest);
}

static void measure_hostile(const char *name, hostile *make, size_t n)
{
    const struct envelope usual = envelope;
    double per_byte[4];

    for (size_t k = 0; k < 4; k++) {
        struct arena *arena = arena_new();
        str raw = make(n << k, arena);
        double times[7];

        authenticate(raw);
        for (size_t i = 0; i < 7; i++) {
            double begin = cpu_us();

            authenticate(raw);
            times[i] = cpu_us() - begin;
        }
        per_byte[k] = median(times, 7) * 1000 / (double)raw.n;
        printf("# hostile.%s: n=%zu, %zu bytes, %.0f us, %.3f ns a byte\n", name, n << k, raw.n, times[3],
               per_byte[k]);
        envelope = usual;
        arena_free(arena);
    }
    printf("hostile.%s %.3f cost-of-a-byte-at-8n-against-n - -\n", name, per_byte[3] / per_byte[0]);
}

int main(void)
{
    struct arena *arena;
    struct mails_floor *floor;

    CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free);
    crypto = mails_begin(NOW);
    arena = arena_new();
    message_arena = arena_new();
    answers = fill_cache(arena);
    params.auth.dmarc.suffixes = suffixes_load(NULL, NULL);
    measure_memory();
    floor = mails_floor();
    measure("auth.10k", mails_make(10 * 1024, arena), floor);
    measure("auth.50k", mails_make(50 * 1024, arena), floor);
    measure_hostile("fields", many_fields, 12500);
    measure_hostile("signatures", many_signatures, 125);
    measure_hostile("tags", long_tags, 8192);
    measure_hostile("names", many_names, 125);
    measure_hostile("other-names", other_names, 12500);
    measure_hostile("white-space", white_body, 1 << 18);
    measure_hostile("macros", many_macros, 4096);
    return 0;
}
