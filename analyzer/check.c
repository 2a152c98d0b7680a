#include "analyzer/check.h"

#include <assert.h>
#include <math.h>

static const struct {
    const char *text, *asks;
    double      weight;
} row[CHECK_COUNT] = {
#define CHECK(name, text, weight, asks) [CHECK_##name] = {text, asks, weight},
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

double
check_weight(enum check c)
{
    assert(c < CHECK_COUNT);
    return row[c].weight;
}

double
check_evidence(double log_e)
{
    /* What JSON and every language can still read as a finite number. */
    static const double most = 1e300;

    return fmin(exp(log_e), most);
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
