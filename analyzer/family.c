#include "analyzer/family.h"

#include "analyzer/gm.h"
#include "analyzer/ib.h"

#include <math.h>
#include <string.h>

enum { STATE_VERSION = 3, MANY_PODS = 3 };

/* How long a block must be so that trouble of one pod, not only a burst of one
 * client, has room in it: from here on by pods, robust.h. */
static const int64_t pod_block_ms = 15000;

static enum family_statistic
statistic_of(int block)
{
    return (enum family_statistic)(FAMILY_R5 + block);
}

static bool
kept(const struct family_plan *plan, enum family_statistic s)
{
    if (s == FAMILY_GM)
        return true;
    return s == FAMILY_OWN ? plan->own_block_ms > 0 : plan->calibrated;
}

/* Known before the block's bad requests: by its pods. */
static int64_t
block_ms(const struct family *f, int block, const struct podblock *b)
{
    static const int64_t calibrated[FAMILY_CALIBRATED] = {
        [FAMILY_R5] = 5000, [FAMILY_R15] = 15000, [FAMILY_R60] = 60000};
    int64_t own = f->plan.own_block_ms;

    if (statistic_of(block) != FAMILY_OWN)
        return calibrated[statistic_of(block)];
    return b->canary_pods >= MANY_PODS && own < pod_block_ms ? pod_block_ms : own;
}

static enum robust_theta
theta_of(const struct family *f, int block, const struct podblock *b)
{
    if (statistic_of(block) == FAMILY_OWN && block_ms(f, block, b) < pod_block_ms)
        return ROBUST_BY_EXPOSURE;
    return ROBUST_BY_PODS;
}

void
family_init(struct family *f, const struct family_plan *plan)
{
    memset(f, 0, sizeof *f);
    f->plan = *plan;
    for (int q = 0; q < FAMILY_QUESTIONS; q++) {
        gm_purse_init(&f->worse[q]);
        for (int block = 0; block < FAMILY_BLOCKS; block++)
            robust_init(&f->robust[block][q]);
    }
}

/* b is as long as it will get. */
static void
settle(struct family *f, int block, const struct podblock *b)
{
    enum robust_theta   theta = theta_of(f, block, b);
    double              feed = robust_feed(b->length_ms);
    struct podblock_cut cut;
    struct robust_block seen;

    podblock_cut(b, &cut);
    for (enum family_question q = 0; q < FAMILY_QUESTIONS; q++) {
        struct robust_factors factors;

        if (!f->plan.margin[q].asked)
            continue;
        podblock_question(b, &cut, q, &seen);
        factors = robust_factors(&seen, f->plan.margin[q].rho, theta);
        robust_settle(&f->robust[block][q], feed, &factors);
    }
}

static void
settle_gm(struct family *f, const struct family_sample *s, struct family_odds *odds)
{
    double fed = gm_purse_fed(s->length_ms);

    for (enum family_question q = 0; q < FAMILY_QUESTIONS; q++) {
        const struct family_margin *m = &f->plan.margin[q];
        struct gm_odds             *o = &odds->of[familysample_base(q)];

        if (!m->asked)
            continue;
        if (!gm_odds_are(o, m->rho, &s->pair[q])) {
            const struct gm_plan plan = gm_plan_worse(m->rho, m->delta);

            gm_odds_of(&plan, &s->pair[q], o);
        }
        gm_purse_settle(&f->worse[q], m->delta, fed, o, &s->pair[q]);
    }
}

static bool
complete(const struct family *f, int block, const struct podblock *b)
{
    uint32_t least = statistic_of(block) == FAMILY_OWN ? f->plan.own_least : 1;

    return b->length_ms >= block_ms(f, block, b) && b->intervals >= least;
}

bool
family_apply(struct family *f, const struct family_sample *s, struct family_odds *odds)
{
    struct podblock now;

    if (!familysample_valid(s))
        return false;
    settle_gm(f, s, odds);
    podblock_of(&now, s, f->plan.pods ? &f->order : NULL);
    if (f->plan.pods)
        podblock_add(&f->all, &now);
    for (int block = 0; block < FAMILY_BLOCKS; block++) {
        struct podblock *b = &f->open[block];

        if (!kept(&f->plan, statistic_of(block)))
            continue;
        if (!b->intervals && complete(f, block, &now)) { /* spares the sum */
            settle(f, block, &now);
            continue;
        }
        podblock_add(b, &now);
        if (complete(f, block, b)) {
            settle(f, block, b);
            podblock_clear(b);
        }
    }
    return true;
}

void
family_break(struct family *f)
{
    for (int block = 0; block < FAMILY_BLOCKS; block++) {
        if (!f->open[block].intervals)
            continue;
        settle(f, block, &f->open[block]);
        podblock_clear(&f->open[block]);
    }
}

/* The e-process in plain numbers. */
static double
evidence(const struct family *f, enum family_question q, enum family_statistic s)
{
    double gm = gm_purse_e(&f->worse[q]), r;

    if (s == FAMILY_GM)
        return gm;
    r = robust_e(&f->robust[s - FAMILY_R5][q]);
    return r < gm ? r : gm;
}

double
family_log_e(const struct family *f, enum family_question q, enum family_statistic s)
{
    return f->plan.margin[q].asked && kept(&f->plan, s) ? log(evidence(f, q, s)) : 0;
}

static double
mean_over_bounds(const struct family *f, enum family_statistic s)
{
    double   sum = 0;
    uint32_t n = 0;

    for (enum family_question q = FAMILY_LATENCY; q < FAMILY_QUESTIONS && kept(&f->plan, s); q++)
        if (f->plan.margin[q].asked) {
            sum += evidence(f, q, s);
            n++;
        }
    return n ? log(sum / n) : 0;
}

void
family_evidence(const struct family *f, struct family_evidence *out)
{
    for (enum family_statistic s = 0; s < FAMILY_STATISTICS; s++) {
        out->errors[s] = family_log_e(f, FAMILY_ERRORS, s);
        out->client_errors[s] = family_log_e(f, FAMILY_CLIENT_ERRORS, s);
        out->latency[s] = mean_over_bounds(f, s);
    }
}

bool
family_lone_pod(const struct family *f, enum counts_arm arm, enum family_question q,
                struct podblock_lone *out)
{
    return podblock_lone(&f->all, arm, q, out);
}

void
family_spread(const struct family *f, const double known[FAMILY_QUESTIONS],
              struct podspread out[FAMILY_QUESTIONS])
{
    podspread_of(&f->all, known, out);
}

/* IB with the stakes of the pooled half, so that ib_need() can tell. */
static double
need_of_robust(const struct family *f, enum family_question q, const struct pair *seen,
               int64_t seen_ms, double target)
{
    int                  block = FAMILY_OWN - FAMILY_R5;
    const struct robust *r = &f->robust[block][q];
    const struct ib_plan plan = ib_plan_default(f->plan.margin[q].rho, f->plan.own_block_ms);
    struct ib            pooled;

    if (robust_log_e(r) >= target)
        return 0;
    ib_init(&pooled, &plan);
    pooled.capital.log_cash = log(r->cash);
    for (int k = 0; k < ROBUST_BETS; k++)
        pooled.capital.log_stake[k] = log(r->pooled[k]);
    return ib_need(&pooled, seen, seen_ms, target);
}

double
family_need(const struct family *f, enum family_question q, const struct pair *seen,
            int64_t seen_ms, double target)
{
    const struct family_margin *m = &f->plan.margin[q];
    double                      by_gm, by_robust;
    struct gm                   g;

    if (!m->asked || !kept(&f->plan, FAMILY_OWN))
        return NAN;
    g = (struct gm){.plan = gm_plan_worse(m->rho, m->delta),
                    .capital = gm_purse_mixture(&f->worse[q])};
    by_gm = gm_need(&g, seen, target);
    by_robust = need_of_robust(f, q, seen, seen_ms, target);
    return isnan(by_gm) || isnan(by_robust) ? NAN : fmax(by_gm, by_robust);
}

void
family_pack(const struct family *f, struct text *out)
{
    pack_u8(out, STATE_VERSION);
    for (int q = 0; q < FAMILY_QUESTIONS; q++)
        gm_purse_pack(&f->worse[q], out);
    for (int block = 0; block < FAMILY_BLOCKS; block++) {
        if (!kept(&f->plan, statistic_of(block)))
            continue;
        for (int q = 0; q < FAMILY_QUESTIONS; q++)
            robust_pack(&f->robust[block][q], out);
        podblock_pack(&f->open[block], out);
    }
    podblock_pack(&f->all, out);
}

void
family_unpack(struct family *f, struct unpack *in)
{
    if (pack_get_u8(in) != STATE_VERSION) {
        in->bad = true;
        return;
    }
    for (int q = 0; q < FAMILY_QUESTIONS; q++)
        gm_purse_unpack(&f->worse[q], in);
    for (int block = 0; block < FAMILY_BLOCKS; block++) {
        if (!kept(&f->plan, statistic_of(block)))
            continue;
        for (int q = 0; q < FAMILY_QUESTIONS; q++)
            robust_unpack(&f->robust[block][q], in);
        podblock_unpack(&f->open[block], in);
    }
    podblock_unpack(&f->all, in);
}
