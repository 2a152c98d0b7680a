#include "analyzer/routes.h"

#include <math.h>

enum { LEAST_LOST = 10, IN_A_ROW = 2, HALF_LIFE_MS = 10 * 60 * 1000 };

static const double lost_share = .01; /* of all requests, beyond what is usual */
static const double lost_ratio = 2;   /* to what is usual */

struct ways {
    double lost, all;
};

static struct ways
ways_of(const struct interval *i, enum counts_view view)
{
    struct ways w = {.lost =
                         (double)interval_no_route(i, view) + (double)interval_no_cluster(i, view),
                     .all = (double)i->unattributed[view]};

    for (int arm = 0; arm < ARM_COUNT; arm++)
        w.all += (double)counts_requests(&i->arm[view][arm]);
    return w;
}

static void
learn(struct routes *r, const struct ways *now, int64_t length_ms)
{
    double keep = exp2(-(double)length_ms / HALF_LIFE_MS);

    r->lost = r->lost * keep + now->lost;
    r->all = r->all * keep + now->all;
}

static bool
looks_broken(const struct routes *r, const struct ways *now)
{
    double usual = fmin(1, (r->lost + 1) / (r->all + 1));

    return now->lost >= LEAST_LOST && now->lost >= (lost_share + lost_ratio * usual) * now->all;
}

void
routes_apply(struct routes *r, const struct interval *i, enum counts_view view)
{
    const struct ways now = ways_of(i, view);

    if (looks_broken(r, &now)) {
        r->broken_in_a_row += r->broken_in_a_row < UINT32_MAX;
        return;
    }
    r->broken_in_a_row = 0;
    learn(r, &now, interval_length_ms(i));
}

void
routes_watch(struct routes *r, const struct interval *i, enum counts_view view)
{
    const struct ways now = ways_of(i, view);

    r->broken_ms = looks_broken(r, &now) ? r->broken_ms + interval_length_ms(i) : 0;
    if (r->broken_ms == 0 || r->broken_ms > ROUTES_LASTING_MS)
        learn(r, &now, interval_length_ms(i));
}

bool
routes_broken(const struct routes *r)
{
    return r->broken_in_a_row >= IN_A_ROW;
}

void
routes_pack(const struct routes *r, struct text *out)
{
    pack_double(out, r->lost);
    pack_double(out, r->all);
    pack_u32(out, r->broken_in_a_row);
}

void
routes_unpack(struct routes *r, struct unpack *in)
{
    r->lost = pack_get_double(in);
    r->all = pack_get_double(in);
    r->broken_in_a_row = pack_get_u32(in);
    if (!(r->lost >= 0) || !(r->all >= 0) || !isfinite(r->lost) || !isfinite(r->all))
        in->bad = true;
}
