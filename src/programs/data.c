/* data.c: the data files that programs read at their start. */
#include "programs/data.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "programs/file.h"

enum { FINGERPRINT = 16 };

/* True if this program lies in the tree in which it was built. */
static bool runs_where_built(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path));

    return n > 0 && str_starts((str){path, (size_t)n}, str_from(POSTERN_BUILD_ROOT "/"));
}

str data_folder(str said, struct arena *arena)
{
    const char *environment = getenv("POSTERN_DATA");

    if (said.n)
        return said;
    if (environment && *environment)
        return arena_str(arena, str_from(environment));
    return str_from(runs_where_built() ? POSTERN_SOURCE_DATA : POSTERN_INSTALLED_DATA);
}

/* ---- files ---- */

struct loading {
    struct data *data;
    str folder;
    struct hash *hash; /* over names and texts */
    struct buf *problems;
    struct err *err;
};

/* One file, and into the fingerprint: name and text, parted so that nothing can move from one to the other
 * unseen.
 */
static bool read_one(struct loading *loading, str path, str *text)
{
    if (!file_read(path, LIMIT_CONF_BYTES, loading->data->arena, text, loading->err))
        return false;
    hash_add(loading->hash, str_skip(path, loading->folder.n));
    hash_add(loading->hash, S("\n"));
    hash_add(loading->hash, *text);
    hash_add(loading->hash, S("\n"));
    return true;
}

static str path_of(const struct loading *loading, const char *name)
{
    return arena_join(loading->data->arena, loading->folder, S("/"), str_from(name));
}

static int is_yaml(const struct dirent *entry)
{
    str name = str_from(entry->d_name);

    return !str_starts(name, S(".")) && str_ends(name, S(".yaml"));
}

/* All NAME.yaml of a folder, in alphabetic order. */
static bool read_folder(struct loading *loading, const char *name, struct platform_file **files,
                        size_t *count)
{
    struct arena *arena = loading->data->arena;
    str path = path_of(loading, name);
    struct dirent **entries;
    int n = scandir(arena_c_str(arena, path), &entries, is_yaml, alphasort);
    bool good = true;

    if (n < 0)
        return err_errno(loading->err, errno, "%.*s", PS(path));
    *files = arena_array_of(arena, (size_t)n, struct platform_file);
    *count = (size_t)n;
    for (int i = 0; i < n; i++) {
        struct platform_file *file = &(*files)[i];

        file->name = arena_join(arena, path, S("/"), str_from(entries[i]->d_name));
        good = good && read_one(loading, file->name, &file->text);
        free(entries[i]);
    }
    free(entries);
    return good;
}

/* ---- what is in them ---- */

static bool unusable(const struct loading *loading, const char *name)
{
    return err_set(loading->err, "%.*s/%s can't be used", PS(loading->folder), name);
}

static bool load_platforms(struct loading *loading, bool machine_code)
{
    struct platform_file *files;
    size_t count;

    if (!read_folder(loading, "platforms", &files, &count))
        return false;
    loading->data->platforms = platforms_new(files, count, machine_code, loading->problems);
    return loading->data->platforms || unusable(loading, "platforms");
}

static bool load_links(struct loading *loading, bool machine_code)
{
    struct data *data = loading->data;
    str links = path_of(loading, "links.yaml"), hosting = path_of(loading, "hosting.yaml"), text;

    if (!read_one(loading, links, &text))
        return false;
    data->unwrap = unwrap_new(links, text, machine_code, loading->problems);
    if (!data->unwrap)
        return unusable(loading, "links.yaml");
    if (!read_one(loading, hosting, &text))
        return false;
    data->hosting = hosting_new(hosting, text, loading->problems);
    return data->hosting || unusable(loading, "hosting.yaml");
}

static bool load_phrases(struct loading *loading, const struct suffixes *suffixes)
{
    struct data *data = loading->data;
    str brands = path_of(loading, "brands.yaml"), text;
    struct platform_file *files;
    size_t count;

    data->phrases = phrases_new(data->arena);
    if (!read_folder(loading, "lures", &files, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!lures_load(&data->lures, data->phrases, files[i].name, files[i].text, data->arena,
                        loading->problems))
            return unusable(loading, "lures");
    if (!read_one(loading, brands, &text))
        return false;
    return brands_load(&data->brands, data->phrases, (uint32_t)data->lures.n, brands, text, suffixes,
                       data->arena, loading->problems) ||
           unusable(loading, "brands.yaml");
}

static bool load_mailboxes(struct loading *loading, const struct suffixes *suffixes)
{
    struct data *data = loading->data;
    str mailboxes = path_of(loading, "mailboxes.yaml"), text;

    if (!read_one(loading, mailboxes, &text))
        return false;
    data->mailboxes = mailboxes_load(mailboxes, text, suffixes, data->arena, loading->problems);
    return data->mailboxes || unusable(loading, "mailboxes.yaml");
}

static str fingerprint(const uint8_t digest[HASH_SIZE_MAX], struct arena *arena)
{
    struct buf buf = buf_new(arena, FINGERPRINT);

    for (size_t i = 0; i < FINGERPRINT / 2; i++)
        buf_printf(&buf, "%02x", digest[i]);
    return buf_str(&buf);
}

bool data_load(struct data *data, str folder, bool machine_code, const struct suffixes *suffixes,
               struct crypto *crypto, struct buf *problems, struct err *err)
{
    struct loading loading = {.data = data, .folder = folder, .problems = problems, .err = err};
    uint8_t digest[HASH_SIZE_MAX];
    bool good;

    *data = (struct data){.arena = arena_new()};
    loading.hash = hash_new(crypto, HASH_SHA256);
    good = load_platforms(&loading, machine_code) && load_links(&loading, machine_code) &&
           load_phrases(&loading, suffixes) && load_mailboxes(&loading, suffixes);
    hash_end(loading.hash, digest);
    data->fingerprint = fingerprint(digest, data->arena);
    return good;
}

void data_give(const struct data *data, const struct suffixes *suffixes, struct scan_params *params)
{
    params->sender.platforms = data->platforms;
    params->content = (struct content_params){.phrases = data->phrases,
                                              .lures = &data->lures,
                                              .brands = &data->brands,
                                              .suffixes = suffixes,
                                              .unwrap = data->unwrap,
                                              .hosting = data->hosting,
                                              .mailboxes = data->mailboxes};
}

void data_free(struct data *data)
{
    platforms_free(data->platforms);
    unwrap_free(data->unwrap);
    hosting_free(data->hosting);
    if (data->arena)
        arena_free(data->arena);
    *data = (struct data){.arena = NULL};
}
