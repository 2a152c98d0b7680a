#include "tests/replay/play_prom.h"

#include "tests/replay/play_exposition.h"

#include <stdio.h>

/* Targets of one replica are scraped a little apart, as by hash in the real one. */
enum { APART_MS = 137 };

unsigned
play_prom_find(const struct play_prom *p, struct slice name)
{
    for (unsigned i = 0; i < p->n; i++)
        if (slice_is(name, p->replica[i].name))
            return i;
    return PLAY_SERIES_REPLICAS;
}

enum status
play_prom_add(struct play_prom *p, struct slice name, int64_t interval_ms, int64_t offset_ms,
              struct err *err)
{
    struct play_prom_replica *r = &p->replica[p->n];

    if (p->n == PLAY_SERIES_REPLICAS || name.n >= sizeof r->name)
        return err_set(err, STATUS_LIMIT, "too many replicas, or too long a name");
    if (interval_ms <= 0 || offset_ms < 0)
        return err_set(err, STATUS_RANGE, "a replica scrapes every so often, from 0 on");
    *r = (struct play_prom_replica){.interval_ms = interval_ms, .offset_ms = offset_ms};
    snprintf(r->name, sizeof r->name, "%.*s", SLICE_ARG(name));
    p->n++;
    return STATUS_OK;
}

struct scrape {
    struct play_prom        *prom;
    unsigned                 replica;
    struct play_mesh_target *target;
    int64_t                  at_ms;
};

static void
note(struct scrape *s, struct play_series *series, double value)
{
    struct play_track *t = &series->track[s->replica];
    bool               known = false;

    for (size_t r = 0; r < PLAY_SERIES_REPLICAS; r++)
        known = known || series->track[r].n > 0;
    if (!known)
        VEC_PUSH(&s->prom->mesh->arena, &s->target->series, series);
    t->scrape = s->prom->scrapes;
    play_series_add(series, s->replica, (struct play_point){.at_ms = s->at_ms, .value = value});
}

static void
on_sample(void *ctx, const struct play_labels *labels, double value)
{
    struct scrape     *s = ctx;
    struct play_labels l = *labels;

    (void)play_series_set(&l, slice_of("instance"), slice_of(s->target->instance));
    (void)play_series_set(&l, slice_of("pod"), slice_of(s->target->name));
    note(s, play_series_of(&s->prom->mesh->db, &l), value);
}

static void
scrape_buckets(struct scrape *s, struct play_mesh_cell *c)
{
    struct play_series_db *db = &s->prom->mesh->db;
    struct play_labels     l = c->labels;
    uint64_t               sum = 0;

    for (size_t i = 0; i < PLAY_MESH_BOUNDS; i++) {
        if (!c->bucket_series[i]) {
            (void)play_series_set(&l, slice_of("__name__"),
                                  slice_of("istio_request_duration_milliseconds_bucket"));
            (void)play_series_set(&l, slice_of("le"), slice_of(play_mesh_le[i]));
            c->bucket_series[i] = play_series_of(db, &l);
        }
        sum += c->bucket[i];
        note(s, c->bucket_series[i], (double)sum);
    }
}

static enum status
scrape_target(struct scrape *s, struct err *err)
{
    struct play_mesh *m = s->prom->mesh;

    s->prom->scrapes++;
    play_mesh_settle(m, s->at_ms);
    if (s->target->raw && !s->target->gone && !s->target->failing) {
        enum status st = play_exposition_read(s->target->exposition, on_sample, s, err);

        if (st)
            return st;
    }
    for (struct play_mesh_cell *c = s->target->failing ? NULL : s->target->cells; c; c = c->next) {
        if (!c->requests_series)
            c->requests_series = play_series_of(&m->db, &c->labels);
        note(s, c->requests_series, (double)c->requests);
        scrape_buckets(s, c);
        c->scraped = c->requests;
    }
    for (size_t i = 0; i < s->target->series.n; i++) {
        struct play_series *series = s->target->series.at[i];
        struct play_track  *t = &series->track[s->replica];

        if (t->n && t->scrape != s->prom->scrapes && !t->at[t->n - 1].stale)
            play_series_add(series, s->replica,
                            (struct play_point){.at_ms = s->at_ms, .stale = true});
    }
    return STATUS_OK;
}

/* The first instant of the target's grid after now. */
static int64_t
first_scrape(const struct play_prom_replica *r, size_t target, int64_t now_ms)
{
    int64_t shift = (r->offset_ms + (int64_t)target * APART_MS) % r->interval_ms;

    return now_ms + r->interval_ms -
           ((now_ms - shift) % r->interval_ms + r->interval_ms) % r->interval_ms;
}

/* The earliest scrape that is due; false: none up to now_ms. */
static bool
next_scrape(struct play_prom *p, int64_t now_ms, struct scrape *out, int64_t **next)
{
    *next = NULL;
    for (unsigned r = 0; r < p->n; r++)
        for (size_t t = 0; t < p->mesh->n_targets; t++) {
            int64_t *at = &p->replica[r].next_ms[t];

            if (!*at)
                *at = first_scrape(&p->replica[r], t, p->now_ms);
            if (*at > now_ms || (*next && *at >= **next))
                continue;
            *next = at;
            *out = (struct scrape){
                .prom = p, .replica = r, .target = p->mesh->targets[t], .at_ms = *at};
        }
    return *next != NULL;
}

enum status
play_prom_run(struct play_prom *p, int64_t now_ms, struct err *err)
{
    struct scrape s;
    int64_t      *next;

    while (next_scrape(p, now_ms, &s, &next)) {
        const struct play_prom_replica *r = &p->replica[s.replica];

        p->now_ms = s.at_ms;
        *next += r->interval_ms;
        if (!r->stopped) {
            enum status st = scrape_target(&s, err);

            if (st)
                return st;
        }
    }
    p->now_ms = now_ms;
    play_mesh_settle(p->mesh, now_ms);
    return STATUS_OK;
}
