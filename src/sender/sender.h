/* sender.h: identify: through which platform a message came, and which of its customers sent it.
 *
 * Platforms sign and relay what their customers wrote, so a header proves nothing by itself. A link of the
 * chain is there because transport says so; an account counts only from a field that the proven platform
 * itself writes, or from proven transport. */
#ifndef POSTERN_SENDER_SENDER_H
#define POSTERN_SENDER_SENDER_H

#include "auth/auth.h"
#include "sender/platform.h"

enum proof {
    PROOF_CLAIMED, /* headers alone: never an identity, has no accounts */
    PROOF_BRANDED, /* the customer's own domain is authenticated, and path and shape are the platform's */
    PROOF_PROVEN,  /* by what the platform alone can do */
};

struct account {
    str id;
    str meaning; /* of the platform's file: "SendGrid user" */
    str source;  /* where it stood: "return-path", "X-MC-User" */
};

struct sender_link {
    const struct platform *platform;
    enum proof proof;
    struct account *accounts; /* the first is the one that is usually meant */
    size_t n;
    struct account *actors; /* whom the customer names as acting: a claim within the platform */
    size_t actor_count;
    str campaign; /* empty: none */
    str evidence; /* sentence */
    bool direct;  /* the platform handed the message to us, not somebody who had it from there */
    bool weak;    /* rests on the name by which the client called itself, since no better was known */
};

/* A header of a platform on a message that did not come from there. */
struct sender_contradiction {
    const struct platform *platform;
    str header;
    str reason; /* sentence */
};

/* What a platform wrote down of the recipient. */
struct sender_token {
    const struct platform *platform;
    str header;
    str address;
    enum sender_token_fit {
        TOKEN_UNCOMPARED, /* the recipients are not known */
        TOKEN_RIGHT,
        TOKEN_OTHER, /* names nobody among the recipients */
    } fit;
    bool proven; /* the platform wrote it; else anybody may have */
};

struct sender {
    struct sender_link *chain; /* the nearest transport first: sendgrid, then the shop; claims come last */
    size_t n;                  /* at most LIMIT_SENDER_LINKS */
    struct sender_contradiction *contradictions;
    size_t contradiction_count;
    struct sender_token *tokens;
    size_t token_count;
    str client_name;       /* of the client; empty: not known */
    bool client_confirmed; /* its reverse name, confirmed; else HELO */
    bool transport_known;  /* enough is known to say that a marker lies */
    bool done;
};

struct sender_params {
    const struct platforms *platforms; /* NULL: none, the chain is empty */
};

/* What is looked at. Links and text are of the body, decoded; they may be missing. */
struct sender_input {
    const struct envelope *envelope; /* with recipients */
    const struct mail *mail;
    const struct auth *auth; /* done; its envelope is the one that was judged */
    const str *links;
    size_t link_count;
    str text;
};

/* False while questions are open; the struct starts zeroed. */
bool sender_step(struct sender *sender, const struct sender_input *input, struct ask *ask,
                 const struct sender_params *params);

/* "proven", "branded", "claimed". */
const char *proof_name(enum proof proof);

/* The link of that platform, or NULL. */
const struct sender_link *sender_find(const struct sender *sender, str platform);

#endif
