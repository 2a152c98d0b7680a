#include "daemon/flaggerevent.h"

#include <math.h>

enum flaggerevent
flaggerevent_of(struct slice message)
{
    static const struct {
        const char       *begin;
        enum flaggerevent what;
    } rows[] = {
        {"Starting canary analysis for ", FLAGGEREVENT_STARTED},
        {"Promotion completed!", FLAGGEREVENT_COMPLETED},
        {"Canary failed!", FLAGGEREVENT_FAILED},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (slice_starts(message, rows[i].begin))
            return rows[i].what;
    return FLAGGEREVENT_OTHER;
}

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
