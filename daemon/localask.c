#include "daemon/localask.h"

#include "base/hash.h"
#include "base/heap.h"
#include "daemon/localreply.h"
#include "promql/parser.h"

#include <stdlib.h>

/* Of one source: the pool's queue holds those of a few. */
enum {
    MOST_IN_FLIGHT = 256,
    MOST_QUEUED = 100000,
    MOST_YIELDING = 1, /* in flight: whose turn it is cannot be taken back from the pool */
    MOST_YIELDING_QUEUED = 1024,
    LEAST_TIMEOUT_MS = 1,
    USUAL_TIMEOUT_MS = 10000,
    MOST_PLAN_BYTES = 64 << 20
};

/* A parsed expression: runs ask the same ones at every tick.  Counted by its
 * questions and the map, on the loop thread; the tree is written by the worker
 * of the first question and only read after that one has come back. */
struct plan {
    unsigned     refs;
    bool         shared; /* it is in the map, whole */
    struct arena arena;
    struct slice text;
    struct node *tree;
};

struct localask_query {
    struct localask_query     *next; /* while it waits */
    struct plan               *plan;
    struct localask           *all;
    struct promclient_question question;
    int64_t                    asked_ms;
    atomic_bool                cancel;
    struct promreply           reply;
    struct promclient_answer   answer;
    promclient_done_fn         done;
    void                      *ctx;
};

/* Questions that wait for their turn. */
struct line {
    struct localask_query *first, **last;
    size_t                 n;
};

struct localask {
    struct localask_config  config;
    struct line             line, yielding;
    uint32_t                yielding_in_flight;
    struct hash_map         plans; /* by their text */
    size_t                  plan_bytes;
    struct promclient_stats stats;
};

struct localask *
localask_new(const struct localask_config *config)
{
    struct localask *l = heap_new(1, sizeof *l);

    l->config = *config;
    l->line.last = &l->line.first;
    l->yielding.last = &l->yielding.first;
    return l;
}

static void
drop_plan(struct plan *p)
{
    if (--p->refs)
        return;
    arena_release(&p->arena);
    free(p);
}

static void
forget_plans(struct localask *l)
{
    size_t       at = 0;
    struct slice key;
    void        *p;

    while (hash_next(&l->plans, &at, &key, &p))
        drop_plan(p);
    hash_release(&l->plans);
    l->plans = (struct hash_map){0};
    l->plan_bytes = 0;
}

/* The one that is known, or a new one that is yet to be parsed. */
static struct plan *
find_plan(struct localask *l, struct slice text)
{
    struct plan *p = hash_get(&l->plans, text);

    if (!p) {
        p = heap_new(1, sizeof *p);
        p->text = arena_slice(&p->arena, text);
    }
    p->refs++;
    return p;
}

/* Expressions that nobody asks any more go with all others, now and then: those
 * still asked are parsed anew. */
static void
keep_plan(struct localask *l, struct plan *p)
{
    if (p->shared || hash_get(&l->plans, p->text))
        return;
    if (l->plan_bytes > MOST_PLAN_BYTES)
        forget_plans(l);
    p->shared = true;
    p->refs++;
    l->plan_bytes += p->arena.total_bytes;
    hash_set(&l->plans, p->text, p);
}

void
localask_free(struct localask *l)
{
    if (l)
        forget_plans(l);
    free(l);
}

static int64_t
now_ms(const struct localask_query *q)
{
    return clock_mono_ms(q->all->config.clock);
}

/* On a worker. */
static enum status
evaluate(struct localask_query *q, struct arena *scratch, struct err *err)
{
    const struct localask_config     *c = &q->all->config;
    const struct promclient_question *asked = &q->question;
    struct eval_request               request = {.cancel = &q->cancel, .clock = c->clock};
    struct eval_result                result = {0};
    struct plan                      *p = q->plan;
    enum status                       s = STATUS_OK;

    request.start_ms = asked->range ? asked->start_ms : asked->at_ms - c->delay_ms;
    request.end_ms = asked->range ? asked->end_ms : asked->at_ms - c->delay_ms;
    request.step_ms = asked->range ? asked->step_ms : 0;
    request.limits.timeout_ms =
        (asked->timeout_ms ? asked->timeout_ms : USUAL_TIMEOUT_MS) - (now_ms(q) - q->asked_ms);
    if (request.limits.timeout_ms < LEAST_TIMEOUT_MS)
        return err_set(err, STATUS_TIMEOUT, "no worker was free in time");
    if (!p->shared)
        s = parser_parse(&p->arena, p->text, &p->tree, NULL, err);
    if (s)
        return s == STATUS_SYNTAX ? STATUS_BAD_QUERY : s;
    s = eval_run(p->tree, p->text, &c->source, &request, scratch, &result, err);
    if (s == STATUS_OK)
        s = localreply_of(&result, c->max_series, asked->arena, &q->reply, err);
    eval_close(&result);
    return s;
}

static void pump(struct localask *l);

static void
count(struct localask_query *q, int by)
{
    q->all->stats.in_flight += (uint32_t)by;
    if (q->question.yields)
        q->all->yielding_in_flight += (uint32_t)by;
}

/* The caller's done may ask anew: it comes last but for what is ours. */
static void
finish(void *ctx)
{
    struct localask_query    *q = ctx;
    struct localask          *l = q->all;
    struct promclient_answer *a = &q->answer;

    count(q, -1);
    if (a->status == STATUS_OK && q->plan->tree)
        keep_plan(l, q->plan);
    drop_plan(q->plan);
    if (atomic_load(&q->cancel)) {
        a->status = STATUS_CANCELLED;
        a->err = (struct err){0};
        (void)err_set(&a->err, STATUS_CANCELLED, "the question was withdrawn");
    }
    if (a->status)
        (void)err_wrap(&a->err, "source %s", l->config.name);
    l->stats.failures += a->status && a->status != STATUS_CANCELLED;
    a->reply = a->status ? NULL : &q->reply;
    a->took_ms = now_ms(q) - q->asked_ms;
    a->attempts = 1;
    pump(l);
    q->done(q->ctx, a);
    free(q);
}

static void
work(void *ctx)
{
    struct localask_query *q = ctx;
    struct arena           scratch = {0};

    if (!atomic_load(&q->cancel))
        q->answer.status = evaluate(q, &scratch, &q->answer.err);
    arena_release(&scratch);
    mailbox_must_post(q->all->config.mailbox, finish, q);
}

/* Whose turn it is; NULL: nobody's. */
static struct line *
next_line(struct localask *l)
{
    if (l->stats.in_flight >= MOST_IN_FLIGHT)
        return NULL;
    if (l->line.first)
        return &l->line;
    return l->yielding.first && l->yielding_in_flight < MOST_YIELDING ? &l->yielding : NULL;
}

static void
leave(struct line *line)
{
    line->first = line->first->next;
    if (!line->first)
        line->last = &line->first;
    line->n--;
}

/* Start what waits.  A pool that takes nothing while none of ours is under way
 * will not take more soon: that is an answer too. */
static void
pump(struct localask *l)
{
    struct line *line;

    while ((line = next_line(l))) {
        struct localask_query *q = line->first;
        bool                   alone = l->stats.in_flight == 0;

        count(q, 1); /* before: without threads it runs inside the call */
        if (!workers_submit(l->config.workers, work, q)) {
            if (!alone) {
                count(q, -1);
                return;
            }
            q->answer.status =
                err_set(&q->answer.err, STATUS_BUSY, "all workers are busy, and their queue full");
            mailbox_must_post(l->config.mailbox, finish, q);
        }
        leave(line);
        l->stats.queued--;
    }
}

struct localask_query *
localask_ask(struct localask *l, const struct promclient_question *asked, promclient_done_fn done,
             void *ctx)
{
    struct localask_query *q = heap_new(1, sizeof *q);
    struct line           *line = asked->yields ? &l->yielding : &l->line;

    q->all = l;
    q->question = *asked;
    q->plan = find_plan(l, asked->expr);
    q->asked_ms = now_ms(q);
    q->done = done;
    q->ctx = ctx;
    l->stats.requests++;
    if (line->n == (asked->yields ? MOST_YIELDING_QUEUED : MOST_QUEUED)) {
        count(q, 1);
        q->answer.status = err_set(&q->answer.err, STATUS_BUSY, "too many questions wait");
        mailbox_must_post(l->config.mailbox, finish, q);
        return q;
    }
    *line->last = q;
    line->last = &q->next;
    line->n++;
    l->stats.queued++;
    pump(l);
    return q;
}

void
localask_cancel(struct localask_query *q)
{
    atomic_store(&q->cancel, true);
}

struct promclient_stats
localask_stats(const struct localask *l)
{
    return l->stats;
}
