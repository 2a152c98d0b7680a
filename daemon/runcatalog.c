#include "daemon/runcatalog.h"

#include "base/heap.h"
#include "base/log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct runcatalog {
    pthread_mutex_t        lock; /* of all that follows */
    struct symbols        *symbols;
    struct runcatalog_run *run; /* by row */
    size_t                 n, cap;
    struct runcatalog_act *act;
    size_t                 n_acts, cap_acts;
    int64_t                last_run, last_act, last_label; /* rows */
    int64_t                fresh_mono_ms;                  /* when the history was asked last */
    bool                   asked, left_out; /* the second: something was, and was told */
};

struct runcatalog *
runcatalog_new(size_t text_bytes)
{
    struct runcatalog *c = heap_new(1, sizeof *c);

    pthread_mutex_init(&c->lock, NULL);
    c->symbols = symbols_new(text_bytes);
    return c;
}

void
runcatalog_free(struct runcatalog *c)
{
    if (!c)
        return;
    symbols_free(c->symbols);
    free(c->run);
    free(c->act);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

const struct symbols *
runcatalog_symbols(const struct runcatalog *c)
{
    return c->symbols;
}

void
runcatalog_know(struct runcatalog *c, struct slice text)
{
    uint32_t symbol;

    if (symbols_find(c->symbols, text, &symbol))
        return;
    pthread_mutex_lock(&c->lock);
    (void)!symbols_add(c->symbols, text, &symbol, NULL);
    pthread_mutex_unlock(&c->lock);
}

/* One page under way, and what is read into. */
struct page {
    struct runcatalog *c;
    size_t             n;
};

static bool
intern(struct runcatalog *c, struct slice text, uint32_t *symbol)
{
    return symbols_add(c->symbols, text, symbol, NULL) == STATUS_OK;
}

static bool
fill(struct runcatalog *c, const struct readerseries_run *from, struct runcatalog_run *to)
{
    char attempt[24];

    *to = (struct runcatalog_run){.row = from->row,
                                  .started_ms = from->started_ms,
                                  .ended_ms = from->ended_ms,
                                  .verdict = from->verdict};
    snprintf(attempt, sizeof attempt, "%lld", (long long)from->attempt);
    return intern(c, from->id, &to->id) && intern(c, from->ns, &to->ns) &&
           intern(c, from->service, &to->service) && intern(c, from->canary, &to->version) &&
           intern(c, from->revision, &to->revision) && intern(c, slice_of(attempt), &to->attempt) &&
           intern(c, from->baseline, &to->baseline) && intern(c, from->key, &to->key) &&
           intern(c, from->policy, &to->policy) && intern(c, from->source, &to->source) &&
           intern(c, from->end_cause, &to->cause);
}

static void
leave_out(struct runcatalog *c, const struct readerseries_run *run)
{
    if (!c->left_out)
        log_event(LOG_LEVEL_ERROR, "series_left_out", log_slice("namespace", run->ns),
                  log_slice("service", run->service), log_slice("run", run->id));
    c->left_out = true;
}

static bool
take_run(void *ctx, const struct readerseries_run *run)
{
    struct page          *p = ctx;
    struct runcatalog    *c = p->c;
    struct runcatalog_run made;

    p->n++;
    c->last_run = run->row;
    if (!fill(c, run, &made)) {
        leave_out(c, run);
        return true;
    }
    if (c->n == RUNCATALOG_RUNS) { /* a tenth of the oldest, so that this is rare */
        c->n -= RUNCATALOG_RUNS / 10;
        memmove(c->run, c->run + RUNCATALOG_RUNS / 10, c->n * sizeof *c->run);
    }
    if (c->n == c->cap) {
        c->cap = c->cap ? 2 * c->cap : 64;
        c->run = heap_grow(c->run, c->cap, sizeof *c->run);
    }
    c->run[c->n++] = made;
    return true;
}

static bool
take_act(void *ctx, const struct readerseries_act *act)
{
    struct page          *p = ctx;
    struct runcatalog    *c = p->c;
    struct runcatalog_act made = {.row = act->row, .run = act->run, .at_ms = act->at_ms};

    p->n++;
    c->last_act = act->row;
    if (!intern(c, act->action, &made.action))
        return true;
    if (c->n_acts == RUNCATALOG_ACTS) {
        c->n_acts -= RUNCATALOG_ACTS / 10;
        memmove(c->act, c->act + RUNCATALOG_ACTS / 10, c->n_acts * sizeof *c->act);
    }
    if (c->n_acts == c->cap_acts) {
        c->cap_acts = c->cap_acts ? 2 * c->cap_acts : 64;
        c->act = heap_grow(c->act, c->cap_acts, sizeof *c->act);
    }
    c->act[c->n_acts++] = made;
    return true;
}

static bool
take_label(void *ctx, int64_t row, struct slice text)
{
    struct page *p = ctx;
    uint32_t     symbol;

    p->n++;
    p->c->last_label = row;
    (void)intern(p->c, text, &symbol);
    return true;
}

static bool
take_again(void *ctx, const struct readerseries_run *run)
{
    struct page          *p = ctx;
    struct runcatalog_run made;

    if (fill(p->c, run, &made))
        p->c->run[p->n] = made;
    return true;
}

/* Runs that lived when they were read last. */
static enum status
look_again(struct runcatalog *c, struct reader *r, struct err *err)
{
    enum status s = STATUS_OK;

    for (size_t i = 0; i < c->n && !s; i++) {
        struct page p = {c, i};

        if (c->run[i].ended_ms == 0)
            s = readerseries_run(r, c->run[i].row, take_again, &p, err);
    }
    return s;
}

/* What retention took away. */
static enum status
forget(struct runcatalog *c, struct reader *r, struct err *err)
{
    int64_t     first = 0;
    size_t      gone = 0;
    enum status s = readerseries_first_run(r, &first, err);

    while (!s && gone < c->n && (first == 0 || c->run[gone].row < first))
        gone++;
    if (gone) {
        c->n -= gone;
        memmove(c->run, c->run + gone, c->n * sizeof *c->run);
    }
    return s;
}

static enum status
read_new(struct runcatalog *c, struct reader *r, struct err *err)
{
    enum status s = look_again(c, r, err);
    struct page p = {.c = c, .n = READERSERIES_ROWS};

    for (; !s && p.n == READERSERIES_ROWS;) {
        p.n = 0;
        s = readerseries_runs(r, c->last_run, take_run, &p, err);
    }
    for (p.n = READERSERIES_ROWS; !s && p.n == READERSERIES_ROWS;) {
        p.n = 0;
        s = readerseries_acts(r, c->last_act, take_act, &p, err);
    }
    for (p.n = READERSERIES_ROWS; !s && p.n == READERSERIES_ROWS;) {
        p.n = 0;
        s = readerseries_labels(r, c->last_label, take_label, &p, err);
    }
    return s ? s : forget(c, r, err);
}

enum status
runcatalog_refresh(struct runcatalog *c, struct reader *r, int64_t now_mono_ms, struct err *err)
{
    enum status s = STATUS_OK;

    pthread_mutex_lock(&c->lock);
    if (!c->asked || now_mono_ms - c->fresh_mono_ms >= RUNCATALOG_FRESH_MS) {
        s = read_new(c, r, err);
        c->asked = !s;
        c->fresh_mono_ms = now_mono_ms;
    }
    pthread_mutex_unlock(&c->lock);
    return s;
}

static int
by_beginning(const void *a, const void *b)
{
    const struct runcatalog_run *x = a, *y = b;

    if (x->started_ms != y->started_ms)
        return x->started_ms < y->started_ms ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

size_t
runcatalog_runs(struct runcatalog *c, int64_t from_ms, int64_t to_ms, int64_t after_ms,
                struct runcatalog_run **out)
{
    size_t n = 0;

    pthread_mutex_lock(&c->lock);
    *out = heap_new(c->n + 1, sizeof **out);
    for (size_t i = 0; i < c->n; i++)
        if (c->run[i].started_ms <= to_ms &&
            (c->run[i].ended_ms == 0 || c->run[i].ended_ms >= from_ms - after_ms))
            (*out)[n++] = c->run[i];
    pthread_mutex_unlock(&c->lock);
    qsort(*out, n, sizeof **out, by_beginning);
    return n;
}

size_t
runcatalog_acts(struct runcatalog *c, int64_t from_ms, int64_t to_ms, struct runcatalog_act **out)
{
    size_t n = 0;

    pthread_mutex_lock(&c->lock);
    *out = heap_new(c->n_acts + 1, sizeof **out);
    for (size_t i = 0; i < c->n_acts; i++)
        if (c->act[i].at_ms >= from_ms && c->act[i].at_ms <= to_ms)
            (*out)[n++] = c->act[i];
    pthread_mutex_unlock(&c->lock);
    return n;
}

bool
runcatalog_run_of(struct runcatalog *c, int64_t row, struct runcatalog_run *out)
{
    size_t lo = 0, hi;
    bool   found;

    pthread_mutex_lock(&c->lock);
    hi = c->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (c->run[mid].row < row)
            lo = mid + 1;
        else
            hi = mid;
    }
    found = lo < c->n && c->run[lo].row == row;
    if (found)
        *out = c->run[lo];
    pthread_mutex_unlock(&c->lock);
    return found;
}

int64_t
runcatalog_begin_ms(struct runcatalog *c)
{
    int64_t begin = INT64_MAX;

    pthread_mutex_lock(&c->lock);
    if (c->n)
        begin = c->run[0].started_ms;
    pthread_mutex_unlock(&c->lock);
    return begin;
}
