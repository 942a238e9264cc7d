/* config.h: what the administrator says: one generation of the configuration, read once and never changed.
 *
 * Each key stands once, in the tables of config_keys.c; its meaning for the administrator stands there. Only
 * gate/ and programs/ see struct config: what lies below gets its limits and policies as parameters. */
#ifndef POSTERN_GATE_CONFIG_H
#define POSTERN_GATE_CONFIG_H

#include "act/policy.h"
#include "auth/trace.h"
#include "base/conf.h"
#include "judge/outcome.h"

struct config_daemon {
    str name; /* the macro {daemon_name} */
    enum direction direction;
};

struct config_listener {
    str name;
    struct conf_socket address;
    str group; /* that may connect to a Unix socket; empty: that of the process */
    enum direction direction;
    enum mode mode;
    struct network *mtas; /* that may connect by TCP */
    size_t mta_count;
    struct config_daemon *daemons; /* where a daemon's name says another direction */
    size_t daemon_count;
};

enum config_resolver { CONFIG_RECURSIVE, CONFIG_SYSTEM, CONFIG_FORWARDERS, CONFIG_FILE_OF_ANSWERS };
enum config_failure { CONFIG_DEFER, CONFIG_DELIVER };

struct config_health {
    str name; /* asked for names below it to see whether the resolver is well */
    int64_t interval, after;
    enum config_failure failure; /* what is done with inbound mail while it is not */
};

struct config_dns {
    enum config_resolver resolver;
    str *forwarders; /* "ADDRESS" or "ADDRESS@PORT", with a NUL behind it */
    size_t forwarder_count;
    str file;      /* of answers (postern-answers(5)); a path, with a NUL behind it */
    bool validate; /* DNSSEC, through forwarders; from the root it always is */
    int64_t timeout;
    struct config_health health;
};

struct config_key {
    str selector;
    str file;            /* a path, with a NUL behind it */
    int64_t from, until; /* signs at from <= now < until; 0: no bound */
};

struct config_signer {
    str domain;
    str *senders; /* author domains for which it signs, ".domain" for those below; none: its own */
    size_t sender_count;
    struct config_key *keys;
    size_t key_count;
};

enum config_list_kind { CONFIG_LIST_CLIENT, CONFIG_LIST_DOMAIN };

struct config_list {
    str name;
    str zone;
    enum config_list_kind kind;
    struct network *answers; /* that mean "listed" */
    size_t answer_count;
};

struct config_spool {
    str directory;
    uint64_t size;
};

struct config_control {
    str socket;               /* a path, with a NUL behind it */
    str view, operate, admin; /* groups */
};

struct config_arc {
    str seal; /* the domain of config->signers whose key seals; empty: nothing is sealed */
    str *trusted_sealers;
    size_t trusted_sealer_count;
};

struct config_journal {
    str directory;
    int64_t keep;
    int64_t keep_raw; /* 0: raw mail is not kept */
    bool subjects;
};

struct config_release {
    struct conf_socket smtp; /* family 0 and no path: mail can't be released */
    struct network *networks;
    size_t network_count;
};

struct config_quarantine {
    str directory;
    int64_t keep;
    uint64_t size;
    bool mta_hold; /* the MTA's hold queue instead of ours */
    struct config_release release;
};

struct config_headers {
    str subject_tag; /* may be empty */
    bool spam;
};

struct config {
    str authserv_id;
    str user;
    str data; /* folder of data files, with a NUL behind it; empty: the one that was installed */
    unsigned workers; /* 0: one a processor */
    uint64_t memory;  /* bytes of messages in flight, all workers together */
    struct config_spool spool;
    struct config_control control;
    struct config_listener *listeners;
    size_t listener_count;
    struct relays relays;
    struct config_dns dns;
    enum action policy[DIRECTIONS][CLASSES];
    struct policy_exception *exceptions;
    size_t exception_count;
    struct config_signer *signers;
    size_t signer_count;
    struct config_arc arc;
    struct config_journal journal;
    struct config_quarantine quarantine;
    struct config_list *lists;
    size_t list_count;
    struct config_headers headers;
};

/* The keys, for conf_show(), conf_explain() and conf_manual(). */
extern const struct conf_section config_section;

struct config_params {
    str hostname; /* of this machine, the default of authserv-id */
    int64_t now;  /* to tell what has expired */
};

/* Reads the text and checks what keys mean together. NULL if there was an error; problems are in conf. It
 * lives in conf->arena. Pure: no file is looked at. */
const struct config *config_read(struct conf *conf, str text, const struct config_params *params);

/* What act/ is to go by; it points into the configuration. */
struct policy config_policy(const struct config *config);

/* Its DNS lists, in the words of auth/. */
struct dnsl_params config_lists(const struct config *config, const struct suffixes *suffixes,
                                struct arena *arena);

/* Checks the configuration against this machine: key files, directories, user and groups. Adds to the
 * problems of the conf that it was read with; false if there was an error. */
bool config_check_machine(struct conf *conf, const struct config *config) MUST_USE;

#endif
