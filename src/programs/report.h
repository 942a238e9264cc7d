/* report.h: results as JSON (postern-json(5), docs/check.schema.json). */
#ifndef POSTERN_PROGRAMS_REPORT_H
#define POSTERN_PROGRAMS_REPORT_H

#include "programs/jsonl.h"
#include "scan.h"

/* Where a message stands: "file", and "message" in an mbox. */
struct place {
    str file;
    size_t number; /* 0: the file is the message */
};
void report_place(struct jsonl *json, const struct place *place);

/* The keys of one message in an open object: all, or one method's. `results_field`: our
 * Authentication-Results, or empty. */
void report_scan(struct jsonl *json, const struct scan *scan, str results_field);
void report_dkim(struct jsonl *json, const struct dkim *dkim);
void report_arc(struct jsonl *json, const struct arc *arc);

/* "sender": platforms and accounts. */
void report_sender(struct jsonl *json, const struct sender *sender);

/* The keys of SPF in an open object. The main result is that of MAIL FROM, or of HELO where that alone is
 * known. */
void report_spf(struct jsonl *json, const struct spf *spf, const struct envelope *envelope);
const struct spf_check *report_spf_main(const struct spf *spf, const struct envelope *envelope);

/* The keys of a policy in an open object. */
void report_discovery(struct jsonl *json, const struct dmarc_discovery *discovery);

#endif
