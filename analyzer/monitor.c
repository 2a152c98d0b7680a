#include "analyzer/monitor.h"

struct interval_monitored
monitor_choose(const struct counts_bounds *bounds, const uint64_t cumulative[])
{
    uint64_t                  timed = bounds->n > 0 ? cumulative[bounds->n - 1] : 0;
    struct interval_monitored chosen = {0};

    if (timed < MONITOR_LEAST_TIMED)
        return chosen;
    for (uint32_t i = 0; i + 1 < bounds->n && chosen.n < INTERVAL_MONITORED; i++)
        if (bounds->le_ms[i] > 0 && 2 * cumulative[i] >= timed)
            chosen.le_ms[chosen.n++] = bounds->le_ms[i];
    return chosen;
}
