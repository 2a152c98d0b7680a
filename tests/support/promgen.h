/* promgen.h - random well-typed PromQL over the series of promworld.h, from any
 * source of choices: a seeded generator or a fuzzer's bytes. */
#ifndef TESTS_SUPPORT_PROMGEN_H
#define TESTS_SUPPORT_PROMGEN_H

#include "base/text.h"

/* Start it as {.pick = …, .self = …}. */
struct promgen {
    uint64_t (*pick)(void *self, uint64_t n); /* 0 to n - 1, n >= 1 */
    void *self;
    bool  by_value_only; /* nothing whose answer depends on the order of equals: topk, limitk */
};

enum { PROMGEN_MAX_DEPTH = 5 };

/* Append an instant vector or, sometimes, a scalar. */
void promgen_query(struct promgen *g, struct text *to);

/* Append an instant vector, at most this deep. */
void promgen_vector(struct promgen *g, struct text *to, int depth);

#endif
