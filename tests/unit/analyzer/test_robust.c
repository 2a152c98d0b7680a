#include "analyzer/robust.h"
#include "analyzer/ib.h"
#include "tests/unit/analyzer/traffic.h"

#include <string.h>

enum { MOST_PODS = 5, LAST_BET = ROBUST_BETS - 1 }; /* the last f is .95 */

/* Pods as in the tables: baseline's first. */
static struct robust_block
block_of(uint32_t b, uint32_t c, const double n[], const double x[])
{
    struct robust_block o = {.pods = {c, b}};

    for (uint32_t u = 0; u < b + c; u++) {
        enum counts_arm arm = u < b ? ARM_BASELINE : ARM_CANARY;

        o.n[arm] += n[u];
        o.x[arm] += x[u];
        if (arm == ARM_CANARY)
            o.x_of[u - b] = x[u];
    }
    return o;
}

/* Independent arithmetic (two implementations agreed on them), to 15 digits.
 * By hand, the first: A = 1/110, B = 4/900, Y' = 3 A / (3 A + 4 B) =
 * .605381165919283, theta* = 1/5, 1 + .95 (Y' - theta*) / theta*. */
static void
factors_are_those_of_the_known_answers(void **state)
{
    (void)state;
    const struct {
        uint32_t b, c;
        double   n[10], x[10], rho, pooled, pods; /* pods NaN: as pooled */
    } cases[] = {
        {4, 1, {225, 225, 225, 225, 100}, {1, 0, 2, 1, 3}, 1.1, 2.92556053811659, NAN},
        {2, 2, {250, 250, 250, 250}, {1, 0, 4, 3}, 1.1, 1.63693181818182, 3.0909617768595},
        {2, 2, {250, 250, 100, 100}, {1, 0, 4, 3}, 1.1, 1.83763440860215, 4.14166739319965},
        {5,
         5,
         {100, 100, 100, 100, 100, 100, 100, 100, 100, 100},
         {0, 0, 0, 0, 0, 2, 2, 2, 2, 2},
         1,
         1.95,
         213.847778320312},
        {5,
         5,
         {100, 100, 100, 100, 100, 100, 100, 100, 100, 100},
         {0, 0, 0, 0, 0, 2, 2, 2, 2, 2},
         1.1,
         1 + .95 / 1.1,
         158.831573611581},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct robust_block   o = block_of(cases[i].b, cases[i].c, cases[i].n, cases[i].x);
        struct robust_factors f = robust_factors(&o, cases[i].rho, ROBUST_BY_PODS);
        double                pods = isnan(cases[i].pods) ? cases[i].pooled : cases[i].pods;

        check_close(f.pooled[LAST_BET], cases[i].pooled, 1e-13);
        check_close(f.pods[LAST_BET] / pods, 1, 1e-13);
    }
}

static void
evidence_is_that_of_the_known_answers(void **state)
{
    (void)state;
    const double          n[4] = {250, 250, 250, 250}, x[4] = {1, 0, 4, 3};
    struct robust_block   o = block_of(2, 2, n, x);
    struct robust_factors f = robust_factors(&o, 1.1, ROBUST_BY_PODS);
    struct robust         r;

    robust_init(&r);
    check_close(robust_log_e(&r), 0, 1e-15);
    robust_settle(&r, robust_feed(5000), &f);
    check_close(exp(robust_log_e(&r)), 1.48238117024793, 1e-13);
    robust_settle(&r, robust_feed(5000), &f);
    robust_settle(&r, robust_feed(5000), &f);
    check_close(exp(robust_log_e(&r)), 5.45244155906798, 1e-13);

    check_close(robust_feed(15000), .029701, 1e-15); /* 1 - .99^3 */
    robust_init(&r);
    robust_settle(&r, robust_feed(15000), &f); /* shares and proportions of three such intervals */
    check_close(exp(robust_log_e(&r)), 1.48643667157157, 1e-13);
}

static struct robust_block
block_of_pair(const struct pair *p, uint32_t pods)
{
    struct robust_block o = {.pods = {pods, pods}};

    for (int arm = 0; arm < ARM_COUNT; arm++) {
        o.n[arm] = (double)p->n[arm];
        o.x[arm] = (double)p->x[arm];
    }
    o.x_of[0] = o.x[ARM_CANARY];
    return o;
}

/* Without pods, and with one canary pod where theta is by exposure: ib.h. */
static void
without_pods_it_is_interval_betting(void **state)
{
    (void)state;
    static const struct pair s1[] = {{.n = {100, 900}, .x = {1, 2}},
                                     {.n = {95, 905}, .x = {2, 1}},
                                     {.n = {0, 1000}, .x = {0, 3}},
                                     {.n = {110, 890}, .x = {4, 2}},
                                     {.n = {500, 500}, .x = {9, 3}}};

    for (uint32_t pods = 0; pods < 2; pods++) {
        struct ib_plan plan = ib_plan_default(1.1, 5000);
        struct ib      b;
        struct robust  r;

        ib_init(&b, &plan);
        robust_init(&r);
        for (size_t i = 0; i < ARRAY_LEN(s1); i++) {
            struct robust_block   o = block_of_pair(&s1[i], pods);
            struct robust_factors f =
                robust_factors(&o, 1.1, pods ? ROBUST_BY_EXPOSURE : ROBUST_BY_PODS);

            ib_apply(&b, &s1[i], 5000);
            robust_settle(&r, robust_feed(5000), &f);
            check_close(robust_log_e(&r), ib_log_e(&b), 1e-13);
        }
        check_close(exp(robust_log_e(&r)), 37.1348402464567, 1e-11); /* as in test_ib.c */
    }
}

struct layout {
    uint32_t b, c;
};

/* One way in which rates lie on pods and bursts land on them. */
struct world {
    struct layout at;
    double        n[MOST_PODS], rate[MOST_PODS], rho;
    uint32_t      bursts;
    const double *size; /* of the bursts */

    enum robust_theta theta;
};

struct expected {
    double pooled, pods;
};

static void
add_factors(const struct world *w, const double x[], double p, struct expected *e)
{
    struct robust_block   o = block_of(w->at.b, w->at.c, w->n, x);
    struct robust_factors f = robust_factors(&o, w->rho, w->theta);

    e->pooled += p * f.pooled[LAST_BET];
    e->pods += p * f.pods[LAST_BET];
}

/* All ways in which the bursts can land: each on pod u with probability
 * proportional to its requests, its rate, and rho on the canary. */
static void
land(const struct world *w, uint32_t burst, double x[], double p, struct expected *e)
{
    double all = 0;

    if (burst == w->bursts) {
        add_factors(w, x, p, e);
        return;
    }
    for (uint32_t u = 0; u < w->at.b + w->at.c; u++)
        all += w->n[u] * w->rate[u] * (u >= w->at.b ? w->rho : 1);
    for (uint32_t u = 0; u < w->at.b + w->at.c; u++) {
        double part = w->n[u] * w->rate[u] * (u >= w->at.b ? w->rho : 1) / all;

        if (!(part > 0))
            continue;
        x[u] += w->size[burst];
        land(w, burst + 1, x, p * part, e);
        x[u] -= w->size[burst];
    }
}

/* The mean over all permutations of the rates (Heap's algorithm). */
static void
permute(struct world *w, uint32_t k, double each, struct expected *e)
{
    double x[MOST_PODS] = {0};

    if (k <= 1) {
        land(w, 0, x, each, e);
        return;
    }
    for (uint32_t i = 0; i < k; i++) {
        double   kept = w->rate[k - 1];
        uint32_t other = k % 2 ? 0 : i;

        permute(w, k - 1, each, e);
        w->rate[k - 1] = w->rate[other];
        w->rate[other] = kept;
    }
}

static struct expected
expected_of(struct world w, double exposure, const double rate[])
{
    struct expected e = {0};
    double          ways = 1;

    memcpy(w.rate, rate, sizeof w.rate);
    for (uint32_t u = 0; u < w.at.b + w.at.c; u++) {
        w.n[u] = u < w.at.b ? 1 : exposure;
        ways *= u + 1;
    }
    permute(&w, w.at.b + w.at.c, 1 / ways, &e);
    return e;
}

static const struct layout layouts[] = {{2, 1}, {4, 1}, {2, 2}, {3, 2}, {2, 3}};
static const double        rates[][MOST_PODS] = {
           {1, 1, 1, 1, 1}, {1, 0, 0, 0, 0}, {2, .2, .2, .2, .2}, {1.5, 1.5, .1, .1, .1}};
static const double sizes[][3] = {{1, 1, 1}, {7, 2, 1}};
static const double rhos[] = {1, 1.1, 1.5}, exposures[] = {.2, .5, .8, 1, 2};

/* The largest over all layouts, rates, exposures, numbers and sizes of bursts. */
static struct expected
largest(enum robust_theta theta, double rho)
{
    struct expected most = {0};
    struct world    w = {.rho = rho, .theta = theta};

    for (size_t i = 0; i < ARRAY_LEN(layouts) * ARRAY_LEN(rates) * ARRAY_LEN(exposures); i++) {
        const double *rate = rates[i / ARRAY_LEN(layouts) % ARRAY_LEN(rates)];
        double        exposure = exposures[i / ARRAY_LEN(layouts) / ARRAY_LEN(rates)];

        w.at = layouts[i % ARRAY_LEN(layouts)];
        for (w.bursts = 1; w.bursts <= 3; w.bursts++)
            for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
                struct expected e;

                w.size = sizes[s];
                e = expected_of(w, exposure, rate);
                most.pooled = fmax(most.pooled, e.pooled);
                most.pods = fmax(most.pods, e.pods);
            }
    }
    return most;
}

/* Exchangeable pods, canary pods served a fifth to twice as much as baseline
 * pods: neither half gains, whatever the rates and the bursts' sizes. */
static void
no_half_gains_when_pods_are_exchangeable(void **state)
{
    (void)state;
    for (size_t h = 0; h < ARRAY_LEN(rhos); h++) {
        struct expected e = largest(ROBUST_BY_PODS, rhos[h]);

        assert_true(e.pooled <= 1 + 1e-9);
        assert_true(e.pods <= 1 + 1e-9);
        assert_true(e.pooled >= 1 - 1e-9); /* met with equality: equal rates at the margin */
        assert_true(e.pods >= 1 - 1e-9);
    }
}

/* Why theta* and Y': by exposure alone one bad pod among pods that get more
 * traffic than the canary's makes E 1.33. */
static void
by_exposure_under_exposed_canary_pods_gain(void **state)
{
    (void)state;
    assert_true(largest(ROBUST_BY_EXPOSURE, 1).pooled > 1.3);
}

static void
a_worse_canary_is_found_sooner_with_its_pods(void **state)
{
    (void)state;
    const double          n[6] = {100, 100, 100, 100, 100, 100}, x[6] = {0, 1, 0, 3, 4, 3};
    struct robust_block   o = block_of(3, 3, n, x);
    struct robust_factors f = robust_factors(&o, 1.1, ROBUST_BY_PODS);
    struct robust         with, without;

    robust_init(&with);
    robust_init(&without);
    for (int i = 0; i < 10; i++) {
        robust_settle(&with, robust_feed(15000), &f);
        memcpy(f.pods, f.pooled, sizeof f.pods);
        robust_settle(&without, robust_feed(15000), &f);
        f = robust_factors(&o, 1.1, ROBUST_BY_PODS);
    }
    assert_true(robust_log_e(&with) > robust_log_e(&without) + 3);
}

/* Years of bets for and against: numbers that can still be compared and stored. */
static void
capital_stays_a_number(void **state)
{
    (void)state;
    const double                n[2] = {900, 100}, bad[2] = {0, 9}, good[2] = {9, 0};
    const struct robust_block   worse = block_of(1, 1, n, bad), better = block_of(1, 1, n, good);
    const struct robust_factors up = robust_factors(&worse, 1.1, ROBUST_BY_EXPOSURE);
    const struct robust_factors down = robust_factors(&better, 1.1, ROBUST_BY_EXPOSURE);
    struct robust               r, back;

    robust_init(&r);
    for (int i = 0; i < 10000; i++)
        robust_settle(&r, robust_feed(5000), &up);
    assert_true(robust_log_e(&r) > 690 && isfinite(robust_log_e(&r)));
    robust_init(&back);
    check_restore(robust_pack, robust_unpack, &r, &back);
    for (int i = 0; i < 200000; i++)
        robust_settle(&r, robust_feed(5000), &down);
    assert_true(robust_log_e(&r) < 0 && !isnan(robust_log_e(&r)));
    check_restore(robust_pack, robust_unpack, &r, &back);
}

/* Nothing bad, or nobody there to compare with: no bet. */
static void
empty_blocks_change_nothing(void **state)
{
    (void)state;
    const double n[][2] = {{100, 100}, {0, 100}, {100, 0}, {0, 0}};
    const double x[][2] = {{0, 0}, {0, 5}, {5, 0}, {0, 0}};

    for (size_t i = 0; i < ARRAY_LEN(n); i++) {
        struct robust_block   o = block_of(1, 1, n[i], x[i]);
        struct robust_factors f = robust_factors(&o, 1.1, ROBUST_BY_PODS);

        for (int k = 0; k < ROBUST_BETS; k++) {
            check_close(f.pooled[k], 1, 0);
            check_close(f.pods[k], 1, 0);
        }
    }
}

static void
what_is_no_capital_is_refused(void **state)
{
    (void)state;
    const double hostile[] = {NAN, INFINITY, -1, 2e300};

    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        struct text   t;
        struct unpack in;
        struct robust r;

        robust_init(&r);
        r.pods[1] = hostile[i];
        text_init(&t, 1000);
        robust_pack(&r, &t);
        in = (struct unpack){.rest = text_slice(&t)};
        robust_unpack(&r, &in);
        assert_true(in.bad);
        text_release(&t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_are_those_of_the_known_answers),
        cmocka_unit_test(evidence_is_that_of_the_known_answers),
        cmocka_unit_test(without_pods_it_is_interval_betting),
        cmocka_unit_test(no_half_gains_when_pods_are_exchangeable),
        cmocka_unit_test(by_exposure_under_exposed_canary_pods_gain),
        cmocka_unit_test(a_worse_canary_is_found_sooner_with_its_pods),
        cmocka_unit_test(capital_stays_a_number),
        cmocka_unit_test(empty_blocks_change_nothing),
        cmocka_unit_test(what_is_no_capital_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
