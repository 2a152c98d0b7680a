#include "tests/bench/canarybench/bench_ours.h"

#include "tests/bench/canarybench/bench_interval.h"

#include <math.h>

enum {
    MAX_AGE_MS = 30000,    /* of design.md: the longest of 3 ticks, 2 scrapes, 30 s */
    ASKED_EACH_MS = 15000, /* by the gates; an abort is taken at its own interval */
    /* Broken telemetry must be told by then: an answer's age, and a tick. */
    GRACE_MS = MAX_AGE_MS + 2 * BENCH_WORLD_TICK_MS,
    /* When "so many more requests" is written down. */
    NEED_NOTED_MS = 150000,
};

/* What a data fault is called; more than one where it depends on what is looked
 * at first. */
static const enum verdict_reason reasons[BENCH_FAULT_COUNT][3] = {
    [BENCH_FAULT_UNREACHABLE] = {REASON_SOURCE_UNREACHABLE},
    [BENCH_FAULT_STALE] = {REASON_STALE_DATA},
    [BENCH_FAULT_NO_INSTANCE] = {REASON_NO_INSTANCE_LABEL},
    [BENCH_FAULT_BUCKETS] = {REASON_BUCKETS_DIFFER},
    [BENCH_FAULT_INDISTINGUISHABLE] = {REASON_VERSIONS_INDISTINGUISHABLE},
    [BENCH_FAULT_CANARY_GONE] = {REASON_NO_TRAFFIC, REASON_STALE_DATA},
    [BENCH_FAULT_NO_CANARY_TRAFFIC] = {REASON_NO_TRAFFIC},
    [BENCH_FAULT_WEIGHT_IGNORED] = {REASON_ROUTING_MISMATCH, REASON_TOO_FEW_REQUESTS,
                                    REASON_WARMING_UP},
};

void
bench_ours_start(struct bench_ours *o, const struct policy *policy,
                 const struct calibration_frozen *frozen, const struct bench_play *play,
                 struct bench_outcome *out)
{
    const struct run_identity who = {.id = "01HF7YAT00000000000000000A",
                                     .service = "reviews",
                                     .ns = "prod",
                                     .source = "mesh",
                                     .canary = "v2",
                                     .baseline = "v1",
                                     .key = "version",
                                     .revision = "v2",
                                     .attempt = 1};

    o->play = play;
    o->out = out;
    o->need = NAN;
    o->keeps_score = false;
    run_start(&o->run, &who, policy, MAX_AGE_MS, BENCH_INTERVAL_T0);
    if (frozen)
        run_calibrate(&o->run, frozen);
}

static bool
is_broken(const struct bench_ours *o, const struct bench_tick *t)
{
    switch (o->play->world->fault) {
    case BENCH_FAULT_NONE:
    case BENCH_FAULT_COUNT:
        return false;
    case BENCH_FAULT_NO_CANARY_TRAFFIC:
    case BENCH_FAULT_WEIGHT_IGNORED:
        return true;
    case BENCH_FAULT_UNREACHABLE:
    case BENCH_FAULT_STALE:
    case BENCH_FAULT_NO_INSTANCE:
    case BENCH_FAULT_BUCKETS:
    case BENCH_FAULT_INDISTINGUISHABLE:
    case BENCH_FAULT_CANARY_GONE:
        break;
    }
    return t->end_ms > BENCH_WORLD_BREAKS_MS;
}

static struct ledger_sight
sight_of(const struct bench_ours *o, int64_t now_ms)
{
    return (struct ledger_sight){.canary_seen = true,
                                 .baseline_seen = true,
                                 .n_keys = 2,
                                 .most_workloads = 1,
                                 .keys = "v1, v2",
                                 .newest_ms = {now_ms, now_ms},
                                 .view_seen = {true, !o->play->world->users_only}};
}

/* What ledger and sampler make of this moment.  False: no interval comes of it. */
static bool
show(struct bench_ours *o, const struct bench_feed *f, bool broken, int64_t now_ms)
{
    struct ledger_sight sight = f->sight ? *f->sight : sight_of(o, now_ms);

    if (f->blind != REASON_NONE) {
        run_blind(&o->run, f->blind, "");
        return false;
    }

    switch (broken ? o->play->world->fault : BENCH_FAULT_NONE) {
    case BENCH_FAULT_UNREACHABLE:
        run_blind(&o->run, REASON_SOURCE_UNREACHABLE, "connection refused");
        return false;
    case BENCH_FAULT_NO_INSTANCE:
        run_blind(&o->run, REASON_NO_INSTANCE_LABEL, "no instance label");
        return false;
    case BENCH_FAULT_BUCKETS:
        run_blind(&o->run, REASON_BUCKETS_DIFFER, "bucket bounds differ");
        return false;
    case BENCH_FAULT_STALE:
        for (int arm = 0; arm < ARM_COUNT; arm++)
            sight.newest_ms[arm] = BENCH_INTERVAL_T0 + BENCH_WORLD_BREAKS_MS;
        run_sighted(&o->run, &sight, now_ms);
        return false;
    case BENCH_FAULT_INDISTINGUISHABLE:
        sight.canary_seen = sight.baseline_seen = false;
        sight.only_placeholders = true;
        sight.n_keys = 0;
        run_sighted(&o->run, &sight, now_ms);
        return false;
    case BENCH_FAULT_CANARY_GONE:
        sight.canary_seen = false;
        sight.newest_ms[ARM_CANARY] = 0;
        sight.n_keys = 1;
        run_sighted(&o->run, &sight, now_ms);
        return false;
    case BENCH_FAULT_NO_CANARY_TRAFFIC:
    case BENCH_FAULT_WEIGHT_IGNORED:
    case BENCH_FAULT_NONE:
    case BENCH_FAULT_COUNT:
        break;
    }
    run_sighted(&o->run, &sight, now_ms);
    return f->closed != NULL;
}

static void
note_blind(struct bench_ours *o, const struct bench_tick *t)
{
    const struct view_answer  *a = &o->run.promote;
    const enum verdict_reason *want = reasons[o->play->world->fault];
    enum bench_fault           fault = o->play->world->fault;
    bool                       from_the_start =
        fault == BENCH_FAULT_NO_CANARY_TRAFFIC || fault == BENCH_FAULT_WEIGHT_IGNORED;

    if (t->end_ms <= (from_the_start ? 0 : BENCH_WORLD_BREAKS_MS) + GRACE_MS)
        return;
    o->out->blind++;
    o->out->wrong += a->verdict != VERDICT_HOLD;
    for (size_t i = 0; i < ARRAY_LEN(reasons[0]); i++)
        if (want[i] != REASON_NONE &&
            (a->reason == want[i] || o->run.checks[CHECK_SPLIT].reason == want[i])) {
            o->out->named++;
            break;
        }
}

/* Once in a rollout what is said to be needed is written down, and held against
 * what it takes. */
static void
note_need(struct bench_ours *o, const struct bench_tick *t)
{
    struct verdict_view v;

    if (!isnan(o->need) || t->end_ms != NEED_NOTED_MS || o->run.promote.verdict != VERDICT_HOLD)
        return;
    run_view(&o->run, BENCH_INTERVAL_T0 + t->end_ms, t->end_ms, &v);
    o->need = v.need_requests;
    o->need_from = (double)o->run.requests[ARM_CANARY];
}

static void
note_verdict(struct bench_ours *o, const struct bench_tick *t)
{
    const struct view_answer *a = &o->run.promote;
    struct bench_outcome     *out = o->out;
    bool                      ends = (double)t->end_ms >= o->play->horizon_s * 1e3;

    if (a->verdict == VERDICT_ABORT && out->rollback_ms < 0)
        out->rollback_ms = t->end_ms;
    if (a->verdict != VERDICT_PASS)
        return;
    /* A pass from before the onset may stand for a while; it must not last. */
    if (bench_world_worsens(o->play->effect) && (o->play->effect->onset_s <= 0 || ends))
        out->false_pass = true;
    if (out->pass_ms >= 0)
        return;
    out->pass_ms = t->end_ms;
    if (o->need > 0)
        out->need_ratio = ((double)o->run.requests[ARM_CANARY] - o->need_from) / o->need;
}

double
bench_ours_score(const struct bench_ours *o)
{
    enum counts_view view = o->run.view == VIEW_ATTEMPT ? VIEW_ATTEMPT : VIEW_USER;

    return judgement_log_sum(&o->run.judgement, view, FAMILY_OWN);
}

/* Deciding costs as much as taking an interval in, and says nothing new between
 * two questions but an abort. */
static bool
is_asked(const struct bench_ours *o, const struct bench_tick *t)
{
    return t->end_ms % ASKED_EACH_MS == 0 || o->run.judgement.crossed != JUDGEMENT_NONE ||
           o->run.guard.dead_in_a_row > 0;
}

void
bench_ours_step(struct bench_ours *o, const struct bench_tick *t, const struct bench_feed *f)
{
    int64_t now_ms = BENCH_INTERVAL_T0 + t->end_ms;
    bool    broken = is_broken(o, t);

    if (o->run.state == RUN_ABORTED && !o->keeps_score)
        return;
    if (t->weight * 100 != o->run.weight || t->start_ms % ASKED_EACH_MS == 0)
        run_asked(&o->run, t->weight * 100, now_ms - (t->end_ms - t->start_ms));
    if (show(o, f, broken, now_ms))
        (void)run_interval(&o->run, f->closed);
    if (is_asked(o, t))
        (void)run_decide(&o->run, now_ms);
    if (broken)
        note_blind(o, t);
    note_need(o, t);
    note_verdict(o, t);
    if (o->keeps_score) /* what it is held against may be more than the run's own limit */
        o->out->score = fmax(o->out->score, bench_ours_score(o));
}
