/* input.c: the messages that the arguments name. */
#include "programs/input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "mail/mbox.h"

enum { DEPTH_MAX = 32 };
static const size_t mailbox_max = SIZE_MAX / 4; /* an mbox is mapped, not read */

static struct input *add(struct inputs *inputs, str file)
{
    if (inputs->n == inputs->room) {
        size_t room = inputs->room ? inputs->room * 2 : 64;
        struct input *longer = arena_array_of(inputs->arena, room, struct input);

        if (inputs->n)
            memcpy(longer, inputs->items, inputs->n * sizeof(struct input));
        inputs->items = longer;
        inputs->room = room;
    }
    inputs->items[inputs->n] = (struct input){.file = file, .length = SIZE_MAX};
    return &inputs->items[inputs->n++];
}

static void add_problem(struct inputs *inputs, str file, int errno_value, const char *what)
{
    struct err err;
    struct input *input = add(inputs, file);

    err_errno(&err, errno_value, "%s", what);
    input->problem = arena_str(inputs->arena, str_from(err.words));
    input->status = STATUS_NO_INPUT;
}

/* The messages of a file that begins as an mbox does. */
static void add_mbox(struct inputs *inputs, str file, str bytes)
{
    str rest = bytes, message;
    size_t number = 0;

    while (mbox_next(&rest, &message)) {
        struct input *input = add(inputs, file);

        input->number = ++number;
        input->offset = (size_t)(message.p - bytes.p);
        input->length = message.n;
        input->quoted = true;
    }
    if (number == 1)
        inputs->items[inputs->n - 1].number = 0;
}

static void add_standard(struct inputs *inputs)
{
    bool too_big;
    struct err err;

    if (!inputs->standard_read) {
        inputs->standard_read = true;
        if (!file_open(&inputs->standard, S("-"), LIMIT_MESSAGE, inputs->arena, &too_big, &err)) {
            struct input *input = add(inputs, S("-"));

            input->problem = arena_str(inputs->arena, str_from(err.words));
            input->status = too_big ? STATUS_DATA : STATUS_NO_INPUT;
            return;
        }
    }
    if (mbox_is(inputs->standard.bytes))
        add_mbox(inputs, S("-"), inputs->standard.bytes);
    else
        add(inputs, S("-"));
}

/* True if the plain file begins with "From "; a pipe is not touched. */
static bool begins_as_mbox(const char *path)
{
    char start[8];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t got = fd < 0 ? -1 : read(fd, start, sizeof(start));

    if (fd >= 0)
        close(fd);
    return got > 0 && mbox_is((str){start, (size_t)got});
}

static void add_file(struct inputs *inputs, str file, const struct stat *about)
{
    struct file_view view;
    struct err err;
    bool too_big;

    if (S_ISREG(about->st_mode) && begins_as_mbox(arena_c_str(inputs->arena, file)) &&
        file_open(&view, file, mailbox_max, inputs->arena, &too_big, &err)) {
        add_mbox(inputs, file, view.bytes);
        file_close(&view);
        return;
    }
    add(inputs, file); /* what is wrong with it is said when its turn comes */
}

static int compare(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

/* The names in a directory, sorted; those that begin with a dot only if they are wanted. False: it can't be
 * read. */
static bool list(const char *path, bool dotted, struct arena *arena, str **names, size_t *count)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    size_t room = 0;

    *names = NULL;
    *count = 0;
    if (!directory)
        return false;
    while ((entry = readdir(directory))) {
        str name = str_from(entry->d_name);

        if (str_eq(name, S(".")) || str_eq(name, S("..")) || (name.p[0] == '.' && !dotted))
            continue;
        if (*count == room) {
            str *longer = arena_array_of(arena, room ? room * 2 : 64, str);

            if (*count)
                memcpy(longer, *names, *count * sizeof(str));
            *names = longer;
            room = room ? room * 2 : 64;
        }
        (*names)[(*count)++] = arena_str(arena, name);
    }
    closedir(directory);
    if (*count)
        qsort(*names, *count, sizeof(str), compare);
    return true;
}

static bool is_directory(struct inputs *inputs, str path, const char *below)
{
    struct stat about;

    return stat(arena_c_str(inputs->arena, arena_printf(inputs->arena, "%.*s/%s", PS(path), below)),
                &about) == 0 &&
           S_ISDIR(about.st_mode);
}

static bool is_maildir(struct inputs *inputs, str path)
{
    return is_directory(inputs, path, "cur") && is_directory(inputs, path, "new");
}

/* Links to directories are not followed: they can lead in a circle. */
static bool is_link_to_file(struct inputs *inputs, str file, struct stat *about)
{
    return S_ISLNK(about->st_mode) && stat(arena_c_str(inputs->arena, file), about) == 0 &&
           S_ISREG(about->st_mode);
}

/* All of a directory; of a Maildir what stands in cur and new, and its folders, which are Maildirs below it:
 * ".Sent" or, where a site has it so, "Sent". */
static void add_directory(struct inputs *inputs, str path, unsigned depth)
{
    bool maildir = is_maildir(inputs, path);
    str *names;
    size_t count;

    if (!list(arena_c_str(inputs->arena, path), maildir, inputs->arena, &names, &count)) {
        add_problem(inputs, path, errno, "can't read the directory");
        return;
    }
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    for (size_t i = 0; i < count; i++) {
        str file = arena_printf(inputs->arena, "%.*s%s%.*s", PS(path), str_ends(path, S("/")) ? "" : "/",
                                PS(names[i]));
        struct stat about;

        if (maildir && !str_eq(names[i], S("cur")) && !str_eq(names[i], S("new")) &&
            !is_maildir(inputs, file))
            continue;
        if (lstat(arena_c_str(inputs->arena, file), &about) != 0)
            add_problem(inputs, file, errno, "can't look at it");
        else if (S_ISDIR(about.st_mode) && depth < DEPTH_MAX)
            add_directory(inputs, file, depth + 1);
        else if (S_ISREG(about.st_mode) || is_link_to_file(inputs, file, &about))
            add_file(inputs, file, &about);
    }
}

void inputs_find(struct inputs *inputs, const str *arguments, size_t count, struct arena *arena)
{
    *inputs = (struct inputs){.arena = arena};
    if (count == 0)
        add_standard(inputs);
    for (size_t i = 0; i < count; i++) {
        struct stat about;

        if (str_eq(arguments[i], S("-")))
            add_standard(inputs);
        else if (stat(arena_c_str(arena, arguments[i]), &about) != 0)
            add_problem(inputs, arguments[i], errno, "can't open it");
        else if (S_ISDIR(about.st_mode))
            add_directory(inputs, arguments[i], 0);
        else
            add_file(inputs, arguments[i], &about);
    }
}

enum status input_open(const struct inputs *inputs, const struct input *input, struct file_view *view,
                       str *bytes, struct arena *arena, struct err *err)
{
    bool standard = str_eq(input->file, S("-"));
    bool too_big = false;

    *view = (struct file_view){.map = NULL};
    if (input->problem.n) {
        err_set(err, "%.*s", PS(input->problem));
        return input->status;
    }
    if (!standard && !file_open(view, input->file, input->length == SIZE_MAX ? LIMIT_MESSAGE : mailbox_max,
                                arena, &too_big, err))
        return too_big ? STATUS_DATA : STATUS_NO_INPUT;
    *bytes = str_sub(standard ? inputs->standard.bytes : view->bytes, input->offset, input->length);
    if (bytes->n <= LIMIT_MESSAGE) {
        if (input->quoted)
            *bytes = mbox_unquote(*bytes, arena);
        return STATUS_OK;
    }
    file_close(view);
    err_set(err, "it has %zu bytes, more than %d", bytes->n, LIMIT_MESSAGE);
    return STATUS_DATA;
}
