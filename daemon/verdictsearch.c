#include "daemon/verdictsearch.h"

#include "base/hash.h"
#include "base/heap.h"
#include "daemon/pointline.h"
#include "daemon/points.h"
#include "daemon/toldline.h"
#include "daemon/verdictcolumns.h"
#include "daemon/verdictsource.h"
#include "store/readerseries.h"

#include <stdlib.h>

/* A service while a selection goes through its runs. */
struct gap {
    struct verdictcolumns_set set;     /* namespace and service */
    int64_t                   from_ms; /* nothing is told from then on */
};

/* One selection under way. */
struct search {
    struct verdictsearch_world *w;
    struct verdictcolumns       c;
    const struct source_query  *q;
    struct arena               *arena;
    struct err                 *err;
    int                         level;
    int64_t                     fill_ms, apart_ms; /* of points, where not all are read */
    struct hash_map             gaps;              /* by namespace and service: struct gap */
    struct gap                **gap;
    size_t                      n_gaps;
    const struct verdict_view **view;
    size_t                      n_views;
    struct toldline             told;
    struct pointline           *line;
    size_t                      n_points;
    bool                        want_told, want_points;
};

/* Texts that may be NULL. */
static struct slice
text_of(const char *text)
{
    return slice_of(text ? text : "");
}

static uint32_t
symbol(const struct search *s, const char *text)
{
    return verdictcolumns_symbol(&s->c, text_of(text));
}

static bool
takes_service(struct search *s, struct slice ns, struct slice name)
{
    return verdictcolumns_takes(&s->c, VERDICTCOLUMNS_NAMESPACE, ns) &&
           verdictcolumns_takes(&s->c, VERDICTCOLUMNS_SERVICE, name);
}

/* A sample every so often, from from_ms to to_ms, and the series' end there, if it
 * ends. */
static void
fill(struct search *s, struct verdictcolumn *column, int64_t from_ms, int64_t to_ms, bool ends)
{
    if (from_ms < s->c.min_ms)
        from_ms = s->c.min_ms;
    for (int64_t at = from_ms; column && at < to_ms && at <= s->c.max_ms; at += s->fill_ms)
        verdictcolumns_put(&s->c, column, at, 1);
    if (ends)
        verdictcolumns_end(&s->c, column, to_ms);
    else
        verdictcolumns_put(&s->c, column, to_ms, 1);
}

static struct slice
gap_key(const struct verdictcolumns_set *set, uint32_t key[2])
{
    key[0] = set->value[VERDICTCOLUMNS_NAMESPACE];
    key[1] = set->value[VERDICTCOLUMNS_SERVICE];
    return (struct slice){(const char *)key, 2 * sizeof *key};
}

/* The history is not older than its first run, nor younger than this process. */
static int64_t
begin_ms(const struct search *s)
{
    int64_t first_ms = runcatalog_begin_ms(s->w->catalog);

    return first_ms < s->w->born_ms ? first_ms : s->w->born_ms;
}

static void
take_services(struct search *s)
{
    const struct config *config = s->w->config;

    s->gap = arena_array(s->arena, config->n_services + 1, sizeof *s->gap);
    for (size_t i = 0; i < config->n_services; i++) {
        const struct config_service *cs = &config->services[i];
        struct gap                  *g;
        struct verdictcolumns_set    set;
        uint32_t                     key[2];

        if (!takes_service(s, text_of(cs->ns), text_of(cs->name)))
            continue;
        g = arena_new(s->arena, struct gap);
        g->from_ms = begin_ms(s);
        g->set.value[VERDICTCOLUMNS_NAMESPACE] = symbol(s, cs->ns);
        g->set.value[VERDICTCOLUMNS_SERVICE] = symbol(s, cs->name);
        hash_set(&s->gaps, gap_key(&g->set, key), g);
        s->gap[s->n_gaps++] = g;
        set = g->set;
        set.value[VERDICTCOLUMNS_SOURCE] = symbol(s, cs->source);
        set.value[VERDICTCOLUMNS_PRESET] = symbol(s, cs->preset);
        set.value[VERDICTCOLUMNS_POLICY] = symbol(s, cs->policy);
        fill(s, verdictcolumns_of(&s->c, SERIES_SERVICE_INFO, set, false), begin_ms(s),
             s->w->now_ms, false);
    }
}

static void
put_run(struct search *s, const struct runcatalog_run *run, const struct verdictcolumns_set *of)
{
    struct verdictcolumns_set set = *of;
    bool                      ended = run->ended_ms != 0;

    set.value[VERDICTCOLUMNS_REVISION] = run->revision;
    set.value[VERDICTCOLUMNS_RUN] = run->id;
    set.value[VERDICTCOLUMNS_ATTEMPT] = run->attempt;
    set.value[VERDICTCOLUMNS_BASELINE] = run->baseline;
    set.value[VERDICTCOLUMNS_KEY] = run->key;
    set.value[VERDICTCOLUMNS_POLICY] = run->policy;
    set.value[VERDICTCOLUMNS_SOURCE] = run->source;
    fill(s, verdictcolumns_of(&s->c, SERIES_RUN_INFO, set, false), run->started_ms,
         ended ? run->ended_ms : s->w->now_ms, ended);
    if (!ended)
        return;
    set = *of;
    set.value[VERDICTCOLUMNS_VERDICT] = symbol(s, verdict_text(run->verdict));
    set.value[VERDICTCOLUMNS_CAUSE] = run->cause;
    verdictcolumns_put(&s->c, verdictcolumns_of(&s->c, SERIES_RUN_ENDED, set, false), run->ended_ms,
                       (double)(run->ended_ms - run->started_ms) / 1000);
}

static bool
on_point(void *ctx, const struct readerseries_point *p)
{
    struct search *s = ctx;

    if (++s->n_points > VERDICTSOURCE_MAX_POINTS) {
        s->c.status =
            err_set(s->err, STATUS_LIMIT,
                    "the selection reads more than %d points of the history: ask for fewer "
                    "services or a shorter time",
                    VERDICTSOURCE_MAX_POINTS);
        return false;
    }
    if (point_unpack(p->row, &s->line->now, NULL))
        return true; /* of a newer version, or damaged: as if it had not been stored */
    if (s->want_told)
        toldline_point(&s->told, p->at_ms, &s->line->now);
    if (s->want_points)
        pointline_point(s->line, p->at_ms);
    return s->c.status == STATUS_OK;
}

static struct toldline_now
told_now(const struct search *s, const struct runcatalog_run *run)
{
    struct slice id = symbols_text(s->c.symbols, run->id);

    if (run->ended_ms && run->ended_ms + RUN_TOLD_MS < s->w->now_ms)
        return (struct toldline_now){.known = false};
    for (size_t i = 0; i < s->n_views; i++) {
        const struct verdict_view *v = s->view[i];
        struct view_answer         promote, step;

        if (!slice_is(id, v->run))
            continue;
        promote = view_aged(v, &v->promote, s->w->now_mono_ms);
        step = view_aged(v, &v->step, s->w->now_mono_ms);
        return (struct toldline_now){promote.verdict, step.verdict, promote.reason, true};
    }
    return (struct toldline_now){.known = false};
}

/* Before the first sample that is wanted: what the window begins with, and what was
 * told last.  An abort may be long ago. */
static int64_t
read_from(const struct search *s, const struct runcatalog_run *run)
{
    if (s->want_told && run->verdict == VERDICT_ABORT)
        return run->started_ms;
    return s->c.min_ms - POINTLINE_WINDOW_MS - TOLDLINE_FILL_COARSE_MS;
}

/* The time of which no run that the selection names is told. */
static void
end_gap(struct search *s, const struct runcatalog_run *run, const struct verdictcolumns_set *set,
        int64_t until_ms)
{
    uint32_t    key[2];
    struct gap *g = hash_get(&s->gaps, gap_key(set, key));

    if (!g || !verdictcolumns_takes(&s->c, VERDICTCOLUMNS_VERSION,
                                    symbols_text(s->c.symbols, run->version)))
        return;
    if (run->started_ms > g->from_ms)
        toldline_idle(&s->c, &g->set, s->fill_ms, g->from_ms, run->started_ms, true);
    if (until_ms > g->from_ms)
        g->from_ms = until_ms;
}

static void
take_run(struct search *s, const struct runcatalog_run *run, int64_t next_ms)
{
    struct verdictcolumns_set set = {{0}};
    int64_t                   from_ms = read_from(s, run), to_ms = s->c.max_ms;
    struct toldline_now       now;

    if (!takes_service(s, symbols_text(s->c.symbols, run->ns),
                       symbols_text(s->c.symbols, run->service)))
        return;
    set.value[VERDICTCOLUMNS_NAMESPACE] = run->ns;
    set.value[VERDICTCOLUMNS_SERVICE] = run->service;
    set.value[VERDICTCOLUMNS_VERSION] = run->version;
    put_run(s, run, &set);
    if (!s->want_told && !s->want_points)
        return;
    toldline_begin(&s->told, &s->c, run, &set, s->apart_ms, s->fill_ms, next_ms, s->w->now_ms);
    if (from_ms > run->started_ms)
        s->told.is.reason = REASON_NONE; /* of what is told at from_ms */
    pointline_begin(s->line, &s->c, run, &set, from_ms);
    if (s->w->reader && !s->c.status) {
        enum status st = readerseries_points(s->w->reader, run->row, from_ms, to_ms, s->level,
                                             on_point, s, s->err);
        if (st && st != STATUS_TIMEOUT)
            s->w->failed = true;
        if (st && !s->c.status)
            s->c.status = st;
    }
    if (s->want_points)
        pointline_end(s->line, run->ended_ms);
    if (!s->want_told)
        return;
    now = told_now(s, run);
    end_gap(s, run, &set, toldline_end(&s->told, &now));
}

/* When the next run of the same version begins, for each, or INT64_MAX. */
static int64_t *
next_beginnings(struct search *s, const struct runcatalog_run *run, size_t n)
{
    int64_t        *next = arena_array(s->arena, n + 1, sizeof *next);
    struct hash_map seen = {0};

    for (size_t i = n; i-- > 0;) {
        const uint32_t               key[] = {run[i].ns, run[i].service, run[i].version};
        struct slice                 bytes = {(const char *)key, sizeof key};
        const struct runcatalog_run *later = hash_get(&seen, bytes);

        next[i] = later ? later->started_ms : INT64_MAX;
        hash_set(&seen, bytes, (void *)(uintptr_t)&run[i]);
    }
    hash_release(&seen);
    return next;
}

static void
take_runs(struct search *s)
{
    struct runcatalog_run *run;
    size_t   n = runcatalog_runs(s->w->catalog, s->c.min_ms, s->c.max_ms, RUN_TOLD_MS, &run);
    int64_t *next = next_beginnings(s, run, n);

    for (size_t i = 0; i < n && !s->c.status; i++) {
        take_run(s, &run[i], next[i]);
        if (!s->c.status)
            s->c.status = source_poll(s->q, s->err);
    }
    for (size_t i = 0; i < s->n_gaps && s->want_told && !s->c.status; i++)
        if (s->gap[i]->from_ms <= s->w->now_ms)
            toldline_idle(&s->c, &s->gap[i]->set, s->fill_ms, s->gap[i]->from_ms, s->w->now_ms,
                          false);
    free(run);
}

static void
take_acts(struct search *s)
{
    struct runcatalog_act *act;
    size_t                 n;

    if (!s->c.wanted[SERIES_ACTS])
        return;
    n = runcatalog_acts(s->w->catalog, s->c.min_ms, s->c.max_ms, &act);
    for (size_t i = 0; i < n; i++) {
        struct verdictcolumns_set set = {{0}};
        struct runcatalog_run     run;

        if (!runcatalog_run_of(s->w->catalog, act[i].run, &run))
            continue;
        set.value[VERDICTCOLUMNS_NAMESPACE] = run.ns;
        set.value[VERDICTCOLUMNS_SERVICE] = run.service;
        set.value[VERDICTCOLUMNS_VERSION] = run.version;
        set.value[VERDICTCOLUMNS_ACTION] = act[i].action;
        verdictcolumns_put(&s->c, verdictcolumns_of(&s->c, SERIES_ACTS, set, false), act[i].at_ms,
                           1);
    }
    free(act);
}

static void
settle_times(struct search *s)
{
    int64_t now_ms = s->w->now_ms, span_ms;

    if (s->c.max_ms > now_ms)
        s->c.max_ms = now_ms;
    if (s->c.min_ms < now_ms - VERDICTSOURCE_FAR_MS)
        s->c.min_ms = now_ms - VERDICTSOURCE_DEFAULT_MS;
    span_ms = s->c.max_ms - s->c.min_ms;
    s->level = span_ms > VERDICTSOURCE_BY_SLOT_MS     ? 2
               : span_ms > VERDICTSOURCE_BY_MINUTE_MS ? 1
                                                      : 0;
    s->apart_ms = s->level == 2 ? POINTS_SLOT_MS : s->level == 1 ? POINTS_MINUTE_MS : 0;
    s->fill_ms = s->level == 2 ? TOLDLINE_FILL_COARSE_MS : TOLDLINE_FILL_MS;
}

static bool
wants_any(const struct verdictcolumns *c)
{
    for (enum series s = 0; s < SERIES_COUNT; s++)
        if (c->wanted[s])
            return true;
    return false;
}

static void
search_all(struct search *s)
{
    settle_times(s);
    s->c.max_samples -= s->w->n_samples;
    s->line = arena_new(s->arena, struct pointline);
    s->want_told = s->c.wanted[SERIES_VERDICT] || s->c.wanted[SERIES_STEP_VERDICT] ||
                   s->c.wanted[SERIES_VERDICT_REASON];
    s->want_points = pointline_wanted(&s->c);
    if (s->want_told)
        s->n_views = publish_all(s->w->publish, &s->view);
    take_services(s);
    take_runs(s);
    take_acts(s);
    s->w->n_samples += s->c.n_samples;
}

enum status
verdictsearch_run(struct verdictsearch_world *w, const struct source_query *q, struct arena *a,
                  struct source_selection *out, struct err *err)
{
    struct search *s = heap_new(1, sizeof *s);
    enum status    st;

    *out = (struct source_selection){0};
    s->w = w;
    s->q = q;
    s->arena = a;
    s->err = err;
    st = verdictcolumns_init(&s->c, w->columns, runcatalog_symbols(w->catalog), w->n_symbols, q,
                             err);
    if (!st && wants_any(&s->c)) {
        search_all(s);
        st = verdictcolumns_selection(&s->c, a, out);
    }
    for (size_t i = 0; i < s->n_views; i++)
        publish_release(s->view[i]);
    free(s->view);
    hash_release(&s->gaps);
    free(s);
    return st;
}
