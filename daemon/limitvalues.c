#include "daemon/limitvalues.h"

#include "base/heap.h"
#include "base/log.h"
#include "daemon/limitquery.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Why there is no value; what is no value is not always a mistake. */
enum trouble { TROUBLE_NONE, TROUBLE_EMPTY, TROUBLE_MANY, TROUBLE_KIND, TROUBLE_FAILED };

/* One limit of the policy. */
struct asked {
    struct limitvalues    *all;
    const char            *name; /* NULL: it is not a query */
    struct text            expression;
    struct upstream_query *query; /* under way, or NULL */
    struct arena           arena; /* of its reply */
    enum trouble           trouble;
    double                 value;
};

struct limitvalues {
    struct upstream *source;
    const char      *run_id;
    uint32_t         n, open;
    bool             cancelled;
    limitvalues_fn   done;
    void            *ctx;
    struct asked     limit[POLICY_MAX_LIMITS];
};

static enum status
prepare(struct asked *q, const struct policy_limit *l, const struct limitquery_names *names,
        struct err *err)
{
    struct err  why = {0};
    enum status s;

    text_init(&q->expression, LIMITQUERY_FILLED_BYTES);
    q->name = l->name;
    s = limitquery_fill(slice_of(l->query), names, &q->expression, &why);
    return s ? err_set(err, s, "limit %s: %.250s", l->name, why.text) : STATUS_OK;
}

enum status
limitvalues_new(struct upstream *source, const struct target *t, const struct policy *policy,
                const char *run_id, struct limitvalues **out, struct err *err)
{
    const struct limitquery_names names = {
        .canary = t->canary, .baseline = t->baseline, .ns = t->ns, .service = t->name};
    struct limitvalues *v = heap_new(1, sizeof *v);
    bool                any = false;
    enum status         s = STATUS_OK;

    v->source = source;
    v->run_id = run_id;
    v->n = policy->n_limits;
    for (uint32_t k = 0; k < v->n && s == STATUS_OK; k++) {
        v->limit[k].all = v;
        v->limit[k].value = NAN;
        if (policy->limit[k].metric != POLICY_LIMIT_QUERY)
            continue;
        any = true;
        s = prepare(&v->limit[k], &policy->limit[k], &names, err);
    }
    if (s || !any) {
        limitvalues_free(v);
        v = NULL;
    }
    *out = v;
    return s;
}

void
limitvalues_free(struct limitvalues *v)
{
    for (uint32_t k = 0; v && k < v->n; k++) {
        text_release(&v->limit[k].expression);
        arena_release(&v->limit[k].arena);
    }
    free(v);
}

/* Once for each kind: an expression that fails does so at every tick. */
static void
note(struct asked *q, enum trouble now, enum log_level level, const char *what)
{
    enum trouble before = q->trouble;

    q->trouble = now;
    if (now != before && now > TROUBLE_EMPTY)
        log_event(level, "limit_without_value", log_text("run", q->all->run_id),
                  log_text("limit", q->name), log_text("source", upstream_name(q->all->source)),
                  log_text("detail", what));
}

/* The stored interval holds no infinity; the largest number is on the same side
 * of any limit. */
static double
storable(double v)
{
    return isinf(v) ? copysign(DBL_MAX, v) : v;
}

static double
value_of(struct asked *q, const struct promreply *reply)
{
    char what[120];

    if (reply->kind == PROMREPLY_SCALAR) {
        note(q, TROUBLE_NONE, LOG_LEVEL_INFO, "");
        return storable(reply->scalar.value);
    }
    if (reply->kind != PROMREPLY_VECTOR) {
        note(q, TROUBLE_KIND, LOG_LEVEL_ERROR, "answered with neither a vector nor a scalar");
        return NAN;
    }
    if (reply->n_series > 1) {
        snprintf(what, sizeof what,
                 "answered with %zu elements: a limit needs one, so aggregate them",
                 reply->n_series);
        note(q, TROUBLE_MANY, LOG_LEVEL_ERROR, what);
        return NAN;
    }
    note(q, reply->n_series ? TROUBLE_NONE : TROUBLE_EMPTY, LOG_LEVEL_INFO, "");
    return reply->n_series ? storable(reply->series[0].points[0].value) : NAN;
}

static void
on_answer(void *ctx, const struct promclient_answer *a)
{
    struct asked       *q = ctx;
    struct limitvalues *v = q->all;

    q->query = NULL;
    if (a->status == STATUS_OK)
        q->value = value_of(q, a->reply);
    else if (a->status != STATUS_CANCELLED)
        note(q, TROUBLE_FAILED, LOG_LEVEL_WARN, a->err.text);
    arena_release(&q->arena);
    if (--v->open == 0)
        v->done(v->ctx);
}

void
limitvalues_ask(struct limitvalues *v, int64_t at_ms, limitvalues_fn done, void *ctx)
{
    v->done = done;
    v->ctx = ctx;
    v->cancelled = false;
    for (uint32_t k = 0; k < v->n; k++) {
        struct asked              *q = &v->limit[k];
        struct promclient_question ask = {.expr = text_slice(&q->expression),
                                          .at_ms = at_ms,
                                          .timeout_ms = upstream_config(v->source)->timeout_ms,
                                          .arena = &q->arena};

        q->value = NAN;
        if (!q->name)
            continue;
        v->open++;
        q->query = upstream_ask(v->source, &ask, on_answer, q);
    }
}

void
limitvalues_cancel(struct limitvalues *v)
{
    for (uint32_t k = 0; k < v->n && !v->cancelled; k++)
        if (v->limit[k].query)
            upstream_cancel(v->limit[k].query);
    v->cancelled = true;
}

bool
limitvalues_busy(const struct limitvalues *v)
{
    return v->open > 0;
}

void
limitvalues_put(const struct limitvalues *v, struct interval *i)
{
    i->n_measured = v->n;
    for (uint32_t k = 0; k < v->n; k++)
        i->measured[k] = v->limit[k].value;
}
