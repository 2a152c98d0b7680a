#include "analyzer/calibration.h"
#include "tests/unit/analyzer/traffic.h"

#include <string.h>

static struct calibration_window
window(int64_t end_s, double m0, double m1)
{
    return (struct calibration_window){.start_ms = end_s * 1000 - 1000,
                                       .end_ms = end_s * 1000,
                                       .requests = 100,
                                       .all_requests = 500,
                                       .pods = 5,
                                       .placebo_pods = 1,
                                       .log_w = {m0, m1, 0, 0}};
}

static void
add(struct calibration *c, int64_t end_s, double m0, double m1)
{
    struct calibration_window w = window(end_s, m0, m1);

    assert_true(calibration_window_valid(&w));
    calibration_add(c, &w);
}

/* Ten older and nine newer windows. */
static void
add_known(struct calibration *c)
{
    static const double older[] = {.2, 1.5, 3, .7, 2.2, 4, 1.1, .9, 2.8, 1.9};
    static const double newer[][2] = {{2, .5},   {3.6, 1.1}, {1, .2},   {5, .4},  {.5, .1},
                                      {2.4, .9}, {3, .3},    {1.2, .7}, {.8, 1.6}};

    /* Not in order: the record keeps it. */
    for (size_t i = 0; i < ARRAY_LEN(newer); i++)
        add(c, 100 + (int64_t)i, newer[i][0], newer[i][1]);
    for (size_t i = 0; i < ARRAY_LEN(older); i++)
        add(c, 1 + (int64_t)i, older[i], .9);
}

/* By hand: k1 = floor(.1 * 10) = 1, the largest M_0 is 4, of M_1 under 1, so q
 * = (4, 1); k2 = floor(.1 * 10) = 1, the largest V of max(2/4, .5), (3.6/4, 1.1),
 * …, (5/4, .4), …, (.8/4, 1.6) is 1.6; tau = (6.4, 1.6). */
static void
known_answer(void **state)
{
    (void)state;
    static const struct {
        double rollout[CALIBRATION_STATISTICS];
        double floor;
        int    crossed;
    } cases[] = {
        {{6.3, 1.5}, .1, -1},   {{6.5, 0}, .1, 0},  {{6.4, 0}, .1, -1}, /* over, not at */
        {{6.5, 0}, .0015, -1},                      /* strict: -log(.0015) = 6.502 */
        {{6.503, 0}, .0015, 0}, {{0, 2.2}, .1, -1}, /* over tau_1, under log 10 = 2.303 */
        {{0, 2.31}, .1, 1},     {{6.5, 3}, .1, 1},  /* over by most */
    };
    struct calibration_plan   plan = {.alpha = .1, .floor = .1, .window_ms = 1000};
    struct calibration        c;
    struct calibration_frozen f;

    calibration_init(&c);
    add_known(&c);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        plan.floor = cases[i].floor;
        f = calibration_freeze(&c, &plan);
        assert_int_equal(f.use, CALIBRATION_USED);
        assert_int_equal(f.older, 10);
        assert_int_equal(f.newer, 9);
        assert_int_equal(f.rank, 1);
        check_close(f.scale[0], 4, 0);
        check_close(f.scale[1], 1, 0);
        check_close(f.v, 1.6, 0);
        check_close(f.tau[0], 6.4, 1e-15);
        check_close(f.tau[1], 1.6, 0);
        if (calibration_crossed(&f, cases[i].rollout) != cases[i].crossed)
            fail_msg("case %zu: %d", i, calibration_crossed(&f, cases[i].rollout));
    }
    calibration_release(&c);
}

/* A heavy-tailed M_j for each statistic, all driven by the window's own luck. */
static void
random_window(struct prng *r, struct calibration_window *w)
{
    double luck = traffic_uniform(r);

    for (int j = 0; j < CALIBRATION_STATISTICS; j++)
        w->log_w[j] = -log(luck * traffic_uniform(r)) * (1 + 3 * (j == 2) * (luck < .05));
}

/* The law behind the promise: among N2 + 1 windows, at most k2 are over the v
 * that the other N2 give.  Each newer window in turn plays the rollout; no
 * chance is left in it. */
static void
at_most_the_rank_is_over(void **state)
{
    (void)state;
    enum { OLDER = 60, NEWER = 59 };
    static const double       alphas[] = {.02, .05, .0833, .25, .5};
    struct calibration_window all[OLDER + NEWER + 1];
    struct prng               r = {.state = 11};

    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < OLDER + NEWER + 1; i++) {
            all[i] = window(i + 1, 0, 0);
            random_window(&r, &all[i]);
        }
        for (size_t a = 0; a < ARRAY_LEN(alphas); a++) {
            struct calibration_plan plan = {.alpha = alphas[a], .floor = 1, .window_ms = 1000};
            unsigned                over = 0, rank = 0;

            for (int out = OLDER; out < OLDER + NEWER + 1; out++) {
                struct calibration        c;
                struct calibration_frozen f;

                calibration_init(&c);
                for (int i = 0; i < OLDER + NEWER + 1; i++)
                    if (i != out)
                        calibration_add(&c, &all[i]);
                f = calibration_freeze(&c, &plan);
                assert_int_equal(f.older, OLDER);
                rank = f.rank;
                over += calibration_crossed(&f, all[out].log_w) >= 0;
                calibration_release(&c);
            }
            assert_int_equal(rank, (unsigned)(alphas[a] * (NEWER + 1) + 1e-9));
            if (over > rank)
                fail_msg("alpha %g: %u of %d are over, at most %u may", alphas[a], over, NEWER + 1,
                         rank);
            /* Without ties it is exactly the rank: no evidence is given away. */
            assert_int_equal(over, rank);
        }
    }
}

static void
too_little_is_said_so(void **state)
{
    (void)state;
    static const struct {
        int                  n;
        double               alpha, least;
        enum calibration_use use;
    } cases[] = {
        {0, .01, 0, CALIBRATION_YOUNG},
        {197, .01, 0, CALIBRATION_YOUNG},  /* 98 newer ones: floor(.99) = 0 */
        {198, .01, 0, CALIBRATION_USED},   /* 99 newer ones */
        {246, .008, 0, CALIBRATION_YOUNG}, /* 123 newer ones: floor(.992) */
        {248, .008, 0, CALIBRATION_USED},
        {198, .01, 100, CALIBRATION_USED},
        {198, .01, 100.5, CALIBRATION_UNDERFED},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct calibration_plan   plan = {.alpha = cases[i].alpha,
                                          .floor = .1,
                                          .least_requests = cases[i].least,
                                          .window_ms = 1000};
        struct calibration        c;
        struct calibration_frozen f;
        double                    huge[CALIBRATION_STATISTICS] = {700, 700, 700, 700};

        calibration_init(&c);
        for (int k = 0; k < cases[i].n; k++)
            add(&c, k + 1, 1, 1);
        f = calibration_freeze(&c, &plan);
        if (f.use != cases[i].use)
            fail_msg("case %zu: %s", i, calibration_use_text(f.use));
        assert_int_equal(f.seen, cases[i].n);
        /* What is not used never aborts. */
        assert_int_equal(calibration_crossed(&f, huge) >= 0, f.use == CALIBRATION_USED);
        calibration_release(&c);
    }
}

static void
holds_for_what_was_planned(void **state)
{
    (void)state;
    static const struct {
        int64_t  judged_ms;
        uint64_t requests;
        uint32_t pods;
        bool     holds;
    } cases[] = {
        {1000, 50, 2, true},  {1001, 50, 2, false}, {1000, 51, 2, false},
        {1000, 50, 1, false}, {0, 0, 9, true},
    };
    struct calibration_plan plan = {.alpha = .1, .window_ms = 1000, .most_requests = 50};
    struct calibration      c;

    plan.floor = .1;
    calibration_init(&c);
    for (int k = 0; k < 40; k++) {
        struct calibration_window w = window(k + 1, 1, 1);

        w.placebo_pods = k == 3 ? 2 : 1;
        calibration_add(&c, &w);
    }
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct calibration_frozen f = calibration_freeze(&c, &plan);

        if (calibration_holds(&f, cases[i].judged_ms, cases[i].requests, cases[i].pods) !=
            cases[i].holds)
            fail_msg("case %zu", i);
        f.use = CALIBRATION_YOUNG;
        assert_false(calibration_holds(&f, cases[i].judged_ms, cases[i].requests, cases[i].pods));
    }
    plan.most_requests = 0; /* no limit */
    {
        struct calibration_frozen f = calibration_freeze(&c, &plan);

        assert_true(calibration_holds(&f, 1, UINT64_MAX, 2));
    }
    calibration_release(&c);
}

/* Placebos of the same minutes stay on one side. */
static void
halves_part_between_windows(void **state)
{
    (void)state;
    struct calibration_plan plan = {.alpha = .1, .floor = .1, .window_ms = 1000};
    struct calibration      c;

    calibration_init(&c);
    for (int k = 0; k < 10; k++)
        for (int pod = 0; pod < 5; pod++)
            add(&c, k + 1, k, pod);
    assert_int_equal(calibration_freeze(&c, &plan).older, 25);
    for (int pod = 0; pod < 5; pod++)
        add(&c, 11, 0, pod);
    /* 55: 28 by count, which is within the sixth window. */
    assert_int_equal(calibration_freeze(&c, &plan).older, 25);
    calibration_release(&c);
}

static void
record_is_bounded_and_forgets(void **state)
{
    (void)state;
    struct calibration c;

    calibration_init(&c);
    for (int k = 0; k < CALIBRATION_MAX_WINDOWS + 10; k++)
        add(&c, k + 1, 1, 1);
    assert_int_equal(c.n, CALIBRATION_MAX_WINDOWS / 8 * 7 + 10);
    assert_int_equal(c.at[0].end_ms, (CALIBRATION_MAX_WINDOWS / 8 + 1) * 1000);
    calibration_forget(&c, CALIBRATION_MAX_WINDOWS * 1000);
    assert_int_equal(c.at[0].end_ms, CALIBRATION_MAX_WINDOWS * 1000);
    assert_int_equal(c.n, 11);
    calibration_forget(&c, INT64_MAX);
    assert_int_equal(c.n, 0);
    calibration_release(&c);
}

static void
counts_what_would_have_been(void **state)
{
    (void)state;
    static const bool        fate[] = {true, false, true, true, false};
    struct calibration_plan  plan = {.alpha = .1, .floor = .1, .window_ms = 1000, .since_ms = 2000};
    struct calibration       c;
    struct calibration_tally t;

    calibration_init(&c);
    for (int i = 0; i < (int)ARRAY_LEN(fate); i++) {
        struct calibration_window w = window(i + 1, 1, 1);

        w.rolled_back = fate[i];
        calibration_add(&c, &w);
    }
    t = calibration_freeze(&c, &plan).tally;
    assert_int_equal(t.placebos, 4);
    assert_int_equal(t.rolled_back, 2);
    calibration_release(&c);
}

static void
bad_windows_are_refused(void **state)
{
    (void)state;
    struct calibration_window w[] = {window(1, NAN, 0), window(1, INFINITY, 0), window(1, -.1, 0),
                                     window(1, 0, 0),   window(1, 0, 0),        window(1, 0, 0)};

    w[3].end_ms = w[3].start_ms;
    w[4].placebo_pods = w[4].pods;
    w[5].requests = w[5].all_requests + 1;
    for (size_t i = 0; i < ARRAY_LEN(w); i++)
        assert_false(calibration_window_valid(&w[i]));
}

static void
packs_bit_for_bit(void **state)
{
    (void)state;
    struct calibration_plan   plan = {.alpha = .1, .floor = .1, .window_ms = 1000};
    struct calibration        c;
    struct calibration_frozen f, back;
    struct text               t, again;
    struct unpack             in;

    calibration_init(&c);
    add_known(&c);
    f = calibration_freeze(&c, &plan);
    text_init(&t, 4096);
    text_init(&again, 4096);
    calibration_frozen_pack(&f, &t);
    in = (struct unpack){.rest = text_slice(&t)};
    calibration_frozen_unpack(&back, &in);
    assert_false(in.bad);
    assert_int_equal(in.rest.n, 0);
    calibration_frozen_pack(&back, &again);
    assert_true(slice_equal(text_slice(&t), text_slice(&again)));
    /* Cut short, of another version, a threshold that is no number. */
    for (size_t n = 0; n < t.n; n++) {
        in = (struct unpack){.rest = {t.p, n}};
        calibration_frozen_unpack(&back, &in);
        assert_true(in.bad);
    }
    t.p[0]++;
    in = (struct unpack){.rest = text_slice(&t)};
    calibration_frozen_unpack(&back, &in);
    assert_true(in.bad);
    f.tau[2] = NAN;
    text_clear(&t);
    calibration_frozen_pack(&f, &t);
    in = (struct unpack){.rest = text_slice(&t)};
    calibration_frozen_unpack(&back, &in);
    assert_true(in.bad);
    text_release(&t);
    text_release(&again);
    calibration_release(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answer),
        cmocka_unit_test(at_most_the_rank_is_over),
        cmocka_unit_test(too_little_is_said_so),
        cmocka_unit_test(holds_for_what_was_planned),
        cmocka_unit_test(halves_part_between_windows),
        cmocka_unit_test(record_is_bounded_and_forgets),
        cmocka_unit_test(counts_what_would_have_been),
        cmocka_unit_test(bad_windows_are_refused),
        cmocka_unit_test(packs_bit_for_bit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
