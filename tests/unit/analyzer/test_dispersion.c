#include "analyzer/dispersion.h"
#include "tests/unit/analyzer/traffic.h"

/* known_answers.csv, "prior 20". */
static void
is_that_of_the_known_answer(void **state)
{
    (void)state;
    static const uint64_t seen[][2] = {{900, 5}, {910, 3}, {880, 12}, {905, 0}, {1000, 7}};
    struct dispersion     d = {0};

    check_close(dispersion_of(&d), 1, 0);
    for (size_t i = 0; i < ARRAY_LEN(seen); i++)
        dispersion_apply(&d, seen[i][0], seen[i][1]);
    check_close(dispersion_of(&d), 4.874631828744732, 1e-12);
}

/* After (100,0)(300,8): q = 3/4, m = 8, (8 - 6)^2 / (3/16) = 64/3. */
static void
one_step_by_hand(void **state)
{
    (void)state;
    struct dispersion d = {0};

    dispersion_apply(&d, 100, 0);
    dispersion_apply(&d, 300, 8);
    check_close(dispersion_of(&d), (20 + 64. / 3) / 28, 1e-14);
}

static void
intervals_without_requests_do_not_break_the_chain(void **state)
{
    (void)state;
    struct dispersion a = {0}, b = {0};

    dispersion_apply(&a, 100, 3);
    dispersion_apply(&a, 0, 0);
    dispersion_apply(&a, 120, 9);
    dispersion_apply(&b, 100, 3);
    dispersion_apply(&b, 120, 9);
    check_same_state(dispersion_pack, &a, &b);
}

static struct dispersion
watched(uint64_t seed, double burst_goes_on)
{
    struct prng       r = {seed};
    struct dispersion d = {0};

    for (int i = 0; i < 2000; i++) {
        uint64_t x = 0, bursts = traffic_poisson(&r, 4.5 * (1 - burst_goes_on));

        while (bursts--)
            for (x++; traffic_uniform(&r) < burst_goes_on;)
                x++;
        dispersion_apply(&d, 900, x < 900 ? x : 900);
    }
    return d;
}

static double
measured(uint64_t seed, double burst_goes_on)
{
    const struct dispersion d = watched(seed, burst_goes_on);

    return dispersion_of(&d);
}

/* Single faults: 1.  Bursts of geometric size, mean 5: E s^2 / E s =
 * (2 - p) / p = 9 for p = 1/5.  Over 2,000 intervals with about 1,800 bursts
 * the estimate is off by a few per cent. */
static void
finds_the_size_of_bursts(void **state)
{
    (void)state;
    check_close(measured(1, 0), 1, .1);
    check_close(measured(2, .8), 9, 1.5);
}

/* Half an hour of 0.1 %, and in it one minute at 20 %: D stays at its top, what
 * lasts of it does not.  Bursts that go on last. */
static void
one_incident_does_not_last(void **state)
{
    (void)state;
    const struct dispersion bursts = watched(5, .8);
    struct prng             r = {4};
    struct dispersion       d = {0};

    for (int i = 0; i < 360; i++)
        dispersion_apply(&d, 9000, traffic_binomial(&r, 9000, i >= 100 && i < 112 ? .2 : .001));
    check_close(dispersion_of(&d), 50, 0);
    assert_true(dispersion_lasting(&d) < 4);
    assert_true(dispersion_lasting(&bursts) > .9 * dispersion_of(&bursts));
}

/* Too regular to be chance is no reason to trust the pass side more. */
static void
regular_faults_count_as_single_ones(void **state)
{
    (void)state;
    struct dispersion d = {0};

    for (int i = 0; i < 100; i++)
        dispersion_apply(&d, 900, 5);
    assert_true(d.squares < d.bad / 10);
    check_close(dispersion_of(&d), 1, 0);
}

static void
stays_between_one_and_fifty(void **state)
{
    (void)state;
    static const uint64_t n[] = {0, 1, 2, 1000, PAIR_MAX_REQUESTS};
    struct prng           r = {3};
    struct dispersion     d = {0};

    for (int i = 0; i < 5000; i++) {
        uint64_t of = n[prng_below(&r, 5)], x = of ? prng_below(&r, of + 1) : 0;

        dispersion_apply(&d, of, x);
        assert_true(dispersion_of(&d) >= 1 && dispersion_of(&d) <= 50);
    }
    check_close(dispersion_of(&d), 50, 0);
}

static void
restored_state_is_the_same(void **state)
{
    (void)state;
    struct dispersion d = {0}, back = {0};
    struct text       t;
    struct unpack     in;

    dispersion_apply(&d, 100, 3);
    dispersion_apply(&d, 70, 2);
    check_restore(dispersion_pack, dispersion_unpack, &d, &back);

    text_init(&t, 1000);
    d.squares = NAN;
    dispersion_pack(&d, &t);
    in = (struct unpack){.rest = text_slice(&t)};
    dispersion_unpack(&back, &in);
    assert_true(in.bad);
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_that_of_the_known_answer),
        cmocka_unit_test(one_step_by_hand),
        cmocka_unit_test(intervals_without_requests_do_not_break_the_chain),
        cmocka_unit_test(finds_the_size_of_bursts),
        cmocka_unit_test(one_incident_does_not_last),
        cmocka_unit_test(regular_faults_count_as_single_ones),
        cmocka_unit_test(stays_between_one_and_fifty),
        cmocka_unit_test(restored_state_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
