#include "analyzer/tilt.h"
#include "tests/unit/analyzer/traffic.h"

enum { INTERVAL_MS = 5000 };

/* known_answers.csv, srm_grid_log_e (mpmath, 50 digits); D is 1 where it has
 * seen one interval for each weight. */
static void
evidence_is_that_of_the_known_answers(void **state)
{
    (void)state;
    struct tilt small = {0}, large = {0};

    tilt_apply(&small, 1000, 60, .05, INTERVAL_MS);
    tilt_apply(&small, 1000, 115, .1, INTERVAL_MS);
    check_close(tilt_log_e(&small), .40702057280277604, 1e-12);
    tilt_apply(&large, 10000, 600, .05, INTERVAL_MS);
    tilt_apply(&large, 10000, 1150, .1, INTERVAL_MS);
    check_close(tilt_log_e(&large), 16.99991389629462, 1e-12 * 17);
}

/* E exp(l) of one interval by its binomial law: at most 1 (met exactly). */
static void
no_bet_gains_at_the_share_that_was_set(void **state)
{
    (void)state;
    static const double weights[] = {.01, .1, .5, .9};

    for (size_t w = 0; w < ARRAY_LEN(weights); w++)
        for (uint64_t n = 1; n <= 60; n += 7) {
            double p = pow(1 - weights[w], (double)n), sum = 0;

            for (uint64_t x = 0; x <= n; x++) {
                struct tilt t = {0};

                tilt_apply(&t, n, x, weights[w], INTERVAL_MS);
                sum += p * exp(tilt_log_e(&t));
                p *= (double)(n - x) / (double)(x + 1) * weights[w] / (1 - weights[w]);
            }
            check_close(sum, 1, 1e-12);
        }
}

struct route {
    double   set, real;
    uint64_t per_interval, clump; /* requests that go the same way together */
};

/* Seconds until the alarm of 1/1000, 0: none in half an hour. */
static int
seconds_to_alarm(struct prng *r, const struct route *way)
{
    struct tilt t = {0};

    for (int i = 1; i <= 360; i++) {
        uint64_t n = traffic_poisson(r, (double)way->per_interval / (double)way->clump);
        uint64_t part = traffic_binomial(r, n, way->real) * way->clump;

        tilt_apply(&t, n * way->clump, part, way->set, INTERVAL_MS);
        if (tilt_alarm(&t, .001))
            return i * 5;
    }
    return 0;
}

static int
alarms(const struct route *way, int rounds, int within_s)
{
    struct prng r = {.state = 77};
    int         n = 0;

    for (int i = 0; i < rounds; i++) {
        int s = seconds_to_alarm(&r, way);

        n += s > 0 && s <= within_s;
    }
    return n;
}

/* 15 % where 10 % were set: simulated untempered medians of 75 s at 10 requests/s
 * and 10 s at 100; D takes 65 s to learn. */
static void
wrong_shares_are_found(void **state)
{
    (void)state;
    static const struct route slow = {.1, .15, 50, 1}, fast = {.1, .15, 500, 1};

    assert_true(alarms(&slow, 100, 110) >= 50);
    assert_true(alarms(&fast, 100, 70) >= 95);
}

/* The share that was set, and less off than the tolerance: 1/1000 and nothing. */
static void
right_shares_raise_no_alarm(void **state)
{
    (void)state;
    static const struct route ways[] = {
        {.1, .1, 50, 1}, {.5, .5, 500, 1}, {.05, .05, 5000, 1}, {.1, .105, 5000, 1}};

    for (size_t i = 0; i < ARRAY_LEN(ways); i++)
        assert_true(alarms(&ways[i], 200, 1800) <= 2);
}

/* 25 requests at a time go the same way.  Untempered, 200 of 200 alarm. */
static void
clumps_raise_few_alarms(void **state)
{
    (void)state;
    static const struct route clumped = {.1, .1, 500, 25};
    int                       n = alarms(&clumped, 200, 1800);

    printf("clumps of 25 at 100 requests/s: %d of 200 alarmed\n", n);
    assert_true(n <= 10);
}

/* Routing is mended: the evidence stays, the alarm ends within minutes. */
static void
an_alarm_ends_when_the_share_is_right_again(void **state)
{
    (void)state;
    struct tilt t = {0};
    int         i = 0;

    for (int k = 0; k < 60; k++)
        tilt_apply(&t, 1000, 200, .1, INTERVAL_MS);
    assert_true(tilt_alarm(&t, .001));
    check_close(tilt_seen(&t), .2, 1e-12);
    check_close(tilt_set(&t), .1, 1e-12);
    for (; i < 360 && tilt_alarm(&t, .001); i++)
        tilt_apply(&t, 1000, 100, .1, INTERVAL_MS);
    assert_in_range(i * 5, 60, 600);
}

/* Nothing was set, or all was: nothing to compare. */
static void
without_a_share_in_between_nothing_happens(void **state)
{
    (void)state;
    const double weights[] = {0, 1, NAN, -1, 2};
    struct tilt  t = {0}, zero = {0};

    for (size_t i = 0; i < ARRAY_LEN(weights); i++)
        tilt_apply(&t, 100, 50, weights[i], INTERVAL_MS);
    tilt_apply(&t, 0, 0, .1, INTERVAL_MS);
    check_same_state(tilt_pack, &t, &zero);
    check_close(tilt_log_e(&t), 0, 1e-15);
    assert_false(tilt_alarm(&t, .001));
    assert_true(isnan(tilt_seen(&t)) && isnan(tilt_set(&t)));
}

/* Ramps: each weight's intervals are compared with their like only. */
static void
steps_of_the_weight_are_no_dispersion(void **state)
{
    (void)state;
    static const double steps[] = {.05, .1, .25, .5};
    struct tilt         t = {0};

    for (size_t s = 0; s < ARRAY_LEN(steps); s++)
        for (int i = 0; i < 20; i++)
            tilt_apply(&t, 1000, (uint64_t)(1000 * steps[s]), steps[s], INTERVAL_MS);
    check_close(dispersion_of(&t.spread), 1, 0);
    assert_true(tilt_log_e(&t) < 0);
}

static void
a_restored_one_is_the_same(void **state)
{
    (void)state;
    struct tilt   t = {0}, back = {0};
    struct text   out;
    struct unpack in;

    check_restore(tilt_pack, tilt_unpack, &t, &back);
    for (int i = 0; i < 20; i++)
        tilt_apply(&t, 1000 + (uint64_t)i, 130, .1, INTERVAL_MS);
    check_restore(tilt_pack, tilt_unpack, &t, &back);
    t.set = NAN;
    text_init(&out, 1000);
    tilt_pack(&t, &out);
    in = (struct unpack){.rest = text_slice(&out)};
    tilt_unpack(&back, &in);
    assert_true(in.bad);
    text_release(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_is_that_of_the_known_answers),
        cmocka_unit_test(no_bet_gains_at_the_share_that_was_set),
        cmocka_unit_test(wrong_shares_are_found),
        cmocka_unit_test(right_shares_raise_no_alarm),
        cmocka_unit_test(clumps_raise_few_alarms),
        cmocka_unit_test(an_alarm_ends_when_the_share_is_right_again),
        cmocka_unit_test(without_a_share_in_between_nothing_happens),
        cmocka_unit_test(steps_of_the_weight_are_no_dispersion),
        cmocka_unit_test(a_restored_one_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
