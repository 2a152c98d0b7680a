#include "daemon/preflight.h"

#include "analyzer/exceedance.h"
#include "analyzer/ledger.h"
#include "analyzer/monitor.h"
#include "base/heap.h"
#include "daemon/presettable.h"
#include "daemon/snapshotread.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_VALUES = 1000, SHOWN_VALUES = 12, FINDING_BYTES = 2048 };

static const char *const who_text[VIEW_COUNT] = {
    [VIEW_USER] = "callers", [VIEW_ATTEMPT] = "servers"};

void
preflight_add(struct preflight *p, enum preflight_level level, const char *about, const char *fmt,
              ...)
{
    char    text[FINDING_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    VEC_PUSH(p->arena, &p->found,
             (struct preflight_finding){level, about, arena_text(p->arena, slice_of(text))});
}

const char *
preflight_level_text(enum preflight_level l)
{
    static const char *const text[] = {
        [PREFLIGHT_OK] = "ok", [PREFLIGHT_NOTE] = "note", [PREFLIGHT_REFUSED] = "refused"};

    return text[l];
}

bool
preflight_refused(const struct preflight *p)
{
    for (size_t i = 0; i < p->found.n; i++)
        if (p->found.at[i].level == PREFLIGHT_REFUSED)
            return true;
    return false;
}

/* A label's value and what its series sum up to. */
struct value {
    struct slice text;
    double       sum;
};

static int
by_sum(const void *a, const void *b)
{
    const struct value *x = a, *y = b;

    return x->sum != y->sum ? (x->sum > y->sum ? -1 : 1) : slice_compare(x->text, y->text);
}

static size_t
add_value(struct value *at, size_t n, struct slice text, double sum)
{
    for (size_t i = 0; i < n; i++)
        if (slice_equal(at[i].text, text)) {
            at[i].sum += sum;
            return n;
        }
    if (n < MOST_VALUES)
        at[n++] = (struct value){text, sum};
    return n;
}

static const char *
list_values(struct arena *a, struct value *at, size_t n)
{
    struct text t;
    const char *kept;

    if (n > 1)
        qsort(at, n, sizeof *at, by_sum);
    text_init(&t, FINDING_BYTES);
    for (size_t i = 0; i < n && i < SHOWN_VALUES; i++)
        text_printf(&t, "%s%.*s (%.0f)", i ? ", " : "",
                    (int)(at[i].text.n < 100 ? at[i].text.n : 100), at[i].text.p, at[i].sum);
    if (n > SHOWN_VALUES)
        text_printf(&t, " and %zu more", n - SHOWN_VALUES);
    kept = arena_text(a, text_slice(&t));
    text_release(&t);
    return kept;
}

const char *
preflight_values(struct arena *a, const struct preset_service *service,
                 const struct promreply *reply, enum preset_part part, const char *label)
{
    const char   *part_label = preset_label_text(service, PRESET_LABEL_PART);
    struct value *at = heap_new(MOST_VALUES, sizeof *at);
    size_t        n = 0;
    const char   *list;

    for (size_t i = 0; i < reply->n_series; i++) {
        const struct promreply_series *s = &reply->series[i];
        struct slice                   value = promreply_label(s, label);

        if (value.n == 0 || (part != PRESET_PART_COUNT &&
                             !slice_is(promreply_label(s, part_label), preset_part_text(part))))
            continue;
        n = add_value(at, n, value, s->points[0].value);
    }
    list = list_values(a, at, n);
    free(at);
    return list;
}

/* What is looked through. */
struct sight {
    struct preflight             *p;
    const struct preflight_asked *asked;
    const struct promreply       *reply;
    struct snapshot               snap;
    bool                          view[VIEW_COUNT]; /* has requests */
};

static const enum preset_part cells_of[VIEW_COUNT] = {
    [VIEW_USER] = PRESET_PART_USER_CELLS, [VIEW_ATTEMPT] = PRESET_PART_ATTEMPT_CELLS};

static size_t
count_groups(const struct snapshot_view *v, enum snapshot_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < v->groups.n; i++)
        n += v->groups.at[i].kind == kind;
    return n;
}

static void
look_at_requests(struct sight *s)
{
    bool any = false;

    for (size_t v = 0; v < VIEW_COUNT; v++) {
        const struct snapshot_view *view = &s->snap.view[v];
        size_t                      n = count_groups(view, SNAPSHOT_CELL);

        s->view[v] = n > 0;
        any = any || n > 0;
        if (!preset_has_part(s->asked->service, cells_of[v]))
            continue;
        if (n > 0)
            preflight_add(s->p, PREFLIGHT_OK, "requests",
                          "%zu counters of %zu instances, as %s saw them", n, view->instances.n,
                          who_text[v]);
        else
            preflight_add(s->p, PREFLIGHT_NOTE, "requests", "none as %s saw them", who_text[v]);
    }
    if (!any)
        preflight_add(s->p, PREFLIGHT_REFUSED, "requests",
                      "no series match: a run would hold no_traffic");
}

/* Labels that a check needs, and what is lost without. */
static void
look_at_labels(struct sight *s)
{
    static const struct {
        enum preset_label    label;
        bool                 view[VIEW_COUNT];
        enum preflight_level level;
        const char          *without;
    } rows[] = {
        {PRESET_LABEL_INSTANCE,
         {true, true},
         PREFLIGHT_REFUSED,
         "counters that were summed before cannot be differenced: ask a source that has them raw"},
        {PRESET_LABEL_CODE, {true, true}, PREFLIGHT_NOTE, "faults are told by what else there is"},
        {PRESET_LABEL_FLAGS,
         {true, true},
         PREFLIGHT_NOTE,
         "timeouts, refused connections and open breakers count as the application's faults"},
        {PRESET_LABEL_POD,
         {false, true},
         PREFLIGHT_NOTE,
         "a pod is known by its instance, which changes when it restarts"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        for (size_t v = 0; v < VIEW_COUNT; v++) {
            const char *label = preset_label_text(s->asked->service, rows[i].label);
            const char *values;

            if (!s->view[v] || !rows[i].view[v] || !*label)
                continue;
            values = preflight_values(s->p->arena, s->asked->service, s->reply, cells_of[v], label);
            if (!*values)
                preflight_add(s->p, rows[i].level, "labels", "%s has no value where %s report: %s",
                              label, who_text[v], rows[i].without);
            else if (rows[i].label == PRESET_LABEL_CODE || rows[i].label == PRESET_LABEL_FLAGS)
                preflight_add(s->p, PREFLIGHT_OK, "labels", "%s, as %s saw it: %s", label,
                              who_text[v], values);
        }
}

static const char *
arm_text(const char *value)
{
    return value && *value ? value : "every other version";
}

/* Who is there of those that were named; runs as a run would. */
static void
look_at_versions(struct sight *s)
{
    const struct preset_service *ps = s->asked->service;
    struct ledger_arms           arms = {0};
    struct ledger               *ledger;
    struct interval             *interval = heap_new(1, sizeof *interval);
    struct ledger_sight          seen;
    enum ledger_outcome          outcome;
    enum verdict_reason          reason;
    struct err                   err = {0};

    snprintf(arms.canary, sizeof arms.canary, "%s", ps->canary ? ps->canary : "");
    snprintf(arms.baseline, sizeof arms.baseline, "%s", ps->baseline ? ps->baseline : "");
    ledger = ledger_new(&arms);
    if (ledger_apply(ledger, &s->snap, &outcome, interval, &seen, &reason, &err)) {
        preflight_add(s->p, PREFLIGHT_REFUSED, verdict_reason_text(reason), "%s", err.text);
    } else if (seen.only_placeholders) {
        preflight_add(s->p, PREFLIGHT_REFUSED, "versions",
                      "all are called %s: the pods lack the label that the key stands for",
                      seen.keys);
    } else {
        preflight_add(s->p, seen.n_keys > 1 ? PREFLIGHT_OK : PREFLIGHT_NOTE, "versions", "%s",
                      seen.keys);
        if (arms.canary[0])
            preflight_add(s->p, seen.canary_seen ? PREFLIGHT_OK : PREFLIGHT_NOTE, "versions",
                          "canary %s is %s", arms.canary, seen.canary_seen ? "there" : "not there");
        if (arms.canary[0])
            preflight_add(s->p, seen.baseline_seen ? PREFLIGHT_OK : PREFLIGHT_NOTE, "versions",
                          "baseline %s is %s", arm_text(arms.baseline),
                          seen.baseline_seen ? "there" : "not there");
        if (seen.most_workloads > 1)
            preflight_add(s->p, PREFLIGHT_NOTE, "versions",
                          "%u workloads go under one version: if they are canary and baseline, "
                          "they cannot be told apart by this key",
                          seen.most_workloads);
    }
    ledger_free(ledger);
    free(interval);
}

/* Bounds of a view and how many requests are at or under each. */
static void
read_bounds(const struct sight *s, enum counts_view view, struct counts_bounds *b,
            double cumulative[COUNTS_MAX_BOUNDS])
{
    const struct snapshot_view *v = &s->snap.view[view];

    for (size_t i = 0; i < v->groups.n; i++) {
        const struct snapshot_group *g = &v->groups.at[i];
        uint32_t                     at = 0;

        if (g->kind != SNAPSHOT_BUCKET)
            continue;
        while (at < b->n && b->le_ms[at] < g->le_ms)
            at++;
        if ((at == b->n || b->le_ms[at] != g->le_ms) && b->n < COUNTS_MAX_BOUNDS) {
            memmove(&b->le_ms[at + 1], &b->le_ms[at], (b->n - at) * sizeof b->le_ms[0]);
            memmove(&cumulative[at + 1], &cumulative[at], (b->n - at) * sizeof cumulative[0]);
            b->le_ms[at] = g->le_ms;
            cumulative[at] = 0;
            b->n++;
        }
        if (at < b->n)
            cumulative[at] += g->value;
    }
}

/* How near the bounds come to a limit of the policy. */
static void
near_limit(struct sight *s, const struct counts_bounds *b, const char *name, double limit_ms)
{
    double under = 0, over = (double)INFINITY;

    if (!(limit_ms > 0))
        return;
    for (uint32_t i = 0; i < b->n; i++) {
        if (b->le_ms[i] <= limit_ms)
            under = b->le_ms[i];
        if (b->le_ms[i] >= limit_ms && b->le_ms[i] < over)
            over = b->le_ms[i];
    }
    if (under == limit_ms)
        preflight_add(s->p, PREFLIGHT_OK, "bounds", "%s: %g ms is a bound", name, limit_ms);
    else
        preflight_add(s->p, PREFLIGHT_NOTE, "bounds",
                      "%s: %g ms lies between the bounds %g and %g ms; a limit on one of them is "
                      "exact, others are interpolated",
                      name, limit_ms, under, over);
}

/* Whom latency.margin_ms compares at which bounds. */
static void
near_margin(struct sight *s, const struct interval_monitored *m)
{
    double      margin_ms = s->asked->policy->latency_margin_ms;
    struct text t;
    bool        exact = true;

    if (!(margin_ms > 0) || !m->n)
        return;
    text_init(&t, FINDING_BYTES);
    for (uint32_t k = 0; k < m->n; k++) {
        uint32_t abort_at = exceedance_widened(m, k, margin_ms, EXCEEDANCE_ABORT);
        uint32_t pass_at = exceedance_widened(m, k, margin_ms, EXCEEDANCE_PASS);

        exact = exact && abort_at == pass_at;
        text_printf(&t, "%s%g:", k ? ", " : "", m->le_ms[k]);
        if (abort_at < m->n)
            text_printf(&t, " %g to abort", m->le_ms[abort_at]);
        else
            text_puts(&t, " nothing to abort");
        text_printf(&t, " and %g to pass", m->le_ms[pass_at]);
    }
    preflight_add(s->p, exact ? PREFLIGHT_OK : PREFLIGHT_NOTE, "bounds",
                  "latency.margin_ms: with %g ms more, the nearest bounds of the canary beside the "
                  "baseline's are, in ms, %s",
                  margin_ms, t.p);
    text_release(&t);
}

static const char *
list_bounds(struct arena *a, const double *le_ms, uint32_t n)
{
    struct text t;
    const char *kept;

    text_init(&t, FINDING_BYTES);
    for (uint32_t i = 0; i < n; i++) {
        text_puts(&t, i ? " " : "");
        text_double(&t, le_ms[i]);
    }
    kept = arena_text(a, text_slice(&t));
    text_release(&t);
    return kept;
}

static void
look_at_bounds(struct sight *s)
{
    static const enum preset_part buckets_of[VIEW_COUNT] = {
        [VIEW_USER] = PRESET_PART_USER_BUCKETS, [VIEW_ATTEMPT] = PRESET_PART_ATTEMPT_BUCKETS};

    bool limits_told = false;

    for (size_t v = 0; v < VIEW_COUNT; v++) {
        struct counts_bounds      b = {0};
        double                    cumulative[COUNTS_MAX_BOUNDS] = {0};
        uint64_t                  counts[COUNTS_MAX_BOUNDS];
        struct interval_monitored m;

        if (!s->view[v])
            continue;
        read_bounds(s, (enum counts_view)v, &b, cumulative);
        if (b.n == 0) {
            preflight_add(
                s->p, PREFLIGHT_NOTE, "bounds", "no durations as %s saw them%s", who_text[v],
                preset_has_part(s->asked->service, buckets_of[v]) ? ""
                                                                  : ": no histogram is configured");
            continue;
        }
        preflight_add(s->p, PREFLIGHT_OK, "bounds", "%s: %s ms", who_text[v],
                      list_bounds(s->p->arena, b.le_ms, b.n));
        for (uint32_t i = 0; i < b.n; i++)
            counts[i] = (uint64_t)cumulative[i];
        m = monitor_choose(&b, counts);
        preflight_add(s->p, m.n ? PREFLIGHT_OK : PREFLIGHT_NOTE, "bounds",
                      m.n ? "%s: latency would be compared at %s ms"
                          : "%s: fewer than 200 requests, or most slower than the last bound%s",
                      who_text[v], m.n ? list_bounds(s->p->arena, m.le_ms, m.n) : "");
        near_margin(s, &m);
        if (limits_told)
            continue;
        limits_told = true;
        near_limit(s, &b, "p95.max", s->asked->policy->p95.on ? s->asked->policy->p95.max_ms : 0);
        near_limit(s, &b, "slo.p95_ms", s->asked->policy->slo.p95_ms);
    }
}

static void
look_at_signals(struct sight *s)
{
    enum presettable_mesh            mesh = presettable_find(s->asked->service->preset);
    bool                             known[MESH_SIGNAL_COUNT] = {false};
    bool                             reported[MESH_SIGNAL_COUNT] = {false};
    size_t                           n;
    const struct presettable_signal *list = presettable_signals(&n);
    struct text                      t[2];

    if (!preset_has_part(s->asked->service, PRESET_PART_USER_SIGNALS))
        return;
    for (size_t i = 0; i < s->snap.signals.n; i++)
        reported[s->snap.signals.at[i].what] = true;
    for (size_t i = 0; i < n; i++)
        known[list[i].signal] = known[list[i].signal] || list[i].mesh == mesh;
    for (size_t k = 0; k < ARRAY_LEN(t); k++)
        text_init(&t[k], FINDING_BYTES);
    for (size_t i = 0; i < MESH_SIGNAL_COUNT; i++) {
        struct text *to = &t[reported[i]];

        if (!known[i])
            continue;
        text_printf(to, "%s%s", to->n ? ", " : "", mesh_signal_text((enum mesh_signal)i));
    }
    if (t[1].n)
        preflight_add(s->p, PREFLIGHT_OK, "signals", "reported: %s", t[1].p);
    if (t[0].n)
        preflight_add(s->p, PREFLIGHT_NOTE, "signals", "not reported, so not judged: %s%s", t[0].p,
                      mesh == PRESETTABLE_ISTIO
                          ? "; Istio leaves them out unless proxyStatsMatcher.inclusionRegexps "
                            "names them (circuit_breakers, upstream_rq_retry, upstream_rq_pending, "
                            "outlier_detection, upstream_cx)"
                          : "");
    for (size_t k = 0; k < ARRAY_LEN(t); k++)
        text_release(&t[k]);
}

static void
look_at_times(struct sight *s)
{
    int64_t most_ms =
        2 * s->asked->scrape_interval_ms > 30000 ? 2 * s->asked->scrape_interval_ms : 30000;

    for (size_t v = 0; v < VIEW_COUNT; v++) {
        int64_t newest_ms = 0;

        for (size_t i = 0; i < s->snap.view[v].instances.n; i++)
            if (s->snap.view[v].instances.at[i].sample_ms > newest_ms)
                newest_ms = s->snap.view[v].instances.at[i].sample_ms;
        if (!s->view[v])
            continue;
        if (s->asked->at_ms - newest_ms > most_ms)
            preflight_add(s->p, PREFLIGHT_REFUSED, "stale_data",
                          "the newest sample of %s is %" PRId64 " s old", who_text[v],
                          (s->asked->at_ms - newest_ms) / 1000);
        else
            preflight_add(s->p, PREFLIGHT_OK, "samples", "newest of %s %.1f s ago", who_text[v],
                          (double)(s->asked->at_ms - newest_ms) / 1000);
    }
}

void
preflight_read(struct preflight *p, const struct preflight_asked *asked,
               const struct promreply *reply)
{
    struct sight s = {.p = p, .asked = asked, .reply = reply};
    struct err   err = {0};

    if (snapshotread_reply(p->arena, reply, asked->service, asked->at_ms, &s.snap, &err)) {
        preflight_add(p, PREFLIGHT_REFUSED, "source_error", "%s", err.text);
        return;
    }
    look_at_requests(&s);
    if (!s.view[VIEW_USER] && !s.view[VIEW_ATTEMPT])
        return;
    look_at_labels(&s);
    look_at_versions(&s);
    look_at_bounds(&s);
    look_at_signals(&s);
    look_at_times(&s);
}
