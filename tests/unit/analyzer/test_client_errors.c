#include "analyzer/client_errors.h"
#include "tests/unit/analyzer/traffic.h"

#include <string.h>

static const struct policy usual = {
    .false_pass_rate = .05, .min_requests = 100, .client_errors = {true, 1.5, .005, 2, .01}};

static struct interval scratch;
static struct family   harm;

static struct check_result
result(const struct client_errors *e)
{
    struct comparison_told told = {.harm = &harm, .judged_ms = 60000, .log_limit = log(100)};

    return client_errors_result(e, &told);
}

static void
feed(struct client_errors *e, int n, uint64_t canary, uint64_t refused, uint64_t faults)
{
    struct gm_odds odds = {0};

    memset(&scratch, 0, sizeof scratch);
    scratch.end_ms = 5000;
    scratch.present[VIEW_USER] = true;
    scratch.arm[VIEW_USER][ARM_CANARY].by_class[CLASS_OK] = canary - faults;
    scratch.arm[VIEW_USER][ARM_CANARY].by_class[CLASS_APP] = faults;
    scratch.arm[VIEW_USER][ARM_CANARY].client_errors = refused;
    scratch.arm[VIEW_USER][ARM_BASELINE].by_class[CLASS_OK] = 900;
    scratch.arm[VIEW_USER][ARM_BASELINE].client_errors = 9;
    for (int k = 0; k < n; k++)
        client_errors_apply(e, &scratch, VIEW_USER, true, &odds);
}

static void
passes_what_answers_no_more_4xx(void **state)
{
    static const struct {
        const char         *what;
        uint64_t            refused, faults;
        int                 n;
        enum verdict        verdict;
        enum verdict_reason reason;
    } cases[] = {
        {"few", 1, 0, 0, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS},
        {"as the baseline", 1, 0, 120, VERDICT_PASS, REASON_PROVEN},
        {"none", 0, 0, 60, VERDICT_PASS, REASON_PROVEN},
        {"all of them", 100, 0, 120, VERDICT_HOLD, REASON_NOT_PROVEN},
        {"5xx are not asked of here", 1, 50, 120, VERDICT_PASS, REASON_PROVEN},
    };
    (void)state;

    memset(&harm, 0, sizeof harm);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct client_errors e;
        struct check_result  r;

        client_errors_init(&e, &usual);
        feed(&e, cases[i].n, 100, cases[i].refused, cases[i].faults);
        r = result(&e);
        if (r.verdict != cases[i].verdict || r.reason != cases[i].reason)
            fail_msg("%s: %s, for it %g", cases[i].what, verdict_reason_text(r.reason),
                     r.pass_evidence);
    }
}

static void
off_is_not_configured(void **state)
{
    const struct policy  off = {.false_pass_rate = .05};
    struct client_errors e;
    (void)state;

    client_errors_init(&e, &off);
    feed(&e, 10, 100, 100, 0);
    assert_int_equal(result(&e).reason, REASON_NOT_CONFIGURED);
    assert_int_equal(e.answers.judged.n[ARM_CANARY], 0);
}

static void
it_goes_on_where_it_stopped(void **state)
{
    struct client_errors e, again;
    struct text          t;
    struct unpack        in;
    (void)state;

    client_errors_init(&e, &usual);
    client_errors_init(&again, &usual);
    feed(&e, 20, 100, 2, 0);
    check_restore(client_errors_pack, client_errors_unpack, &e, &again);
    feed(&e, 20, 100, 2, 0);
    feed(&again, 20, 100, 2, 0);
    check_same_state(client_errors_pack, &e, &again);
    text_init(&t, 16);
    pack_u8(&t, 99);
    in = (struct unpack){.rest = text_slice(&t)};
    client_errors_unpack(&again, &in);
    assert_true(in.bad);
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_what_answers_no_more_4xx),
        cmocka_unit_test(off_is_not_configured),
        cmocka_unit_test(it_goes_on_where_it_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
