#include "webhooks/timelinejson.h"

#include "tests/support/check.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static struct timeline *t;
static struct interval *i;
static struct run      *run;

static int
set_up(void **state)
{
    (void)state;
    t = malloc(sizeof *t);
    i = calloc(1, sizeof *i);
    run = calloc(1, sizeof *run);
    timeline_init(t, TIMELINE_POINTS);
    i->present[VIEW_USER] = true;
    i->end_ms = 5000;
    for (enum check c = 0; c < CHECK_COUNT; c++)
        run->checks[c] = check_none();
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    free(t);
    free(i);
    free(run);
    return 0;
}

static json_t *
written(const char *why)
{
    struct text  body;
    json_error_t e;
    json_t      *v;

    text_init(&body, 1 << 22);
    timelinejson_write(&body, t, why);
    v = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &e);
    if (!v)
        fail_msg("%s in %s", e.text, body.p);
    text_release(&body);
    return v;
}

/* A number by its path, NaN where there is none. */
static double
number(const json_t *v, const char *a, const char *b, const char *c)
{
    const char *const path[] = {a, b, c};

    for (size_t k = 0; k < ARRAY_LEN(path) && path[k]; k++)
        v = json_object_get(v, path[k]);
    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

static void
an_empty_run_is_an_object(void **state)
{
    json_t *v = written("it began under an older version");

    (void)state;
    assert_int_equal(json_array_size(json_object_get(v, "points")), 0);
    assert_string_equal(json_string_value(json_object_get(v, "without_evidence")),
                        "it began under an older version");
    assert_null(json_object_get(v, "latency"));
    json_decref(v);
}

/* The limits for x = 0 of 100 and of 200: L - log(L + 1) = log 20 has L = 4.744... (confidence.h),
 * so that 1 - L/100 = .95256 and 1 - L/200 = .97628. */
static void
sums_and_their_confidence_run_along(void **state)
{
    json_t *v, *first, *second;

    (void)state;
    i->arm[VIEW_USER][ARM_CANARY].by_class[CLASS_OK] = 100;
    i->arm[VIEW_USER][ARM_BASELINE].by_class[CLASS_OK] = 300;
    timeline_add(t, i, NULL);
    timeline_add(t, i, NULL);
    v = written("");
    first = json_array_get(json_object_get(v, "points"), 0);
    second = json_array_get(json_object_get(v, "points"), 1);
    check_close(number(first, "canary", "so_far", "lower"), .95256, 1e-5);
    check_close(number(second, "canary", "so_far", "lower"), .97628, 1e-5);
    check_close(number(second, "canary", "so_far", "upper"), 1, 0);
    check_close(number(second, "canary", "so_far", "requests"), 200, 0);
    check_close(number(second, "canary", "requests", NULL), 100, 0);
    check_close(number(second, "share", NULL, NULL), .25, 0);
    assert_null(json_object_get(second, "verdict")); /* nobody has decided it */
    json_decref(v);
}

static void
sides_without_requests_have_no_rate(void **state)
{
    json_t *v, *p;

    (void)state;
    timeline_add(t, i, NULL);
    v = written("");
    p = json_array_get(json_object_get(v, "points"), 0);
    assert_true(isnan(number(p, "canary", "success_rate", NULL)));
    assert_null(json_object_get(json_object_get(p, "canary"), "so_far"));
    assert_null(json_object_get(p, "share"));
    json_decref(v);
}

/* A threshold's limit is its value's: no evidence is weighed against it. */
static void
evidence_stands_beside_its_limit(void **state)
{
    json_t *v, *p;

    (void)state;
    run->promote = (struct view_answer){.verdict = VERDICT_HOLD, .reason = REASON_NOT_PROVEN};
    run->weight = 10;
    run->checks[CHECK_ERROR_RATE].configured = run->checks[CHECK_SPLIT].configured = true;
    run->checks[CHECK_ERROR_RATE].evidence = 3.5;
    run->checks[CHECK_ERROR_RATE].limit = 190;
    run->checks[CHECK_ERROR_RATE].pass_evidence = 7;
    run->checks[CHECK_ERROR_RATE].pass_limit = 20;
    run->checks[CHECK_SPLIT].evidence = .2;
    run->checks[CHECK_SPLIT].value = .05;
    run->checks[CHECK_SPLIT].limit = .05;
    timeline_add(t, i, run);
    v = written("");
    p = json_array_get(json_object_get(v, "points"), 0);
    check_close(number(p, "weight", NULL, NULL), 10, 0);
    check_close(number(p, "evidence", "error_rate", NULL), 3.5, 0);
    check_close(number(p, "pass_evidence", "error_rate", NULL), 7, 0);
    check_close(number(v, "limit", "error_rate", NULL), 190, 0);
    check_close(number(v, "pass_limit", "error_rate", NULL), 20, 0);
    assert_true(isnan(number(p, "evidence", "split", NULL)));
    assert_true(isnan(number(v, "limit", "split", NULL)));
    assert_true(isnan(number(p, "evidence", "latency", NULL))); /* not configured */
    assert_string_equal(json_string_value(json_object_get(p, "verdict")), "hold");
    json_decref(v);
}

/* Rank 95 of 90 and 10: half of the second bucket, 100 + 150 / 2. */
static void
p95_has_its_bracket(void **state)
{
    struct counts *c = &i->arm[VIEW_USER][ARM_CANARY];
    json_t        *v, *l;

    (void)state;
    i->bounds[VIEW_USER] = (struct counts_bounds){.n = 3, .le_ms = {100, 250, INFINITY}};
    c->bucket[0] = 90;
    c->bucket[1] = 10;
    timeline_add(t, i, NULL);
    v = written("");
    l = json_object_get(v, "latency");
    assert_int_equal(json_array_size(json_object_get(l, "le_ms")), 2); /* the last has none */
    assert_int_equal(json_array_size(json_object_get(json_object_get(l, "canary"), "buckets")), 3);
    check_close(number(l, "canary", "p95_ms", NULL), 175, 1e-9);
    check_close(number(l, "canary", "p95_lower_ms", NULL), 100, 0);
    check_close(number(l, "canary", "p95_upper_ms", NULL), 250, 0);
    assert_true(number(l, "canary", "confidence_lower_ms", NULL) <= 100);
    assert_true(isnan(number(l, "stable", "p95_ms", NULL)));
    json_decref(v);
}

/* Counts that cannot be are shown as they stand, and nothing is derived from them. */
static void
more_faults_than_requests(void **state)
{
    json_t *v, *pod;

    (void)state;
    i->n_versions = i->n_pods = 1;
    i->pods[0] = (struct interval_pod){.name = "p", .requests = 1, .faults = 5};
    timeline_add(t, i, NULL);
    v = written("");
    pod = json_array_get(json_object_get(v, "pods"), 0);
    check_close(number(pod, "faults", NULL, NULL), 5, 0);
    assert_null(json_object_get(pod, "success"));
    assert_true(json_is_false(json_object_get(pod, "fails")));
    json_decref(v);
}

int
main(void)
{
#define WITH(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH(an_empty_run_is_an_object),
        WITH(sums_and_their_confidence_run_along),
        WITH(sides_without_requests_have_no_rate),
        WITH(evidence_stands_beside_its_limit),
        WITH(p95_has_its_bracket),
        WITH(more_faults_than_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
