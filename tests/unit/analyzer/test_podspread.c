#include "analyzer/podspread.h"
#include "tests/unit/analyzer/traffic.h"

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
 * and 2: m 2, off 2, chance 1.  D: at least what is known, at most 50. */
static void
pods_that_differ_are_told_from_chance(void **state)
{
    (void)state;
    static const struct {
        uint32_t pods;
        uint64_t x[4];
        double   ratio, deviation, known, dispersion;
    } cases[] = {
        {4, {10, 12, 8, 10}, 8. / 30, 0.816496580927726, 1, 1},
        {4, {30, 10, 20, 20}, 10. / 3, 0.816496580927726, 1, 10. / 3 - 0.816496580927726},
        {4, {30, 10, 20, 20}, 10. / 3, 0.816496580927726, 2, 2},
        {2, {0, 2}, 2, 1.4142135623730951, 1, 1},
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

static void
dispersion_by_pods_has_an_end(void **state)
{
    (void)state;
    const struct podspread wild = {.ratio = 1e6, .deviation = .5};

    check_close(podspread_dispersion(&wild, 1), 50, 0);
    check_close(podspread_dispersion(&wild, 49.5), 50, 0);
    check_close(podspread_dispersion(&wild, 60), 60, 0); /* known better */
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
    check_close(podspread_dispersion(&got[FAMILY_ERRORS], 1), 1,
                0); /* of the other four, who are alike */
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
    check_close(podspread_dispersion(&got[FAMILY_ERRORS], 1), 1, 0);
}

/* Requests that fail independently, at 8 pods: D is over 1.5 in fewer than one of
 * 20, whatever the rate; chi-squared with 7 degrees of freedom is over 7 (1.5 +
 * sqrt(2/7)) = 14.2 in 4.7 %. */
static void
chance_alone_is_seldom_taken_for_more(void **state)
{
    (void)state;
    static const double rates[] = {.001, .01, .3};
    struct prng         r = {.state = 3};

    for (size_t k = 0; k < ARRAY_LEN(rates); k++) {
        enum { TIMES = 400, PODS = 8, REQUESTS = 1000 };
        int    over = 0;
        double excess = 0;

        for (int t = 0; t < TIMES; t++) {
            struct family_pod    pods[PODS];
            struct family_sample s;
            struct podblock      b = {0};
            struct podspread     got[FAMILY_QUESTIONS];

            for (uint32_t u = 0; u < PODS; u++) {
                uint64_t x = 0;

                for (int i = 0; i < REQUESTS; i++)
                    x += prng_below(&r, 1000) < (uint64_t)(rates[k] * 1000 + .5);
                pods[u] = pod(10 + u, ARM_BASELINE, REQUESTS, x);
            }
            s = sample(pods, PODS);
            add(&b, &s);
            podspread_of(&b, alone, got);
            over += podspread_dispersion(&got[FAMILY_ERRORS], 1) > 1.5;
            excess += got[FAMILY_ERRORS].excess;
        }
        assert_true(over < TIMES / 12);
        assert_true(excess <= TIMES / 100 * 2);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dispersion_by_pods_has_an_end),
        cmocka_unit_test(pods_that_differ_are_told_from_chance),
        cmocka_unit_test(what_a_sick_pod_has_in_excess_is_told),
        cmocka_unit_test(chance_alone_is_seldom_taken_for_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
