#include "analyzer/latency.h"
#include "tests/unit/analyzer/traffic.h"

#include <string.h>

#define INF ((double)INFINITY)

static const struct policy usual = {
    .false_pass_rate = .05, .min_requests = 100, .latency = {true, 1.25, .0025, 2, .01}};

static struct interval scratch;
static struct family   harm;

static struct check_result
result(const struct latency *l)
{
    struct comparison_told told = {.harm = &harm, .judged_ms = 60000, .log_limit = log(100)};

    return latency_result(l, &told);
}

/* Of 100 requests of the canary so many over 100 ms, and of these over 1 s; of
 * 900 of the baseline 45 and 9. */
static void
feed(struct latency *l, int n, uint64_t slow, uint64_t very_slow, bool histogram)
{
    struct interval *i = &scratch;
    struct gm_odds   odds = {0};

    memset(i, 0, sizeof *i);
    i->end_ms = 5000;
    i->present[VIEW_USER] = true;
    i->arm[VIEW_USER][ARM_CANARY].by_class[CLASS_OK] = 100;
    i->arm[VIEW_USER][ARM_BASELINE].by_class[CLASS_OK] = 900;
    if (histogram) {
        const uint64_t canary[] = {100 - slow, slow - very_slow, very_slow};
        const uint64_t baseline[] = {855, 36, 9};

        i->bounds[VIEW_USER] = (struct counts_bounds){.n = 3, .le_ms = {100, 1000, INF}};
        i->monitored[VIEW_USER] = (struct interval_monitored){.n = 2, .le_ms = {100, 1000}};
        memcpy(i->arm[VIEW_USER][ARM_CANARY].bucket, canary, sizeof canary);
        memcpy(i->arm[VIEW_USER][ARM_BASELINE].bucket, baseline, sizeof baseline);
    }
    for (int k = 0; k < n; k++)
        latency_apply(l, i, VIEW_USER, true, &odds);
}

/* Pass needs every bound: one that is worse is enough to hold. */
static void
the_weakest_bound_counts(void **state)
{
    static const struct {
        const char         *what;
        uint64_t            slow, very_slow;
        int                 n;
        bool                histogram;
        enum verdict        verdict;
        enum verdict_reason reason;
    } cases[] = {
        {"no histogram", 5, 1, 120, false, VERDICT_HOLD, REASON_NO_HISTOGRAM},
        {"nothing yet", 5, 1, 0, true, VERDICT_HOLD, REASON_NO_HISTOGRAM},
        {"as the baseline", 5, 1, 120, true, VERDICT_PASS, REASON_PROVEN},
        {"slow at the first bound", 20, 1, 120, true, VERDICT_HOLD, REASON_NOT_PROVEN},
        {"slow at the last bound only", 5, 5, 120, true, VERDICT_HOLD, REASON_NOT_PROVEN},
        {"quick", 0, 0, 60, true, VERDICT_PASS, REASON_PROVEN},
        {"too few", 0, 0, 0 + 1, true, VERDICT_HOLD, REASON_NOT_PROVEN},
    };
    (void)state;

    memset(&harm, 0, sizeof harm);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct latency      l;
        struct check_result r;

        latency_init(&l, &usual);
        feed(&l, cases[i].n, cases[i].slow, cases[i].very_slow, cases[i].histogram);
        r = result(&l);
        if (r.verdict != cases[i].verdict || r.reason != cases[i].reason)
            fail_msg("%s: %s, for it %g", cases[i].what, verdict_reason_text(r.reason),
                     r.pass_evidence);
    }
}

static void
the_evidence_told_is_the_least(void **state)
{
    static const struct podspread even;
    struct gm_odds                odds = {0};
    struct latency                l;
    double                        least = INF;
    (void)state;

    latency_init(&l, &usual);
    feed(&l, 30, 5, 2, true);
    for (uint32_t k = 0; k < l.watched.n; k++)
        least = fmin(least, comparison_log_pass(&l.over[k], &even, &odds));
    assert_int_equal(l.watched.n, 2);
    assert_true(comparison_log_pass(&l.over[0], &even, &odds) >
                least); /* the second is the weaker one */
    check_close(result(&l).pass_evidence, exp(least), 1e-12);
}

static void
off_is_not_configured(void **state)
{
    const struct policy off = {.false_pass_rate = .05};
    struct latency      l;
    (void)state;

    latency_init(&l, &off);
    feed(&l, 10, 100, 100, true);
    assert_int_equal(result(&l).reason, REASON_NOT_CONFIGURED);
    assert_int_equal(l.watched.n, 0);
}

static void
it_goes_on_where_it_stopped(void **state)
{
    struct latency l, again;
    struct text    t;
    struct unpack  in;
    (void)state;

    latency_init(&l, &usual);
    latency_init(&again, &usual);
    check_restore(latency_pack, latency_unpack, &l, &again); /* before any bound, too */
    feed(&l, 20, 5, 1, true);
    check_restore(latency_pack, latency_unpack, &l, &again);
    feed(&l, 20, 7, 2, true);
    feed(&again, 20, 7, 2, true);
    check_same_state(latency_pack, &l, &again);
    text_init(&t, 4096);
    latency_pack(&l, &t);
    for (size_t n = 0; n < t.n; n++) {
        in = (struct unpack){.rest = {t.p, n}};
        latency_init(&again, &usual);
        latency_unpack(&again, &in);
        assert_true(in.bad);
    }
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_weakest_bound_counts),
        cmocka_unit_test(the_evidence_told_is_the_least),
        cmocka_unit_test(off_is_not_configured),
        cmocka_unit_test(it_goes_on_where_it_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
