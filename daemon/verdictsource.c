#include "daemon/verdictsource.h"

#include "base/hash.h"
#include "base/heap.h"
#include "daemon/pointline.h"
#include "daemon/points.h"
#include "daemon/runcatalog.h"
#include "daemon/toldline.h"
#include "daemon/verdictcolumns.h"
#include "store/readerseries.h"

#include <pthread.h>
#include <stdlib.h>

struct verdictsource {
    struct verdictsource_world world;
    int64_t                    born_ms; /* wall */
    struct runcatalog         *catalog;
    pthread_mutex_t            lock; /* of what follows */
    struct reader             *idle[VERDICTSOURCE_READERS];
    size_t                     n_idle;
    struct config             *known; /* whose words are in the catalog */
};

struct verdict_reader {
    struct source_reader  base;
    struct verdictsource *v;
    struct arena          arena; /* of all columns */
    struct config        *config;
    struct reader        *reader; /* NULL: the history cannot be read */
    uint32_t              n_symbols;
    size_t                n_samples; /* that its selections have found */
    int64_t               now_ms, now_mono_ms;
};

/* A service while a selection goes through its runs. */
struct gap {
    struct verdictcolumns_set set;     /* namespace and service */
    int64_t                   from_ms; /* nothing is told from then on */
};

/* One selection under way. */
struct search {
    struct verdict_reader      *r;
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

static const char *const words[] = {
#define LABEL(name, text) text,
#include "daemon/series_label.def"
#undef LABEL
    "other", "0.5", "0.95", "0.99"};

static void
know_words(struct runcatalog *c)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        runcatalog_know(c, slice_of(words[i]));
    for (enum series s = 0; s < SERIES_COUNT; s++)
        runcatalog_know(c, slice_of(series_name(s)));
    for (enum verdict w = 0; w < VERDICT_COUNT; w++)
        runcatalog_know(c, slice_of(verdict_text(w)));
    for (enum verdict_reason w = 0; w < REASON_COUNT; w++)
        runcatalog_know(c, slice_of(verdict_reason_text(w)));
    for (enum check w = 0; w < CHECK_COUNT; w++)
        runcatalog_know(c, slice_of(check_text(w)));
    for (enum counts_arm w = 0; w < ARM_COUNT; w++)
        runcatalog_know(c, slice_of(counts_arm_text(w)));
    for (enum counts_view w = 0; w < VIEW_COUNT; w++)
        runcatalog_know(c, slice_of(counts_view_text(w)));
}

struct verdictsource *
verdictsource_new(const struct verdictsource_world *world)
{
    struct verdictsource *v = heap_new(1, sizeof *v);

    v->world = *world;
    v->born_ms = clock_wall_ms(world->clock);
    v->catalog = runcatalog_new(RUNCATALOG_TEXT_BYTES);
    know_words(v->catalog);
    pthread_mutex_init(&v->lock, NULL);
    return v;
}

void
verdictsource_free(struct verdictsource *v)
{
    if (!v)
        return;
    while (v->n_idle)
        reader_close(v->idle[--v->n_idle]);
    runcatalog_free(v->catalog);
    config_unref(v->known);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

static struct reader *
take_connection(struct verdictsource *v, struct err *why)
{
    struct reader *r = NULL;

    pthread_mutex_lock(&v->lock);
    if (v->n_idle)
        r = v->idle[--v->n_idle];
    pthread_mutex_unlock(&v->lock);
    if (!r && reader_open(v->world.data_dir, &r, why))
        return NULL;
    return r;
}

/* One that failed is not used again: the file may be another by now. */
static void
give_connection(struct verdictsource *v, struct reader *r, bool good)
{
    pthread_mutex_lock(&v->lock);
    if (r && good && v->n_idle < VERDICTSOURCE_READERS) {
        v->idle[v->n_idle++] = r;
        r = NULL;
    }
    pthread_mutex_unlock(&v->lock);
    reader_close(r);
}

/* Texts that may be NULL. */
static struct slice
text_of(const char *text)
{
    return slice_of(text ? text : "");
}

static void
know_words_of(struct runcatalog *c, const struct config *config)
{
    for (size_t i = 0; i < config->n_services; i++) {
        const struct config_service *s = &config->services[i];
        const char *const            texts[] = {s->ns, s->name, s->source, s->preset, s->policy};

        for (size_t k = 0; k < ARRAY_LEN(texts); k++)
            runcatalog_know(c, text_of(texts[k]));
    }
}

/* Once for each configuration; who comes meanwhile waits until all is known. */
static void
know_services(struct verdictsource *v, struct config *config)
{
    struct config *old = NULL;

    pthread_mutex_lock(&v->lock);
    if (v->known != config) {
        know_words_of(v->catalog, config);
        old = v->known;
        v->known = config_ref(config);
    }
    pthread_mutex_unlock(&v->lock);
    config_unref(old);
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
    int64_t first_ms = runcatalog_begin_ms(s->r->v->catalog);

    return first_ms < s->r->v->born_ms ? first_ms : s->r->v->born_ms;
}

static void
take_services(struct search *s)
{
    const struct config *config = s->r->config;

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
             s->r->now_ms, false);
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
         ended ? run->ended_ms : s->r->now_ms, ended);
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

    if (run->ended_ms && run->ended_ms + RUN_TOLD_MS < s->r->now_ms)
        return (struct toldline_now){.known = false};
    for (size_t i = 0; i < s->n_views; i++) {
        const struct verdict_view *v = s->view[i];
        struct view_answer         promote, step;

        if (!slice_is(id, v->run))
            continue;
        promote = view_aged(v, &v->promote, s->r->now_mono_ms);
        step = view_aged(v, &v->step, s->r->now_mono_ms);
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
    toldline_begin(&s->told, &s->c, run, &set, s->apart_ms, s->fill_ms, next_ms, s->r->now_ms);
    if (from_ms > run->started_ms)
        s->told.is.reason = REASON_NONE; /* of what is told at from_ms */
    pointline_begin(s->line, &s->c, run, &set, from_ms);
    if (s->r->reader && !s->c.status) {
        enum status st = readerseries_points(s->r->reader, run->row, from_ms, to_ms, s->level,
                                             on_point, s, s->err);
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
    size_t   n = runcatalog_runs(s->r->v->catalog, s->c.min_ms, s->c.max_ms, RUN_TOLD_MS, &run);
    int64_t *next = next_beginnings(s, run, n);

    for (size_t i = 0; i < n && !s->c.status; i++) {
        take_run(s, &run[i], next[i]);
        if (!s->c.status)
            s->c.status = source_poll(s->q, s->err);
    }
    for (size_t i = 0; i < s->n_gaps && s->want_told && !s->c.status; i++)
        if (s->gap[i]->from_ms <= s->r->now_ms)
            toldline_idle(&s->c, &s->gap[i]->set, s->fill_ms, s->gap[i]->from_ms, s->r->now_ms,
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
    n = runcatalog_acts(s->r->v->catalog, s->c.min_ms, s->c.max_ms, &act);
    for (size_t i = 0; i < n; i++) {
        struct verdictcolumns_set set = {{0}};
        struct runcatalog_run     run;

        if (!runcatalog_run_of(s->r->v->catalog, act[i].run, &run))
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
    int64_t now_ms = s->r->now_ms, span_ms;

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

static enum status
verdict_select(struct source_reader *base, const struct source_query *q, struct arena *a,
               struct source_selection *out, struct err *err)
{
    struct verdict_reader *r = (struct verdict_reader *)base;
    struct search         *s = heap_new(1, sizeof *s);
    enum status            st;

    *out = (struct source_selection){0};
    s->r = r;
    s->q = q;
    s->arena = a;
    s->err = err;
    st = verdictcolumns_init(&s->c, &r->arena, base->symbols, r->n_symbols, q, err);
    if (!st && wants_any(&s->c)) {
        settle_times(s);
        s->c.max_samples -= r->n_samples;
        s->line = arena_new(a, struct pointline);
        s->want_told = s->c.wanted[SERIES_VERDICT] || s->c.wanted[SERIES_STEP_VERDICT] ||
                       s->c.wanted[SERIES_VERDICT_REASON];
        s->want_points = pointline_wanted(&s->c);
        if (s->want_told)
            s->n_views = publish_all(r->v->world.publish, &s->view);
        take_services(s);
        take_runs(s);
        take_acts(s);
        st = verdictcolumns_selection(&s->c, a, out);
        r->n_samples += s->c.n_samples;
    }
    for (size_t i = 0; i < s->n_views; i++)
        publish_release(s->view[i]);
    free(s->view);
    hash_release(&s->gaps);
    free(s);
    return st;
}

/* First sample at or after t_ms. */
static size_t
lower_bound(const struct verdictcolumn *c, int64_t t_ms)
{
    size_t lo = 0, hi = c->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (c->t_ms[mid] < t_ms)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static enum status
verdict_read(struct source_reader *base, const struct source_series *series, int64_t min_ms,
             int64_t max_ms, struct source_scratch *scratch, struct source_column *out,
             struct err *err)
{
    const struct verdictcolumn *c = (const struct verdictcolumn *)(uintptr_t)series->handle;
    size_t                      from = lower_bound(c, min_ms);
    size_t                      to = max_ms == INT64_MAX ? c->n : lower_bound(c, max_ms + 1);

    (void)base;
    (void)scratch; /* nothing is packed here, */
    (void)err;     /* and nothing can fail */
    *out = to > from ? (struct source_column){c->t_ms + from, c->value + from, to - from}
                     : (struct source_column){0};
    return STATUS_OK;
}

static size_t
verdict_estimate(struct source_reader *base, const struct source_query *q)
{
    (void)q;
    return ((struct verdict_reader *)base)->config->n_services * 8;
}

static void
verdict_close(struct source_reader *base)
{
    struct verdict_reader *r = (struct verdict_reader *)base;

    give_connection(r->v, r->reader, true);
    config_unref(r->config);
    arena_release(&r->arena);
    free(r);
}

/* Where the history cannot be read the reader has none, and why says so. */
static struct verdict_reader *
open_reader(struct verdictsource *v, struct err *why)
{
    struct verdict_reader *r = heap_new(1, sizeof *r);

    r->v = v;
    r->config = publish_config(v->world.publish);
    r->now_ms = clock_wall_ms(v->world.clock);
    r->now_mono_ms = clock_mono_ms(v->world.clock);
    r->reader = take_connection(v, why);
    if (r->reader && runcatalog_refresh(v->catalog, r->reader, r->now_mono_ms, why)) {
        give_connection(v, r->reader, false);
        r->reader = NULL;
    }
    know_services(v, r->config);
    r->n_symbols = symbols_count(runcatalog_symbols(v->catalog));
    r->base = (struct source_reader){.symbols = runcatalog_symbols(v->catalog),
                                     .select = verdict_select,
                                     .read = verdict_read,
                                     .estimate = verdict_estimate,
                                     .close = verdict_close};
    return r;
}

/* An unreadable history is no reason to refuse telemetry, which is asked beside it. */
static enum status
verdict_open(void *self, struct source_reader **out, struct err *err)
{
    struct err why = {0};

    (void)err;
    *out = &open_reader(self, &why)->base;
    return STATUS_OK;
}

static enum status
history_open(void *self, struct source_reader **out, struct err *err)
{
    struct err             why = {0};
    struct verdict_reader *r = open_reader(self, &why);

    if (!r->reader) {
        verdict_close(&r->base);
        return err_set(err, STATUS_UNREACHABLE, "the history cannot be read: %s", why.text);
    }
    *out = &r->base;
    return STATUS_OK;
}

struct source
verdictsource_source(struct verdictsource *v)
{
    return (struct source){.open = verdict_open, .self = v};
}

struct source
verdictsource_history(struct verdictsource *v)
{
    return (struct source){.open = history_open, .self = v};
}

void
verdictsource_families(void *v, struct slice                                       name,
                       void (*each)(void *ctx, const struct port_family *f), void *ctx)
{
    struct slice last = {0};

    (void)v;
    for (enum series s = 0; s < SERIES_COUNT; s++) {
        struct slice family = series_family(s);

        if ((name.n && !slice_equal(name, family)) || slice_equal(family, last))
            continue;
        last = family;
        each(ctx, &(struct port_family){.pool = SLICE_LITERAL("history"),
                                        .name = family,
                                        .help = slice_of(series_help(s)),
                                        .unit = slice_of(series_unit(s)),
                                        .type = series_type_text(series_type(s))});
    }
}
