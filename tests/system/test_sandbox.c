/* The sandbox of a worker: what it must not do ends in EPERM or SIGSYS and is said; what it needs still
 * works. */
#include "programs/sandbox.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ask/resolver.h"
#include "auth/crypto.h"
#include "base/base64.h"
#include "base/pattern.h"
#include "mail/charset.h"

enum { DONE = 0, REFUSED = 40, OTHER = 41 };

/* What a process did that closed its sandbox first: how it ended, and what it wrote to standard error. */
struct end {
    int how;
    uint64_t counted;
    char said[4096];
};

static int outcome(bool ok)
{
    return ok ? DONE : errno == EPERM ? REFUSED : OTHER;
}

static struct end run(int (*deed)(void))
{
    struct end end = {.how = -1};
    struct err err;
    struct board *board = board_new(&err);
    int pipes[2];
    size_t n = 0;
    ssize_t got;
    pid_t pid;

    assert_non_null(board);
    assert_int_equal(pipe(pipes), 0);
    pid = fork();
    if (pid == 0) {
        dup2(pipes[1], STDERR_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        for (int i = 1; i < 32; i++)
            signal(i, SIG_DFL); /* not the sanitizer's */
        sandbox_wake();
        if (!board_sit(board, 0, &err) || !sandbox_close(board, &err)) {
            dprintf(STDERR_FILENO, "%s\n", err.words);
            _exit(99);
        }
        _exit(deed());
    }
    close(pipes[1]);
    while (n < sizeof(end.said) - 1 && (got = read(pipes[0], end.said + n, sizeof(end.said) - 1 - n)) > 0)
        n += got;
    close(pipes[0]);
    assert_int_equal(waitpid(pid, &end.how, 0), pid);
    end.counted = board_sum(board, COUNT_sandbox);
    board_free(board);
    return end;
}

static int open_a_file(void)
{
    return outcome(open("/etc/passwd", O_RDONLY) >= 0);
}
static int make_a_file(void)
{
    return outcome(open("/tmp/postern-escaped", O_CREAT | O_WRONLY, 0600) >= 0);
}
static int open_by_creat(void)
{
    return outcome(creat("/tmp/postern-escaped", 0600) >= 0);
}
static int make_a_folder(void)
{
    return outcome(mkdir("/tmp/postern-escaped.d", 0700) == 0);
}
static int remove_a_file(void)
{
    return outcome(unlink("/tmp/postern-no-such-file") == 0);
}
static int unix_socket(void)
{
    return outcome(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
}
static int netlink_socket(void)
{
    return outcome(socket(AF_NETLINK, SOCK_RAW, 0) >= 0);
}
static int listen_there(void)
{
    return outcome(listen(socket(AF_INET, SOCK_STREAM, 0), 1) == 0);
}
static int start_a_process(void)
{
    return outcome(fork() >= 0);
}
static int end_another(void)
{
    return outcome(kill(1, 0) == 0);
}
static int make_code(void)
{
    return outcome(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
                   MAP_FAILED);
}
static int change_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return outcome(mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0);
}
static int spool_with_a_name(void)
{
    return outcome(open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0);
}
static int spool_file(void)
{
    int file = open("/tmp", O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

    return outcome(file >= 0 && write(file, "x", 1) == 1 && ftruncate(file, 10) == 0);
}
static int run_a_program(void)
{
    return outcome(execl("/bin/true", "true", NULL) == 0);
}
static int fail_an_assertion(void)
{
    abort();
}

static void refuses(void **state)
{
    static const struct {
        const char *name;
        int (*deed)(void);
    } rows[] = {
        {"open a file", open_a_file},
        {"make a file", make_a_file},
        {"creat", open_by_creat},
        {"mkdir", make_a_folder},
        {"unlink", remove_a_file},
        {"socket(AF_UNIX)", unix_socket},
        {"socket(AF_NETLINK)", netlink_socket},
        {"listen", listen_there},
        {"fork", start_a_process},
        {"kill", end_another},
        {"mmap of code", make_code},
        {"mprotect to code", change_code},
        {"a spool file that can be linked", spool_with_a_name},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct end end = run(rows[i].deed);

        if (!WIFEXITED(end.how) || WEXITSTATUS(end.how) != REFUSED || end.counted != 1 ||
            !strstr(end.said, "sandbox refused a system call"))
            fail_msg("%s: ended so: %#x, counted %u, said \"%s\"", rows[i].name, end.how,
                     (unsigned)end.counted, end.said);
    }
}

static void kills(void **state)
{
    struct end end = run(run_a_program);

    (void)state;
    assert_true(WIFSIGNALED(end.how));
    assert_int_equal(WTERMSIG(end.how), SIGSYS);
}

static void lets_die(void **state)
{
    struct end end = run(fail_an_assertion);

    (void)state;
    assert_true(WIFSIGNALED(end.how));
    assert_int_equal(WTERMSIG(end.how), SIGABRT);
    assert_int_equal(end.counted, 0);
}

/* The resolver, crypto and charsets of a worker, made before the sandbox closes and used behind it. */
static struct resolver *resolver;
static struct crypto *crypto;
static struct arena *arena;
static uv_loop_t loop;

static int ask_names(void)
{
    static const char *const names[] = {"example.net", "long.example.net"}; /* by UDP, and by TCP */
    struct ask ask;

    ask_init(&ask, arena, 0);
    for (int i = 0; i < 2; i++)
        ask_dns(&ask, ASK_SPF, str_from(names[i]), DNS_TXT);
    resolver_answer(resolver, &ask);
    for (int i = 0; i < 2; i++) {
        const struct dns_answer *answer = ask_peek(&ask, str_from(names[i]), DNS_TXT);

        if (!answer || answer->status != DNS_OK) {
            dprintf(STDERR_FILENO, "%s: %s %.*s\n", names[i],
                    dns_status_name(answer ? answer->status : DNS_UNKNOWN), PS(answer ? answer->why : S("")));
            return OTHER;
        }
    }
    return DONE;
}

static int read_charsets(void)
{
    static const struct {
        str name, bytes, wanted;
    } rows[] = {
        {STR("euc-tw"), STR("\xc4\xe3"), STR("\xe4\xb8\xad")},
        {STR("iso-2022-kr"), STR("\x1b$)C\x0e\x30\x21\x0f"), STR("\xea\xb0\x80")},
        {STR("koi8-u"), STR("\xa4"), STR("\xd1\x94")},
        {STR("utf-7"), STR("+AOk-"), STR("\xc3\xa9")},
        {STR("big5-hkscs"), STR("\xa4\x40"), STR("\xe4\xb8\x80")},
        {STR("iso-2022-jp"), STR("\x1b$B0l\x1b(B"), STR("\xe4\xb8\x80")},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf buf = buf_new(arena, 100);
        bool broken = false;

        charset_decode(charset_find(rows[i].name), rows[i].bytes, &buf, &broken);
        if (broken || !str_eq(buf_str(&buf), rows[i].wanted)) {
            dprintf(STDERR_FILENO, "%.*s: \"%.*s\"\n", PS(rows[i].name), PS(buf_str(&buf)));
            return OTHER;
        }
    }
    return DONE;
}

/* A key is made outside; behind the sandbox a signature is checked, and an Ed25519 key is new to the process.
 */
static struct private_key *keys[2];
static int verify(void)
{
    for (int i = 0; i < 2; i++) {
        struct hash *hash = hash_new(crypto, HASH_SHA256);
        uint8_t digest[HASH_SIZE_MAX];
        const struct public_key *key;
        const char *reason = "";
        str signature, public;
        struct err err;
        unsigned bits;
        size_t n;

        hash_add(hash, S("bytes"));
        n = hash_end(hash, digest);
        if (!private_key_public(keys[i], arena, &public, &err) ||
            !private_key_sign(keys[i], digest, n, arena, &signature, &err))
            return OTHER;
        key = crypto_public_key(crypto, private_key_type(keys[i]), public, &bits, &reason);
        if (!key || !crypto_verify(crypto, key, HASH_SHA256, digest, n, signature)) {
            dprintf(STDERR_FILENO, "key %d: %s\n", i, reason);
            return OTHER;
        }
    }
    return DONE;
}

/* Patterns: what was made to machine code outside runs behind the sandbox and can't be written; there none is
 * made any more, which is said, and the interpreter finds the same. */
static struct pattern_set *patterns;
static const struct pattern *pattern;
static char *machine_code;

static bool finds(const struct pattern *which)
{
    struct pattern_match match;

    return pattern_find(which, S("click http://a.example/b?u=c now"), 0, &match) == PATTERN_FOUND &&
           str_eq(match.group[1], S("a.example")) && str_eq(match.group[2], S("/b?u=c"));
}

static const struct pattern *compile(void)
{
    struct err err;

    return pattern_compile(patterns, S("https?://([^/?#]+)(\\S*)"), PATTERN_CASELESS | PATTERN_UTF, &err);
}

static int run_machine_code(void)
{
    return pattern_is_machine_code(pattern) && !pattern_set_slow(patterns) && finds(pattern) ? DONE : OTHER;
}

static int compile_inside(void)
{
    const struct pattern *inside = compile();
    const char *slow = pattern_set_slow(patterns);

    return !pattern_is_machine_code(inside) && slow && strstr(slow, "no machine code") && finds(inside)
               ? DONE
               : OTHER;
}

static int write_machine_code(void)
{
    *(volatile char *)machine_code = *(volatile char *)machine_code;
    return DONE;
}

static char *writable_code(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    unsigned long begin = 0;
    char line[512], rights[5] = "";

    assert_non_null(maps);
    while (!strchr(rights, 'w') || !strchr(rights, 'x')) {
        assert_non_null(fgets(line, sizeof(line), maps));
        assert_int_equal(sscanf(line, "%lx-%*x %4s", &begin, rights), 2);
    }
    fclose(maps);
    return (char *)begin;
}

static void freezes_patterns(void **state)
{
    struct end end;

    (void)state;
    patterns = pattern_set_new(true);
    pattern = compile();
    assert_true(pattern_is_machine_code(pattern));
    machine_code = writable_code();
    end = run(run_machine_code);
    assert_true(WIFEXITED(end.how) && WEXITSTATUS(end.how) == DONE && end.counted == 0);
    end = run(compile_inside);
    assert_true(WIFEXITED(end.how) && WEXITSTATUS(end.how) == DONE && end.counted == 0);
    end = run(write_machine_code);
    assert_true(WIFSIGNALED(end.how));
    assert_int_equal(WTERMSIG(end.how), SIGSEGV);
    pattern_set_free(patterns);
}

static void allows(void **state)
{
    static const struct {
        const char *name;
        int (*deed)(void);
    } rows[] = {
        {"a spool file", spool_file}, {"DNS", ask_names}, {"charsets", read_charsets}, {"crypto", verify}};
    const char *server = getenv("DNS_SERVER");
    struct resolver_config config = {.forwarders = &server, .forwarder_count = 1};
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct end end;

        arena = arena_new();
        assert_int_equal(uv_loop_init(&loop), 0);
        resolver = resolver_new(&loop, &config, &err);
        crypto = crypto_new(&err);
        keys[0] = private_key_new(KEY_RSA, 1024, &err);
        keys[1] = private_key_new(KEY_ED25519, 0, &err);
        assert_true(resolver && crypto && keys[0] && keys[1]);
        end = run(rows[i].deed);
        if (!WIFEXITED(end.how) || WEXITSTATUS(end.how) != DONE || end.counted != 0)
            fail_msg("%s: ended so: %#x, said \"%s\"", rows[i].name, end.how, end.said);
        private_key_free(keys[0]);
        private_key_free(keys[1]);
        crypto_free(crypto);
        resolver_free(resolver);
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),          cmocka_unit_test(kills),
        cmocka_unit_test(lets_die),         cmocka_unit_test(allows),
        cmocka_unit_test(freezes_patterns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
