/* judge [--quick]: nanoseconds per closed interval in each check, and the
 * bytes of its state.  Medians over rounds; one core. */
#include "analyzer/error_rate.h"
#include "analyzer/guard.h"
#include "analyzer/threshold.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A round is a rollout of 30 minutes, so that the state is as in life. */
enum { MOST_ROUNDS = 1001, PREPARED = 16, WARM = 12, ROLLOUT = 348 };

struct judged {
    struct error_rate error_rate;
    struct threshold  success_rate, p95;
    struct guard      guard;
};

static struct interval intervals[PREPARED];
static struct judged   judge;
static volatile double sink; /* keeps results alive */

static const struct policy *
policy(void)
{
    static struct policy p = {
        .false_rollback_rate = .01,
        .false_pass_rate = .05,
        .guard = true,
        .robust_block_ms = 15000,
        .min_requests = 100,
    };

    p.error_rate.on = p.success_rate.on = p.p95.on = true;
    p.error_rate.ratio_margin = 1.1;
    p.error_rate.absolute_margin = .0005;
    p.error_rate.pass_ratio_margin = 1.5;
    p.error_rate.pass_absolute_margin = .001;
    p.success_rate.min = .99;
    p.p95.max_ms = 250;
    p.p95.quantile = .95;
    p.success_rate.window_ms = p.p95.window_ms = 60000;
    p.success_rate.min_requests = p.p95.min_requests = 100;
    return &p;
}

/* 200 requests/s at 10 %, 0.5 % faults, Envoy's 20 buckets. */
static void
prepare(void)
{
    static const double le_ms[] = {.5,    1,      5,      10,      25,     50,    100,
                                   250,   500,    1000,   2500,    5000,   10000, 30000,
                                   60000, 300000, 600000, 1800000, 3600000};

    for (unsigned i = 0; i < PREPARED; i++) {
        struct counts_bounds *b = &intervals[i].bounds[VIEW_USER];

        b->n = ARRAY_LEN(le_ms) + 1;
        memcpy(b->le_ms, le_ms, sizeof le_ms);
        b->le_ms[b->n - 1] = INFINITY;
        for (int arm = 0; arm < ARM_COUNT; arm++) {
            struct counts *c = &intervals[i].arm[VIEW_USER][arm];
            uint64_t       n = arm == ARM_CANARY ? 100 : 900;

            c->by_class[CLASS_APP] = (i * 7 + (unsigned)arm) % 5 * n / 500;
            c->by_class[CLASS_OK] = n - c->by_class[CLASS_APP];
            for (uint32_t k = 3; k < 9; k++)
                c->bucket[k] = n / 6;
        }
    }
}

static const struct interval *
next(int64_t *tick)
{
    struct interval *i = &intervals[*tick % PREPARED];

    i->start_ms = *tick * 5000;
    i->end_ms = ++*tick * 5000;
    return i;
}

static void
apply_error_rate(int64_t *tick)
{
    error_rate_apply(&judge.error_rate, next(tick), VIEW_USER, true);
}

static void
tell_error_rate(int64_t *tick)
{
    (void)tick;
    sink = error_rate_result(&judge.error_rate, .01).evidence;
}

static void
apply_thresholds(int64_t *tick)
{
    const struct interval *i = next(tick);

    threshold_apply(&judge.success_rate, i, VIEW_USER, true);
    threshold_apply(&judge.p95, i, VIEW_USER, true);
}

static void
tell_thresholds(int64_t *tick)
{
    (void)tick;
    sink = threshold_result(&judge.success_rate).value + threshold_result(&judge.p95).value;
}

static void
apply_guard(int64_t *tick)
{
    guard_apply(&judge.guard, next(tick), VIEW_USER);
    sink = guard_result(&judge.guard).value;
}

static void
apply_all(int64_t *tick)
{
    int64_t same = *tick;

    apply_error_rate(tick);
    apply_thresholds(&same);
    guard_apply(&judge.guard, &intervals[same % PREPARED], VIEW_USER);
    tell_error_rate(tick);
    tell_thresholds(tick);
    sink = guard_result(&judge.guard).value;
}

static const struct {
    const char *what;
    void (*once)(int64_t *tick);
} cases[] = {
    {"error_rate: take an interval in", apply_error_rate},
    {"error_rate: tell the result", tell_error_rate},
    {"success_rate and p95: take in", apply_thresholds},
    {"success_rate and p95: tell", tell_thresholds},
    {"guard: take in and tell", apply_guard},
    {"all checks: take in and tell", apply_all},
};

static double
now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int
rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void
start_over(void)
{
    int64_t tick = 0;

    error_rate_init(&judge.error_rate, policy());
    threshold_init(&judge.success_rate, CHECK_SUCCESS_RATE, policy());
    threshold_init(&judge.p95, CHECK_P95, policy());
    guard_init(&judge.guard, policy());
    for (int i = 0; i < WARM; i++)
        apply_all(&tick);
}

static double
median_ns(void (*once)(int64_t *), int rounds)
{
    double each[MOST_ROUNDS];

    for (int r = 0; r < rounds; r++) {
        int64_t tick = WARM;
        double  start;

        start_over();
        start = now_ns();
        for (int i = 0; i < ROLLOUT; i++)
            once(&tick);
        each[r] = (now_ns() - start) / ROLLOUT;
    }
    qsort(each, (size_t)rounds, sizeof each[0], rising);
    return each[rounds / 2];
}

static void
print_state_bytes(void)
{
    struct text t;

    text_init(&t, 1 << 20);
    error_rate_pack(&judge.error_rate, &t);
    threshold_pack(&judge.success_rate, &t);
    threshold_pack(&judge.p95, &t);
    guard_pack(&judge.guard, &t);
    printf("%-34s %8zu bytes in memory, %zu stored\n", "state of all checks", sizeof judge, t.n);
    text_release(&t);
}

int
main(int argc, char **argv)
{
    bool quick = argc == 2 && strcmp(argv[1], "--quick") == 0;

    if (argc > 1 && !quick) {
        fprintf(stderr, "usage: judge [--quick]\n");
        return 2;
    }
    prepare();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        printf("%-34s %8.0f ns\n", cases[i].what,
               median_ns(cases[i].once, quick ? 51 : MOST_ROUNDS));
    print_state_bytes();
    return 0;
}
