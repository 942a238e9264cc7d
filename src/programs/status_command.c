/* status_command.c: postern status: what posternd has done since it was started. */
#include "programs/board.h"
#include "programs/control_client.h"
#include "programs/jsonl.h"
#include "programs/places.h"
#include "programs/program.h"

#include <time.h>

enum { OUT_MAX = 64 * 1024 };

static int64_t count_of(const struct frame *answer, enum count count)
{
    return json_integer_value(json_object_get(json_object_get(answer->head, "counts"), count_names[count]));
}

static void show_json(struct buf *out, const struct frame *answer)
{
    struct jsonl json = {.buf = out};

    jsonl_open(&json, NULL, '{');
    jsonl_text(&json, "version", frame_text(answer, "version"));
    jsonl_number(&json, "started", frame_number(answer, "started"));
    jsonl_open(&json, "counts", '{');
    for (unsigned i = 0; i < COUNTS; i++)
        jsonl_number(&json, count_names[i], count_of(answer, (enum count)i));
    jsonl_close(&json, '}');
    jsonl_close(&json, '}');
    buf_add_char(out, '\n');
}

static void show(struct buf *out, const struct frame *answer, struct arena *arena)
{
    time_t started = (time_t)frame_number(answer, "started");
    struct tm parts;
    char text[32] = "";

    if (gmtime_r(&started, &parts))
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
    buf_printf(out, "posternd %.*s since %s\n\n", PS(text_clip(frame_text(answer, "version"), 40, arena)),
               text);
    for (unsigned i = 0; i < COUNTS; i++)
        buf_printf(out, "%10lld  %s\n", (long long)count_of(answer, (enum count)i), count_help[i]);
}

enum status run_status(struct program *program)
{
    const struct settings *settings = program->settings;
    struct buf out = buf_new(settings->arena, OUT_MAX);
    struct frame request = {.head = NULL}, answer;
    struct err err;
    enum status status = places_find(program, PLACE_CONTROL);

    if (status != STATUS_OK)
        return status;
    frame_set_text(&request, "do", S("status"));
    if (!control_ask(settings->control, &request, &answer, settings->arena, &err))
        return complain(program->command, STATUS_UNAVAILABLE, str_from(err.words));
    if (settings->json)
        show_json(&out, &answer);
    else
        show(&out, &answer, settings->arena);
    frame_free(&answer);
    status = print(buf_str(&out), &err);
    return status == STATUS_OK ? STATUS_OK : complain(program->command, status, str_from(err.words));
}
