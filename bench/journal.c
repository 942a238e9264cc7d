/* journal.c: what a row of the journal costs, and how long a hunt takes.
 *
 * usage: journal [ROWS [DIRECTORY]]; without ROWS few enough for `make bench`. The journal is made in a
 * directory of its own in DIRECTORY (/var/tmp), which must be on a real disk, and removed again. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "journal/journal.h"
#include "journal/search.h"

enum { BATCH = 64, ROWS = 20000, SENDERS = 100000, DOMAINS = 30000, OWN = 5000, HUNTS = 20 };

static char directory[200];
static uint64_t failed;

static double clock_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t next_random(void)
{
    static uint64_t x = 88172645463325252u;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

/* Low numbers are frequent, as senders are. */
static unsigned skewed(unsigned n)
{
    double x = (double)(next_random() % 1000000) / 1e6;

    return (unsigned)(x * x * x * n);
}

static void on_done(void *context, bool written, const char *words)
{
    (void)context;
    failed += !written;
    if (!written)
        fprintf(stderr, "%s\n", words);
}

/* Facts as they usually are; `d` is the domain. */
static str make_facts(str d, unsigned sender, struct arena *arena)
{
    return arena_printf(
        arena,
        "{\"version\":1,\"message\":{\"size\":20000,\"message_id\":\"<%llx.%llx@%.*s>\",\"from\":[{\"name\":\"Name "
        "%u\",\"address\":\"author%u@%.*s\"}]},\"envelope\":{\"ip\":\"198.51.100.7\",\"helo\":\"mx.%.*s\","
        "\"has_mail_from\":true,\"mail_from\":\"bounce-%u@%.*s\"},\"spf\":{\"result\":\"pass\",\"reason\":\"198.51.100.7 "
        "matches ip4:198.51.100.0/24 in the record of spf.%.*s (included by %.*s)\",\"ip\":\"198.51.100.7\","
        "\"helo_name\":\"mx.%.*s\",\"domain\":\"%.*s\",\"sender\":\"bounce-%u@%.*s\",\"record\":\"v=spf1 "
        "include:spf.%.*s -all\",\"term\":\"ip4:198.51.100.0/24\",\"term_domain\":\"spf.%.*s\",\"path\":[{\"domain\":"
        "\"%.*s\"},{\"domain\":\"spf.%.*s\",\"via\":\"include\"}],\"listed\":true,\"terms\":1},\"spf_helo\":{\"result\":"
        "\"none\",\"reason\":\"mx.%.*s does not exist\",\"identity\":\"helo\",\"ip\":\"198.51.100.7\"},\"dkim\":[{"
        "\"result\":\"pass\",\"reason\":\"the signature is right\",\"domain\":\"%.*s\",\"selector\":\"s%u\","
        "\"identity\":\"@%.*s\",\"hash\":\"sha256\",\"canon_header\":\"relaxed\",\"canon_body\":\"relaxed\",\"body_length\":"
        "%llu,\"checked\":true,\"body_intact\":true,\"fields_intact\":true,\"time\":1795600%llu,\"key_bits\":2048,"
        "\"covers\":{\"from\":\"signed\",\"to\":\"signed\",\"subject\":\"signed\",\"date\":\"signed\",\"message_id\":"
        "\"signed\"}}],\"dkim_result\":\"pass\",\"dkim_seen\":1,\"arc\":{\"result\":\"none\",\"reason\":\"there is no "
        "chain\"},\"dmarc\":{\"result\":\"pass\",\"reason\":\"the DKIM domain %.*s is aligned with %.*s: the domains are "
        "equal\",\"domain\":\"%.*s\",\"policy\":\"reject\",\"authors\":[{\"result\":\"pass\",\"discovery\":{\"domain\":"
        "\"%.*s\",\"policy\":{\"name\":\"_dmarc.%.*s\",\"count\":1,\"found\":true,\"record\":{\"text\":\"v=DMARC1; "
        "p=reject; rua=mailto:d@%.*s\",\"valid\":true,\"has_p\":true,\"p\":\"reject\"}},\"effective\":\"reject\"}}]},"
        "\"iprev\":{\"result\":\"pass\",\"name\":\"mx.%.*s\"}}",
        (unsigned long long)next_random(), (unsigned long long)next_random(), PS(d), sender, sender, PS(d),
        PS(d), sender, PS(d), PS(d), PS(d), PS(d), PS(d), sender, PS(d), PS(d), PS(d), PS(d), PS(d), PS(d),
        PS(d), sender % 9, PS(d), (unsigned long long)(next_random() % 30000),
        (unsigned long long)(next_random() % 1000), PS(d), PS(d), PS(d), PS(d), PS(d), PS(d), PS(d));
}

static void fill(struct record *record, uint64_t number, struct arena *arena)
{
    unsigned sender = skewed(SENDERS), domain = sender % DOMAINS;
    struct outcome_recipient *recipient = arena_new_of(arena, struct outcome_recipient);
    struct indicator *indicators = arena_array_of(arena, 4, struct indicator);
    str name = arena_printf(arena, "domain%u.example", domain);

    recipient->address = arena_printf(arena, "user%u@example.org", skewed(OWN));
    indicators[0] = (struct indicator){S("dkim-domain"), name};
    indicators[1] = (struct indicator){S("address"), arena_printf(arena, "author%u@%.*s", sender, PS(name))};
    indicators[2] = (struct indicator){S("helo"), arena_printf(arena, "mx%u.%.*s", sender % 4, PS(name))};
    indicators[3] =
        (struct indicator){S("link"), arena_printf(arena, "link%u.example", (unsigned)(number % 1000))};
    *record = (struct record){
        .id =
            arena_printf(arena, "%012llx%04x", (unsigned long long)number, (unsigned)next_random() & 0xffff),
        .time = 1795600800 + (int64_t)number / 10,
        .listener = S("inbound"),
        .direction = S("inbound"),
        .mode = S("enforce"),
        .envelope = {.client = {4, {198, 51, (uint8_t)(domain >> 8), (uint8_t)domain}},
                     .helo = indicators[2].value,
                     .has_mail_from = true,
                     .mail_from = arena_printf(arena, "bounce-%u@%.*s", sender, PS(name))},
        .queue_id = arena_printf(arena, "4F%010llX", (unsigned long long)number),
        .size = 20000,
        .facts = make_facts(name, sender, arena),
        .fingerprint = S("0123456789abcdef"),
        .from_domain = name,
        .spf = S("pass"),
        .dkim = S("pass"),
        .arc = S("none"),
        .dmarc = number % 50 ? S("pass") : S("fail"),
        .outcome = {.action = number % 50 ? ACTION_DELIVER : ACTION_QUARANTINE,
                    .result_class = number % 50 ? S("pass") : S("dmarc-quarantine"),
                    .reason = S("the signature of the author's domain is right"),
                    .recipients = recipient,
                    .recipient_count = 1},
        .cpu_us = 70,
        .dns_ms = 20,
        .indicators = indicators,
        .indicator_count = 4,
    };
    for (size_t i = 0; i < 4; i++) {
        uint64_t words[4] = {next_random(), next_random(), next_random(), next_random()};

        memcpy(i % 2 ? record->sha256 : record->body_sha256, words, 32);
    }
}

static bool write_rows(uint64_t rows, uint64_t *commits, struct err *err)
{
    struct journal_params params = {.directory = str_from(directory), .now = 1795600800};
    struct journal *journal = journal_open(&params, err);
    struct arena *arena = arena_new();
    struct record record;

    if (!journal)
        return false;
    for (uint64_t i = 0; i < rows; i++) {
        fill(&record, i, arena);
        journal_add(journal, &record, on_done, NULL);
        arena_reset(arena);
        if (i % BATCH == BATCH - 1 || i + 1 == rows)
            journal_commit(journal, record.time);
    }
    *commits = journal_counts(journal).commits;
    journal_close(journal);
    arena_free(arena);
    return true;
}

static bool on_found(void *context, const struct record *record)
{
    (void)record;
    ++*(uint64_t *)context;
    return true;
}

/* Some hunts; the mean in ms, and how many rows each found. */
static bool hunt(struct search_query query, const char *name, struct err *err)
{
    double begin = clock_of(CLOCK_MONOTONIC);
    uint64_t found = 0;

    for (unsigned i = 0; i < HUNTS; i++)
        if (!search_run(str_from(directory), &query, on_found, NULL, &found, err))
            return false;
    printf("# %s: %llu rows found\n", name, (unsigned long long)(found / HUNTS));
    printf("%s %.3f ms - -\n", name, (clock_of(CLOCK_MONOTONIC) - begin) * 1000 / HUNTS);
    return true;
}

static bool hunts(struct err *err)
{
    static const struct indicator nowhere[] = {{STR("domain"), STR("nowhere.example")}},
                                  link[] = {{STR("link"), STR("link7.example")}},
                                  below[] = {{STR("domain"), STR(".domain29999.example")}};

    return hunt((struct search_query){.indicators = nowhere, .indicator_count = 1}, "journal.hunt_nothing",
                err) &&
           hunt((struct search_query){.indicators = link, .indicator_count = 1, .limit = 100},
                "journal.hunt_100", err) &&
           hunt((struct search_query){.indicators = below, .indicator_count = 1}, "journal.hunt_below",
                err) &&
           hunt((struct search_query){.dmarc = S("fail"), .limit = 100}, "journal.search_result", err);
}

static uint64_t total;

static int add_size(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)path, (void)ftw;
    if (type == FTW_F)
        total += (uint64_t)status->st_size;
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw;
    return remove(path);
}

/* The floor of a row's time: a commit can't be faster than the disk makes a few pages durable. */
static double sync_seconds(void)
{
    char path[220], page[4 * 8192] = {0};
    double begin;
    FILE *file;

    snprintf(path, sizeof(path), "%s/sync", directory);
    file = fopen(path, "w");
    if (!file)
        return 0;
    begin = clock_of(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < 50; i++) {
        fwrite(page, sizeof(page), 1, file);
        fflush(file);
        fdatasync(fileno(file));
    }
    begin = (clock_of(CLOCK_MONOTONIC) - begin) / 50;
    fclose(file);
    remove(path);
    return begin;
}

int main(int count, char **arguments)
{
    uint64_t rows = count > 1 ? strtoull(arguments[1], NULL, 10) : ROWS, commits = 0;
    double wall, cpu, sync;
    struct err err = {""};
    bool ok;

    snprintf(directory, sizeof(directory), "%s/postern-bench-XXXXXX", count > 2 ? arguments[2] : "/var/tmp");
    if (rows == 0 || !mkdtemp(directory)) {
        fprintf(stderr, "usage: journal [ROWS [DIRECTORY]]\n");
        return 64;
    }
    sync = sync_seconds();
    wall = clock_of(CLOCK_MONOTONIC);
    cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    ok = write_rows(rows, &commits, &err);
    wall = clock_of(CLOCK_MONOTONIC) - wall;
    cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    nftw(directory, add_size, 16, FTW_PHYS);
    if (ok) {
        printf("# %llu rows in %llu commits\n", (unsigned long long)rows, (unsigned long long)commits);
        printf("journal.rate %.0f rows/s %.0f %.3f\n", (double)rows / wall, BATCH / sync,
               (double)rows / wall / (BATCH / sync));
        printf("journal.cpu %.1f us/row - -\n", cpu * 1e6 / (double)rows);
        printf("journal.size %.0f bytes/row - -\n", (double)total / (double)rows);
        ok = hunts(&err);
    }
    nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (!ok)
        fprintf(stderr, "%s\n", err.words);
    return !ok || failed;
}
