#include "analyzer/noninferior.h"
#include "analyzer/logsum.h"
#include "tests/unit/analyzer/traffic.h"

/* Sums of what was applied, and nothing known of pods. */
static struct pair            all;
static const struct podspread even;
static struct gm_odds         odds;

static void
init(struct noninferior *s)
{
    noninferior_init(s, 1.5, .001);
    all = (struct pair){0};
}

static void
apply(struct noninferior *s, const struct pair *p, bool judged)
{
    if (judged)
        pair_add(&all, p);
    noninferior_apply(s, p, judged, &odds);
}

static const struct pair s2[] = {
    {.n = {1000, 9000}, .x = {1, 11}},
    {.n = {1010, 8990}, .x = {0, 8}},
    {.n = {5000, 5000}, .x = {6, 5}},
};

/* Reference values for that sequence, rho 1.5, delta .001: D = 1 and D = 2. */
static void
evidence_is_that_of_the_known_answers(void **state)
{
    (void)state;
    static const struct {
        double dispersion, want;
    } cases[] = {{1, 2.6172886022219354}, {2, 1.2196287790585016}};
    const struct gm_plan plan = noninferior_plan(1.5, .001);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct gm g;

        gm_init(&g, &plan);
        for (size_t k = 0; k < ARRAY_LEN(s2); k++)
            gm_apply(&g, &s2[k], 5000, cases[i].dispersion);
        check_close(gm_log_e(&g), cases[i].want, 1e-12);
    }
}

/* Gains are divided by the D of now, also those of before it was known;
 * losses are not. */
static void
tempers_gains_with_what_is_known_now(void **state)
{
    (void)state;
    static const struct pair quiet = {.n = {1000, 9000}, .x = {0, 1}};
    static const struct pair burst = {.n = {1000, 9000}, .x = {0, 90}};
    const struct gm_plan     plan = noninferior_plan(1.5, .001);
    struct noninferior       s;
    double                   d, want[6];

    init(&s);
    apply(&s, &quiet, true);
    check_close(dispersion_of(&s.dispersion), 1, 0);
    apply(&s, &burst, true);
    d = dispersion_lasting(&s.dispersion);
    assert_true(d > 10);
    for (uint32_t k = 0; k < 6; k++) {
        double sum = gm_log_increment(1000, 9000, 0, 1, 1.5, .001, plan.ratio[k]) +
                     gm_log_increment(1000, 9000, 0, 90, 1.5, .001, plan.ratio[k]);

        assert_true(sum > 0);
        want[k] = log(1. / 6) + sum / d;
    }
    check_close(noninferior_log_e(&s, &all, &even, &odds), logsum_all(want, 6), 1e-12);
}

static void
losses_are_not_tempered(void **state)
{
    (void)state;
    static const struct pair seen[] = {{.n = {1000, 9000}, .x = {30, 1}},
                                       {.n = {1000, 9000}, .x = {30, 90}}};
    const struct gm_plan     plan = noninferior_plan(1.5, .001);
    struct noninferior       s;
    struct gm                g;

    init(&s);
    gm_init(&g, &plan);
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        apply(&s, &seen[i], true);
        gm_apply(&g, &seen[i], 5000, 1);
    }
    assert_true(dispersion_of(&s.dispersion) > 10);
    check_close(noninferior_log_e(&s, &all, &even, &odds), gm_log_e(&g), 1e-12);
}

static void
watching_alone_shows_nothing(void **state)
{
    (void)state;
    struct noninferior s;

    init(&s);
    for (size_t i = 0; i < ARRAY_LEN(s2); i++)
        apply(&s, &s2[i], false);
    check_close(noninferior_log_e(&s, &all, &even, &odds), 0, 1e-15);
    assert_true(dispersion_of(&s.dispersion) >= 1);
}

/* Silence proves nothing: without requests there is no evidence, and without
 * faults anywhere only the absolute margin lets it grow. */
static void
grows_by_requests_only(void **state)
{
    (void)state;
    const struct pair  none = {.n = {0, 1000}}, clean = {.n = {1000, 9000}};
    struct noninferior s;
    int                intervals = 0;

    init(&s);
    for (int i = 0; i < 1000; i++)
        apply(&s, &none, true);
    check_close(noninferior_log_e(&s, &all, &even, &odds), 0, 1e-12);
    for (; noninferior_log_e(&s, &all, &even, &odds) < log(20); intervals++)
        apply(&s, &clean, true);
    /* At most .9 delta nats per request: more than log(20) / .0009 = 3,329. */
    assert_true(intervals >= 4 && intervals <= 8);
}

static void
a_late_regression_undoes_what_was_shown(void **state)
{
    (void)state;
    const struct pair good = {.n = {1000, 9000}, .x = {1, 9}},
                      bad = {.n = {1000, 9000}, .x = {20, 9}};
    struct noninferior s;

    init(&s);
    while (noninferior_log_e(&s, &all, &even, &odds) < log(20)) {
        apply(&s, &good, true);
    }
    for (int i = 0; i < 3; i++)
        apply(&s, &bad, true);
    assert_true(noninferior_log_e(&s, &all, &even, &odds) < log(20));
}

static void
need_comes_true(void **state)
{
    (void)state;
    const struct pair  good = {.n = {100, 900}, .x = {0, 1}}, bad = {.n = {100, 900}, .x = {9, 1}};
    struct noninferior s;
    double             need, used = 0;

    init(&s);
    assert_true(isnan(noninferior_need(&s, &bad, &even, 0, log(20), &odds)));
    need = noninferior_need(&s, &good, &even, 0, log(20), &odds);
    for (; noninferior_log_e(&s, &all, &even, &odds) < log(20); used += 100)
        apply(&s, &good, true);
    assert_true(used <= need + 100 && used >= need / 2);
}

static void
a_restored_one_goes_on_as_if_never_stopped(void **state)
{
    (void)state;
    struct noninferior on, off, back;

    noninferior_init(&on, 1.5, .001);
    noninferior_init(&off, 1.5, .001);
    for (size_t i = 0; i < ARRAY_LEN(s2); i++) {
        apply(&on, &s2[i], true);
        apply(&off, &s2[i], true);
        noninferior_init(&back, 1.5, .001);
        check_restore(noninferior_pack, noninferior_unpack, &off, &back);
        off = back;
        check_same_state(noninferior_pack, &off, &on);
    }
}

/* What single pods of the baseline had is taken out of it: as if those requests
 * had been answered well.  Shares that do not change over time, so exactly. */
static void
the_excess_of_pods_counts_for_nothing(void **state)
{
    (void)state;
    static const struct podspread sick = {.excess = 240};
    const struct pair             with = {.n = {1000, 9000}, .x = {10, 100}};
    const struct pair             without = {.n = {1000, 9000}, .x = {10, 60}};
    struct noninferior            a, b;
    struct pair                   seen;
    double                        trimmed;

    init(&a);
    for (int i = 0; i < 6; i++)
        apply(&a, &with, true);
    assert_true(noninferior_log_e(&a, &all, &even, &odds) > log(20));
    trimmed = noninferior_log_e(&a, &all, &sick, &odds);
    seen = all;
    init(&b);
    for (int i = 0; i < 6; i++)
        apply(&b, &without, true);
    check_close(trimmed, noninferior_log_e(&b, &all, &even, &odds), 1e-9);
    assert_true(trimmed < log(20));
    check_close(noninferior_need(&a, &seen, &sick, trimmed, log(20), &odds),
                noninferior_need(&b, &all, &even, trimmed, log(20), &odds), 1e-6);
}

/* The greater of the two dispersions tempers. */
static void
tempers_with_what_pods_show(void **state)
{
    (void)state;
    static const struct podspread uneven = {.ratio = 4.5, .deviation = .5};
    const struct pair             clean = {.n = {1000, 9000}};
    const struct gm_plan          plan = noninferior_plan(1.5, .001);
    struct noninferior            s;
    double                        want[6];

    init(&s);
    for (int i = 0; i < 9; i++)
        apply(&s, &clean, true);
    for (uint32_t k = 0; k < 6; k++)
        want[k] =
            log(1. / 6) + 9 * gm_log_increment(1000, 9000, 0, 0, 1.5, .001, plan.ratio[k]) / 4;
    check_close(noninferior_log_e(&s, &all, &uneven, &odds), logsum_all(want, 6), 1e-12);
    assert_true(noninferior_log_e(&s, &all, &even, &odds) > log(20));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_is_that_of_the_known_answers),
        cmocka_unit_test(tempers_gains_with_what_is_known_now),
        cmocka_unit_test(losses_are_not_tempered),
        cmocka_unit_test(watching_alone_shows_nothing),
        cmocka_unit_test(grows_by_requests_only),
        cmocka_unit_test(a_late_regression_undoes_what_was_shown),
        cmocka_unit_test(need_comes_true),
        cmocka_unit_test(the_excess_of_pods_counts_for_nothing),
        cmocka_unit_test(tempers_with_what_pods_show),
        cmocka_unit_test(a_restored_one_goes_on_as_if_never_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
