/* import_files.h: several files in one text, for test_import.c and fuzz_import.c. */
#ifndef POSTERN_TESTS_IMPORT_FILES_H
#define POSTERN_TESTS_IMPORT_FILES_H

#include "programs/import.h"

/* The files stand one behind the other, each below a line "@@ PATH"; what is above the first is the
 * configuration. */
static bool import_files_read(void *context, str path, struct arena *arena, str *text, struct err *err)
{
    str rest = *(const str *)context, line;
    bool found = str_eq(path, S("/main"));

    (void)arena;
    *text = (str){rest.p, 0};
    while (str_next(&rest, '\n', &line)) {
        if (str_starts(line, S("@@ "))) {
            if (found)
                break;
            found = str_eq(str_skip(line, 3), path);
            text->p = rest.p;
            text->n = 0;
        } else if (found) {
            text->n = (size_t)(line.p + line.n - text->p);
        }
    }
    return found || err_set(err, "%.*s is not there", PS(path));
}

#endif
