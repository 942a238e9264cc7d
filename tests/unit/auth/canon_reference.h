/* canon_reference.h: canonicalisation said plainly: lines are cut, cleaned and joined, in copies. */
#ifndef POSTERN_TESTS_CANON_REFERENCE_H
#define POSTERN_TESTS_CANON_REFERENCE_H

#include "auth/canon.h"
#include "base/buf.h"

static inline size_t reference_line_end(str s, size_t at, bool lf_only)
{
    if (at + 1 < s.n && s.p[at] == '\r' && s.p[at + 1] == '\n')
        return 2;
    return lf_only && s.p[at] == '\n' ? 1 : 0;
}

static inline void reference_clean(struct buf *out, str line)
{
    while (line.n && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
        line.n--;
    for (size_t i = 0; i < line.n; i++) {
        bool space = line.p[i] == ' ' || line.p[i] == '\t';
        bool after = i && (line.p[i - 1] == ' ' || line.p[i - 1] == '\t');

        if (!space)
            buf_add_char(out, line.p[i]);
        else if (!after)
            buf_add_char(out, ' ');
    }
}

static inline str reference_body(struct arena *arena, enum canon canon, str body, bool lf_only)
{
    struct buf out = buf_new(arena, SIZE_MAX / 4);
    size_t begin = 0, keep = 0; /* keep: size up to the last line that is not empty */

    for (size_t at = 0; at <= body.n && begin < body.n; at++) {
        size_t end = at < body.n ? reference_line_end(body, at, lf_only) : 0;
        size_t before = out.n;

        if (at < body.n && end == 0)
            continue;
        if (canon == CANON_SIMPLE)
            buf_add(&out, str_sub(body, begin, at - begin));
        else
            reference_clean(&out, str_sub(body, begin, at - begin));
        if (out.n > before)
            keep = out.n + 2;
        buf_add(&out, S("\r\n"));
        begin = at + end;
        at = begin - 1;
    }
    out.n = keep;
    if (canon == CANON_SIMPLE && keep == 0)
        return S("\r\n");
    return buf_str(&out);
}

static inline str reference_header(struct arena *arena, enum canon canon, const struct header *header,
                                   bool lf_only, str without, bool crlf)
{
    struct buf text = buf_new(arena, SIZE_MAX / 4), out = buf_new(arena, SIZE_MAX / 4);
    str from = canon == CANON_SIMPLE ? header->raw : header->value;
    const char *end = header->value.p + header->value.n;

    for (const char *p = from.p; p < end; p++) {
        size_t n = reference_line_end(str_span(p, end), 0, lf_only);

        if (without.n && p >= without.p && p < without.p + without.n)
            continue;
        if (n && canon == CANON_SIMPLE)
            buf_add(&text, S("\r\n"));
        if (n)
            p += n - 1;
        else
            buf_add_char(&text, *p);
    }
    if (canon == CANON_SIMPLE) {
        buf_add(&out, buf_str(&text));
    } else {
        str value = buf_str(&text);

        while (value.n && (value.p[0] == ' ' || value.p[0] == '\t'))
            value = str_skip(value, 1);
        buf_add(&out, arena_lower(arena, header->name));
        buf_add_char(&out, ':');
        reference_clean(&out, value);
    }
    if (crlf)
        buf_add(&out, S("\r\n"));
    return buf_str(&out);
}

#endif
