#include "analyzer/runplayer.h"

#include <math.h>
#include <string.h>

enum kind {
#define RUNLOG(name) KIND_##name,
#include "analyzer/runlog.def"
#undef RUNLOG
    KIND_COUNT
};

/* Some 10,000 years. */
#define MOST_MS (INT64_C(1) << 48)

/* What no clock has shown is no time: sums of such would wrap. */
static int64_t
sane(struct unpack *in, int64_t ms)
{
    if (ms > -MOST_MS && ms < MOST_MS)
        return ms;
    in->bad = true;
    return 0;
}

static int64_t
get_time(struct runplayer *p, struct unpack *in)
{
    uint64_t v = pack_get_varint(in);

    p->ref_ms = (int64_t)((uint64_t)p->ref_ms + (v >> 1 ^ (v & 1 ? UINT64_MAX : 0)));
    p->ref_ms = sane(in, p->ref_ms);
    return p->ref_ms;
}

static void
play_sighted(struct runplayer *p, struct unpack *in)
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
play_blind(struct runplayer *p, struct unpack *in)
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
tell(const struct runplayer *p, int64_t now_ms)
{
    if (p->decided)
        p->decided(p->ctx, p->run, now_ms);
}

static void
play_started(struct runplayer *p, struct unpack *in)
{
    const struct policy *policy = p->run->policy;
    int64_t              now_ms = get_time(p, in), max_age_ms = sane(in, pack_get_i64(in));

    if (in->bad)
        return;
    run_start(p->run, p->who, policy, max_age_ms, now_ms);
    tell(p, now_ms);
}

static void
play_calibrated(struct runplayer *p, struct unpack *in)
{
    struct calibration_frozen frozen;

    calibration_frozen_unpack(&frozen, in);
    if (!in->bad)
        run_calibrate(p->run, &frozen);
}

static void
play_routes(struct runplayer *p, struct unpack *in)
{
    struct routes before = {.lost = pack_get_double(in)};

    before.all = pack_get_double(in);
    if (!(before.lost >= 0) || !(before.all >= 0) || !isfinite(before.lost + before.all))
        in->bad = true;
    if (!in->bad)
        run_routes(p->run, &before);
}

static void
play_asked(struct runplayer *p, struct unpack *in, bool new_weight)
{
    int64_t now_ms = sane(in, pack_get_i64(in));
    double  weight = new_weight ? pack_get_double(in) : (double)NAN;

    if (!in->bad)
        run_asked(p->run, weight, now_ms);
}

static void
play_ended(struct runplayer *p, struct unpack *in)
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
play_override(struct runplayer *p, struct unpack *in)
{
    struct override o = {0};
    int64_t         now_ms = get_time(p, in);

    if (override_parse(pack_get_slice(in), &o.action))
        in->bad = true;
    o.until_ms = sane(in, pack_get_i64(in));
    pack_get_text(in, o.by, sizeof o.by);
    pack_get_text(in, o.why, sizeof o.why);
    if (in->bad)
        return;
    (void)run_override(p->run, &o, now_ms);
    if (p->run->state == RUN_ENDED)
        tell(p, now_ms);
}

static void
play_decided(struct runplayer *p, struct unpack *in)
{
    int64_t now_ms = get_time(p, in);

    if (in->bad)
        return;
    (void)run_decide(p->run, now_ms);
    tell(p, now_ms);
}

static void
play_interval(struct runplayer *p, const struct interval *interval, struct unpack *in)
{
    p->intervals++;
    if (!interval || !run_interval(p->run, interval))
        in->bad = true;
}

static void
play_clock_set(struct runplayer *p, struct unpack *in)
{
    int64_t by_ms = sane(in, pack_get_i64(in));

    if (!in->bad)
        run_clock_set(p->run, by_ms);
}

static void
play_event(struct runplayer *p, enum kind kind, const struct interval *interval, struct unpack *in)
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
    case KIND_ROUTES:
        play_routes(p, in);
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
        play_clock_set(p, in);
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
    case KIND_OVERRIDE:
        play_override(p, in);
        break;
    case KIND_TORN:
    case KIND_COUNT:
        in->bad = true;
        break;
    }
}

enum status
runplayer_play(struct runplayer *p, struct slice segment, const struct interval *interval,
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
