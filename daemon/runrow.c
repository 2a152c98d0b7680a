#include "daemon/runrow.h"

#include "analyzer/runlog.h"
#include "analyzer/runstate.h"
#include "base/pack.h"
#include "base/ulid.h"
#include "webhooks/viewjson.h"

#include <string.h>

enum { POINTS_BYTES = 64 << 10 };

/* Where a base_ms stood before there were points: no time. */
#define WITH_POINTS INT64_MIN

static void
put_state(const struct run *run, struct points *counted, struct text *state, int64_t base_ms)
{
    struct text points;

    text_init(&points, POINTS_BYTES);
    points_pack(counted, &points);
    pack_i64(state, WITH_POINTS);
    pack_slice(state, text_slice(&points));
    pack_i64(state, base_ms);
    runstate_pack(run, state);
    text_release(&points);
}

struct record_run
runrow_run(const struct run *run, struct points *points, struct slice policy_text,
           const struct verdict_view *v, int64_t base_ms, struct text *numbers, struct text *state)
{
    bool                      over = run->promote.reason == REASON_RUN_ENDED;
    const struct view_answer *came_to = over ? &run->found : &run->promote;
    struct record_run         row = {.service = slice_of(run->who.service),
                                     .ns = slice_of(run->who.ns),
                                     .revision = slice_of(run->who.revision),
                                     .canary = slice_of(run->who.canary),
                                     .baseline = slice_of(run->who.baseline),
                                     .key = slice_of(run->who.key),
                                     .policy = slice_of(run->policy->name),
                                     .policy_hash = slice_of(run->policy->hash),
                                     .source = slice_of(run->who.source),
                                     .attempt = run->who.attempt,
                                     .state = run->state == RUN_ENDED ? RECORD_ENDED : RECORD_LIVE,
                                     .end_cause = slice_of(run->end_cause),
                                     .started_ms = run->started_ms,
                                     .ended_ms = run->ended_ms,
                                     .updated_ms = v->evaluated_wall_ms,
                                     .verdict = came_to->verdict,
                                     .reason = came_to->reason,
                                     .message = slice_of(came_to->message),
                                     .policy_text = policy_text};

    memcpy(row.id, run->who.id, sizeof row.id);
    viewjson_write(numbers, v, &v->promote, VIEWJSON_STORED, v->evaluated_mono_ms);
    row.numbers = text_slice(numbers);
    put_state(run, points, state, base_ms);
    row.state_blob = text_slice(state);
    return row;
}

struct record_interval
runrow_interval(const struct run *run, const struct interval *i, struct text *packed)
{
    struct record_interval row = {.start_ms = i->start_ms, .end_ms = i->end_ms};

    interval_pack(i, packed);
    memcpy(row.run, run->who.id, sizeof row.run);
    row.row = text_slice(packed);
    if (run->log)
        row.heard = runlog_bytes(run->log);
    return row;
}

struct record_verdict
runrow_verdict(const struct run *run, const struct view_answer *a, int64_t at_ms,
               struct slice numbers, const struct entropy *entropy)
{
    struct record_verdict v = {.verdict = a->verdict,
                               .reason = a->reason,
                               .message = slice_of(a->message),
                               .policy_hash = slice_of(run->policy->hash),
                               .at_ms = at_ms,
                               .numbers = numbers};

    ulid_make(v.id, at_ms, entropy);
    memcpy(v.run, run->who.id, sizeof v.run);
    return v;
}

enum status
runrow_unpack(struct slice blob, const struct policy *p, struct run *run, int64_t *base_ms,
              struct err *err)
{
    return runstate_unpack(runrow_state(blob, base_ms), p, run, err);
}

struct slice
runrow_state(struct slice blob, int64_t *base_ms)
{
    struct unpack u = {.rest = blob};

    *base_ms = pack_get_i64(&u);
    if (*base_ms == WITH_POINTS) {
        (void)pack_get_slice(&u);
        *base_ms = pack_get_i64(&u);
    }
    return u.rest;
}

void
runrow_points(struct slice blob, struct points *points)
{
    struct unpack u = {.rest = blob};

    if (pack_get_i64(&u) == WITH_POINTS)
        points_unpack(points, pack_get_slice(&u));
}
