/* probe.c: what Postern makes of parts of a message, for comparing with peers: one JSON object a file named
 * on standard input. "authres": what each Authentication-Results field says; "bodies": whether each
 * DKIM-Signature's bh= is right (null: the field can't be understood). */
#include <stdio.h>
#include <stdlib.h>

#include "auth/authres.h"
#include "auth/signature.h"
#include "base/escape.h"

enum { FILE_MAX = 64 << 20, LINE_MAX_BYTES = 16 << 20 };

/* The file in the arena; what is over FILE_MAX is left out. */
static str read_file(const char *path, struct arena *arena)
{
    FILE *file = fopen(path, "rb");
    struct buf buf = buf_new(arena, FILE_MAX);
    char part[65536];
    size_t n;

    if (!file) {
        perror(path);
        exit(1);
    }
    while ((n = fread(part, 1, sizeof(part), file)) > 0)
        buf_add(&buf, (str){part, n});
    fclose(file);
    return buf_str(&buf);
}

static void add_authres(struct buf *buf, const struct header *header, struct arena *arena)
{
    struct authres authres;

    authres_parse(&authres, header->value, false, arena);
    buf_add(buf, S("{\"id\":"));
    escape_json(buf, authres.id);
    buf_printf(buf, ",\"syntax\":%s,\"results\":[", authres.syntax ? "true" : "false");
    for (size_t i = 0; i < authres.n; i++) {
        buf_add(buf, i ? S(",[") : S("["));
        escape_json(buf, authres.results[i].method);
        buf_add_char(buf, ',');
        escape_json(buf, authres.results[i].word);
        buf_add_char(buf, ']');
    }
    buf_add(buf, S("]}"));
}

static void add_body(struct buf *buf, const struct header *header, const struct mail *mail,
                     struct digests *digests, struct crypto *crypto, struct arena *arena)
{
    struct signature signature;
    struct notes warnings = {0};
    str reason;
    const struct body_digest *body;

    if (signature_parse(&signature, header, SIGNATURE_DKIM, arena, &reason, &warnings) != RESULT_NONE) {
        escape_json(buf, reason);
        return;
    }
    body = digests_body(digests, mail, crypto, arena, signature.hash_type, signature.canon_body,
                        signature.length);
    buf_add(buf, str_eq(signature.body_hash, (str){(const char *)body->digest, body->size}) ? S("true")
                                                                                            : S("false"));
}

static void probe(const char *path, struct crypto *crypto, struct arena *arena)
{
    struct buf buf = buf_new(arena, LINE_MAX_BYTES);
    struct mail mail;
    struct digests digests = {0};

    mail_parse(&mail, read_file(path, arena), arena);
    buf_add(&buf, S("{\"file\":"));
    escape_json(&buf, str_from(path));
    buf_add(&buf, S(",\"authres\":["));
    for (const struct header *header = mail.first[HEADER_AUTHENTICATION_RESULTS]; header;
         header = header->next_same) {
        if (header != mail.first[HEADER_AUTHENTICATION_RESULTS])
            buf_add_char(&buf, ',');
        add_authres(&buf, header, arena);
    }
    buf_add(&buf, S("],\"bodies\":["));
    for (const struct header *header = mail.first[HEADER_DKIM_SIGNATURE]; header;
         header = header->next_same) {
        if (header != mail.first[HEADER_DKIM_SIGNATURE])
            buf_add_char(&buf, ',');
        add_body(&buf, header, &mail, &digests, crypto, arena);
    }
    buf_add(&buf, S("]}\n"));
    fwrite(buf.p, 1, buf.n, stdout);
}

int main(void)
{
    struct arena *arena = arena_new();
    struct err err = {0};
    struct crypto *crypto = crypto_new(&err);
    char *path = NULL;
    size_t room = 0;

    if (!crypto) {
        fprintf(stderr, "%s\n", err.words);
        return 1;
    }
    while (getline(&path, &room, stdin) > 0) {
        path[strcspn(path, "\n")] = '\0';
        probe(path, crypto, arena);
        arena_reset(arena);
    }
    free(path);
    crypto_free(crypto);
    arena_free(arena);
    return 0;
}
