/* daemon.c: the command line of posternd. */
#include "programs/daemon.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "programs/config_file.h"
#include "programs/courier.h"
#include "programs/keeper.h"
#include "programs/parent.h"
#include "programs/settings.h"
#include "programs/worker.h"

enum { REPORT_MAX = 256 * 1024 };

static const char help[] =
    "usage: posternd [OPTION]...\n\n"
    "Judges the mail of an MTA that speaks the milter protocol, acts as the configuration says, and records it.\n\n"
    "  --config FILE         the configuration; " CONFIG_FILE " by default\n"
    "  --check-config        say what is wrong with the configuration, and do nothing else\n"
    "  --foreground          stay in the foreground, as a service manager wants it; without it posternd returns\n"
    "                        when all processes are ready\n"
    "  --help, --version\n\n"
    "SIGHUP reads the configuration again; if it is wrong, the old one stays. SIGTERM ends posternd when the sessions\n"
    "have ended, after 30 seconds at the latest; a second one ends it at once. `man posternd` tells more.\n";

struct words {
    const char *config;
    bool check, foreground;
};

/* -1: go on; else the exit code. */
static int read_words(int count, char **arguments, struct words *words)
{
    for (int i = 1; i < count; i++) {
        str word = str_from(arguments[i]);

        if (str_eq(word, S("--help")) || str_eq(word, S("-h")))
            return printf("%s", help) < 0 || fflush(stdout) != 0 ? STATUS_IO : STATUS_OK;
        if (str_eq(word, S("--version")))
            return printf("posternd %s\n", POSTERN_VERSION) < 0 || fflush(stdout) != 0 ? STATUS_IO
                                                                                       : STATUS_OK;
        if (str_eq(word, S("--check-config"))) {
            words->check = true;
        } else if (str_eq(word, S("--foreground"))) {
            words->foreground = true;
        } else if (str_starts(word, S("--config="))) {
            words->config = word.p + S("--config=").n;
        } else if (str_eq(word, S("--config")) && i + 1 < count) {
            words->config = arguments[++i];
        } else {
            fprintf(stderr, "posternd: %s %s; posternd --help tells what there is\n", arguments[i],
                    str_eq(word, S("--config")) ? "wants a file" : "is not known");
            return STATUS_USAGE;
        }
    }
    return -1;
}

static int check(const char *path)
{
    struct arena *arena = arena_new();
    struct buf report = buf_new(arena, REPORT_MAX);
    enum status status;

    config_file_read(str_from(path), (int64_t)time(NULL), true, &report, &status);
    fprintf(stderr, "%.*s", PS(buf_str(&report)));
    arena_free(arena);
    return (int)status;
}

/* ---- the background ---- */

static int telling = -1; /* where the process in the foreground waits */

static void tell_ready(void)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO); /* the log goes on where it went */
    close(nowhere);
    if (write(telling, "r", 1) != 1)
        log_event(LEVEL_WARNING, "nobody waits for the start");
    close(telling);
    telling = -1;
}

/* In the foreground: waits until all is ready and returns the exit code. In the background: -1. */
static int go_to_background(void)
{
    int pipes[2], how = 0;
    char c;
    pid_t pid;

    if (pipe2(pipes, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
        perror("posternd: can't go to the background");
        return STATUS_OS;
    }
    if (pid == 0) {
        close(pipes[0]);
        telling = pipes[1];
        setsid();
        return -1;
    }
    close(pipes[1]);
    if (read(pipes[0], &c, 1) == 1)
        return STATUS_OK;
    waitpid(pid, &how, 0);
    return WIFEXITED(how) && WEXITSTATUS(how) ? WEXITSTATUS(how) : STATUS_SOFTWARE;
}

int daemon_main(int count, char **arguments)
{
    struct words words = {.config = CONFIG_FILE};
    struct parent_params params = {.worker = worker_run, .keeper = keeper_run};
    char *path;
    int code;

    if (count == 2 && str_eq(str_from(arguments[1]), S(COURIER_WORD)))
        return courier_main();
    code = read_words(count, arguments, &words);
    if (code >= 0)
        return code;
    if (words.check)
        return check(words.config);
    path = realpath(words.config, NULL); /* the working directory may be another one later */
    params.config = path ? path : words.config;
    if (!words.foreground) {
        code = go_to_background();
        params.ready = tell_ready;
    }
    if (code < 0)
        code = parent_run(&params);
    free(path);
    return code;
}
