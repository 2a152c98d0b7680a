#include "store/feed.h"

#include "store/store.h"

#include <math.h>

static void
bind_weight(struct stmt_set *set, enum stmt s, int param, double weight)
{
    if (isnan(weight))
        stmt_bind_null(set, s, param);
    else
        stmt_bind_double(set, s, param, weight);
}

enum status
feed_put_step(struct stmt_set *set, int64_t run, const struct record_step *step, struct err *err)
{
    stmt_bind_int(set, STMT_STEP_PUT, 1, run);
    stmt_bind_int(set, STMT_STEP_PUT, 2, step->n);
    stmt_bind_int(set, STMT_STEP_PUT, 3, step->since_ms);
    if (step->until_ms)
        stmt_bind_int(set, STMT_STEP_PUT, 4, step->until_ms);
    else
        stmt_bind_null(set, STMT_STEP_PUT, 4);
    bind_weight(set, STMT_STEP_PUT, 5, step->weight);
    stmt_bind_int(set, STMT_STEP_PUT, 6, (int64_t)step->canary_requests);
    stmt_bind_int(set, STMT_STEP_PUT, 7, (int64_t)step->stable_requests);
    stmt_bind_text(set, STMT_STEP_PUT, 8, slice_of(verdict_text(step->verdict)));
    stmt_bind_text(set, STMT_STEP_PUT, 9, slice_of(verdict_reason_text(step->reason)));
    return stmt_run(set, STMT_STEP_PUT, err);
}

enum status
feed_put_event(struct stmt_set *set, int64_t run, const struct record_event *event, struct err *err)
{
    enum status s;

    stmt_bind_int(set, STMT_EVENT_INSERT, 1, run);
    stmt_bind_int(set, STMT_EVENT_INSERT, 2, event->at_ms);
    stmt_bind_text(set, STMT_EVENT_INSERT, 3, event->door);
    stmt_bind_text(set, STMT_EVENT_INSERT, 4, event->what);
    if (event->step >= 0)
        stmt_bind_int(set, STMT_EVENT_INSERT, 5, event->step);
    else
        stmt_bind_null(set, STMT_EVENT_INSERT, 5);
    bind_weight(set, STMT_EVENT_INSERT, 6, event->weight);
    stmt_bind_text(set, STMT_EVENT_INSERT, 7, event->image);
    stmt_bind_text(set, STMT_EVENT_INSERT, 8, event->message);
    s = stmt_run(set, STMT_EVENT_INSERT, err);
    if (s)
        return s;
    stmt_bind_int(set, STMT_EVENT_BOUND, 1, run);
    stmt_bind_int(set, STMT_EVENT_BOUND, 2, STORE_EVENTS);
    return stmt_run(set, STMT_EVENT_BOUND, err);
}
