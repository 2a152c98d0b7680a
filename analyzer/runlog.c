#include "analyzer/runlog.h"

#include <math.h>
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

static int64_t
get_time(struct runlog_player *p, struct unpack *in)
{
    uint64_t v = pack_get_varint(in);

    p->ref_ms = (int64_t)((uint64_t)p->ref_ms + (v >> 1 ^ (v & 1 ? UINT64_MAX : 0)));
    return p->ref_ms;
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

static void
play_sighted(struct runlog_player *p, struct unpack *in)
{
    struct ledger_sight *s = &p->sight;
    int64_t              at_ms = get_time(p, in);
    uint8_t              bits;

    for (int arm = 0; arm < ARM_COUNT; arm++)
        s->newest_ms[arm] = get_time(p, in);
    if (!pack_get_u8(in)) {
        bits = pack_get_u8(in);
        s->canary_seen = bits & 1;
        s->baseline_seen = bits >> 1 & 1;
        s->only_placeholders = bits >> 2 & 1;
        s->view_seen[VIEW_USER] = bits >> 3 & 1;
        s->view_seen[VIEW_ATTEMPT] = bits >> 4 & 1;
        s->n_keys = pack_get_u32(in);
        s->most_workloads = pack_get_u32(in);
        pack_get_text(in, s->keys, sizeof s->keys);
    }
    if (!in->bad)
        run_sighted(p->run, s, at_ms);
}

static void
play_blind(struct runlog_player *p, struct unpack *in)
{
    enum verdict_reason why;
    char                detail[VIEW_MESSAGE_BYTES * 2];
    struct slice        reason = pack_get_slice(in);

    pack_get_text(in, detail, sizeof detail);
    if (verdict_reason_parse(reason, &why))
        in->bad = true;
    if (!in->bad)
        run_blind(p->run, why, detail);
}

static void
tell(const struct runlog_player *p, int64_t now_ms)
{
    if (p->decided)
        p->decided(p->ctx, p->run, now_ms);
}

static void
play_started(struct runlog_player *p, struct unpack *in)
{
    const struct policy *policy = p->run->policy;
    int64_t              now_ms = get_time(p, in), max_age_ms = pack_get_i64(in);

    if (in->bad)
        return;
    run_start(p->run, p->who, policy, max_age_ms, now_ms);
    tell(p, now_ms);
}

static void
play_calibrated(struct runlog_player *p, struct unpack *in)
{
    struct calibration_frozen frozen;

    calibration_frozen_unpack(&frozen, in);
    if (!in->bad)
        run_calibrate(p->run, &frozen);
}

static void
play_asked(struct runlog_player *p, struct unpack *in, bool new_weight)
{
    int64_t now_ms = pack_get_i64(in);
    double  weight = new_weight ? pack_get_double(in) : (double)NAN;

    if (!in->bad)
        run_asked(p->run, weight, now_ms);
}

static void
play_ended(struct runlog_player *p, struct unpack *in)
{
    int64_t now_ms = get_time(p, in);
    char    cause[sizeof p->run->end_cause];

    pack_get_text(in, cause, sizeof cause);
    if (in->bad)
        return;
    run_end(p->run, cause, now_ms);
    tell(p, now_ms);
}

static void
play_decided(struct runlog_player *p, struct unpack *in)
{
    int64_t now_ms = get_time(p, in);

    if (in->bad)
        return;
    (void)run_decide(p->run, now_ms);
    tell(p, now_ms);
}

static void
play_interval(struct runlog_player *p, const struct interval *interval, struct unpack *in)
{
    p->intervals++;
    if (!interval || !run_interval(p->run, interval))
        in->bad = true;
}

static void
play_event(struct runlog_player *p, enum kind kind, const struct interval *interval,
           struct unpack *in)
{
    switch (kind) {
    case KIND_ANEW:
        p->ref_ms = 0;
        break;
    case KIND_STARTED:
        play_started(p, in);
        break;
    case KIND_CALIBRATED:
        play_calibrated(p, in);
        break;
    case KIND_SIGHTED:
        play_sighted(p, in);
        break;
    case KIND_BLIND:
        play_blind(p, in);
        break;
    case KIND_INTERVAL:
        play_interval(p, interval, in);
        break;
    case KIND_ASKED:
    case KIND_WEIGHT:
        play_asked(p, in, kind == KIND_WEIGHT);
        break;
    case KIND_CLOCK_SET:
        run_clock_set(p->run, pack_get_i64(in));
        break;
    case KIND_DECIDED:
        play_decided(p, in);
        break;
    case KIND_CONFIRM_SEEN:
        run_confirm_seen(p->run);
        break;
    case KIND_FIRST_STEP:
        run_first_step(p->run, get_time(p, in));
        break;
    case KIND_PROMOTION_TOLD:
        run_promotion_told(p->run);
        break;
    case KIND_ENDED:
        play_ended(p, in);
        break;
    case KIND_TORN:
    case KIND_COUNT:
        in->bad = true;
        break;
    }
}

enum status
runlog_play(struct runlog_player *p, struct slice segment, const struct interval *interval,
            struct err *err)
{
    struct unpack in = {.rest = segment};

    while (in.rest.n && !in.bad) {
        uint8_t kind = pack_get_u8(&in);

        if (kind == KIND_TORN)
            return err_set(err, STATUS_NO_DATA,
                           "what the run was told is not all in the history: it could not be "
                           "written, or there was too much of it between two intervals");
        if (kind != KIND_ANEW && kind != KIND_STARTED && p->run->state == RUN_STARTING &&
            !p->run->started_ms)
            return err_set(err, STATUS_NO_DATA,
                           "the history does not have what the run was told at its start");
        play_event(p, kind < KIND_COUNT ? (enum kind)kind : KIND_COUNT, interval, &in);
        p->events++;
    }
    return in.bad ? err_set(err, STATUS_SYNTAX, "the run's log is damaged at event %llu",
                            (unsigned long long)p->events)
                  : STATUS_OK;
}
