#include "daemon/flaggerevent.h"

#include <math.h>

double
flaggerevent_weight(struct slice message)
{
    struct slice rest = message;
    struct slice verb = slice_cut(&rest, ' ');
    uint64_t     weight;

    (void)slice_cut(&rest, ' ');
    if (!slice_is(verb, "Advance") || !slice_starts(rest, "canary weight "))
        return NAN;
    rest.p += sizeof "canary weight " - 1;
    rest.n -= sizeof "canary weight " - 1;
    if (slice_u64(rest, &weight) || weight > 100)
        return NAN;
    return (double)weight;
}
