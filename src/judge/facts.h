/* facts.h: what was found out about a message, as JSON that is kept: all that judge/ needs to run again
 * without the message.
 *
 * One table (facts_table.c) says what is kept; writer and reader both follow it. This is not the text of
 * `postern check --json`, though keys are named alike: that one is a report whose keys are always there and
 * never change, this one leaves out what is the default and holds what no report shows. What points into the
 * message (header fields, the DNS answers of a tree walk, hashes) is not kept. The recipients stand beside
 * the facts in the journal, not in them. */
#ifndef POSTERN_JUDGE_FACTS_H
#define POSTERN_JUDGE_FACTS_H

#include "auth/auth.h"
#include "content/content.h"
#include "sender/sender.h"

/* Raised when a key changes its meaning or an enumeration gets a word. A key that is added is no new version:
 * a reader passes over keys it does not know, and what is missing is zero. */
enum { FACTS_VERSION = 1 };

struct facts_mailbox {
    str name;    /* decoded (RFC 2047) */
    str address; /* local@domain */
};

/* The message itself, as far as it is kept. Never the subject; its skeleton stands in `content` where the
 * site keeps subjects. */
struct facts_message {
    uint64_t size; /* bytes, as received */
    str message_id, date;
    struct facts_mailbox *from, *reply_to;
    size_t from_count, reply_to_count;
    bool odd[MAIL_ODDITIES];
};

/* struct sender, with platforms by their ids. */
struct facts_sender {
    struct facts_link *chain;
    struct facts_contradiction *contradictions;
    struct facts_token *tokens;
    size_t n, contradiction_count, token_count;
    str client_name;
    bool client_confirmed, transport_known;
};

struct facts_link {
    str platform, kind; /* platform_kind_name() */
    enum proof proof;
    struct account *accounts, *actors;
    size_t n, actor_count;
    str campaign, evidence;
    bool direct, weak;
};

struct facts_contradiction {
    str platform, header, reason;
};

struct facts_token {
    str platform, header, address;
    enum sender_token_fit fit;
    bool proven;
};

struct facts {
    unsigned version;
    unsigned cut; /* values that were shortened or left out to stay within LIMIT_FACTS; a shortened text ends
                   * in "..." */
    struct facts_message message;
    struct auth auth;
    struct facts_sender sender;
    struct content content; /* without its sketches, which stand beside the facts in the journal, and without
                             * the text of display name and subject as it was written */
    bool resolver_failing;  /* our own resolver was ill then: a temperror says nothing of the sender */
};

/* Collects what is kept. Slices are not copied; header fields of the mail are decoded into the arena. */
void facts_collect(struct facts *facts, const struct auth *auth, const struct mail *mail,
                   struct arena *arena);

/* What identify and examine found. `subject`: the site keeps subjects; else what is of the subject alone is
 * left out, but not what was found in it. */
void facts_add_sender(struct facts *facts, const struct sender *sender, struct arena *arena);
void facts_add_content(struct facts *facts, const struct content *content, bool subject);

/* One line of JSON, at most LIMIT_FACTS bytes. Values equal to their default are left out. Written, read and
 * written again it is the same byte for byte. */
str facts_write(const struct facts *facts, struct arena *arena);

enum facts_outcome {
    FACTS_OK,
    FACTS_BROKEN,        /* no JSON, or not of this form */
    FACTS_OTHER_VERSION, /* facts->version says which; nothing else was read */
};

/* Reads what facts_write() wrote. Any text is safe to read; over LIMIT_FACTS bytes are FACTS_BROKEN. `reason`
 * (may be NULL) gets words where the outcome is not FACTS_OK. All of *facts is in the arena; pointers into
 * the message are NULL, and all parts are marked as done. Numbers are as they stand in the text:
 * dmarc.decisive is an index only if it is below author_count. */
enum facts_outcome facts_read(struct facts *facts, str text, struct arena *arena, str *reason);

/* Puts `with` in the place of `what`, in any ASCII case, in every text of the facts. */
void facts_replace(struct facts *facts, str what, str with, struct arena *arena);

#endif
