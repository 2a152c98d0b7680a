#include "analyzer/ib.h"
#include "tests/unit/analyzer/traffic.h"

static const struct pair s1[] = {
    {.n = {100, 900}, .x = {1, 2}}, {.n = {95, 905}, .x = {2, 1}},  {.n = {0, 1000}, .x = {0, 3}},
    {.n = {110, 890}, .x = {4, 2}}, {.n = {500, 500}, .x = {9, 3}},
};

static struct ib_plan
equal_priors(double rho, double cash)
{
    struct ib_plan p = ib_plan_default(rho, 5000);

    p.split.cash = cash;
    for (uint32_t k = 0; k < p.split.n; k++)
        p.split.prior[k] = .25;
    return p;
}

/* known_answers.csv (exact fractions), and for the default split the value
 * computed beside its derivation (37.13…). */
static void
evidence_is_that_of_the_known_answers(void **state)
{
    (void)state;
    const struct {
        struct ib_plan plan;
        size_t         n;
        double         want;
    } cases[] = {
        {equal_priors(1, 0), 1, 1.9916666666666667},
        {equal_priors(1, 0), 2, 8.7438523391812865},
        {equal_priors(1, 0), 4, 41.115088095870991},
        {equal_priors(1, 0), 5, 58.105547022583289},
        {equal_priors(1.1, .5), 5, 22.755771310200416},
        {ib_plan_default(1.1, 5000), 5, 37.1348402464567},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ib b;

        ib_init(&b, &cases[i].plan);
        for (size_t k = 0; k < cases[i].n; k++)
            ib_apply(&b, &s1[k], 5000);
        check_close(exp(ib_log_e(&b)), cases[i].want, 1e-11);
    }
}

static double
factor(double f, double rho, const struct pair *p)
{
    struct ib_plan plan = {.rho = rho, .block_ms = 1, .bet = {f}};
    struct ib      b;

    plan.split = (struct mixture_split){.n = 1, .prior = {1}};
    ib_init(&b, &plan);
    ib_apply(&b, p, 5000);
    return exp(ib_log_e(&b));
}

static double
choose(uint32_t n, uint32_t k)
{
    double c = 1;

    for (uint32_t i = 1; i <= k; i++)
        c = c * (n - k + i) / i;
    return c;
}

/* Independent requests whose odds of failing differ by omega: given the total
 * m, the canary's part follows Fisher's noncentral hypergeometric law. */
static double
expected_of_independent(uint32_t n_c, uint32_t n_b, uint32_t m, double omega, double rho, double f)
{
    double weight = 0, sum = 0;

    for (uint32_t x = m > n_b ? m - n_b : 0; x <= n_c && x <= m; x++) {
        const struct pair p = {.n = {n_c, n_b}, .x = {x, m - x}};
        double            w = choose(n_c, x) * choose(n_b, m - x) * pow(omega, x);

        weight += w;
        sum += w * factor(f, rho, &p);
    }
    return sum / weight;
}

static void
no_bet_gains_from_independent_requests(void **state)
{
    (void)state;
    static const double rhos[] = {1, 1.1, 2}, bets[] = {.05, .95};
    double              most = 0;

    for (uint32_t n_c = 1; n_c <= 6; n_c++)
        for (uint32_t n_b = 1; n_b <= 8; n_b++)
            for (uint32_t m = 1; m <= n_c + n_b; m++)
                for (size_t a = 0; a < ARRAY_LEN(rhos); a++)
                    for (size_t k = 0; k < ARRAY_LEN(bets); k++) {
                        double at_margin =
                            expected_of_independent(n_c, n_b, m, rhos[a], rhos[a], bets[k]);

                        most = fmax(most, at_margin);
                        most = fmax(most, expected_of_independent(n_c, n_b, m, rhos[a] * .7,
                                                                  rhos[a], bets[k]));
                        if (a == 0) /* rho 1: the hypergeometric mean is m theta */
                            check_close(at_margin, 1, 1e-12);
                    }
    assert_true(most <= 1 + 1e-12);
    assert_true(expected_of_independent(6, 8, 4, 2, 1, .95) > 1.1); /* beyond it they do gain */
}

/* Bursts of any size that land whole on an arm, each by exposure. */
static void
no_bet_gains_from_bursts_by_exposure(void **state)
{
    (void)state;
    static const uint64_t bursts[][3] = {{1, 0, 0}, {9, 0, 0}, {1, 30, 0}, {5, 5, 5}, {1, 2, 17}};
    static const double   rhos[] = {1, 1.1, 2}, bets[] = {.2, .95};

    for (size_t i = 0; i < ARRAY_LEN(bursts); i++)
        for (size_t a = 0; a < ARRAY_LEN(rhos); a++)
            for (size_t k = 0; k < ARRAY_LEN(bets); k++) {
                const struct pair exposure = {.n = {100, 500}};
                double            theta = rhos[a] * 100 / (rhos[a] * 100 + 500), sum = 0;

                for (unsigned where = 0; where < 8; where++) {
                    struct pair p = exposure;
                    double      chance = 1;

                    for (unsigned j = 0; j < 3; j++) {
                        bool on_canary = where >> j & 1;

                        chance *= on_canary ? theta : 1 - theta;
                        p.x[on_canary ? ARM_CANARY : ARM_BASELINE] += bursts[i][j];
                    }
                    sum += chance * factor(bets[k], rhos[a], &p);
                }
                check_close(sum, 1, 1e-12);
            }
}

/* At 10 % weight: log(1 + .95 * 9) = 2.257 at most per block and stake. */
static void
one_block_is_never_enough(void **state)
{
    (void)state;
    const struct pair    outage = {.n = {1000, 9000}, .x = {1000, 0}};
    const struct ib_plan plan = ib_plan_default(1, 15000);
    struct ib            b;
    int                  blocks = 0;

    ib_init(&b, &plan);
    for (; ib_log_e(&b) < log(100); blocks++) {
        double before = ib_log_e(&b);

        ib_apply(&b, &outage, 15000);
        assert_true(ib_log_e(&b) <= before + log1p(.95 * 9) + 1e-12);
    }
    assert_int_equal(blocks, 3);
}

static void
a_block_is_the_sum_of_its_intervals(void **state)
{
    (void)state;
    const struct ib_plan plan = ib_plan_default(1.1, 15000);
    const struct pair    whole = {.n = {195, 2805}, .x = {3, 6}};
    struct ib            parts, once;

    ib_init(&parts, &plan);
    ib_init(&once, &plan);
    for (size_t i = 0; i < 3; i++) {
        check_close(ib_log_e(&parts), 0, 1e-15); /* nothing is settled yet */
        ib_apply(&parts, &s1[i], 5000);
    }
    ib_apply(&once, &whole, 15000);
    check_same_state(ib_pack, &parts, &once);
}

/* Intervals longer than a block still come in twos where the plan says so. */
static void
a_block_has_its_least_number_of_intervals(void **state)
{
    (void)state;
    struct ib_plan plan = ib_plan_default(1.1, 15000);
    struct ib      b, restored;

    plan.least = 2;
    ib_init(&b, &plan);
    ib_init(&restored, &plan);
    ib_apply(&b, &s1[0], 30000);
    check_close(ib_log_e(&b), 0, 1e-15);
    check_restore(ib_pack, ib_unpack, &b, &restored);
    for (struct ib *i = &b; i; i = i == &b ? &restored : NULL) {
        ib_apply(i, &s1[1], 14000);
        assert_true(fabs(ib_log_e(i)) > 0);
        assert_int_equal(i->open_ms, 0);
    }
    check_same_state(ib_pack, &b, &restored);
}

static void
a_break_settles_what_is_open(void **state)
{
    (void)state;
    const struct ib_plan plan = ib_plan_default(1.1, 15000), five = ib_plan_default(1.1, 5000);
    struct ib            b, at_once;

    ib_init(&b, &plan);
    ib_init(&at_once, &five);
    ib_apply(&b, &s1[0], 5000);
    ib_apply(&at_once, &s1[0], 5000);
    ib_break(&b);
    check_close(ib_log_e(&b), ib_log_e(&at_once), 0);
    ib_break(&b); /* nothing is open: nothing happens */
    check_close(ib_log_e(&b), ib_log_e(&at_once), 0);
}

static void
hostile_counts_make_no_nan(void **state)
{
    (void)state;
    static const uint64_t n[] = {0, 1, 2, 1000, PAIR_MAX_REQUESTS - 1, PAIR_MAX_REQUESTS};
    const struct ib_plan  plan = ib_plan_default(1.1, 15000);
    struct ib             b;

    ib_init(&b, &plan);
    for (size_t i = 0; i < ARRAY_LEN(n) * ARRAY_LEN(n) * 4; i++) {
        struct pair p = {.n = {n[i % 6], n[i / 6 % 6]}};

        p.x[ARM_CANARY] = i / 36 & 1 ? p.n[ARM_CANARY] : 0;
        p.x[ARM_BASELINE] = i / 72 & 1 ? p.n[ARM_BASELINE] : 0;
        ib_apply(&b, &p, i % 5 == 0 ? INT64_MAX : i % 5 == 1 ? -1 : 5000);
        assert_true(isfinite(ib_log_e(&b)));
        assert_false(ib_need(&b, &p, (int64_t)i, 1e9) < 0);
    }
}

static void
need_is_about_right(void **state)
{
    (void)state;
    const struct ib_plan plan = ib_plan_default(1.1, 15000);
    const struct pair    bad = {.n = {500, 500}, .x = {50, 1}};
    struct ib            b;
    double               need;
    int                  used = 0;

    ib_init(&b, &plan);
    need = ib_need(&b, &bad, 5000, log(100));
    for (; ib_log_e(&b) < log(100); used += 500)
        ib_apply(&b, &bad, 5000);
    assert_true(used <= need + 3 * 500);
    assert_true(used >= need / 2);
}

static void
a_restored_one_goes_on_as_if_never_stopped(void **state)
{
    (void)state;
    const struct ib_plan plan = ib_plan_default(1.1, 15000);
    struct ib            on, off, back;

    ib_init(&on, &plan);
    ib_init(&off, &plan);
    for (size_t i = 0; i < ARRAY_LEN(s1); i++) {
        ib_apply(&on, &s1[i], 4321); /* blocks end after four: most stops are inside one */
        ib_apply(&off, &s1[i], 4321);
        ib_init(&back, &plan);
        check_restore(ib_pack, ib_unpack, &off, &back);
        off = back;
        check_same_state(ib_pack, &off, &on);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_is_that_of_the_known_answers),
        cmocka_unit_test(no_bet_gains_from_independent_requests),
        cmocka_unit_test(no_bet_gains_from_bursts_by_exposure),
        cmocka_unit_test(one_block_is_never_enough),
        cmocka_unit_test(a_block_is_the_sum_of_its_intervals),
        cmocka_unit_test(a_block_has_its_least_number_of_intervals),
        cmocka_unit_test(a_break_settles_what_is_open),
        cmocka_unit_test(hostile_counts_make_no_nan),
        cmocka_unit_test(need_is_about_right),
        cmocka_unit_test(a_restored_one_goes_on_as_if_never_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
