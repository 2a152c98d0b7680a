#include "daemon/pendingact.h"

#include <stdio.h>

static struct slice
keep(char *to, size_t bytes, struct slice s)
{
    snprintf(to, bytes, "%.*s", SLICE_ARG(s));
    return slice_of(to);
}

void
pendingact_take(struct pendingact *p, const struct record_act *act)
{
    p->on = true;
    p->unit = 0;
    p->act = *act;
    p->act.action = keep(p->action, sizeof p->action, act->action);
    p->act.by = keep(p->by, sizeof p->by, act->by);
    p->act.why = keep(p->why, sizeof p->why, act->why);
    p->act.via = keep(p->via, sizeof p->via, act->via);
}

void
pendingact_stored(struct pendingact *p, uint64_t unit, enum status s)
{
    if (!p->on || p->unit != unit)
        return;
    p->on = s != STATUS_OK;
    p->unit = 0;
}
