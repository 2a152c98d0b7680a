#include "tests/support/check.h"
#include "tests/support/evalbed.h"

/* x{i="0"} counts 0, 60, 120 … once a minute; x{i="1"} twice as fast. */
static void
set_up(struct evalbed *b)
{
    evalbed_init(b);
    evalbed_add(b, "x_total", "i=0", "0 60 120 180 240 300 360 420 480 540 600");
    evalbed_add(b, "x_total", "i=1", "0 120 240 360 480 600 720 840 960 1080 1200");
    evalbed_add(b, "y_total", "i=0", "5 5 5 s _ 5 5");
    evalbed_add(b, "z", "i=0", "1 NaN 3");
    b->request = (struct eval_request){.start_ms = 120000, .end_ms = 120000};
}

struct eval_case {
    const char *query;
    int64_t     start_s, end_s, step_s;
    const char *want;
};

static void
check_cases(struct evalbed *b, const struct eval_case *cases, size_t n)
{
    for (const struct eval_case *c = cases; c < cases + n; c++) {
        enum status rc;
        b->request.start_ms = c->start_s * 1000;
        b->request.end_ms = c->end_s * 1000;
        b->request.step_ms = c->step_s * 1000;
        const char *got = evalbed_ask(b, c->query, &rc);
        if (strcmp(got, c->want) != 0)
            fail_msg("%s: got  %s\n    want %s", c->query, got, c->want);
    }
}

/* What each type of expression yields. */
static void
test_values(void **state)
{
    static const struct eval_case cases[] = {
        {"1 + 1", 60, 60, 0, "2"},
        {"1 + 1", 60, 180, 60, "{} 2@60 2@120 2@180"},
        {"\"text\"", 60, 60, 0, "\"text\""},
        {"(\"text\")", 60, 60, 0, "\"text\""},
        {"x_total", 60, 60, 0, "x_total{i=\"0\"} 60; x_total{i=\"1\"} 120"},
        {"z[2m]", 120, 120, 0, "z{i=\"0\"} NaN@60 3@120"}, /* left-open: 0 is out */
        {"z[1m:30s]", 120, 120, 0, "z{i=\"0\"} NaN@90 3@120"},
        {"y_total", 60, 360, 60, "y_total{i=\"0\"} 5@60 5@120 5@300 5@360"}, /* stale at 180 */
        {"y_total", 1000, 1000, 0, ""},
        {"time()", 90, 90, 0, "90"},
        {"-x_total", 60, 60, 0, "{i=\"0\"} -60; {i=\"1\"} -120"},
        {"+x_total", 60, 60, 0, "x_total{i=\"0\"} 60; x_total{i=\"1\"} 120"},
    };
    struct evalbed b;

    (void)state;
    set_up(&b);
    check_cases(&b, cases, ARRAY_LEN(cases));
    evalbed_release(&b);
}

/* The sign of a NaN says nothing: turned round it must not become the marker of
 * absence, which is a NaN as well. */
static void
test_signed_nan(void **state)
{
    static const struct eval_case cases[] = {
        {"-scalar(odd)", 0, 0, 0, "NaN"},
        {"-scalar(odd)", 0, 60, 60, "{} NaN@0 NaN@60"},
        {"-odd", 0, 0, 0, "{} NaN"},
        {"abs(odd)", 0, 0, 0, "{} NaN"},
        {"odd * -1", 0, 0, 0, "{} NaN"},
        {"bottomk(1, odd)", 0, 0, 0, "odd NaN"},
        {"sgn(odd)", 0, 0, 0, "{} NaN"},
        {"clamp_min(odd, 1)", 0, 0, 0, "{} NaN"},
        {"vector(-scalar(odd))", 0, 0, 0, "{} NaN"},
    };
    const struct memsource_label name = {SLICE_LITERAL("__name__"), SLICE_LITERAL("odd")};
    const uint64_t               bits = VALUE_ABSENT_BITS | UINT64_C(1) << 63;
    struct evalbed               b;
    struct err                   err = {0};
    double                       v;
    size_t                       series;

    (void)state;
    memcpy(&v, &bits, sizeof v);
    evalbed_init(&b);
    assert_int_equal(memsource_series(b.series, &name, 1, &series, &err), STATUS_OK);
    assert_int_equal(memsource_add(b.series, series, 0, v, &err), STATUS_OK);
    check_cases(&b, cases, ARRAY_LEN(cases));
    evalbed_release(&b);
}

/* Names without the flag of delayed removal: they go at each function. */
static void
test_names_at_once(void **state)
{
    static const char             same[] = "vector cannot contain metrics with the same labelset";
    static const struct eval_case cases[] = {
        {"rate(x_total[2m])", 120, 120, 0, "{i=\"0\"} 1; {i=\"1\"} 2"},
        {"sum by (__name__) (rate(x_total[2m]))", 120, 120, 0, "{} 3"},
        {"sum by (__name__) (x_total)", 60, 60, 0, "x_total 180"},
        {"last_over_time(x_total{i=\"0\"}[2m])", 60, 60, 0, "x_total{i=\"0\"} 60"},
        {"x_total > 100", 60, 60, 0, "x_total{i=\"1\"} 120"},
        {"x_total > bool 100", 60, 60, 0, "{i=\"0\"} 0; {i=\"1\"} 1"},
        {"100 < x_total", 60, 60, 0, "x_total{i=\"1\"} 120"},
        {"abs({i=\"0\",__name__=~\"x_total|z\"})", 120, 120, 0, same},
        {"rate({i=\"0\"}[2m])", 120, 120, 0, same},
        {"-{i=\"0\"}", 120, 120, 0, same},
        {"{i=\"0\",__name__=~\"x_total|z\"} + 1", 120, 180, 60, same},
        {"label_replace(x_total, \"i\", \"\", \"\", \"\")", 60, 60, 0, same},
        {"x_total == ignoring(i) group_left() y_total", 60, 60, 0, ""},
        {"x_total * on() group_left() z", 120, 120, 0, "{i=\"0\"} 360; {i=\"1\"} 720"},
    };
    struct evalbed b;

    (void)state;
    set_up(&b);
    check_cases(&b, cases, ARRAY_LEN(cases));
    evalbed_release(&b);
}

/* With it, the flag travels with the series and twins meet at the end. */
static void
test_names_at_the_end(void **state)
{
    static const char             same[] = "vector cannot contain metrics with the same labelset";
    static const struct eval_case cases[] = {
        {"rate(x_total[2m])", 120, 120, 0, "{i=\"0\"} 1; {i=\"1\"} 2"},
        {"sum by (__name__) (rate(x_total[2m]))", 120, 120, 0, "{} 3"},
        {"count(rate({i=\"0\",__name__=~\".*_total\"}[5m]))", 120, 120, 0, "{} 2"},
        {"abs({i=\"0\",__name__=~\"x_total|z\"})", 120, 120, 0, same},
        {"label_replace(rate(x_total{i=\"0\"}[2m]), \"n\", \"$1\", \"__name__\", \"(.*)\")", 120,
         120, 0, "{i=\"0\", n=\"x_total\"} 1"},
        /* y_total is stale at 180 and 240, z's last sample is at 120 and looked back to */
        {"-y_total or -z", 180, 240, 60, "{i=\"0\"} -3@180 -3@240"},
    };
    struct evalbed b;

    (void)state;
    set_up(&b);
    b.request.delayed_names = true;
    check_cases(&b, cases, ARRAY_LEN(cases));
    evalbed_release(&b);
}

static void
test_notes(void **state)
{
    static const struct eval_case cases[] = {
        {"rate(z[2m])", 120, 120, 0,
         "{i=\"0\"} NaN [PromQL info: metric might not be a counter, name does not end in "
         "_total/_sum/_count/_bucket: \"z\" (1:6)]"},
        {"quantile(2, x_total)", 60, 60, 0,
         "{} +Inf [PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)]"},
        {"sort(z)", 120, 180, 60,
         "z{i=\"0\"} 3@120 3@180 [PromQL warning: sort is ineffective for range queries since "
         "results are always ordered by labels (1:1)]"},
    };
    struct evalbed b;

    (void)state;
    set_up(&b);
    check_cases(&b, cases, ARRAY_LEN(cases));
    evalbed_release(&b);
}

/* Every limit has words of its own, and holds exactly from one number on. */
struct limit_case {
    const char        *query;
    int64_t            end_s, step_s;
    struct eval_limits below, enough;
    const char        *told; /* part of the text */
};

static void
test_limits(void **state)
{
    static const struct limit_case cases[] = {
        /* 2 series of 2 samples each in the lookback of a minute */
        {"x_total[2m]", 120, 0, {.max_samples = 3}, {.max_samples = 4}, "too many samples"},
        {"x_total", 120, 0, {.max_series = 1}, {.max_series = 2}, "more than 1 series"},
        {"x_total or y_total", 120, 0, {.max_series = 2}, {.max_series = 3}, "limit of 2"},
        {"x_total + x_total + x_total + x_total + x_total",
         120,
         0,
         {.max_series = 2},
         {.max_series = 3},
         "more than 8 series together"},
        {"1", 600, 60, {.max_points = 8}, {.max_points = 9}, "resolution of 8 points"},
        {"max_over_time(z[2m:10s])",
         120,
         0,
         {.max_points = 11},
         {.max_points = 12},
         "a subquery needs 12 steps"},
        {"((1))", 120, 0, {.max_depth = 2}, {.max_depth = 3}, "nested 3 deep"},
        {"x_total",
         600,
         60,
         {.max_result_bytes = 300},
         {.max_result_bytes = 1000},
         "limit of 300 bytes"},
        /* 481 steps: 8 for each of two nodes, and of two groups a value and a mean of four */
        {"avg by (i) (x_total)",
         600,
         1,
         {.max_samples = 481 * (8 * 2 + 2 * 5)},
         {.max_samples = 481 * (8 * 2 + 2 * 5) + 2 * 11},
         "too many samples"},
        {"x_total",
         600,
         1,
         {.max_memory_bytes = 10},
         {.max_memory_bytes = 100000},
         "more memory than the limit of 10 bytes"},
    };
    struct evalbed b;
    enum status    rc;

    (void)state;
    set_up(&b);
    for (const struct limit_case *c = cases; c < cases + ARRAY_LEN(cases); c++) {
        b.request.start_ms = 120000;
        b.request.end_ms = c->end_s * 1000;
        b.request.step_ms = c->step_s * 1000;
        b.request.limits = c->below;
        const char *got = evalbed_ask(&b, c->query, &rc);
        if (rc != STATUS_LIMIT || !strstr(got, c->told))
            fail_msg("%s: status %d, %s", c->query, (int)rc, got);
        b.request.limits = c->enough;
        got = evalbed_ask(&b, c->query, &rc);
        if (rc)
            fail_msg("%s, enough: %s", c->query, got);
    }
    evalbed_release(&b);
}

static int64_t
rising_ms(void *self)
{
    return *(int64_t *)self += 10;
}

static void
test_time_and_cancel(void **state)
{
    int64_t            now = 0;
    const struct clock clock = {rising_ms, rising_ms, &now};
    atomic_bool        cancel = true;
    struct evalbed     b;
    enum status        rc;

    (void)state;
    set_up(&b);
    b.request.clock = &clock;
    b.request.limits.timeout_ms = 5;
    assert_string_equal(evalbed_ask(&b, "x_total", &rc),
                        "query timed out in expression evaluation after 5 ms");
    assert_int_equal(rc, STATUS_TIMEOUT);
    b.request.limits.timeout_ms = 1000;
    assert_string_equal(evalbed_ask(&b, "z", &rc), "z{i=\"0\"} 3");
    b.request.cancel = &cancel;
    (void)evalbed_ask(&b, "x_total", &rc);
    assert_int_equal(rc, STATUS_CANCELLED);
    cancel = false;
    (void)evalbed_ask(&b, "x_total", &rc);
    assert_int_equal(rc, STATUS_OK);
    evalbed_release(&b);
}

/* Labels are looked at before samples are, and time runs there as well: each look at
 * the clock takes 10 ms, and comes every 64 series.  Selecting 300 is 5 looks. */
static void
test_time_of_planning(void **state)
{
    static const struct {
        const char *query;
        int64_t     timeout_ms;
    } cases[] = {
        {"many", 20}, /* while they are selected */
        {"sum by (n) (many)", 75},
        {"many and on(n) many", 125},
        {"many * on(n) group_left(m) many", 215}, /* both sides matched, 9 looks, then named */
        {"label_join(many, \"a\", \"\", \"n\")", 75},
        {"label_replace(many, \"a\", \"$1\", \"n\", \"(.*)\")", 75},
    };
    int64_t            now = 0;
    const struct clock clock = {rising_ms, rising_ms, &now};
    struct evalbed     b;

    (void)state;
    evalbed_init(&b);
    for (int i = 0; i < 300; i++) {
        char n[16];

        snprintf(n, sizeof n, "n=%d", i);
        evalbed_add(&b, "many", n, "1 2 3");
    }
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum status rc;

        b.request =
            (struct eval_request){.clock = &clock, .limits = {.timeout_ms = cases[i].timeout_ms}};
        const char *got = evalbed_ask(&b, cases[i].query, &rc);
        if (rc != STATUS_TIMEOUT || b.reads)
            fail_msg("%s: status %d, %s; %zu reads", cases[i].query, (int)rc, got, b.reads);
    }
    evalbed_release(&b);
}

static void
test_requests(void **state)
{
    static const struct eval_case cases[] = {
        {"1", 60, 0, 60, "end timestamp must not be before start time"},
        {"1", 0, 60, -1,
         "zero or negative query resolution step widths are not accepted. Try a positive integer"},
        {"z[1m]", 0, 60, 60,
         "invalid expression type \"range vector\" for range query, must be Scalar or instant "
         "Vector"},
        {"\"a\"", 0, 60, 60,
         "invalid expression type \"string\" for range query, must be Scalar or instant Vector"},
        {"1", INT64_C(1) << 51, INT64_C(1) << 51, 60,
         "start, end, step or lookback is out of range"},
    };
    struct evalbed b;

    (void)state;
    set_up(&b);
    check_cases(&b, cases, ARRAY_LEN(cases));
    assert_int_equal(b.opens, 0);
    evalbed_release(&b);
}

/* What is pinned is asked for once, whatever the steps; aggregated rows are read
 * once and not kept. */
static void
test_work(void **state)
{
    struct evalbed b;
    enum status    rc;

    (void)state;
    set_up(&b);
    b.request = (struct eval_request){.start_ms = 0, .end_ms = 600000, .step_ms = 1000};
    (void)evalbed_ask(&b, "sum(rate(x_total[5m] @ 300))", &rc);
    assert_int_equal(rc, STATUS_OK);
    assert_int_equal(b.selects, 1);
    assert_int_equal(b.reads, 2);
    /* 2 series of 5 samples in the window, one step of a sum with what it lost, and
     * what a node is reckoned at for each of the 601 steps (evalplan.c) */
    assert_int_equal(b.stats.samples, 2 * 5 + 2 + 8 * 601);
    assert_int_equal(b.stats.series, 2);

    (void)evalbed_ask(&b, "topk(1, x_total)", &rc);
    assert_int_equal(b.reads, 2);
    (void)evalbed_ask(&b, "x_total / x_total", &rc);
    assert_int_equal(b.reads, 4);
    evalbed_release(&b);
}

/* Rows asked for in any order, of a source that unpacks its columns into scratch:
 * 0, 3 and then 1 by group, 2 before 0 and 1 by label set. */
static void
test_scratch(void **state)
{
    static const struct eval_case cases[] = {
        {"sum_over_time(w[3m])", 120, 120, 0,
         "{g=\"a\", i=\"0\"} 6; {g=\"b\", i=\"1\"} 60; {g=\"b\", i=\"2\"} 600; "
         "{g=\"a\", i=\"3\"} 6000"},
        {"topk by (g) (1, w)", 120, 120, 0, "w{g=\"a\", i=\"3\"} 3000; w{g=\"b\", i=\"2\"} 300"},
        {"quantile by (g) (0, sum_over_time(w[3m]))", 120, 120, 0, "{g=\"a\"} 6; {g=\"b\"} 60"},
        {"quantile by (g) (1, w)", 60, 120, 60,
         "{g=\"a\"} 2000@60 3000@120; {g=\"b\"} 200@60 300@120"},
        {"max_over_time(w[3m]) * on(i) v", 120, 120, 0,
         "{i=\"0\"} 3; {i=\"1\"} 30; {i=\"2\"} 300; {i=\"3\"} 3000"},
    };
    struct evalbed b;

    (void)state;
    evalbed_init(&b);
    evalbed_add(&b, "w", "g=a,i=0", "1 2 3");
    evalbed_add(&b, "w", "g=b,i=1", "10 20 30");
    evalbed_add(&b, "w", "g=b,i=2", "100 200 300");
    evalbed_add(&b, "w", "g=a,i=3", "1000 2000 3000");
    for (int i = 3; i >= 0; i--)
        evalbed_add(&b, "v", (const char *[]){"i=0", "i=1", "i=2", "i=3"}[i], "1 1 1");
    check_cases(&b, cases, ARRAY_LEN(cases));
    evalbed_pack(&b);
    check_cases(&b, cases, ARRAY_LEN(cases));
    evalbed_release(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signed_nan),
        cmocka_unit_test(test_time_of_planning),
        cmocka_unit_test(test_scratch),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_names_at_once),
        cmocka_unit_test(test_names_at_the_end),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_time_and_cancel),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
