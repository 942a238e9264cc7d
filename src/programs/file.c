/* file.c: files as bytes. */
#include "programs/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_ROOM = 64 * 1024 };

/* Reads to the end of a pipe, or of a file that can't be mapped. The memory grows without being copied, and
 * what was not written to takes none: a pipe costs what comes out of it. */
static bool read_all(struct file_view *view, int fd, size_t max, bool *too_big, struct err *err)
{
    size_t room = FIRST_ROOM, n = 0;
    char *p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    while (p != MAP_FAILED) {
        ssize_t got = read(fd, p + n, room - n);

        view->map = p;
        view->map_size = room;
        view->bytes = (str){p, n};
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(err, errno, "can't read it");
        if (got == 0)
            return true;
        n += (size_t)got;
        if (n > max) {
            *too_big = true;
            return err_set(err, "it has more than %zu bytes", max);
        }
        if (n == room) {
            p = mremap(p, room, room * 2, MREMAP_MAYMOVE);
            room *= 2;
        }
    }
    return err_errno(err, errno, "no memory for it");
}

static bool view_fd(struct file_view *view, int fd, size_t max, bool *too_big, struct err *err)
{
    struct stat about;

    if (fstat(fd, &about) != 0)
        return err_errno(err, errno, "can't look at it");
    if (S_ISDIR(about.st_mode))
        return err_set(err, "is a directory");
    if (S_ISREG(about.st_mode) && (uintmax_t)about.st_size > max) {
        *too_big = true;
        return err_set(err, "it has %jd bytes, more than %zu", (intmax_t)about.st_size, max);
    }
    if (S_ISREG(about.st_mode) && about.st_size > 0 && lseek(fd, 0, SEEK_CUR) == 0) {
        void *map = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

        if (map != MAP_FAILED) {
            view->map = map;
            view->map_size = (size_t)about.st_size;
            view->bytes = (str){map, view->map_size};
            return true;
        }
    }
    return read_all(view, fd, max, too_big, err);
}

bool file_open(struct file_view *view, str path, size_t max, struct arena *arena, bool *too_big,
               struct err *err)
{
    bool standard = str_eq(path, S("-"));
    int fd = standard ? STDIN_FILENO : open(arena_c_str(arena, path), O_RDONLY | O_CLOEXEC);
    bool ok;

    *view = (struct file_view){.map = NULL};
    *too_big = false;
    if (fd < 0)
        return err_errno(err, errno, "can't open it");
    ok = view_fd(view, fd, max, too_big, err);
    if (!standard)
        close(fd);
    if (!ok)
        file_close(view);
    return ok;
}

void file_close(struct file_view *view)
{
    if (view->map)
        munmap(view->map, view->map_size);
    *view = (struct file_view){.map = NULL};
}

bool file_read(str path, size_t max, struct arena *arena, str *text, struct err *err)
{
    struct file_view view;
    bool too_big;

    if (!file_open(&view, path, max, arena, &too_big, err))
        return err_context(err, "%.*s", PS(path));
    *text = arena_str(arena, view.bytes);
    file_close(&view);
    return true;
}

static bool write_all(int fd, str text, struct err *err)
{
    while (text.n) {
        ssize_t put = write(fd, text.p, text.n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_errno(err, errno, "can't write it");
        text = str_skip(text, (size_t)put);
    }
    return fsync(fd) == 0 || errno == EINVAL || errno == EROFS || err_errno(err, errno, "can't write it");
}

bool file_write(str path, str text, unsigned mode, bool replace, struct arena *arena, struct err *err)
{
    const char *name = arena_c_str(arena, path);
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | (replace ? O_TRUNC : O_EXCL), (mode_t)mode);
    bool ok;

    if (fd < 0)
        return err_errno(err, errno, "%s: can't make it", name);
    ok = write_all(fd, text, err);
    if (close(fd) != 0 && ok)
        ok = err_errno(err, errno, "can't write it");
    return ok || err_context(err, "%s", name);
}
