/* quarantine_file.c: one zstd file a content, whole and on the disk or not there. */
#include "journal/quarantine_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/limits.h"
#include "journal/database.h"

enum {
    LEVEL = 3,
    PIECE = 65536,
    WINDOW_LOG =
        23, /* 8 MB: what level 3 uses for the largest message; a file that wants more is none of ours */
};

void quarantine_digest(str raw, uint8_t sha256[32])
{
    EVP_Digest(raw.p ? raw.p : "", raw.n, sha256, NULL, EVP_sha256(), NULL);
}

/* ---- names ---- */

static str hex(const uint8_t *bytes, size_t n, struct arena *arena)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_bytes(arena, 2 * n);

    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return (str){text, 2 * n};
}

const char *quarantine_path(str directory, const uint8_t sha256[32], struct arena *arena)
{
    str name = hex(sha256, 32, arena);

    return arena_c_str(arena, arena_printf(arena, "%.*s/%.2s/%.*s.zst", PS(directory), name.p, PS(name)));
}

static int digit(char c)
{
    return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool quarantine_parse_name(str name, uint8_t sha256[32])
{
    if (name.n != 68 || !str_ends(name, S(".zst")))
        return false;
    for (size_t i = 0; i < 32; i++) {
        int high = digit(name.p[2 * i]), low = digit(name.p[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        sha256[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* ---- writing ---- */

static bool write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        }
    }
    return true;
}

static bool compress_to(int fd, str raw, const char *path, struct err *err)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_inBuffer in = {raw.p ? raw.p : "", raw.n, 0};
    char piece[PIECE];
    size_t left = 1;
    bool ok = context != NULL;

    if (ok) {
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL);
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
        ZSTD_CCtx_setPledgedSrcSize(context, raw.n);
    }
    while (ok && left) {
        ZSTD_outBuffer out = {piece, sizeof(piece), 0};

        left = ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
        ok = !ZSTD_isError(left) || err_set(err, "compressing %s: %s", path, ZSTD_getErrorName(left));
        if (ok && !write_all(fd, piece, out.pos))
            ok = err_errno(err, errno, "writing %s", path);
    }
    ZSTD_freeCCtx(context);
    return ok;
}

/* A file of its own in tmp/, whole and on the disk. */
static bool write_temporary(const char *path, str raw, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok;

    if (fd < 0)
        return err_errno(err, errno, "making %s", path);
    ok = compress_to(fd, raw, path, err);
    if (ok && fsync(fd) < 0)
        ok = err_errno(err, errno, "writing %s", path);
    if (close(fd) < 0 && ok)
        ok = err_errno(err, errno, "writing %s", path);
    if (!ok)
        unlink(path);
    return ok;
}

static bool is_there(str directory, const uint8_t sha256[32], str raw, struct arena *arena)
{
    struct quarantine_item item = {.size = raw.n};
    struct arena_mark mark = arena_mark(arena);
    bool good;
    str text;

    memcpy(item.sha256, sha256, 32);
    good = access(quarantine_path(directory, sha256, arena), F_OK) == 0 &&
           quarantine_read(directory, &item, arena, &text, NULL) == QUARANTINE_OK;
    arena_rewind(arena, mark);
    return good;
}

bool quarantine_write_file(str directory, const uint8_t sha256[32], str raw, struct arena *arena,
                           struct err *err)
{
    const char *path = quarantine_path(directory, sha256, arena), *folder, *temporary, *top;
    str name = hex(sha256, 32, arena);

    if (is_there(directory, sha256, raw, arena))
        return true;
    top = arena_c_str(arena, directory);
    folder = arena_c_str(arena, arena_printf(arena, "%s/%.2s", top, name.p));
    temporary = arena_c_str(arena, arena_printf(arena, "%s/tmp/%.*s", top, PS(name)));
    unlink(temporary);
    if (mkdir(folder, 0700) == 0) {
        if (!directory_sync(top, err))
            return false;
    } else if (errno != EEXIST) {
        return err_errno(err, errno, "making %s", folder);
    }
    if (!write_temporary(temporary, raw, err))
        return false;
    if (rename(temporary, path) < 0)
        return err_errno(err, errno, "making %s", path);
    return directory_sync(folder, err);
}

void quarantine_clear_temporary(str directory, struct arena *arena)
{
    const char *path = arena_c_str(arena, arena_printf(arena, "%.*s/tmp", PS(directory)));
    DIR *dir = opendir(path);
    struct dirent *entry;

    if (!dir)
        return;
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
}

/* ---- reading ---- */

static enum quarantine_outcome damaged(const char *path, const char *why, struct err *err)
{
    err_set(err, "%s is damaged: %s", path, why);
    return QUARANTINE_DAMAGED;
}

/* Fills out->dst, which is one byte larger than the message: whatever the file claims, it can't make more of
 * it. */
static enum quarantine_outcome decompress(int fd, const char *path, ZSTD_DCtx *context, ZSTD_outBuffer *out,
                                          struct err *err)
{
    size_t wants = 1;
    char piece[PIECE];

    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG);
    while (wants) {
        ssize_t got = read(fd, piece, sizeof(piece));
        ZSTD_inBuffer in = {piece, got > 0 ? (size_t)got : 0, 0};

        if (got < 0) {
            err_errno(err, errno, "reading %s", path);
            return QUARANTINE_FAILED;
        }
        if (got == 0)
            return damaged(path, "it is cut short", err);
        while (wants && in.pos < in.size) {
            wants = ZSTD_decompressStream(context, out, &in);
            if (ZSTD_isError(wants))
                return damaged(path, ZSTD_getErrorName(wants), err);
            if (out->pos == out->size)
                return damaged(path, "there is more in it than was stored", err);
        }
        if (wants == 0 && in.pos < in.size)
            return damaged(path, "there is something behind its end", err);
    }
    return QUARANTINE_OK;
}

static enum quarantine_outcome check(const struct quarantine_item *item, str raw, const char *path,
                                     struct err *err)
{
    uint8_t digest[32];

    if (raw.n != item->size)
        return damaged(path, "there is less in it than was stored", err);
    quarantine_digest(raw, digest);
    if (memcmp(digest, item->sha256, sizeof(digest)) != 0)
        return damaged(path, "its content has another hash", err);
    return QUARANTINE_OK;
}

enum quarantine_outcome quarantine_read(str directory, const struct quarantine_item *item,
                                        struct arena *arena, str *raw, struct err *err)
{
    const char *path = quarantine_path(directory, item->sha256, arena);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum quarantine_outcome outcome;
    ZSTD_outBuffer out;
    ZSTD_DCtx *context;

    *raw = S("");
    if (fd < 0) {
        err_errno(err, errno, "opening %s", path);
        return errno == ENOENT ? QUARANTINE_MISSING : QUARANTINE_FAILED;
    }
    if (item->size > LIMIT_MESSAGE) {
        close(fd);
        return damaged(path, "its stated size is over the limit", err);
    }
    context = ZSTD_createDCtx();
    out = (ZSTD_outBuffer){arena_bytes(arena, (size_t)item->size + 1), (size_t)item->size + 1, 0};
    outcome = decompress(fd, path, context, &out, err);
    ZSTD_freeDCtx(context);
    close(fd);
    if (outcome == QUARANTINE_OK)
        outcome = check(item, (str){out.dst, out.pos}, path, err);
    if (outcome == QUARANTINE_OK)
        *raw = (str){out.dst, out.pos};
    return outcome;
}
