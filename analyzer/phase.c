#include "analyzer/phase.h"

#include <assert.h>

static const struct {
    const char *text, *help;
    bool        compares, attempts_only;
} row[PHASE_COUNT] = {
#define PHASE(name, text, compares, attempts_only, help)                                           \
    [PHASE_##name] = {text, help, compares, attempts_only},
#include "analyzer/phase.def"
#undef PHASE
};

const char *
phase_text(enum phase p)
{
    assert(p < PHASE_COUNT);
    return row[p].text;
}

const char *
phase_help(enum phase p)
{
    assert(p < PHASE_COUNT);
    return row[p].help;
}

bool
phase_compares(enum phase p)
{
    assert(p < PHASE_COUNT);
    return row[p].compares;
}

bool
phase_attempts_only(enum phase p)
{
    assert(p < PHASE_COUNT);
    return row[p].attempts_only;
}

enum status
phase_parse(struct slice text, enum phase *out)
{
    for (size_t i = 0; i < PHASE_COUNT; i++)
        if (slice_is(text, row[i].text)) {
            *out = (enum phase)i;
            return STATUS_OK;
        }
    return STATUS_SYNTAX;
}
