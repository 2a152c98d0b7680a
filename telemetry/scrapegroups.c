#include "telemetry/scrapegroups.h"

#include "base/hash.h"
#include "base/heap.h"

#include <stdlib.h>

/* A target and how many groups name it. */
struct member {
    struct scrapeloop *loop;
    size_t             refs;
    uint64_t           round; /* of the last scrapegroups_set() that met it */
};

struct group {
    struct member **members;
    size_t          n;
    size_t          dropped;
};

struct scrapegroups {
    struct scrapepool     *pool;
    struct scrapesettings *settings;
    struct hash_map        groups;  /* by name */
    struct hash_map        members; /* by rules and the target's identity */
    size_t                 n_live, dropped;
    uint64_t               round;
};

/* Other rules make another target: the old one ends with its markers, and those
 * of series that go on come too late to count. */
static struct slice
key_of(struct arena *a, const struct scrapesettings *s, struct slice identity)
{
    return slice_of(arena_printf(a, "%.*s\n%.*s", SLICE_ARG(s->rules_key), SLICE_ARG(identity)));
}

static void
forget(void *ctx, struct scrapeloop *l)
{
    struct scrapegroups *g = ctx;
    struct arena         a = {0};

    free(hash_remove(&g->members,
                     key_of(&a, scrapeloop_settings(l), scrapeloop_target(l)->identity)));
    arena_release(&a);
}

static void
release_member(struct scrapegroups *g, struct member *m)
{
    if (--m->refs)
        return;
    g->n_live--;
    scrapeloop_leave(m->loop);
}

/* A target that is there, or leaves; NULL: a new one, as many as there may be. */
static struct member *
make_member(struct scrapegroups *g, struct slice key, const struct scrapetarget *t)
{
    struct member *m = hash_get(&g->members, key);

    if (g->n_live >= g->settings->config.max_targets)
        return NULL;
    g->n_live++;
    if (m) {
        scrapeloop_return(m->loop);
        return m;
    }
    m = heap_new(1, sizeof *m);
    m->loop = scrapeloop_new(g->pool, g->settings, t, forget, g);
    hash_set(&g->members, key, m);
    return m;
}

/* Once to keep what is there, then to make what is not: between the two goes
 * what the group no longer names, or it would count against max_targets. */
static void
add_member(struct scrapegroups *g, struct group *group, struct arena *a,
           const struct scrapetarget *t, bool make)
{
    const struct slice key = key_of(a, g->settings, t->identity);
    struct member     *m = hash_get(&g->members, key);

    if (m && m->round == g->round)
        return; /* named twice, or kept before */
    if (!m || !m->refs) {
        if (!make)
            return;
        m = make_member(g, key, t);
        if (!m) {
            group->dropped++;
            return;
        }
    }
    m->round = g->round;
    m->refs++;
    group->members[group->n++] = m;
}

static void
add_members(struct scrapegroups *g, struct group *group, const struct targetsink_target *targets,
            size_t n, bool make, struct err *err)
{
    const struct scraper_config       *c = &g->settings->config;
    const struct scrapetarget_defaults defaults = {
        .job = c->source, .labels = c->labels, .n_labels = c->n_labels};

    for (size_t i = 0; i < n; i++) {
        struct arena        a = {0};
        struct scrapetarget t;

        if (scrapetarget_make(&a, targets[i].address, &defaults, targets[i].labels,
                              targets[i].n_labels, &t, err) == STATUS_OK)
            add_member(g, group, &a, &t, make);
        arena_release(&a);
    }
}

static void
free_group(struct scrapegroups *g, struct group *group)
{
    for (size_t i = 0; i < group->n; i++)
        release_member(g, group->members[i]);
    g->dropped -= group->dropped;
    free(group->members);
    free(group);
}

enum status
scrapegroups_set(struct scrapegroups *g, struct slice name, const struct targetsink_target *targets,
                 size_t n, struct err *err)
{
    struct group *old = hash_remove(&g->groups, name), *group = NULL;

    if (n) {
        group = heap_new(1, sizeof *group);
        group->members = heap_new(n, sizeof(struct member *));
        g->round++;
        add_members(g, group, targets, n, false, err);
    }
    if (old)
        free_group(g, old);
    if (!n)
        return STATUS_OK;
    add_members(g, group, targets, n, true, err);
    g->dropped += group->dropped;
    if (group->dropped)
        err_set(err, STATUS_LIMIT, "%zu targets are left out: %zu are allowed (max_targets)",
                group->dropped, g->settings->config.max_targets);
    hash_set(&g->groups, name, group);
    return err->status;
}

void
scrapegroups_end(struct scrapegroups *g, const char *prefix)
{
    struct slice name;
    void        *group;
    size_t       cursor = 0;

    while (hash_next(&g->groups, &cursor, &name, &group))
        if (slice_starts(name, prefix)) {
            hash_remove(&g->groups, name);
            free_group(g, group);
            cursor = 0;
        }
}

struct scrapegroups *
scrapegroups_new(struct scrapepool *pool, struct scrapesettings *settings)
{
    struct scrapegroups *g = heap_new(1, sizeof *g);

    g->pool = scrapepool_hold(pool);
    g->settings = scrapesettings_hold(settings);
    return g;
}

void
scrapegroups_free(struct scrapegroups *g)
{
    struct slice name;
    void        *value;
    size_t       cursor = 0;

    while (hash_next(&g->groups, &cursor, &name, &value)) {
        struct group *group = value;

        free(group->members);
        free(group);
    }
    cursor = 0;
    while (hash_next(&g->members, &cursor, &name, &value)) {
        struct member *m = value;

        scrapeloop_abandon(m->loop);
        free(m);
    }
    hash_release(&g->groups);
    hash_release(&g->members);
    scrapesettings_release(g->settings);
    scrapepool_drop(g->pool);
    free(g);
}

void
scrapegroups_adopt(struct scrapegroups *g, struct scrapesettings *settings)
{
    struct slice key;
    void        *value;
    size_t       cursor = 0;

    scrapesettings_hold(settings);
    scrapesettings_release(g->settings);
    g->settings = settings;
    while (hash_next(&g->members, &cursor, &key, &value)) {
        struct member *m = value;

        if (slice_equal(scrapeloop_settings(m->loop)->rules_key, settings->rules_key))
            scrapeloop_adopt(m->loop, settings);
    }
}

void
scrapegroups_each(const struct scrapegroups *g, void (*each)(void *ctx, const struct scrapeloop *l),
                  void                      *ctx)
{
    struct slice key;
    void        *value;
    size_t       cursor = 0;

    while (hash_next(&g->members, &cursor, &key, &value)) {
        const struct member *m = value;

        if (m->refs)
            each(ctx, m->loop);
    }
}

size_t
scrapegroups_count(const struct scrapegroups *g)
{
    return g->n_live;
}

size_t
scrapegroups_dropped(const struct scrapegroups *g)
{
    return g->dropped;
}
