/* Both doors over thousands of views that hold anything: the law of
 * gatecall_law() and who may roll back. */
#include "tests/unit/webhooks/anyview.h"
#include "tests/unit/webhooks/gatecall.h"
#include "webhooks/flagger.h"
#include "webhooks/viewjson.h"

static struct gatecall c;

#define ARGO "{\"service\":\"reviews\",\"namespace\":\"prod\"}"
#define PAYLOAD "{\"name\":\"reviews\",\"namespace\":\"prod\",\"checksum\":\"v2\"}"

/* A view of now, whose flags lead into every branch of the doors. */
static struct verdict_view
any_run(struct prng *r)
{
    struct verdict_view v = anyview(r);

    v.evaluated_mono_ms = c.mono_ms - (int64_t)prng_below(r, 100000);
    v.max_age_ms = (int64_t)prng_below(r, 100000);
    v.confirm_seen = prng_below(r, 2);
    v.canary_seen = prng_below(r, 2);
    v.promotion_told = prng_below(r, 2);
    v.first_step_mono_ms = prng_below(r, 2) ? c.mono_ms - (int64_t)prng_below(r, 10000) : 0;
    v.fail_since_mono_ms = prng_below(r, 2) ? c.mono_ms - (int64_t)prng_below(r, 200000) : 0;
    v.fail_after_ms = 120000;
    if (prng_below(r, 2))
        v.step.reason = v.promote.reason = REASON_NO_TRAFFIC;
    return v;
}

static bool
may_roll_back(const struct verdict_view *v)
{
    struct view_answer a = viewjson_answer(v, QUESTION_PROMOTE, c.mono_ms);

    return a.verdict == VERDICT_ABORT || (a.verdict == VERDICT_FAIL && v->fail_since_mono_ms != 0 &&
                                          c.mono_ms - v->fail_since_mono_ms >= v->fail_after_ms);
}

static void
check_flagger(enum flagger_hook h, const struct answer *a)
{
    const struct verdict_view *v = &c.port.view;
    struct view_answer         step = viewjson_answer(v, QUESTION_STEP, c.mono_ms);
    struct view_answer         promote = viewjson_answer(v, QUESTION_PROMOTE, c.mono_ms);
    bool bad_step = step.verdict == VERDICT_FAIL || step.verdict == VERDICT_ABORT;
    bool bad = promote.verdict == VERDICT_FAIL || promote.verdict == VERDICT_ABORT;

    if (h == FLAGGER_ROLLBACK)
        assert_int_equal(a->code == 200, may_roll_back(v));
    if (h == FLAGGER_ROLLOUT || h == FLAGGER_CONFIRM_TRAFFIC_INCREASE)
        assert_false(a->code == 200 && bad_step);
    if (h == FLAGGER_CONFIRM_PROMOTION)
        assert_false(a->code == 200 && bad);
    if (h == FLAGGER_CONFIRM_PROMOTION && !v->promotion_told)
        assert_int_equal(a->code == 200, promote.verdict == VERDICT_PASS && c.port.granted);
    if (h == FLAGGER_POST_ROLLOUT)
        assert_int_equal(a->code, 200);
    if (h == FLAGGER_EVENT)
        assert_int_equal(a->code, 202);
}

static void
any_run_at_any_door(void **state)
{
    struct prng r = {4711};

    (void)state;
    gatecall_init(&c);
    c.mono_ms = 1000000000;
    for (int i = 0; i < 3000; i++) {
        struct answer *a;

        c.port.view = any_run(&r);
        c.port.granted = prng_below(&r, 2);
        for (enum flagger_hook h = 0; h < FLAGGER_COUNT; h++) {
            char path[64];

            snprintf(path, sizeof path, "/v1/%s", flagger_gate(h));
            a = gatecall_final(&c, REQUEST_POST, path, PAYLOAD);
            check_flagger(h, a);
        }
        a = gatecall_final(&c, REQUEST_POST,
                           i % 2 ? "/v1/argo/verdict" : "/v1/argo/verdict?view=brief", ARGO);
        assert_int_equal(a->code, 200);
        assert_true(i % 2 || a->body.n < 1024);
    }
    gatecall_release(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_run_at_any_door),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
