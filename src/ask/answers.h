/* answers.h: answers as text, for tests, records and replay.
 *
 * One thing a line; "#" starts a comment outside quotes; blank lines are skipped:
 *
 *     time 2022-04-05T12:00:00Z              the clock of the message
 *     ip 192.0.2.1                           the envelope, as far as it is known
 *     helo mail.example.com
 *     mail-from user@example.com             "mail-from <>" is the null sender
 *     rcpt somebody@example.net              may stand several times
 *     default NXDOMAIN                       for names not listed; without this line they are UNKNOWN
 *     example.com TXT "v=spf1 -all"          one record; several lines make a set
 *     example.com TXT "v=DKIM1; p=" "AbC"    several strings are joined, nothing between them
 *     example.com MX 10 mail.example.com
 *     mail.example.com A secure ttl=300 192.0.2.1
 *     alias.example.com A cname=mail.example.com 192.0.2.1
 *     big.example.com A cut 192.0.2.1        there were more records than are looked at
 *     gone.example.com A NXDOMAIN            or NODATA, SERVFAIL, TIMEOUT, BOGUS, UNKNOWN
 *     gone.example.com A BOGUS "no key"      and why, in words
 *
 * Between type and data stand, in any order, "secure" or "insecure", "ttl=SECONDS", "cname=NAME" and "cut";
 * they hold for the whole set, so its lines may not contradict each other. SOA has its zone-file text in
 * quotes, TLSA its RDATA. A name that is listed with another type only is NODATA where "default NXDOMAIN"
 * would deny it.
 *
 * Names and quoted text escape bytes as in a zone file: \" \\ \DDD (decimal); a name may be quoted, and must
 * be if it looks like a word of the list above. The root is ".". */
#ifndef POSTERN_ASK_ANSWERS_H
#define POSTERN_ASK_ANSWERS_H

#include "ask/ask.h"
#include "base/buf.h"
#include "base/err.h"

struct answers {
    bool has_time;
    int64_t time;
    str ip, helo, mail_from; /* p is NULL where there is no such line */
    str *recipients;
    size_t recipient_count;
    bool has_default;
    enum dns_status default_status;
    struct answers_table *table;
};

/* Reads the text; `name` is for messages ("FILE:LINE:COLUMN: what; what to do", bytes counted from 1). The
 * arena owns the result, which holds no pointer into the text. Linear in the text's size. */
bool answers_parse(struct answers *answers, str name, str text, struct arena *arena,
                   struct err *err) MUST_USE;

/* Answers every open question: from the table, else the default, else DNS_UNKNOWN. */
void answers_answer(const struct answers *answers, struct ask *ask);

/* The same as an ask_lookup, context = struct answers; but with neither table nor default it is NULL, so that
 * the question goes on to the network, or is DNS_UNKNOWN if the ask is offline. */
ask_lookup answers_lookup;

/* For a record of one message or of many: an empty table, and copies of what an ask was answered. The first
 * answer to a question stays. The caller fills time and envelope as he likes; the arena must outlive
 * `answers`. */
void answers_init(struct answers *answers, struct arena *arena);
void answers_add(struct answers *answers, const struct ask *ask);

/* Writes the lines for one answer, or for all that an ask holds, sorted by name and type: reading them again
 * gives the same answers. Open questions, and those that are never sent (DNS_LIMIT, DNS_INVALID), are left
 * out. */
void answers_write_one(struct buf *buf, const struct dns_answer *answer);
void answers_write(struct buf *buf, const struct ask *ask);

/* A whole file: time (the years 0 to 9999), envelope, default, then all answers of the table, sorted. */
void answers_write_file(struct buf *buf, const struct answers *answers);

#endif
