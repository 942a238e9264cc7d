/* fuzz_arc_set.c: a header with ARC sets: a chain that passes is whole, and offline nobody is asked. */
#include "auth/arc.h"
#include "base/limits.h"
#include "fuzz.h"

#include <assert.h>

/* Any name has the same key: the one of RFC 8463 appendix A.2. */
static const struct dns_answer *look_up(void *context, str name, enum dns_type type, struct arena *arena)
{
    struct dns_answer *answer = arena_new_of(arena, struct dns_answer);

    (void)context;
    *answer = (struct dns_answer){.name = name, .type = type, .status = DNS_OK, .n = 1};
    answer->records = arena_new_of(arena, struct dns_record);
    answer->records->text = S("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    return answer;
}

static void assert_whole(const struct arc *arc)
{
    assert(arc->n >= 1);
    for (size_t k = 0; k < arc->n; k++) {
        const struct arc_set *set = &arc->sets[k];

        assert(set->results_header && set->signature_header && set->seal_header);
        assert(set->seal_checked && set->seal_valid && set->results.instance == k + 1);
        assert(set->cv == (k ? RESULT_PASS : RESULT_NONE));
    }
    assert(arc->sets[arc->n - 1].signature_valid);
}

static void verify(const struct mail *mail, struct crypto *crypto, struct arena *arena, bool offline)
{
    str trusted = S("example.com");
    struct arc_params params = {.trusted_sealers = &trusted, .trusted_sealer_count = 1};
    struct arc arc = {0};
    struct ask ask;
    bool finished;

    ask_init(&ask, arena, 1700000000);
    ask.offline = offline;
    ask.lookup = offline ? NULL : look_up;
    finished = arc_verify(&arc, mail, &ask, crypto, &params);
    assert(finished && arc.done && ask.open == 0 && arc.reason.n > 0);
    assert(arc.n <= LIMIT_ARC_SETS && arc.oldest_pass <= arc.n && arc.trusted_from <= arc.n);
    assert(arc.result == RESULT_NONE || arc.result == RESULT_PASS || arc.result == RESULT_FAIL ||
           arc.result == RESULT_UNKNOWN);
    assert(!offline || arc.result != RESULT_PASS);
    assert((arc.result == RESULT_NONE) ==
           (mail->count[HEADER_ARC_SEAL] + mail->count[HEADER_ARC_MESSAGE_SIGNATURE] +
                mail->count[HEADER_ARC_AUTHENTICATION_RESULTS] ==
            0));
    if (arc.result == RESULT_PASS)
        assert_whole(&arc);
    for (size_t k = 0; k < arc.n; k++)
        assert(arc.sets[k].instance == k + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct crypto *crypto;
    struct arena *arena = arena_new();
    struct mail mail;

    if (!crypto)
        crypto = crypto_new(NULL);
    assert(crypto);
    mail_parse(&mail, (str){(const char *)data, size}, arena);
    verify(&mail, crypto, arena, true);
    verify(&mail, crypto, arena, false);
    arena_free(arena);
    return 0;
}
