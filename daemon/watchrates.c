#include "daemon/watchrates.h"

#include "base/clock.h"

#include <math.h>

static double
number(json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);

    return json_is_number(v) ? json_number_value(v) : NAN;
}

/* NaN where there was nothing to answer. */
static double
rate_of(json_t *view, const char *side)
{
    json_t *counts = json_object_get(view, side);
    double  requests = number(counts, "requests"), faults = number(counts, "faults");

    return requests > 0 && faults >= 0 ? 1 - faults / requests : NAN;
}

static void
add(struct watchrates *r, double canary, double stable)
{
    if (r->n == WATCHRATES_MOST) {
        memmove(r->canary, r->canary + 1, (r->n - 1) * sizeof r->canary[0]);
        memmove(r->stable, r->stable + 1, (r->n - 1) * sizeof r->stable[0]);
        r->n--;
    }
    r->canary[r->n] = canary;
    r->stable[r->n++] = stable;
}

void
watchrates_add(struct watchrates *r, json_t *answer)
{
    json_t *interval;
    size_t  i;

    json_array_foreach(json_object_get(answer, "intervals"), i, interval)
    {
        json_t *view = json_object_get(interval, "user");
        int64_t end_ms;

        if (clock_read_rfc3339(json_slice(json_object_get(interval, "end")), &end_ms) ||
            end_ms <= r->last_ms)
            continue;
        if (!view)
            view = json_object_get(interval, "attempt");
        r->last_ms = end_ms;
        add(r, rate_of(view, "canary"), rate_of(view, "stable"));
    }
}
