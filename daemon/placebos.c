#include "daemon/placebos.h"

#include "analyzer/placeborule.h"
#include "analyzer/run.h"
#include "base/heap.h"
#include "base/log.h"
#include "daemon/sampler.h"
#include "store/reader.h"

#include <stdio.h>
#include <stdlib.h>

enum { READ_DEADLINE_MS = 500 };

/* A listed service under its policy. */
struct watch {
    struct placebos   *all;
    struct config     *config; /* what target points into */
    struct target      target;
    struct upstream   *source;
    struct sampler    *sampler;
    struct placebo    *placebo;
    struct calibration record;
    char               plan[CALIBRATION_HASH_BYTES];
    bool               loaded; /* the record has what the history has */
    uint32_t           intervals;
    struct routes      routes;
    uint64_t           timer;
};

struct placebos {
    struct app     *app;
    struct hash_map by_name; /* "namespace/name" to struct watch */
    struct reader  *reader;  /* opened when first needed */
};

struct placebos *
placebos_new(struct app *app)
{
    struct placebos *p = heap_new(1, sizeof *p);

    p->app = app;
    return p;
}

static void
free_watch(struct watch *w)
{
    timer_cancel(&w->all->app->world.timer, w->timer);
    sampler_free(w->sampler);
    placebo_free(w->placebo);
    calibration_release(&w->record);
    upstream_unref(w->source);
    config_unref(w->config);
    free(w);
}

static void
free_all(struct hash_map *by_name)
{
    size_t       at = 0;
    struct slice key;
    void        *w;

    while (hash_next(by_name, &at, &key, &w))
        free_watch(w);
    hash_release(by_name);
    *by_name = (struct hash_map){0};
}

void
placebos_free(struct placebos *p)
{
    if (!p)
        return;
    free_all(&p->by_name);
    reader_close(p->reader);
    free(p);
}

static int64_t
wall(const struct placebos *p)
{
    return clock_wall_ms(p->app->world.clock);
}

static struct placebo_plan
plan_of(const struct policy *p, const struct target *t)
{
    char name[2 * VIEW_NAME_BYTES + 1];
    int  n = snprintf(name, sizeof name, "%s/%s", t->ns, t->name);

    return placeborule_plan(p, hash_stable((struct slice){name, (size_t)n}));
}

static bool
take_row(void *ctx, const struct record_placebo *row)
{
    struct watch *w = ctx;

    if (slice_is(row->plan, w->plan) && calibration_window_valid(&row->window))
        calibration_add(&w->record, &row->window);
    return true;
}

/* What the history knows, read when it is first asked for: hundreds of services
 * must not keep the daemon from answering after a restart. */
static void
load(struct watch *w)
{
    struct placebos *p = w->all;
    struct err       err = {0};
    enum status      s = STATUS_OK;

    if (w->loaded)
        return;
    w->loaded = true;
    if (!p->reader) {
        s = reader_open(p->app->world.data_dir, &p->reader, &err);
        if (s == STATUS_OK)
            reader_set_deadline_ms(p->reader, READ_DEADLINE_MS);
    }
    if (s == STATUS_OK)
        s = reader_placebos(p->reader, slice_of(w->target.ns), slice_of(w->target.name),
                            wall(p) - STORE_PLACEBO_MS, take_row, w, &err);
    if (s)
        log_event(LOG_LEVEL_WARN, "placebos_unreadable", log_text("namespace", w->target.ns),
                  log_text("service", w->target.name), log_text("error", err.text));
}

static struct calibration_frozen
freeze(const struct watch *w, double alpha, uint64_t all_requests)
{
    return placeborule_freeze(w->target.policy, &w->record, alpha, (double)all_requests,
                              wall(w->all), PLACEBOS_SHOWN_MS);
}

/* With what was known before its window. */
static bool
would_be_rolled_back(const struct watch *w, const struct placebo_result *r)
{
    struct calibration_frozen f =
        freeze(w, w->target.policy->false_rollback_rate, r->window.all_requests);

    return placeborule_aborts(w->target.policy, &f, r);
}

static void
on_stored(void *ctx, enum status s, const struct err *err)
{
    (void)ctx;
    if (s)
        log_event(LOG_LEVEL_WARN, "placebo_not_stored", log_text("error", err->text));
}

static void
keep(struct watch *w, const struct placebo_result *r, bool rolled_back)
{
    struct record_placebo row = {.service = slice_of(w->target.name),
                                 .ns = slice_of(w->target.ns),
                                 .plan = slice_of(w->plan),
                                 .pod = slice_of(r->pod),
                                 .window = r->window};
    enum status           s;

    row.window.rolled_back = rolled_back;
    calibration_add(&w->record, &row.window);
    s = store_submit(w->all->app->world.store, &(struct store_commit){.placebo = &row}, on_stored,
                     NULL);
    if (s)
        log_event(LOG_LEVEL_WARN, "placebo_not_stored", log_text("error", status_text(s)));
}

static void
close_window(struct watch *w)
{
    bool                         fate[PLACEBO_MOST];
    uint32_t                     n;
    const struct placebo_result *r = placebo_results(w->placebo, &n);

    load(w);
    calibration_forget(&w->record, wall(w->all) - STORE_PLACEBO_MS);
    for (uint32_t i = 0; i < n; i++) /* all by what was known before this window */
        fate[i] = would_be_rolled_back(w, &r[i]);
    for (uint32_t i = 0; i < n; i++)
        keep(w, &r[i], fate[i]);
}

static void on_tick(void *ctx);

static void
schedule(struct watch *w, int64_t in_ms)
{
    w->timer = timer_start(&w->all->app->world.timer, in_ms, on_tick, w);
}

static int64_t
pace_ms(const struct watch *w)
{
    const struct config_source *s = upstream_config(w->source);

    return s->scrape_interval_ms > s->tick_ms ? s->scrape_interval_ms : s->tick_ms;
}

static void
on_sampled(void *ctx, enum sampler_outcome outcome, const struct interval *interval)
{
    struct watch *w = ctx;

    if (outcome == SAMPLER_CLOSED) {
        w->intervals += w->intervals < UINT32_MAX;
        routes_watch(&w->routes, interval, VIEW_USER);
        if (placebo_apply(w->placebo, interval) == PLACEBO_CLOSED)
            close_window(w);
    }
    schedule(w, pace_ms(w));
}

static void
on_tick(void *ctx)
{
    struct watch *w = ctx;

    w->timer = 0;
    sampler_take(w->sampler, wall(w->all), on_sampled, w);
}

/* Every version of the service, none of which is a canary. */
static void
target_all_versions(const struct config *c, const struct config_service *s, struct target *t)
{
    *t = (struct target){.service = s,
                         .source = config_source(c, slice_of(s->source)),
                         .policy = config_policy(c, slice_of(s->policy)),
                         .preset = preset_name(s->preset)};
    snprintf(t->ns, sizeof t->ns, "%s", s->ns);
    snprintf(t->name, sizeof t->name, "%s", s->name);
    snprintf(t->key, sizeof t->key, "%s", s->key ? s->key : preset_default_key(t->preset, false));
}

/* NULL: it has no placebos. */
static struct watch *
watch_new(struct placebos *p, const struct config_service *s)
{
    struct watch         *w = heap_new(1, sizeof *w);
    struct placebo_plan   plan;
    struct preset_service ps;
    struct err            err = {0};

    w->all = p;
    w->config = config_ref(p->app->config);
    w->source = upstream_ref(hash_get(&p->app->sources, slice_of(s->source)));
    target_all_versions(w->config, s, &w->target);
    plan = plan_of(w->target.policy, &w->target);
    placebo_plan_hash(&plan, w->plan);
    ps = target_preset(&w->target);
    if (!preset_has_part(&ps, PRESET_PART_ATTEMPT_CELLS)) { /* no pods to judge */
        free_watch(w);
        return NULL;
    }
    if (sampler_new(w->source, &w->target, NULL, &w->sampler, &err)) {
        log_event(LOG_LEVEL_WARN, "no_placebos", log_text("namespace", w->target.ns),
                  log_text("service", w->target.name), log_text("error", err.text));
        free_watch(w);
        return NULL;
    }
    w->placebo = placebo_new(&plan);
    return w;
}

void
placebos_configure(struct placebos *p)
{
    const struct config *c = p->app->config;

    free_all(&p->by_name);
    for (size_t i = 0; i < c->n_services; i++) {
        const struct config_service *s = &c->services[i];
        const struct policy         *policy = config_policy(c, slice_of(s->policy));
        char                         name[2 * VIEW_NAME_BYTES + 1];
        struct watch                *w;

        w = policy->calibration.mode == POLICY_CALIBRATION_OFF ? NULL : watch_new(p, s);
        if (!w)
            continue;
        snprintf(name, sizeof name, "%s/%s", s->ns, s->name);
        hash_set(&p->by_name, slice_of(name), w);
        /* Not all at the same instant. */
        schedule(w, pace_ms(w) * (int64_t)(i + 1) / (int64_t)c->n_services);
    }
}

static struct watch *
find(const struct placebos *p, const struct target *t)
{
    char name[2 * VIEW_NAME_BYTES + 1];

    snprintf(name, sizeof name, "%s/%s", t->ns, t->name);
    return hash_get(&p->by_name, slice_of(name));
}

struct routes
placebos_routes(const struct placebos *p, const struct target *t)
{
    const struct watch *w = find(p, t);

    return w ? w->routes : (struct routes){0};
}

struct calibration_frozen
placebos_freeze(struct placebos *p, const struct target *t, uint32_t attempt)
{
    struct placebo_plan       plan = plan_of(t->policy, t);
    char                      hash[CALIBRATION_HASH_BYTES];
    struct calibration_frozen f;
    struct watch             *w;
    uint32_t                  n;

    if (t->policy->calibration.mode == POLICY_CALIBRATION_OFF)
        return calibration_none(CALIBRATION_OFF);
    w = find(p, t);
    if (!w)
        return calibration_none(CALIBRATION_UNLISTED);
    placebo_plan_hash(&plan, hash);
    if (strcmp(hash, w->plan) != 0)
        return calibration_none(CALIBRATION_OTHER_PLAN);
    load(w);
    n = w->record.n;
    f = freeze(w, run_alpha(t->policy, attempt), n ? w->record.at[n - 1].all_requests : 0);
    if (n == 0 && w->intervals > 0 && placebo_pods(w->placebo) < 2)
        f.use = placebo_pods(w->placebo) ? CALIBRATION_FEW_PODS : CALIBRATION_NO_PODS;
    return f;
}
