#include "daemon/configkeep.h"

#include "base/vec.h"
#include "daemon/presettable.h"
#include "promql/parser.h"

struct kept {
    struct arena *arena;
    VEC(struct slice) names;
    bool all;
};

static void
keep(struct kept *k, struct slice name)
{
    if (slice_ends(name, "_bucket"))
        name.n -= strlen("_bucket");
    if (!name.n)
        return;
    for (size_t i = 0; i < k->names.n; i++)
        if (slice_equal(k->names.at[i], name))
            return;
    VEC_PUSH(k->arena, &k->names, name);
}

static void
keep_presets(struct kept *k)
{
    size_t                            n;
    const struct presettable_signal  *signals;
    const struct presettable_instead *insteads;

    for (size_t m = 0; m < PRESETTABLE_MESHES; m++)
        for (size_t i = 0; i < PRESETTABLE_METRICS; i++)
            keep(k, slice_of(
                        presettable_metric((enum presettable_mesh)m, (enum presettable_metric)i)));
    signals = presettable_signals(&n);
    for (size_t i = 0; i < n; i++)
        keep(k, slice_of(signals[i].metric));
    insteads = presettable_insteads(&n);
    for (size_t i = 0; i < n; i++)
        keep(k, slice_of(insteads[i].metric));
}

/* The name that a selector asks for, wherever it is written. */
static void
keep_selected(struct kept *k, const struct node *selector)
{
    for (size_t i = 0; i < selector->u.selector.n; i++) {
        const struct node_matcher *m = &selector->u.selector.matchers[i];

        if (slice_is(m->name, "__name__") && m->op == MATCHER_EQUAL) {
            keep(k, m->value);
            return;
        }
    }
    k->all = true;
}

static void
keep_asked(struct kept *k, const struct node *tree)
{
    if (tree->kind == NODE_SELECTOR)
        keep_selected(k, tree);
    for (size_t i = 0; i < ast_children(tree); i++)
        keep_asked(k, ast_child(tree, i));
}

static void
keep_limits(struct kept *k, const struct policy *p)
{
    struct node *tree;
    struct err   err = {0};

    /* A limit's query parsed when it was read; texts of its tree stay in use. */
    for (uint32_t i = 0; i < p->n_limits; i++)
        if (p->limit[i].metric == POLICY_LIMIT_QUERY &&
            !parser_parse(k->arena, slice_of(p->limit[i].query), &tree, NULL, &err))
            keep_asked(k, tree);
}

struct configkeep
configkeep_of(const struct config *c, const struct config_source *s, struct arena *a)
{
    struct kept k = {.arena = a, .all = s->scrape.keep_all};

    for (size_t i = 0; i < s->scrape.keep.n; i++)
        keep(&k, slice_of(s->scrape.keep.at[i]));
    if (!k.all && !s->scrape.keep.n) {
        keep_presets(&k);
        for (size_t i = 0; i < c->n_services; i++) {
            keep(&k, slice_of(c->services[i].requests));
            keep(&k, slice_of(c->services[i].buckets));
        }
        for (size_t i = 0; i < c->n_policies; i++)
            keep_limits(&k, &c->policies[i]);
    }
    if (k.all)
        return (struct configkeep){.all = true};
    return (struct configkeep){.at = k.names.at, .n = k.names.n};
}
