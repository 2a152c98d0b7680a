#include "tests/support/check.h"

#include "promql/eval.h"
#include "promql/parser.h"
#include "tests/support/prng.h"
#include "tests/support/promworld.h"

#include <stdlib.h>

/* Laws of the language: pairs of expressions that must agree whatever the
 * samples are, and what must hold between instants and ranges. */

struct answer {
    struct arena       arena;
    struct text        query;
    enum status        status;
    struct eval_result r;
};

static void
ask(struct answer *a, struct memsource *m, const char *query, int64_t start_ms, int64_t step_ms,
    int steps)
{
    struct source       source = memsource_source(m);
    struct eval_request request = {
        .start_ms = start_ms, .step_ms = step_ms, .end_ms = start_ms + steps * step_ms};
    struct err   err = {0};
    struct node *tree;

    *a = (struct answer){0};
    if (parser_parse(&a->arena, slice_of(query), &tree, NULL, &err) != STATUS_OK)
        fail_msg("%s: %s", query, err.text);
    a->status = eval_run(tree, slice_of(query), &source, &request, &a->arena, &a->r, &err);
    if (a->status && a->status != STATUS_BAD_QUERY)
        fail_msg("%s: %s", query, err.text);
}

static void
done(struct answer *a)
{
    eval_close(&a->r);
    arena_release(&a->arena);
}

static void
put_labels(const struct answer *a, size_t i, struct text *to)
{
    text_clear(to);
    labels_write(a->r.pool, labels_of(a->r.pool, a->r.value.series[i].labels), to);
}

static const struct value_series *
find(const struct answer *a, struct slice labels)
{
    struct text got;
    size_t      i = 0;

    text_init(&got, 1 << 16);
    for (; i < a->r.value.n_series; i++) {
        put_labels(a, i, &got);
        if (slice_equal(text_slice(&got), labels))
            break;
    }
    text_release(&got);
    return i < a->r.value.n_series ? &a->r.value.series[i] : NULL;
}

static bool
close_enough(double a, double b, double tolerance)
{
    return (isnan(a) && isnan(b)) || a == b || fabs(a - b) <= tolerance * (1 + fabs(a) + fabs(b));
}

/* Series by series, point by point. */
static void
check_same(const struct answer *a, const struct answer *b, const char *what, double tolerance)
{
    struct text labels;

    text_init(&labels, 1 << 16);
    if (a->status != b->status || a->r.value.n_series != b->r.value.n_series)
        fail_msg("%s: %d with %zu series, %d with %zu", what, a->status, a->r.value.n_series,
                 b->status, b->r.value.n_series);
    for (size_t i = 0; i < a->r.value.n_series; i++) {
        const struct value_series *s = &a->r.value.series[i], *t;

        put_labels(a, i, &labels);
        t = find(b, text_slice(&labels));
        if (!t || t->n != s->n)
            fail_msg("%s: %s has %zu points, and %zu", what, labels.p, s->n, t ? t->n : 0);
        for (size_t k = 0; k < s->n; k++)
            if (s->t_ms[k] != t->t_ms[k] || !close_enough(s->v[k], t->v[k], tolerance))
                fail_msg("%s: %s is %.17g at %lld, and %.17g at %lld", what, labels.p, s->v[k],
                         (long long)s->t_ms[k], t->v[k], (long long)t->t_ms[k]);
    }
    text_release(&labels);
}

static uint64_t
pick(void *self, uint64_t n)
{
    return prng_below(self, n);
}

static struct memsource *
world(struct prng *r, bool calm)
{
    struct promgen    g = {.pick = pick, .self = r};
    struct memsource *m = memsource_new();

    promworld_fill(&g, m, calm);
    return m;
}

static const struct {
    const char *a, *b;
    double      tolerance;
} equal_pairs_pairs[] = {
    /* The whole is the sum of its parts. */
    {"sum(b)", "sum(sum by (x) (b))", 1e-12},
    {"sum by (y) (b)", "sum without (x) (b)", 0},
    {"count(b)", "sum(count by (x, y) (b))", 0},
    {"min(b)", "min(min by (y) (b))", 0},
    {"max(b)", "-min(-b)", 0},
    {"avg(b)", "sum(b) / count(b)", 1e-12},
    {"group(b)", "count(b) > bool 0", 0},
    {"stddev(b) ^ 2", "stdvar(b)", 1e-12},
    {"stdvar(b + 1000)", "stdvar(b)", 1e-9},
    {"quantile(0, b)", "min(b)", 0},
    {"quantile(1, b)", "max(b)", 0},
    {"quantile(0.25, -b)", "-quantile(0.75, b)", 1e-12},
    {"topk(1, b) + 0", "bottomk(1, -b) * -1", 0},
    {"sum(topk(100, b))", "sum(b)", 1e-12},
    {"count(topk(2, b)) + count(bottomk(1000, b))", "count(topk(2, b)) + count(b)", 0},
    {"sum(count_values(\"v\", b))", "count(b)", 0},
    /* Windows. */
    {"rate(a_total[5m]) * 300", "increase(a_total[5m])", 1e-12},
    {"rate(a_total[7m] offset 1m)", "increase(a_total[7m] offset 1m) / 420", 1e-12},
    {"sum(rate(a_total[5m]))", "sum(sum by (y) (rate(a_total[5m])))", 1e-12},
    {"avg_over_time(b[5m])", "sum_over_time(b[5m]) / count_over_time(b[5m])", 1e-12},
    {"stddev_over_time(b[5m]) ^ 2", "stdvar_over_time(b[5m])", 1e-12},
    {"max_over_time(b[5m])", "quantile_over_time(1, b[5m])", 0},
    {"min_over_time(b[5m])", "quantile_over_time(0, b[5m])", 0},
    {"present_over_time(b[5m])", "count_over_time(b[5m]) > bool 0", 0},
    {"last_over_time(b[5m]) + 0", "b + 0", 0}, /* the lookback is five minutes too */
    {"timestamp(b)", "ts_of_last_over_time(b[5m])", 0},
    {"b - ts_of_min_over_time(b[5m]) * 0", "b + 0", 0},
    /* Time. */
    {"last_over_time(b[5m] offset 1m)", "b offset 1m", 0},
    {"vector(time()) - 60", "vector(time() - 60)", 0},
    {"b @ 600", "b @ 660 offset 1m", 0},
    {"a_total @ end() - a_total @ end()", "a_total @ end() * 0", 0},
    {"sum_over_time(b[5m] @ 900)", "sum_over_time(b[5m] @ 840 offset -1m)", 0},
    {"hour() * 60 + minute()", "floor(vector(time() % 86400 / 60))", 0},
    {"day_of_week()", "floor(vector((time() / 86400 + 4) % 7))", 0},
    /* Sets and signs. */
    {"b and b", "b", 0},
    {"b or b", "b", 0},
    {"b unless (b unless b)", "b", 0},
    {"(b > 0) or (b <= 0)", "b", 0},
    {"count(b > 0) or vector(0)", "sum(b > bool 0) or vector(0)", 0},
    {"b unless b > 0", "b <= 0", 0},
    {"b and on (x) c", "b unless (b unless on (x) c)", 0},
    {"b - b", "b * 0", 0},
    {"-(-b)", "b + 0", 0},
    {"b * on (x, y) c", "c * on (x, y) b", 0},
    {"b / ignoring (y) group_left () sum by (x) (b) - 1",
     "(b - ignoring (y) group_left () sum by (x) (b)) / ignoring (y) group_left () "
     "sum by (x) (b)",
     1e-9},
    {"sum by (x) (b) * on (x) group_right () c", "c * on (x) group_left () sum by (x) (b)", 0},
    {"clamp(b, -10, 10)", "clamp_max(clamp_min(b, -10), 10)", 0},
    {"abs(b)", "b * sgn(b)", 0},
    {"round(b)", "floor(b + 0.5)", 0},
    {"ceil(b)", "-floor(-b)", 0},
    {"scalar(sum(b)) + c", "c + scalar(sum(b))", 0},
    {"absent(none)", "vector(1)", 0},
    {"absent(b) or sum(b) * 0 + 1", "vector(1)", 0},
    /* Labels. */
    {"label_replace(b, \"x\", \"$1\", \"x\", \"(.*)\")", "b", 0},
    {"label_replace(b, \"z\", \"w\", \"x\", \"no such\")", "b", 0},
    {"label_join(b, \"z\", \"-\", \"x\")", "label_replace(b, \"z\", \"$0\", \"x\", \".*\")", 0},
    {"sum by (z) (label_replace(b, \"z\", \"$1\", \"x\", \"(.)?.*\"))",
     "sum by (z) (label_replace(sum by (x) (b), \"z\", \"$1\", \"x\", \"(.)?.*\"))", 1e-12},
    /* Histograms. */
    {"histogram_fraction(-Inf, +Inf, h_bucket)", "histogram_fraction(0, +Inf, h_bucket)", 0},
    {"histogram_quantile(0.9, rate(h_bucket[5m]))",
     "histogram_quantile(0.9, 7 * rate(h_bucket[5m]))", 1e-9},
    {"histogram_fraction(0, 0.5, h_bucket) + histogram_fraction(0.5, 3, h_bucket)",
     "histogram_fraction(0, 3, h_bucket)", 1e-9},
};

static void
equal_pairs(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct prng       r = {seed};
        struct memsource *m = world(&r, true);

        for (size_t i = 0; i < ARRAY_LEN(equal_pairs_pairs); i++) {
            int64_t       start_ms = (int64_t)prng_below(&r, 900000);
            int64_t       step_ms = 1 + (int64_t)prng_below(&r, 60000);
            struct answer a, b;

            ask(&a, m, equal_pairs_pairs[i].a, start_ms, step_ms, 15);
            ask(&b, m, equal_pairs_pairs[i].b, start_ms, step_ms, 15);
            check_same(&a, &b, equal_pairs_pairs[i].a, equal_pairs_pairs[i].tolerance);
            done(&a);
            done(&b);
        }
        memsource_free(m);
    }
}

/* How many of the instant's points are the range's at that time too. */
static size_t
count_met(const struct answer *range, const struct answer *at, const char *query)
{
    struct text labels;
    size_t      met = 0;

    text_init(&labels, 1 << 16);
    for (size_t i = 0; i < at->r.value.n_series; i++) {
        const struct value_series *s = &at->r.value.series[i], *t;
        size_t                     k = 0;

        put_labels(at, i, &labels);
        t = find(range, text_slice(&labels));
        while (t && k < t->n && t->t_ms[k] != s->t_ms[0])
            k++;
        if (!t || k == t->n || !close_enough(t->v[k], s->v[0], 0))
            fail_msg("%s: %s is %.17g at %lld, not so in the range", query, labels.p, s->v[0],
                     (long long)s->t_ms[0]);
        met++;
    }
    text_release(&labels);
    return met;
}

/* A range is its instants: each step of a range query is what an instant query
 * at its time yields.  start() and end() are the range's own, so not these. */
static void
ranges_are_instants(void **state)
{
    struct text query;
    size_t      compared = 0;

    (void)state;
    text_init(&query, 1 << 16);
    for (uint64_t seed = 1; seed <= 600; seed++) {
        struct prng       r = {seed};
        struct memsource *m = world(&r, seed % 2);
        struct promgen    g = {.pick = pick, .self = &r};
        int64_t           start_ms = (int64_t)prng_below(&r, 900000);
        int64_t           step_ms = 1 + (int64_t)prng_below(&r, 60000);
        struct answer     range, at;
        size_t            points = 0, met = 0;

        do {
            text_clear(&query);
            promgen_query(&g, &query);
        } while (query.status || strstr(query.p, "start()") || strstr(query.p, "end()"));
        ask(&range, m, query.p, start_ms, step_ms, 6);
        for (size_t i = 0; i < range.r.value.n_series; i++)
            points += range.r.value.series[i].n;
        for (int64_t t = start_ms; t <= start_ms + 6 * step_ms && !range.status; t += step_ms) {
            ask(&at, m, query.p, t, 0, 0);
            if (at.status)
                fail_msg("%s: fails at %lld, not over the range", query.p, (long long)t);
            met += count_met(&range, &at, query.p);
            done(&at);
        }
        if (met != points)
            fail_msg("%s: %zu points in the range, %zu at its instants", query.p, points, met);
        compared += met;
        done(&range);
        memsource_free(m);
    }
    assert_true(compared > 5000); /* and not mostly errors or nothing */
    text_release(&query);
}

/* With a sample at every multiple of 10 s, a subquery of that step sees what
 * the selector's window holds. */
static void
subqueries_of_a_full_grid(void **state)
{
    static const char *const     functions[] = {"sum_over_time",
                                                "avg_over_time",
                                                "min_over_time",
                                                "max_over_time",
                                                "count_over_time",
                                                "last_over_time",
                                                "first_over_time",
                                                "stddev_over_time",
                                                "rate",
                                                "increase",
                                                "delta",
                                                "irate",
                                                "deriv",
                                                "changes",
                                                "resets",
                                                "mad_over_time"};
    const struct memsource_label name = {SLICE_LITERAL("__name__"), SLICE_LITERAL("g_total")};
    struct memsource            *m = memsource_new();
    struct prng                  r = {21};
    struct err                   err = {0};
    char                         a_text[200], b_text[200];
    double                       v = 0;
    size_t                       series;

    (void)state;
    assert_int_equal(memsource_series(m, &name, 1, &series, &err), STATUS_OK);
    for (int64_t t_ms = -1000000; t_ms <= 1000000; t_ms += 10000) {
        assert_int_equal(memsource_add(m, series, t_ms, v, &err), STATUS_OK);
        v = prng_below(&r, 9) ? v + (double)prng_below(&r, 50) : 1;
    }
    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        struct answer a, b;

        snprintf(a_text, sizeof a_text, "%s(g_total[4m] offset 13s)", functions[i]);
        snprintf(b_text, sizeof b_text, "%s((g_total)[4m:10s] offset 13s)", functions[i]);
        ask(&a, m, a_text, 3, 7001, 100); /* before 1970 the grid begins late: not there */
        ask(&b, m, b_text, 3, 7001, 100);
        assert_int_equal(a.r.value.n_series, 1);
        check_same(&a, &b, a_text, 0);
        done(&a);
        done(&b);
    }
    memsource_free(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_pairs),
        cmocka_unit_test(ranges_are_instants),
        cmocka_unit_test(subqueries_of_a_full_grid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
