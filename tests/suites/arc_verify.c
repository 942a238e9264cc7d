/* arc_verify.c: runs the validation cases of the public ARC test suite. */
#include "arc_cases.h"

static const struct suite_difference differences[] = {
    {"ams_fields_h_empty", "its h= is empty, and RFC 6376 section 5.4 wants From signed"},
    {"ams_fields_c_na",
     "it was signed as relaxed/relaxed but has no c=, which means simple/simple (RFC 6376 section 3.5)"},
};

/* Three cases state no result: a cv=fail stands in them. RFC 8617 section 5.2 step 2: the result is fail. */
static const char *wanted_result(const struct test_case *test)
{
    str cv = text_of(test->values, "cv");

    return str_eq(cv, S("Pass")) ? "pass" : str_eq(cv, S("None")) ? "none" : "fail";
}

static void run_verify(struct suite *suite, const struct test_case *test, struct crypto *crypto)
{
    struct arena *arena = arena_new();
    struct mail mail;
    struct arc arc;
    const char *wanted = wanted_result(test);

    verify(&arc, &mail, test, arena, crypto);
    suite_case(suite, strcmp(result_name(arc.result), wanted) == 0, test->name, "got %s (%.*s), wanted %s",
               result_name(arc.result), PS(arc.reason), wanted);
    arena_free(arena);
}

int main(int count, char **arguments)
{
    return run_arc_suite("arc-verify", "arc/arc-draft-validation-tests.json", count, arguments, differences,
                         sizeof(differences) / sizeof(differences[0]), run_verify);
}
