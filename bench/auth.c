/* auth.c: what authentication costs: CPU from raw bytes to a filled struct auth with answers cached, against
 * a floor measured in the same run; allocations; peak memory; and whether hostile input costs more than its
 * size.
 *
 * The floor is what no implementation can leave out: one RSA-2048 verification by OpenSSL with a ready key,
 * SHA-256 over the same bytes, and one memchr() pass over them. */
#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ask/cache.h"
#include "auth/dkim_sign.h"
#include "base/buf.h"
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

/* --- messages --- */

static const char words[] =
    "the invoice for your last order is attached to this message and can be paid until the end "
    "of the month by transfer or card please write to us if anything is not as you expect ";

static const char header[] =
    "Return-Path: <bounce-12345@mail.example.com>\r\n"
    "Received: from mx1.example.net (mx1.example.net [198.51.100.7])\r\n"
    "\tby store.example.net (Postfix) with ESMTPS id 4SVxyz12345abcd\r\n"
    "\tfor <bob@example.net>; Tue, 14 Nov 2023 22:13:21 +0000 (UTC)\r\n"
    "Received: from out7.mail.example.com (out7.mail.example.com [192.0.2.7])\r\n"
    "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n"
    "\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)\r\n"
    "\tby mx1.example.net (Postfix) with ESMTPS id 4SVxyy0q1Cz9sPK\r\n"
    "\tfor <bob@example.net>; Tue, 14 Nov 2023 22:13:20 +0000 (UTC)\r\n"
    "Received: by out7.mail.example.com id h1abc2def3gh for <bob@example.net>;\r\n"
    "\tTue, 14 Nov 2023 22:13:19 +0000 (envelope-from <bounce-12345@mail.example.com>)\r\n"
    "Date: Tue, 14 Nov 2023 22:13:19 +0000\r\n"
    "From: =?UTF-8?Q?Example_B=C3=BCro?= <billing@example.com>\r\n"
    "Reply-To: billing@example.com\r\n"
    "To: Bob Jones <bob@example.net>\r\n"
    "Message-ID: <20231114221319.12345.6789@mail.example.com>\r\n"
    "Subject: Your invoice for November is ready to be paid\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/alternative; boundary=\"--==_mimepart_6553f0cf8c1d2_1a2b3c4d5e6f\"\r\n"
    "X-Mailer: Example Mailer 4.2\r\n"
    "X-Campaign: 2023-11-invoice\r\n"
    "List-Unsubscribe: <https://mail.example.com/unsubscribe/abcdef0123456789>,\r\n"
    " <mailto:unsubscribe@mail.example.com?subject=abcdef0123456789>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    "Feedback-ID: 12345:2023-11:invoice:example\r\n"
    "\r\n";

/* A part of running text and one of indented HTML, as the usual invoice has them. */
static void write_body(struct buf *buf, size_t size)
{
    size_t begin = buf->n, at = 0;

    buf_add(
        buf,
        S("----==_mimepart_6553f0cf8c1d2_1a2b3c4d5e6f\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n"));
    while (buf->n - begin < size / 3) {
        buf_add(buf, str_sub((str){words, sizeof(words) - 1}, at, 70));
        buf_add(buf, S("\r\n"));
        at = (at + 7) % 80;
    }
    buf_add(
        buf,
        S("\r\n----==_mimepart_6553f0cf8c1d2_1a2b3c4d5e6f\r\nContent-Type: text/html; charset=UTF-8\r\n\r\n"));
    while (buf->n - begin < size) {
        buf_add(buf,
                S("      <tr>\r\n        <td class=\"cell\" style=\"padding: 4px 8px; color: #333333;\">"));
        buf_add(buf, str_sub((str){words, sizeof(words) - 1}, at, 60));
        buf_add(buf, S("</td>\r\n      </tr>\r\n"));
        at = (at + 11) % 100;
    }
    buf_add(buf, S("\r\n----==_mimepart_6553f0cf8c1d2_1a2b3c4d5e6f--\r\n"));
}

static struct private_key *signing_key;
static struct crypto *crypto;

/* Signs what stands in buf from `from` on and returns the field; the message is made for this key. */
static str sign(str message, struct arena *arena)
{
    struct mail mail;
    struct dkim_sign_params params = {.domain = S("example.com"),
                                      .selector = S("sel"),
                                      .canon_header = CANON_RELAXED,
                                      .canon_body = CANON_RELAXED,
                                      .oversign = true,
                                      .time = NOW - 60,
                                      .expires = -1};
    str field, signature;
    uint8_t digest[HASH_SIZE_MAX];
    size_t size;
    struct err err;

    mail_parse(&mail, message, arena);
    if (!dkim_sign_begin(&mail, &params, KEY_RSA, crypto, arena, &field, digest, &size, &err) ||
        !private_key_sign(signing_key, digest, size, arena, &signature, &err)) {
        fprintf(stderr, "%s\n", err.words);
        exit(1);
    }
    return dkim_sign_finish(field, signature, arena);
}

static str make_message(size_t size, struct arena *arena)
{
    struct buf buf = buf_new(arena, SIZE_MAX / 4);
    str field;

    buf_add(&buf, (str){header, sizeof(header) - 1});
    write_body(&buf, size - sizeof(header) - 900);
    field = sign(buf_str(&buf), arena);
    return arena_printf(arena, "%.*s%.*s", PS(field), PS(buf_str(&buf)));
}

/* --- answers, from the cache of a worker --- */

static void put(struct cache *cache, const char *name, enum dns_type type, const char *text)
{
    struct dns_record record = {.text = str_from(text)};
    struct dns_answer answer = {
        .name = str_from(name), .type = type, .status = DNS_OK, .ttl = 86400, .n = 1, .records = &record};

    if (!text)
        answer.status = DNS_NODATA, answer.n = 0;
    cache_put(cache, &answer, NOW);
}

static void put_address(struct cache *cache, const char *name, struct ip ip)
{
    struct dns_record record = {.ip = ip};
    struct dns_answer answer = {
        .name = str_from(name), .type = DNS_A, .status = DNS_OK, .ttl = 86400, .n = 1, .records = &record};

    cache_put(cache, &answer, NOW);
}

static struct cache *fill_cache(struct arena *arena)
{
    struct cache *cache = cache_new(1 << 20);
    str record;

    if (!dkim_sign_record(signing_key, arena, &record, NULL))
        exit(1);
    put(cache, "sel._domainkey.example.com", DNS_TXT, arena_c_str(arena, record));
    put(cache, "mail.example.com", DNS_TXT, "v=spf1 include:_spf.example.org ip4:198.51.100.0/24 ~all");
    put(cache, "_spf.example.org", DNS_TXT,
        "v=spf1 ip4:203.0.113.0/24 ip4:192.0.2.0/25 ip6:2001:db8::/32 ~all");
    put(cache, "out7.mail.example.com", DNS_TXT, "v=spf1 a -all");
    put_address(cache, "example.com", (struct ip){.family = 4, .bytes = {192, 0, 2, 80}});
    put_address(cache, "out7.mail.example.com", (struct ip){.family = 4, .bytes = {192, 0, 2, 7}});
    put(cache, "_dmarc.example.com", DNS_TXT,
        "v=DMARC1; p=reject; rua=mailto:dmarc@example.com; adkim=r; aspf=r");
    put(cache, "7.2.0.192.in-addr.arpa", DNS_PTR, "out7.mail.example.com");
    put(cache, "_dmarc.mail.example.com", DNS_TXT, NULL);
    put(cache, "_dmarc.com", DNS_TXT, NULL);
    return cache;
}

static const struct dns_answer *look_up(void *context, str name, enum dns_type type, struct arena *arena)
{
    return cache_get(context, name, type, NOW, arena);
}

/* --- one message --- */

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

/* --- the floor --- */

struct floor {
    EVP_PKEY_CTX *key;
    EVP_MD *sha256;
    EVP_MD_CTX *context;
    unsigned char digest[32], signature[256];
};

static struct floor make_floor(void)
{
    struct floor floor = {.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL), .context = EVP_MD_CTX_new()};
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    EVP_PKEY_CTX *sign = EVP_PKEY_CTX_new(key, NULL);
    size_t n = sizeof(floor.signature);

    EVP_PKEY_sign_init(sign);
    EVP_PKEY_CTX_set_rsa_padding(sign, RSA_PKCS1_PADDING);
    EVP_PKEY_CTX_set_signature_md(sign, floor.sha256);
    if (EVP_PKEY_sign(sign, floor.signature, &n, floor.digest, sizeof(floor.digest)) != 1)
        exit(1);
    EVP_PKEY_CTX_free(sign);
    floor.key = EVP_PKEY_CTX_new(key, NULL);
    EVP_PKEY_verify_init(floor.key);
    EVP_PKEY_CTX_set_rsa_padding(floor.key, RSA_PKCS1_PADDING);
    EVP_PKEY_CTX_set_signature_md(floor.key, floor.sha256);
    EVP_PKEY_free(key);
    return floor;
}

static void run_floor(struct floor *floor, str raw)
{
    unsigned char digest[32];

    EVP_DigestInit_ex2(floor->context, floor->sha256, NULL);
    EVP_DigestUpdate(floor->context, raw.p, raw.n);
    EVP_DigestFinal_ex(floor->context, digest, NULL);
    if (EVP_PKEY_verify(floor->key, floor->signature, sizeof(floor->signature), floor->digest,
                        sizeof(floor->digest)) != 1)
        exit(1);
    if (str_find(raw, '\0') != raw.n)
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

static void measure(const char *name, str raw, struct floor *floor)
{
    static double ours[ROUNDS], floors[ROUNDS];
    unsigned long ours_before, openssl_before;

    for (size_t i = 0; i < WARM_UP; i++) {
        must_pass(raw);
        run_floor(floor, raw);
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        double begin = cpu_us(), middle;

        run_floor(floor, raw);
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

        memcpy(raw + 4096, header, n = sizeof(header) - 1);
        while (n < SIZE) {
            str line = str_sub((str){words, sizeof(words) - 1}, n % 90, 76);

            line = str_sub(line, 0, SIZE - n);
            memcpy(raw + 4096 + n, line.p, line.n);
            memcpy(raw + 4096 + n + line.n - 2, "\r\n", 2);
            n += line.n;
        }
        field = sign((str){raw + 4096, n}, arena);
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
    buf_add(&buf, (str){header, sizeof(header) - 1});
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
    buf_add(&buf, (str){header, sizeof(header) - 1});
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
    buf_add(&buf, (str){header, sizeof(header) - 1});
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
    buf_add(&buf, (str){header, sizeof(header) - 1});
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
    buf_add(&buf, (str){header, sizeof(header) - 1});
    return buf_str(&buf);
}

/* A body in which no two bytes may be hashed as they stand. */
static str white_body(size_t n, struct arena *arena)
{
    struct buf buf = buf_new(arena, SIZE_MAX / 4);

    buf_add(&buf, S("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=sel; h=From; "
                    "bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\r\n"));
    buf_add(&buf, (str){header, sizeof(header) - 1});
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
    return arena_printf(arena, "%s%.*s", header, (int)n, rest);
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
    struct floor floor;

    CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free);
    crypto = crypto_new(NULL);
    signing_key = private_key_new(KEY_RSA, 2048, NULL);
    if (!crypto || !signing_key)
        return 1;
    arena = arena_new();
    message_arena = arena_new();
    answers = fill_cache(arena);
    params.auth.dmarc.suffixes = suffixes_load(NULL, NULL);
    measure_memory();
    floor = make_floor();
    measure("auth.10k", make_message(10 * 1024, arena), &floor);
    measure("auth.50k", make_message(50 * 1024, arena), &floor);
    measure_hostile("fields", many_fields, 12500);
    measure_hostile("signatures", many_signatures, 125);
    measure_hostile("tags", long_tags, 8192);
    measure_hostile("names", many_names, 125);
    measure_hostile("other-names", other_names, 12500);
    measure_hostile("white-space", white_body, 1 << 18);
    measure_hostile("macros", many_macros, 4096);
    return 0;
}
