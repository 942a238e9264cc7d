/* address.h: RFC 5322 addresses (section 3.4), with the obsolete forms, groups and RFC 6532 UTF-8. */
#ifndef POSTERN_MAIL_ADDRESS_H
#define POSTERN_MAIL_ADDRESS_H

#include "base/arena.h"

struct address {
    str display; /* display name, quotes and pairs resolved, RFC 2047 words not yet decoded; may be empty */
    str comment; /* text of the comments, joined by a space; may be empty */
    str local;   /* local part, quotes and pairs resolved */
    str domain;  /* as written, comments and white space removed; "[...]" for a literal; may be empty */
    str group;   /* name of the group it stands in, empty if none */
};

struct address_list {
    struct address *items;
    size_t n;
    bool syntax; /* something was not RFC 5322; what could be read is there all the same */
    bool groups; /* a group was there, perhaps an empty one */
    bool cut;    /* there was more than LIMIT_ADDRESSES or LIMIT_ADDRESS_TEXT to look at; some are left out */
};

/* Reads a whole header value (folds included). Never fails: junk sets `syntax`. Where mail programs disagree
 * about which address counts ("a@b.example <c@d.example>", "<a@b.example> <c@d.example>", two "@"), all are
 * mailboxes, the one in brackets first. A name without an address is one with an empty domain. Appends to
 * *list, which starts zeroed; slices point into `value` or the arena. Linear in value.n. */
void address_parse_list(str value, struct arena *arena, struct address_list *list);

/* Reads one addr-spec as SMTP has it ("local@domain", "\"quoted\"@domain", a source route before it is
 * dropped; angle brackets allowed). False if there is no "@" or a part is empty; *address then holds what was
 * read. */
bool address_parse_path(str path, struct arena *arena, struct address *address);

/* "local@domain" with the local part quoted where it must be. */
str address_format(const struct address *address, struct arena *arena);

#endif
