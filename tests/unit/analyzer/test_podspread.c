#include "analyzer/podspread.h"
#include "tests/unit/analyzer/traffic.h"

#include <math.h>

/* A pod with n tries, all of them answered and timed, and x faults. */
static struct family_pod
pod(uint64_t key, enum counts_arm arm, uint64_t n, uint64_t x)
{
    return (struct family_pod){
        .key = key << 1, .arm = (uint8_t)arm, .n = {n, n, n}, .x = {[FAMILY_ERRORS] = x}};
}

static struct family_sample
sample(const struct family_pod *pods, uint32_t n)
{
    struct family_sample s = {.length_ms = 5000, .n_pods = n};

    for (uint32_t u = 0; u < n; u++) {
        s.pods[u] = pods[u];
        s.pair[FAMILY_ERRORS].n[pods[u].arm] += pods[u].n[FAMILY_OF_TRIES];
        s.pair[FAMILY_ERRORS].x[pods[u].arm] += pods[u].x[FAMILY_ERRORS];
    }
    return s;
}

static void
add(struct podblock *b, const struct family_sample *s)
{
    struct podblock       one;
    struct podblock_order order = {0};

    podblock_of(&one, s, &order);
    podblock_add(b, &one);
}

/* Requests fail independently, as far as intervals show. */
static const double alone[FAMILY_QUESTIONS] = {1, 1, 1, 1, 1, 1, 1, 1};

/* By hand.  Four pods alike: x 10, 12, 8, 10 of 1,000 each, m 40, off 8, chance
 * 40 (1 - 4/16) = 30.  Then 30, 10, 20, 20: m 80, off 200, chance 60.  Two with 0
 * and 2: m 2, off 2, chance 1.  D: at least what is known, else the ratio and one
 * standard deviation of it, sqrt(2/3) or sqrt(2) times the greater of both. */
static void
pods_that_differ_are_told_from_chance(void **state)
{
    (void)state;
    static const struct {
        uint32_t pods;
        uint64_t x[4];
        double   ratio, deviation, known, dispersion;
    } cases[] = {
        {4, {10, 12, 8, 10}, 8. / 30, 0.816496580927726, 1, 8. / 30 + 0.816496580927726},
        {4, {30, 10, 20, 20}, 10. / 3, 0.816496580927726, 1, 10. / 3 * 1.816496580927726},
        {4, {30, 10, 20, 20}, 10. / 3, 0.816496580927726, 5, 10. / 3 + 5 * 0.816496580927726},
        {4, {10, 12, 8, 10}, 8. / 30, 0.816496580927726, .3, 8. / 30 + .3 * 0.816496580927726},
        {2, {0, 2}, 2, 1.4142135623730951, 1, 2 * 2.4142135623730951},
        {4, {10, 10, 10, 10}, 0, 0.816496580927726, 7, 7},
        {1, {10}, 0, 0, 3, 3},
        {4, {0, 0, 0, 0}, 0, 0, 1, 1},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct family_pod    pods[5];
        struct family_sample s;
        struct podblock      b = {0};
        struct podspread     got[FAMILY_QUESTIONS], *errors = &got[FAMILY_ERRORS];

        for (uint32_t u = 0; u < cases[i].pods; u++)
            pods[u] = pod(10 + u, ARM_BASELINE, 1000, cases[i].x[u]);
        pods[cases[i].pods] = pod(9, ARM_CANARY, 1000, 900); /* is not looked at */
        s = sample(pods, cases[i].pods + 1);
        add(&b, &s);
        podspread_of(&b, alone, got);
        check_close(errors->ratio, cases[i].ratio, 1e-12);
        check_close(errors->deviation, cases[i].deviation, 1e-12);
        check_close(errors->excess, 0, 0);
        check_close(podspread_dispersion(errors, cases[i].known), cases[i].dispersion, 1e-12);
        check_close(got[FAMILY_LATENCY].ratio, 0, 0); /* nobody was slow */
    }
}

/* Of pods with 1,000 requests each, the others at 9: a pod may have 9 + 4 * 3 + 3
 * = 24. */
static void
what_a_sick_pod_has_in_excess_is_told(void **state)
{
    (void)state;
    struct family_pod    pods[5];
    struct family_sample s;
    struct podblock      b = {0};
    struct podspread     got[FAMILY_QUESTIONS];
    const double         clustered[FAMILY_QUESTIONS] = {4, 1, 1, 1, 1, 1, 1, 1};
    double               most;

    for (uint32_t u = 0; u < 5; u++)
        pods[u] = pod(10 + u, ARM_BASELINE, 1000, u == 2 ? 90 : 9);
    s = sample(pods, 5);
    add(&b, &s);
    podspread_of(&b, alone, got);
    check_close(got[FAMILY_ERRORS].excess, 90 - 24, 1e-9);
    check_close(got[FAMILY_ERRORS].ratio, 0, 1e-12); /* of the other four, who are alike */
    /* Where faults come in clusters of four, 9 + 4 * 6 + 12 = 45 are chance. */
    podspread_of(&b, clustered, got);
    check_close(got[FAMILY_ERRORS].excess, 90 - 45, 1e-9);
    /* Two sick ones: the excess falls short of the truth by what one hides. */
    b = (struct podblock){0};
    s.pods[3].x[FAMILY_ERRORS] = 90;
    podblock_clear(&b);
    add(&b, &s);
    podspread_of(&b, alone, got);
    most = 2 * (90 - 24);
    assert_true(got[FAMILY_ERRORS].excess > .8 * most && got[FAMILY_ERRORS].excess < most);
    check_close(got[FAMILY_ERRORS].ratio, 0, 1e-12);
}

/* Nine busy pods whose rates differ by 30 %: none is sick, and they do not look
 * alike.  x = 900 exp(.3 z - .045), z the quantiles (k - 1/2) / 9 of the normal law,
 * m = 8050: R = sum (x - m/9)^2 / (m/9 * 8) = 78.8, about 1 + m c^2 / 9.  By chance
 * alone (V = 1) a pod may have 900 + 120 + 3, and three of the nine have more.  A
 * tenth pod with five times as many is sick all the same: the median of the squares
 * is 52.9, V 116, and it may have 894 + 4 sqrt(116 * 894) + 3 * 116 = 2531. */
static void
pods_that_all_differ_are_not_sick(void **state)
{
    (void)state;
    static const uint64_t x[] = {533, 644, 721, 791, 860, 936, 1027, 1150, 1388, 4500};
    struct family_pod     pods[10];
    struct family_sample  s;
    struct podspread      got[FAMILY_QUESTIONS];
    struct podblock       b = {0};

    for (uint32_t u = 0; u < 10; u++)
        pods[u] = pod(10 + u, ARM_BASELINE, 180000, x[u]);
    s = sample(pods, 9);
    add(&b, &s);
    podspread_of(&b, alone, got);
    check_close(got[FAMILY_ERRORS].excess, 0, 0);
    check_close(got[FAMILY_ERRORS].ratio, 78.7553416149, 1e-6);
    s = sample(pods, 10);
    podblock_clear(&b);
    add(&b, &s);
    podspread_of(&b, alone, got);
    check_close(got[FAMILY_ERRORS].excess, 4500 - 2531, 5);
    check_close(got[FAMILY_ERRORS].ratio, 78.7553416149, 1e-6);
}

enum { TIMES = 400, REQUESTS = 1000 };

/* D of n pods whose faults are binomial at these rates; adds what they have in excess. */
static double
drawn(struct prng *r, const double *rates, uint32_t n, double *excess)
{
    struct family_pod    pods[9];
    struct family_sample s;
    struct podblock      b = {0};
    struct podspread     got[FAMILY_QUESTIONS];

    for (uint32_t u = 0; u < n; u++) {
        uint64_t x = 0;

        for (int i = 0; i < REQUESTS; i++)
            x += prng_below(r, 100000) < (uint64_t)(rates[u] * 100000 + .5);
        pods[u] = pod(10 + u, ARM_BASELINE, REQUESTS, x);
    }
    s = sample(pods, n);
    add(&b, &s);
    podspread_of(&b, alone, got);
    *excess += got[FAMILY_ERRORS].excess;
    return podspread_dispersion(&got[FAMILY_ERRORS], 1);
}

/* What knowing of pods costs where they are alike.  R times 7 is chi-squared with 7
 * degrees of freedom, one deviation is sqrt(2/7) = .535.  D is R + .535 up to R = 1,
 * then 1.535 R: over 1.442 in half of all (the median of R is .907), over 2.64 in 10 %
 * (R > 1.717).  Hardly ever is
 * one of them taken for sick. */
static void
pods_that_are_alike_cost_half_as_much_again(void **state)
{
    (void)state;
    static const double shares[] = {.001, .01, .05};
    struct prng         r = {.state = 3};

    for (size_t k = 0; k < ARRAY_LEN(shares); k++) {
        double alike[8], excess = 0;
        int    above_median = 0, above_most = 0;

        for (int u = 0; u < 8; u++)
            alike[u] = shares[k];
        for (int t = 0; t < TIMES; t++) {
            double d = drawn(&r, alike, 8, &excess);

            above_median += d > 1.442;
            above_most += d > 2.64;
        }
        assert_in_range(above_median, TIMES * 35 / 100, TIMES * 60 / 100);
        assert_in_range(above_most, TIMES * 4 / 100, TIMES * 16 / 100);
        assert_true(excess <= TIMES / 100 * 2);
    }
}

/* Rates with a coefficient of variation of .3 over nine pods and m = 360: the true
 * D is 1 + m .3^2 / 9 = 4.6.  Half of it or less lets the luck of one pod through.
 * 8 R / 4.6 is chi-squared with 8 degrees of freedom, so 1.5 R <= 2.3 where that is
 * at most 2.67: 4.7 %.  One deviation under R instead of over it, R <= 2.8: 22 %. */
static void
pods_that_differ_are_seldom_taken_for_alike(void **state)
{
    (void)state;
    struct prng r = {.state = 5};
    double      excess = 0;
    int         low = 0;

    for (int t = 0; t < TIMES; t++) {
        double rates[9];

        for (int u = 0; u < 9; u++) {
            double normal = 0; /* a sum of 12 uniforms */

            for (int i = 0; i < 12; i++)
                normal += (double)prng_below(&r, 1000000) / 1e6 - .5;
            rates[u] = .04 * fmax(0, 1 + .3 * normal);
        }
        low += drawn(&r, rates, 9, &excess) <= 2.3;
    }
    assert_in_range(low, TIMES / 100, TIMES * 9 / 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pods_that_all_differ_are_not_sick),
        cmocka_unit_test(pods_that_differ_are_told_from_chance),
        cmocka_unit_test(what_a_sick_pod_has_in_excess_is_told),
        cmocka_unit_test(pods_that_are_alike_cost_half_as_much_again),
        cmocka_unit_test(pods_that_differ_are_seldom_taken_for_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
