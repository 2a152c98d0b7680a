#include "analyzer/placebo.h"

#include "analyzer/roster.h"
#include "analyzer/sample.h"
#include "analyzer/thinning.h"
#include "base/hash.h"
#include "base/heap.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PLAN_VERSION = 1 }; /* of the statistics: another one makes another hash */

/* A twin that keeps more than this would be hardly different. */
static const double hardly_thinned = .8;

/* One way to judge a placebo. */
struct judged {
    struct family        harm;
    struct judgement_slo burn;
    double               log_w[CALIBRATION_STATISTICS], log_own;
};

struct canary {
    uint32_t      first; /* of its pods, in the roster */
    uint64_t      served;
    struct judged raw, thin;
};

struct placebo {
    struct placebo_plan       plan;
    struct combination        weights;
    struct family_plan        family;
    struct thinning           chance;
    struct roster             roster;
    struct interval_monitored watched;
    uint32_t                  objective;        /* place of the bound that the latency objective is
                                                   asked at */
    int64_t                   start_ms, end_ms; /* of the window; no placebos: none is open */
    uint64_t                  served;           /* by all pods */
    uint32_t                  group;            /* pods of one placebo */
    double                    keep;             /* chance of the thinned twin; 1: there is none */
    uint32_t                  n_canaries, room, next_first;
    struct canary            *canaries;
    struct family_sample      all, one; /* of the interval; as one placebo is judged */
    struct placebo_result     results[PLACEBO_MOST];
    uint32_t                  n_results;
};

static void
put_margins(struct text *t, const struct policy_comparison *c)
{
    text_printf(t, "%d %a %a\n", c->on, c->ratio_margin, c->absolute_margin);
}

void
placebo_plan_hash(const struct placebo_plan *plan, char out[CALIBRATION_HASH_BYTES])
{
    const struct policy *p = plan->policy;
    struct text          t;

    text_init(&t, 4096);
    text_printf(&t, "%d %a %" PRIu32 " %" PRId64 "\n", PLAN_VERSION, plan->weight,
                plan->canary_pods, plan->window_ms);
    put_margins(&t, &p->error_rate);
    put_margins(&t, &p->latency);
    put_margins(&t, &p->client_errors);
    text_printf(&t, "%a %a %a %" PRIx32 "\n", p->slo.success_rate, p->slo.p95_ms,
                p->false_rollback_rate, p->dry_run);
    snprintf(out, CALIBRATION_HASH_BYTES, "%016" PRIx64, hash_stable(text_slice(&t)));
    text_release(&t);
}

struct placebo *
placebo_new(const struct placebo_plan *plan)
{
    struct placebo *p = heap_new(1, sizeof *p);

    p->plan = *plan;
    p->weights = combination_of(plan->policy);
    p->family = judgement_family_plan(plan->policy, VIEW_ATTEMPT, true);
    p->chance.state = plan->seed;
    return p;
}

void
placebo_free(struct placebo *p)
{
    if (!p)
        return;
    free(p->canaries);
    free(p);
}

uint32_t
placebo_pods(const struct placebo *p)
{
    return p->roster.n;
}

uint32_t
placebo_count(const struct placebo *p)
{
    return p->n_canaries;
}

const struct placebo_result *
placebo_results(const struct placebo *p, uint32_t *n)
{
    *n = p->n_results;
    return p->results;
}

static void
begin(struct judged *j, const struct placebo *p)
{
    family_init(&j->harm, &p->family);
    judgement_slo_init(&j->burn, p->plan.policy);
    memset(j->log_w, 0, sizeof j->log_w); /* every sum starts at 1 */
    j->log_own = 0;
}

/* So many pods as the canary will have, but never more than the others. */
static uint32_t
group_of(const struct placebo_plan *plan, uint32_t pods)
{
    uint32_t by_weight = (uint32_t)ceil(plan->weight * pods - 1e-9);
    uint32_t n = plan->canary_pods ? plan->canary_pods : by_weight;

    if (n < 1)
        n = 1;
    return n < pods / 2 ? n : pods / 2;
}

/* The place of the histogram's bound for the latency objective among those that
 * pods are counted by; false: they are not counted by it. */
static bool
find_objective(struct placebo *p, const struct interval *i)
{
    const struct counts_bounds *b = &i->bounds[VIEW_ATTEMPT];
    double                      limit = p->plan.policy->slo.p95_ms;
    uint32_t                    k = 0;

    if (!(limit > 0))
        return true;
    while (k < b->n && b->le_ms[k] < limit)
        k++;
    for (p->objective = 0; k < b->n && p->objective < p->watched.n; p->objective++)
        if (p->watched.le_ms[p->objective] == b->le_ms[k])
            return true;
    return false;
}

/* Start with the next interval, if it can be judged as this one could. */
static void
open_window(struct placebo *p, const struct interval *i)
{
    uint32_t pods = p->roster.n, n = pods < PLACEBO_MOST ? pods : PLACEBO_MOST;
    double   share = p->plan.weight;

    p->watched = i->monitored[VIEW_ATTEMPT];
    if (pods < 2 || (p->plan.policy->latency.on && !p->watched.n) || !find_objective(p, i))
        return;
    p->group = group_of(&p->plan, pods);
    p->keep = share * (pods - p->group) / ((1 - share) * p->group);
    if (p->keep >= hardly_thinned)
        p->keep = 1;
    if (n > p->room) {
        p->room = n;
        p->canaries = heap_grow(p->canaries, n, sizeof *p->canaries);
    }
    for (uint32_t k = 0; k < n; k++) {
        p->canaries[k].first = (p->next_first + k) % pods;
        p->canaries[k].served = 0;
        begin(&p->canaries[k].raw, p);
        begin(&p->canaries[k].thin, p);
    }
    p->n_canaries = n;
    p->next_first = (p->next_first + n) % pods;
    p->served = 0;
    p->start_ms = p->end_ms = i->end_ms;
}

/* Bounds are chosen once in a ledger's life, but a window must not outlive it. */
static bool
asks_the_same(const struct interval_monitored *a, const struct interval_monitored *b)
{
    for (uint32_t k = 0; k < a->n && k < b->n; k++)
        if (a->le_ms[k] != b->le_ms[k])
            return false;
    return a->n == b->n;
}

/* The interval's counts in the order of the roster; false: they are no counts,
 * or do not answer what the window asks. */
static bool
sort_counts(struct placebo *p, const struct interval *i)
{
    struct interval_monitored watched = p->watched;
    struct family_sample     *all = &p->all;

    if (!sample_of(i, VIEW_ATTEMPT, &watched, &p->one) ||
        !asks_the_same(&i->monitored[VIEW_ATTEMPT], &p->watched))
        return false;
    *all = (struct family_sample){.length_ms = p->one.length_ms, .n_pods = p->roster.n};
    for (uint32_t k = 0; k < all->n_pods; k++)
        all->pods[k].key = p->roster.pods[k].key;
    for (uint32_t k = 0; k < p->one.n_pods; k++) {
        uint32_t at = roster_find(&p->roster, p->one.pods[k].key);

        if (at < all->n_pods)
            all->pods[at] = p->one.pods[k];
    }
    return true;
}

static bool
is_member(const struct placebo *p, const struct canary *c, uint32_t pod)
{
    return (pod + p->roster.n - c->first) % p->roster.n < p->group;
}

static uint64_t
less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* Each request stays with the chance keep; what is part of something else goes
 * or stays with it. */
static void
thin(struct family_pod *pod, struct thinning *chance, double keep)
{
    uint64_t silent = less(pod->n[FAMILY_OF_TRIES], pod->n[FAMILY_OF_ANSWERED]);
    uint64_t faults = less(pod->x[FAMILY_ERRORS], silent);
    uint64_t client = pod->x[FAMILY_CLIENT_ERRORS];
    uint64_t fine = less(pod->n[FAMILY_OF_ANSWERED], faults + client);
    uint64_t slower = 0, kept = 0;

    silent = thinning_keep(chance, silent, keep);
    faults = thinning_keep(chance, faults, keep);
    client = thinning_keep(chance, client, keep);
    fine = thinning_keep(chance, fine, keep);
    pod->x[FAMILY_ERRORS] = faults + silent;
    pod->x[FAMILY_CLIENT_ERRORS] = client;
    pod->n[FAMILY_OF_ANSWERED] = faults + client + fine;
    pod->n[FAMILY_OF_TRIES] = faults + client + fine + silent;
    /* From the slowest on: what lies between two bounds, each for itself. */
    for (int k = FAMILY_LATENCY_BOUNDS; k-- > 0;) {
        uint64_t *over = &pod->x[FAMILY_LATENCY + k];

        kept += thinning_keep(chance, less(*over, slower), keep);
        slower = *over;
        *over = kept;
    }
    pod->n[FAMILY_OF_TIMED] =
        kept + thinning_keep(chance, less(pod->n[FAMILY_OF_TIMED], slower), keep);
}

/* What the pods add up to, arm by arm.  Bounds that are not there have nothing
 * to say: no requests either. */
static void
sum_pods(struct family_sample *s, uint32_t bounds)
{
    memset(s->pair, 0, sizeof s->pair);
    for (uint32_t k = 0; k < s->n_pods; k++)
        for (unsigned q = 0; q < FAMILY_LATENCY + bounds; q++) {
            struct pair one = {0};

            one.n[s->pods[k].arm] = s->pods[k].n[familysample_base((enum family_question)q)];
            one.x[s->pods[k].arm] = s->pods[k].x[q];
            pair_add(&s->pair[q], &one);
        }
}

static bool
judge(const struct placebo *p, struct judged *j, const struct family_sample *s)
{
    const struct pair      none = {0};
    double                 alpha = p->plan.policy->false_rollback_rate;
    struct family_evidence harm;
    struct family_odds     odds = {0};
    const struct pair     *slow =
        p->plan.policy->slo.p95_ms > 0 ? &s->pair[FAMILY_LATENCY + p->objective] : &none;

    if (!family_apply(&j->harm, s, &odds))
        return false;
    judgement_slo_apply(&j->burn, &s->pair[FAMILY_ERRORS], slow, s->length_ms);
    family_evidence(&j->harm, &harm);
    for (unsigned w = 0; w < CALIBRATION_STATISTICS; w++)
        j->log_w[w] = fmax(j->log_w[w], judgement_sum_of(&p->weights, &harm, &j->burn, alpha,
                                                         (enum family_statistic)w));
    j->log_own =
        fmax(j->log_own, judgement_sum_of(&p->weights, &harm, &j->burn, alpha, FAMILY_OWN));
    return true;
}

/* Judge one placebo, and its twin; false: its counts are none. */
static bool
judge_canary(struct placebo *p, struct canary *c)
{
    struct family_sample *s = &p->one;

    *s = p->all;
    for (uint32_t k = 0; k < s->n_pods; k++) {
        s->pods[k].arm = is_member(p, c, k) ? ARM_CANARY : ARM_BASELINE;
        if (s->pods[k].arm == ARM_CANARY)
            c->served += s->pods[k].n[FAMILY_OF_TRIES];
    }
    sum_pods(s, p->watched.n);
    if (!judge(p, &c->raw, s))
        return false;
    if (p->keep >= 1)
        return true;
    for (uint32_t k = 0; k < s->n_pods; k++)
        if (s->pods[k].arm == ARM_CANARY)
            thin(&s->pods[k], &p->chance, p->keep);
    sum_pods(s, p->watched.n);
    return judge(p, &c->thin, s);
}

static void
close_window(struct placebo *p)
{
    for (uint32_t k = 0; k < p->n_canaries; k++) {
        const struct canary   *c = &p->canaries[k];
        struct placebo_result *r = &p->results[k];

        memcpy(r->pod, p->roster.pods[c->first].name, sizeof r->pod);
        r->window = (struct calibration_window){.start_ms = p->start_ms,
                                                .end_ms = p->end_ms,
                                                .requests = c->served,
                                                .all_requests = p->served,
                                                .pods = p->roster.n,
                                                .placebo_pods = p->group};
        for (unsigned w = 0; w < CALIBRATION_STATISTICS; w++)
            r->window.log_w[w] = fmax(c->raw.log_w[w], c->thin.log_w[w]);
        r->log_own = fmax(c->raw.log_own, c->thin.log_own);
    }
    p->n_results = p->n_canaries;
}

/* False: the window cannot go on. */
static bool
take_in(struct placebo *p, const struct interval *i)
{
    if (i->start_ms != p->end_ms || !sort_counts(p, i))
        return false;
    for (uint32_t k = 0; k < p->all.n_pods; k++)
        p->served += p->all.pods[k].n[FAMILY_OF_TRIES];
    for (uint32_t k = 0; k < p->n_canaries; k++)
        if (!judge_canary(p, &p->canaries[k]))
            return false;
    p->end_ms = i->end_ms;
    return true;
}

enum placebo_outcome
placebo_apply(struct placebo *p, const struct interval *i)
{
    bool usable = i->present[VIEW_ATTEMPT] && interval_length_ms(i) > 0 &&
                  interval_length_ms(i) <= p->plan.policy->longest_gap_ms;
    bool was_open = p->n_canaries > 0;

    p->n_results = 0;
    if (usable)
        usable = roster_call(&p->roster, i);
    if (was_open && usable && take_in(p, i)) {
        if (p->end_ms - p->start_ms < p->plan.window_ms)
            return PLACEBO_OPEN;
        close_window(p);
        p->n_canaries = 0;
        open_window(p, i);
        return PLACEBO_CLOSED;
    }
    p->n_canaries = 0;
    if (usable && roster_settled(&p->roster, i->end_ms))
        open_window(p, i);
    return was_open ? PLACEBO_DROPPED : p->n_canaries > 0 ? PLACEBO_OPEN : PLACEBO_IDLE;
}
