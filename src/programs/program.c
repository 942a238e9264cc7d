/* program.c: what the commands have in common. */
#include "programs/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "programs/file.h"
#include "programs/site.h"

enum { RECORD_MAX = 16 * 1024 * 1024 };

/* What the answers file says of the envelope counts where the command line says nothing. */
static bool complete_envelope(struct program *program, struct err *err)
{
    const struct answers *answers = &program->answerer.answers;
    struct envelope *envelope = &program->settings->envelope;

    if (envelope->client.family == 0 && answers->ip.p && !ip_parse(answers->ip, &envelope->client))
        return err_set(err, "%.*s: \"%.*s\" is no IP address", PS(program->settings->answers),
                       PS(answers->ip));
    if (!envelope->helo.n && answers->helo.p)
        envelope->helo = answers->helo;
    if (!envelope->has_mail_from && answers->mail_from.p) {
        envelope->has_mail_from = true;
        envelope->mail_from = answers->mail_from;
    }
    if (!envelope->recipient_count) {
        envelope->recipients = answers->recipients;
        envelope->recipient_count = answers->recipient_count;
    }
    return true;
}

static bool names_senders(enum command_id command)
{
    return command == COMMAND_CHECK || command == COMMAND_EVAL || command == COMMAND_PLATFORM_LIST ||
           command == COMMAND_PLATFORM_SHOW || command == COMMAND_PLATFORM_TEST ||
           command == COMMAND_PLATFORM_EXPLAIN;
}

/* What is wrong with the data files is told line by line. */
static enum status load_data(struct program *program, struct err *err)
{
    enum { PROBLEMS_MAX = 65536 };
    struct arena *arena = program->settings->arena;
    struct buf problems = buf_new(arena, PROBLEMS_MAX);
    str folder = data_folder(program->settings->data, arena);
    struct crypto *crypto;
    bool good;

    if (!names_senders(program->command))
        return STATUS_OK;
    crypto = crypto_new(err);
    good = crypto && data_load(&program->data, folder, true, program->suffixes, crypto, &problems, err);
    crypto_free(crypto);
    if (good)
        data_give(&program->data, program->suffixes, &program->params);
    fprintf(stderr, "%.*s", PS(buf_str(&problems)));
    return good ? STATUS_OK : STATUS_DATA;
}

enum status program_init(struct program *program, struct settings *settings, enum command_id command,
                         struct err *err)
{
    const char *no_colour = getenv("NO_COLOR");
    const struct config *config = NULL;
    enum status status;

    *program = (struct program){.settings = settings, .command = command};
    if (command == COMMAND_EVAL) { /* there is no DNS of the time of those messages */
        settings->offline = true;
        settings->trust_authserv = S("first");
    }
    status = command == COMMAND_CHECK ? site_read(&config, settings, err) : STATUS_OK;
    if (status == STATUS_OK)
        status = answerer_init(&program->answerer, settings, err);
    if (status != STATUS_OK)
        return status;
    if (!complete_envelope(program, err))
        return STATUS_DATA;
    program->now = settings->has_time                   ? settings->time
                   : program->answerer.answers.has_time ? program->answerer.answers.time
                                                        : (int64_t)time(NULL);
    program->colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
    program->params.auth.trust_authserv = settings->trust_authserv;
    if (settings->relays.network_count)
        program->params.auth.relays = &settings->relays;
    program->params.auth.arc.trusted_sealers = settings->trusted_sealers;
    program->params.auth.arc.trusted_sealer_count = settings->trusted_sealer_count;
    program->suffixes = suffixes_load(NULL, err);
    program->params.auth.dmarc.suffixes = program->suffixes;
    if (config && program->suffixes)
        program->params.auth.dnsl = config_lists(config, program->suffixes, settings->arena);
    return program->suffixes ? load_data(program, err) : STATUS_UNAVAILABLE;
}

enum status program_start(struct program *program, struct err *err)
{
    program->crypto = crypto_new(err);
    if (!program->crypto)
        return STATUS_OS;
    return answerer_start(&program->answerer, program->settings, err);
}

void program_end(struct program *program)
{
    answerer_end(&program->answerer);
    crypto_free(program->crypto);
    data_free(&program->data);
    suffixes_free(program->suffixes);
}

/* A record may take the place of a record only: who forgets the file's name after --record must not lose a
 * mail or a key. */
static bool may_record(str path, struct arena *arena, struct err *err)
{
    struct answers answers;
    struct stat status;
    str old;

    if (stat(arena_c_str(arena, path), &status) != 0 || !S_ISREG(status.st_mode))
        return true;
    if (file_read(path, RECORD_MAX, arena, &old, err) && answers_parse(&answers, path, old, arena, err))
        return true;
    return err_set(err, "%.*s: there is a file already that holds no answers; it was not changed", PS(path));
}

enum status program_record(const struct program *program, const struct envelope *envelope,
                           const struct ask *ask, struct err *err)
{
    struct arena *arena = ask->arena;
    struct buf buf = buf_new(arena, RECORD_MAX);
    struct answers answers;

    if (program->settings->record.n == 0)
        return STATUS_OK;
    answers_init(&answers, arena);
    answers.has_time = true;
    answers.time = program->now;
    if (envelope->client.family)
        answers.ip = ip_format(envelope->client, arena);
    if (envelope->helo.n)
        answers.helo = envelope->helo;
    if (envelope->has_mail_from)
        answers.mail_from = envelope->mail_from.p ? envelope->mail_from : S("");
    answers.recipients = arena_array_of(arena, envelope->recipient_count, str);
    answers.recipient_count = envelope->recipient_count;
    for (size_t i = 0; i < envelope->recipient_count; i++)
        answers.recipients[i] = envelope->recipients[i];
    answers_add(&answers, ask);
    answers_write_file(&buf, &answers);
    if (buf.full) {
        err_set(err, "%.*s: the answers are longer than %d bytes", PS(program->settings->record), RECORD_MAX);
        return STATUS_CANNOT_CREATE;
    }
    return may_record(program->settings->record, arena, err) &&
                   file_write(program->settings->record, buf_str(&buf), 0666, true, arena, err)
               ? STATUS_OK
               : STATUS_CANNOT_CREATE;
}

enum status complain(enum command_id command, enum status status, str words)
{
    struct arena *arena = arena_new();
    struct buf buf = buf_new(arena, 8192);

    buf_printf(&buf, "postern%s%s: ", command < COMMANDS ? " " : "",
               command < COMMANDS ? commands[command].name : "");
    escape_terminal(&buf, words);
    fprintf(stderr, "%.*s\n", PS(buf_str(&buf)));
    arena_free(arena);
    return status;
}

enum status print(str text, struct err *err)
{
    if (fwrite(text.p, 1, text.n, stdout) == text.n && fflush(stdout) == 0)
        return STATUS_OK;
    err_errno(err, errno, "can't write the output");
    return STATUS_IO;
}
