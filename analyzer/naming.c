#include "analyzer/naming.h"

#include "base/pack.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEY_MAX_BYTES = 4096 };

void
naming_init(struct naming *n, struct arena *arena, const struct ledger_arms *arms)
{
    *n = (struct naming){.arena = arena, .arms = *arms};
    text_init(&n->key, KEY_MAX_BYTES);
}

void
naming_release(struct naming *n)
{
    hash_release(&n->versions);
    hash_release(&n->places);
    hash_release(&n->pairings);
    hash_release(&n->families);
    text_release(&n->key);
}

bool
naming_placeholder(struct slice s)
{
    return s.n == 0 || slice_is(s, "unknown") || slice_is(s, "latest");
}

static void
keep(struct naming *n, struct hash_map *map, struct slice key, void *value)
{
    hash_set(map, key, value);
    n->key_bytes += key.n;
}

static int8_t
arm_of(const struct naming *n, struct slice name, bool placeholder)
{
    if (name.n == 0)
        return -1;
    if (slice_is(name, n->arms.canary))
        return ARM_CANARY;
    if (n->arms.baseline[0] != '\0')
        return slice_is(name, n->arms.baseline) ? ARM_BASELINE : -1;
    return placeholder ? -1 : ARM_BASELINE;
}

static struct naming_version *
version_of(struct naming *n, struct slice name)
{
    struct slice           key;
    struct naming_version *v;

    text_clear(&n->key);
    pack_slice(&n->key, name);
    key = text_slice(&n->key);
    v = hash_get(&n->versions, key);
    if (v)
        return v;
    v = arena_new(n->arena, struct naming_version);
    v->name = arena_slice(n->arena, name);
    v->id = (uint32_t)n->list.n;
    v->placeholder = naming_placeholder(name);
    v->arm = arm_of(n, name, v->placeholder);
    VEC_PUSH(n->arena, &n->list, v);
    keep(n, &n->versions, key, v);
    return v;
}

static struct naming_place *
place_of(struct naming *n, struct slice workload, struct slice revision)
{
    struct slice         key;
    struct naming_place *p;

    text_clear(&n->key);
    pack_slice(&n->key, workload);
    pack_slice(&n->key, revision);
    key = text_slice(&n->key);
    p = hash_get(&n->places, key);
    if (p)
        return p;
    p = arena_new(n->arena, struct naming_place);
    p->workload = arena_slice(n->arena, workload);
    p->revision = arena_slice(n->arena, revision);
    keep(n, &n->places, key, p);
    return p;
}

static struct naming_pairing *
pairing_of(struct naming *n, const struct naming_version *version, struct slice workload)
{
    struct slice           key;
    struct naming_pairing *p;

    text_clear(&n->key);
    pack_varint(&n->key, version->id);
    pack_slice(&n->key, workload);
    key = text_slice(&n->key);
    p = hash_get(&n->pairings, key);
    if (p)
        return p;
    p = arena_new(n->arena, struct naming_pairing);
    keep(n, &n->pairings, key, p);
    return p;
}

/* A place that is known by nothing but placeholders is everybody's. */
static bool
nowhere(const struct naming_place *p)
{
    return naming_placeholder(p->workload) && naming_placeholder(p->revision);
}

static void
learn(struct naming *n, enum counts_view view, struct naming_place *p, struct naming_version *v)
{
    if (v->placeholder || nowhere(p) || p->torn[view] || p->learnt[view] == v)
        return;
    if (p->learnt[view])
        p->torn[view] = true;
    p->learnt[view] = v;
    n->generation++;
}

struct naming_family *
naming_family(struct naming *n, enum counts_view view, const struct snapshot_group *g)
{
    struct slice           key;
    struct naming_family  *f;
    struct naming_version *version;
    struct naming_place   *place;

    text_clear(&n->key);
    pack_u8(&n->key, (uint8_t)view);
    pack_slice(&n->key, g->key);
    pack_slice(&n->key, g->version);
    pack_slice(&n->key, g->revision);
    pack_slice(&n->key, g->workload);
    key = text_slice(&n->key);
    f = hash_get(&n->families, key);
    if (f)
        return f;
    f = arena_new(n->arena, struct naming_family);
    keep(n, &n->families, key, f);
    version = version_of(n, g->key);
    place = place_of(n, g->workload, g->revision);
    *f = (struct naming_family){
        .view = view, .key = version, .place = place, .generation = UINT64_MAX};
    if (!version->placeholder && !naming_placeholder(g->workload))
        f->pairing = pairing_of(n, version, g->workload);
    learn(n, view, place, version);
    return f;
}

static struct naming_version *
look_up(struct naming *n, const struct naming_family *f)
{
    const struct naming_place *p = f->place;

    if (!f->key->placeholder)
        return f->key;
    /* An arm may be called "latest" on purpose; but an error without a host
     * says "latest" too, and then names no workload. */
    if (f->key->arm >= 0 && !naming_placeholder(p->workload))
        return f->key;
    if (nowhere(p))
        return NULL;
    for (size_t i = 0; i < VIEW_COUNT; i++) {
        size_t view = (f->view + i) % VIEW_COUNT; /* its own first: reporters can disagree */

        if (p->torn[view])
            return NULL;
        if (p->learnt[view])
            return p->learnt[view];
    }
    if (p->revision.n > 0 &&
        (slice_is(p->revision, n->arms.canary) || slice_is(p->revision, n->arms.baseline)) &&
        !naming_placeholder(p->revision))
        return version_of(n, p->revision);
    return NULL;
}

struct naming_version *
naming_resolve(struct naming *n, struct naming_family *f)
{
    if (f->generation != n->generation) {
        f->resolved = look_up(n, f);
        f->generation = n->generation;
    }
    return f->resolved;
}

void
naming_see(struct naming_family *f, uint64_t tick)
{
    if (f->seen_tick == tick)
        return;
    f->seen_tick = tick;
    if (f->key->seen_tick != tick) {
        f->key->seen_tick = tick;
        f->key->n_workloads = 0;
    }
    if (f->pairing && f->pairing->seen_tick != tick) {
        f->pairing->seen_tick = tick;
        f->key->n_workloads++;
    }
}

static int
by_name(const void *a, const void *b)
{
    const struct naming_version *const *x = a, *const *y = b;

    return slice_compare((*x)->name, (*y)->name);
}

/* "v1, v2, ..." sorted; "..." stands for what does not fit. */
static void
list_keys(struct naming_version **seen, size_t n, char *out, size_t out_bytes)
{
    static const char more[] = "...";
    size_t            used = 0;

    qsort(seen, n, sizeof(struct naming_version *), by_name);
    for (size_t i = 0; i < n; i++) {
        const char  *comma = i > 0 ? ", " : "";
        struct slice name = seen[i]->name;
        size_t       reserve = i + 1 < n ? 2 + sizeof more : 1;

        if (used + strlen(comma) + name.n + reserve > out_bytes)
            name = SLICE_LITERAL("...");
        used += (size_t)snprintf(out + used, out_bytes - used, "%s%.*s", comma, SLICE_ARG(name));
        if (name.p != seen[i]->name.p)
            break;
    }
    out[used] = '\0';
}

void
naming_sight(const struct naming *n, uint64_t tick, struct ledger_sight *sight)
{
    struct arena            scratch = {0};
    struct naming_version **seen = arena_array(&scratch, n->list.n, sizeof *seen);
    size_t                  n_seen = 0;
    bool                    any = false;

    for (size_t i = 0; i < n->list.n; i++) {
        struct naming_version *v = n->list.at[i];

        if (v->seen_tick != tick)
            continue;
        any = true;
        if (v->name.n > 0)
            seen[n_seen++] = v;
        if (v->placeholder && v->arm < 0)
            continue;
        sight->n_keys++;
        if (v->n_workloads > sight->most_workloads)
            sight->most_workloads = v->n_workloads;
    }
    sight->only_placeholders = any && sight->n_keys == 0;
    list_keys(seen, n_seen, sight->keys, sizeof sight->keys);
    arena_release(&scratch);
}

size_t
naming_bytes(const struct naming *n)
{
    return n->key_bytes + n->key.cap + naming_map_bytes(&n->versions) +
           naming_map_bytes(&n->places) + naming_map_bytes(&n->pairings) +
           naming_map_bytes(&n->families);
}
