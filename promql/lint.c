#include "promql/lint.h"

#include <stdlib.h>

static const struct {
    const char *name, *text;
} rules[LINT_COUNT] = {
#define LINT(id, name, text) [LINT_##id] = {name, text},
#include "promql/lint_rule.def"
#undef LINT
};

const char *
lint_name(enum lint_rule rule)
{
    return rules[rule].name;
}

const char *
lint_text(enum lint_rule rule)
{
    return rules[rule].text;
}

/* Selectors compared, so that a query made of thousands of them ends in time. */
enum { MAX_COMPARISONS = 1000 * 1000 };

struct lint {
    struct arena       *arena;
    int64_t             scrape_interval_ms;
    struct lint_report *report;
    unsigned            comparisons;
};

static void
find(struct lint *l, enum lint_rule rule, const struct node *n)
{
    VEC_PUSH(l->arena, &l->report->findings, (struct lint_finding){rule, n->place});
}

static bool
is_call(const struct node *n, enum function_id id)
{
    return n->kind == NODE_CALL && n->u.call.id == id;
}

/* Differences inside the window, which take two samples. */
static bool
takes_two(enum function_id id)
{
    return id == FUNCTION_RATE || id == FUNCTION_IRATE || id == FUNCTION_INCREASE ||
           id == FUNCTION_DELTA || id == FUNCTION_IDELTA || id == FUNCTION_DERIV ||
           id == FUNCTION_PREDICT_LINEAR;
}

static bool
takes_counters(enum function_id id)
{
    return id == FUNCTION_RATE || id == FUNCTION_IRATE || id == FUNCTION_INCREASE ||
           id == FUNCTION_RESETS;
}

static bool
has_label(const struct node_labels *labels, const char *name)
{
    size_t i = 0;

    while (i < labels->n && !slice_is(labels->at[i], name))
        i++;
    return i < labels->n;
}

static bool
has_matcher(const struct node *selector, const char *label)
{
    size_t i = 0;

    while (i < selector->u.selector.n && !slice_is(selector->u.selector.matchers[i].name, label))
        i++;
    return i < selector->u.selector.n;
}

/* The metric the selector names, also by {__name__="..."}. */
static struct slice
metric_of(const struct node *selector)
{
    for (size_t i = 0; i < selector->u.selector.n; i++) {
        const struct node_matcher *m = &selector->u.selector.matchers[i];

        if (m->op == MATCHER_EQUAL && slice_is(m->name, "__name__"))
            return m->value;
    }
    return (struct slice){0};
}

typedef bool node_test(const struct node *n);

static bool
any(const struct node *n, node_test *test)
{
    if (test(n))
        return true;
    for (size_t i = 0; i < ast_children(n); i++)
        if (any(ast_child(n, i), test))
            return true;
    return false;
}

static bool
is_aggregation(const struct node *n)
{
    return n->kind == NODE_AGGREGATION;
}

static bool
is_or(const struct node *n)
{
    return n->kind == NODE_BINARY && n->u.binary.op == BINARY_OR;
}

static bool
is_window(const struct node *n)
{
    return n->kind == NODE_MATRIX || n->kind == NODE_SUBQUERY;
}

static bool
is_bucket_selector(const struct node *n)
{
    return n->kind == NODE_SELECTOR && slice_ends(metric_of(n), "_bucket");
}

static bool
is_quantile(const struct node *n)
{
    return is_call(n, FUNCTION_HISTOGRAM_QUANTILE);
}

/* Istio's standard metrics come from both ends of a request
 * (istio.io/latest/docs/reference/config/metrics). */
static bool
both_ends_report(struct slice metric)
{
    return slice_starts(metric, "istio_request") || slice_starts(metric, "istio_response") ||
           slice_starts(metric, "istio_tcp_");
}

static bool
has_equal_matcher(const struct node *selector, const struct node_matcher *m)
{
    for (size_t i = 0; i < selector->u.selector.n; i++) {
        const struct node_matcher *o = &selector->u.selector.matchers[i];

        if (o->op == m->op && slice_equal(o->name, m->name) && slice_equal(o->value, m->value))
            return true;
    }
    return false;
}

/* `part` asks for all that `whole` asks for, and for more. */
static bool
is_part(const struct node *part, const struct node *whole)
{
    if (part->u.selector.n <= whole->u.selector.n ||
        !slice_equal(metric_of(part), metric_of(whole)))
        return false;
    for (size_t i = 0; i < whole->u.selector.n; i++)
        if (!has_equal_matcher(part, &whole->u.selector.matchers[i]))
            return false;
    return true;
}

/* Some selector below n is a part of the given one, or of one below it. */
static bool
any_part_of(struct lint *l, const struct node *n, const struct node *whole)
{
    if (n->kind == NODE_SELECTOR)
        return l->comparisons++ < MAX_COMPARISONS && is_part(n, whole);
    for (size_t i = 0; i < ast_children(n); i++)
        if (l->comparisons < MAX_COMPARISONS && any_part_of(l, ast_child(n, i), whole))
            return true;
    return false;
}

static bool
any_part(struct lint *l, const struct node *numerator, const struct node *denominator)
{
    if (denominator->kind == NODE_SELECTOR)
        return any_part_of(l, numerator, denominator);
    for (size_t i = 0; i < ast_children(denominator); i++)
        if (l->comparisons < MAX_COMPARISONS && any_part(l, numerator, ast_child(denominator, i)))
            return true;
    return false;
}

static void
lint_call(struct lint *l, const struct node *n)
{
    enum function_id   id = n->u.call.id;
    const struct node *arg = n->u.call.n ? ast_bare(n->u.call.args[0]) : NULL;

    if (id == FUNCTION_IRATE || id == FUNCTION_IDELTA)
        find(l, LINT_IRATE, n);
    if (arg && takes_counters(id) && arg->kind == NODE_SUBQUERY &&
        any(arg->u.subquery.inner, is_aggregation))
        find(l, LINT_RATE_OVER_SUM, n);
    if (arg && takes_two(id) && arg->kind == NODE_MATRIX &&
        arg->u.matrix.range_ms < 2 * l->scrape_interval_ms)
        find(l, LINT_SHORT_WINDOW, arg);
}

static void
lint_quantile(struct lint *l, const struct node *n)
{
    const struct node *buckets = ast_bare(n->u.call.args[n->u.call.n - 1]);

    if (buckets->kind == NODE_AGGREGATION &&
        has_label(&buckets->u.aggregation.labels, "le") == buckets->u.aggregation.without)
        find(l, LINT_QUANTILE_GROUPING, buckets);
    if (any(buckets, is_bucket_selector) && !any(buckets, is_window))
        find(l, LINT_QUANTILE_OF_TOTALS, buckets);
}

static void
lint_ratio(struct lint *l, const struct node *n)
{
    const struct node *lhs = n->u.binary.lhs, *rhs = n->u.binary.rhs;

    if (n->u.binary.op == BINARY_DIV && lhs->type == EXPR_VECTOR && rhs->type == EXPR_VECTOR &&
        !any(lhs, is_or) && any_part(l, lhs, rhs))
        find(l, LINT_EMPTY_NUMERATOR, lhs);
}

static void
lint_aggregation(struct lint *l, const struct node *n)
{
    enum aggregation_op op = n->u.aggregation.op;

    if ((op == AGGREGATION_AVG || op == AGGREGATION_SUM) &&
        any(n->u.aggregation.inner, is_quantile))
        find(l, LINT_AVERAGE_OF_QUANTILES, n);
}

/* by_reporter: an aggregation above keeps the two reports of a request apart. */
static void
walk(struct lint *l, const struct node *n, bool by_reporter)
{
    if (n->kind == NODE_AGGREGATION) {
        by_reporter |= !n->u.aggregation.without && has_label(&n->u.aggregation.labels, "reporter");
        lint_aggregation(l, n);
    } else if (n->kind == NODE_CALL) {
        lint_call(l, n);
        if (is_quantile(n) || is_call(n, FUNCTION_HISTOGRAM_FRACTION))
            lint_quantile(l, n);
    } else if (n->kind == NODE_BINARY) {
        lint_ratio(l, n);
    } else if (n->kind == NODE_SELECTOR && both_ends_report(metric_of(n)) && !by_reporter &&
               !has_matcher(n, "reporter")) {
        find(l, LINT_REPORTER, n);
    }
    for (size_t i = 0; i < ast_children(n); i++)
        walk(l, ast_child(n, i), by_reporter);
}

static int
by_place(const void *a, const void *b)
{
    const struct lint_finding *x = a, *y = b;

    if (x->place.start != y->place.start)
        return x->place.start < y->place.start ? -1 : 1;
    return (int)x->rule - (int)y->rule;
}

void
lint_tree(const struct node *tree, int64_t scrape_interval_ms, struct arena *arena,
          struct lint_report *report)
{
    struct lint l = {arena, scrape_interval_ms, report, 0};

    walk(&l, tree, false);
    if (report->findings.n)
        qsort(report->findings.at, report->findings.n, sizeof *report->findings.at, by_place);
}
