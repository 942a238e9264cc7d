/* hidden.c: messages in which a file is hidden from filters (mime-is-broken and mimeminer, in the corpus): it
 * is found, in some reading, in each of them but those that are listed here with a reason. TAP.
 *
 * The corpus is at $POSTERN_CORPUS, by default ../shared/corpus beside the source tree; where it is missing
 * the test is skipped. */
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "mail/mime.h"

enum { FILE_MAX = 1 << 20 };

/* Subjects, as mime-is-broken has them: a number that says how many programs read it, and a name. */
static const struct {
    const char *subject, *reason;
} misses[] = {
    {"*badeq-*", "base64 with padding where none may be, which nobody reads"},
    {"*base64-linelen-4XX *", "the same of lines with two digits too many"},
    {"*base64-linelen-4XXX *", "the same"},
    {"*junk-3tuple+hash+b64nl *", "the same"},
    {"*singlepart-binhex *", "BinHex, noted as encoded otherwise"},
    {"*singlepart-binhex40 *", "the same"},
    {"*singlepart-mac-binhex *", "the same"},
    {"*gzip64 *", "base64 of gzip; the base64 is found"},
    {"*qp-H2=aH *", "escapes that are none, which nobody reads"},
    {"*qp-=XX_allenc-cont *", "the same"},
    {"*qp-=HX_allenc-cont *", "the same"},
    {"*qp-=Hh_allenc-cont *", "the same"},
    {"*space_boundary-empty-*", "an empty boundary"},
    {"*wscr_boundary-*", "boundaries behind a bare CR"},
    {"*nlcr_boundary-*", "the same"},
    {"*fname-*.png *", "nothing is hidden here"},
    {"*fname-ctype.k1Ck2en *", "comments within the word name"},
};
static bool used[sizeof(misses) / sizeof(misses[0])];

static unsigned files, failed;

static bool holds(str text, str needle)
{
    return str_find_str(text, needle) < text.n;
}

/* The zip with the test virus, whole, or the virus itself. */
static bool is_hidden_content(str content)
{
    return holds(content, S("X5O!P%@AP")) ||
           (holds(content, S("PK\3\4")) && holds(content, S("eicar.com")) && holds(content, S("PK\5\6")));
}

static bool find_hidden(const struct mime *mime, bool name, struct arena *arena)
{
    for (size_t i = 0; i < mime->n; i++) {
        struct part *part = mime->parts[i];

        if (!name && is_hidden_content(part_content(part, arena)))
            return true;
        for (unsigned k = 0; name && k < part->name_count; k++)
            if (str_ends(part->names[k], S(".zip")))
                return true;
    }
    return false;
}

static size_t find_miss(const char *subject)
{
    size_t i = 0;

    while (i < sizeof(misses) / sizeof(misses[0]) && fnmatch(misses[i].subject, subject, 0))
        i++;
    return i;
}

static void check_file(const char *path, bool name)
{
    static char bytes[FILE_MAX];
    struct arena *arena = arena_new();
    FILE *file = fopen(path, "rb");
    struct mail mail;
    struct mime mime;
    const char *subject = "";
    size_t miss;
    bool found;

    if (!file) {
        perror(path);
        exit(1);
    }
    mail_parse(&mail, (str){bytes, fread(bytes, 1, FILE_MAX, file)}, arena);
    fclose(file);
    mime_parse(&mime, &mail, arena);
    if (mail.first[HEADER_SUBJECT])
        subject = arena_c_str(arena, mail.first[HEADER_SUBJECT]->value);
    found = find_hidden(&mime, name, arena);
    miss = find_miss(subject);
    files++;
    if (miss < sizeof(misses) / sizeof(misses[0]))
        used[miss] |= !found;
    if (!found && miss == sizeof(misses) / sizeof(misses[0])) {
        failed++;
        printf("# not found:%s (%s)\n", subject, path);
    }
    arena_free(arena);
}

static void check_folder(const char *corpus, const char *folder, const char *pattern, bool name)
{
    char path[4096];
    struct dirent **entries;
    int n;

    snprintf(path, sizeof(path), "%s/torture/%s", corpus, folder);
    n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (fnmatch(pattern, entries[i]->d_name, 0) == 0) {
            snprintf(path, sizeof(path), "%s/torture/%s/%s", corpus, folder, entries[i]->d_name);
            check_file(path, name);
        }
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

int main(void)
{
    const char *corpus = getenv("POSTERN_CORPUS");
    size_t count = sizeof(misses) / sizeof(misses[0]);

    if (!corpus || !corpus[0])
        corpus = POSTERN_SOURCE_ROOT "/../shared/corpus";
    check_folder(corpus, "mime-is-broken", "hide-content*", false);
    check_folder(corpus, "mime-is-broken", "hide-filename*", true);
    check_folder(corpus, "mimeminer-wrapped", "b64_*eicar*", false);
    if (files == 0) {
        printf("ok 1 - hidden # SKIP there is no %s/torture/mime-is-broken\n1..1\n", corpus);
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        if (!used[i]) {
            failed++;
            printf("# a miss that does not happen: %s\n", misses[i].subject);
        }
    printf("%s 1 - hidden: %u files, all found but the %zu kinds that are listed\n1..1\n",
           failed ? "not ok" : "ok", files, count);
    return failed > 0;
}
