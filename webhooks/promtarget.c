#include "webhooks/promtarget.h"

#include "webhooks/promjson.h"
#include "webhooks/prommatch.h"

#include <stdlib.h>

static void
put_labels(struct jsonout *j, const char *key, const struct port_label *at, size_t n)
{
    struct text *t = j->to;

    jsonout_begin_object(j, key);
    for (size_t i = 0; i < n; i++) {
        /* Names come from outside: they are no C texts. */
        if (i)
            text_putc(t, ',');
        jsonout_quote(t, at[i].name);
        text_putc(t, ':');
        jsonout_quote(t, at[i].value);
    }
    jsonout_end_object(j);
}

static const char *
health_text(const struct port_target *t)
{
    switch (t->health) {
    case PORT_TARGET_UP:
        return "up";
    case PORT_TARGET_DOWN:
        return "down";
    case PORT_TARGET_UNKNOWN:
        break;
    }
    return "unknown";
}

struct wanted_targets {
    struct jsonout *j;
    struct slice    pool; /* empty: all */
};

static void
put_target(void *ctx, const struct port_target *t)
{
    struct wanted_targets *w = ctx;
    struct jsonout        *j = w->j;

    if (w->pool.n && !slice_equal(w->pool, t->pool))
        return;
    jsonout_begin_object(j, NULL);
    put_labels(j, "discoveredLabels", t->discovered, t->n_discovered);
    put_labels(j, "labels", t->labels, t->n_labels);
    jsonout_slice(j, "scrapePool", t->pool);
    jsonout_slice(j, "scrapeUrl", t->url);
    jsonout_slice(j, "globalUrl", t->url);
    jsonout_slice(j, "lastError", t->last_error);
    promjson_time(j, "lastScrape", t->last_scrape_ms);
    jsonout_double(j, "lastScrapeDuration", (double)t->last_took_ms / 1000);
    jsonout_text(j, "health", health_text(t));
    promjson_duration(j, "scrapeInterval", t->interval_ms);
    promjson_duration(j, "scrapeTimeout", t->timeout_ms);
    jsonout_end_object(j);
}

void
promtarget_targets(struct promcall *c)
{
    struct slice          state = promform_get(&c->form, "state");
    struct wanted_targets w = {&c->json, promform_get(&c->form, "scrapePool")};
    bool                  any = state.n == 0 || slice_is_nocase(state, "any");

    jsonout_begin_object(&c->json, NULL);
    jsonout_begin_array(&c->json, "activeTargets");
    if (any || slice_is_nocase(state, "active"))
        c->series->targets(c->series->self, put_target, &w);
    jsonout_end_array(&c->json);
    jsonout_begin_array(&c->json, "droppedTargets");
    jsonout_end_array(&c->json);
    jsonout_begin_object(&c->json, "droppedTargetCounts");
    jsonout_end_object(&c->json);
    jsonout_end_object(&c->json);
}

void
promtarget_pools(struct promcall *c)
{
    struct port_setup *s = arena_new(&c->arena, struct port_setup);

    c->series->setup(c->series->self, s);
    jsonout_begin_object(&c->json, NULL);
    jsonout_begin_array(&c->json, "scrapePools");
    for (size_t i = 0; i < s->n_jobs; i++)
        jsonout_text(&c->json, NULL, s->job[i].name);
    jsonout_end_array(&c->json);
    jsonout_end_object(&c->json);
}

struct families {
    struct arena *arena;
    VEC(struct port_family) found;
};

static void
keep_family(void *ctx, const struct port_family *f)
{
    struct families   *all = ctx;
    struct port_family copy = {
        .pool = arena_slice(all->arena, f->pool),
        .name = arena_slice(all->arena, f->name),
        .help = arena_slice(all->arena, f->help),
        .unit = arena_slice(all->arena, f->unit),
        .type = f->type,
    };

    VEC_PUSH(all->arena, &all->found, copy);
}

static int
compare_families(const void *a, const void *b)
{
    const struct port_family *x = a, *y = b;
    int                       c = slice_compare(x->name, y->name);

    if (c == 0)
        c = strcmp(x->type, y->type);
    if (c == 0)
        c = slice_compare(x->help, y->help);
    return c ? c : slice_compare(x->unit, y->unit);
}

/* limit, limit_per_metric: a number; below 0 (and here 0 too where it is of each
 * metric) there is none. */
static bool
read_count(struct promcall *c, const char *name, size_t *out)
{
    struct slice v = promform_get(&c->form, name);
    int64_t      n;

    *out = SIZE_MAX;
    if (v.n == 0)
        return true;
    if (slice_i64(v, &n)) {
        promcall_fail(c, PROMCALL_BAD_DATA, "%s must be a number", name);
        return false;
    }
    if (n >= 0)
        *out = (size_t)n;
    return true;
}

static void
put_about(struct jsonout *j, const struct port_family *f)
{
    jsonout_text(j, "type", f->type);
    jsonout_slice(j, "help", f->help);
    jsonout_slice(j, "unit", f->unit);
}

/* All of one name, which stand together; how many. */
static size_t
put_family(struct jsonout *j, const struct port_family *at, size_t n, size_t limit)
{
    size_t i = 0, put = 0;

    jsonout_begin_array(j, NULL);
    for (; i < n && slice_equal(at[i].name, at[0].name); i++) {
        if (put == limit || (i && compare_families(&at[i - 1], &at[i]) == 0))
            continue;
        jsonout_begin_object(j, NULL);
        put_about(j, &at[i]);
        jsonout_end_object(j);
        put++;
    }
    jsonout_end_array(j);
    return i;
}

void
promtarget_metadata(struct promcall *c)
{
    struct families all = {.arena = &c->arena};
    struct text    *t = c->out;
    size_t          limit, each, names = 0;

    if (!read_count(c, "limit", &limit) || !read_count(c, "limit_per_metric", &each))
        return;
    c->series->families(c->series->self, promform_get(&c->form, "metric"), keep_family, &all);
    if (all.found.n)
        qsort(all.found.at, all.found.n, sizeof *all.found.at, compare_families);
    text_putc(t, '{');
    for (size_t i = 0; i < all.found.n && names < limit; names++) {
        struct jsonout j;

        if (names)
            text_putc(t, ',');
        jsonout_quote(t, all.found.at[i].name);
        text_putc(t, ':');
        jsonout_init(&j, t);
        i += put_family(&j, all.found.at + i, all.found.n - i, each ? each : SIZE_MAX);
    }
    text_putc(t, '}');
}

struct by_target {
    struct promcall       *c;
    const struct families *all;
    struct prommatch       match;
    size_t                 limit, put;
    bool                   named; /* one metric was asked for: it is not repeated */
};

static bool
target_matches(const struct by_target *b, const struct port_target *t)
{
    for (size_t i = 0; i < b->match.n; i++) {
        const struct matcher *m = &b->match.at[i];
        struct slice          value = {0};
        struct err            err = {0};
        bool                  hit;
        enum status           s;

        for (size_t k = 0; k < t->n_labels; k++)
            if (slice_equal(t->labels[k].name, m->name))
                value = t->labels[k].value;
        s = matcher_test(m, value, &hit, &err);
        if (s)
            promcall_fail_as(b->c, s, &err);
        if (s || !hit)
            return false;
    }
    return true;
}

static void
put_metadata_of(void *ctx, const struct port_target *t)
{
    struct by_target *b = ctx;
    struct jsonout   *j = &b->c->json;

    /* As in Prometheus, the limit is looked at before each target. */
    if (b->put >= b->limit || b->c->out->status || !target_matches(b, t))
        return;
    for (size_t i = 0; i < b->all->found.n; i++) {
        const struct port_family *f = &b->all->found.at[i];

        if (!slice_equal(f->pool, t->pool))
            continue;
        jsonout_begin_object(j, NULL);
        put_labels(j, "target", t->labels, t->n_labels);
        if (!b->named)
            jsonout_slice(j, "metric", f->name);
        put_about(j, f);
        jsonout_end_object(j);
        b->put++;
    }
}

void
promtarget_metadata_by_target(struct promcall *c)
{
    struct families  all = {.arena = &c->arena};
    struct slice     metric = promform_get(&c->form, "metric");
    struct slice     target = promform_get(&c->form, "match_target");
    struct by_target b = {.c = c, .all = &all, .named = metric.n > 0};

    if (!read_count(c, "limit", &b.limit) ||
        (target.n && !prommatch_read(c, "match_target", target, &b.match)))
        return;
    c->series->families(c->series->self, metric, keep_family, &all);
    jsonout_begin_array(&c->json, NULL);
    c->series->targets(c->series->self, put_metadata_of, &b);
    jsonout_end_array(&c->json);
    prommatch_release(&b.match);
}
