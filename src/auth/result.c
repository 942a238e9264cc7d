/* result.c: the results of RFC 8601. */
#include "auth/result.h"

const char *const result_names[RESULT_PERMERROR + 1] = {
    [RESULT_UNKNOWN] = "unknown", [RESULT_NONE] = "none",           [RESULT_PASS] = "pass",
    [RESULT_FAIL] = "fail",       [RESULT_SOFTFAIL] = "softfail",   [RESULT_NEUTRAL] = "neutral",
    [RESULT_POLICY] = "policy",   [RESULT_TEMPERROR] = "temperror", [RESULT_PERMERROR] = "permerror",
};

const char *result_name(enum result result)
{
    return result_names[result];
}

bool result_parse(str word, enum result *result, bool *bestguess)
{
    static const struct {
        str word;
        enum result result;
    } others[] = {
        {STR("hardfail"), RESULT_FAIL},      {STR("error"), RESULT_TEMPERROR},
        {STR("timeout"), RESULT_TEMPERROR},  {STR("tempfail"), RESULT_TEMPERROR},
        {STR("permfail"), RESULT_PERMERROR}, {STR("perm_fail"), RESULT_PERMERROR},
        {STR("bestguesspass"), RESULT_NONE},
    };

    *result = RESULT_UNKNOWN;
    if (bestguess)
        *bestguess = str_ieq(word, S("bestguesspass"));
    for (size_t i = RESULT_NONE; i <= RESULT_PERMERROR; i++)
        if (str_ieq(word, str_from(result_names[i]))) {
            *result = (enum result)i;
            return true;
        }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (str_ieq(word, others[i].word)) {
            *result = others[i].result;
            return true;
        }
    return false;
}
