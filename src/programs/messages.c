/* messages.c: one command over all messages that were named. */
#include "programs/messages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"
#include "programs/input.h"
#include "programs/jsonl.h"
#include "programs/progress.h"
#include "programs/workers.h"

enum {
    JOBS_MAX = 256,
    JOBS_EACH_ASKING = 4, /* processes for each processor where they mostly wait for the network */
    COMPLAINT_MAX = 4096,
    OUT_MAX =
        16 * 1024 * 1024, /* JSON: every list and every text in it is bounded, all together below this */
};

struct run {
    struct program *program;
    struct inputs inputs;
    message_judge *judge;
    bool started; /* in a worker: program_start() was called */
    unsigned status;
    struct err err; /* why printing ended */
    struct progress progress;
};

static struct place place_of(const struct input *input)
{
    return (struct place){input->file, input->number};
}

/* A message that could not be judged: words for the administrator, and a line of JSON where those are read.
 */
static void fail(const struct run *run, size_t number, enum status status, const char *words,
                 struct arena *arena, struct work_outcome *outcome)
{
    const struct input *input = &run->inputs.items[number];
    struct place place = place_of(input);
    struct buf complaint = buf_new(arena, COMPLAINT_MAX), out = buf_new(arena, OUT_MAX);
    struct jsonl json = {.buf = &out};

    buf_add(&complaint, input->file);
    if (input->number)
        buf_printf(&complaint, ", message %zu", input->number);
    buf_printf(&complaint, ": %s", words);
    if (run->program->settings->json) {
        jsonl_open(&json, NULL, '{');
        report_place(&json, &place);
        jsonl_text(&json, "error", str_from(words));
        jsonl_close(&json, '}');
        buf_add_char(&out, '\n');
    }
    outcome->out = buf_str(&out);
    outcome->complaint = buf_str(&complaint);
    outcome->status = status;
}

static void lost(void *context, size_t number, const char *how, struct arena *arena,
                 struct work_outcome *outcome)
{
    struct err err;

    err_set(&err, "not judged: the process that judged it %s", how);
    fail(context, number, STATUS_SOFTWARE, err.words, arena, outcome);
}

static enum status judge(struct run *run, const struct input *input, struct buf *out, struct err *err)
{
    struct place place = place_of(input);
    struct file_view view;
    str raw;
    enum status status = input_open(&run->inputs, input, &view, &raw, out->arena, err);

    if (status != STATUS_OK)
        return status;
    status = run->judge(run->program, raw, &place, out, err);
    file_close(&view);
    return status;
}

static void piece(void *context, size_t number, struct arena *arena, struct work_outcome *outcome)
{
    struct run *run = context;
    bool json = run->program->settings->json;
    struct buf out = buf_new(arena, json ? OUT_MAX : LIMIT_EXPLANATION);
    enum status status = STATUS_OK;
    struct err err = {""};

    if (!run->started)
        status = program_start(run->program, &err);
    run->started = status == STATUS_OK;
    if (status == STATUS_OK)
        status = judge(run, &run->inputs.items[number], &out, &err);
    if (status >= STATUS_USAGE && err.words[0]) {
        fail(run, number, status, err.words, arena, outcome);
        return;
    }
    if (out.full && json) {
        fail(run, number, STATUS_SOFTWARE, "its result is too long", arena, outcome);
        return;
    }
    outcome->out = buf_str(&out);
    outcome->status = status;
    if (out.full)
        outcome->complaint = S("the explanation is too long and was cut");
}

static bool done(void *context, size_t number, const struct work_outcome *outcome)
{
    struct run *run = context;

    (void)number;
    if (outcome->status > run->status)
        run->status = outcome->status;
    if (outcome->out.n && fwrite(outcome->out.p, 1, outcome->out.n, stdout) != outcome->out.n) {
        err_errno(&run->err, errno, "can't write the output");
        run->status = STATUS_IO;
        return false;
    }
    if (outcome->complaint.n) {
        progress_clear();
        fflush(stdout);
        complain(run->program->command, outcome->status, outcome->complaint);
    }
    /* No resolver, no crypto: the next message would fare no better. */
    return outcome->status != STATUS_UNAVAILABLE && outcome->status != STATUS_OS;
}

static void waiting(void *context, size_t count)
{
    struct run *run = context;

    fflush(stdout);
    progress_show(&run->progress, "%zu of %zu", count, run->inputs.n);
}

static unsigned job_count(const struct run *run)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned jobs = run->program->settings->jobs;

    if (jobs == 0)
        jobs = processors > 0 && processors < JOBS_MAX ? (unsigned)processors : 1;
    if (run->program->settings->jobs == 0 && !run->program->answerer.offline)
        jobs *= JOBS_EACH_ASKING;
    return run->inputs.n < jobs ? (unsigned)run->inputs.n : jobs;
}

enum status messages_run(struct program *program, message_judge *judge_one)
{
    struct settings *settings = program->settings;
    struct run run = {.program = program, .judge = judge_one};
    struct work work = {.context = &run, .piece = piece, .lost = lost, .done = done, .waiting = waiting};

    inputs_find(&run.inputs, settings->files, settings->file_count, settings->arena);
    if (settings->record.n && run.inputs.n > 1)
        return complain(program->command, STATUS_USAGE,
                        S("--record writes the answers of one message; give one message at a time"));
    progress_begin(&run.progress);
    work.count = run.inputs.n;
    work.jobs = job_count(&run);
    if (work.count && !workers_run(&work, &run.err))
        run.status = STATUS_OS;
    progress_clear();
    if (fflush(stdout) != 0 && !run.err.words[0]) {
        err_errno(&run.err, errno, "can't write the output");
        run.status = STATUS_IO;
    }
    file_close(&run.inputs.standard);
    if (run.err.words[0])
        complain(program->command, (enum status)run.status, str_from(run.err.words));
    return (enum status)run.status;
}

enum status messages_one(struct program *program, str *raw, struct err *err)
{
    struct settings *settings = program->settings;
    struct inputs inputs;
    struct input input;
    struct file_view view;
    enum status status;

    inputs_find(&inputs, settings->files, settings->file_count, settings->arena);
    if (inputs.n != 1) {
        err_set(err, "one message is wanted, and there are %zu", inputs.n);
        return STATUS_DATA;
    }
    input = inputs.items[0];
    input.offset = 0; /* with a "From " line before it, which is not to be lost */
    input.length = SIZE_MAX;
    input.quoted = false;
    status = input_open(&inputs, &input, &view, raw, settings->arena, err);
    if (status != STATUS_OK)
        return status;
    *raw = arena_str(settings->arena, *raw);
    file_close(&view);
    file_close(&inputs.standard);
    return STATUS_OK;
}
