/* pattern.c: regular expressions through PCRE2. */
#include "base/pattern.h"

#include <assert.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Machine code has a stack of its own; what needs more is interpreted. */
enum { STACK_BEGIN = 32 * 1024, STACK_MAX = 512 * 1024 };

/* Of the steps of a search: what one byte may have at most. */
enum { STEPS_MAX = 100000 };

struct pattern {
    struct pattern *next;
    struct pattern_set *set;
    pcre2_code *code;
    size_t groups;
    bool anchored; /* it begins at the first byte or not at all */
    bool machine_code;
};

struct pattern_set {
    struct pattern *patterns;
    pcre2_compile_context *compiling;
    pcre2_match_context *matching;
    pcre2_match_data *data;
    pcre2_jit_stack *stack; /* NULL: the small one that PCRE2 brings */
    bool machine_code;
    const char *slow;
};

static bool closed;

/* ---- sets ---- */

struct pattern_set *pattern_set_new(bool machine_code)
{
    struct pattern_set *set = calloc(1, sizeof(*set));

    if (!set)
        abort();
    set->compiling = pcre2_compile_context_create(NULL);
    set->matching = pcre2_match_context_create(NULL);
    set->data = pcre2_match_data_create(LIMIT_PATTERN_GROUPS, NULL);
    if (!set->compiling || !set->matching || !set->data)
        abort();
    pcre2_set_newline(set->compiling, PCRE2_NEWLINE_ANYCRLF);
    pcre2_set_bsr(set->compiling, PCRE2_BSR_ANYCRLF);
    pcre2_set_max_pattern_length(set->compiling, LIMIT_PATTERN_TEXT);
    pcre2_set_heap_limit(set->matching, LIMIT_PATTERN_MEMORY / 1024);
    if (machine_code && !closed)
        set->stack = pcre2_jit_stack_create(STACK_BEGIN, STACK_MAX, NULL);
    if (set->stack)
        pcre2_jit_stack_assign(set->matching, NULL, set->stack);
    set->machine_code = machine_code;
    return set;
}

void pattern_set_free(struct pattern_set *set)
{
    if (!set)
        return;
    for (struct pattern *pattern = set->patterns, *next; pattern; pattern = next) {
        next = pattern->next;
        assert(!closed || !pattern->machine_code);
        pcre2_code_free(pattern->code);
        free(pattern);
    }
    pcre2_match_data_free(set->data);
    pcre2_match_context_free(set->matching);
    pcre2_compile_context_free(set->compiling);
    pcre2_jit_stack_free(set->stack);
    free(set);
}

const char *pattern_set_slow(const struct pattern_set *set)
{
    return set->slow;
}

void pattern_close(void)
{
    closed = true;
}

/* ---- patterns ---- */

static uint32_t options_of(unsigned flags)
{
    uint32_t options = PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;

    if (flags & PATTERN_CASELESS)
        options |= PCRE2_CASELESS;
    return options | (flags & PATTERN_UTF ? PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF
                                          : PCRE2_NEVER_UTF | PCRE2_NEVER_UCP);
}

/* That it can't be had is no failure: the interpreter is there. */
static bool make_code(struct pattern_set *set, pcre2_code *code)
{
    int problem;

    if (!set->machine_code)
        return false;
    if (closed) {
        set->slow = "no machine code is made any more in this process";
        return false;
    }
    problem = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    if (problem == PCRE2_ERROR_NOMEMORY)
        set->slow = "PCRE2 gets no memory for machine code (systemd's MemoryDenyWriteExecute= refuses it)";
    else if (problem == PCRE2_ERROR_JIT_BADOPTION)
        set->slow = "this PCRE2 makes no machine code";
    else if (problem != 0)
        set->slow = "PCRE2 makes no machine code of a pattern";
    return problem == 0;
}

const struct pattern *pattern_compile(struct pattern_set *set, str text, unsigned flags, struct err *err)
{
    PCRE2_UCHAR words[256];
    struct pattern *pattern;
    PCRE2_SIZE place = 0;
    uint32_t groups = 0, options = 0;
    int problem = 0;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)(text.p ? text.p : ""), text.n, options_of(flags), &problem,
                                     &place, set->compiling);

    if (!code) {
        pcre2_get_error_message(problem, words, sizeof(words));
        err_set(err, "at byte %zu of the pattern: %s", (size_t)place + 1, (const char *)words);
        return NULL;
    }
    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
    if (groups >= LIMIT_PATTERN_GROUPS) {
        pcre2_code_free(code);
        err_set(err, "the pattern has %u groups, and at most %d may be there", groups,
                LIMIT_PATTERN_GROUPS - 1);
        return NULL;
    }
    pattern = malloc(sizeof(*pattern));
    if (!pattern)
        abort();
    *pattern =
        (struct pattern){.next = set->patterns, .set = set, .code = code, .groups = (size_t)groups + 1};
    pcre2_pattern_info(code, PCRE2_INFO_ALLOPTIONS, &options);
    pattern->anchored = options & PCRE2_ANCHORED;
    pattern->machine_code = make_code(set, code);
    set->patterns = pattern;
    return pattern;
}

bool pattern_is_machine_code(const struct pattern *pattern)
{
    return pattern->machine_code;
}

/* ---- matching ---- */

/* PCRE2 counts anew for each byte at which a match could begin, so hostile text would cost its length times
 * the limit: the bytes share the steps. */
static uint32_t steps_for(const struct pattern *pattern, size_t bytes)
{
    size_t steps = LIMIT_PATTERN_STEPS / (pattern->anchored ? 1 : bytes + 1);

    return steps < STEPS_MAX ? (uint32_t)steps : STEPS_MAX;
}

/* Negative: PCRE2's word for why not. */
static int search(const struct pattern *pattern, str subject, size_t from)
{
    const struct pattern_set *set = pattern->set;
    PCRE2_SPTR text = (PCRE2_SPTR)(subject.p ? subject.p : "");
    int result;

    pcre2_set_match_limit(set->matching, steps_for(pattern, subject.n - from));
    result = pcre2_match(pattern->code, text, subject.n, from, 0, set->data, set->matching);
    if (result == PCRE2_ERROR_JIT_STACKLIMIT)
        result = pcre2_match(pattern->code, text, subject.n, from, PCRE2_NO_JIT, set->data, set->matching);
    return result;
}

static void fill(struct pattern_match *match, const struct pattern *pattern, str subject)
{
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(pattern->set->data);

    *match = (struct pattern_match){.count = pattern->groups};
    for (size_t i = 0; i < pattern->groups; i++) {
        size_t begin = offsets[2 * i], end = offsets[2 * i + 1];

        if (begin == PCRE2_UNSET)
            continue;
        if (begin > end) /* \K can do that */
            begin = end;
        assert(end <= subject.n);
        match->group[i] = (str){(subject.p ? subject.p : "") + begin, end - begin};
    }
}

enum pattern_found pattern_find(const struct pattern *pattern, str subject, size_t from,
                                struct pattern_match *match)
{
    int result;

    subject = str_sub(subject, 0, LIMIT_PATTERN_SUBJECT);
    if (from > subject.n)
        return PATTERN_NOT_FOUND;
    result = search(pattern, subject, from);
    if (result == PCRE2_ERROR_NOMATCH)
        return PATTERN_NOT_FOUND;
    if (result < 0)
        return PATTERN_LIMIT;
    if (match)
        fill(match, pattern, subject);
    return PATTERN_FOUND;
}
