#include "analyzer/ledger.h"

#include "analyzer/bounds.h"
#include "analyzer/monitor.h"
#include "analyzer/pace.h"
#include "analyzer/podfold.h"
#include "analyzer/signalbook.h"

#include <math.h>

enum {
    MAX_BYTES = 256 << 20,
    /* An arm without a new sample for this long is waited for no more: the
     * pods are gone, and the source goes on showing their last values (5 min
     * where nothing marks a series as stale). */
    STALLED_MS = 60 * 1000,
};

/* The interval that is being filled. */
struct open {
    int64_t              start_ms, end_ms;
    int64_t              arm_start_ms[VIEW_COUNT][ARM_COUNT];
    bool                 present[VIEW_COUNT];
    struct book_counters counters;
    uint32_t             instances;
    uint64_t             number; /* from 1 */
};

/* What one snapshot brings, before it is known to be good. */
struct stage {
    const struct snapshot *s;
    bool                   view_seen[VIEW_COUNT], bounds_changed[VIEW_COUNT];
    struct counts_bounds   bounds[VIEW_COUNT];
    bool                   arm_seen[VIEW_COUNT][ARM_COUNT];
    int64_t                arm_ms[VIEW_COUNT][ARM_COUNT]; /* of samples that count */
    int64_t                origin_ms, end_ms;
    bool                   moved; /* an instance went on */
    struct pace_tick       pace;
    int64_t                elapsed_ms; /* since the snapshot before, in source time */
    struct book_counters   counters;
    uint32_t               instances;
    enum verdict_reason   *reason;
    struct err            *err;
};

struct ledger {
    struct arena         arena;
    struct naming        names;
    struct tally         tally;
    struct shelf         shelf;
    struct signalbook    signals;
    uint64_t             tick;
    int64_t              newest_ms; /* sample time ever seen */
    bool                 opened[VIEW_COUNT];
    struct counts_bounds bounds[VIEW_COUNT];
    struct pace          pace;
    struct open          open;

    struct interval_monitored monitored[VIEW_COUNT];
};

struct ledger *
ledger_new(const struct ledger_arms *arms)
{
    struct arena   arena = {0};
    struct ledger *l = arena_new(&arena, struct ledger);

    l->arena = arena; /* from here on it grows inside the ledger that it holds */
    naming_init(&l->names, &l->arena, arms);
    tally_init(&l->tally, &l->arena);
    shelf_init(&l->shelf, &l->arena, &l->names, &l->tally);
    signalbook_init(&l->signals);
    l->open.number = 1;
    return l;
}

void
ledger_free(struct ledger *l)
{
    struct arena arena;

    if (!l)
        return;
    shelf_release(&l->shelf);
    signalbook_release(&l->signals);
    tally_release(&l->tally);
    naming_release(&l->names);
    arena = l->arena;
    arena_release(&arena);
}

size_t
ledger_bytes(const struct ledger *l)
{
    return l->arena.total_bytes + naming_bytes(&l->names) + tally_bytes(&l->tally) +
           shelf_bytes(&l->shelf) + signalbook_bytes(&l->signals);
}

void
ledger_monitor(struct ledger *l, const struct interval_monitored chosen[VIEW_COUNT])
{
    memcpy(l->monitored, chosen, sizeof l->monitored);
}

static enum status
refuse(struct stage *st, enum verdict_reason reason)
{
    *st->reason = reason;
    return STATUS_NO_DATA;
}

static enum status
too_many(struct stage *st)
{
    (void)err_set(st->err, STATUS_NO_DATA,
                  "more than %d instances, %d counters or %d MiB of them in this run",
                  SNAPSHOT_MAX_INSTANCES, SNAPSHOT_MAX_GROUPS, MAX_BYTES >> 20);
    return refuse(st, REASON_TOO_MANY_SERIES);
}

/* A bound in its place among those seen; false: there is no room. */
static bool
add_bound(struct counts_bounds *b, double le_ms)
{
    uint32_t i = b->n;

    while (i > 0 && b->le_ms[i - 1] > le_ms)
        i--;
    if (i > 0 && b->le_ms[i - 1] == le_ms)
        return true;
    if (b->n == COUNTS_MAX_BOUNDS)
        return false;
    memmove(&b->le_ms[i + 1], &b->le_ms[i], (b->n - i) * sizeof b->le_ms[0]);
    b->le_ms[i] = le_ms;
    b->n++;
    return true;
}

/* Write the snapshot's values beside the books' last ones. */
static enum status
read_groups(struct ledger *l, struct stage *st, enum counts_view view)
{
    const struct snapshot_view *v = &st->s->view[view];
    struct book                *b = NULL;
    struct slice                instance = {0}, pod = {0};

    for (size_t i = 0; i < v->groups.n; i++) {
        const struct snapshot_group *g = &v->groups.at[i];
        struct book_series          *series = shelf_series(&l->shelf, view, g);
        struct book_group           *group;

        if (!b || !slice_equal(instance, g->instance) || !slice_equal(pod, g->pod))
            b = shelf_book(&l->shelf, view, g->instance, g->pod);
        instance = g->instance;
        pod = g->pod;
        group = b ? shelf_group(&l->shelf, b, series) : NULL;
        if (!group || (i % 1024 == 0 && ledger_bytes(l) > MAX_BYTES))
            return too_many(st);
        b->seen_tick = l->tick;
        /* Twice the same labels: spellings of one bound, which are summed. */
        group->value = (uint64_t)g->value + (group->seen_tick == l->tick ? group->value : 0);
        group->seen_tick = l->tick;
        if (series->seen_tick == l->tick)
            continue;
        series->seen_tick = l->tick;
        naming_see(series->family, l->tick);
        if (series->kind == SNAPSHOT_BUCKET && !add_bound(&st->bounds[view], series->le_ms)) {
            (void)err_set(st->err, STATUS_NO_DATA, "%s view: more than %d bucket bounds",
                          counts_view_text(view), COUNTS_MAX_BOUNDS);
            return refuse(st, REASON_TOO_MANY_SERIES);
        }
    }
    st->view_seen[view] = v->groups.n > 0;
    return STATUS_OK;
}

static void
read_clocks(struct ledger *l, const struct stage *st, enum counts_view view)
{
    const struct snapshot_view *v = &st->s->view[view];

    for (size_t i = 0; i < v->instances.n; i++) {
        struct book_clock *c = shelf_clock(&l->shelf, view, v->instances.at[i].instance);

        if (c->seen_tick != l->tick || v->instances.at[i].sample_ms > c->sample_ms)
            c->sample_ms = v->instances.at[i].sample_ms;
        c->seen_tick = l->tick;
        if (c->sample_ms > l->newest_ms)
            l->newest_ms = c->sample_ms;
    }
}

/* Number the buckets by the bounds that this snapshot has. */
static enum status
settle_bounds(struct ledger *l, struct stage *st)
{
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        struct counts_bounds *b = &st->bounds[v], *old = &l->bounds[v];

        if (b->n > 0 && !(b->le_ms[b->n - 1] == (double)INFINITY)) {
            (void)err_set(st->err, STATUS_NO_DATA, "%s view: buckets without le=\"+Inf\"",
                          counts_view_text((enum counts_view)v));
            return refuse(st, REASON_SOURCE_ERROR);
        }
        if (b->n == 0)
            *b = *old;
        st->bounds_changed[v] = old->n > 0 && !bounds_same(b, old);
    }
    for (size_t i = 0; i < l->shelf.histogram.n; i++) {
        struct book_series         *s = l->shelf.histogram.at[i];
        const struct counts_bounds *b = &st->bounds[s->family->view];

        if (s->seen_tick != l->tick)
            continue;
        for (s->bound = 0; b->le_ms[s->bound] < s->le_ms;)
            s->bound++;
    }
    return STATUS_OK;
}

/* Which arms the book's groups belong to, and how new they are. */
static void
note_arms(struct ledger *l, struct stage *st, const struct book *b, struct ledger_sight *sight)
{
    int64_t raw_ms = b->clock->seen_tick == l->tick ? b->clock->sample_ms : 0;
    bool    counts = b->move != BOOK_STILL && b->move != BOOK_SKEWED;
    int64_t ms = counts ? raw_ms : b->sample_ms;
    bool    has[ARM_COUNT] = {false};

    for (const struct book_group *g = b->groups; g; g = g->next) {
        const struct naming_version *v;

        if (g->seen_tick != l->tick)
            continue;
        v = naming_resolve(&l->names, g->series->family);
        if (v && v->arm >= 0)
            has[v->arm] = true;
    }
    for (size_t a = 0; a < ARM_COUNT; a++) {
        if (!has[a])
            continue;
        st->arm_seen[b->view][a] = true;
        if (ms > st->arm_ms[b->view][a])
            st->arm_ms[b->view][a] = ms;
        if (raw_ms > sight->newest_ms[a])
            sight->newest_ms[a] = raw_ms;
        if (ms > sight->newest_ms[a])
            sight->newest_ms[a] = ms;
    }
    sight->canary_seen = sight->canary_seen || has[ARM_CANARY];
    sight->baseline_seen = sight->baseline_seen || has[ARM_BASELINE];
}

/* Which way each book went, and which of the new ones cannot be new. */
static void
judge_books(struct ledger *l, struct stage *st)
{
    for (size_t i = 0; i < l->shelf.n; i++) {
        struct book *b = l->shelf.list[i];

        if (b->seen_tick != l->tick)
            continue;
        book_judge(b, l->tick, l->opened[b->view]);
        pace_note(&st->pace, b, l->tick);
    }
    for (size_t i = 0; i < l->shelf.n; i++)
        if (l->shelf.list[i]->seen_tick == l->tick)
            pace_hold(&l->pace, &st->pace, st->elapsed_ms, l->shelf.list[i]);
}

/* Where the monitored bounds are among those of this snapshot. */
static struct podtally_bounds
place_monitored(const struct counts_bounds *b, const struct interval_monitored *m)
{
    struct podtally_bounds to = {.n = b->n};

    for (size_t k = 0; k < INTERVAL_MONITORED; k++) {
        to.at[k] = k < m->n ? 0 : b->n;
        while (to.at[k] < b->n && b->le_ms[to.at[k]] != m->le_ms[k])
            to.at[k]++;
    }
    return to;
}

static enum status
stage_books(struct ledger *l, struct stage *st, struct ledger_sight *sight)
{
    struct podtally_bounds bounds[VIEW_COUNT];

    for (size_t v = 0; v < VIEW_COUNT; v++)
        bounds[v] = place_monitored(&st->bounds[v], &l->monitored[v]);
    for (size_t i = 0; i < l->shelf.n; i++) {
        struct book *b = l->shelf.list[i];

        if (b->seen_tick != l->tick)
            continue;
        if (!book_stage(b, l->tick, &bounds[b->view], &l->names, &l->tally, &st->counters)) {
            (void)err_set(st->err, STATUS_NO_DATA,
                          "%s view: histograms of different bucket bounds; give all versions the "
                          "same statsHistogramBuckets",
                          counts_view_text(b->view));
            return refuse(st, REASON_BUCKETS_DIFFER);
        }
        note_arms(l, st, b, sight);
        if (b->move == BOOK_STILL || b->move == BOOK_SKEWED)
            continue;
        if (b->clock->seen_tick == l->tick && b->clock->sample_ms > st->origin_ms)
            st->origin_ms = b->clock->sample_ms;
        if (b->move == BOOK_ORIGIN)
            continue;
        st->moved = true;
        st->instances += b->counted_in != l->open.number;
        if (b->clock->sample_ms > st->end_ms)
            st->end_ms = b->clock->sample_ms;
    }
    return STATUS_OK;
}

/* Whether both arms have advanced in every view that this snapshot has, or
 * will not any more.  New bounds wait for the next snapshot: what is settled has the old ones. */
static bool
may_close(const struct ledger *l, const struct stage *st)
{
    bool any = false;

    for (size_t v = 0; v < VIEW_COUNT; v++) {
        if (st->bounds_changed[v])
            return false;
        for (size_t a = 0; a < ARM_COUNT; a++) {
            if (!st->arm_seen[v][a])
                continue;
            any = true;
            if (st->arm_ms[v][a] <= l->open.arm_start_ms[v][a] &&
                st->end_ms - st->arm_ms[v][a] < STALLED_MS)
                return false;
        }
    }
    return any && st->end_ms > l->open.start_ms;
}

static enum status
fill(struct ledger *l, struct stage *st, struct interval *out)
{
    struct arena scratch = {0};
    uint8_t     *index = arena_array(&scratch, l->names.list.n ? l->names.list.n : 1, 1);
    bool         fits;

    *out = (struct interval){.start_ms = l->open.start_ms, .end_ms = st->end_ms};
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        out->present[v] = l->open.present[v] || st->view_seen[v];
        out->bounds[v] = st->bounds[v];
        out->monitored[v] = l->monitored[v];
    }
    out->resets = l->open.counters.resets + st->counters.resets;
    out->partial_resets = l->open.counters.partial_resets + st->counters.partial_resets;
    out->births = l->open.counters.births + st->counters.births;
    out->instances = l->open.instances + st->instances;
    memcpy(out->signals, l->signals.open, sizeof out->signals);
    fits = tally_fill(&l->tally, &l->names, out, index);
    if (fits)
        podfold_fill(&l->shelf, index, out);
    arena_release(&scratch);
    if (fits)
        return STATUS_OK;
    (void)err_set(
        st->err, STATUS_NO_DATA,
        "more than %d combinations of version, code and flags in one interval, or %d clusters",
        INTERVAL_MAX_CELLS, INTERVAL_MAX_CLUSTERS);
    return refuse(st, REASON_TOO_MANY_SERIES);
}

/* Buckets that were settled have bounds that are no more. */
static bool
clear_buckets(struct ledger *l, enum counts_view view)
{
    for (size_t i = 0; i < l->shelf.n; i++)
        if (l->shelf.list[i]->view == view)
            podtally_clear_buckets(l->shelf.list[i]->pods);
    return tally_clear_buckets(&l->tally, view);
}

/* The snapshot is good: what was staged becomes the books. */
static void
commit(struct ledger *l, struct stage *st)
{
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        if (st->bounds_changed[v] && clear_buckets(l, (enum counts_view)v))
            st->counters.partial_resets++;
        l->bounds[v] = st->bounds[v];
        l->opened[v] = l->opened[v] || st->view_seen[v];
        l->open.present[v] = l->open.present[v] || st->view_seen[v];
    }
    tally_settle(&l->tally);
    pace_learn(&l->pace, &st->pace, st->elapsed_ms);
    for (size_t i = 0; i < l->shelf.n; i++) {
        struct book *b = l->shelf.list[i];

        if (b->seen_tick != l->tick)
            continue;
        podtally_settle(b->pods);
        b->present_ms = l->newest_ms;
        if (b->move == BOOK_COUNT || b->move == BOOK_RESET || b->move == BOOK_REBASE)
            b->counted_in = l->open.number;
        l->shelf.n_forgotten -= b->forgotten;
        book_commit(b, l->tick);
    }
    shelf_forget(&l->shelf, l->tick, l->newest_ms);
    l->open.counters.resets += st->counters.resets;
    l->open.counters.partial_resets += st->counters.partial_resets;
    l->open.counters.births += st->counters.births;
    l->open.instances += st->instances;
    l->open.end_ms = st->end_ms;
}

/* What the baseline's histograms hold now, from when its processes began. */
static void
choose_monitored(struct ledger *l, enum counts_view view)
{
    uint64_t cumulative[COUNTS_MAX_BOUNDS] = {0};

    for (size_t i = 0; i < l->shelf.n; i++) {
        const struct book *b = l->shelf.list[i];

        for (const struct book_group *g = b->view == view ? b->groups : NULL; g; g = g->next) {
            const struct naming_version *v;

            if (g->series->kind != SNAPSHOT_BUCKET || g->seen_tick != l->tick)
                continue;
            v = naming_resolve(&l->names, g->series->family);
            if (v && v->arm == ARM_BASELINE)
                cumulative[g->series->bound] += g->value;
        }
    }
    l->monitored[view] = monitor_choose(&l->bounds[view], cumulative);
}

/* The next interval starts at start_ms, with the arms as they are now. */
static void
reopen(struct ledger *l, const struct stage *st, int64_t start_ms)
{
    uint64_t number = l->open.number + 1;

    tally_clear(&l->tally);
    signalbook_clear(&l->signals);
    for (size_t i = 0; i < l->shelf.n; i++)
        podtally_clear(l->shelf.list[i]->pods);
    for (size_t v = 0; v < VIEW_COUNT; v++)
        if (l->monitored[v].n == 0)
            choose_monitored(l, (enum counts_view)v);
    l->open = (struct open){.start_ms = start_ms, .end_ms = start_ms, .number = number};
    memcpy(l->open.arm_start_ms, st->arm_ms, sizeof l->open.arm_start_ms);
}

static enum status
take(struct ledger *l, struct stage *st, enum ledger_outcome *outcome, struct interval *out,
     struct ledger_sight *sight)
{
    bool        first = !l->opened[VIEW_USER] && !l->opened[VIEW_ATTEMPT];
    int64_t     newest_ms = l->newest_ms;
    enum status s = STATUS_OK;

    for (size_t v = 0; v < VIEW_COUNT && s == STATUS_OK; v++) {
        s = read_groups(l, st, (enum counts_view)v);
        read_clocks(l, st, (enum counts_view)v);
    }
    if (s == STATUS_OK)
        s = settle_bounds(l, st);
    if (s != STATUS_OK)
        return s;
    st->elapsed_ms = l->newest_ms - newest_ms;
    judge_books(l, st);
    s = stage_books(l, st, sight);
    if (s != STATUS_OK)
        return s;
    signalbook_take(&l->signals, st->s, &l->shelf, &l->names.arms, l->tick);
    memcpy(sight->view_seen, st->view_seen, sizeof sight->view_seen);
    naming_sight(&l->names, l->tick, sight);
    if (first) {
        *outcome = LEDGER_ORIGIN;
        commit(l, st);
        reopen(l, st, st->origin_ms);
        return STATUS_OK;
    }
    *outcome = !st->moved ? LEDGER_IGNORED : may_close(l, st) ? LEDGER_CLOSED : LEDGER_OPEN;
    if (*outcome == LEDGER_CLOSED)
        s = fill(l, st, out);
    if (s != STATUS_OK)
        return s;
    commit(l, st);
    if (*outcome == LEDGER_CLOSED)
        reopen(l, st, out->end_ms);
    return STATUS_OK;
}

enum status
ledger_apply(struct ledger *l, const struct snapshot *s, enum ledger_outcome *outcome,
             struct interval *out, struct ledger_sight *sight, enum verdict_reason *reason,
             struct err *err)
{
    struct stage st = {.s = s, .reason = reason, .err = err, .end_ms = l->open.end_ms};
    enum status  status;

    *reason = REASON_NONE;
    *sight = (struct ledger_sight){0};
    status = snapshot_check(s, reason, err);
    if (status != STATUS_OK)
        return status;
    l->tick++;
    status = take(l, &st, outcome, out, sight);
    if (status != STATUS_OK) {
        tally_unstage(&l->tally);
        shelf_undo(&l->shelf);
    }
    return status;
}
