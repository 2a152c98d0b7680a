#include "analyzer/clusters.h"

#include <stdio.h>

static struct clusters_one *
one_of(struct clusters *c, const char *name)
{
    for (uint32_t k = 0; k < c->n; k++)
        if (!strcmp(c->at[k].name, name))
            return &c->at[k];
    if (c->n == INTERVAL_MAX_CLUSTERS)
        return NULL;
    snprintf(c->at[c->n].name, sizeof c->at[c->n].name, "%s", name);
    return &c->at[c->n++];
}

void
clusters_apply(struct clusters *c, const struct interval *i, enum counts_view view, bool warm)
{
    for (uint32_t k = 0; k < i->n_clusters; k++) {
        const struct interval_cluster *from = &i->clusters[k];
        uint64_t                       canary = from->requests[view][ARM_CANARY];
        struct clusters_one           *to;

        if (canary == 0 && from->requests[view][ARM_BASELINE] == 0)
            continue;
        /* An interval has no more than fit, and those of a run are always the same
         * few; beyond that the ledger refuses. */
        to = one_of(c, from->name);
        if (!to || canary == 0)
            continue;
        to->last_ms = i->end_ms;
        if (warm)
            to->judged += canary;
    }
}

bool
clusters_missing(const struct clusters *c, const struct policy *p, int64_t now_ms,
                 int64_t silence_ms, uint32_t *which)
{
    if (!p->clusters.min)
        return false;
    *which = c->n;
    for (uint32_t k = 0; k < c->n; k++)
        if (c->at[k].judged < p->clusters.min_requests || now_ms - c->at[k].last_ms > silence_ms) {
            *which = k;
            return true;
        }
    return c->n < p->clusters.min;
}

void
clusters_pack(const struct clusters *c, struct text *out)
{
    pack_u8(out, (uint8_t)c->n);
    for (uint32_t k = 0; k < c->n; k++) {
        pack_slice(out, slice_of(c->at[k].name));
        pack_u64(out, c->at[k].judged);
        pack_i64(out, c->at[k].last_ms);
    }
}

void
clusters_unpack(struct clusters *c, struct unpack *in)
{
    uint8_t n = pack_get_u8(in);

    *c = (struct clusters){0};
    if (n > INTERVAL_MAX_CLUSTERS) {
        in->bad = true;
        return;
    }
    c->n = n;
    for (uint32_t k = 0; k < n; k++) {
        pack_get_text(in, c->at[k].name, sizeof c->at[k].name);
        c->at[k].judged = pack_get_u64(in);
        c->at[k].last_ms = pack_get_ms(in);
        if (c->at[k].last_ms < 0)
            in->bad = true;
    }
}
