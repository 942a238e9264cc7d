/* arc_sign.c: runs the signing cases of the public ARC test suite: the same bytes but for white space. */
#include "arc_cases.h"

/* Without white space, which the suite writes elsewhere than we do. */
static str squeezed(str text, struct arena *arena)
{
    struct buf buf = buf_new(arena, SIZE_MAX);

    for (size_t i = 0; i < text.n; i++)
        if (!ascii_is_space(text.p[i]))
            buf_add_char(&buf, text.p[i]);
    return buf_str(&buf);
}

static str wanted_fields(const struct test_case *test, struct arena *arena)
{
    str seal = text_of(test->values, "AS");

    if (seal.n == 0)
        return seal;
    return squeezed(
        arena_printf(arena, "ARC-Seal:%.*sARC-Message-Signature:%.*sARC-Authentication-Results:%.*s",
                     PS(seal), PS(text_of(test->values, "AMS")), PS(text_of(test->values, "AAR"))),
        arena);
}

static void run_sign(struct suite *suite, const struct test_case *test, struct crypto *crypto)
{
    struct arena *arena = arena_new();
    struct err err = {""};
    struct private_key *key = private_key_load(text_of(test->group, "privatekey"), &err);
    str names = text_of(test->values, "sig-headers"), fields[16], wanted;
    struct authres results;
    struct arc_seal_params params = {.domain = text_of(test->group, "domain"),
                                     .selector = text_of(test->group, "sel"),
                                     .results = &results,
                                     .fields = fields,
                                     .time = json_integer_value(json_object_get(test->values, "t")),
                                     .sign = arc_sign_with_key,
                                     .sign_context = key};
    struct arc_sealed sealed = {0};
    struct mail mail;
    struct arc arc;
    bool good = false;

    while (params.field_count < 16 && str_next(&names, ':', &fields[params.field_count]))
        params.field_count++;
    verify(&arc, &mail, test, arena, crypto);
    arc_seal_results(&results, &mail, text_of(test->values, "srv-id"), arena);
    if (key && arc_seal(&sealed, &mail, &arc, &params, crypto, arena, &err))
        good = str_eq(squeezed(sealed.fields, arena), wanted_fields(test, arena));
    wanted = wanted_fields(test, arena);
    suite_case(suite, good, test->name, "%s%.*s\n# got    %.*s\n# wanted %.*s", err.words, PS(sealed.reason),
               PS(squeezed(sealed.fields, arena)), PS(wanted));
    private_key_free(key);
    arena_free(arena);
}

int main(int count, char **arguments)
{
    return run_arc_suite("arc-sign", "arc/arc-draft-sign-tests.json", count, arguments, NULL, 0, run_sign);
}
