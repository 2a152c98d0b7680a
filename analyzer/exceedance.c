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

bool
exceedance_pairs(const struct interval *i, enum counts_view view,
                 struct interval_monitored *watched, struct pair out[INTERVAL_MONITORED])
{
    if (!watched->n)
        *watched = i->monitored[view];
    if (!watched->n || !the_same(watched, &i->monitored[view]))
        return false;
    for (uint32_t k = 0; k < watched->n; k++)
        if (!pair_of_over(i, view, k, &out[k]) || !pair_valid(&out[k]))
            return false;
    return true;
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
