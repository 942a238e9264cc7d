/* fuzz_spf_record.c: terms of SPF records: written again from what was read, they read the same. */
#include "auth/spf_record.h"
#include "fuzz.h"

#include <assert.h>

static str write_term(const struct spf_term *term, struct arena *arena)
{
    static const char *const names[] = {"all", "include", "a",      "mx",       "ptr",
                                        "ip4", "ip6",     "exists", "redirect", "exp"};
    static const char *const signs[] = {
        [RESULT_PASS] = "+", [RESULT_FAIL] = "-", [RESULT_SOFTFAIL] = "~", [RESULT_NEUTRAL] = "?"};
    str domain = term->domain;

    switch (term->kind) {
    case SPF_OTHER:
        return arena_printf(arena, "x=%.*s", PS(domain));
    case SPF_REDIRECT:
    case SPF_EXP:
        return arena_printf(arena, "%s=%.*s", names[term->kind], PS(domain));
    case SPF_IP4:
    case SPF_IP6:
        return arena_printf(arena, "%s%s:%.*s/%u", signs[term->qualifier], names[term->kind],
                            PS(ip_format(term->network, arena)),
                            term->kind == SPF_IP4 ? term->bits4 : term->bits6);
    case SPF_A:
    case SPF_MX:
        return arena_printf(arena, "%s%s%s%.*s/%u//%u", signs[term->qualifier], names[term->kind],
                            domain.n ? ":" : "", PS(domain), term->bits4, term->bits6);
    case SPF_ALL:
    case SPF_INCLUDE:
    case SPF_PTR:
    case SPF_EXISTS:
        break;
    }
    return arena_printf(arena, "%s%s%s%.*s", signs[term->qualifier], names[term->kind], domain.n ? ":" : "",
                        PS(domain));
}

static void check_term(const struct spf_term *term, struct arena *arena)
{
    str written = write_term(term, arena);
    str rest = written;
    struct spf_term again;
    const char *why;

    assert(spf_next(&rest, &again, &why));
    assert(rest.n == 0 && again.kind == term->kind && again.qualifier == term->qualifier);
    assert(str_eq(again.domain, term->domain) && ip_eq(again.network, term->network));
    assert(again.bits4 == term->bits4 && again.bits6 == term->bits6);
    assert(term->bits4 <= 32 && term->bits6 <= 128);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ip client = {.family = 4, .bytes = {192, 0, 2, 1}};
    str text = {(const char *)data, size};
    struct arena *arena;
    struct spf_record record;
    struct spf_term term;
    const char *why;
    size_t terms = 0;
    str rest;

    if (!spf_is_record(text))
        return 0;
    arena = arena_new();
    spf_record_read(&record, text, client);
    assert(!record.why == (record.bad.n == 0));
    assert(record.n <= LIMIT_SPF_TERMS + 1);
    for (size_t i = 0; i < record.n; i++)
        assert(spf_needs_dns(record.terms[i].kind) ||
               (i + 1 == record.n && spf_match_literal(&record.terms[i], client)));
    for (rest = str_skip(text, 6); spf_next(&rest, &term, &why); terms++)
        if (terms < 1000)
            check_term(&term, arena);
    assert(!why || record.why);
    arena_free(arena);
    return 0;
}
