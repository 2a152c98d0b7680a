#include "analyzer/verdict.h"

#include <assert.h>

static const char *const verdict_row[VERDICT_COUNT] = {
#define VERDICT(name, text, meaning) [VERDICT_##name] = text,
#include "analyzer/verdict.def"
#undef VERDICT
};

static const struct {
    const char *text, *help;
} reason_row[REASON_COUNT] = {
#define REASON(name, text, help) [REASON_##name] = {text, help},
#include "analyzer/reason.def"
#undef REASON
};

const char *
verdict_text(enum verdict v)
{
    assert(v < VERDICT_COUNT);
    return verdict_row[v];
}

const char *
verdict_reason_text(enum verdict_reason r)
{
    assert(r < REASON_COUNT);
    return reason_row[r].text;
}

const char *
verdict_reason_help(enum verdict_reason r)
{
    assert(r < REASON_COUNT);
    return reason_row[r].help;
}

enum status
verdict_parse(struct slice text, enum verdict *out)
{
    for (size_t i = 0; i < VERDICT_COUNT; i++)
        if (slice_is(text, verdict_row[i])) {
            *out = (enum verdict)i;
            return STATUS_OK;
        }
    return STATUS_SYNTAX;
}

enum status
verdict_reason_parse(struct slice text, enum verdict_reason *out)
{
    for (size_t i = 0; i < REASON_COUNT; i++)
        if (slice_is(text, reason_row[i].text)) {
            *out = (enum verdict_reason)i;
            return STATUS_OK;
        }
    return STATUS_SYNTAX;
}
