/* mail.c: what it costs to read a message: parts, transfer encodings, charsets, HTML, links; the same
 * messages through GMime and gumbo in the same run; and whether hostile input costs more than its size. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "mail/body.h"
#include "mail/mime.h"
#include "mail_peer.h"

enum { ROUNDS = 301, HOSTILE_ROUNDS = 5, SIZES = 4, SIZE = 50 * 1024 };

static struct arena *message_arena;

static double cpu_us(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare);
    return values[n / 2];
}

/* ---- messages ---- */

static const char header[] = "Return-Path: <bounce-12345@mail.example.com>\r\n"
                             "Received: from out7.mail.example.com (out7.mail.example.com [192.0.2.7])\r\n"
                             "\tby mx1.example.net (Postfix) with ESMTPS id 4SVxyy0q1Cz9sPK\r\n"
                             "\tfor <bob@example.net>; Tue, 14 Nov 2023 22:13:20 +0000 (UTC)\r\n"
                             "Date: Tue, 14 Nov 2023 22:13:19 +0000\r\n"
                             "From: =?UTF-8?Q?Example_B=C3=BCro?= <news@example.com>\r\n"
                             "To: Bob Jones <bob@example.net>\r\n"
                             "Message-ID: <20231114221319.12345.6789@mail.example.com>\r\n"
                             "Subject: The offers of this week\r\n"
                             "List-Unsubscribe: <https://mail.example.com/unsubscribe/abcdef0123456789>\r\n"
                             "MIME-Version: 1.0\r\n";

/* A row of a table of offers, as newsletters have them: style attributes, a picture, a tracked link, text. */
static void add_offer(struct buf *buf, int number)
{
    buf_printf(
        buf,
        "<tr>\r\n  <td align=\"center\" valign=\"top\" style=\"padding:0 24px 16px 24px;font-family:Arial,Helvetica,"
        "sans-serif;font-size:15px;line-height:22px;color:#333333;\">\r\n"
        "    <a href=\"https://click.mail.example.com/f/a/%08x~~/AAQRxQA~/%d?utm_source=news&amp;utm_medium=email\" "
        "target=\"_blank\" style=\"color:#0066cc;text-decoration:none;\"><img src=\"https://img.example.com/n/%d.jpg\" "
        "width=\"260\" height=\"180\" border=\"0\" alt=\"Offer %d\" style=\"display:block;\"></a>\r\n"
        "    <h3 class=\"title\" style=\"margin:12px 0 4px 0;font-size:18px;\">Caf\xc3\xa9 table n\xc2\xb0 %d</h3>\r\n"
        "    <p style=\"margin:0;\">Made of oak, oiled by hand &amp; delivered to your door within a week. "
        "What does not please you comes back to us at our cost.</p>\r\n  </td>\r\n</tr>\r\n",
        (unsigned)number * 2654435761u, number, number, number, number);
}

static str page(size_t size, struct arena *arena)
{
    struct buf buf = buf_new(arena, size + 8192);

    buf_add(&buf,
            S("<!DOCTYPE html>\r\n<html><head><meta charset=\"utf-8\"><title>Offers</title>\r\n<style>"
              "body{margin:0;padding:0} .title{color:#111} a{color:#06c} .pre{display:none;max-height:0}"
              "</style></head>\r\n<body bgcolor=\"#f4f4f4\"><div class=\"pre\">Only this week</div>\r\n"
              "<table width=\"600\" cellpadding=\"0\" cellspacing=\"0\">\r\n"));
    for (int i = 1; buf.n < size; i++)
        add_offer(&buf, i);
    buf_add(&buf, S("</table></body></html>\r\n"));
    return buf_str(&buf);
}

static void add_quoted(struct buf *buf, str text)
{
    size_t column = 0;

    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (c == '\r')
            continue;
        if (c == '\n') {
            buf_add(buf, S("\r\n"));
            column = 0;
            continue;
        }
        if (column > 72) {
            buf_add(buf, S("=\r\n"));
            column = 0;
        }
        if (c == '=' || c > '~') {
            buf_printf(buf, "=%02X", c);
            column += 3;
        } else {
            buf_add_char(buf, (char)c);
            column++;
        }
    }
}

static void add_base64(struct buf *buf, str text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i + 2 < text.n; i += 3) {
        unsigned group = (unsigned)(unsigned char)text.p[i] << 16 |
                         (unsigned)(unsigned char)text.p[i + 1] << 8 | (unsigned)(unsigned char)text.p[i + 2];

        for (int shift = 18; shift >= 0; shift -= 6)
            buf_add_char(buf, digits[group >> shift & 63]);
        if (i / 3 % 19 == 18)
            buf_add(buf, S("\r\n"));
    }
    buf_add(buf, S("\r\n"));
}

/* multipart/alternative of a short text and a page, in the three usual encodings. */
static str newsletter(const char *encoding, size_t size, struct arena *arena)
{
    struct buf buf = buf_new(arena, 8 * size + 65536);
    str html = page(size, arena);

    buf_printf(
        &buf,
        "%sContent-Type: multipart/alternative; boundary=\"b1_0123456789abcdef\"\r\n\r\n"
        "This is a multi-part message in MIME format.\r\n\r\n--b1_0123456789abcdef\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\nThe offers of this week: https://example.com/offers\r\n"
        "\r\n--b1_0123456789abcdef\r\nContent-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: %s\r\n\r\n",
        header, encoding);
    if (encoding[0] == 'q')
        add_quoted(&buf, html);
    else if (encoding[0] == 'b')
        add_base64(&buf, html);
    else
        buf_add(&buf, html);
    buf_add(&buf, S("\r\n--b1_0123456789abcdef--\r\n"));
    return buf_str(&buf);
}

/* ---- the figures ---- */

static void read_message(str raw, struct body *body)
{
    struct mail mail;

    arena_reset(message_arena);
    mail_parse(&mail, raw, message_arena);
    body_read(body, &mail, message_arena);
}

static double measure_ours(str raw)
{
    double times[ROUNDS];
    struct body body;

    for (int i = 0; i < ROUNDS; i++) {
        double begin = cpu_us();

        read_message(raw, &body);
        times[i] = cpu_us() - begin;
    }
    return median(times, ROUNDS);
}

static double measure_theirs(str raw)
{
    double times[ROUNDS];
    struct mail_peer_found found;

    for (int i = 0; i < ROUNDS; i++) {
        double begin = cpu_us();

        mail_peer_read(raw, &found);
        times[i] = cpu_us() - begin;
    }
    return median(times, ROUNDS);
}

/* Both have done the work: as many parts, and not fewer links. */
static void check(str raw, const char *encoding)
{
    struct mail_peer_found found;
    struct body body;

    read_message(raw, &body);
    mail_peer_read(raw, &found);
    printf("# %s: %zu bytes; %zu parts, %zu links; GMime and gumbo: %zu parts, %zu links\n", encoding, raw.n,
           body.mime->n, body.link_seen, found.parts, found.links);
    if (body.mime->n != found.parts || body.link_seen < found.links) {
        printf("# not the same work\n");
        exit(1);
    }
}

static void measure(void)
{
    static const char *const encodings[] = {"8bit", "quoted-printable", "base64"};
    struct arena *arena = arena_new();
    double ours = 0, theirs = 0;

    for (size_t i = 0; i < 3; i++) {
        str raw = newsletter(encodings[i], SIZE, arena);
        double our = measure_ours(raw), their = measure_theirs(raw);

        check(raw, encodings[i]);
        printf("mail.50k.%s %.1f us %.1f %.3f\n", encodings[i], our, their, our / their);
        ours += our / 3;
        theirs += their / 3;
    }
    printf("mail.50k %.1f us - -\n", ours);
    printf("mail.peer %.1f us %.1f %.3f\n", ours, theirs, ours / theirs);
    arena_free(arena);
}

/* ---- hostile input ---- */

typedef str hostile(size_t n, struct arena *arena);

static struct buf begin(const char *type, size_t room, struct arena *arena)
{
    struct buf buf = buf_new(arena, room + 4096);

    buf_printf(&buf, "%sContent-Type: %s\r\n\r\n", header, type);
    return buf;
}

static str many_parts(size_t n, struct arena *arena)
{
    struct buf buf = begin("multipart/mixed; boundary=b", n * 16, arena);

    for (size_t i = 0; i < n; i++)
        buf_add(&buf, S("--b\r\n\r\nx\r\n"));
    return buf_str(&buf);
}

static str deep_parts(size_t n, struct arena *arena)
{
    struct buf buf = begin("multipart/mixed; boundary=b", n * 80, arena);

    for (size_t i = 0; i < n; i++)
        buf_printf(&buf, "--b%zu\r\nContent-Type: multipart/mixed; boundary=b%zu\r\n\r\n", i, i + 1);
    return buf_str(&buf);
}

static str deep_messages(size_t n, struct arena *arena)
{
    struct buf buf = begin("message/rfc822", n * 40, arena);

    for (size_t i = 0; i < n; i++)
        buf_add(&buf, S("Content-Type: message/rfc822\r\n\r\n"));
    return buf_str(&buf);
}

static str boundary_lines(size_t n, struct arena *arena)
{
    struct buf buf = begin("multipart/mixed; boundary=bbbbbbbbbbbbbbbb", n * 24, arena);

    buf_add(&buf, S("--bbbbbbbbbbbbbbbb\r\n\r\n"));
    for (size_t i = 0; i < n; i++)
        buf_add(&buf, S("--bbbbbbbbbbbbbbbX\r\n"));
    return buf_str(&buf);
}

static str hidden_parts(size_t n, struct arena *arena)
{
    struct buf buf = begin("text/plain", n * 48, arena);

    for (size_t i = 0; i < n; i++)
        buf_printf(&buf, "--x%zu\r\nContent-Type: text/html\r\n\r\nx\r\n", i);
    return buf_str(&buf);
}

static str parameters(size_t n, struct arena *arena)
{
    struct buf buf = buf_new(arena, n * 40 + 4096);

    buf_printf(&buf, "%sContent-Type: application/octet-stream", header);
    for (size_t i = 0; i < n; i++)
        buf_printf(&buf, ";\r\n name*%zu=(\"a\\\" name=", i);
    buf_add(&buf, S("\r\n\r\nx\r\n"));
    return buf_str(&buf);
}

static str part_headers(size_t n, struct arena *arena)
{
    struct buf buf = begin("multipart/mixed; boundary=b", n * 40, arena);

    buf_add(&buf, S("--b\r\n"));
    for (size_t i = 0; i < n; i++)
        buf_printf(&buf, "Content-Type: text/x%zu; name=a\r\n", i);
    buf_add(&buf, S("\r\nx\r\n"));
    return buf_str(&buf);
}

static str odd_base64(size_t n, struct arena *arena)
{
    struct buf buf = buf_new(arena, n * 10 + 4096);

    buf_printf(&buf, "%sContent-Transfer-Encoding: base64\r\n\r\n", header);
    for (size_t i = 0; i < n; i++)
        buf_add(&buf, S("QQ=*=\r\n"));
    return buf_str(&buf);
}

static str uuencoded(size_t n, struct arena *arena)
{
    struct buf buf = begin("text/plain", n * 32, arena);

    for (size_t i = 0; i < n; i++)
        buf_add(&buf, S("begin 644 a.exe\r\n#0V%T\r\n"));
    return buf_str(&buf);
}

static str divs(size_t n, struct arena *arena)
{
    struct buf buf = begin("text/html; charset=utf-8", n * 8, arena);

    for (size_t i = 0; i < n; i++)
        buf_add(&buf, S("<div>"));
    return buf_str(&buf);
}

static str nested(size_t n, struct arena *arena)
{
    struct buf buf = begin("text/html; charset=utf-8", n * 64, arena);

    for (size_t i = 0; i < n; i++)
        buf_add(&buf, S("<b><i><table><tr><td><a href=x><p>"));
    for (size_t i = 0; i < n; i++)
        buf_add(&buf, S("</b></a>x"));
    return buf_str(&buf);
}

static str text_links(size_t n, struct arena *arena)
{
    struct buf buf = begin("text/plain; charset=utf-8", n * 40, arena);

    for (size_t i = 0; i < n; i++)
        buf_printf(&buf, "https://x%zu.example/\r\n", i);
    return buf_str(&buf);
}

static str html_links(size_t n, struct arena *arena)
{
    struct buf buf = begin("text/html; charset=utf-8", n * 56, arena);

    for (size_t i = 0; i < n; i++)
        buf_printf(&buf, "<a href=\"https://x%zu.example/\">x</a>\r\n", i);
    return buf_str(&buf);
}

static void measure_hostile(const char *name, hostile *make, size_t n)
{
    double per_byte[SIZES];

    for (size_t k = 0; k < SIZES; k++) {
        struct arena *arena = arena_new();
        str raw = make(n >> (SIZES - 1 - k), arena);
        double times[HOSTILE_ROUNDS];
        struct body body;

        for (size_t i = 0; i < HOSTILE_ROUNDS; i++) {
            double start = cpu_us();

            read_message(raw, &body);
            times[i] = cpu_us() - start;
        }
        per_byte[k] = median(times, HOSTILE_ROUNDS) * 1000 / (double)raw.n;
        printf("# mail.hostile.%s: n=%zu, %zu bytes, %.0f us, %.3f ns a byte, %zu parts\n", name,
               n >> (SIZES - 1 - k), raw.n, times[HOSTILE_ROUNDS / 2], per_byte[k], body.mime->n);
        arena_free(arena);
        arena_free(message_arena);
        message_arena = arena_new();
    }
    printf("mail.hostile.%s %.3f cost-of-a-byte-at-8n-against-n - -\n", name,
           per_byte[SIZES - 1] / per_byte[0]);
}

int main(void)
{
    message_arena = arena_new();
    mail_peer_begin();
    measure();
    measure_hostile("parts", many_parts, 100000);
    measure_hostile("deep-parts", deep_parts, 20000);
    measure_hostile("deep-messages", deep_messages, 20000);
    measure_hostile("boundary-lines", boundary_lines, 500000);
    measure_hostile("hidden-parts", hidden_parts, 100000);
    measure_hostile("parameters", parameters, 100000);
    measure_hostile("part-headers", part_headers, 100000);
    measure_hostile("base64", odd_base64, 500000);
    measure_hostile("uuencode", uuencoded, 100000);
    measure_hostile("div", divs, 50000);
    measure_hostile("levels", nested, 20000);
    measure_hostile("text-links", text_links, 400000);
    measure_hostile("html-links", html_links, 250000);
    arena_free(message_arena);
    return 0;
}
