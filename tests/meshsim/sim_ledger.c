#include "tests/meshsim/sim_ledger.h"

#include "base/jsonout.h"
#include "tests/meshsim/sim_exposition.h"

#include <stdio.h>

struct taking {
    struct sim_ledger      *ledger;
    const struct sim_proxy *proxy;
};

static void
take_tally(void *ctx, const struct sim_tally *t)
{
    const struct taking   *taking = ctx;
    struct sim_ledger     *l = taking->ledger;
    struct sim_key         key = t->key;
    struct sim_ledger_row *row;
    size_t                 i = 0;

    key.client_kind = 0;
    while (i < l->rows.n && !(l->rows.at[i].side == taking->proxy->side &&
                              sim_proxy_key_equal(&l->rows.at[i].key, &key)))
        i++;
    if (i == l->rows.n)
        VEC_PUSH(&l->arena, &l->rows,
                 (struct sim_ledger_row){
                     .side = taking->proxy->side, .key = key, .bounds = taking->proxy->bounds});
    row = &l->rows.at[i];
    sim_proxy_counts_add(&row->total, &t->total);
    sim_proxy_counts_add(&row->unscraped, &t->unscraped);
}

void
sim_ledger_take(struct sim_ledger *l, const struct sim_world *w)
{
    for (size_t i = 0; i < w->proxies.n; i++) {
        struct taking taking = {l, w->proxies.at[i]};

        sim_proxy_tallies(w->proxies.at[i], take_tally, &taking);
    }
}

void
sim_ledger_release(struct sim_ledger *l)
{
    arena_release(&l->arena);
}

static void
put_key(struct jsonout *j, const struct sim_key *key)
{
    char code[16], grpc[16] = "", flags[SIM_FLAGS_BYTES];

    snprintf(code, sizeof code, "%u", key->code);
    if (key->grpc >= 0)
        snprintf(grpc, sizeof grpc, "%d", key->grpc);
    sim_outcome_flags_text(key->flags, flags);
    jsonout_text(j, "code", code);
    jsonout_text(j, "grpc", grpc);
    jsonout_text(j, "flags", flags);
}

/* Cumulated, as le series are. */
static void
put_buckets(struct jsonout *j, const char *key, const struct sim_bounds *b,
            const struct sim_histogram *h)
{
    uint64_t below = 0;

    jsonout_begin_array(j, key);
    for (size_t i = 0; i <= b->n; i++) {
        below += h->bucket[i];
        jsonout_uint(j, NULL, below);
    }
    jsonout_end_array(j);
}

static void
put_row(struct jsonout *j, const struct sim_scenario *s, const struct sim_ledger_row *r)
{
    struct sim_identity         id = sim_exposition_destination(s, r->side, &r->key);
    const struct sim_histogram *all = &r->total.measure[SIM_MEASURE_DURATION];
    const struct sim_histogram *lost = &r->unscraped.measure[SIM_MEASURE_DURATION];

    jsonout_begin_object(j, NULL);
    put_key(j, &r->key);
    jsonout_text(j, "destination_workload", id.workload);
    jsonout_text(j, "destination_version", id.version);
    jsonout_text(j, "destination_canonical_revision", id.canonical_revision);
    jsonout_uint(j, "requests", r->total.requests);
    jsonout_uint(j, "duration_sum_ms", all->sum);
    put_buckets(j, "buckets", r->bounds, all);
    jsonout_begin_object(j, "unscraped");
    jsonout_uint(j, "requests", r->unscraped.requests);
    jsonout_uint(j, "duration_sum_ms", lost->sum);
    put_buckets(j, "buckets", r->bounds, lost);
    jsonout_end_object(j);
    jsonout_end_object(j);
}

static bool
belongs(const struct sim_ledger_row *r, enum sim_side side, size_t service, size_t version)
{
    return r->side == side && r->key.service == service && r->key.version == version;
}

static void
put_side(struct jsonout *j, const char *name, const struct sim_scenario *s,
         const struct sim_ledger *l, enum sim_side side, size_t service, size_t version)
{
    const struct sim_bounds *b = &s->bounds;
    uint64_t                 requests = 0, unscraped = 0;

    if (side == SIM_SIDE_DESTINATION)
        b = &s->services[service].versions[version].bounds;
    jsonout_begin_object(j, name);
    jsonout_begin_array(j, "le");
    for (size_t i = 0; i < b->n; i++)
        jsonout_text(j, NULL, b->text[i]);
    jsonout_text(j, NULL, "+Inf");
    jsonout_end_array(j);
    jsonout_begin_array(j, "cells");
    for (size_t i = 0; i < l->rows.n; i++) {
        if (!belongs(&l->rows.at[i], side, service, version))
            continue;
        requests += l->rows.at[i].total.requests;
        unscraped += l->rows.at[i].unscraped.requests;
        put_row(j, s, &l->rows.at[i]);
    }
    jsonout_end_array(j);
    jsonout_uint(j, "requests", requests);
    jsonout_uint(j, "unscraped", unscraped);
    jsonout_end_object(j);
}

static void
put_service(struct jsonout *j, const struct sim_world *w, const struct sim_ledger *l, size_t i)
{
    const struct sim_service     *s = &w->scenario->services[i];
    const struct sim_service_now *now = &w->services[i];

    jsonout_begin_object(j, NULL);
    jsonout_text(j, "service", s->name);
    jsonout_text(j, "namespace", s->name_space);
    jsonout_double(j, "requests_per_second", now->requests_per_second);
    jsonout_uint(j, "unsent", now->unsent);
    jsonout_begin_array(j, "versions");
    for (size_t v = 0; v < s->n_versions; v++) {
        jsonout_begin_object(j, NULL);
        jsonout_text(j, "version", s->versions[v].name);
        jsonout_double(j, "percent", now->percent[v]);
        jsonout_uint(j, "pods", w->pods[i][v].n);
        put_side(j, "source", w->scenario, l, SIM_SIDE_SOURCE, i, v);
        put_side(j, "destination", w->scenario, l, SIM_SIDE_DESTINATION, i, v);
        jsonout_end_object(j);
    }
    jsonout_end_array(j);
    jsonout_begin_object(j, "unattributed");
    put_side(j, "source", w->scenario, l, SIM_SIDE_SOURCE, i, SIM_PROXY_NO_VERSION);
    jsonout_end_object(j);
    jsonout_end_object(j);
}

struct putting {
    struct jsonout            *j;
    const struct sim_scenario *scenario;
};

static void
put_proxy_cell(void *ctx, const struct sim_tally *t)
{
    const struct putting     *p = ctx;
    const struct sim_service *s = &p->scenario->services[t->key.service];

    jsonout_begin_object(p->j, NULL);
    jsonout_text(p->j, "service", s->name);
    jsonout_text(p->j, "version",
                 t->key.version == SIM_PROXY_NO_VERSION ? "" : s->versions[t->key.version].name);
    put_key(p->j, &t->key);
    jsonout_uint(p->j, "requests", t->total.requests);
    jsonout_uint(p->j, "unscraped", t->unscraped.requests);
    jsonout_end_object(p->j);
}

static void
put_proxy(struct jsonout *j, const struct sim_world *w, const struct sim_proxy *p)
{
    static const char *const state[] = {
        [SIM_PROXY_UP] = "up", [SIM_PROXY_DOWN] = "down", [SIM_PROXY_GONE] = "gone"};
    struct putting putting = {j, w->scenario};

    jsonout_begin_object(j, NULL);
    jsonout_text(j, "pod", p->pod);
    jsonout_text(j, "side", p->side == SIM_SIDE_SOURCE ? "source" : "destination");
    jsonout_text(j, "state", state[p->state]);
    jsonout_uint(j, "port", p->port);
    jsonout_uint(j, "restarts", p->restarts);
    jsonout_uint(j, "scrapes", p->scrapes);
    jsonout_begin_array(j, "cells");
    sim_proxy_tallies(p, put_proxy_cell, &putting);
    jsonout_end_array(j);
    jsonout_end_object(j);
}

void
sim_ledger_write(const struct sim_world *w, struct text *out)
{
    struct sim_ledger l = {0};
    struct jsonout    j;

    sim_ledger_take(&l, w);
    jsonout_init(&j, out);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "scenario", w->scenario->file);
    jsonout_uint(&j, "seed", w->seed);
    jsonout_int(&j, "simulated_ms", w->now_us / 1000);
    jsonout_uint(&j, "in_flight", w->in_flight);
    jsonout_begin_array(&j, "services");
    for (size_t i = 0; i < w->scenario->n_services; i++)
        put_service(&j, w, &l, i);
    jsonout_end_array(&j);
    jsonout_begin_array(&j, "proxies");
    for (size_t i = 0; i < w->proxies.n; i++)
        put_proxy(&j, w, w->proxies.at[i]);
    jsonout_end_array(&j);
    jsonout_end_object(&j);
    text_putc(out, '\n');
    sim_ledger_release(&l);
}
