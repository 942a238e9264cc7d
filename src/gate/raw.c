/* raw.c: the bytes of a message while they arrive. */
#include "gate/raw.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    KEEP = 64 * 1024,        /* memory between messages: most of them fit */
    WRITE_SIZE = 256 * 1024, /* to the spool file at once */
};

bool raw_charge(struct raw_budget *budget, size_t *have, size_t want)
{
    if (want > *have && want - *have > budget->memory_max - budget->memory)
        return false;
    budget->memory = budget->memory - *have + want;
    *have = want;
    return true;
}

void raw_give_back(struct raw_budget *budget, size_t *have, size_t want)
{
    bool there = raw_charge(budget, have, want);

    assert(there);
}

static void give_back(struct raw *raw, size_t keep)
{
    bytes_clear(&raw->memory, keep);
    raw_give_back(raw->budget, &raw->charged, raw->memory.room);
}

static void close_spool(struct raw *raw)
{
    if (raw->map)
        munmap(raw->map, raw->mapped);
    if (raw->spool >= 0)
        close(raw->spool);
    raw->budget->spool -= raw->written;
    raw->map = NULL;
    raw->mapped = 0;
    raw->spool = -1;
    raw->written = 0;
}

/* What was taken so far is of no use. */
static bool refuse(struct raw *raw, enum raw_refusal refusal)
{
    raw->refused = refusal;
    close_spool(raw);
    give_back(raw, 0);
    return false;
}

void raw_clear(struct raw *raw)
{
    close_spool(raw);
    give_back(raw, KEEP);
    raw->refused = RAW_TAKEN;
}

void raw_free(struct raw *raw)
{
    close_spool(raw);
    give_back(raw, 0);
}

/* The page cache takes it; a spool directory in memory (tmpfs) never blocks. */
static bool write_out(struct raw *raw)
{
    struct raw_budget *budget = raw->budget;
    str rest = bytes_str(&raw->memory);

    if (rest.n > budget->spool_max - budget->spool)
        return refuse(raw, RAW_NO_SPOOL);
    while (rest.n > 0) {
        ssize_t n = write(raw->spool, rest.p, rest.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            err_errno(&raw->err, errno, "writing a spool file");
            return refuse(raw, RAW_FAILED);
        }
        raw->written += (uint64_t)n;
        budget->spool += (uint64_t)n;
        rest = str_skip(rest, (size_t)n);
    }
    raw->memory.n = 0;
    return true;
}

static bool open_spool(struct raw *raw)
{
    if (raw->spool >= 0)
        return true;
    err_set(&raw->err, "there is no spool directory");
    if (raw->budget->open_spool)
        raw->spool = raw->budget->open_spool(raw->budget->spool_context, &raw->err);
    if (raw->spool < 0)
        return refuse(raw, RAW_FAILED);
    if (!write_out(raw))
        return false;
    give_back(raw, 0);
    return true;
}

static size_t room_for(size_t room, size_t n)
{
    if (room == 0)
        room = 4096;
    while (room < n)
        room *= 2;
    return room;
}

/* Makes room for n more bytes, in memory or by writing out what is there. */
static bool make_room(struct raw *raw, size_t n)
{
    struct raw_budget *budget = raw->budget;
    size_t room;

    if (raw->written + raw->memory.n + n > budget->message_max)
        return refuse(raw, RAW_TOO_BIG);
    if (raw->memory.n + n > budget->in_memory && !open_spool(raw))
        return false;
    if (raw->spool >= 0 && raw->memory.n + n > WRITE_SIZE && !write_out(raw))
        return false;
    room = room_for(raw->memory.room, raw->memory.n + n);
    if (!raw_charge(budget, &raw->charged, room))
        return refuse(raw, RAW_NO_MEMORY);
    bytes_reserve(&raw->memory, room - raw->memory.n);
    return true;
}

void raw_add(struct raw *raw, str s)
{
    if (raw->refused == RAW_TAKEN && make_room(raw, s.n))
        bytes_add(&raw->memory, s);
}

/* Lines within the value end in LF (Sendmail, Postfix) or in CRLF. */
static void add_value(struct raw *raw, str value)
{
    while (value.n > 0) {
        size_t end = str_find(value, '\n');
        bool bare = end < value.n && (end == 0 || value.p[end - 1] != '\r');

        raw_add(raw, str_sub(value, 0, bare ? end : end + 1));
        if (bare)
            raw_add(raw, S("\r\n"));
        value = str_skip(value, end + 1);
    }
}

void raw_add_field(struct raw *raw, str name, str value, bool leading_space)
{
    raw_add(raw, name);
    raw_add(raw, leading_space ? S(":") : S(": "));
    add_value(raw, value);
    raw_add(raw, S("\r\n"));
}

bool raw_end(struct raw *raw, str *message)
{
    if (raw->refused != RAW_TAKEN)
        return false;
    if (raw->spool < 0) {
        *message = bytes_str(&raw->memory);
        return true;
    }
    if (!write_out(raw))
        return false;
    give_back(raw, 0);
    raw->map = mmap(NULL, raw->written, PROT_READ, MAP_PRIVATE, raw->spool, 0);
    if (raw->map == MAP_FAILED) {
        raw->map = NULL;
        err_errno(&raw->err, errno, "mapping a spool file");
        return refuse(raw, RAW_FAILED);
    }
    raw->mapped = raw->written;
    *message = (str){raw->map, raw->mapped};
    return true;
}

/* Where the file system has no O_TMPFILE, a name lives for a moment. */
static int make_and_unlink(int directory)
{
    char name[64];
    int fd;

    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "spool.%ld.%u", (long)getpid(), i);
        fd = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0 && unlinkat(directory, name, 0) != 0) {
            close(fd);
            return -1;
        }
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

int raw_spool_in(void *context, struct err *err)
{
    int directory = *(const int *)context;
    int fd = openat(directory, ".", O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        fd = make_and_unlink(directory);
    if (fd < 0)
        err_errno(err, errno, "making a spool file");
    return fd;
}
