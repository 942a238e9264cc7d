/* conf_sample.h: a table of keys with one of each kind, for test_conf.c and fuzz_conf.c. */
#ifndef POSTERN_TESTS_CONF_SAMPLE_H
#define POSTERN_TESTS_CONF_SAMPLE_H

#include "base/conf.h"

enum colour { RED, GREEN, LIGHT_BLUE };

struct sample_key {
    str selector, file;
    int64_t from;
};
struct sample_domain {
    str name;
    bool strict;
    struct sample_key *keys;
    size_t key_count;
};
struct sample_store {
    uint64_t size;
    int64_t keep;
    struct conf_socket *sockets;
    size_t socket_count;
};
struct sample {
    unsigned workers;
    struct sample_store store;
    enum colour colour;
    enum colour *colours;
    size_t colour_count;
    struct network *networks;
    size_t network_count;
    str tag;
    str note;
    struct sample_domain *domains;
    size_t domain_count;
};

/* A name without capitals is its own normal form; "Bad..." is none. */
static inline bool sample_normal(str text, struct arena *arena, str *out)
{
    *out = arena_lower(arena, text);
    return text.n < 250 && !str_starts(text, S("Bad"));
}

static const char *const sample_colours[] = {"red", "green", "light-blue", NULL};

static const struct conf_key sample_key_keys[] = {
    {"selector", CONF_TEXT, .needed = true, .at = offsetof(struct sample_key, selector),
     .help = "Its selector."},
    {"file", CONF_PATH, .at = offsetof(struct sample_key, file), .help = "Its file."},
    {"from", CONF_DATE, .at = offsetof(struct sample_key, from), .help = "The first day."},
};
static const struct conf_section sample_key_section = {sample_key_keys, 3, sizeof(struct sample_key)};

static const struct conf_key sample_domain_keys[] = {
    {"strict", CONF_BOOL, .at = offsetof(struct sample_domain, strict), .fallback = "no",
     .help = "No mercy."},
    {"keys", CONF_LIST, .needed = true, .at = offsetof(struct sample_domain, keys),
     .count_at = offsetof(struct sample_domain, key_count), .section = &sample_key_section,
     .help = "The keys."},
};
static const struct conf_section sample_domain_section = {sample_domain_keys, 2,
                                                          sizeof(struct sample_domain)};

static const struct conf_key sample_store_keys[] = {
    {"size", CONF_SIZE, .at = offsetof(struct sample_store, size), .fallback = "10M", .min = 1024,
     .max = 1ll << 40, .help = "How much is kept."},
    {"keep", CONF_DURATION, .at = offsetof(struct sample_store, keep), .fallback = "7d", .min = 0,
     .max = 86400 * 365, .help = "How long it is kept."},
    {"sockets", CONF_SOCKET, .many = true, .at = offsetof(struct sample_store, sockets),
     .count_at = offsetof(struct sample_store, socket_count), .help = "Where it is asked for."},
};
static const struct conf_section sample_store_section = {sample_store_keys, 3, sizeof(struct sample_store)};

static const struct conf_key sample_keys[] = {
    {"workers", CONF_INTEGER, .at = offsetof(struct sample, workers), .fallback = "4", .min = 1, .max = 256,
     .unit = "processes", .help = "How many work."},
    {"store", CONF_SECTION, .at = offsetof(struct sample, store), .section = &sample_store_section,
     .help = "What is kept."},
    {"colour", CONF_ENUM, .at = offsetof(struct sample, colour), .fallback = "green", .words = sample_colours,
     .help = "What it looks like."},
    {"colours", CONF_ENUM, .many = true, .at = offsetof(struct sample, colours),
     .count_at = offsetof(struct sample, colour_count), .words = sample_colours,
     .help = "What else it may look like."},
    {"networks", CONF_NETWORK, .many = true, .at = offsetof(struct sample, networks),
     .count_at = offsetof(struct sample, network_count), .fallback = "127.0.0.0/8 ::1",
     .help = "Who may come."},
    {"tag", CONF_TEXT, .at = offsetof(struct sample, tag), .fallback = "[TAG]",
     .help = "What is put in front."},
    {"note", CONF_TEXT, .at = offsetof(struct sample, note), .help = "What is to be said."},
    {"domains", CONF_MAP, .at = offsetof(struct sample, domains),
     .count_at = offsetof(struct sample, domain_count), .section = &sample_domain_section,
     .normal = sample_normal, .kind = "a domain name", .help = "Whose keys."},
};
static const struct conf_section sample_section = {sample_keys, 8, sizeof(struct sample)};

#endif
