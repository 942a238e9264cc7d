/* lures.h: what lures say, by kind and language. */
#ifndef POSTERN_CONTENT_LURES_H
#define POSTERN_CONTENT_LURES_H

#include "base/buf.h"
#include "base/limits.h"
#include "content/language.h"
#include "content/phrases.h"

/* The kinds: name in data files and JSON, and what such a phrase is about. The last three are in honest mail
 * as well, and are counted to be weighed. */
#define LURE_TABLE(LURE)                                                                                     \
    LURE(CREDENTIAL, "credential", "verifying or entering an account, identity or password")                 \
    LURE(SUSPENSION, "suspension", "an account that is or will be closed or limited")                        \
    LURE(URGENCY, "urgency", "haste, deadlines, last warnings")                                              \
    LURE(PAYMENT, "payment", "a payment that failed or is due")                                              \
    LURE(INVOICE, "invoice", "invoices, orders, statements")                                                 \
    LURE(RENEWAL, "renewal", "a subscription that ends or renews itself")                                    \
    LURE(REFUND, "refund", "money that is to be had back")                                                   \
    LURE(BREACH, "breach", "a security incident or unusual activity")                                        \
    LURE(CALLBACK, "callback", "a telephone number to be called")                                            \
    LURE(PRIZE, "prize", "prizes, gifts, surveys")                                                           \
    LURE(WALLET, "wallet", "crypto wallets, their words and keys, tokens")                                   \
    LURE(INVESTMENT, "investment", "gains, loans, easy money")                                               \
    LURE(PARCEL, "parcel", "a parcel that waits")                                                            \
    LURE(TAX, "tax", "taxes, fines, authorities")                                                            \
    LURE(PAYROLL, "payroll", "salary and personnel")                                                         \
    LURE(VOICEMAIL, "voicemail", "voice messages and faxes")                                                 \
    LURE(DOCUMENT, "document", "a document that is shared or to be signed")                                  \
    LURE(MAILBOX, "mailbox", "a mailbox that is full, or its password that expires")                         \
    LURE(GIFT_CARD, "gift-card", "gift cards, and favours asked by a superior")                              \
    LURE(EXTORTION, "extortion", "threats and ransom")                                                       \
    LURE(TRANSFER, "transfer", "bank transfers, new bank details")                                           \
    LURE(ADVANCE_FEE, "advance-fee", "inheritances, donations, millions")                                    \
    LURE(DATING, "dating", "dating and sex")                                                                 \
    LURE(ACTION, "action", "click here, open this")                                                          \
    LURE(GREETING, "greeting", "a greeting to nobody by name")                                               \
    LURE(BULK, "bulk", "what newsletters say of themselves")

enum lure_kind {
#define LURE(id, name, words) LURE_##id,
    LURE_TABLE(LURE)
#undef LURE
        LURE_KINDS
};

const char *lure_name(enum lure_kind kind);
const char *lure_words(enum lure_kind kind);

/* A phrase of the data. */
struct lure_phrase {
    str text; /* as the file has it: its identity where weights are learned by phrase */
    enum lure_kind kind;
    enum language language;
    bool strong; /* rare in honest mail */
};

/* The site's lures: immutable once loaded. */
struct lures {
    struct lure_phrase *phrases;
    size_t n, room;
    uint32_t base; /* their numbers in the set of phrases begin here */
};

/* Adds what a file (data/lures/<language>.yaml) holds to the lures and to the set of phrases, under numbers
 * from lures->base on, which the caller leaves free. False if something is wrong, with words for the
 * administrator, a line each, in `problems`. */
bool lures_load(struct lures *lures, struct phrases *phrases, str file_name, str text, struct arena *arena,
                struct buf *problems) MUST_USE;

enum lure_place { LURE_IN_SUBJECT, LURE_IN_TEXT, LURE_PLACES };

struct lure_found {
    str phrase; /* lure_phrase.text */
    enum lure_kind kind;
    enum language language;
    enum lure_place place; /* the first one */
    bool strong;
    bool disguised; /* with digits as letters, at least once */
    unsigned times;
    str text; /* as it stands in the skeleton, the first time */
};

struct lure_count {
    unsigned subject, text; /* different phrases found there; one may be in both */
    unsigned strong;        /* different ones that are strong */
};

struct lures_found {
    struct lure_count kinds[LURE_KINDS];
    unsigned languages[LANGUAGES]; /* different phrases */
    struct lure_found *first;      /* as found, at most LIMIT_LURES_FOUND; strong ones are preferred */
    size_t n;
    unsigned phrases, disguised; /* different ones in all; those in disguise */
};

/* Collects what the phrases find (one message). */
struct lures_finding {
    const struct lures *lures;
    struct lures_found *found;
    uint8_t *seen; /* by phrase: a bit for each place */
    enum lure_place place;
};

void lures_begin(struct lures_finding *finding, const struct lures *lures, struct lures_found *found,
                 struct arena *arena);
/* One match of the set of phrases with a number of the lures. */
void lures_add(struct lures_finding *finding, const struct phrase_match *match);

#endif
