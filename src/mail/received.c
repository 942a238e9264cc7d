/* received.c: the Received field, clause by clause.
 *
 * Shapes of the from clause that are told apart (C client's words, R reverse name, A address):
 *   C (R [A])  C ([A])  C (R [A] (may be forged))  C (user@R [A])     Postfix, Sendmail, Gmail, Courier
 *   C (A)                                                             Exchange
 *   R ([A] helo=C)  [A] (helo=C)  R ([A]:port helo=C)                 Exim
 *   R (HELO C) (A)  R (HELO C) (user@A)  A (EHLO C)                   qmail, Yahoo */
#include "mail/received.h"

#include "mail/date.h"

enum clause { NONE, FROM, BY, VIA, WITH, ID, FOR, CLAUSES };

struct reader {
    struct received *received;
    enum clause clause;
    bool seen[CLAUSES];
    str from;          /* the word behind "from" */
    bool has_helo;     /* a comment says what the HELO was, so `from` is the reverse name */
    unsigned comments; /* of the from clause, so far */
};

/* The length of the comment that s begins with, or 0 if it has no end. */
static size_t comment_end(str s)
{
    size_t depth = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '(')
            depth++;
        else if (s.p[i] == ')' && --depth == 0)
            return i + 1;
        else if (s.p[i] == '\\')
            i++;
    }
    return 0;
}

/* Reads an address as it stands in these fields: bare, in brackets, with "IPv6:", a user before it or a port
 * behind it. */
static bool read_ip(str word, struct ip *ip)
{
    size_t at = str_rfind(word, '@');
    size_t open, close;

    word = at < word.n ? str_skip(word, at + 1) : word;
    open = str_find(word, '[');
    close = str_find(word, ']');
    if (open == 0 && close < word.n)
        word = str_sub(word, 1, close - 1);
    if (str_istarts(word, S("IPv6:")))
        word = str_skip(word, 5);
    return ip_parse(word, ip);
}

/* A host name: "user@" and a dot at the end are not part of it. */
static str host_of(str word)
{
    size_t at = str_rfind(word, '@');

    word = at < word.n ? str_skip(word, at + 1) : word;
    return str_sub(word, 0, word.n - str_ends(word, S(".")));
}

static void set_ip(struct received *received, struct ip ip)
{
    if (received->ip.family && !ip_eq(received->ip, ip))
        received->ambiguous = true;
    received->ip = ip;
}

/* Cuts the next word off *rest: up to white space, or a quoted string. */
static bool next_word(str *rest, str *word)
{
    size_t n = 0;

    while (rest->n && ascii_is_space(rest->p[0]))
        *rest = str_skip(*rest, 1);
    while (n < rest->n && !ascii_is_space(rest->p[n]))
        n++;
    *word = str_sub(*rest, 0, n);
    *rest = str_skip(*rest, n);
    return n > 0;
}

/* The same, but "[" begins a word: "(rev.example[192.0.2.1])". */
static bool next_comment_word(str *rest, str *word)
{
    size_t open;

    if (!next_word(rest, word))
        return false;
    open = str_find(*word, '[');
    if (open > 0 && open < word->n && !memchr(word->p, '=', open)) {
        *rest = (str){word->p + open, rest->n + word->n - open};
        *word = str_sub(*word, 0, open);
    }
    return true;
}

/* True for what servers note of the session behind the address: the client chose the names in its
 * certificate, and the user name. */
static bool is_note(str comment)
{
    static const str beginnings[] = {STR("Client CN"), STR("Client did not present"), STR("using TLS"),
                                     STR("Authenticated sender"), STR("No client certificate")};

    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
        if (str_istarts(comment, beginnings[i]))
            return true;
    return false;
}

/* Takes the HELO that `word` introduces; false if it introduces none. */
static bool take_helo(struct reader *reader, str word, str *rest)
{
    if (str_istarts(word, S("helo=")) || str_istarts(word, S("ehlo=")))
        reader->received->helo = str_skip(word, 5);
    else if ((!str_ieq(word, S("HELO")) && !str_ieq(word, S("EHLO")) && !str_ieq(word, S("LHLO"))) ||
             !next_word(rest, &reader->received->helo))
        return false;
    reader->has_helo = true;
    return true;
}

/* The comment behind the from word: up to the HELO, behind which all is the client's. */
static void read_from_comment(struct reader *reader, str comment)
{
    struct received *received = reader->received;
    str rest = comment, word, before = {0};
    struct ip ip;

    if (str_find_str(comment, S("may be forged")) < comment.n)
        received->forged = true;
    while (next_comment_word(&rest, &word) && !take_helo(reader, word, &rest)) {
        if (read_ip(word, &ip)) {
            set_ip(received, ip);
            if (before.n)
                received->reverse_name = host_of(before);
        } else {
            before = word;
        }
    }
}

/* A later one gives no address. That it names another tells that the first one may have been the client's. */
static void read_later_comment(struct reader *reader, str comment)
{
    str rest = comment, word;
    struct ip ip;

    while (next_comment_word(&rest, &word))
        if (read_ip(word, &ip) && !ip_eq(ip, reader->received->ip))
            reader->received->ambiguous = true;
}

/* The first comment counts; behind qmail's "(HELO C)", the second. */
static void take_from_comment(struct reader *reader, str comment)
{
    unsigned place = reader->comments++;

    if (is_note(comment))
        return;
    if (place == 0 || (place == 1 && reader->has_helo && !reader->received->ip.family))
        read_from_comment(reader, comment);
    else
        read_later_comment(reader, comment);
}

static enum clause keyword(str word)
{
    static const str words[CLAUSES] = {[FROM] = STR("from"), [BY] = STR("by"), [VIA] = STR("via"),
                                       [WITH] = STR("with"), [ID] = STR("id"), [FOR] = STR("for")};

    for (enum clause i = FROM; i < CLAUSES; i++)
        if (str_ieq(word, words[i]))
            return i;
    return NONE;
}

static str without_angles(str word)
{
    if (word.n >= 2 && word.p[0] == '<' && word.p[word.n - 1] == '>')
        return str_sub(word, 1, word.n - 2);
    return word;
}

/* A word that is no keyword belongs to the clause before it; only "with" takes more than one. */
static void put_word(struct reader *reader, str word)
{
    struct received *received = reader->received;
    str *with = &received->with;
    struct ip ip;

    switch (reader->clause) {
    case FROM:
        if (!reader->from.n)
            reader->from = word;
        else if (word.p[0] == '[' && read_ip(word, &ip)) /* fetchmail: "from mail.example [192.0.2.1]" */
            set_ip(received, ip);
        break;
    case BY:
        reader->clause = NONE;
        if (str_ieq(word, S("uid")) && received->by.n) /* qmail-scanner: "by mx.example.com by uid 71" */
            break;
        received->ambiguous |= received->by.n > 0;
        received->by = host_of(word);
        break;
    case WITH:
        *with = with->n ? str_span(with->p, word.p + word.n) : word;
        break;
    case ID:
        received->id = word;
        reader->clause = NONE;
        break;
    case FOR:
        received->for_ = without_angles(word);
        reader->clause = NONE;
        break;
    case NONE:
    case VIA:
    case CLAUSES:
        break;
    }
}

static void begin_clause(struct reader *reader, enum clause clause)
{
    if (clause == FROM && reader->seen[BY]) /* a word of what follows the by clause */
        return;
    if (clause == WITH)
        reader->received->with = (str){0};
    reader->seen[clause] = true;
    reader->clause = clause;
}

/* A comment counts in the from clause alone; "with" ends at one. */
static void take_comment(struct reader *reader, str comment)
{
    if (reader->seen[FROM] && !reader->seen[BY])
        take_from_comment(reader, comment);
    if (reader->clause == WITH && reader->received->with.n)
        reader->clause = NONE;
}

/* The length of the word at the start of `rest`, at least 1. Quotes count in the for clause alone: elsewhere
 * they are the client's, and could hide what the server adds. A ";" before the by clause is the client's. */
static size_t word_length(const struct reader *reader, str rest)
{
    bool quoted = false;
    size_t n = 0;

    for (; n < rest.n; n++) {
        char c = rest.p[n];

        if (c == '"' && reader->clause == FOR)
            quoted = !quoted;
        else if (!quoted && n > 0 && (ascii_is_space(c) || c == '(' || (c == ';' && reader->seen[BY])))
            break;
    }
    return n;
}

static void take_word(struct reader *reader, str word)
{
    enum clause clause = keyword(word);

    if (clause)
        begin_clause(reader, clause);
    else
        put_word(reader, word);
}

/* Reads up to the ";" before the date; returns what is behind it. */
static str read_clauses(struct reader *reader, str rest)
{
    bool no_comment = false;

    while (rest.n && !(rest.p[0] == ';' && reader->seen[BY])) {
        size_t n = 1;

        if (rest.p[0] == '(' && !no_comment) {
            n = comment_end(rest);
            no_comment = n == 0; /* nor has any later one: looked for once */
            if (n)
                take_comment(reader, str_sub(rest, 1, n - 2));
        } else if (!ascii_is_space(rest.p[0])) {
            n = word_length(reader, rest);
            take_word(reader, str_sub(rest, 0, n));
        }
        rest = str_skip(rest, n);
    }
    reader->received->syntax |= no_comment;
    return str_skip(rest, 1);
}

/* What the word behind "from" is depends on whether a comment named the HELO. */
static void settle_from(struct reader *reader)
{
    struct received *received = reader->received;
    struct ip ip;
    bool literal = read_ip(reader->from, &ip);

    if (literal && !received->ip.family)
        received->ip = ip;
    if (!reader->has_helo)
        received->helo = reader->from;
    else if (!literal && !received->reverse_name.n)
        received->reverse_name = host_of(reader->from);
    if (str_ieq(received->reverse_name, S("unknown")))
        received->reverse_name = (str){0};
}

void received_parse(str value, struct received *received)
{
    struct reader reader = {.received = received};
    struct date date;

    *received = (struct received){0};
    value = read_clauses(&reader, value);
    settle_from(&reader);
    received->has_time = date_parse(value, &date);
    received->time = date.time;
    received->syntax |= !received->has_time || !received->by.n;
}
