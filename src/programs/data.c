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

bool data_read(str folder, const char *name, struct arena *arena, str *text, struct err *err)
{
    str path = arena_join(arena, folder, S("/"), str_from(name));

    return file_read(path, LIMIT_CONF_BYTES, arena, text, err);
}

static int is_yaml(const struct dirent *entry)
{
    str name = str_from(entry->d_name);

    return !str_starts(name, S(".")) && str_ends(name, S(".yaml"));
}

bool data_read_all(str folder, const char *name, struct arena *arena, struct platform_file **files,
                   size_t *count, struct err *err)
{
    str path = arena_join(arena, folder, S("/"), str_from(name));
    struct dirent **entries;
    int n = scandir(arena_c_str(arena, path), &entries, is_yaml, alphasort);
    bool good = true;

    if (n < 0)
        return err_errno(err, errno, "%.*s", PS(path));
    *files = arena_array_of(arena, (size_t)n, struct platform_file);
    *count = (size_t)n;
    for (int i = 0; i < n; i++) {
        struct platform_file *file = &(*files)[i];

        file->name = arena_join(arena, path, S("/"), str_from(entries[i]->d_name));
        good = good && file_read(file->name, LIMIT_CONF_BYTES, arena, &file->text, err);
        free(entries[i]);
    }
    free(entries);
    return good;
}

struct platforms *data_platforms(str folder, bool machine_code, struct arena *arena, struct buf *problems,
                                 struct err *err)
{
    struct platform_file *files;
    struct platforms *platforms;
    size_t count;

    if (!data_read_all(folder, "platforms", arena, &files, &count, err))
        return NULL;
    platforms = platforms_new(files, count, machine_code, problems);
    if (!platforms)
        err_set(err, "%.*s/platforms: these files can't be used", PS(folder));
    return platforms;
}

/* Name and text of each file, parted so that nothing can move from one to the other unseen. */
static void add_files(struct hash *hash, const struct platform_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hash_add(hash, str_skip(files[i].name, str_rfind(files[i].name, '/')));
        hash_add(hash, S("\n"));
        hash_add(hash, files[i].text);
        hash_add(hash, S("\n"));
    }
}

static str fingerprint(struct hash *hash, struct arena *arena)
{
    uint8_t digest[HASH_SIZE_MAX];
    struct buf buf = buf_new(arena, FINGERPRINT);

    hash_end(hash, digest);
    for (size_t i = 0; i < FINGERPRINT / 2; i++)
        buf_printf(&buf, "%02x", digest[i]);
    return buf_str(&buf);
}

bool data_load(struct data *data, str folder, bool machine_code, struct crypto *crypto, struct buf *problems,
               struct err *err)
{
    struct platform_file *files;
    struct hash *hash;
    size_t count;

    *data = (struct data){.arena = arena_new()};
    if (!data_read_all(folder, "platforms", data->arena, &files, &count, err))
        return false;
    data->platforms = platforms_new(files, count, machine_code, problems);
    if (!data->platforms)
        return err_set(err, "%.*s/platforms: these files can't be used", PS(folder));
    hash = hash_new(crypto, HASH_SHA256);
    add_files(hash, files, count);
    data->fingerprint = fingerprint(hash, data->arena);
    return true;
}

void data_free(struct data *data)
{
    platforms_free(data->platforms);
    if (data->arena)
        arena_free(data->arena);
    *data = (struct data){.arena = NULL};
}
