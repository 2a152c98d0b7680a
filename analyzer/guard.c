#include "analyzer/guard.h"

#include <math.h>

enum {
    STATE_VERSION = 1,
    LEAST_FAULTS = 10,
    IN_A_ROW = 2,
};

static const double dead_share = .5, sound_share = .25;

void
guard_init(struct guard *g, const struct policy *p)
{
    *g = (struct guard){.asked = check_none(), .canary_share = NAN, .baseline_share = NAN};
    g->asked.configured = p->guard;
    g->asked.required = p->guard && (p->required >> CHECK_GUARD & 1);
    g->asked.dry_run = p->dry_run >> CHECK_GUARD & 1;
    g->asked.limit = dead_share;
}

static double
share(const struct pair *p, enum counts_arm arm)
{
    return p->n[arm] ? (double)p->x[arm] / (double)p->n[arm] : NAN;
}

void
guard_apply(struct guard *g, const struct interval *i, enum counts_view view)
{
    const struct pair p = pair_of_faults(i, view);

    if (!pair_valid(&p))
        return;
    g->canary_share = share(&p, ARM_CANARY);
    g->baseline_share = share(&p, ARM_BASELINE);
    g->could_tell = g->could_tell || p.n[ARM_CANARY] >= LEAST_FAULTS;
    /* Without requests of the baseline its share is NaN, and nothing is dead:
     * the trouble may be everybody's. */
    if (p.x[ARM_CANARY] >= LEAST_FAULTS && g->canary_share >= dead_share &&
        g->baseline_share < sound_share)
        g->dead_in_a_row += g->dead_in_a_row < UINT32_MAX;
    else
        g->dead_in_a_row = 0;
}

struct check_result
guard_result(const struct guard *g)
{
    struct check_result r = g->asked;

    if (!r.configured)
        return check_none();
    r.value = g->canary_share;
    if (g->dead_in_a_row >= IN_A_ROW) {
        r.verdict = VERDICT_ABORT;
        r.reason = REASON_DEAD_CANARY;
    } else if (!g->could_tell) {
        r.verdict = VERDICT_HOLD;
        r.reason = REASON_TOO_FEW_REQUESTS;
    } else {
        r.verdict = VERDICT_PASS;
        r.reason = REASON_WITHIN_LIMIT;
    }
    return r;
}

void
guard_pack(const struct guard *g, struct text *out)
{
    pack_u8(out, STATE_VERSION);
    pack_u32(out, g->dead_in_a_row);
    pack_u8(out, g->could_tell);
    pack_double(out, g->canary_share);
    pack_double(out, g->baseline_share);
}

void
guard_unpack(struct guard *g, struct unpack *in)
{
    if (pack_get_u8(in) != STATE_VERSION) {
        in->bad = true;
        return;
    }
    g->dead_in_a_row = pack_get_u32(in);
    g->could_tell = pack_get_u8(in) != 0;
    g->canary_share = pack_get_double(in);
    g->baseline_share = pack_get_double(in);
}
