#include "daemon/pointline.h"

#include "analyzer/confidence.h"
#include "analyzer/quantile.h"
#include "daemon/points.h"

#include <math.h>

/* Error of the intervals that are shown. */
static const double alpha = 0.05;

static const struct {
    double      q;
    const char *text;
} quantiles[POINTLINE_QUANTILES] = {{0.5, "0.5"}, {0.95, "0.95"}, {0.99, "0.99"}};

static const enum series counted[] = {SERIES_REQUESTS, SERIES_FAULTS};
static const enum series bucketed[] = {SERIES_DURATION_BUCKET, SERIES_DURATION_COUNT};
static const enum series windowed[] = {
    SERIES_SUCCESS_RATIO, SERIES_SUCCESS_RATIO_LOWER, SERIES_SUCCESS_RATIO_UPPER,
    SERIES_LATENCY,       SERIES_LATENCY_LOWER,       SERIES_LATENCY_UPPER,
    SERIES_SHARE};
static const enum series checked[] = {SERIES_CHECK_VERDICT, SERIES_EVIDENCE, SERIES_EVIDENCE_LIMIT,
                                      SERIES_CHECK_VALUE, SERIES_CHECK_LIMIT};
static const enum series single[] = {SERIES_WEIGHT, SERIES_NEEDED};

static bool
any(const struct verdictcolumns *c, const enum series list[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (c->wanted[list[i]])
            return true;
    return false;
}

bool
pointline_wanted(const struct verdictcolumns *c)
{
    return any(c, counted, ARRAY_LEN(counted)) || any(c, bucketed, ARRAY_LEN(bucketed)) ||
           any(c, windowed, ARRAY_LEN(windowed)) || any(c, checked, ARRAY_LEN(checked)) ||
           any(c, single, ARRAY_LEN(single));
}

static uint32_t
symbol(const struct pointline *l, const char *text)
{
    return verdictcolumns_symbol(l->c, slice_of(text));
}

void
pointline_begin(struct pointline *l, struct verdictcolumns *c, const struct runcatalog_run *run,
                const struct verdictcolumns_set *set, int64_t from_ms)
{
    struct point *kept = l->kept; /* of the run before */

    memset(l, 0, sizeof *l);
    l->c = c;
    l->run = run;
    l->set = *set;
    l->windows = any(c, windowed, ARRAY_LEN(windowed));
    l->buckets = any(c, bucketed, ARRAY_LEN(bucketed));
    l->counts = any(c, counted, ARRAY_LEN(counted));
    l->checks = any(c, checked, ARRAY_LEN(checked));
    l->whole = run->started_ms >= from_ms;
    l->before_ms = l->whole ? run->started_ms : 0;
    for (int a = 0; a < ARM_COUNT; a++)
        l->arm[a] = symbol(l, counts_arm_text((enum counts_arm)a));
    l->arm[ARM_COUNT] = symbol(l, "other");
    for (enum counts_view v = 0; v < VIEW_COUNT; v++)
        l->view[v] = symbol(l, counts_view_text(v));
    for (size_t i = 0; i < ARRAY_LEN(quantiles); i++)
        l->quantile[i] = symbol(l, quantiles[i].text);
    l->kept = kept;
    if (l->windows && !kept)
        l->kept = arena_array(c->arena, POINTLINE_KEPT, sizeof *l->kept);
}

/* Labels of an arm's series; the version is the arm's own. */
static struct verdictcolumns_set
arm_set(const struct pointline *l, const struct point_version *v, enum counts_view view)
{
    struct verdictcolumns_set set = l->set;

    set.value[VERDICTCOLUMNS_VERSION] = symbol(l, v->name);
    set.value[VERDICTCOLUMNS_ARM] = l->arm[v->arm < 0 ? ARM_COUNT : v->arm];
    set.value[VERDICTCOLUMNS_VIEW] = l->view[view];
    return set;
}

static struct verdictcolumn *
touch(struct pointline *l, enum series s, struct verdictcolumns_set set)
{
    struct verdictcolumn *column = verdictcolumns_of(l->c, s, set, false);

    if (column && column->owner != l->run->row) {
        column->owner = l->run->row;
        VEC_PUSH(l->c->arena, &l->touched, column);
    }
    return column;
}

/* A counter that was not there before stood at zero, so that what it begins with
 * is seen as an increase. */
static void
put_count(struct pointline *l, enum series s, struct verdictcolumns_set set, int64_t at_ms,
          uint64_t n)
{
    struct verdictcolumn *column = touch(l, s, set);

    if (!column)
        return;
    if (l->before_ms && l->before_ms < at_ms &&
        (!column->n || column->t_ms[column->n - 1] < l->before_ms))
        verdictcolumns_put(l->c, column, l->before_ms, 0);
    verdictcolumns_put(l->c, column, at_ms, (double)n);
}

static void
put_buckets(struct pointline *l, enum counts_view view, struct verdictcolumns_set set,
            const struct point_counts *n, int64_t at_ms)
{
    const struct counts_bounds *b = &l->now.bounds[view];
    uint64_t                    sum = 0;
    char                        le[POINTS_LE_BYTES];

    if (b->n == 0)
        return;
    if (memcmp(b, &l->bounds[view], sizeof *b) != 0) {
        l->bounds[view] = *b;
        for (uint32_t k = 0; k < b->n; k++)
            l->le[view][k] = verdictcolumns_symbol(l->c, points_le(b->le_ms[k], le));
    }
    for (uint32_t k = 0; k < b->n; k++) {
        sum += n->bucket[k];
        set.value[VERDICTCOLUMNS_LE] = l->le[view][k];
        put_count(l, SERIES_DURATION_BUCKET, set, at_ms, sum);
    }
    set.value[VERDICTCOLUMNS_LE] = SYMBOLS_EMPTY;
    put_count(l, SERIES_DURATION_COUNT, set, at_ms, sum);
}

static const struct point_version *
same_version(const struct point *p, const struct point_version *v)
{
    for (uint32_t k = 0; k < p->n_versions; k++)
        if (p->versions[k].arm == v->arm && !strcmp(p->versions[k].name, v->name))
            return &p->versions[k];
    return NULL;
}

/* The newest point that is a window old, else the oldest there is; NULL: the run's
 * start, where all was zero.  false: it lies before what was read. */
static bool
window_start(const struct pointline *l, int64_t at_ms, const struct point **then)
{
    const struct point *old = NULL, *oldest = NULL;
    int64_t             old_ms = 0, oldest_ms = 0;

    for (uint32_t k = 0; k < l->n_kept; k++) {
        int64_t kept_ms = l->kept_ms[k];

        if (kept_ms <= at_ms - POINTLINE_WINDOW_MS && (!old || kept_ms > old_ms)) {
            old = &l->kept[k];
            old_ms = kept_ms;
        }
        if (!oldest || kept_ms < oldest_ms) {
            oldest = &l->kept[k];
            oldest_ms = kept_ms;
        }
    }
    *then = old;
    if (old || at_ms - l->run->started_ms <= POINTLINE_WINDOW_MS)
        return true;
    *then = oldest;
    return oldest || l->whole;
}

/* What was counted since then. */
static struct point_counts
since(const struct pointline *l, const struct point *then, const struct point_version *v,
      enum counts_view view)
{
    const struct point_version *was = then ? same_version(then, v) : NULL;
    struct point_counts         n = v->at[view];

    if (!was)
        return n;
    n.requests -= was->at[view].requests < n.requests ? was->at[view].requests : n.requests;
    n.faults -= was->at[view].faults < n.faults ? was->at[view].faults : n.faults;
    if (memcmp(&then->bounds[view], &l->now.bounds[view], sizeof then->bounds[view]) != 0)
        return n;
    for (uint32_t k = 0; k < l->now.bounds[view].n; k++) {
        uint64_t before = was->at[view].bucket[k];

        n.bucket[k] -= before < n.bucket[k] ? before : n.bucket[k];
    }
    return n;
}

/* A value, or that there is none any more. */
static void
put_gauge(struct pointline *l, enum series s, struct verdictcolumns_set set, int64_t at_ms,
          double value)
{
    struct verdictcolumn *column = touch(l, s, set);

    if (!isnan(value))
        verdictcolumns_put(l->c, column, at_ms, value);
    else if (column && column->n && !isnan(column->value[column->n - 1]))
        verdictcolumns_end(l->c, column, at_ms);
}

static void
put_ratio(struct pointline *l, const struct verdictcolumns_set *set, const struct point_counts *n,
          int64_t at_ms)
{
    struct confidence bad = {NAN, NAN};
    double            ratio = NAN;

    if (n->requests) {
        ratio = 1 - (double)n->faults / (double)n->requests;
        if (l->c->wanted[SERIES_SUCCESS_RATIO_LOWER] || l->c->wanted[SERIES_SUCCESS_RATIO_UPPER])
            bad = confidence_share(n->faults, n->requests, alpha);
    }
    put_gauge(l, SERIES_SUCCESS_RATIO, *set, at_ms, ratio);
    put_gauge(l, SERIES_SUCCESS_RATIO_LOWER, *set, at_ms, 1 - bad.upper);
    put_gauge(l, SERIES_SUCCESS_RATIO_UPPER, *set, at_ms, 1 - bad.lower);
}

static void
put_quantiles(struct pointline *l, enum counts_view view, struct verdictcolumns_set set,
              const struct point_counts *n, int64_t at_ms)
{
    const struct counts_bounds *b = &l->now.bounds[view];
    bool bracket = l->c->wanted[SERIES_LATENCY_LOWER] || l->c->wanted[SERIES_LATENCY_UPPER];

    for (size_t i = 0; i < ARRAY_LEN(quantiles); i++) {
        struct quantile   q;
        struct confidence within = {NAN, NAN};
        bool              known = quantile_of(b, n->bucket, quantiles[i].q, &q) == STATUS_OK;

        if (known && bracket)
            within = confidence_quantile(b, n->bucket, quantiles[i].q, alpha);
        set.value[VERDICTCOLUMNS_QUANTILE] = l->quantile[i];
        put_gauge(l, SERIES_LATENCY, set, at_ms, q.interpolated_ms);
        put_gauge(l, SERIES_LATENCY_LOWER, set, at_ms, within.lower);
        put_gauge(l, SERIES_LATENCY_UPPER, set, at_ms, within.upper);
    }
}

static void
put_share(struct pointline *l, enum counts_view view, const uint64_t requests[ARM_COUNT],
          int64_t at_ms)
{
    struct verdictcolumns_set set = l->set;
    uint64_t                  sum = requests[ARM_CANARY] + requests[ARM_BASELINE];

    set.value[VERDICTCOLUMNS_VIEW] = l->view[view];
    put_gauge(l, SERIES_SHARE, set, at_ms, sum ? (double)requests[ARM_CANARY] / (double)sum : NAN);
}

static void
put_window(struct pointline *l, int64_t at_ms)
{
    const struct point *then;

    if (!window_start(l, at_ms, &then))
        return;
    for (enum counts_view v = 0; v < VIEW_COUNT; v++) {
        uint64_t requests[ARM_COUNT] = {0};
        bool     seen = false;

        for (uint32_t k = 0; k < l->now.n_versions; k++) {
            const struct point_version *version = &l->now.versions[k];
            struct point_counts         n = since(l, then, version, v);
            struct verdictcolumns_set   set = arm_set(l, version, v);

            if (!version->at[v].requests)
                continue;
            seen = true;
            if (version->arm >= 0)
                requests[version->arm] += n.requests;
            put_ratio(l, &set, &n, at_ms);
            put_quantiles(l, v, set, &n, at_ms);
        }
        if (seen)
            put_share(l, v, requests, at_ms);
    }
}

static void
put_counts(struct pointline *l, int64_t at_ms)
{
    for (uint32_t k = 0; k < l->now.n_versions; k++)
        for (enum counts_view v = 0; v < VIEW_COUNT; v++) {
            const struct point_counts *n = &l->now.versions[k].at[v];
            struct verdictcolumns_set  set;

            if (!n->requests)
                continue;
            set = arm_set(l, &l->now.versions[k], v);
            if (l->counts) {
                put_count(l, SERIES_REQUESTS, set, at_ms, n->requests);
                put_count(l, SERIES_FAULTS, set, at_ms, n->faults);
            }
            if (l->buckets)
                put_buckets(l, v, set, n, at_ms);
        }
}

static void
put_check(struct pointline *l, const struct point_check *c, int64_t at_ms)
{
    struct verdictcolumns_set set = l->set;
    bool                      sequential = !isnan(c->evidence);

    set.value[VERDICTCOLUMNS_CHECK] = symbol(l, c->name);
    put_gauge(l, SERIES_CHECK_VERDICT, set, at_ms, series_verdict(c->verdict));
    put_gauge(l, SERIES_EVIDENCE, set, at_ms, c->evidence);
    put_gauge(l, SERIES_EVIDENCE_LIMIT, set, at_ms, sequential ? c->limit : NAN);
    put_gauge(l, SERIES_CHECK_VALUE, set, at_ms, c->value);
    put_gauge(l, SERIES_CHECK_LIMIT, set, at_ms, sequential ? NAN : c->limit);
}

static void
keep(struct pointline *l, int64_t at_ms)
{
    l->kept[l->next] = l->now;
    l->kept_ms[l->next] = at_ms;
    l->next = (l->next + 1) % POINTLINE_KEPT;
    if (l->n_kept < POINTLINE_KEPT)
        l->n_kept++;
}

void
pointline_point(struct pointline *l, int64_t at_ms)
{
    put_gauge(l, SERIES_WEIGHT, l->set, at_ms, l->now.weight / 100);
    put_gauge(l, SERIES_NEEDED, l->set, at_ms, ceil(l->now.need_requests));
    if (l->counts || l->buckets)
        put_counts(l, at_ms);
    if (l->checks)
        for (uint32_t k = 0; k < l->now.n_checks; k++)
            put_check(l, &l->now.checks[k], at_ms);
    if (l->windows) {
        put_window(l, at_ms);
        keep(l, at_ms);
    }
    l->before_ms = at_ms;
}

void
pointline_end(struct pointline *l, int64_t at_ms)
{
    if (!at_ms)
        return;
    for (size_t i = 0; i < l->touched.n; i++)
        verdictcolumns_end(l->c, l->touched.at[i], l->before_ms + POINTS_EVERY_MS);
}
