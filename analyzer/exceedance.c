#include "analyzer/exceedance.h"

#include <math.h>

static bool
the_same(const struct interval_monitored *a, const struct interval_monitored *b)
{
    if (a->n != b->n)
        return false;
    for (uint32_t k = 0; k < a->n; k++)
        if (a->le_ms[k] != b->le_ms[k])
            return false;
    return true;
}

bool
exceedance_watches(const struct interval_monitored *watched, const struct interval *i,
                   enum counts_view view)
{
    return the_same(watched, &i->monitored[view]);
}

/* The places of the watched bounds among the histogram's; false: one is not there. */
static bool
find(const struct interval_monitored *watched, const struct counts_bounds *b,
     uint32_t at[INTERVAL_MONITORED])
{
    for (uint32_t k = 0; k < watched->n; k++) {
        at[k] = 0;
        while (at[k] < b->n && b->le_ms[at[k]] != watched->le_ms[k])
            at[k]++;
        if (at[k] == b->n)
            return false;
    }
    return true;
}

bool
exceedance_pairs(const struct interval *i, enum counts_view view,
                 struct interval_monitored *watched, struct pair out[INTERVAL_MONITORED])
{
    uint32_t at[INTERVAL_MONITORED];

    if (!watched->n)
        *watched = i->monitored[view];
    if (!watched->n || !the_same(watched, &i->monitored[view]) ||
        !find(watched, &i->bounds[view], at))
        return false;
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        const struct counts *c = &i->arm[view][arm];
        uint64_t             n = counts_timed(c), over = 0;
        uint32_t             done = i->bounds[view].n;

        /* Bounds rise, so each sum goes on from that of the bound above it. */
        for (uint32_t k = watched->n; k-- > 0;) {
            while (done > at[k] + 1)
                over += c->bucket[--done];
            out[k].n[arm] = n;
            out[k].x[arm] = over;
        }
    }
    for (uint32_t k = 0; k < watched->n; k++)
        if (!pair_valid(&out[k]))
            return false;
    return true;
}

uint32_t
exceedance_widened(const struct interval_monitored *watched, uint32_t k, double margin_ms,
                   enum exceedance_side side)
{
    double   at_ms = watched->le_ms[k] + margin_ms;
    uint32_t at = k;

    while (at < watched->n && watched->le_ms[at] < at_ms)
        at++;
    if (side == EXCEEDANCE_ABORT || (at < watched->n && watched->le_ms[at] == at_ms))
        return at;
    return at > k ? at - 1 : k;
}

void
exceedance_widen(const struct interval_monitored *watched, double margin_ms,
                 enum exceedance_side side, struct pair pairs[INTERVAL_MONITORED])
{
    /* No place is before its own, so what is read was not changed yet. */
    for (uint32_t k = 0; k < watched->n; k++) {
        uint32_t at = exceedance_widened(watched, k, margin_ms, side);

        pairs[k].x[ARM_CANARY] = at < watched->n ? pairs[at].x[ARM_CANARY] : 0;
    }
}

void
exceedance_pack(const struct interval_monitored *watched, struct text *out)
{
    pack_u8(out, (uint8_t)watched->n);
    for (uint32_t k = 0; k < watched->n; k++)
        pack_double(out, watched->le_ms[k]);
}

void
exceedance_unpack(struct interval_monitored *watched, struct unpack *in)
{
    uint8_t n = pack_get_u8(in);

    *watched = (struct interval_monitored){0};
    if (n > INTERVAL_MONITORED) {
        in->bad = true;
        return;
    }
    watched->n = n;
    for (uint32_t k = 0; k < n; k++) {
        watched->le_ms[k] = pack_get_double(in);
        if (!isfinite(watched->le_ms[k]))
            in->bad = true;
    }
}
