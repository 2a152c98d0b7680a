#include "analyzer/check.h"

#include <assert.h>
#include <math.h>

static const struct {
    const char *text, *asks;
    bool        built;
} row[CHECK_COUNT] = {
#define CHECK(name, text, built, asks) [CHECK_##name] = {text, asks, built},
#include "analyzer/check.def"
#undef CHECK
};

const char *
check_text(enum check c)
{
    assert(c < CHECK_COUNT);
    return row[c].text;
}

const char *
check_asks(enum check c)
{
    assert(c < CHECK_COUNT);
    return row[c].asks;
}

bool
check_built(enum check c)
{
    assert(c < CHECK_COUNT);
    return row[c].built;
}

enum status
check_parse(struct slice text, enum check *out)
{
    for (size_t i = 0; i < CHECK_COUNT; i++)
        if (slice_is(text, row[i].text)) {
            *out = (enum check)i;
            return STATUS_OK;
        }
    return STATUS_SYNTAX;
}

struct check_result
check_none(void)
{
    double none = (double)NAN;

    return (struct check_result){
        .verdict = VERDICT_HOLD,
        .reason = REASON_NOT_CONFIGURED,
        .evidence = none,
        .value = none,
        .limit = none,
        .pass_evidence = none,
        .pass_limit = none,
        .need_requests = none,
    };
}
