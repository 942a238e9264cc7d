/* store.h: what the tests of journal/ share: directories that go away, processes that are killed. */
#ifndef POSTERN_TESTS_STORE_H
#define POSTERN_TESTS_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"

static char store_path[64];

static inline int store_make(void **state)
{
    (void)state;
    strcpy(store_path, "/tmp/postern-test-XXXXXX");
    return mkdtemp(store_path) ? 0 : -1;
}

static inline int store_remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw;
    return remove(path);
}

static inline int store_remove(void **state)
{
    (void)state;
    return nftw(store_path, store_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline str store_within(const char *name)
{
    static char path[4][200];
    static unsigned next;

    next = (next + 1) % 4;
    snprintf(path[next], sizeof(path[next]), "%s/%s", store_path, name);
    return str_from(path[next]);
}

/* Runs `work` in a process of its own, which writes numbers to the descriptor. */
struct store_child {
    pid_t pid;
    int fd;
};

static inline struct store_child store_fork(void (*work)(int fd))
{
    struct store_child child;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    child.pid = fork();
    assert_true(child.pid >= 0);
    if (child.pid == 0) {
        close(ends[0]);
        work(ends[1]);
        _exit(0);
    }
    close(ends[1]);
    child.fd = ends[0];
    return child;
}

static inline void store_say(int fd, uint32_t number)
{
    if (write(fd, &number, sizeof(number)) != sizeof(number))
        _exit(1);
}

/* The next number, or false at the end. */
static inline bool store_hear(const struct store_child *child, uint32_t *number)
{
    return read(child->fd, number, sizeof(*number)) == sizeof(*number);
}

/* kill -9, and all it still had said. Returns the last number. */
static inline uint32_t store_kill(struct store_child *child, uint32_t last)
{
    kill(child->pid, SIGKILL);
    while (store_hear(child, &last))
        continue;
    close(child->fd);
    waitpid(child->pid, NULL, 0);
    return last;
}

/* The exit status of a child that ends by itself. */
static inline int store_wait(struct store_child *child)
{
    int status;

    close(child->fd);
    waitpid(child->pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* From here on no file of this process may be longer. */
static inline void store_limit_files(rlim_t bytes)
{
    struct rlimit limit = {bytes, RLIM_INFINITY};

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* Overwrites `n` bytes at an offset, or all of the file from there on with n = 0 (it ends there). */
static inline void store_damage(const char *path, off_t at, size_t n)
{
    int fd = open(path, O_RDWR);
    char junk[64];

    assert_true(fd >= 0);
    memset(junk, 'J', sizeof(junk));
    if (n)
        assert_int_equal(pwrite(fd, junk, n, at), n);
    else
        assert_int_equal(ftruncate(fd, at), 0);
    close(fd);
}

#endif
