/* program.h: what the commands have in common: what was said, who answers, what the time is. */
#ifndef POSTERN_PROGRAMS_PROGRAM_H
#define POSTERN_PROGRAMS_PROGRAM_H

#include "programs/answerer.h"
#include "programs/command.h"
#include "programs/data.h"
#include "scan.h"

struct program {
    struct settings *settings;
    enum command_id command;
    struct answerer answerer;
    struct scan_params params;
    struct suffixes *suffixes;
    struct data data;      /* of commands that look into messages; else zeroed */
    struct crypto *crypto; /* of this process, see program_start() */
    int64_t now;
    bool colour;
};

/* Makes *program ready as far as all processes share it: answers, envelope, time, suffixes. On an error its
 * exit code, with the words in err. */
enum status program_init(struct program *program, struct settings *settings, enum command_id command,
                         struct err *err) MUST_USE;

/* What each process makes for itself: crypto and, where one is needed, the resolver. */
enum status program_start(struct program *program, struct err *err) MUST_USE;

/* Gives back what those two made. */
void program_end(struct program *program);

/* Writes time, envelope and answers to the file of --record; nothing if that isn't given. */
enum status program_record(const struct program *program, const struct envelope *envelope,
                           const struct ask *ask, struct err *err) MUST_USE;

/* Prints "postern COMMAND: words" to standard error, escaped, and returns the status. */
enum status complain(enum command_id command, enum status status, str words);

/* Writes all of it to standard output. */
enum status print(str text, struct err *err) MUST_USE;

/* The commands. */
enum status run_check(struct program *program);
enum status run_spf(struct program *program);
enum status run_dkim_verify(struct program *program);
enum status run_dkim_sign(struct program *program);
enum status run_dkim_keygen(struct program *program);
enum status run_arc_verify(struct program *program);
enum status run_arc_seal(struct program *program);
enum status run_dmarc(struct program *program);
enum status run_dns(struct program *program);
enum status run_status(struct program *program);
enum status run_config_check(struct program *program);
enum status run_config_show(struct program *program);
enum status run_config_explain(struct program *program);
enum status run_import(struct program *program);
enum status run_log(struct program *program);
enum status run_audit(struct program *program);
enum status run_backup(struct program *program);
enum status run_forget(struct program *program);
enum status run_policy_simulate(struct program *program);
enum status run_top(struct program *program);
enum status run_eval(struct program *program);
enum status run_platform_list(struct program *program);
enum status run_platform_show(struct program *program);
enum status run_platform_test(struct program *program);
enum status run_platform_explain(struct program *program);
enum status run_quarantine_list(struct program *program);
enum status run_quarantine_show(struct program *program);
enum status run_quarantine_export(struct program *program);
enum status run_quarantine_release(struct program *program);
enum status run_quarantine_delete(struct program *program);

#endif
