/* exception.h: which exceptions of the policy fit a message. For policy.c only. */
#ifndef POSTERN_ACT_EXCEPTION_H
#define POSTERN_ACT_EXCEPTION_H

#include "act/policy.h"

/* Taken apart for comparison; the domain is in normal form. Both empty: no address. */
struct exception_address {
    str local, domain;
};
struct exception_address exception_address(str address, struct arena *arena);

/* Who the sender is for sure. */
struct exception_sender {
    str *domains; /* proven, in normal form */
    size_t domain_count;
    struct exception_address *addresses; /* MAIL FROM and From, where their domain is proven or aligned */
    size_t address_count;
};
void exception_find_sender(struct exception_sender *sender, const struct policy_input *input,
                           struct arena *arena);

/* All but the recipient. */
bool exception_fits_message(const struct policy_exception *exception, const struct exception_sender *sender,
                            const struct policy_input *input);
bool exception_fits_recipient(const struct policy_exception *exception,
                              const struct exception_address *recipient);

#endif
