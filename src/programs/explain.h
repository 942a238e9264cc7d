/* explain.h: results in words, for a reader at a terminal. Nothing of the environment stands in them, so that
 * a record replays to the same bytes. */
#ifndef POSTERN_PROGRAMS_EXPLAIN_H
#define POSTERN_PROGRAMS_EXPLAIN_H

#include "programs/report.h"

struct page {
    struct buf *buf;
    bool colour;
};

/* Text that may come from a mail: escaped, cut at a bound. */
void page_text(struct page *page, str text);
void page_printf(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The line that names a message. */
void explain_place(struct page *page, const struct place *place);

/* A whole message; `results_field` as in report.h. */
void explain_scan(struct page *page, const struct scan *scan, str results_field);

/* Platforms and accounts; `whole`: all that was found, and that nothing was. */
void explain_sender(struct page *page, const struct sender *sender, bool whole);

/* One method. */
void explain_spf(struct page *page, const struct spf *spf, const struct envelope *envelope);
void explain_dkim(struct page *page, const struct dkim *dkim);
void explain_arc(struct page *page, const struct arc *arc);

/* "  label  result     text": one line of a result; closed by page_end(). */
void page_result(struct page *page, const char *label, enum result result);
void page_end(struct page *page);
void page_warnings(struct page *page, const char *label, const struct notes *notes);

#endif
