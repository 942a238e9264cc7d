/* zip.c: the directory of a zip archive. */
#include "content/zip.h"

#include "base/limits.h"
#include "mail/magic.h"

enum {
    END_SIZE = 22,      /* of the end record, without its comment */
    END_SEARCH = 65557, /* where it can stand: it and the longest comment */
    ENTRY_SIZE = 46,
    LOCAL_SIZE = 30,
    FLAG_ENCRYPTED = 1,
    FLAG_DIRECTORY_ENCRYPTED = 1 << 13,
};

static unsigned two(str bytes, size_t at)
{
    return (unsigned)(unsigned char)bytes.p[at] | (unsigned)(unsigned char)bytes.p[at + 1] << 8;
}

static size_t four(str bytes, size_t at)
{
    return two(bytes, at) | (size_t)two(bytes, at + 2) << 16;
}

static void add_entry(struct zip_facts *facts, unsigned flags, str name)
{
    enum magic magic = magic_of_name(name);
    enum magic_kind kind = magic_kind(magic);

    facts->entries++;
    facts->encrypted |= (flags & (FLAG_ENCRYPTED | FLAG_DIRECTORY_ENCRYPTED)) != 0;
    if (!facts->first.n && !str_ends(name, S("/")))
        facts->first = name;
    if (!facts->runnable.n &&
        (kind == MAGIC_KIND_PROGRAM || kind == MAGIC_KIND_SCRIPT || kind == MAGIC_KIND_SHORTCUT ||
         kind == MAGIC_KIND_DISK || kind == MAGIC_KIND_WEB))
        facts->runnable = name;
}

/* Where the directory begins; bytes.n if there is none. */
static size_t find_directory(str bytes)
{
    size_t lowest = bytes.n > END_SEARCH ? bytes.n - END_SEARCH : 0;

    for (size_t at = bytes.n >= END_SIZE ? bytes.n - END_SIZE + 1 : 0; at-- > lowest;)
        if (memcmp(bytes.p + at, "PK\x05\x06", 4) == 0) {
            size_t size = four(bytes, at + 12), start = four(bytes, at + 16);

            if (start < at && memcmp(bytes.p + start, "PK\x01\x02", 4) == 0)
                return start;
            /* Something stands before the archive, and the offset does not count it. */
            if (size <= at && at - size + 4 <= bytes.n && memcmp(bytes.p + at - size, "PK\x01\x02", 4) == 0)
                return at - size;
        }
    return bytes.n;
}

static void read_local(struct zip_facts *facts, str bytes)
{
    if (bytes.n < LOCAL_SIZE || memcmp(bytes.p, "PK\x03\x04", 4) != 0)
        return;
    add_entry(facts, two(bytes, 6), str_sub(bytes, LOCAL_SIZE, two(bytes, 26)));
}

void zip_read(struct zip_facts *facts, str bytes)
{
    size_t at = find_directory(bytes);

    *facts = (struct zip_facts){.broken = at == bytes.n};
    while (facts->entries < LIMIT_CONTENT_ENTRIES && at + ENTRY_SIZE <= bytes.n &&
           memcmp(bytes.p + at, "PK\x01\x02", 4) == 0) {
        size_t name = two(bytes, at + 28);

        add_entry(facts, two(bytes, at + 8), str_sub(bytes, at + ENTRY_SIZE, name));
        at += ENTRY_SIZE + name + two(bytes, at + 30) + two(bytes, at + 32);
    }
    if (facts->entries == 0)
        read_local(facts, bytes);
}
