#include "tests/meshsim/sim_bounds.h"

#include <math.h>

const struct sim_bounds sim_bounds_istio = {
#define BOUND(le) +1
    .n =
#include "tests/meshsim/sim_bounds.def"
        ,
#undef BOUND
#define BOUND(le) le,
    .le =
        {
#include "tests/meshsim/sim_bounds.def"
        },
#undef BOUND
#define BOUND(le) #le,
    .text =
        {
#include "tests/meshsim/sim_bounds.def"
        },
#undef BOUND
};

enum status
sim_bounds_push(struct sim_bounds *b, struct slice text)
{
    double      le;
    enum status st;

    if (b->n == SIM_BOUNDS_MAX || text.n >= SIM_BOUNDS_TEXT_BYTES)
        return STATUS_LIMIT;
    st = slice_double(text, &le);
    if (st)
        return st;
    if (!isfinite(le) || le <= 0 || (b->n > 0 && le <= b->le[b->n - 1]))
        return STATUS_RANGE;
    b->le[b->n] = le;
    memcpy(b->text[b->n], text.p, text.n);
    b->text[b->n][text.n] = 0;
    b->n++;
    return STATUS_OK;
}

void
sim_bounds_observe(const struct sim_bounds *b, bool exclusive, struct sim_histogram *h,
                   uint64_t value)
{
    size_t i = 0;
    double v = (double)value;

    while (i < b->n && (exclusive ? v >= b->le[i] : v > b->le[i]))
        i++;
    h->bucket[i]++;
    h->count++;
    h->sum += value;
}
