/* replay.c: runs a fuzz target over every file of its corpus, and over cuts of each, as an ordinary test
 * (TAP). */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void run(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1); /* exact size, so that the sanitizer sees an overrun */

    if (!exact)
        abort();
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static void run_file(const char *path)
{
    static uint8_t data[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(data, 1, sizeof(data), file) : 0;
    size_t step = size / 16 + 1;

    if (!file) {
        perror(path);
        exit(1);
    }
    fclose(file);
    for (size_t cut = 0; cut < size; cut += step)
        run(data, cut);
    run(data, size);
}

int main(int count, char **arguments)
{
    unsigned n = 0;

    for (int i = 1; i < count; i++) {
        struct dirent **names;
        int found = scandir(arguments[i], &names, NULL, alphasort);

        for (int k = 0; k < found; k++) {
            char path[4096];

            if (names[k]->d_name[0] != '.') {
                snprintf(path, sizeof(path), "%s/%s", arguments[i], names[k]->d_name);
                printf("# %s\n", names[k]->d_name);
                fflush(stdout);
                run_file(path);
                n++;
                printf("ok %u - %s\n", n, names[k]->d_name);
            }
            free(names[k]);
        }
        if (found >= 0)
            free(names);
    }
    if (n == 0)
        printf("not ok 1 - the corpus is empty\n");
    printf("1..%u\n", n ? n : 1);
    return n == 0;
}
