/* config.c: one generation of the configuration: what its keys mean together. */
#include "gate/config.h"

#include "gate/config_keys.h"
#include "mail/domain.h"

static bool is_loopback(struct ip ip)
{
    static const struct ip v4 = {.family = 4, .bytes = {127}}, v6 = {.family = 6, .bytes = {[15] = 1}};

    return ip_in_network(ip, v4, 8) || ip_eq(ip, v6);
}

static bool is_any(struct ip ip)
{
    static const struct ip v4 = {.family = 4}, v6 = {.family = 6};

    return ip_eq(ip, v4) || ip_eq(ip, v6);
}

/* A socket of "::" may take IPv4 too, so it overlaps with both families. */
static bool overlap(const struct conf_socket *a, const struct conf_socket *b)
{
    if (a->path.n || b->path.n)
        return str_eq(a->path, b->path);
    return a->port == b->port && (ip_eq(a->ip, b->ip) || is_any(a->ip) || is_any(b->ip));
}

/* True if all who can connect are on this machine. */
static bool is_local(const struct config_listener *listener)
{
    bool local = true;

    if (listener->address.path.n || is_loopback(listener->address.ip))
        return true;
    for (size_t i = 0; i < listener->mta_count; i++)
        local = local && is_loopback(listener->mtas[i].ip);
    return local;
}

static void check_access(struct conf *conf, const struct config_listener *listener)
{
    bool tcp = listener->address.path.n == 0;

    if (tcp && listener->mta_count == 0)
        conf_error(
            conf, listener,
            "%.*s listens on TCP and names no MTA: the milter protocol has no password, so set `mta` to the "
            "addresses that may connect",
            PS(listener->name));
    if (tcp && listener->group.n)
        conf_error(conf, &listener->group,
                   "`group` is for a Unix socket; who connects by TCP is said by `mta`");
    if (!tcp && listener->mta_count)
        conf_error(conf, &listener->mtas,
                   "`mta` is for TCP; who connects to a Unix socket is said by `group`");
    for (size_t i = 0; i < listener->mta_count; i++)
        if (listener->mtas[i].bits < 8)
            conf_error(conf, &listener->mtas[i],
                       "this lets nearly everybody connect; name the addresses of the MTAs");
}

static bool has_direction(const struct config_listener *listener, enum direction direction)
{
    for (size_t i = 0; i < listener->daemon_count; i++)
        if (listener->daemons[i].direction == direction)
            return true;
    return listener->direction == direction;
}

static void check_listeners(struct conf *conf, const struct config *config)
{
    if (config->listener_count == 0 && conf->errors == 0)
        conf_error(conf, &config->listeners,
                   "there is no listener, so no mail would come in; add one to `listeners`");
    for (size_t i = 0; i < config->listener_count; i++) {
        const struct config_listener *listener = &config->listeners[i];

        check_access(conf, listener);
        if (listener->direction == DIRECTION_OUTBOUND && is_local(listener))
            conf_warning(
                conf, &listener->direction,
                "%.*s takes all mail from this machine's MTA as outbound. If a content filter gives inbound mail back "
                "to the same MTA, that counts as outbound too: have it come in by a daemon of its own, named in "
                "`daemons`, or without this milter",
                PS(listener->name));
        if (has_direction(listener, DIRECTION_RELAY) && config->relays.network_count == 0)
            conf_error(conf, &listener->direction,
                       "the direction relay needs to know your gateways; set relays.networks");
        for (size_t k = 0; k < i; k++)
            if (overlap(&config->listeners[k].address, &listener->address))
                conf_error(conf, &listener->address, "%.*s has this address already",
                           PS(config->listeners[k].name));
    }
}

static void check_dns(struct conf *conf, const struct config *config)
{
    const struct config_dns *dns = &config->dns;

    if (dns->resolver == CONFIG_FORWARDERS && dns->forwarder_count == 0)
        conf_error(conf, &dns->resolver, "which forwarders? Set dns.forwarders");
    if (dns->resolver != CONFIG_FORWARDERS && dns->forwarder_count)
        conf_error(conf, &dns->forwarders,
                   "these are not asked; write `resolver: forwarders`, or remove them");
    if (dns->resolver == CONFIG_FILE_OF_ANSWERS && dns->file.n == 0)
        conf_error(conf, &dns->resolver, "which file? Set dns.file");
    if (dns->resolver != CONFIG_FILE_OF_ANSWERS && dns->file.n)
        conf_error(conf, &dns->file, "this is not read; write `resolver: file`, or remove it");
    if (dns->resolver == CONFIG_RECURSIVE && dns->validate)
        conf_error(conf, &dns->validate, "`resolver: recursive` validates in any case; remove this");
    if (config->relays.authserv_id.n && config->relays.network_count == 0)
        conf_error(conf, &config->relays.authserv_id, "whose results are these? Set relays.networks");
}

static void check_policy(struct conf *conf, const struct config *config)
{
    for (enum direction direction = 0; direction < DIRECTIONS; direction++)
        if (config->policy[direction][CLASS_UNSCANNED] < ACTION_QUARANTINE)
            conf_error(conf, &config->policy[direction][CLASS_UNSCANNED],
                       "what was not judged is never delivered; say quarantine, defer or reject");
}

static void check_exceptions(struct conf *conf, const struct config *config, int64_t now)
{
    for (size_t i = 0; i < config->exception_count; i++) {
        const struct policy_exception *exception = &config->exceptions[i];

        if (exception->sender.n == 0 && exception->recipient.n == 0 && exception->network_count == 0)
            conf_error(conf, exception, "this would be true of all mail; say sender, recipient or network");
        if (exception->expires <= now)
            conf_warning(conf, &exception->expires, "this exception has expired and does nothing; remove it");
    }
}

static void check_keys(struct conf *conf, const struct config_signer *signer, int64_t now)
{
    bool signs = false;

    if (signer->key_count == 0)
        conf_error(conf, &signer->keys, "there is no key to sign with");
    for (size_t i = 0; i < signer->key_count; i++) {
        const struct config_key *key = &signer->keys[i];

        if (key->until && key->from >= key->until)
            conf_error(conf, &key->until, "this key ends before it begins");
        signs = signs || (key->from <= now && (!key->until || now < key->until));
        for (size_t k = 0; k < i; k++)
            if (str_eq(key->selector, signer->keys[k].selector))
                conf_error(conf, &key->selector, "the selector %.*s stands here twice", PS(key->selector));
    }
    if (signer->key_count && !signs)
        conf_warning(conf, &signer->keys, "no key of %.*s is in its time today: its mail is not signed",
                     PS(signer->domain));
}

static void check_signing(struct conf *conf, const struct config *config, int64_t now)
{
    bool found = config->arc.seal.n == 0;

    for (size_t i = 0; i < config->signer_count; i++) {
        check_keys(conf, &config->signers[i], now);
        found = found || str_eq(config->arc.seal, config->signers[i].domain);
    }
    if (!found)
        conf_error(conf, &config->arc.seal, "there is no key of %.*s in `signing`", PS(config->arc.seal));
}

static void check_stores(struct conf *conf, const struct config *config)
{
    const str directories[] = {config->spool.directory, config->journal.directory,
                               config->quarantine.directory};
    const str *const fields[] = {&config->spool.directory, &config->journal.directory,
                                 &config->quarantine.directory};

    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < i; k++)
            if (str_eq(directories[i], directories[k]))
                conf_error(conf, fields[i],
                           "another part keeps its files in this directory; give each one of its own");
    if (config->journal.keep_raw > config->journal.keep)
        conf_error(conf, &config->journal.keep_raw,
                   "messages can't be kept longer than their rows; raise journal.keep");
}

const struct config *config_read(struct conf *conf, str text, const struct config_params *params)
{
    struct config *config = arena_new_of(conf->arena, struct config);

    if (!conf_read(conf, &config_section, text, config))
        return NULL;
    if (config->authserv_id.n == 0 &&
        !domain_normal(arena_str(conf->arena, params->hostname), conf->arena, &config->authserv_id))
        conf_error(conf, config,
                   "this machine has no name that could stand in Authentication-Results; set authserv-id");
    check_listeners(conf, config);
    check_dns(conf, config);
    check_policy(conf, config);
    check_exceptions(conf, config, params->now);
    check_signing(conf, config, params->now);
    check_stores(conf, config);
    return conf->errors ? NULL : config;
}

struct policy config_policy(const struct config *config)
{
    struct policy policy = {.exceptions = config->exceptions, .exception_count = config->exception_count};

    memcpy(policy.actions, config->policy, sizeof(policy.actions));
    policy.resolver_failure = config->dns.health.failure == CONFIG_DEFER ? ACTION_DEFER : ACTION_DELIVER;
    return policy;
}

static void make_list(struct dnsl *to, const struct config_list *from, struct arena *arena)
{
    struct dnsl_meaning *meanings = arena_array_of(arena, from->answer_count, struct dnsl_meaning);

    for (size_t i = 0; i < from->answer_count; i++)
        meanings[i] = (struct dnsl_meaning){.answers = from->answers[i]};
    *to = (struct dnsl){.name = from->name,
                        .zone = from->zone,
                        .kind = from->kind == CONFIG_LIST_CLIENT ? DNSL_CLIENT : DNSL_DOMAIN,
                        .meanings = meanings,
                        .meaning_count = from->answer_count};
}

struct dnsl_params config_lists(const struct config *config, const struct suffixes *suffixes,
                                struct arena *arena)
{
    struct dnsl *lists = arena_array_of(arena, config->list_count, struct dnsl);

    for (size_t i = 0; i < config->list_count; i++)
        make_list(&lists[i], &config->lists[i], arena);
    return (struct dnsl_params){.lists = lists, .count = config->list_count, .suffixes = suffixes};
}
