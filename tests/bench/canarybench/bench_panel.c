#include "tests/bench/canarybench/bench_panel.h"

#include "tests/bench/canarybench/bench_interval.h"
#include "tests/bench/canarybench/bench_kayenta.h"

#include <math.h>

static const struct {
    enum bench_judge     judge;
    struct bench_kayenta way;
} kayentas[] = {
#define JUDGE(name, text, what)
#define KAYENTA(name, text, first, every, lookback, control, allowed, what)                        \
    {BENCH_JUDGE_##name, {first, every, lookback, BENCH_SERIES_##control, allowed}},
#include "tests/bench/canarybench/bench_judge.def"
};

static bool
takes_part(const struct bench_panel_plan *plan, enum bench_judge j)
{
    if (j == BENCH_JUDGE_STRICT)
        return plan->strict != NULL;
    if (j == BENCH_JUDGE_CALIBRATED)
        return plan->calibrated != NULL;
    if (j == BENCH_JUDGE_OURS_TUNED)
        return !isnan(plan->ours_tuned);
    if (j == BENCH_JUDGE_KAYENTA_TUNED)
        return !isnan(plan->kayenta_tuned);
    return j != BENCH_JUDGE_ORACLE || plan->oracle;
}

static void
start(struct bench_panel *p, uint64_t seed, uint64_t number)
{
    const struct bench_panel_plan *plan = p->plan;

    bench_world_start(&p->play, plan->world, plan->effect, plan->horizon_s, false, seed, number);
    for (int j = 0; j < BENCH_JUDGES; j++)
        p->out[j] = (struct bench_outcome){.judged = takes_part(plan, (enum bench_judge)j),
                                           .rollback_ms = -1,
                                           .pass_ms = -1,
                                           .score = -INFINITY,
                                           .need_ratio = NAN};
    if (plan->world->counters) {
        if (!p->counters)
            p->counters = bench_counters_new();
        bench_counters_start(p->counters, &p->play, seed, number);
    }
    bench_ours_start(&p->ours[BENCH_JUDGE_OURS], plan->policy, NULL, &p->play,
                     &p->out[BENCH_JUDGE_OURS]);
    p->ours[BENCH_JUDGE_OURS].keeps_score =
        plan->keeps_score || p->out[BENCH_JUDGE_OURS_TUNED].judged;
    if (plan->strict)
        bench_ours_start(&p->ours[BENCH_JUDGE_STRICT], plan->policy, plan->strict, &p->play,
                         &p->out[BENCH_JUDGE_STRICT]);
    if (plan->calibrated)
        bench_ours_start(&p->ours[BENCH_JUDGE_CALIBRATED], plan->policy, plan->calibrated, &p->play,
                         &p->out[BENCH_JUDGE_CALIBRATED]);
    p->strict_waits = plan->strict && plan->calibrated && !plan->world->counters &&
                      plan->strict->use == plan->calibrated->use;
    p->n_past = 0;
    p->minutes.n = 0;
    p->rules = (struct bench_rules){0};
    p->looks = (struct bench_looks){0};
    p->coverage = (struct bench_coverage){0};
}

static bool
undecided(const struct bench_panel *p, enum bench_judge j)
{
    return p->out[j].judged && p->out[j].rollback_ms < 0;
}

static void
rolls_back(struct bench_panel *p, enum bench_judge j)
{
    if (undecided(p, j))
        p->out[j].rollback_ms = p->tick.end_ms;
}

/* Harm is done until the rollback has reached traffic; ahead of the verdict on
 * this tick, which comes after its requests. */
static void
count_harm(struct bench_panel *p)
{
    for (int j = 0; j < BENCH_JUDGES; j++) {
        struct bench_outcome *o = &p->out[j];

        if (o->judged &&
            (o->rollback_ms < 0 || p->tick.end_ms <= o->rollback_ms + BENCH_PANEL_REACTION_MS))
            o->harm += p->tick.excess;
    }
}

/* What the daemon would have of this tick. */
static struct bench_feed
look(struct bench_panel *p)
{
    struct bench_feed f = {.closed = &p->interval, .blind = REASON_NONE};

    if (!p->plan->world->counters) {
        bench_interval_fill(&p->interval, &p->play, &p->tick);
        return f;
    }
    f.sight = &p->sight;
    if (!bench_counters_scrape(p->counters, &p->play, &p->tick, &p->interval, &p->sight, &f.blind))
        f.closed = NULL;
    return f;
}

/* Both modes keep the same processes, and strict asks for more: until calibrated
 * rolls back, all that strict has to say is the same, and it need not be played.
 * Then it is, from the beginning. */
static void
catch_up(struct bench_panel *p)
{
    struct bench_feed feed = {.closed = &p->interval, .blind = REASON_NONE};

    p->strict_waits = false;
    for (uint32_t i = 0; i < p->n_past; i++) {
        bench_interval_fill(&p->interval, &p->play, &p->past[i]);
        bench_ours_step(&p->ours[BENCH_JUDGE_STRICT], &p->past[i], &feed);
    }
}

/* What is said by the end, where it waited until then. */
static void
say_the_same(struct bench_panel *p)
{
    struct bench_outcome *strict = &p->out[BENCH_JUDGE_STRICT];
    double                harm = strict->harm;

    *strict = p->out[BENCH_JUDGE_CALIBRATED];
    strict->harm = harm;
}

static void
ask_strict(struct bench_panel *p, const struct bench_feed *feed)
{
    if (!p->strict_waits) {
        bench_ours_step(&p->ours[BENCH_JUDGE_STRICT], &p->tick, feed);
        return;
    }
    p->past[p->n_past++] = p->tick;
    if (!undecided(p, BENCH_JUDGE_CALIBRATED))
        catch_up(p);
}

static void
ask_ours(struct bench_panel *p)
{
    bool              needed = false;
    struct bench_feed feed;

    for (int j = 0; j <= BENCH_JUDGE_CALIBRATED; j++)
        needed |= undecided(p, (enum bench_judge)j);
    needed |= p->ours[BENCH_JUDGE_OURS].keeps_score && undecided(p, BENCH_JUDGE_OURS_TUNED);
    if (!needed && !p->plan->keeps_score)
        return;
    feed = look(p);
    for (int j = 0; j <= BENCH_JUDGE_CALIBRATED; j++)
        if (p->out[j].judged && j != BENCH_JUDGE_STRICT)
            bench_ours_step(&p->ours[j], &p->tick, &feed);
    if (p->out[BENCH_JUDGE_STRICT].judged)
        ask_strict(p, &feed);
    if (p->out[BENCH_JUDGE_OURS].score >= p->plan->ours_tuned)
        rolls_back(p, BENCH_JUDGE_OURS_TUNED);
}

static void
ask_kayentas(struct bench_panel *p, bool last)
{
    uint32_t minutes = (uint32_t)(p->plan->horizon_s / 60);

    for (size_t i = 0; i < ARRAY_LEN(kayentas); i++) {
        enum bench_judge            j = kayentas[i].judge;
        const struct bench_kayenta *way = &kayentas[i].way;
        bool                        scores = j == BENCH_JUDGE_KAYENTA_MINUTE &&
                      (p->plan->keeps_score || undecided(p, BENCH_JUDGE_KAYENTA_TUNED));
        double z;

        if (!bench_kayenta_looks(way, p->minutes.n, minutes) || (!undecided(p, j) && !scores))
            continue;
        if (bench_kayenta_fails(way, &p->minutes, scores ? &z : NULL))
            rolls_back(p, j);
        if (scores)
            p->out[j].score = fmax(p->out[j].score, z);
        if (last && undecided(p, j))
            p->out[j].pass_ms = p->tick.end_ms;
    }
    if (p->out[BENCH_JUDGE_KAYENTA_MINUTE].score >= p->plan->kayenta_tuned)
        rolls_back(p, BENCH_JUDGE_KAYENTA_TUNED);
}

static void
ask_each_minute(struct bench_panel *p)
{
    const struct bench_minute *m = &p->minutes.at[p->minutes.n - 1];
    bool                       last = (double)p->tick.end_ms >= p->plan->horizon_s * 1e3;

    ask_kayentas(p, last);
    if (bench_rules_flagger(&p->rules, m))
        rolls_back(p, BENCH_JUDGE_FLAGGER);
    if (bench_rules_argo(&p->rules, m))
        rolls_back(p, BENCH_JUDGE_ARGO);
    if (bench_rules_delta(&p->rules, m))
        rolls_back(p, BENCH_JUDGE_DELTA);
    bench_looks_add(&p->looks, m);
    if (bench_looks_z(&p->looks))
        rolls_back(p, BENCH_JUDGE_Z);
    if (bench_looks_mixture(&p->looks))
        rolls_back(p, BENCH_JUDGE_MIXTURE);
}

/* Those that have no answer of their own for "good": what is not rolled back by
 * the end is promoted. */
static void
promote(struct bench_panel *p)
{
    bool worse = bench_world_worsens(p->plan->effect);

    for (int j = BENCH_JUDGE_OURS_TUNED + 1; j < BENCH_JUDGES; j++) {
        if (!undecided(p, (enum bench_judge)j))
            continue;
        p->out[j].pass_ms = p->tick.end_ms;
        p->out[j].false_pass = worse;
    }
}

void
bench_panel_play(struct bench_panel *p, const struct bench_panel_plan *plan, uint64_t seed,
                 uint64_t number)
{
    p->plan = plan;
    start(p, seed, number);
    while ((double)p->play.at_ms < plan->horizon_s * 1e3) {
        bench_world_next(&p->play, &p->tick);
        count_harm(p);
        ask_ours(p);
        if (plan->oracle && undecided(p, BENCH_JUDGE_ORACLE) &&
            bench_looks_oracle(&p->looks, &p->tick, plan->policy->false_rollback_rate))
            rolls_back(p, BENCH_JUDGE_ORACLE);
        if (plan->coverage)
            bench_coverage_look(&p->coverage, &p->play, &p->tick, &p->out[BENCH_JUDGE_OURS]);
        if (bench_minute_add(&p->minutes, &p->play, &p->tick))
            ask_each_minute(p);
    }
    if (p->strict_waits)
        say_the_same(p);
    promote(p);
}
