/* mails.c: the mails of the benchmarks. */
#include "mails.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/dkim_sign.h"
#include "base/buf.h"

/* ---- mails ---- */

const str mails_words =
    STR("the invoice for your last order is attached to this message and can be paid until the end "
        "of the month by transfer or card please write to us if anything is not as you expect ");

const str mails_header =
    STR("Return-Path: <bounce-12345@mail.example.com>\r\n"
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
        "\r\n");

/* A part of running text and one of indented HTML, as the usual invoice has them. */
static void write_body(struct buf *buf, size_t size)
{
    size_t begin = buf->n, at = 0;

    buf_add(
        buf,
        S("----==_mimepart_6553f0cf8c1d2_1a2b3c4d5e6f\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n"));
    while (buf->n - begin < size / 3) {
        buf_add(buf, str_sub(mails_words, at, 70));
        buf_add(buf, S("\r\n"));
        at = (at + 7) % 80;
    }
    buf_add(
        buf,
        S("\r\n----==_mimepart_6553f0cf8c1d2_1a2b3c4d5e6f\r\nContent-Type: text/html; charset=UTF-8\r\n\r\n"));
    while (buf->n - begin < size) {
        buf_add(buf,
                S("      <tr>\r\n        <td class=\"cell\" style=\"padding: 4px 8px; color: #333333;\">"));
        buf_add(buf, str_sub(mails_words, at, 60));
        buf_add(buf, S("</td>\r\n      </tr>\r\n"));
        at = (at + 11) % 100;
    }
    buf_add(buf, S("\r\n----==_mimepart_6553f0cf8c1d2_1a2b3c4d5e6f--\r\n"));
}

static struct private_key *signing_key;
static struct crypto *crypto;
static int64_t signed_at;

struct crypto *mails_begin(int64_t now)
{
    crypto = crypto_new(NULL);
    signing_key = private_key_new(KEY_RSA, 2048, NULL);
    if (!crypto || !signing_key)
        exit(1);
    signed_at = now - 60;
    return crypto;
}

str mails_sign(str message, struct arena *arena)
{
    struct mail mail;
    struct dkim_sign_params params = {.domain = S("example.com"),
                                      .selector = S("sel"),
                                      .canon_header = CANON_RELAXED,
                                      .canon_body = CANON_RELAXED,
                                      .oversign = true,
                                      .time = signed_at,
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

str mails_make(size_t size, struct arena *arena)
{
    struct buf buf = buf_new(arena, SIZE_MAX / 4);
    str field;

    buf_add(&buf, mails_header);
    write_body(&buf, size - mails_header.n - 900);
    field = mails_sign(buf_str(&buf), arena);
    return arena_printf(arena, "%.*s%.*s", PS(field), PS(buf_str(&buf)));
}

/* ---- what DNS says ---- */

const struct mails_answer *mails_answers(struct arena *arena, size_t *n)
{
    static struct mails_answer rows[] = {
        {"sel._domainkey.example.com", DNS_TXT, NULL},
        {"mail.example.com", DNS_TXT, "v=spf1 include:_spf.example.org ip4:198.51.100.0/24 ~all"},
        {"_spf.example.org", DNS_TXT, "v=spf1 ip4:203.0.113.0/24 ip4:192.0.2.0/25 ip6:2001:db8::/32 ~all"},
        {"out7.mail.example.com", DNS_TXT, "v=spf1 a -all"},
        {"example.com", DNS_A, "192.0.2.80"},
        {"out7.mail.example.com", DNS_A, "192.0.2.7"},
        {"_dmarc.example.com", DNS_TXT, "v=DMARC1; p=reject; rua=mailto:dmarc@example.com; adkim=r; aspf=r"},
        {"7.2.0.192.in-addr.arpa", DNS_PTR, "out7.mail.example.com"},
        {"_dmarc.mail.example.com", DNS_TXT, NULL},
        {"_dmarc.com", DNS_TXT, NULL},
    };
    str record;

    if (!dkim_sign_record(signing_key, arena, &record, NULL))
        exit(1);
    rows[0].text = arena_c_str(arena, record);
    *n = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

/* ---- the floor ---- */

struct mails_floor {
    EVP_PKEY_CTX *key;
    EVP_MD *sha256;
    EVP_MD_CTX *context;
    unsigned char digest[32], signature[256];
};

struct mails_floor *mails_floor(void)
{
    static struct mails_floor memory;
    struct mails_floor *floor = &memory;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    EVP_PKEY_CTX *sign = EVP_PKEY_CTX_new(key, NULL);
    size_t n = sizeof(floor->signature);

    *floor = (struct mails_floor){.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL), .context = EVP_MD_CTX_new()};
    EVP_PKEY_sign_init(sign);
    EVP_PKEY_CTX_set_rsa_padding(sign, RSA_PKCS1_PADDING);
    EVP_PKEY_CTX_set_signature_md(sign, floor->sha256);
    if (EVP_PKEY_sign(sign, floor->signature, &n, floor->digest, sizeof(floor->digest)) != 1)
        exit(1);
    EVP_PKEY_CTX_free(sign);
    floor->key = EVP_PKEY_CTX_new(key, NULL);
    EVP_PKEY_verify_init(floor->key);
    EVP_PKEY_CTX_set_rsa_padding(floor->key, RSA_PKCS1_PADDING);
    EVP_PKEY_CTX_set_signature_md(floor->key, floor->sha256);
    EVP_PKEY_free(key);
    return floor;
}

void mails_floor_run(struct mails_floor *floor, str raw)
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
