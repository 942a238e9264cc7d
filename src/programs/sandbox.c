/* sandbox.c: the list of system calls that a worker may make. */
#include "programs/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/pattern.h"
#include "mail/charset.h"

static struct board *counted;

/* ---- what may be done ---- */

/* With any arguments: memory, time, and descriptors that are there already. */
static const int allowed[] = {
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(bind), /* a random port for each question */
    SCMP_SYS(brk),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(close),
    SCMP_SYS(connect), /* questions by TCP; a UDP socket is bound to its peer so */
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(fallocate),
    SCMP_SYS(fstat),
    SCMP_SYS(ftruncate),
    SCMP_SYS(futex),
    SCMP_SYS(getpeername),
    SCMP_SYS(getpid),
    SCMP_SYS(getrandom),
    SCMP_SYS(getrusage),
    SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt),
    SCMP_SYS(gettid),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(lseek),
    SCMP_SYS(madvise),
    SCMP_SYS(memfd_create),
    SCMP_SYS(mremap),
    SCMP_SYS(munmap),
    SCMP_SYS(nanosleep),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(recvmsg),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(setsockopt),
    SCMP_SYS(shutdown),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(time),
    SCMP_SYS(write),
    SCMP_SYS(writev),
};

/* What nobody does by mistake. */
static const int deadly[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(mount),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(bpf),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
};

/* Those whose arguments are looked at: each row is one more way in which the call is allowed. */
static const struct {
    int call;
    struct scmp_arg_cmp argument;
} allowed_with[] = {
    {SCMP_SYS(socket), SCMP_A0_32(SCMP_CMP_EQ, AF_INET)},
    {SCMP_SYS(socket), SCMP_A0_32(SCMP_CMP_EQ, AF_INET6)},
    {SCMP_SYS(fcntl), SCMP_A1_32(SCMP_CMP_EQ, F_GETFD)},
    {SCMP_SYS(fcntl), SCMP_A1_32(SCMP_CMP_EQ, F_SETFD)},
    {SCMP_SYS(fcntl), SCMP_A1_32(SCMP_CMP_EQ, F_GETFL)},
    {SCMP_SYS(fcntl), SCMP_A1_32(SCMP_CMP_EQ, F_SETFL)},
    {SCMP_SYS(fcntl), SCMP_A1_32(SCMP_CMP_EQ, F_DUPFD_CLOEXEC)},
    {SCMP_SYS(ioctl), SCMP_A1_32(SCMP_CMP_EQ, FIONBIO)},
    {SCMP_SYS(ioctl), SCMP_A1_32(SCMP_CMP_EQ, FIONREAD)},
    /* Memory is never made executable. */
    {SCMP_SYS(mmap), SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
    {SCMP_SYS(mprotect), SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
    /* A new file without a name, which can't be given one: the spool. It opens nothing that is there. */
    {SCMP_SYS(openat), SCMP_A2_32(SCMP_CMP_MASKED_EQ, O_TMPFILE | O_EXCL, O_TMPFILE | O_EXCL)},
    /* fstat(3): of a descriptor. */
    {SCMP_SYS(newfstatat), SCMP_A3_32(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH)},
};

static int add_rules(scmp_filter_ctx filter)
{
    scmp_datum_t self = (scmp_datum_t)getpid();
    int result = 0;

    for (size_t i = 0; result == 0 && i < sizeof(allowed) / sizeof(allowed[0]); i++)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; result == 0 && i < sizeof(deadly) / sizeof(deadly[0]); i++)
        result = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
    for (size_t i = 0; result == 0 && i < sizeof(allowed_with) / sizeof(allowed_with[0]); i++)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_with[i].call, 1, allowed_with[i].argument);
    if (result == 0) /* abort(3) */
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, self));
    return result;
}

/* ---- what was refused ---- */

/* Makes the call fail with EPERM. False where this is not known how: the process then dies. */
static bool refuse(ucontext_t *context)
{
#if defined(__x86_64__)
    context->uc_mcontext.gregs[REG_RAX] = -EPERM;
    return true;
#elif defined(__aarch64__)
    context->uc_mcontext.regs[0] = (unsigned long long)-EPERM;
    return true;
#else
    (void)context;
    return false;
#endif
}

/* In the middle of anything, log.c included: only what a signal handler may do. */
static void on_refusal(int signal, siginfo_t *info, void *context)
{
    char line[128] = "level=error event=\"sandbox refused a system call\" number=";
    size_t n = strlen(line);
    unsigned number = (unsigned)info->si_syscall, divisor = 1;
    int error = errno;
    ssize_t written;

    (void)signal;
    if (counted)
        board_count(counted, COUNT_sandbox);
    while (number / divisor >= 10)
        divisor *= 10;
    for (; divisor; divisor /= 10)
        line[n++] = (char)('0' + number / divisor % 10);
    line[n++] = '\n';
    written = write(STDERR_FILENO, line, n);
    (void)written;
    errno = error;
    if (!refuse(context))
        _exit(1);
}

/* ---- closing ---- */

void sandbox_wake(void)
{
    charset_wake();
    tzset(); /* strftime() wants it */
}

bool sandbox_common(struct err *err)
{
    const struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return err_errno(err, errno, "can't forbid core dumps");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return err_errno(err, errno, "can't give up new privileges");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return err_errno(err, errno, "can't forbid looking into the process");
    return true;
}

/* PCRE2 leaves its machine code writable: whoever could make us write a byte could run what he likes. */
static bool freeze_code(struct err *err)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    unsigned long begin, end;
    char line[512], rights[5];
    bool ok = maps != NULL;

    while (ok && fgets(line, sizeof(line), maps))
        if (sscanf(line, "%lx-%lx %4s", &begin, &end, rights) == 3 && rights[1] == 'w' && rights[2] == 'x')
            ok = mprotect((void *)begin, end - begin, PROT_READ | PROT_EXEC) == 0;
    if (!ok)
        err_errno(err, errno, "can't make machine code read-only (/proc/self/maps)");
    if (maps)
        fclose(maps);
    pattern_close();
    return ok;
}

bool sandbox_close(struct board *board, struct err *err)
{
    const struct sigaction action = {.sa_sigaction = on_refusal, .sa_flags = SA_SIGINFO | SA_NODEFER};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
    int result;

    counted = board;
    if (!filter)
        return err_set(err, "can't make a seccomp filter");
    if (!freeze_code(err) || !sandbox_common(err) || sigaction(SIGSYS, &action, NULL) != 0) {
        seccomp_release(filter);
        return false;
    }
    result = add_rules(filter);
    if (result == 0)
        result = seccomp_load(filter);
    seccomp_release(filter);
    return result == 0 || err_errno(err, -result, "can't close the sandbox (seccomp)");
}
