/* input.h: the messages that the arguments name: files, mboxes, Maildirs, directories, standard input. */
#ifndef POSTERN_PROGRAMS_INPUT_H
#define POSTERN_PROGRAMS_INPUT_H

#include "programs/file.h"
#include "programs/settings.h"

/* One message, not yet read. */
struct input {
    str file;      /* as it was named; for those of a directory with its path */
    size_t number; /* in an mbox, from 1; 0: the file is the message */
    size_t offset, length;
    bool quoted; /* of an mbox: "From " lines in it were quoted */
    str problem; /* not empty: it can't be read, and why */
    enum status status;
};

struct inputs {
    struct arena *arena;
    struct input *items;
    size_t n, room;
    struct file_view standard; /* standard input, read once, before any process is forked */
    bool standard_read;
};

/* Finds them all, in the order of the arguments; none stands for "-". What can't be read is an input with a
 * problem. */
void inputs_find(struct inputs *inputs, const str *arguments, size_t count, struct arena *arena);

/* The bytes of one. On an error its exit code. Close *view when done. */
enum status input_open(const struct inputs *inputs, const struct input *input, struct file_view *view,
                       str *bytes, struct arena *arena, struct err *err) MUST_USE;

#endif
