#include "analyzer/runlog.h"

#include <string.h>

enum kind {
#define RUNLOG(name) KIND_##name,
#include "analyzer/runlog.def"
#undef RUNLOG
    KIND_COUNT
};

static const size_t no_ask = SIZE_MAX;

/* Times as their distance, near 0 in few bytes whichever its sign. */
static void
put_time(struct runlog *l, int64_t ms)
{
    uint64_t by = (uint64_t)ms - (uint64_t)l->ref_ms;

    pack_varint(&l->bytes, by << 1 ^ (by >> 63 ? UINT64_MAX : 0));
    l->ref_ms = ms;
}

static void
begin(struct runlog *l, enum kind kind)
{
    l->last_ask = no_ask;
    pack_u8(&l->bytes, (uint8_t)kind);
}

/* What follows can be read without what came before. */
static void
anew(struct runlog *l)
{
    begin(l, KIND_ANEW);
    l->ref_ms = 0;
    l->sighted = false;
}

void
runlog_init(struct runlog *l, struct slice pending)
{
    *l = (struct runlog){.last_ask = no_ask};
    text_init(&l->bytes, RUNLOG_MAX_BYTES);
    text_put(&l->bytes, pending);
    anew(l);
}

void
runlog_release(struct runlog *l)
{
    text_release(&l->bytes);
}

void
runlog_torn(struct runlog *l)
{
    if (!l)
        return;
    text_clear(&l->bytes);
    begin(l, KIND_TORN);
    anew(l);
}

struct slice
runlog_bytes(const struct runlog *l)
{
    static const char torn[] = {KIND_TORN};

    return l->bytes.status ? (struct slice){torn, sizeof torn} : text_slice(&l->bytes);
}

void
runlog_clear(struct runlog *l)
{
    bool was_torn = l->bytes.status != STATUS_OK;

    text_clear(&l->bytes);
    l->last_ask = no_ask;
    if (was_torn)
        anew(l);
}

void
runlog_started(struct runlog *l, int64_t now_ms, int64_t max_age_ms)
{
    if (!l)
        return;
    begin(l, KIND_STARTED);
    put_time(l, now_ms);
    pack_i64(&l->bytes, max_age_ms);
}

void
runlog_calibrated(struct runlog *l, const struct calibration_frozen *frozen)
{
    if (!l)
        return;
    begin(l, KIND_CALIBRATED);
    calibration_frozen_pack(frozen, &l->bytes);
}

void
runlog_routes(struct runlog *l, const struct routes *before)
{
    if (!l)
        return;
    begin(l, KIND_ROUTES);
    pack_double(&l->bytes, before->lost);
    pack_double(&l->bytes, before->all);
}

/* All but the times, which are other ones each tick. */
static bool
looks_the_same(const struct ledger_sight *a, const struct ledger_sight *b)
{
    return a->canary_seen == b->canary_seen && a->baseline_seen == b->baseline_seen &&
           a->only_placeholders == b->only_placeholders && a->n_keys == b->n_keys &&
           a->most_workloads == b->most_workloads && strcmp(a->keys, b->keys) == 0 &&
           a->view_seen[VIEW_USER] == b->view_seen[VIEW_USER] &&
           a->view_seen[VIEW_ATTEMPT] == b->view_seen[VIEW_ATTEMPT];
}

void
runlog_sighted(struct runlog *l, const struct ledger_sight *sight, int64_t at_ms)
{
    bool same;

    if (!l)
        return;
    same = l->sighted && looks_the_same(&l->sight, sight);
    begin(l, KIND_SIGHTED);
    put_time(l, at_ms);
    for (int arm = 0; arm < ARM_COUNT; arm++)
        put_time(l, sight->newest_ms[arm]);
    pack_u8(&l->bytes, same);
    l->sight = *sight;
    l->sighted = true;
    if (same)
        return;
    pack_u8(&l->bytes, (uint8_t)(sight->canary_seen | sight->baseline_seen << 1 |
                                 sight->only_placeholders << 2 | sight->view_seen[VIEW_USER] << 3 |
                                 sight->view_seen[VIEW_ATTEMPT] << 4));
    pack_u32(&l->bytes, sight->n_keys);
    pack_u32(&l->bytes, sight->most_workloads);
    pack_slice(&l->bytes, slice_of(sight->keys));
}

void
runlog_blind(struct runlog *l, enum verdict_reason why, const char *detail)
{
    if (!l)
        return;
    begin(l, KIND_BLIND);
    pack_slice(&l->bytes, slice_of(verdict_reason_text(why)));
    pack_slice(&l->bytes, slice_of(detail ? detail : ""));
}

void
runlog_interval(struct runlog *l)
{
    if (l)
        begin(l, KIND_INTERVAL);
}

/* Of questions in a row only the last matters. */
void
runlog_asked(struct runlog *l, double weight, bool new_weight, int64_t now_ms)
{
    size_t at;

    if (!l)
        return;
    if (l->last_ask != no_ask && !l->bytes.status)
        l->bytes.n = l->last_ask;
    at = l->bytes.n;
    begin(l, new_weight ? KIND_WEIGHT : KIND_ASKED);
    pack_i64(&l->bytes, now_ms);
    if (new_weight)
        pack_double(&l->bytes, weight);
    else
        l->last_ask = at;
}

void
runlog_clock_set(struct runlog *l, int64_t by_ms)
{
    if (!l)
        return;
    begin(l, KIND_CLOCK_SET);
    pack_i64(&l->bytes, by_ms);
}

void
runlog_decided(struct runlog *l, int64_t now_ms)
{
    if (!l)
        return;
    begin(l, KIND_DECIDED);
    put_time(l, now_ms);
}

void
runlog_confirm_seen(struct runlog *l)
{
    if (l)
        begin(l, KIND_CONFIRM_SEEN);
}

void
runlog_first_step(struct runlog *l, int64_t now_ms)
{
    if (!l)
        return;
    begin(l, KIND_FIRST_STEP);
    put_time(l, now_ms);
}

void
runlog_promotion_told(struct runlog *l)
{
    if (l)
        begin(l, KIND_PROMOTION_TOLD);
}

void
runlog_ended(struct runlog *l, const char *cause, int64_t now_ms)
{
    if (!l)
        return;
    begin(l, KIND_ENDED);
    put_time(l, now_ms);
    pack_slice(&l->bytes, slice_of(cause));
}

void
runlog_override(struct runlog *l, const struct override *o, int64_t now_ms)
{
    if (!l)
        return;
    begin(l, KIND_OVERRIDE);
    put_time(l, now_ms);
    pack_slice(&l->bytes, slice_of(override_text(o->action)));
    pack_i64(&l->bytes, o->until_ms);
    pack_slice(&l->bytes, slice_of(o->by));
    pack_slice(&l->bytes, slice_of(o->why));
}
