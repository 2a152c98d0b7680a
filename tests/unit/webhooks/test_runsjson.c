#include "webhooks/runsjson.h"

#include "tests/support/check.h"
#include "webhooks/versionsjson.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct text    out;
static struct jsonout j;

static int
set_up(void **state)
{
    (void)state;
    text_init(&out, 1 << 24);
    jsonout_init(&j, &out);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    text_release(&out);
    return 0;
}

static json_t *
parsed(void)
{
    json_error_t why;
    json_t      *v = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, &why);

    if (!v)
        fail_msg("%s in %s", why.text, out.p);
    return v;
}

static struct record_run
a_run(void)
{
    return (struct record_run){
        .id = "01JD0000000000000000000RVN",
        .service = SLICE_LITERAL("reviews"),
        .ns = SLICE_LITERAL("prod"),
        .revision = SLICE_LITERAL("v2\"\n\xff"),
        .canary = SLICE_LITERAL("v2"),
        .policy = SLICE_LITERAL("default"),
        .attempt = 1,
        .state = RECORD_LIVE,
        .started_ms = 1795385405120,
        .verdict = VERDICT_HOLD,
        .reason = REASON_NO_TRAFFIC,
        .message = SLICE_LITERAL("no request yet"),
        .numbers = SLICE_LITERAL("{\"verdict\":\"hold\",\"need\":{\"requests\":59},\"list\":[1,2.5,"
                                 "true,null,\"x\"]}"),
        .policy_text = SLICE_LITERAL("min_requests: 100"),
    };
}

static void
a_page_of_runs(void **state)
{
    struct record_run r = a_run();
    json_t           *v, *run;

    (void)state;
    runsjson_open(&j, "runs");
    runsjson_run(&j, &r);
    runsjson_run(&j, &r);
    runsjson_close(&j, r.id);
    v = parsed();
    assert_int_equal(json_array_size(json_object_get(v, "runs")), 2);
    assert_string_equal(json_string_value(json_object_get(v, "next")), r.id);
    run = json_array_get(json_object_get(v, "runs"), 0);
    assert_string_equal(json_string_value(json_object_get(run, "state")), "live");
    assert_string_equal(json_string_value(json_object_get(run, "started_at")),
                        "2026-11-22T22:10:05.120Z");
    assert_null(json_object_get(run, "ended_at"));
    assert_null(json_object_get(run, "numbers"));
    assert_string_equal(json_string_value(json_object_get(run, "reason")), "no_traffic");
    json_decref(v);
}

static void
a_whole_run_with_its_lists(void **state)
{
    struct record_run       r = a_run();
    struct record_verdict   verdict = {.id = "01JD000000000000000VERD1CT",
                                       .verdict = VERDICT_ABORT,
                                       .reason = REASON_DEAD_CANARY,
                                       .at_ms = 1,
                                       .numbers = SLICE_LITERAL("{\"a\":1}")};
    struct record_gate_call call = {.gate = SLICE_LITERAL("flagger/rollback"),
                                    .http_code = 200,
                                    .verdict = VERDICT_ABORT,
                                    .reason = REASON_DEAD_CANARY,
                                    .count = 3};
    json_t                 *v;

    (void)state;
    runsjson_begin_run(&j, &r);
    jsonout_begin_array(&j, "verdicts");
    runsjson_verdict(&j, &verdict);
    jsonout_end_array(&j);
    jsonout_begin_array(&j, "gate_calls");
    runsjson_gate_call(&j, &call);
    jsonout_end_array(&j);
    jsonout_end_object(&j);
    v = parsed();
    assert_non_null(strstr(out.p, "\"numbers\":{\"verdict\":\"hold\",\"need\":{\"requests\":59},"
                                  "\"list\":[1,2.5,true,\"x\"]}"));
    assert_non_null(strstr(out.p, "\"policy_text\":\"min_requests: 100\""));
    assert_non_null(strstr(out.p, "\"gate\":\"flagger/rollback\",\"stage\":\"\",\"code\":200,"
                                  "\"verdict\":\"abort\",\"reason\":\"dead_canary\",\"count\":3}"));
    json_decref(v);
}

/* Rows come from a file that others may have touched. */
static void
damaged_numbers_spoil_nothing(void **state)
{
    static const char *const rows[] = {
        "", "{", "null", "[1]", "\"x\"", "{\"a\":NaN}", "{}x", "{\"a\":[[[[[[[[[1]]]]]]]]]}"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct record_run r = a_run();

        text_clear(&out);
        jsonout_init(&j, &out);
        r.numbers = slice_of(rows[i]);
        runsjson_begin_run(&j, &r);
        jsonout_end_object(&j);
        json_decref(parsed());
        assert_null(strstr(out.p, "\"numbers\""));
    }
}

/* 100 requests of the canary, 4 faults; bounds 100, 250, +Inf. */
static void
fill(struct interval *i, int64_t at_ms)
{
    const struct counts canary = {
        .by_class = {[CLASS_OK] = 96, [CLASS_APP] = 4}, .client_errors = 7, .bucket = {50, 50, 0}};

    memset(i, 0, sizeof *i);
    i->start_ms = at_ms - 5000;
    i->end_ms = at_ms;
    i->present[VIEW_USER] = true;
    i->bounds[VIEW_USER] = (struct counts_bounds){3, {100, 250, INFINITY}};
    i->n_versions = 2;
    snprintf(i->versions[0].name, sizeof i->versions[0].name, "v2");
    i->versions[0].arm = ARM_CANARY;
    i->versions[0].at[VIEW_USER] = canary;
    snprintf(i->versions[1].name, sizeof i->versions[1].name, "v1");
    i->versions[1].arm = -1;
    i->arm[VIEW_USER][ARM_CANARY] = canary;
    i->unattributed[VIEW_USER] = 3;
    i->n_cells = 2;
    i->cells[0] = (struct interval_cell){VIEW_USER, 0, "500", "", "UC", 4};
    i->cells[1] = (struct interval_cell){VIEW_USER, 9, "500", "", "-", 4}; /* no such version */
    i->monitored[VIEW_ATTEMPT] = (struct interval_monitored){2, {100, 250}};
    i->n_pods = 3;
    i->pods[0] = (struct interval_pod){"r-1", 0, ARM_CANARY, 0, 9, 2, 0, 1, 8, {3, 1}};
    i->pods[1] = (struct interval_pod){"other", 0, ARM_CANARY, 5, 0, 0, 0, 0, 0, {0}};
    i->pods[2] = (struct interval_pod){"r-2", 9, ARM_CANARY, 0, 9, 2, 0, 1, 8, {3, 1}};
    i->signals[MESH_SIGNAL_RETRIES][MESH_SIGNAL_CANARY] = (struct interval_signal){true, 7};
    i->signals[MESH_SIGNAL_EJECTED][MESH_SIGNAL_BOTH] = (struct interval_signal){true, 0};
    i->unattributed_no_route[VIEW_USER] = 2;
}

static void
an_interval_shows_its_counts(void **state)
{
    static struct interval i;
    json_t                *v, *user, *canary;

    (void)state;
    fill(&i, 1795385405120);
    jsonout_begin_object(&j, NULL);
    jsonout_begin_array(&j, "intervals");
    runsjson_interval(&j, &i);
    jsonout_end_array(&j);
    jsonout_end_object(&j);
    v = parsed();
    assert_non_null(strstr(out.p, "\"le_ms\":[100,250]"));
    assert_non_null(strstr(out.p, "\"cells\":[{\"view\":\"user\",\"version\":\"v2\",\"code\":"
                                  "\"500\",\"grpc\":\"\",\"flags\":\"UC\",\"n\":4}]"));
    assert_non_null(strstr(out.p, "\"no_route\":2,\"monitored_ms\":[]"));
    assert_null(strstr(out.p, "no_cluster"));
    assert_non_null(strstr(out.p,
                           "\"pods\":[{\"pod\":\"r-1\",\"version\":\"v2\",\"requests\":9,"
                           "\"faults\":2,\"client_errors\":1,\"timed\":8,\"over\":[3,1]},"
                           "{\"pod\":\"other\",\"version\":\"v2\",\"pods\":5,\"requests\":0}]"));
    assert_non_null(
        strstr(out.p, "\"signals\":{\"ejected\":{\"both\":0},\"retries\":{\"canary\":7}}"));
    user = json_object_get(json_array_get(json_object_get(v, "intervals"), 0), "user");
    canary = json_object_get(user, "canary");
    assert_int_equal(json_integer_value(json_object_get(canary, "requests")), 100);
    assert_int_equal(json_integer_value(json_object_get(canary, "faults")), 4);
    assert_int_equal(json_array_size(json_object_get(canary, "buckets")), 3);
    assert_int_equal(json_integer_value(json_object_get(user, "unattributed")), 3);
    json_decref(v);
}

static void
versions_have_success_rate_and_p95(void **state)
{
    static struct interval     i;
    static struct versionsjson sum;
    json_t                    *v, *user;

    (void)state;
    memset(&sum, 0, sizeof sum);
    fill(&i, 1795385405120);
    versionsjson_add(&sum, &i);
    fill(&i, 1795385410120);
    versionsjson_add(&sum, &i);
    versionsjson_write(&out, &sum, "prod", "reviews");
    v = parsed();
    assert_string_equal(json_string_value(json_object_get(v, "from")), "2026-11-22T22:10:00.120Z");
    assert_string_equal(json_string_value(json_object_get(v, "to")), "2026-11-22T22:10:10.120Z");
    assert_int_equal(json_array_size(json_object_get(v, "versions")), 2);
    user = json_object_get(json_array_get(json_object_get(v, "versions"), 0), "user");
    assert_int_equal(json_integer_value(json_object_get(user, "requests")), 200);
    check_close(json_number_value(json_object_get(user, "success_rate")), 0.96, 1e-12);
    /* Rank 190 of 200: 90 into the 100 of (100, 250], so 100 + 0.9 * 150. */
    check_close(json_number_value(json_object_get(user, "p95_ms")), 235, 1e-9);
    check_close(json_number_value(json_object_get(user, "p95_lower_ms")), 100, 0);
    check_close(json_number_value(json_object_get(user, "p95_upper_ms")), 250, 0);
    /* v1 had no request: no numbers at all rather than a rate of nothing. */
    assert_null(json_object_get(json_array_get(json_object_get(v, "versions"), 1), "user"));
    json_decref(v);
}

static void
more_versions_than_kept_fold(void **state)
{
    static struct interval     i;
    static struct versionsjson sum;

    (void)state;
    memset(&sum, 0, sizeof sum);
    for (int n = 0; n < 2 * VERSIONSJSON_MAX; n++) {
        fill(&i, 1795385405120 + n);
        snprintf(i.versions[0].name, sizeof i.versions[0].name, "version-%d", n);
        versionsjson_add(&sum, &i);
    }
    assert_int_equal(sum.n, VERSIONSJSON_MAX);
    versionsjson_write(&out, &sum, "prod", "reviews");
    json_decref(parsed());
    /* v1 is one of the 63 kept; 128 - 62 versions of 100 requests are "other". */
    assert_non_null(strstr(out.p, "\"version\":\"other\""));
    assert_non_null(strstr(out.p, "\"requests\":6600"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page_of_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_whole_run_with_its_lists, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_numbers_spoil_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_interval_shows_its_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(versions_have_success_rate_and_p95, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_versions_than_kept_fold, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
