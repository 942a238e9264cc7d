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
 *     example.com MX 10 mail.example.com
 *     mail.example.com A secure ttl=300 192.0.2.1
 *     alias.example.com A cname=mail.example.com 192.0.2.1
 *     gone.example.com A NXDOMAIN            or NODATA, SERVFAIL, TIMEOUT, BOGUS; then words in quotes: why
 *
 * Names and quoted text escape bytes as in a zone file: \" \\ \DDD (decimal); a name may be quoted. */
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

/* Reads the text; `name` is for messages ("FILE:LINE:COLUMN: ..."). The arena owns the result. */
bool answers_parse(struct answers *answers, str name, str text, struct arena *arena,
                   struct err *err) MUST_USE;

/* Answers every open question: from the table, else the default, else DNS_UNKNOWN. */
void answers_answer(const struct answers *answers, struct ask *ask);

/* The same as an ask_lookup, context = struct answers. */
ask_lookup answers_lookup;

/* Writes the lines for one answer, or for all that an ask holds, sorted by name and type: reading them again
 * gives the same answers. */
void answers_write_one(struct buf *buf, const struct dns_answer *answer);
void answers_write(struct buf *buf, const struct ask *ask);

#endif
