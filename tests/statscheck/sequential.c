#include "tests/statscheck/sequential.h"

#include "analyzer/calibration.h"
#include "analyzer/dispersion.h"
#include "analyzer/gm.h"
#include "analyzer/ib.h"
#include "analyzer/noninferior.h"
#include "analyzer/robust.h"
#include "analyzer/slo.h"
#include "analyzer/tilt.h"
#include "tests/statscheck/input.h"

#include <math.h>

double
sequential_gm_increment(struct slice in)
{
    return gm_log_increment(input_number(in, "nc"), input_number(in, "nb"), input_number(in, "xc"),
                            input_number(in, "xb"), input_number(in, "rho"),
                            input_number(in, "delta"), input_number(in, "r"));
}

/* What the first table's rows were computed with: equal priors. */
static struct mixture_split
equal_split(struct slice in, uint32_t n)
{
    struct mixture_split s = {.n = n};

    s.cash = input_number_or(in, "cash", 0);
    s.feed = input_number_or(in, "h", 0);
    for (uint32_t k = 0; k < n; k++)
        s.prior[k] = 1. / n;
    return s;
}

static double
log_e_over(const struct gm_plan *plan, const struct pair *p, size_t n, double dispersion)
{
    struct gm g;

    gm_init(&g, plan);
    for (size_t i = 0; i < n; i++)
        gm_apply(&g, &p[i], INPUT_INTERVAL_MS, dispersion);
    return gm_log_e(&g);
}

double
sequential_gm(struct slice in)
{
    struct gm_plan plan = gm_plan_worse(input_number(in, "rho"), input_number(in, "delta"));

    plan.split = equal_split(in, plan.split.n);
    return log_e_over(&plan, input_s1, input_count(in, ARRAY_LEN(input_s1)), input_number(in, "D"));
}

double
sequential_gm_default(struct slice in)
{
    const struct gm_plan plan = gm_plan_worse(input_number(in, "rho"), input_number(in, "delta"));

    return log_e_over(&plan, input_s1, input_count(in, ARRAY_LEN(input_s1)), 1);
}

double
sequential_pass(struct slice in)
{
    const struct gm_plan plan =
        noninferior_plan(input_number(in, "rho"), input_number(in, "delta"));

    return log_e_over(&plan, input_s2, ARRAY_LEN(input_s2), input_number(in, "D"));
}

double
sequential_growth(struct slice in)
{
    const struct gm_plan plan = gm_plan_worse(input_number(in, "rho"), input_number(in, "delta"));
    double               p_b = input_number(in, "pb"), p_c = input_number(in, "r") * p_b;
    double               n_b = 1 / input_number(in, "phi"), best = -INFINITY;

    for (uint32_t k = 0; k < plan.split.n; k++)
        best = fmax(best,
                    gm_log_increment(1, n_b, p_c, n_b * p_b, plan.rho, plan.delta, plan.ratio[k]));
    return best;
}

static double
e_over(const struct ib_plan *plan, size_t n)
{
    struct ib b;

    ib_init(&b, plan);
    for (size_t i = 0; i < n; i++)
        ib_apply(&b, &input_s1[i], INPUT_INTERVAL_MS);
    return exp(ib_log_e(&b));
}

double
sequential_ib(struct slice in)
{
    struct ib_plan plan = ib_plan_default(input_number(in, "rho"), INPUT_INTERVAL_MS);

    plan.split = equal_split(in, plan.split.n);
    return e_over(&plan, input_count(in, ARRAY_LEN(input_s1)));
}

double
sequential_ib_default(struct slice in)
{
    const struct ib_plan plan = ib_plan_default(input_number(in, "rho"), INPUT_INTERVAL_MS);

    return e_over(&plan, input_count(in, ARRAY_LEN(input_s1)));
}

/* "(n,x)=(900,5)(910,3)… prior 20" */
double
sequential_dispersion(struct slice in)
{
    struct dispersion d = {0};
    double            v[INPUT_MOST];

    slice_cut(&in, '=');
    while (input_group(&in, v) == 2)
        dispersion_apply(&d, (uint64_t)v[0], (uint64_t)v[1]);
    return dispersion_of(&d);
}

/* All of it in one interval, so that D is 1, after those that only teach D. */
double
sequential_slo(struct slice in)
{
    struct slo s;

    slo_init(&s, input_number(in, "eps"));
    for (int i = 0; i < SLO_LEARN; i++)
        slo_apply(&s, 1, 0, INPUT_INTERVAL_MS);
    slo_apply(&s, (uint64_t)input_number(in, "n"), (uint64_t)input_number(in, "x"),
              INPUT_INTERVAL_MS);
    return slo_log_e(&s);
}

/* "(part,rest,w=…)…"; each w once, so that D is 1. */
double
sequential_tilt(struct slice in)
{
    struct tilt t = {0};
    double      v[INPUT_MOST];

    while (input_group(&in, v) == 3)
        tilt_apply(&t, (uint64_t)(v[0] + v[1]), (uint64_t)v[0], v[2], INPUT_INTERVAL_MS);
    return tilt_log_e(&t);
}

static struct robust_block
block_of(struct slice in)
{
    static const char *const n_key[] = {"nc", "nb"}, *const x_key[] = {"xc", "xb"};
    struct robust_block b = {0};

    for (int arm = 0; arm < ARM_COUNT; arm++) {
        double n[INPUT_MOST], x[INPUT_MOST];
        size_t pods = input_list(in, n_key[arm], n);

        if (input_list(in, x_key[arm], x) != pods)
            b.n[arm] = NAN;
        for (size_t u = 0; u < pods; u++) {
            b.n[arm] += n[u];
            b.x[arm] += x[u];
            if (arm == ARM_CANARY)
                b.x_of[u] = x[u];
        }
        b.pods[arm] = (uint32_t)pods;
    }
    return b;
}

double
sequential_share(struct slice in)
{
    const struct robust_block b = block_of(in);

    return robust_share(&b, input_number(in, "rho"), ROBUST_BY_PODS).y;
}

double
sequential_theta(struct slice in)
{
    const struct robust_block b = block_of(in);

    return robust_share(&b, input_number(in, "rho"), ROBUST_BY_PODS).theta;
}

static struct robust_factors
factors_of(struct slice in)
{
    const struct robust_block b = block_of(in);

    return robust_factors(&b, input_number(in, "rho"), ROBUST_BY_PODS);
}

double
sequential_pooled(struct slice in)
{
    return factors_of(in).pooled[ROBUST_BETS - 1];
}

double
sequential_pods(struct slice in)
{
    return factors_of(in).pods[ROBUST_BETS - 1];
}

static struct robust
robust_of(struct slice in)
{
    const struct robust_factors f = factors_of(in);
    double                      feed = robust_feed((int64_t)input_number(in, "ms"));
    struct robust               r;

    robust_init(&r);
    for (int i = 0; i < (int)input_number(in, "blocks"); i++)
        robust_settle(&r, feed, &f);
    return r;
}

static double
sum_with(double cash, const double stake[ROBUST_BETS])
{
    for (int k = 0; k < ROBUST_BETS; k++)
        cash += stake[k];
    return cash;
}

double
sequential_pooled_e(struct slice in)
{
    const struct robust r = robust_of(in);

    return sum_with(r.cash, r.pooled);
}

double
sequential_pods_e(struct slice in)
{
    const struct robust r = robust_of(in);

    return sum_with(r.cash, r.pods);
}

double
sequential_robust_e(struct slice in)
{
    const struct robust r = robust_of(in);

    return exp(robust_log_e(&r));
}

double
sequential_feed(struct slice in)
{
    return robust_feed((int64_t)input_number(in, "ms"));
}

/* The windows of one half, one after the other; false: no two lists alike. */
static bool
add_windows(struct calibration *c, struct slice in, const char *key0, const char *key1,
            int64_t *end_ms)
{
    double m0[INPUT_MOST], m1[INPUT_MOST];
    size_t n = input_list(in, key0, m0);

    if (input_list(in, key1, m1) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct calibration_window w = {.end_ms = *end_ms += 1000,
                                       .requests = 100,
                                       .all_requests = 500,
                                       .pods = 5,
                                       .placebo_pods = 1,
                                       .log_w = {m0[i], m1[i]}};

        w.start_ms = w.end_ms - 1000;
        if (!calibration_window_valid(&w))
            return false;
        calibration_add(c, &w);
    }
    return true;
}

static struct calibration_frozen
frozen_of(struct slice in)
{
    const struct calibration_plan plan = {.alpha = input_number(in, "alpha"),
                                          .floor = input_number_or(in, "floor", .1),
                                          .window_ms = 1000};
    struct calibration_frozen     f = calibration_none(CALIBRATION_OFF);
    struct calibration            c;
    int64_t                       end_ms = 0;

    calibration_init(&c);
    if (add_windows(&c, in, "older0", "older1", &end_ms) &&
        add_windows(&c, in, "newer0", "newer1", &end_ms))
        f = calibration_freeze(&c, &plan);
    calibration_release(&c);
    return f;
}

double
sequential_scale(struct slice in)
{
    return frozen_of(in).scale[(int)input_number_or(in, "j", 0)];
}

double
sequential_v(struct slice in)
{
    return frozen_of(in).v;
}

double
sequential_tau(struct slice in)
{
    return frozen_of(in).tau[(int)input_number_or(in, "j", 0)];
}

double
sequential_crossed(struct slice in)
{
    const struct calibration_frozen f = frozen_of(in);
    const double log_w[CALIBRATION_STATISTICS] = {input_number(in, "w0"), input_number(in, "w1")};

    return calibration_crossed(&f, log_w);
}
