/* Any bytes are a stored run or refused, its head too; what is one packs to the same
 * run, and can be judged on, asked, shown and ended without harm. */
#include "analyzer/runstate.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct policy policy = {
    .false_rollback_rate = .01,
    .false_pass_rate = .05,
    .error_rate = {true, 1.1, .0005, 1.5, .001},
    .success_rate = {true, .99, 60000, 100},
    .p95 = {true, 250, .95, 60000, 100, POLICY_P95_INTERPOLATED},
    .latency = {true, 1.25, .0025, 2, .01},
    .client_errors = {true, 1.5, .005, 2, .02},
    .slo = {.success_rate = .99, .p95_ms = 250},
    .n_limits = 2,
    .limit = {{.name = "own",
               .metric = POLICY_LIMIT_REQUEST_RATE,
               .min = 1,
               .max = 1e6,
               .window_ms = 30000,
               .fails = 2,
               .of = 3,
               .no_data = VERDICT_FAIL},
              {.name = "asked",
               .metric = POLICY_LIMIT_QUERY,
               .min = 0,
               .max = 1,
               .query = "up",
               .window_ms = 30000,
               .fails = 1,
               .of = 1,
               .no_data = VERDICT_PASS}},
    .guard = true,
    .mesh = {.on = true, .then = VERDICT_HOLD},
    .split = {.on = true, .false_alarm_rate = .001},
    .warm_up_ms = 60000,
    .settle_ms = 30000,
    .longest_gap_ms = 60000,
    .robust_block_ms = 15000,
    .min_requests = 100,
    .advance = POLICY_ADVANCE_UNHARMED,
    .no_data = VERDICT_ABORT,
    .max_hold_ms = 60000,
    .max_hold_then = VERDICT_FAIL,
};

static void
go_on(struct run *r)
{
    static struct interval     i = {.present = {true, true}};
    static struct verdict_view v;
    int64_t                    now_ms = INT64_C(1800000000000);

    i.start_ms = r->interval_end_ms;
    i.end_ms = i.start_ms + 5000;
    i.arm[VIEW_USER][ARM_CANARY].by_class[CLASS_OK] = 100;
    i.arm[VIEW_USER][ARM_BASELINE].by_class[CLASS_OK] = 900;
    (void)run_interval(r, &i);
    run_asked(r, 10, now_ms);
    (void)run_decide(r, now_ms);
    assert(r->promote.verdict < VERDICT_COUNT && r->step.verdict < VERDICT_COUNT);
    run_view(r, now_ms, 1000, &v);
    (void)run_expired(r, now_ms);
    run_end(r, "idle", now_ms);
    (void)run_still_told(r, now_ms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct run first, second;
    struct err        err = {0};
    struct text       once, twice;

    if (runstate_head((struct slice){(const char *)data, n}, &first, &err))
        assert(err.text[0] != '\0' && first.started_ms == 0);
    err = (struct err){0};
    if (runstate_unpack((struct slice){(const char *)data, n}, &policy, &first, &err)) {
        assert(err.text[0] != '\0' && first.policy == NULL);
        return 0;
    }
    text_init(&once, 1 << 20);
    text_init(&twice, 1 << 20);
    runstate_pack(&first, &once);
    assert(once.status == STATUS_OK);
    assert(runstate_unpack(text_slice(&once), &policy, &second, &err) == STATUS_OK);
    runstate_pack(&second, &twice);
    assert(slice_equal(text_slice(&once), text_slice(&twice)));
    go_on(&first);
    text_release(&once);
    text_release(&twice);
    return 0;
}
