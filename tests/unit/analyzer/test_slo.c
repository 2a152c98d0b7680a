#include "analyzer/slo.h"
#include "tests/unit/analyzer/traffic.h"

enum { INTERVAL_MS = 5000 };

/* Past the intervals that only teach D, which stays 1. */
static void
init_taught(struct slo *s, double eps)
{
    slo_init(s, eps);
    for (int i = 0; i < SLO_LEARN; i++)
        slo_apply(s, 1, 0, INTERVAL_MS);
}

/* known_answers.csv and its source's table (mpmath): all in one interval, where
 * D is 1. */
static void
evidence_is_that_of_the_known_answers(void **state)
{
    (void)state;
    static const struct {
        uint64_t x, n;
        double   want;
    } cases[] = {
        {5, 1000, 2.8449737993423099},
        {12, 10000, -1.7330349185909669},
        {40, 10000, 22.291122452145693},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct slo s;

        init_taught(&s, .001);
        slo_apply(&s, cases[i].n, cases[i].x, INTERVAL_MS);
        check_close(slo_log_e(&s), cases[i].want, 1e-12 * fmax(1, fabs(cases[i].want)));
        assert_int_equal(s.n, cases[i].n + SLO_LEARN);
    }
}

struct means {
    double worse, better;
};

/* Of both sides over x by its binomial law. */
static struct means
means_of(uint64_t n, double p, double eps)
{
    struct means m = {0};
    double       law = pow(1 - p, (double)n);

    for (uint64_t x = 0; x <= n; x++) {
        struct slo s;

        init_taught(&s, eps);
        slo_apply(&s, n, x, INTERVAL_MS);
        m.worse += law * exp(slo_log_e(&s));
        m.better += law * exp(slo_log_pass(&s));
        law *= (double)(n - x) / (double)(x + 1) * p / (1 - p);
    }
    return m;
}

/* At the objective both sides have mean 1 exactly; on its good side evidence
 * against it has less, on its bad side evidence for it. */
static void
no_bet_gains_where_its_null_holds(void **state)
{
    (void)state;
    static const double eps[] = {.001, .01, .05, .2, .5};

    for (size_t k = 0; k < ARRAY_LEN(eps); k++)
        for (uint64_t n = 1; n <= 41; n += 8) {
            struct means at = means_of(n, eps[k], eps[k]);

            check_close(at.worse, 1, 1e-12);
            check_close(at.better, 1, 1e-12);
            assert_true(means_of(n, eps[k] * .7, eps[k]).worse < 1);
            assert_true(means_of(n, eps[k] * 1.3, eps[k]).better < 1);
            assert_true(means_of(n, eps[k] * 1.9, eps[k]).worse > 1);
        }
}

/* 1/eps of .3 leaves burn rates 1.5, 2 and 3 only; an objective of 0 or 1 none. */
static void
burn_rates_beyond_all_requests_are_left_out(void **state)
{
    (void)state;
    static const double none[] = {0, 1, -1, 2, NAN};
    struct slo          s;

    init_taught(&s, .3);
    for (int k = 0; k < SLO_BURNS; k++)
        assert_int_equal(isnan(s.burn[k]), k > 2);
    slo_apply(&s, 10, 10, INTERVAL_MS);
    /* mean of (.45/.3)^10, (.6/.3)^10, (.9/.3)^10 */
    check_close(slo_log_e(&s), log((pow(1.5, 10) + 1024 + 59049) / 3), 1e-12);
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        init_taught(&s, none[i]);
        slo_apply(&s, 1000, 1000, INTERVAL_MS);
        assert_true(slo_log_e(&s) < -1e300);
        assert_true(slo_log_pass(&s) < -1e300);
    }
}

/* Rollouts of half an hour at the objective that ever reach 1/alpha. */
static int
alarms(double eps, double rate, bool bursts)
{
    struct prng r = {.state = 21};
    int         n = 0;

    for (int run = 0; run < 300; run++) {
        struct slo s;
        bool       over = false;

        slo_init(&s, eps);
        for (int i = 0; i < 360; i++) {
            uint64_t x = traffic_poisson(&r, 500 * rate / (bursts ? 5 : 1)) * (bursts ? 5 : 1);

            slo_apply(&s, 500, x < 500 ? x : 500, INTERVAL_MS);
            over = over || slo_log_e(&s) >= log(100);
        }
        n += over;
    }
    return n;
}

/* alpha is 1 %; bursts of five are found by D only after some intervals. */
static void
a_kept_objective_is_seldom_called_burnt(void **state)
{
    (void)state;
    int single = alarms(.005, .005, false), bursts = alarms(.005, .005, true);

    printf("objective kept: single %d, bursts of five %d of 300 alarmed\n", single, bursts);
    assert_true(single <= 8);
    assert_true(bursts <= 15);
    assert_true(alarms(.005, .02, false) == 300);
    assert_true(alarms(.005, .02, true) >= 285);
}

/* The first intervals are no evidence, however bad: nothing is known of how they
 * vary. */
static void
it_learns_before_it_bets(void **state)
{
    (void)state;
    struct slo s;

    slo_init(&s, .01);
    for (int i = 0; i < SLO_LEARN; i++) {
        slo_apply(&s, 0, 0, INTERVAL_MS); /* teaches nothing */
        slo_apply(&s, 1000, 100, INTERVAL_MS);
        check_close(slo_log_e(&s), 0, 1e-15);
    }
    slo_apply(&s, 1000, 100, INTERVAL_MS);
    assert_true(slo_log_e(&s) > log(1e6));
}

static void
what_burns_now_fades(void **state)
{
    (void)state;
    struct slo s;
    int        i = 0;

    slo_init(&s, .01);
    assert_false(slo_burns_now(&s));
    assert_true(isnan(slo_share(&s)));
    for (int k = 0; k < 12; k++)
        slo_apply(&s, 1000, 50, INTERVAL_MS);
    assert_true(slo_burns_now(&s));
    check_close(slo_share(&s), .95, 1e-12);
    for (; i < 360 && slo_burns_now(&s); i++)
        slo_apply(&s, 1000, 5, INTERVAL_MS);
    assert_in_range(i * 5, 30, 300);
}

static void
a_restored_one_is_the_same(void **state)
{
    (void)state;
    static const double eps[] = {.01, .3};

    for (size_t k = 0; k < ARRAY_LEN(eps); k++) {
        struct slo s, back;

        slo_init(&s, eps[k]);
        for (uint64_t i = 0; i < 20; i++) {
            slo_apply(&s, 1000 + i, i * 7, INTERVAL_MS + (int64_t)i);
            slo_init(&back, eps[k]);
            check_restore(slo_pack, slo_unpack, &s, &back);
            check_close(slo_log_e(&back), slo_log_e(&s), 0);
        }
    }
}

static void
what_is_no_state_is_refused(void **state)
{
    (void)state;
    for (int what = 0; what < 4; what++) {
        struct slo    s, back;
        struct text   t;
        struct unpack in;

        slo_init(&s, .01);
        slo_init(&back, .01);
        if (what == 0)
            s.burn[0] = NAN;
        else if (what == 1)
            s.pass[1] = INFINITY;
        else if (what == 2)
            s.x = 1;
        else
            s.lately = -1;
        text_init(&t, 1000);
        slo_pack(&s, &t);
        in = (struct unpack){.rest = text_slice(&t)};
        slo_unpack(&back, &in);
        assert_true(in.bad);
        text_release(&t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_is_that_of_the_known_answers),
        cmocka_unit_test(no_bet_gains_where_its_null_holds),
        cmocka_unit_test(burn_rates_beyond_all_requests_are_left_out),
        cmocka_unit_test(a_kept_objective_is_seldom_called_burnt),
        cmocka_unit_test(it_learns_before_it_bets),
        cmocka_unit_test(what_burns_now_fades),
        cmocka_unit_test(a_restored_one_is_the_same),
        cmocka_unit_test(what_is_no_state_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
