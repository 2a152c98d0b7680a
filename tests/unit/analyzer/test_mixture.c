#include "analyzer/mixture.h"
#include "tests/support/check.h"

static const struct mixture_split split = {.n = 3, .prior = {.5, .3, .2}, .cash = .3, .feed = .01};

/* Without bets nothing is won or lost, whatever is fed in. */
static void
feeding_moves_capital_and_makes_none(void **state)
{
    (void)state;
    struct mixture m;

    mixture_init(&m, &split);
    check_close(mixture_log_e(&m, &split), 0, 1e-15);
    for (int i = 0; i < 10000; i++)
        mixture_feed(&m, &split, 1 + i % 7919);
    check_close(mixture_log_e(&m, &split), 0, 1e-10);
}

/* 0.3 * 0.99 is left after 5 s, and the stakes have 0.003 more by their
 * priors: 0.35 + 0.0015 and so on. */
static void
feeds_one_percent_per_five_seconds(void **state)
{
    (void)state;
    struct mixture m;

    mixture_init(&m, &split);
    mixture_feed(&m, &split, 5000);
    check_close(exp(m.log_cash), .297, 1e-15);
    check_close(exp(m.log_stake[0]), .3515, 1e-15);
    check_close(exp(m.log_stake[1]), .2109, 1e-15);
    check_close(exp(m.log_stake[2]), .1406, 1e-15);
}

/* h_15 = 0.029701 (three times 5 s at once). */
static void
feeding_depends_on_time_not_on_steps(void **state)
{
    (void)state;
    struct mixture once, thrice;

    mixture_init(&once, &split);
    thrice = once;
    mixture_feed(&once, &split, 15000);
    for (int i = 0; i < 3; i++)
        mixture_feed(&thrice, &split, 5000);
    check_close(exp(once.log_cash), .3 * (1 - .029701), 1e-15);
    check_close(once.log_cash, thrice.log_cash, 1e-13);
    for (uint32_t k = 0; k < split.n; k++)
        check_close(once.log_stake[k], thrice.log_stake[k], 1e-13);
}

static void
odd_lengths_and_empty_purses_make_no_nan(void **state)
{
    (void)state;
    static const int64_t lengths[] = {0, -1, INT64_MIN, 1, INT64_MAX, 5000};
    struct mixture_split none = split;
    struct mixture       m, without;

    none.cash = 0;
    mixture_init(&m, &split);
    mixture_init(&without, &none);
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        mixture_feed(&m, &split, lengths[i]);
        mixture_feed(&without, &none, lengths[i]);
        check_close(mixture_log_e(&m, &split), 0, 1e-12);
        check_close(mixture_log_e(&without, &none), 0, 1e-12);
    }
}

static void
the_stake_that_grows_fastest_is_there_first(void **state)
{
    (void)state;
    double least = NAN;

    assert_true(isnan(mixture_sooner(least, 3, 0)));
    assert_true(isnan(mixture_sooner(least, 3, -1)));
    assert_true(isnan(mixture_sooner(least, 3, NAN)));
    least = mixture_sooner(least, 3, .5);
    check_close(least, 6, 0);
    check_close(mixture_sooner(least, 3, 1), 3, 0);
    check_close(mixture_sooner(least, 3, .1), 6, 0);
}

static void
unpacking_refuses_what_is_no_capital(void **state)
{
    (void)state;
    static const double  logs[] = {NAN, INFINITY};
    struct mixture_split other = split;
    struct mixture       m, got;
    struct text          t;
    struct unpack        in;

    other.n = 2;
    text_init(&t, 1000);
    for (size_t i = 0; i < ARRAY_LEN(logs); i++) {
        mixture_init(&m, &split);
        m.log_stake[1] = logs[i];
        text_clear(&t);
        mixture_pack(&m, &split, &t);
        in = (struct unpack){.rest = text_slice(&t)};
        mixture_unpack(&got, &split, &in);
        assert_true(in.bad);
    }
    mixture_init(&m, &split);
    text_clear(&t);
    mixture_pack(&m, &split, &t);
    in = (struct unpack){.rest = text_slice(&t)};
    mixture_unpack(&got, &other, &in);
    assert_true(in.bad);
    in = (struct unpack){.rest = text_slice(&t)};
    mixture_unpack(&got, &split, &in);
    assert_false(in.bad);
    assert_int_equal(in.rest.n, 0);
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feeding_moves_capital_and_makes_none),
        cmocka_unit_test(feeds_one_percent_per_five_seconds),
        cmocka_unit_test(feeding_depends_on_time_not_on_steps),
        cmocka_unit_test(odd_lengths_and_empty_purses_make_no_nan),
        cmocka_unit_test(the_stake_that_grows_fastest_is_there_first),
        cmocka_unit_test(unpacking_refuses_what_is_no_capital),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
