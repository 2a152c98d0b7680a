#include "analyzer/ib.h"

#include <math.h>

struct ib_plan
ib_plan_default(double rho, int64_t block_ms)
{
    return (struct ib_plan){
        .rho = rho,
        .block_ms = block_ms,
        .bet = {.05, .2, .5, .95},
        .split = {.n = 4, .prior = {.1, .3, .3, .3}, .cash = .3, .feed = .01},
    };
}

void
ib_init(struct ib *b, const struct ib_plan *plan)
{
    *b = (struct ib){.plan = *plan};
    mixture_init(&b->capital, &plan->split);
}

static double
theta_of(const struct pair *p, double rho)
{
    double exposed = rho * (double)p->n[ARM_CANARY];

    return exposed / (exposed + (double)p->n[ARM_BASELINE]);
}

void
ib_break(struct ib *b)
{
    const struct pair *p = &b->open;
    double             bad = (double)p->x[ARM_CANARY] + (double)p->x[ARM_BASELINE];

    if (b->open_ms <= 0)
        return;
    mixture_feed(&b->capital, &b->plan.split, b->open_ms);
    if (bad > 0 && p->n[ARM_CANARY] && p->n[ARM_BASELINE]) {
        double excess = (double)p->x[ARM_CANARY] / bad / theta_of(p, b->plan.rho) - 1;

        for (uint32_t k = 0; k < b->plan.split.n; k++)
            b->capital.log_stake[k] += log1p(b->plan.bet[k] * excess);
    }
    b->open = (struct pair){0};
    b->open_ms = 0;
    b->open_n = 0;
}

void
ib_apply(struct ib *b, const struct pair *p, int64_t length_ms)
{
    if (length_ms <= 0)
        return;
    pair_add(&b->open, p);
    if (__builtin_add_overflow(b->open_ms, length_ms, &b->open_ms))
        b->open_ms = INT64_MAX;
    b->open_n += b->open_n < UINT32_MAX;
    if (b->open_ms >= b->plan.block_ms && b->open_n >= b->plan.least)
        ib_break(b);
}

double
ib_log_e(const struct ib *b)
{
    return mixture_log_e(&b->capital, &b->plan.split);
}

/* E log(1 + f (Y/theta - 1)) where m bad requests fall on the canary with
 * probability share each. */
static double
log_gain(double f, double theta, double share, uint32_t m)
{
    double sum = 0, p = pow(1 - share, m);

    for (uint32_t i = 0; i <= m; i++) {
        sum += p * log1p(f * ((double)i / m / theta - 1));
        p *= (double)(m - i) / (i + 1) * share / (1 - share);
    }
    return sum;
}

/* The same for many, from mean and variance of Y / theta - 1. */
static double
log_gain_of_many(double f, double theta, double share, double m)
{
    double mean = 1 + f * (share / theta - 1), off = f / theta / mean;

    return log(mean) - off * off * share * (1 - share) / (2 * m);
}

/* Growth per block of the bet f at the rates of seen, blocks without bad
 * requests included. */
static double
growth(const struct ib *b, double f, const struct pair *seen, double bad_per_block)
{
    enum { EXACT_UP_TO = 16 };
    double theta = theta_of(seen, b->plan.rho);
    double share =
        (double)seen->x[ARM_CANARY] / ((double)seen->x[ARM_CANARY] + (double)seen->x[ARM_BASELINE]);
    double not_empty = -expm1(-bad_per_block);
    double m = fmax(1, round(bad_per_block / not_empty));

    if (m > EXACT_UP_TO || share >= 1)
        return not_empty * log_gain_of_many(f, theta, share, m);
    return not_empty * log_gain(f, theta, share, (uint32_t)m);
}

double
ib_need(const struct ib *b, const struct pair *seen, int64_t seen_ms, double target)
{
    double blocks = (double)seen_ms / (double)b->plan.block_ms;
    double bad = (double)seen->x[ARM_CANARY] + (double)seen->x[ARM_BASELINE];
    double least = NAN;

    if (ib_log_e(b) >= target)
        return 0;
    if (!(blocks > 0) || !(bad > 0) || !seen->n[ARM_CANARY] || !seen->n[ARM_BASELINE])
        return NAN;
    for (uint32_t k = 0; k < b->plan.split.n; k++)
        least = mixture_sooner(least, target - b->capital.log_stake[k],
                               growth(b, b->plan.bet[k], seen, bad / blocks));
    return least * (double)seen->n[ARM_CANARY] / blocks;
}

void
ib_pack(const struct ib *b, struct text *out)
{
    mixture_pack(&b->capital, &b->plan.split, out);
    pack_varint(out, (uint64_t)b->open_ms);
    pack_u32(out, b->open_n);
    pair_pack(&b->open, out);
}

void
ib_unpack(struct ib *b, struct unpack *in)
{
    uint64_t open_ms;

    mixture_unpack(&b->capital, &b->plan.split, in);
    open_ms = pack_get_varint(in);
    b->open_n = pack_get_u32(in);
    pair_unpack(&b->open, in);
    if (open_ms > INT64_MAX)
        in->bad = true;
    b->open_ms = (int64_t)(open_ms & INT64_MAX);
}
