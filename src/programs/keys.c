/* keys.c: what signing and sealing share. */
#include "programs/keys.h"

#include "base/limits.h"
#include "programs/file.h"
#include "programs/program.h"

enum { KEY_MAX = 64 * 1024 };

/* A signature that no verifier may accept, our own included, is not made. */
static bool is_believed(const struct private_key *key, struct err *err)
{
    unsigned bits = private_key_bits(key);

    if (private_key_type(key) != KEY_RSA ||
        (bits >= LIMIT_DKIM_RSA_BITS_MIN && bits <= LIMIT_DKIM_RSA_BITS_MAX))
        return true;
    return err_set(
        err,
        "an RSA key of %u bits is not accepted by verifiers (%d to %d are); make one with postern dkim keygen",
        bits, LIMIT_DKIM_RSA_BITS_MIN, LIMIT_DKIM_RSA_BITS_MAX);
}

enum status keys_load(const struct settings *settings, struct private_key **key, struct err *err)
{
    str text;

    if (!file_read(settings->key_file, KEY_MAX, settings->arena, &text, err))
        return STATUS_NO_INPUT;
    *key = private_key_load(text, err);
    if (*key && is_believed(*key, err))
        return STATUS_OK;
    private_key_free(*key);
    *key = NULL;
    err_context(err, "%.*s", PS(settings->key_file));
    return STATUS_DATA;
}

static str without_cr(str text, struct arena *arena)
{
    char *p = arena_bytes(arena, text.n);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '\r')
            p[n++] = text.p[i];
    return (str){p, n};
}

enum status keys_put_on_top(const struct mail *mail, str raw, str fields, struct arena *arena,
                            struct err *err)
{
    str before = str_sub(raw, 0, raw.n - mail->raw.n);
    enum status status = print(before, err);

    if (status == STATUS_OK)
        status = print(mail->lf_only ? without_cr(fields, arena) : fields, err);
    return status == STATUS_OK ? print(mail->raw, err) : status;
}
