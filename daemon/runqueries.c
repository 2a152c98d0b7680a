#include "daemon/runqueries.h"

#include "analyzer/view.h"
#include "daemon/limitquery.h"
#include "daemon/policytext.h"
#include "daemon/preset.h"

#include <stdio.h>

/* Of a row, with the NUL that the writers of queries want. */
struct names {
    char ns[VIEW_NAME_BYTES], service[VIEW_NAME_BYTES], key[VIEW_NAME_BYTES];
    char canary[VIEW_NAME_BYTES], baseline[VIEW_NAME_BYTES], preset[64];
};

static void
tell_fault(const struct err *err, runqueries_fn fn, void *ctx)
{
    char what[sizeof err->text + 16];

    snprintf(what, sizeof what, "not made: %s", err->text);
    fn(ctx, slice_of(what), (struct slice){0});
}

static void
preset_queries(const struct names *n, runqueries_fn fn, void *ctx)
{
    const struct preset_service s = {.preset = n->preset,
                                     .ns = n->ns,
                                     .name = n->service,
                                     .key = n->key,
                                     .canary = n->canary,
                                     .baseline = n->baseline};
    struct text                 t;
    struct slice                rest;
    struct err                  err = {0};

    text_init(&t, PRESET_MAX_BYTES);
    if (preset_explain(&s, &t, &err)) {
        tell_fault(&err, fn, ctx);
    } else {
        for (rest = text_slice(&t); rest.n;) {
            struct slice what = slice_cut(&rest, '\n'), expression = slice_cut(&rest, '\n');

            if (slice_starts(what, "# "))
                fn(ctx, (struct slice){what.p + 2, what.n - 2}, expression);
        }
    }
    text_release(&t);
}

static void
limit_query(const struct policy_limit *l, const struct names *n, runqueries_fn fn, void *ctx)
{
    const struct limitquery_names names = {
        .canary = n->canary, .baseline = n->baseline, .ns = n->ns, .service = n->service};
    char        what[POLICY_LIMIT_NAME_BYTES + 16];
    struct text t;
    struct err  err = {0};

    text_init(&t, LIMITQUERY_FILLED_BYTES);
    snprintf(what, sizeof what, "threshold %s", l->name);
    if (limitquery_fill(slice_of(l->query), &names, &t, &err))
        tell_fault(&err, fn, ctx);
    else
        fn(ctx, slice_of(what), text_slice(&t));
    text_release(&t);
}

static void
limit_queries(struct slice policy_text, const struct names *n, runqueries_fn fn, void *ctx)
{
    struct arena  a = {0};
    struct policy p;
    struct err    err = {0};

    if (policytext_read(policy_text, &a, &p, &err))
        tell_fault(&err, fn, ctx);
    else
        for (uint32_t k = 0; k < p.n_limits; k++)
            if (p.limit[k].metric == POLICY_LIMIT_QUERY)
                limit_query(&p.limit[k], n, fn, ctx);
    arena_release(&a);
}

static void
copy(char *to, size_t bytes, struct slice s)
{
    snprintf(to, bytes, "%.*s", SLICE_ARG(s));
}

void
runqueries_each(const struct record_run *r, runqueries_fn fn, void *ctx)
{
    struct names n;

    copy(n.ns, sizeof n.ns, r->ns);
    copy(n.service, sizeof n.service, r->service);
    copy(n.key, sizeof n.key, r->key);
    copy(n.canary, sizeof n.canary, r->canary);
    copy(n.baseline, sizeof n.baseline, r->baseline);
    copy(n.preset, sizeof n.preset, r->preset);
    preset_queries(&n, fn, ctx);
    limit_queries(r->policy_text, &n, fn, ctx);
}
