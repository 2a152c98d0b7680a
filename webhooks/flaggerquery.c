#include "webhooks/flaggerquery.h"

#include "promql/parser.h"

#include <stdio.h>

static const struct row {
    const char *metric, *ns_label, *label, *value;
} rows[] = {
#define FLAGGER_METRIC(metric, ns_label, label, value) {metric, ns_label, label, value},
#include "webhooks/flaggerquery.def"
#undef FLAGGER_METRIC
};

static const struct {
    const char      *metric;
    enum port_metric what;
} own[] = {{"verdictd_verdict", PORT_METRIC_VERDICT}, {"verdictd_step_verdict", PORT_METRIC_STEP}};

/* What the one matcher of the label asks for; {0}: there is none, or another kind. */
static struct slice
label_of(const struct node *selector, const char *label)
{
    struct slice found = {0};

    for (size_t i = 0; i < selector->u.selector.n; i++) {
        const struct node_matcher *m = &selector->u.selector.matchers[i];

        if (!slice_is(m->name, label) || m->op == MATCHER_NOT_EQUAL || m->op == MATCHER_NOT_REGEX)
            continue;
        if (found.n)
            return (struct slice){0};
        found = m->value;
    }
    return found;
}

/* A NUL in it would end it where it is copied. */
static bool
is_name(struct slice s)
{
    return s.n && !memchr(s.p, '\0', s.n);
}

/* One more selector of the query: which rows it leaves. */
static void
narrow(struct flaggerquery *q, const struct node *selector, bool first)
{
    size_t kept = 0;

    if (first) {
        q->n_fits = 0;
        for (unsigned i = 0; i < ARRAY_LEN(rows) && q->n_fits < FLAGGERQUERY_FITTING; i++)
            if (slice_is(selector->u.selector.name, rows[i].metric))
                q->fit[q->n_fits++] = (struct flaggerquery_fit){.row = i};
    }
    for (size_t i = 0; i < q->n_fits; i++) {
        struct flaggerquery_fit fit = q->fit[i];
        const struct row       *r = &rows[fit.row];
        struct slice            ns = *r->ns_label ? label_of(selector, r->ns_label) : fit.ns;
        struct slice            value = label_of(selector, r->label);

        if (!is_name(value) || (*r->ns_label && !is_name(ns)))
            continue;
        if (!first && (!slice_equal(ns, fit.ns) || !slice_equal(value, fit.value)))
            continue;
        fit.ns = ns;
        fit.value = value;
        q->fit[kept++] = fit;
    }
    q->n_fits = kept;
}

/* Two metrics in one query: the sum and the count of a mean. */
static bool
same_family(struct slice a, struct slice b)
{
    static const char *const ends[] = {"_sum", "_count"};

    if (slice_equal(a, b))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        size_t n = strlen(ends[i]);

        if (a.n > n && memcmp(a.p + a.n - n, ends[i], n) == 0)
            a.n -= n;
        if (b.n > n && memcmp(b.p + b.n - n, ends[i], n) == 0)
            b.n -= n;
    }
    return slice_equal(a, b);
}

static const struct node *
first_selector(const struct node *n)
{
    const struct node *found = n->kind == NODE_SELECTOR ? n : NULL;

    for (size_t i = 0; i < ast_children(n) && !found; i++)
        found = first_selector(ast_child(n, i));
    return found;
}

/* False: some selector reads something else. */
static bool
narrow_all(struct flaggerquery *q, const struct node *n, const struct node *first)
{
    if (n->kind == NODE_SELECTOR && n != first) {
        if (!same_family(n->u.selector.name, first->u.selector.name))
            return false;
        narrow(q, n, false);
    }
    for (size_t i = 0; i < ast_children(n); i++)
        if (!narrow_all(q, ast_child(n, i), first))
            return false;
    return true;
}

/* expr * NUMBER; *times is 1 where there is no number. */
static const struct node *
without_factor(const struct node *n, double *times)
{
    n = ast_bare(n);
    *times = 1;
    if (n->kind != NODE_BINARY || n->u.binary.op != BINARY_MUL ||
        ast_bare(n->u.binary.rhs)->kind != NODE_NUMBER)
        return n;
    *times = ast_bare(n->u.binary.rhs)->u.number.value;
    return ast_bare(n->u.binary.lhs);
}

static struct slice
text_of(struct slice query, const struct node *n)
{
    return (struct slice){query.p + n->place.start, n->place.end - n->place.start};
}

static bool
is_call(const struct node *n, enum function_id id)
{
    return n->kind == NODE_CALL && n->u.call.id == id;
}

/* False: Flagger's own queries do not look like that. */
static bool
read_shape(const struct node *tree, struct flaggerquery *q)
{
    double             times;
    const struct node *n = without_factor(tree, &times);

    if (n->kind == NODE_SELECTOR) {
        for (size_t i = 0; i < ARRAY_LEN(own) && times == 1; i++) {
            if (!slice_is(n->u.selector.name, own[i].metric))
                continue;
            q->what = own[i].what;
            return true;
        }
        return false;
    }
    if (is_call(n, FUNCTION_HISTOGRAM_QUANTILE)) {
        q->what = PORT_METRIC_DURATION;
        return times == 1 || times == 1000;
    }
    if (n->kind != NODE_BINARY || n->u.binary.op != BINARY_DIV)
        return false;
    q->what = times == 100 ? PORT_METRIC_SUCCESS_RATE : PORT_METRIC_DURATION;
    if (times == 100)
        q->traffic = text_of(q->expr, n->u.binary.rhs);
    return times == 100 || times == 1000;
}

static bool
read_constant(const struct node *tree, struct flaggerquery *q)
{
    const struct node *n = ast_bare(tree);

    if (!is_call(n, FUNCTION_VECTOR) || ast_bare(n->u.call.args[0])->kind != NODE_NUMBER)
        return false;
    q->is_constant = true;
    q->constant = ast_bare(n->u.call.args[0])->u.number.value;
    return true;
}

static bool
is_own(const struct flaggerquery *q)
{
    return q->what == PORT_METRIC_VERDICT || q->what == PORT_METRIC_STEP;
}

enum status
flaggerquery_read(struct arena *a, struct slice query, struct flaggerquery *out, struct err *err)
{
    const struct node *first;
    struct node       *tree;
    enum status        s;

    *out = (struct flaggerquery){.expr = query};
    if (query.n > FLAGGERQUERY_BYTES)
        return err_set(err, STATUS_LIMIT, "the query has %zu bytes, at most %d are taken", query.n,
                       FLAGGERQUERY_BYTES);
    s = parser_parse(a, query, &tree, NULL, err);
    if (s)
        return s;
    if (read_constant(tree, out))
        return STATUS_OK;
    first = first_selector(tree);
    if (first && read_shape(tree, out))
        narrow(out, first, true);
    if (!out->n_fits || !narrow_all(out, tree, first) || !out->n_fits)
        return err_set(err, STATUS_BAD_QUERY,
                       "this is none of Flagger's built-in queries, and neither verdictd_verdict "
                       "nor verdictd_step_verdict with namespace and service: point a "
                       "MetricTemplate with a query of its own at its Prometheus");
    if (is_own(out) && first->u.selector.n != 3)
        return err_set(err, STATUS_BAD_QUERY,
                       "write namespace and service of %.*s, and no other label",
                       SLICE_ARG(first->u.selector.name));
    return STATUS_OK;
}

static bool
take(struct slice *value, const char *text)
{
    size_t n = strlen(text);

    if (value->n < n || memcmp(value->p, text, n) != 0)
        return false;
    value->p += n;
    value->n -= n;
    return true;
}

static bool
is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* As skipper names its routes (dataclients/kubernetes/ingress.go). */
static bool
take_encoded(struct slice *value, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < n; i++)
        if (i >= value->n || value->p[i] != (is_word(name[i]) ? name[i] : '_'))
            return false;
    value->p += n;
    value->n -= n;
    return true;
}

/* Whether a hole may hold so many bytes of the value. */
static bool
may_hold(char hole, struct slice value, size_t n)
{
    if (hole == '*' || n == 0)
        return true;
    if (hole == '#')
        return value.p[n - 1] >= '0' && value.p[n - 1] <= '9';
    return is_word(value.p[n - 1]) || (value.p[n - 1] == '_' && (n == 1 || value.p[n - 2] != '_'));
}

static bool
take_hole(const char **pattern, struct slice *value, const char *ns, const char *name)
{
    const struct {
        const char *hole, *text;
        bool        encoded;
    } holes[] = {
        {"{ns}", ns, false}, {"{name}", name, false}, {"{ns_}", ns, true}, {"{name_}", name, true}};
    const char one[] = {**pattern, '\0'};

    for (size_t i = 0; i < ARRAY_LEN(holes); i++)
        if (strncmp(*pattern, holes[i].hole, strlen(holes[i].hole)) == 0) {
            *pattern += strlen(holes[i].hole);
            return holes[i].encoded ? take_encoded(value, holes[i].text)
                                    : take(value, holes[i].text);
        }
    (*pattern)++;
    return take(value, one);
}

/* Whether the value is the pattern with its holes filled; a pattern has one of * ~ # at
 * most (that of a regular expression, as .* of skipper's, is its own text). */
static bool
fits(const char *pattern, struct slice value, const char *ns, const char *name)
{
    bool literal = false; /* the byte before was a dot */

    while (*pattern) {
        char hole = *pattern;

        if (!literal && (hole == '*' || hole == '~' || hole == '#')) {
            for (size_t k = 0; k <= value.n && may_hold(hole, value, k); k++)
                if ((k || hole == '*') &&
                    fits(pattern + 1, (struct slice){value.p + k, value.n - k}, ns, name))
                    return true;
            return false;
        }
        literal = hole == '.';
        if (!take_hole(&pattern, &value, ns, name))
            return false;
    }
    return value.n == 0;
}

bool
flaggerquery_is_about(const struct flaggerquery *q, const char *ns, const char *name)
{
    for (size_t i = 0; i < q->n_fits; i++) {
        const struct flaggerquery_fit *fit = &q->fit[i];

        if ((!fit->ns.n || slice_is(fit->ns, ns)) &&
            fits(rows[fit->row].value, fit->value, ns, name))
            return true;
    }
    return false;
}

bool
flaggerquery_names(const struct flaggerquery *q, char ns[VIEW_NAME_BYTES],
                   char name[VIEW_NAME_BYTES])
{
    for (size_t i = 0; i < q->n_fits; i++) {
        const struct flaggerquery_fit *fit = &q->fit[i];
        const char                    *end = rows[fit->row].value + strlen("{name}");
        size_t                         n = strlen(end);

        if (!fit->ns.n || fit->ns.n >= VIEW_NAME_BYTES || fit->value.n <= n ||
            fit->value.n - n >= VIEW_NAME_BYTES ||
            memcmp(fit->value.p + fit->value.n - n, end, n) != 0)
            continue;
        snprintf(ns, VIEW_NAME_BYTES, "%.*s", SLICE_ARG(fit->ns));
        snprintf(name, VIEW_NAME_BYTES, "%.*s", (int)(fit->value.n - n), fit->value.p);
        return true;
    }
    return false;
}
