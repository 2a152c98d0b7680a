#include "daemon/outsidenews.h"

#include <string.h>

bool
outsidenews_due(const struct outsidenews *n, struct outbox *outbox, const struct run *run,
                const struct record_verdict *v, struct store_outbox *o, struct text *names)
{
    const struct outsidenews_told *last = &n->is;
    bool                           again = last->firm_known && last->firm == v->verdict;

    if (v->reason == REASON_RUN_ENDED || (last->known && last->verdict == v->verdict))
        return false;
    outbox_targets(outbox, slice_of(run->who.ns), slice_of(run->who.service), v->verdict, again,
                   names);
    *o = (struct store_outbox){.what = STORE_OUTBOX_ADD,
                               .targets = text_slice(names),
                               .has_previous = last->known,
                               .previous = last->verdict,
                               .at_ms = v->at_ms,
                               .keep = OUTBOX_KEEP};
    memcpy(o->verdict, v->id, sizeof o->verdict);
    return true;
}

void
outsidenews_told(struct outsidenews *n, enum verdict v, uint64_t unit)
{
    n->was = n->is;
    n->unit = unit;
    n->is.known = true;
    n->is.verdict = v;
    if (v == VERDICT_HOLD)
        return;
    n->is.firm_known = true;
    n->is.firm = v;
}

void
outsidenews_stored(struct outsidenews *n, struct outbox *outbox, uint64_t unit, enum status s)
{
    if (!n->unit || n->unit != unit)
        return;
    n->unit = 0;
    if (s == STATUS_OK)
        outbox_wake(outbox);
    else
        n->is = n->was;
}
