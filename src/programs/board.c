/* board.c: shared memory of the processes. */
#include "programs/board.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

const char *const count_names[COUNTS] = {
#define COUNT(name, help) [COUNT_##name] = #name,
    COUNT_TABLE(COUNT)
#undef COUNT
};

const char *const count_help[COUNTS] = {
#define COUNT(name, help) [COUNT_##name] = help,
    COUNT_TABLE(COUNT)
#undef COUNT
};

struct session {
    atomic_bool used;
    uint8_t digest[BOARD_DIGEST];
};

/* A whole number of pages, so that it can be given up by itself. */
struct desk {
    _Alignas(4096) atomic_uint_fast64_t counts[COUNTS];
    atomic_int working; /* number of the session, from 1; 0: none */
    atomic_int_fast64_t since;
    struct session sessions[BOARD_SESSIONS];
};

/* Written by the parent alone. */
struct crashes {
    struct {
        uint8_t digest[BOARD_DIGEST];
        atomic_uint crashes; /* 0: the entry is empty or being written */
    } suspects[BOARD_SUSPECTS];
    size_t next;
};

struct board {
    struct desk *desks; /* BOARD_DESKS and the keeper's */
    unsigned own;
    struct crashes *crashes;
    int crashes_file; /* opened for reading; -1 in a child */
};

static void *shared(size_t size, int protection, int file)
{
    void *p = mmap(NULL, size, protection, MAP_SHARED | (file < 0 ? MAP_ANONYMOUS : 0), file, 0);

    return p == MAP_FAILED ? NULL : p;
}

/* A file in memory that is written through *crashes and has a second descriptor that can't be written
 * through. */
static bool make_crashes(struct board *board, struct err *err)
{
    int file = memfd_create("postern-crashes", MFD_CLOEXEC);
    char path[64];

    if (file < 0 || ftruncate(file, sizeof(struct crashes)) != 0) {
        err_errno(err, errno, "can't make shared memory");
        if (file >= 0)
            close(file);
        return false;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    board->crashes = shared(sizeof(struct crashes), PROT_READ | PROT_WRITE, file);
    board->crashes_file = open(path, O_RDONLY | O_CLOEXEC);
    close(file);
    return (board->crashes && board->crashes_file >= 0) || err_errno(err, errno, "can't map shared memory");
}

struct board *board_new(struct err *err)
{
    struct board *board = calloc(1, sizeof(*board));

    if (!board)
        abort();
    board->own = BOARD_KEEPER;
    board->desks = shared((BOARD_DESKS + 1) * sizeof(struct desk), PROT_READ | PROT_WRITE, -1);
    if (!board->desks)
        err_errno(err, errno, "can't map shared memory");
    else if (make_crashes(board, err))
        return board;
    free(board);
    return NULL;
}

void board_free(struct board *board)
{
    munmap(board->desks, (BOARD_DESKS + 1) * sizeof(struct desk));
    munmap(board->crashes, sizeof(struct crashes));
    close(board->crashes_file);
    free(board);
}

bool board_sit(struct board *board, unsigned desk, struct err *err)
{
    bool ok = true;

    board->own = desk;
    munmap(board->crashes, sizeof(struct crashes));
    board->crashes = shared(sizeof(struct crashes), PROT_READ, board->crashes_file);
    close(board->crashes_file);
    board->crashes_file = -1;
    if (!board->crashes)
        return err_errno(err, errno, "can't map shared memory");
    for (unsigned i = 0; ok && i <= BOARD_DESKS; i++)
        if (i != desk)
            ok = desk == BOARD_KEEPER ? mprotect(&board->desks[i], sizeof(struct desk), PROT_READ) == 0
                                      : munmap(&board->desks[i], sizeof(struct desk)) == 0;
    return ok || err_errno(err, errno, "can't give up shared memory");
}

void board_count(struct board *board, enum count count)
{
    board_add(board, count, 1);
}

void board_add(struct board *board, enum count count, uint64_t n)
{
    atomic_fetch_add(&board->desks[board->own].counts[count], n);
}

uint64_t board_sum(const struct board *board, enum count count)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i <= BOARD_DESKS; i++)
        sum += atomic_load(&board->desks[i].counts[count]);
    return sum;
}

int board_enter(struct board *board, const uint8_t digest[BOARD_DIGEST])
{
    struct desk *desk = &board->desks[board->own];

    for (int i = 0; i < BOARD_SESSIONS; i++)
        if (!atomic_load(&desk->sessions[i].used)) {
            memcpy(desk->sessions[i].digest, digest, BOARD_DIGEST);
            atomic_store(&desk->sessions[i].used, true);
            return i;
        }
    return -1;
}

void board_leave(struct board *board, int session)
{
    assert(session >= 0 && session < BOARD_SESSIONS);
    atomic_store(&board->desks[board->own].sessions[session].used, false);
}

static int64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void board_work(struct board *board, int session)
{
    struct desk *desk = &board->desks[board->own];

    assert(session >= 0 && session < BOARD_SESSIONS);
    atomic_store(&desk->since, milliseconds());
    atomic_store(&desk->working, session + 1);
}

void board_rest(struct board *board)
{
    struct desk *desk = &board->desks[board->own];

    atomic_store(&desk->working, 0);
    atomic_store(&desk->since, 0);
}

bool board_is_poison(const struct board *board, const uint8_t digest[BOARD_DIGEST])
{
    for (size_t i = 0; i < BOARD_SUSPECTS; i++)
        if (atomic_load(&board->crashes->suspects[i].crashes) >= BOARD_CRASHES &&
            memcmp(board->crashes->suspects[i].digest, digest, BOARD_DIGEST) == 0)
            return true;
    return false;
}

int64_t board_busy_since(const struct board *board, unsigned desk)
{
    assert(desk < BOARD_DESKS);
    return atomic_load(&board->desks[desk].since);
}

/* How often a process died on it, this time included. */
static unsigned suspect(struct crashes *crashes, const uint8_t *digest)
{
    for (size_t i = 0; i < BOARD_SUSPECTS; i++)
        if (atomic_load(&crashes->suspects[i].crashes) &&
            memcmp(crashes->suspects[i].digest, digest, BOARD_DIGEST) == 0)
            return atomic_fetch_add(&crashes->suspects[i].crashes, 1) + 1;
    atomic_store(&crashes->suspects[crashes->next].crashes, 0);
    memcpy(crashes->suspects[crashes->next].digest, digest, BOARD_DIGEST);
    atomic_store(&crashes->suspects[crashes->next].crashes, 1);
    crashes->next = (crashes->next + 1) % BOARD_SUSPECTS;
    return 1;
}

size_t board_clear(struct board *board, unsigned number, bool died, struct suspect *suspects, size_t max)
{
    struct desk *desk = &board->desks[number];
    int working = atomic_load(&desk->working);
    size_t n = 0;

    assert(number < BOARD_DESKS);
    if (working < 0 || working > BOARD_SESSIONS) /* the dead one may have written anything */
        working = 0;
    for (int i = 0; i < BOARD_SESSIONS; i++) {
        struct session *session = &desk->sessions[i];

        if (died && atomic_load(&session->used) && (working == 0 || working == i + 1) && n < max) {
            memcpy(suspects[n].digest, session->digest, BOARD_DIGEST);
            suspects[n].crashes = suspect(board->crashes, session->digest);
            n++;
        }
        atomic_store(&session->used, false);
    }
    atomic_store(&desk->working, 0);
    atomic_store(&desk->since, 0);
    return n;
}
