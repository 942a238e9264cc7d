/* sandbox.h: what a worker gives up when it has started: files, programs, sockets other than those of DNS.
 *
 * What the sandbox refuses fails with EPERM, is counted and logged; what no library of ours has a reason to
 * do (running a program, looking into another process) ends the process with SIGSYS. */
#ifndef POSTERN_PROGRAMS_SANDBOX_H
#define POSTERN_PROGRAMS_SANDBOX_H

#include "programs/board.h"

/* Wakes what loads itself at its first use, and would open files then: charsets, the time zone. The resolver,
 * crypto and the public suffixes wake when they are made. */
void sandbox_wake(void);

/* No way back: no core dumps, no new privileges, no machine code that can be written or made
 * (base/pattern.h), and the list of system calls. `board`: where refusals are counted. False with words if
 * the kernel has no seccomp. */
bool sandbox_close(struct board *board, struct err *err) MUST_USE;

/* What every process of ours does at its start: no core dumps (they would hold mail and keys), no new
 * privileges, and ptrace by the same user refused. */
bool sandbox_common(struct err *err) MUST_USE;

#endif
