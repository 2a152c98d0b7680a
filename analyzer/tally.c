#include "analyzer/tally.h"

#include "base/pack.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEY_MAX_BYTES = 256 };

void
tally_init(struct tally *t, struct arena *arena)
{
    *t = (struct tally){.arena = arena};
    text_init(&t->key, KEY_MAX_BYTES);
}

void
tally_release(struct tally *t)
{
    hash_release(&t->map);
    text_release(&t->key);
}

struct tally_cell *
tally_cell(struct tally *t, struct naming_version *version, const struct interval_cell *cell)
{
    struct tally_cell *c;

    text_clear(&t->key);
    pack_u8(&t->key, cell->view);
    pack_varint(&t->key, version->id);
    pack_slice(&t->key, slice_of(cell->code));
    pack_slice(&t->key, slice_of(cell->grpc));
    pack_slice(&t->key, slice_of(cell->flags));
    c = hash_get(&t->map, text_slice(&t->key));
    if (c)
        return c;
    c = arena_new(t->arena, struct tally_cell);
    c->version = version;
    c->cell = *cell;
    VEC_PUSH(t->arena, &t->cells, c);
    hash_set(&t->map, text_slice(&t->key), c);
    t->key_bytes += t->key.n;
    return c;
}

struct tally_cluster *
tally_cluster(struct tally *t, struct slice name)
{
    struct tally_cluster *c;
    size_t                at = 0;

    while (at < t->clusters.n && slice_compare(slice_of(t->clusters.at[at]->name), name) < 0)
        at++;
    if (at < t->clusters.n && slice_is(name, t->clusters.at[at]->name))
        return t->clusters.at[at];
    c = arena_new(t->arena, struct tally_cluster);
    snprintf(c->name, sizeof c->name, "%.*s", SLICE_ARG(name));
    VEC_PUSH(t->arena, &t->clusters, c);
    memmove(&t->clusters.at[at + 1], &t->clusters.at[at],
            (t->clusters.n - 1 - at) * sizeof *t->clusters.at);
    t->clusters.at[at] = c;
    return c;
}

/* As counts_requests() counts, with the calls that their callers gave up where
 * servers report. */
void
tally_add_cluster(struct tally_cluster *c, enum counts_view view, enum counts_arm arm,
                  enum class class, bool no_response, uint64_t n)
{
    if (class == CLASS_OK || class == CLASS_APP || class == CLASS_INFRASTRUCTURE ||
        (view == VIEW_ATTEMPT && no_response))
        c->staged[view][arm] += n;
}

void
tally_add_lost(struct tally *t, const struct interval_cell *cell, enum class class, uint64_t n)
{
    struct tally_lost *lost = &t->lost_staged[cell->view];
    bool               fault = class == CLASS_APP || class == CLASS_INFRASTRUCTURE;

    if (!fault && class != CLASS_OK)
        return;
    lost->n += n;
    lost->faults += fault ? n : 0;
    if (class_has_flag(slice_of(cell->flags), CLASS_FLAG_NO_ROUTE))
        lost->no_route += n;
    if (class_has_flag(slice_of(cell->flags), CLASS_FLAG_NO_CLUSTER))
        lost->no_cluster += n;
}

static void
add_lost(struct tally_lost *to, const struct tally_lost *from)
{
    to->n += from->n;
    to->faults += from->faults;
    to->no_route += from->no_route;
    to->no_cluster += from->no_cluster;
}

void
tally_add_buckets(struct tally *t, const struct naming_version *version, enum counts_view view,
                  const uint64_t bucket[], uint32_t n)
{
    struct tally_buckets *b;

    while (t->buckets.n <= version->id)
        VEC_PUSH(t->arena, &t->buckets, NULL);
    b = t->buckets.at[version->id];
    if (!b)
        b = t->buckets.at[version->id] = arena_new(t->arena, struct tally_buckets);
    b->any[view] = true;
    for (uint32_t i = 0; i < n; i++)
        b->staged[view][i] += bucket[i];
}

/* Staged counts join the tally or are forgotten. */
static void
end_stage(struct tally *t, bool join)
{
    for (size_t i = 0; i < t->cells.n; i++) {
        struct tally_cell *c = t->cells.at[i];

        c->n += join ? c->staged : 0;
        c->staged = 0;
    }
    for (size_t i = 0; i < t->buckets.n; i++) {
        struct tally_buckets *b = t->buckets.at[i];

        for (size_t v = 0; b && v < VIEW_COUNT; v++)
            for (size_t k = 0; b->any[v] && k < COUNTS_MAX_BOUNDS; k++) {
                b->n[v][k] += join ? b->staged[v][k] : 0;
                b->staged[v][k] = 0;
            }
    }
    for (size_t i = 0; i < t->clusters.n; i++) {
        struct tally_cluster *c = t->clusters.at[i];

        for (size_t k = 0; k < VIEW_COUNT * ARM_COUNT; k++) {
            size_t v = k / ARM_COUNT, a = k % ARM_COUNT;

            c->n[v][a] += join ? c->staged[v][a] : 0;
            c->staged[v][a] = 0;
        }
    }
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        if (join)
            add_lost(&t->lost[v], &t->lost_staged[v]);
        t->lost_staged[v] = (struct tally_lost){0};
    }
}

void
tally_settle(struct tally *t)
{
    end_stage(t, true);
}

void
tally_unstage(struct tally *t)
{
    end_stage(t, false);
}

bool
tally_clear_buckets(struct tally *t, enum counts_view view)
{
    bool any = false;

    for (size_t i = 0; i < t->buckets.n; i++) {
        struct tally_buckets *b = t->buckets.at[i];

        for (size_t k = 0; b && k < COUNTS_MAX_BOUNDS; k++) {
            any = any || b->n[view][k] > 0;
            b->n[view][k] = 0;
        }
    }
    return any;
}

void
tally_clear(struct tally *t)
{
    for (size_t i = 0; i < t->cells.n; i++)
        t->cells.at[i]->n = 0;
    for (size_t i = 0; i < t->clusters.n; i++)
        memset(t->clusters.at[i]->n, 0, sizeof t->clusters.at[i]->n);
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        (void)tally_clear_buckets(t, (enum counts_view)v);
        t->lost[v] = (struct tally_lost){0};
    }
}

/* A version with something to tell, and where it goes. */
struct share {
    const struct naming_version *version;
    const struct tally_buckets  *buckets;
    uint64_t                     n;
    bool                         named; /* canary, or a baseline by name: never folded */
    uint8_t                      index; /* of the interval */
};

static int
by_size(const void *a, const void *b)
{
    const struct share *x = a, *y = b;

    if (x->named != y->named)
        return x->named ? -1 : 1;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return slice_compare(x->version->name, y->version->name);
}

static uint64_t
bucket_total(const struct tally_buckets *b)
{
    uint64_t sum = 0;

    for (size_t v = 0; b && v < VIEW_COUNT; v++)
        for (size_t k = 0; k < COUNTS_MAX_BOUNDS; k++)
            sum += b->n[v][k] + b->staged[v][k];
    return sum;
}

/* Shares in the order of being kept; those without any count are left out. */
static struct share *
weigh(const struct tally *t, const struct naming *names, struct arena *scratch, size_t *n_shares)
{
    struct share *all = arena_array(scratch, names->list.n, sizeof *all);
    size_t        n = 0;

    for (size_t i = 0; i < names->list.n; i++) {
        const struct naming_version *v = names->list.at[i];

        all[i].version = v;
        all[i].buckets = v->id < t->buckets.n ? t->buckets.at[v->id] : NULL;
        all[i].n = bucket_total(all[i].buckets);
        all[i].named = v->arm == ARM_CANARY || slice_is(v->name, names->arms.baseline);
    }
    for (size_t i = 0; i < t->cells.n; i++)
        all[t->cells.at[i]->version->id].n += t->cells.at[i]->n + t->cells.at[i]->staged;
    for (size_t i = 0; i < names->list.n; i++)
        if (all[i].n > 0)
            all[n++] = all[i];
    if (n > 1)
        qsort(all, n, sizeof *all, by_size);
    *n_shares = n;
    return all;
}

static int
by_count(const void *a, const void *b)
{
    const struct share *x = a, *y = b;

    return x->n != y->n ? (x->n > y->n ? -1 : 1)
                        : slice_compare(x->version->name, y->version->name);
}

/* The first `keep` shares get rows of their own, largest first, the others
 * share the last one. */
static void
place_versions(struct share *share, size_t n, size_t keep, struct interval *out)
{
    if (keep > 1)
        qsort(share, keep, sizeof *share, by_count);
    memset(out->versions, 0, sizeof out->versions);
    out->n_versions = (uint32_t)(keep < n ? keep + 1 : n);
    for (size_t i = 0; i < n; i++) {
        struct interval_version *row = &out->versions[i < keep ? i : keep];

        share[i].index = (uint8_t)(i < keep ? i : keep);
        snprintf(row->name, sizeof row->name, "%s", i < keep ? share[i].version->name.p : "other");
        row->arm = share[i].version->arm; /* the same for all that fold */
        for (size_t v = 0; share[i].buckets && v < VIEW_COUNT; v++)
            for (size_t k = 0; k < COUNTS_MAX_BOUNDS; k++)
                row->at[v].bucket[k] += share[i].buckets->n[v][k] + share[i].buckets->staged[v][k];
    }
}

static int
by_cell(const void *a, const void *b)
{
    const struct interval_cell *x = a, *y = b;
    int                         d = x->view - y->view;

    if (d == 0)
        d = x->version - y->version;
    if (d == 0)
        d = strcmp(x->code, y->code);
    if (d == 0)
        d = strcmp(x->grpc, y->grpc);
    return d ? d : strcmp(x->flags, y->flags);
}

/* Cells under the rows that their versions got; false: too many.  all is
 * scratch for every cell of the tally. */
static bool
place_cells(const struct tally *t, const struct share *share, size_t n_shares,
            struct interval_cell *all, uint8_t *index, struct interval *out)
{
    size_t n = 0;

    for (size_t i = 0; i < n_shares; i++)
        index[share[i].version->id] = share[i].index;
    for (size_t i = 0; i < t->cells.n; i++) {
        const struct tally_cell *c = t->cells.at[i];

        if (c->n + c->staged == 0)
            continue;
        all[n] = c->cell;
        all[n].version = index[c->version->id];
        all[n++].n = c->n + c->staged;
    }
    if (n > 1)
        qsort(all, n, sizeof *all, by_cell);
    out->n_cells = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && by_cell(&all[i], &all[i - 1]) == 0) {
            out->cells[out->n_cells - 1].n += all[i].n;
            continue;
        }
        if (out->n_cells == INTERVAL_MAX_CELLS)
            return false;
        out->cells[out->n_cells++] = all[i];
    }
    return true;
}

static bool
fill_clusters(const struct tally *t, struct interval *out)
{
    if (t->clusters.n > INTERVAL_MAX_CLUSTERS)
        return false;
    out->n_clusters = (uint32_t)t->clusters.n;
    for (uint32_t k = 0; k < out->n_clusters; k++) {
        const struct tally_cluster *c = t->clusters.at[k];

        memcpy(out->clusters[k].name, c->name, sizeof c->name);
        for (size_t v = 0; v < VIEW_COUNT; v++)
            for (size_t a = 0; a < ARM_COUNT; a++)
                out->clusters[k].requests[v][a] = c->n[v][a] + c->staged[v][a];
    }
    return true;
}

bool
tally_fill(const struct tally *t, const struct naming *names, struct interval *out, uint8_t index[])
{
    struct arena          scratch = {0};
    size_t                n, named = 0;
    struct share         *share = weigh(t, names, &scratch, &n);
    struct interval_cell *all = arena_array(&scratch, t->cells.n, sizeof *all);
    size_t                keep = n <= INTERVAL_MAX_VERSIONS ? n : INTERVAL_MAX_VERSIONS - 1;
    bool                  fits;

    memset(index, UINT8_MAX, names->list.n);
    while (named < n && share[named].named)
        named++;
    for (;;) {
        place_versions(share, n, keep, out);
        fits = place_cells(t, share, n, all, index, out);
        if (fits || keep <= named || n - named < 2)
            break;
        qsort(share, n, sizeof *share, by_size);
        keep = keep == n ? n - 2 : keep - 1;
    }
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        struct tally_lost lost = t->lost[v];

        add_lost(&lost, &t->lost_staged[v]);
        out->unattributed[v] = lost.n;
        out->unattributed_faults[v] = lost.faults;
        out->unattributed_no_route[v] = lost.no_route;
        out->unattributed_no_cluster[v] = lost.no_cluster;
    }
    arena_release(&scratch);
    interval_recount(out);
    return fill_clusters(t, out) && fits;
}

size_t
tally_bytes(const struct tally *t)
{
    return t->key_bytes + t->key.cap + naming_map_bytes(&t->map);
}
