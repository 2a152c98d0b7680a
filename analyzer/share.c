#include "analyzer/share.h"

#include <math.h>

enum { IN_A_ROW = 2, LEAST_REQUESTS = 20 };

static const double matters = .25, clump = 4, deviations = 5;

static double
of(const double n[ARM_COUNT])
{
    return n[ARM_CANARY] / (n[ARM_CANARY] + n[ARM_BASELINE]);
}

static bool
differs(const struct share *s, const double n[ARM_COUNT])
{
    double all = n[ARM_CANARY] + n[ARM_BASELINE];
    double before = s->stage[ARM_CANARY] + s->stage[ARM_BASELINE];
    double p, off;

    if (all < LEAST_REQUESTS || before < LEAST_REQUESTS)
        return false;
    p = (s->stage[ARM_CANARY] + n[ARM_CANARY]) / (before + all);
    off = fabs(of(n) - of(s->stage));
    return off > matters * fmax(of(s->stage), of(n)) &&
           off > deviations * sqrt(clump * p * (1 - p) * (1 / all + 1 / before));
}

static void
add(double to[ARM_COUNT], const double n[ARM_COUNT])
{
    for (int arm = 0; arm < ARM_COUNT; arm++)
        to[arm] += n[arm];
}

static void
clear(double n[ARM_COUNT])
{
    for (int arm = 0; arm < ARM_COUNT; arm++)
        n[arm] = 0;
}

bool
share_apply(struct share *s, uint64_t canary, uint64_t baseline, int64_t start_ms,
            int64_t *since_ms)
{
    const double n[ARM_COUNT] = {[ARM_CANARY] = (double)canary, [ARM_BASELINE] = (double)baseline};

    if (!differs(s, n)) {
        add(s->stage, s->differs); /* it was a clump */
        add(s->stage, n);
        clear(s->differs);
        s->in_a_row = 0;
        return false;
    }
    if (!s->in_a_row++)
        s->since_ms = start_ms;
    add(s->differs, n);
    if (s->in_a_row < IN_A_ROW)
        return false;
    for (int arm = 0; arm < ARM_COUNT; arm++)
        s->stage[arm] = s->differs[arm];
    clear(s->differs);
    s->in_a_row = 0;
    *since_ms = s->since_ms;
    return true;
}

double
share_percent(const struct share *s)
{
    return of(s->stage) * 100; /* 0 / 0 is NaN */
}

void
share_pack(const struct share *s, struct text *out)
{
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        pack_double(out, s->stage[arm]);
        pack_double(out, s->differs[arm]);
    }
    pack_i64(out, s->since_ms);
    pack_u32(out, s->in_a_row);
}

void
share_unpack(struct share *s, struct unpack *in)
{
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        s->stage[arm] = pack_get_double(in);
        s->differs[arm] = pack_get_double(in);
        if (!(s->stage[arm] >= 0) || !(s->differs[arm] >= 0) || isinf(s->stage[arm]) ||
            isinf(s->differs[arm]))
            in->bad = true;
    }
    s->since_ms = pack_get_ms(in);
    s->in_a_row = pack_get_u32(in);
}
