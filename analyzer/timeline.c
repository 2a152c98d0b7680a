#include "analyzer/timeline.h"

#include "analyzer/bounds.h"
#include "analyzer/confidence.h"

#include <math.h>
#include <string.h>

void
timeline_init(struct timeline *t, uint32_t max_points)
{
    *t = (struct timeline){.stride = 1};
    t->max_points = max_points < 2                 ? 2
                    : max_points < TIMELINE_POINTS ? max_points
                                                   : TIMELINE_POINTS;
    for (enum check c = 0; c < CHECK_COUNT; c++)
        t->limit[c] = t->pass_limit[c] = NAN;
}

static void
merge(struct timeline_point *to, const struct timeline_point *next)
{
    struct timeline_point sum = *next;

    sum.start_ms = to->start_ms;
    sum.intervals += to->intervals;
    for (int v = 0; v < VIEW_COUNT; v++)
        for (int a = 0; a < ARM_COUNT; a++) {
            sum.at[v][a].requests += to->at[v][a].requests;
            sum.at[v][a].faults += to->at[v][a].faults;
        }
    *to = sum;
}

static void
halve(struct timeline *t)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < t->n_points; i += 2) {
        struct timeline_point p = t->points[i];

        if (i + 1 < t->n_points)
            merge(&p, &t->points[i + 1]);
        t->points[n++] = p;
    }
    t->n_points = n;
    t->stride *= 2;
}

/* A threshold's limit is its value's, not its evidence's. */
static bool
weighs(const struct check_result *c)
{
    return c->configured && isnan(c->value);
}

static struct timeline_point
point_of(const struct interval *i, const struct run *run)
{
    struct timeline_point p = {
        .start_ms = i->start_ms, .end_ms = i->end_ms, .intervals = 1, .weight = NAN};

    for (int v = 0; v < VIEW_COUNT; v++)
        for (int a = 0; a < ARM_COUNT; a++)
            p.at[v][a] = (struct timeline_count){counts_requests(&i->arm[v][a]),
                                                 counts_faults(&i->arm[v][a])};
    for (enum check c = 0; c < CHECK_COUNT; c++)
        p.evidence[c] = p.pass_evidence[c] = NAN;
    if (!run)
        return p;
    p.decided = true;
    p.verdict = run->promote.verdict;
    p.reason = run->promote.reason;
    p.weight = run->weight;
    for (enum check c = 0; c < CHECK_COUNT; c++) {
        if (!weighs(&run->checks[c]))
            continue;
        p.evidence[c] = run->checks[c].evidence;
        p.pass_evidence[c] = run->checks[c].pass_evidence;
    }
    return p;
}

static void
add_point(struct timeline *t, const struct timeline_point *p)
{
    struct timeline_point *last = t->n_points ? &t->points[t->n_points - 1] : NULL;

    if (last && last->intervals < t->stride) {
        merge(last, p);
        return;
    }
    if (t->n_points == t->max_points) {
        halve(t);
        last = &t->points[t->n_points - 1];
        if (last->intervals < t->stride) {
            merge(last, p);
            return;
        }
    }
    t->points[t->n_points++] = *p;
}

/* Buckets of other bounds cannot be added up: those of the newest count. */
static void
add_counts(struct timeline *t, const struct interval *i, int view)
{
    struct counts_bounds *b = &t->bounds[view];

    if (i->bounds[view].n && !bounds_same(b, &i->bounds[view])) {
        *b = i->bounds[view];
        for (int a = 0; a < ARM_COUNT; a++)
            memset(t->arm[view][a].bucket, 0, sizeof t->arm[view][a].bucket);
    }
    for (int a = 0; a < ARM_COUNT; a++)
        counts_add(&t->arm[view][a], &i->arm[view][a]);
}

static struct timeline_pod *
find_pod(struct timeline *t, const struct interval *i, const struct interval_pod *p)
{
    struct timeline_pod *fresh;

    for (uint32_t k = 0; k < t->n_pods; k++)
        if (t->pods[k].arm == p->arm && !t->pods[k].folded == !p->folded &&
            !strcmp(t->pods[k].name, p->name))
            return &t->pods[k];
    if (t->n_pods == TIMELINE_PODS)
        return NULL;
    fresh = &t->pods[t->n_pods++];
    *fresh = (struct timeline_pod){.arm = p->arm};
    memcpy(fresh->name, p->name, sizeof fresh->name);
    memcpy(fresh->version, i->versions[p->version].name, sizeof fresh->version);
    return fresh;
}

static void
add_pods(struct timeline *t, const struct interval *i)
{
    if (i->monitored[VIEW_ATTEMPT].n)
        t->monitored = i->monitored[VIEW_ATTEMPT];
    for (uint32_t n = 0; n < i->n_pods; n++) {
        const struct interval_pod *p = &i->pods[n];
        struct timeline_pod       *sum =
            p->version < i->n_versions && p->arm < ARM_COUNT ? find_pod(t, i, p) : NULL;

        if (!sum) {
            t->pods_left_out++;
            continue;
        }
        if (p->folded > sum->folded)
            sum->folded = p->folded;
        sum->requests += p->requests;
        sum->faults += p->faults;
        sum->timed += p->timed;
        for (uint32_t k = 0; k < INTERVAL_MONITORED; k++)
            sum->over[k] += p->over[k];
    }
}

void
timeline_add(struct timeline *t, const struct interval *i, const struct run *run)
{
    struct timeline_point p = point_of(i, run);

    t->intervals++;
    add_point(t, &p);
    for (int v = 0; v < VIEW_COUNT; v++) {
        t->present[v] |= i->present[v];
        add_counts(t, i, v);
    }
    add_pods(t, i);
    for (enum check c = 0; run && c < CHECK_COUNT; c++) {
        t->limit[c] = weighs(&run->checks[c]) ? run->checks[c].limit : NAN;
        t->pass_limit[c] = weighs(&run->checks[c]) ? run->checks[c].pass_limit : NAN;
    }
}

/* Counts go on over a restart; one that fell began anew. */
static uint64_t
grown(uint64_t before, uint64_t now)
{
    return now >= before ? now - before : now;
}

static struct timeline_count
count_of(const struct point *p, int view, int arm)
{
    struct timeline_count sum = {0, 0};

    for (uint32_t v = 0; v < p->n_versions; v++)
        if (p->versions[v].arm == arm) {
            sum.requests += p->versions[v].at[view].requests;
            sum.faults += p->versions[v].at[view].faults;
        }
    return sum;
}

static void
take_buckets(struct timeline *t, const struct point *p, int view)
{
    t->bounds[view] = p->bounds[view];
    for (int a = 0; a < ARM_COUNT; a++) {
        uint64_t *bucket = t->arm[view][a].bucket;

        memset(bucket, 0, sizeof t->arm[view][a].bucket);
        for (uint32_t v = 0; v < p->n_versions; v++)
            for (uint32_t k = 0; p->versions[v].arm == a && k < p->bounds[view].n; k++)
                bucket[k] += p->versions[v].at[view].bucket[k];
    }
}

static void
take_checks(struct timeline *t, const struct point *p, struct timeline_point *to)
{
    for (uint32_t k = 0; k < p->n_checks; k++) {
        const struct point_check *c = &p->checks[k];
        enum check                which;

        if (check_parse(slice_of(c->name), &which) || !isnan(c->value))
            continue;
        to->evidence[which] = c->evidence;
        t->limit[which] = c->limit;
    }
}

void
timeline_add_between(struct timeline *t, const struct point *before, int64_t before_ms,
                     const struct point *now, int64_t now_ms)
{
    /* A point is written when an answer changes: until then the one before was told. */
    const struct point   *told = before->n_checks ? before : now;
    struct timeline_point p = {.start_ms = before_ms,
                               .end_ms = now_ms,
                               .intervals = 1,
                               .decided = true,
                               .verdict = told->promote,
                               .reason = told->reason,
                               .weight = told->weight};

    for (enum check c = 0; c < CHECK_COUNT; c++)
        p.evidence[c] = p.pass_evidence[c] = NAN;
    for (int v = 0; v < VIEW_COUNT; v++) {
        for (int a = 0; a < ARM_COUNT; a++) {
            struct timeline_count was = count_of(before, v, a), is = count_of(now, v, a);

            p.at[v][a].requests = grown(was.requests, is.requests);
            p.at[v][a].faults = grown(was.faults, is.faults);
            t->present[v] |= is.requests > 0;
        }
        take_buckets(t, now, v);
    }
    take_checks(t, now, &p);
    t->intervals++;
    t->coarse = true;
    add_point(t, &p);
}

enum counts_view
timeline_view(const struct timeline *t)
{
    return t->present[VIEW_USER] ? VIEW_USER : VIEW_ATTEMPT;
}

static bool
apart(uint64_t x, uint64_t n, uint64_t others_x, uint64_t others_n, double alpha)
{
    return n > 0 && others_n > 0 && x <= n && others_x <= others_n &&
           confidence_share(x, n, alpha).lower > confidence_share(others_x, others_n, alpha).upper;
}

unsigned
timeline_stands_out(const struct timeline *t, const struct timeline_pod *p, double alpha)
{
    struct timeline_pod others = {0};
    double              each = alpha / (4.0 * (double)(t->n_pods ? t->n_pods : 1));
    unsigned            how = 0;

    if (p->folded)
        return 0;
    for (uint32_t k = 0; k < t->n_pods; k++) {
        const struct timeline_pod *o = &t->pods[k];

        if (o == p || o->arm != p->arm)
            continue;
        others.requests += o->requests;
        others.faults += o->faults;
        others.timed += o->timed;
        for (uint32_t m = 0; m < INTERVAL_MONITORED; m++)
            others.over[m] += o->over[m];
    }
    if (apart(p->faults, p->requests, others.faults, others.requests, each))
        how |= TIMELINE_FAILS;
    for (uint32_t m = 0; m < t->monitored.n; m++)
        if (apart(p->over[m], p->timed, others.over[m], others.timed, each / INTERVAL_MONITORED))
            how |= TIMELINE_SLOW;
    return how;
}
