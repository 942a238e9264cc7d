/* mailboxes.c: domains where anybody can have a mailbox. */
#include "content/mailboxes.h"

#include "base/conf.h"

struct mailbox_file {
    str *domains;
    size_t n;
};

static const struct conf_key file_keys[] = {
    {.name = "domains",
     .type = CONF_TEXT,
     .many = true,
     .needed = true,
     .at = offsetof(struct mailbox_file, domains),
     .count_at = offsetof(struct mailbox_file, n),
     .normal = domain_normal,
     .kind = "a domain name",
     .help = "Domains where anybody can have a mailbox."},
};
static const struct conf_section file_section = {file_keys, sizeof(file_keys) / sizeof(*file_keys),
                                                 sizeof(struct mailbox_file)};

struct lookalikes *mailboxes_load(str file_name, str text, const struct suffixes *suffixes,
                                  struct arena *arena, struct buf *problems)
{
    struct lookalikes *mailboxes = lookalikes_new(suffixes, arena);
    struct mailbox_file file = {0};
    struct conf conf;

    conf_init(&conf, file_name, arena);
    if (conf_read(&conf, &file_section, text, &file))
        for (size_t i = 0; i < file.n; i++)
            lookalikes_add(mailboxes, file.domains[i], (uint32_t)i, false);
    conf_report(problems, &conf);
    return conf.errors == 0 ? mailboxes : NULL;
}
