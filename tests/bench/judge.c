/* judge [--quick]: nanoseconds of CPU time per closed interval in each check, and the
 * bytes of its state, with 64 pods, six latency bounds and both objectives, in
 * both views.  Medians over rounds; one core. */
#include "analyzer/guard.h"
#include "analyzer/judgement.h"
#include "analyzer/threshold.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A round is a rollout of 30 minutes, so that the state is as in life. */
enum { MOST_ROUNDS = 1001, PREPARED = 16, WARM = 12, ROLLOUT = 348 };

struct judged {
    struct judgement judgement;
    struct threshold success_rate, p95;
    struct guard     guard;
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

    p.success_rate.on = p.p95.on = true;
    p.error_rate = (struct policy_comparison){true, 1.1, .0005, 1.5, .001};
    p.latency = (struct policy_comparison){true, 1.25, .0025, 2, .01};
    p.client_errors = (struct policy_comparison){true, 1.5, .005, 2, .01};
    p.slo.success_rate = .99;
    p.slo.p95_ms = 250;
    p.success_rate.min = .99;
    p.p95.max_ms = 250;
    p.p95.quantile = .95;
    p.success_rate.window_ms = p.p95.window_ms = 60000;
    p.success_rate.min_requests = p.p95.min_requests = 100;
    return &p;
}

static void
prepare_view(struct interval *i, enum counts_view view, unsigned turn)
{
    static const double       le_ms[] = {.5,    1,      5,      10,      25,     50,    100,
                                         250,   500,    1000,   2500,    5000,   10000, 30000,
                                         60000, 300000, 600000, 1800000, 3600000};
    struct counts_bounds     *b = &i->bounds[view];
    struct interval_monitored m = {.n = INTERVAL_MONITORED,
                                   .le_ms = {50, 100, 250, 500, 1000, 2500}};

    i->present[view] = true;
    i->monitored[view] = m;
    b->n = ARRAY_LEN(le_ms) + 1;
    memcpy(b->le_ms, le_ms, sizeof le_ms);
    b->le_ms[b->n - 1] = INFINITY;
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        struct counts *c = &i->arm[view][arm];
        uint64_t       n = arm == ARM_CANARY ? 128 : 1152;

        c->by_class[CLASS_APP] = (turn * 7 + (unsigned)arm) % 5 * n / 500;
        c->by_class[CLASS_OK] = n - c->by_class[CLASS_APP];
        c->client_errors = n / 100;
        for (uint32_t k = 3; k < 11; k++)
            c->bucket[k] = n / 8;
    }
}

/* 256 requests/s at 10 %, 0.5 % faults, Envoy's 20 buckets; 32 pods on each arm. */
static void
prepare(void)
{
    for (unsigned t = 0; t < PREPARED; t++) {
        struct interval *i = &intervals[t];

        for (int view = 0; view < VIEW_COUNT; view++)
            prepare_view(i, (enum counts_view)view, t);
        i->n_pods = INTERVAL_MAX_PODS;
        for (uint32_t p = 0; p < i->n_pods; p++) {
            struct interval_pod *pod = &i->pods[p]; /* sorted by name: v1, then v2 */
            bool                 canary = p >= i->n_pods / 2;

            snprintf(pod->name, sizeof pod->name, "reviews-%s-7d9c6bd5f6-%05u",
                     canary ? "v2" : "v1", p * 1500);
            pod->arm = canary ? ARM_CANARY : ARM_BASELINE;
            pod->requests = pod->timed = canary ? 4 : 36;
            pod->faults = (t + p) % 16 == 0;
            pod->client_errors = (t + p) % 8 == 0;
            for (int k = 0; k < INTERVAL_MONITORED; k++)
                pod->over[k] = pod->timed / (uint64_t)(2 << k);
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
apply_judgement(int64_t *tick)
{
    judgement_apply(&judge.judgement, next(tick), VIEW_USER, true);
}

static void
tell_judgement(int64_t *tick)
{
    struct check_result all[CHECK_COUNT];

    (void)tick;
    judgement_results(&judge.judgement, VIEW_USER, all);
    sink = all[CHECK_ERROR_RATE].evidence;
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

    apply_judgement(tick);
    apply_thresholds(&same);
    guard_apply(&judge.guard, &intervals[same % PREPARED], VIEW_USER);
    tell_judgement(tick);
    tell_thresholds(tick);
    sink = guard_result(&judge.guard).value;
}

static const struct {
    const char *what;
    void (*once)(int64_t *tick);
} cases[] = {
    {"sequential checks: take in", apply_judgement},
    {"sequential checks: tell", tell_judgement},
    {"success_rate and p95: take in", apply_thresholds},
    {"success_rate and p95: tell", tell_thresholds},
    {"guard: take in and tell", apply_guard},
    {"all checks: take in and tell", apply_all},
};

static double
now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
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
    const struct calibration_frozen none = calibration_none(CALIBRATION_OFF);
    int64_t                         tick = 0;

    judgement_init(&judge.judgement, policy(), .01, &none);
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
    judgement_pack(&judge.judgement, &t);
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
