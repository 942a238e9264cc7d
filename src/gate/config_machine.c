/* config_machine.c: the configuration against the machine that it is for. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/crypto.h"
#include "gate/config.h"

enum { KEY_FILE_MAX = 65536 };

/* True if it is known not to be there, rather than not to be seen by this user. */
static bool is_missing(int error)
{
    return error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG;
}

static void check_key(struct conf *conf, const str *file)
{
    char text[KEY_FILE_MAX];
    struct private_key *key = NULL;
    struct stat about;
    struct err err;
    int fd = open(file->p, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n;

    if (fd < 0) {
        if (is_missing(errno))
            conf_error(conf, file, "there is no key file %s; `postern dkim keygen` makes one", file->p);
        else
            conf_warning(conf, file, "the key file %s can't be checked: %m", file->p);
        return;
    }
    n = read(fd, text, sizeof(text));
    if (n >= 0)
        key = private_key_load((str){text, (size_t)n}, &err);
    if (n < 0)
        conf_error(conf, file, "the key file %s can't be read: %m", file->p);
    else if (!key)
        conf_error(conf, file, "%s: %s", file->p, err.words);
    else if (fstat(fd, &about) == 0 && about.st_mode & (S_IRGRP | S_IROTH | S_IWGRP | S_IWOTH))
        conf_warning(conf, file, "others than its owner can read or write the key file %s; chmod 600 it",
                     file->p);
    explicit_bzero(text, sizeof(text));
    private_key_free(key);
    close(fd);
}

static void check_directory(struct conf *conf, const str *directory)
{
    struct stat about;

    if (stat(directory->p, &about) == 0 && !S_ISDIR(about.st_mode))
        conf_error(conf, directory, "%s is no directory", directory->p);
    else if (access(directory->p, F_OK) != 0 && is_missing(errno))
        conf_warning(conf, directory, "the directory %s is not there; make it, and `user` its owner",
                     directory->p);
}

static void check_group(struct conf *conf, const str *group)
{
    char name[256];

    if (group->n == 0)
        return;
    snprintf(name, sizeof(name), "%.*s", PS(*group));
    if (!getgrnam(name))
        conf_warning(conf, group, "there is no group %s on this machine; add it with groupadd --system",
                     name);
}

bool config_check_machine(struct conf *conf, const struct config *config)
{
    char user[256];

    snprintf(user, sizeof(user), "%.*s", PS(config->user));
    if (!getpwnam(user))
        conf_warning(conf, &config->user, "there is no user %s on this machine; add it with useradd --system",
                     user);
    for (size_t i = 0; i < config->listener_count; i++)
        check_group(conf, &config->listeners[i].group);
    check_group(conf, &config->control.view);
    check_group(conf, &config->control.operate);
    check_group(conf, &config->control.admin);
    check_directory(conf, &config->spool.directory);
    check_directory(conf, &config->journal.directory);
    check_directory(conf, &config->quarantine.directory);
    for (size_t i = 0; i < config->signer_count; i++)
        for (size_t k = 0; k < config->signers[i].key_count; k++)
            check_key(conf, &config->signers[i].keys[k].file);
    return conf->errors == 0;
}
