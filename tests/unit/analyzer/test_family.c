#include "analyzer/family.h"
#include "analyzer/gm.h"
#include "analyzer/logsum.h"
#include "tests/unit/analyzer/traffic.h"

#include <string.h>
#include <time.h>

static struct family_plan
plan_of_all(void)
{
    struct family_plan p = {.pods = true, .calibrated = true, .own_block_ms = 5000, .own_least = 2};

    p.margin[FAMILY_ERRORS] = (struct family_margin){true, 1.1, .0005};
    p.margin[FAMILY_CLIENT_ERRORS] = (struct family_margin){true, 1.2, .002};
    for (int q = FAMILY_LATENCY; q < FAMILY_QUESTIONS; q++)
        p.margin[q] = (struct family_margin){true, 1.25, .0025};
    return p;
}

/* c canary and b baseline pods with n requests each; shares of bad requests on
 * both arms alike, the canary's times worse. */
static struct family_sample
traffic(struct prng *r, uint32_t c, uint32_t b, uint64_t n, double worse)
{
    static const double  share[FAMILY_QUESTIONS] = {.01, .03, .4, .2, .1, .05, .01, .001};
    struct family_sample s = {.length_ms = 5000, .n_pods = b + c};

    for (uint32_t u = 0; u < b + c; u++) {
        struct family_pod *p = &s.pods[u];

        p->key = UINT64_C(0x9e3779b97f4a7c15) * (u + 1);
        p->arm = u < c ? ARM_CANARY : ARM_BASELINE;
        for (int base = 0; base < FAMILY_BASES; base++)
            p->n[base] = n;
        for (enum family_question q = 0; q < FAMILY_QUESTIONS; q++) {
            p->x[q] = traffic_binomial(r, n, fmin(.9, share[q] * (u < c ? worse : 1)));
            s.pair[q].n[p->arm] += n;
            s.pair[q].x[p->arm] += p->x[q];
        }
    }
    return s;
}

static void
apply(struct family *f, const struct family_sample *s)
{
    struct family_odds odds = {0};

    assert_true(family_apply(f, s, &odds));
}

/* Several questions share what they have in common; each is what gm.h makes of
 * it alone. */
static void
each_gm_is_that_of_gm_h(void **state)
{
    (void)state;
    const struct family_plan plan = plan_of_all();
    struct prng              r = {.state = 1};
    struct gm                alone[FAMILY_QUESTIONS];
    struct family            f;

    family_init(&f, &plan);
    for (int q = 0; q < FAMILY_QUESTIONS; q++) {
        const struct gm_plan p = gm_plan_worse(plan.margin[q].rho, plan.margin[q].delta);

        gm_init(&alone[q], &p);
    }
    for (uint32_t i = 0; i < 40; i++) {
        struct family_sample s = traffic(&r, 1 + i % 2, 4, 100, 1.5);

        s.pair[FAMILY_QUESTIONS - 1] = (struct pair){0};
        apply(&f, &s);
        for (enum family_question q = 0; q < FAMILY_QUESTIONS; q++) {
            gm_apply(&alone[q], &s.pair[q], s.length_ms, 1);
            check_close(family_log_e(&f, q, FAMILY_GM), gm_log_e(&alone[q]), 1e-12);
        }
    }
}

/* Three intervals of the block that robust.h's known answers use: R_15 is the
 * value computed independently, R_5 the one after three blocks. */
static void
blocks_are_as_long_as_their_names_say(void **state)
{
    (void)state;
    const struct family_plan plan = plan_of_all();
    struct family_sample     s = {.length_ms = 5000, .n_pods = 4};
    struct family            f;

    for (uint32_t u = 0; u < 4; u++) {
        static const uint64_t x[] = {1, 0, 4, 3};

        s.pods[u] = (struct family_pod){.key = (u + 1) << 8,
                                        .arm = u < 2 ? ARM_BASELINE : ARM_CANARY,
                                        .n = {250, 250, 250},
                                        .x = {x[u]}};
    }
    s.pair[FAMILY_ERRORS] = (struct pair){.n = {500, 500}, .x = {7, 1}};
    family_init(&f, &plan);
    for (int i = 0; i < 3; i++)
        apply(&f, &s);
    check_close(exp(robust_log_e(&f.robust[FAMILY_R5 - FAMILY_R5][FAMILY_ERRORS])),
                5.45244155906798, 1e-13);
    check_close(exp(robust_log_e(&f.robust[FAMILY_R15 - FAMILY_R5][FAMILY_ERRORS])),
                1.48643667157157, 1e-13);
    check_close(robust_log_e(&f.robust[FAMILY_R60 - FAMILY_R5][FAMILY_ERRORS]), 0, 1e-15);
    assert_int_equal(f.open[FAMILY_R60 - FAMILY_R5].intervals, 3);
    assert_int_equal(f.open[FAMILY_OWN - FAMILY_R5].intervals, 1); /* two in a block */
}

static void
each_statistic_is_the_smaller_of_its_halves(void **state)
{
    (void)state;
    const struct family_plan plan = plan_of_all();
    struct prng              r = {.state = 3};
    struct family            f;

    family_init(&f, &plan);
    for (int i = 0; i < 30; i++) {
        struct family_sample s = traffic(&r, 2, 3, 200, 3);

        apply(&f, &s);
    }
    for (enum family_question q = 0; q < FAMILY_QUESTIONS; q++)
        for (enum family_statistic j = FAMILY_R5; j < FAMILY_STATISTICS; j++)
            check_close(
                family_log_e(&f, q, j),
                fmin(family_log_e(&f, q, FAMILY_GM), robust_log_e(&f.robust[j - FAMILY_R5][q])), 0);
    assert_true(family_log_e(&f, FAMILY_ERRORS, FAMILY_R15) > log(100));
}

/* Intervals until a block of FAMILY_OWN is settled. */
static uint32_t
own_block(struct family_plan plan, uint32_t canary_pods)
{
    struct prng          r = {.state = 5};
    struct family_sample s = traffic(&r, canary_pods, 6, 100, 1);
    struct family        f;

    family_init(&f, &plan);
    for (uint32_t n = 1; n < 100; n++) {
        apply(&f, &s);
        if (!f.open[FAMILY_OWN - FAMILY_R5].intervals)
            return n;
    }
    return 0;
}

static void
own_blocks_are_longer_with_three_canary_pods(void **state)
{
    (void)state;
    struct family_plan plan = plan_of_all();

    plan.own_least = 1;
    assert_int_equal(own_block(plan, 1), 1);
    assert_int_equal(own_block(plan, 2), 1);
    assert_int_equal(own_block(plan, 3), 3);
    plan.own_least = 2;
    assert_int_equal(own_block(plan, 1), 2);
    plan.own_block_ms = 60000;
    assert_int_equal(own_block(plan, 1), 12);
    assert_int_equal(own_block(plan, 3), 12);
}

static void
latency_is_the_mean_over_its_bounds(void **state)
{
    (void)state;
    struct family_plan     plan = plan_of_all();
    struct prng            r = {.state = 9};
    struct family_evidence e;
    struct family          f;
    double                 sum = 0;

    plan.margin[FAMILY_LATENCY + 5].asked = false;
    family_init(&f, &plan);
    for (int i = 0; i < 3; i++) {
        struct family_sample s = traffic(&r, 2, 3, 200, 1.3);

        apply(&f, &s);
    }
    family_evidence(&f, &e);
    for (enum family_question q = FAMILY_LATENCY; q < FAMILY_LATENCY + 5; q++)
        sum += exp(family_log_e(&f, q, FAMILY_R5));
    check_close(exp(e.latency[FAMILY_R5]), sum / 5, 1e-12 * sum);
    check_close(e.errors[FAMILY_GM], family_log_e(&f, FAMILY_ERRORS, FAMILY_GM), 0);
}

static void
what_is_not_asked_or_not_kept_says_nothing(void **state)
{
    (void)state;
    struct family_plan     plan = {.own_block_ms = 15000};
    struct prng            r = {.state = 4};
    struct family_evidence e;
    struct family          f;

    plan.margin[FAMILY_ERRORS] = (struct family_margin){true, 1.1, .0005};
    family_init(&f, &plan);
    for (int i = 0; i < 50; i++) {
        struct family_sample s = traffic(&r, 1, 9, 1000, 2);

        apply(&f, &s);
    }
    family_evidence(&f, &e);
    assert_true(e.errors[FAMILY_OWN] > 1);
    check_close(e.errors[FAMILY_R15], 0, 0);
    check_close(e.client_errors[FAMILY_GM], 0, 0);
    check_close(e.latency[FAMILY_GM], 0, 0);
    check_close(e.latency[FAMILY_OWN], 0, 0);
    assert_int_equal(f.open[FAMILY_OWN - FAMILY_R5].n_pods, 0); /* pods are not read */
}

/* A block never spans what was left out. */
static void
a_break_settles_the_open_blocks(void **state)
{
    (void)state;
    const struct family_plan plan = plan_of_all();
    struct prng              r = {.state = 6};
    struct family_sample     s = traffic(&r, 2, 2, 1000, 4);
    struct family            f;

    family_init(&f, &plan);
    apply(&f, &s);
    check_close(robust_log_e(&f.robust[FAMILY_R60 - FAMILY_R5][FAMILY_ERRORS]), 0, 1e-15);
    family_break(&f);
    assert_true(robust_log_e(&f.robust[FAMILY_R60 - FAMILY_R5][FAMILY_ERRORS]) > .1);
    for (int block = 0; block < FAMILY_BLOCKS; block++)
        assert_int_equal(f.open[block].intervals, 0);
    check_restore(family_pack, family_unpack, &f, &f);
}

static void
samples_that_are_no_counts_change_nothing(void **state)
{
    struct family_odds odds = {0};
    (void)state;
    const struct family_plan   plan = plan_of_all();
    struct prng                r = {.state = 8};
    const struct family_sample good = traffic(&r, 2, 3, 100, 1);
    struct family_sample       bad[6];
    struct family              f, untouched;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        bad[i] = good;
    bad[0].pair[FAMILY_LATENCY].x[ARM_CANARY] = good.pair[FAMILY_LATENCY].n[ARM_CANARY] + 1;
    bad[1].pods[3].x[FAMILY_CLIENT_ERRORS] = 101;
    bad[2].pods[1].arm = ARM_COUNT;
    bad[3].length_ms = 0;
    bad[4].n_pods = FAMILY_MAX_PODS + 1;
    bad[5].pods[0].n[FAMILY_OF_TIMED] = PAIR_MAX_REQUESTS + 1;
    family_init(&f, &plan);
    family_init(&untouched, &plan);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(family_apply(&f, &bad[i], &odds));
    check_same_state(family_pack, &f, &untouched);
}

static void
a_restored_one_goes_on_as_if_never_stopped(void **state)
{
    (void)state;
    const struct family_plan plan = plan_of_all();
    struct prng              r = {.state = 2};
    struct family            on, off, back;

    family_init(&on, &plan);
    family_init(&off, &plan);
    for (uint32_t i = 0; i < 30; i++) {
        struct family_sample s = traffic(&r, 1 + i / 10, 5, 150, 1.4);

        apply(&on, &s);
        apply(&off, &s);
        family_init(&back, &plan);
        check_restore(family_pack, family_unpack, &off, &back);
        for (enum family_question q = 0; q < FAMILY_QUESTIONS; q++)
            check_close(family_log_e(&back, q, FAMILY_OWN), family_log_e(&on, q, FAMILY_OWN), 0);
        off = back;
        check_same_state(family_pack, &off, &on);
    }
}

static void
state_of_another_version_is_refused(void **state)
{
    (void)state;
    const struct family_plan plan = plan_of_all();
    struct family            f;
    struct text              t;
    struct unpack            in;

    text_init(&t, 1 << 20);
    family_init(&f, &plan);
    family_pack(&f, &t);
    t.p[0]++;
    in = (struct unpack){.rest = text_slice(&t)};
    family_unpack(&f, &in);
    assert_true(in.bad);
    text_release(&t);
}

/* What must still come, at the rates seen, is about what then comes. */
static void
need_is_enough_and_not_far_too_much(void **state)
{
    (void)state;
    struct family_plan plan = plan_of_all();
    struct prng        r = {.state = 12};
    struct pair        seen = {0};
    struct family      f;
    double             need;
    uint64_t           used = 0;

    plan.own_block_ms = 15000;
    family_init(&f, &plan);
    for (int i = 0; i < 30; i++) {
        struct family_sample s = traffic(&r, 1, 9, 100, 3);

        pair_add(&seen, &s.pair[FAMILY_ERRORS]);
    }
    need = family_need(&f, FAMILY_ERRORS, &seen, 150000, log(100));
    assert_true(need > 0);
    for (; family_log_e(&f, FAMILY_ERRORS, FAMILY_OWN) < log(100); used += 100) {
        struct family_sample s = traffic(&r, 1, 9, 100, 3);

        apply(&f, &s);
    }
    assert_in_range(used, (uint64_t)(need / 3), (uint64_t)(need * 3));
    check_close(family_need(&f, FAMILY_ERRORS, &seen, 150000, log(100)), 0, 0);
    seen.x[ARM_CANARY] = 0;
    assert_true(isnan(family_need(&f, FAMILY_ERRORS, &seen, 150000, log(1e9))));
}

/* Wanted of all checks of a run: 16 KiB and 5 us.  The blocks are largest just
 * before the one of a minute is settled. */
static void
sixty_four_pods_need_little(void **state)
{
    (void)state;
    const struct family_plan plan = plan_of_all();
    struct prng              r = {.state = 11};
    struct family            f;
    struct family_sample     s[16];
    struct text              t;
    struct timespec          from, to;
    int                      n = 0;

    family_init(&f, &plan);
    for (size_t i = 0; i < ARRAY_LEN(s); i++)
        s[i] = traffic(&r, 16, 48, 2000, 1);
    for (size_t i = 0; i < 11; i++)
        apply(&f, &s[i]);
    text_init(&t, 1 << 20);
    family_pack(&f, &t);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (; n < 2000; n++)
        apply(&f, &s[n % (int)ARRAY_LEN(s)]);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    printf("64 pods, 8 questions, 4 block lengths: %zu bytes stored, %zu in memory, %.2f us\n", t.n,
           sizeof f,
           ((double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3) /
               n);
    assert_in_range(t.n, 1, 12 * 1024);
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_gm_is_that_of_gm_h),
        cmocka_unit_test(blocks_are_as_long_as_their_names_say),
        cmocka_unit_test(each_statistic_is_the_smaller_of_its_halves),
        cmocka_unit_test(own_blocks_are_longer_with_three_canary_pods),
        cmocka_unit_test(latency_is_the_mean_over_its_bounds),
        cmocka_unit_test(what_is_not_asked_or_not_kept_says_nothing),
        cmocka_unit_test(a_break_settles_the_open_blocks),
        cmocka_unit_test(samples_that_are_no_counts_change_nothing),
        cmocka_unit_test(a_restored_one_goes_on_as_if_never_stopped),
        cmocka_unit_test(state_of_another_version_is_refused),
        cmocka_unit_test(need_is_enough_and_not_far_too_much),
        cmocka_unit_test(sixty_four_pods_need_little),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
