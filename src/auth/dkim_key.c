/* dkim_key.c: the key record of a selector. */
#include "auth/dkim_key.h"

#include "auth/taglist.h"
#include "base/base64.h"

/* True if the colon-separated list holds the word. */
static bool list_has(str list, str word)
{
    str item;

    while (str_next(&list, ':', &item))
        if (str_eq(str_trim(item), word))
            return true;
    return false;
}

/* Reading goes on after a reason was found only where that can't hide a better one. */
static bool refuse(struct dkim_key *key, enum dkim_key_status status, str name, struct arena *arena,
                   const char *why)
{
    key->status = status;
    key->reason = arena_printf(arena, "the key record at %.*s %s", PS(name), why);
    return false;
}

/* Version, by which key records are told from other text; section 3.6.1: v= stands first, and a record with
 * another version is discarded. */
static bool read_version(struct dkim_key *key, const struct taglist *list, str name, struct arena *arena)
{
    const struct tag *version = taglist_find(list, S("v"));

    if (version && !str_eq(version->value, S("DKIM1"))) {
        key->status = DKIM_KEY_NONE;
        return false;
    }
    if (!version && !taglist_find(list, S("p"))) {
        key->status = DKIM_KEY_NONE;
        return false;
    }
    if (version && version != &list->tags[0])
        return refuse(key, DKIM_KEY_BAD, name, arena, "has v= in another place than the first");
    if (!version)
        note_add(&key->warnings, arena, "the key record at %.*s has no v=DKIM1", PS(name));
    return true;
}

static bool read_type(struct dkim_key *key, const struct taglist *list, str name, struct arena *arena)
{
    const struct tag *type = taglist_find(list, S("k"));
    const struct tag *hashes = taglist_find(list, S("h"));
    const struct tag *service = taglist_find(list, S("s"));

    key->type = type && str_eq(type->value, S("ed25519")) ? KEY_ED25519 : KEY_RSA;
    key->sha1 = !hashes || list_has(hashes->value, S("sha1"));
    key->sha256 = !hashes || list_has(hashes->value, S("sha256"));
    if (type && key->type == KEY_RSA && !str_eq(type->value, S("rsa")))
        return refuse(key, DKIM_KEY_BAD, name, arena, "has a key type (k=) that is neither rsa nor ed25519");
    if (service && !list_has(service->value, S("*")) && !list_has(service->value, S("email")))
        return refuse(key, DKIM_KEY_BAD, name, arena, "is not meant for mail (s=)");
    return true;
}

static bool read_public(struct dkim_key *key, const struct taglist *list, str name, struct arena *arena)
{
    const struct tag *public = taglist_find(list, S("p"));

    if (!public)
        return refuse(key, DKIM_KEY_BAD, name, arena, "has no p=");
    if (public->value.n == 0)
        return refuse(key, DKIM_KEY_REVOKED, name, arena, "is revoked (p= is empty)");
    if (!base64_decode(public->value, arena, &key->der))
        return refuse(key, DKIM_KEY_BAD, name, arena, "has a p= that is not base64");
    return true;
}

static void read_flags(struct dkim_key *key, const struct taglist *list, str name, struct arena *arena)
{
    const struct tag *flags = taglist_find(list, S("t"));

    key->testing = flags && list_has(flags->value, S("y"));
    key->strict_domain = flags && list_has(flags->value, S("s"));
    if (key->testing)
        note_add(&key->warnings, arena, "the key record at %.*s says that DKIM is only tested (t=y)",
                 PS(name));
    if (taglist_find(list, S("g")))
        note_add(&key->warnings, arena, "the key record at %.*s has g=, which is ignored since RFC 6376",
                 PS(name));
}

void dkim_key_parse(struct dkim_key *key, str name, str text, struct arena *arena)
{
    struct taglist list;
    size_t at;
    enum taglist_error error = taglist_parse(&list, text, &at);

    *key = (struct dkim_key){.status = DKIM_KEY_USABLE};
    if (!read_version(key, &list, name, arena))
        return;
    if (error != TAGLIST_OK) {
        refuse(key, DKIM_KEY_BAD, name, arena,
               error == TAGLIST_DUPLICATE  ? "has a tag twice"
               : error == TAGLIST_TOO_MANY ? "has too many tags"
                                           : "has a syntax error");
        return;
    }
    read_flags(key, &list, name, arena);
    if (read_type(key, &list, name, arena))
        read_public(key, &list, name, arena);
}

void dkim_key_choose(struct dkim_key *key, const struct dns_answer *answer, struct arena *arena)
{
    size_t found = 0;

    *key = (struct dkim_key){.status = DKIM_KEY_NONE};
    for (size_t i = 0; i < answer->n && found < 2; i++) {
        struct dkim_key read;

        dkim_key_parse(&read, answer->name, answer->records[i].text, arena);
        if (read.status == DKIM_KEY_NONE)
            continue;
        if (found++ == 0)
            *key = read;
    }
    if (found == 0)
        key->reason = arena_printf(arena, "the text at %.*s is no key record", PS(answer->name));
    if (found > 1 || (found && answer->cut)) {
        key->status = DKIM_KEY_BAD;
        key->reason =
            arena_printf(arena, "there are several key records at %.*s, and nothing says which one counts",
                         PS(answer->name));
    } else if (found && answer->n > 1) {
        note_add(&key->warnings, arena, "other text stands beside the key record at %.*s", PS(answer->name));
    }
}
