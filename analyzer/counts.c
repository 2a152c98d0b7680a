#include "analyzer/counts.h"

#include <assert.h>

void
counts_add(struct counts *to, const struct counts *from)
{
    for (size_t i = 0; i < CLASS_COUNT; i++)
        to->by_class[i] += from->by_class[i];
    to->no_response += from->no_response;
    to->client_errors += from->client_errors;
    for (size_t i = 0; i < COUNTS_MAX_BOUNDS; i++)
        to->bucket[i] += from->bucket[i];
}

uint64_t
counts_requests(const struct counts *c)
{
    return c->by_class[CLASS_OK] + counts_faults(c);
}

uint64_t
counts_faults(const struct counts *c)
{
    return c->by_class[CLASS_APP] + c->by_class[CLASS_INFRASTRUCTURE];
}

uint64_t
counts_timed(const struct counts *c)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < COUNTS_MAX_BOUNDS; i++)
        sum += c->bucket[i];
    return sum;
}

const char *
counts_arm_text(enum counts_arm a)
{
    assert(a < ARM_COUNT);
    return a == ARM_CANARY ? "canary" : "baseline";
}

const char *
counts_view_text(enum counts_view v)
{
    assert(v < VIEW_COUNT);
    return v == VIEW_USER ? "user" : "attempt";
}
