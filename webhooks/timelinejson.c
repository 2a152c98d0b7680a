#include "webhooks/timelinejson.h"

#include "analyzer/confidence.h"
#include "analyzer/quantile.h"
#include "base/jsonout.h"

static const char *const sides[ARM_COUNT] = {[ARM_CANARY] = "canary", [ARM_BASELINE] = "stable"};

/* The limits of a share of faults, as limits of the success rate. */
static void
put_success(struct jsonout *j, const char *key, const struct timeline_count *c)
{
    struct confidence faults;

    if (c->requests == 0 || c->faults > c->requests)
        return;
    faults = confidence_share(c->faults, c->requests, TIMELINEJSON_ALPHA);
    jsonout_begin_object(j, key);
    jsonout_uint(j, "requests", c->requests);
    jsonout_uint(j, "faults", c->faults);
    jsonout_double(j, "success_rate", 1 - (double)c->faults / (double)c->requests);
    jsonout_double(j, "lower", 1 - faults.upper);
    jsonout_double(j, "upper", 1 - faults.lower);
    jsonout_end_object(j);
}

static void
put_side(struct jsonout *j, enum counts_arm arm, const struct timeline_count *now,
         const struct timeline_count *so_far)
{
    jsonout_begin_object(j, sides[arm]);
    jsonout_uint(j, "requests", now->requests);
    jsonout_uint(j, "faults", now->faults);
    if (now->requests > 0 && now->faults <= now->requests)
        jsonout_double(j, "success_rate", 1 - (double)now->faults / (double)now->requests);
    put_success(j, "so_far", so_far);
    jsonout_end_object(j);
}

static void
put_by_check(struct jsonout *j, const char *key, const double value[CHECK_COUNT])
{
    jsonout_begin_object(j, key);
    for (enum check c = 0; c < CHECK_COUNT; c++)
        jsonout_double(j, check_text(c), value[c]);
    jsonout_end_object(j);
}

static void
put_point(struct jsonout *j, const struct timeline_point *p, enum counts_view view,
          struct timeline_count so_far[ARM_COUNT])
{
    const struct timeline_count *at = p->at[view];
    uint64_t                     both = at[ARM_CANARY].requests + at[ARM_BASELINE].requests;

    jsonout_begin_object(j, NULL);
    jsonout_int(j, "start_ms", p->start_ms);
    jsonout_int(j, "end_ms", p->end_ms);
    for (enum counts_arm a = 0; a < ARM_COUNT; a++) {
        so_far[a].requests += at[a].requests;
        so_far[a].faults += at[a].faults;
        put_side(j, a, &at[a], &so_far[a]);
    }
    if (both > 0)
        jsonout_double(j, "share", (double)at[ARM_CANARY].requests / (double)both);
    if (p->decided) {
        jsonout_double(j, "weight", p->weight);
        jsonout_text(j, "verdict", verdict_text(p->verdict));
        jsonout_text(j, "reason", verdict_reason_text(p->reason));
        put_by_check(j, "evidence", p->evidence);
        put_by_check(j, "pass_evidence", p->pass_evidence);
    }
    jsonout_end_object(j);
}

static void
put_distribution(struct jsonout *j, const char *key, const struct counts_bounds *b,
                 const struct counts *c)
{
    struct confidence between = confidence_quantile(b, c->bucket, 0.95, TIMELINEJSON_ALPHA);
    struct quantile   p95;

    jsonout_begin_object(j, key);
    jsonout_begin_array(j, "buckets");
    for (uint32_t i = 0; i < b->n && i < COUNTS_MAX_BOUNDS; i++)
        jsonout_uint(j, NULL, c->bucket[i]);
    jsonout_end_array(j);
    if (quantile_of(b, c->bucket, 0.95, &p95) == STATUS_OK) {
        jsonout_double(j, "p95_ms", p95.interpolated_ms);
        jsonout_double(j, "p95_lower_ms", p95.lower_ms);
        jsonout_double(j, "p95_upper_ms", p95.upper_ms);
        jsonout_double(j, "confidence_lower_ms", between.lower);
        jsonout_double(j, "confidence_upper_ms", between.upper);
    }
    jsonout_end_object(j);
}

/* Upper bounds in milliseconds; the last bucket has none. */
static void
put_bounds(struct jsonout *j, const char *key, const double le_ms[], uint32_t n)
{
    jsonout_begin_array(j, key);
    for (uint32_t i = 0; i < n; i++)
        jsonout_double(j, NULL, le_ms[i]);
    jsonout_end_array(j);
}

static void
put_latency(struct jsonout *j, const struct timeline *t, enum counts_view view)
{
    const struct counts_bounds *b = &t->bounds[view];

    if (b->n == 0)
        return;
    jsonout_begin_object(j, "latency");
    put_bounds(j, "le_ms", b->le_ms, b->n);
    for (enum counts_arm a = 0; a < ARM_COUNT; a++)
        put_distribution(j, sides[a], b, &t->arm[view][a]);
    jsonout_end_object(j);
}

static void
put_pod(struct jsonout *j, const struct timeline *t, const struct timeline_pod *p)
{
    struct timeline_count count = {p->requests, p->faults};
    unsigned              how = timeline_stands_out(t, p, TIMELINEJSON_ALPHA);

    jsonout_begin_object(j, NULL);
    jsonout_text(j, "pod", p->name);
    jsonout_text(j, "version", p->version);
    jsonout_text(j, "side", sides[p->arm]);
    if (p->folded)
        jsonout_uint(j, "pods", p->folded);
    jsonout_uint(j, "requests", p->requests);
    jsonout_uint(j, "faults", p->faults);
    put_success(j, "success", &count);
    if (p->timed > 0) {
        jsonout_uint(j, "timed", p->timed);
        jsonout_begin_array(j, "over");
        for (uint32_t k = 0; k < t->monitored.n; k++)
            jsonout_uint(j, NULL, p->over[k]);
        jsonout_end_array(j);
    }
    jsonout_bool(j, "fails", how & TIMELINE_FAILS);
    jsonout_bool(j, "slow", how & TIMELINE_SLOW);
    jsonout_end_object(j);
}

static void
put_pods(struct jsonout *j, const struct timeline *t)
{
    put_bounds(j, "monitored_ms", t->monitored.le_ms, t->monitored.n);
    jsonout_begin_array(j, "pods");
    for (uint32_t k = 0; k < t->n_pods; k++)
        put_pod(j, t, &t->pods[k]);
    jsonout_end_array(j);
    jsonout_uint(j, "pods_left_out", t->pods_left_out);
}

void
timelinejson_write(struct text *out, const struct timeline *t, const char *why)
{
    enum counts_view      view = timeline_view(t);
    struct timeline_count so_far[ARM_COUNT] = {{0, 0}, {0, 0}};
    struct jsonout        j;

    jsonout_init(&j, out);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "view", counts_view_text(view));
    jsonout_double(&j, "alpha", TIMELINEJSON_ALPHA);
    jsonout_uint(&j, "intervals", t->coarse ? 0 : t->intervals);
    jsonout_bool(&j, "coarse", t->coarse);
    jsonout_text(&j, "without_evidence", why);
    jsonout_begin_array(&j, "points");
    for (uint32_t i = 0; i < t->n_points; i++)
        put_point(&j, &t->points[i], view, so_far);
    jsonout_end_array(&j);
    put_by_check(&j, "limit", t->limit);
    put_by_check(&j, "pass_limit", t->pass_limit);
    put_latency(&j, t, view);
    put_pods(&j, t);
    jsonout_end_object(&j);
}
