#include "analyzer/book.h"

/* What all groups of a book say together. */
struct tide {
    double   before, after;  /* sums of the last and the new values */
    uint64_t greatest, held; /* last values: of all, and of those that did not fall */
    bool     fell, rose;
};

static bool
seen(const struct book_group *g, uint64_t tick)
{
    return g->seen_tick == tick;
}

static struct tide
read_tide(const struct book *b, uint64_t tick)
{
    struct tide t = {0};

    for (const struct book_group *g = b->groups; g; g = g->next) {
        /* An evicted series that comes back lower was born again, alone. */
        bool reborn = g->known && g->absent && g->value < g->last;

        if (g->known && g->last > t.greatest)
            t.greatest = g->last;
        if (!seen(g, tick)) {
            t.before += g->known && !g->absent ? (double)g->last : 0;
            continue;
        }
        t.after += (double)g->value;
        if (!g->known || reborn) {
            t.rose = t.rose || g->value > 0;
            continue;
        }
        t.before += (double)g->last;
        if (g->value < g->last) {
            t.fell = true;
            continue;
        }
        t.rose = t.rose || g->value > g->last;
        if (g->last > t.held)
            t.held = g->last;
    }
    return t;
}

/* A restart takes all groups down.  Groups that hardly had anything may have
 * passed their old value already: counting such a one from zero by mistake adds
 * at most a thousandth of its instance's greatest counter, or ten. */
static enum book_move
judge_fall(const struct book *b, const struct tide *t)
{
    bool little = 2 * t->after >= t->before;

    if (little && !t->rose)
        return b->skewed + 1 >= BOOK_MAX_SKEWED ? BOOK_REBASE : BOOK_SKEWED;
    if (!little && t->held <= 10 + t->greatest / 1000)
        return BOOK_RESET;
    return BOOK_REBASE;
}

void
book_judge(struct book *b, uint64_t tick, bool view_opened)
{
    int64_t     sample_ms = b->clock->seen_tick == tick ? b->clock->sample_ms : 0;
    struct tide t;

    b->bad_buckets = false;
    if (!b->opened) {
        if (b->forgotten || !view_opened)
            b->move = BOOK_ORIGIN;
        else
            b->move = sample_ms > 0 ? BOOK_COUNT : BOOK_STILL;
        return;
    }
    if (sample_ms <= b->sample_ms) {
        b->move = BOOK_STILL;
        return;
    }
    t = read_tide(b, tick);
    b->move = t.fell ? judge_fall(b, &t) : BOOK_COUNT;
}

uint64_t
book_increment(const struct book *b, const struct book_group *g, bool *born)
{
    *born = false;
    if (b->move == BOOK_RESET)
        return g->value;
    if (b->move != BOOK_COUNT)
        return 0;
    if (!g->known || (g->absent && g->value < g->last)) {
        *born = true;
        return g->value;
    }
    return g->value - g->last;
}

/* Gather one bucket's increment with those of its histogram. */
static void
gather(struct naming_family *f, uint64_t stamp, uint32_t bound, uint64_t increment)
{
    if (f->stamp != stamp) {
        f->stamp = stamp;
        f->n_buckets = 0;
    }
    f->increment[bound] = increment;
    f->n_buckets++;
}

/* From cumulative over le to one count per bucket; false: it falls somewhere. */
static bool
flatten(struct naming_family *f, uint32_t n_bounds)
{
    for (uint32_t i = n_bounds; i-- > 1;) {
        if (f->increment[i] < f->increment[i - 1])
            return false;
        f->increment[i] -= f->increment[i - 1];
    }
    return true;
}

/* The pod's row for requests of the version; NULL: this is no server's proxy,
 * the version is of no arm, or there is no room. */
static struct podtally *
pod_of(struct book *b, const struct naming_version *v)
{
    return b->view == VIEW_ATTEMPT && v->arm >= 0 ? podtally_row(b->pods, v) : NULL;
}

/* Walk the histograms gathered under stamp, each once: n_buckets is set to 0
 * when it was dealt with. */
static bool
stage_buckets(struct book *b, uint64_t tick, uint64_t stamp, const struct podtally_bounds *bounds,
              struct naming *names, struct tally *tally)
{
    uint32_t n_bounds = bounds->n;

    for (const struct book_group *g = b->groups; g; g = g->next) {
        struct naming_family *f = g->series->family;

        if (!seen(g, tick) || g->series->kind != SNAPSHOT_BUCKET || f->stamp != stamp)
            continue;
        if (f->n_buckets == n_bounds) {
            b->bad_buckets = !flatten(f, n_bounds) || b->bad_buckets;
            f->n_buckets = UINT32_MAX;
        } else if (f->n_buckets != UINT32_MAX) {
            return false;
        }
    }
    for (const struct book_group *g = b->groups; g && !b->bad_buckets; g = g->next) {
        struct naming_family  *f = g->series->family;
        struct naming_version *v;
        struct podtally       *pod;

        if (g->series->kind != SNAPSHOT_BUCKET || f->stamp != stamp || f->n_buckets == 0)
            continue;
        f->n_buckets = 0;
        v = naming_resolve(names, f);
        if (!v)
            continue;
        tally_add_buckets(tally, v, b->view, f->increment, n_bounds);
        pod = pod_of(b, v);
        if (pod)
            podtally_add_buckets(pod, f->increment, bounds);
    }
    return true;
}

static void
stage_cell(struct book *b, struct book_group *g, uint64_t increment, struct naming *names,
           struct tally *tally)
{
    struct book_series    *s = g->series;
    struct naming_version *v = naming_resolve(names, s->family);
    struct podtally       *pod = v ? pod_of(b, v) : NULL;

    if (pod) {
        pod->present_staged = true;
        podtally_add(pod, s->class, s->no_response, s->client_error, increment);
    }
    if (increment == 0)
        return;
    if (!v) {
        tally_add_lost(tally, &s->cell, s->class, increment);
        return;
    }
    if (!s->tally || s->tally->version != v)
        s->tally = tally_cell(tally, v, &s->cell);
    s->tally->staged += increment;
    if (s->cluster && v->arm >= 0)
        tally_add_cluster(s->cluster, (enum counts_view)s->cell.view, (enum counts_arm)v->arm,
                          s->class, s->no_response, increment);
}

bool
book_stage(struct book *b, uint64_t tick, const struct podtally_bounds *bounds,
           struct naming *names, struct tally *tally, struct book_counters *counters)
{
    uint64_t stamp = tick << 32 | b->id;
    bool     counts = b->move != BOOK_STILL && b->move != BOOK_SKEWED && b->move != BOOK_ORIGIN;

    for (struct book_group *g = b->groups; g; g = g->next) {
        bool     born;
        uint64_t increment;

        if (!seen(g, tick))
            continue;
        increment = book_increment(b, g, &born);
        if (g->series->kind == SNAPSHOT_BUCKET) {
            gather(g->series->family, stamp, g->series->bound, increment);
        } else if (counts) {
            counters->births += born && increment > 0;
            stage_cell(b, g, increment, names, tally);
        }
    }
    counters->resets += b->move == BOOK_RESET;
    counters->partial_resets += b->move == BOOK_REBASE || (b->move == BOOK_ORIGIN && b->forgotten);
    if (!stage_buckets(b, tick, stamp, bounds, names, tally))
        return false;
    counters->partial_resets += b->bad_buckets;
    return true;
}

void
book_commit(struct book *b, uint64_t tick)
{
    if (b->move == BOOK_SKEWED)
        b->skewed++;
    if (b->move == BOOK_STILL || b->move == BOOK_SKEWED)
        return;
    b->skewed = 0;
    b->opened = true;
    b->forgotten = false;
    b->sample_ms = b->clock->seen_tick == tick ? b->clock->sample_ms : 0;
    for (struct book_group *g = b->groups; g; g = g->next) {
        if (seen(g, tick)) {
            g->last = g->value;
            g->known = true;
            g->absent = false;
        } else if (g->known) {
            g->absent = true;
            if (b->move == BOOK_RESET)
                g->last = 0; /* whatever comes back was counted from zero, too */
        }
    }
}
