#include "daemon/executions.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/log.h"
#include "store/reader.h"
#include "webhooks/kayenta.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { IDLE_MS = 10 * 60 * 1000 };

/* Texts lie behind the struct: a question of fixed size is six times as large. */
struct execution {
    char                id[ULID_BYTES], run[ULID_BYTES];
    char               *service, *ns, *canary, *stable, *revision, *policy;
    bool                step, complete, durable;
    unsigned            waiting; /* letters to the history, of as many that asked alike */
    int                 pass, marginal;
    int64_t             at_ms, polled_mono_ms;
    enum verdict        verdict;
    enum verdict_reason reason;
};

struct executions {
    struct store         *store;
    const struct clock   *clock;
    const struct entropy *entropy;
    pthread_mutex_t       lock;
    struct hash_map       by_id;
};

/* One on its way into the history. */
struct letter {
    struct executions *of;
    char               id[ULID_BYTES];
    port_execution_fn  done;
    void              *ctx;
};

static char *
put_text(char **at, const char *text, size_t n)
{
    char *to = *at;

    if (n) /* an empty column has no text */
        memcpy(to, text, n);
    to[n] = '\0';
    *at += n + 1;
    return to;
}

static struct execution *
new_execution(const struct record_execution *r, int64_t now_mono_ms)
{
    struct execution *e = heap_new(1, sizeof *e + r->service.n + r->ns.n + r->canary.n +
                                          r->stable.n + r->revision.n + r->policy.n + 6);
    char             *at = (char *)(e + 1);

    *e = (struct execution){.step = r->step,
                            .pass = r->pass,
                            .marginal = r->marginal,
                            .complete = r->complete_ms != 0,
                            .at_ms = r->at_ms,
                            .polled_mono_ms = now_mono_ms,
                            .verdict = r->verdict,
                            .reason = r->reason};
    memcpy(e->id, r->id, ULID_BYTES);
    memcpy(e->run, r->run, ULID_BYTES);
    e->service = put_text(&at, r->service.p, r->service.n);
    e->ns = put_text(&at, r->ns.p, r->ns.n);
    e->canary = put_text(&at, r->canary.p, r->canary.n);
    e->stable = put_text(&at, r->stable.p, r->stable.n);
    e->revision = put_text(&at, r->revision.p, r->revision.n);
    e->policy = put_text(&at, r->policy.p, r->policy.n);
    return e;
}

/* Borrows from the question. */
static struct record_execution
row_of(const struct question *q, const char *id, int64_t at_ms)
{
    struct record_execution r = {.service = slice_of(q->service),
                                 .ns = slice_of(q->ns),
                                 .canary = slice_of(q->canary),
                                 .stable = slice_of(q->baseline),
                                 .revision = slice_of(q->revision),
                                 .policy = slice_of(q->policy),
                                 .step = q->stage == QUESTION_STEP,
                                 .pass = q->pass,
                                 .marginal = q->marginal,
                                 .at_ms = at_ms,
                                 .verdict = VERDICT_HOLD};

    memcpy(r.id, id, ULID_BYTES);
    return r;
}

static bool
asks_the_same(const struct execution *e, const struct question *q)
{
    return !strcmp(e->service, q->service) && !strcmp(e->ns, q->ns) &&
           !strcmp(e->canary, q->canary) && !strcmp(e->stable, q->baseline) &&
           !strcmp(e->revision, q->revision) && !strcmp(e->policy, q->policy) &&
           e->step == (q->stage == QUESTION_STEP) && e->pass == q->pass &&
           e->marginal == q->marginal;
}

static struct execution *
find_same(struct executions *x, const struct question *q)
{
    size_t       at = 0;
    struct slice key;
    void        *e;

    while (hash_next(&x->by_id, &at, &key, &e))
        if (!((struct execution *)e)->complete && asks_the_same(e, q))
            return e;
    return NULL;
}

/* A place for one more: of those that nobody waits for, the oldest goes. */
static bool
make_room(struct executions *x, int64_t now_mono_ms)
{
    struct execution *oldest = NULL;
    size_t            at = 0;
    struct slice      key;
    void             *v;

    if (x->by_id.n < EXECUTIONS_MOST)
        return true;
    while (hash_next(&x->by_id, &at, &key, &v)) {
        const struct execution *e = v;
        bool                    idle = e->complete || now_mono_ms - e->polled_mono_ms > IDLE_MS;

        if (idle && (!oldest || e->at_ms < oldest->at_ms))
            oldest = v;
    }
    if (!oldest)
        return false;
    free(hash_remove(&x->by_id, slice_of(oldest->id)));
    return true;
}

/* One letter came back.  An execution that another one still waits for, or that is in
 * the history, stays: its id was told, or will be. */
static void
answered(struct executions *x, const char *id, bool kept)
{
    struct execution *e;

    pthread_mutex_lock(&x->lock);
    e = hash_get(&x->by_id, slice_of(id));
    if (e) {
        e->waiting--;
        e->durable = e->durable || kept;
        if (!e->durable && !e->waiting)
            free(hash_remove(&x->by_id, slice_of(id)));
    }
    pthread_mutex_unlock(&x->lock);
}

static void
on_durable(void *ctx, enum status s, const struct err *err)
{
    struct letter *l = ctx;

    answered(l->of, l->id, s == STATUS_OK);
    l->done(l->ctx, s, l->id, err);
    free(l);
}

static struct execution *
add(struct executions *x, const struct question *q)
{
    int64_t                 now_ms = clock_wall_ms(x->clock);
    char                    id[ULID_BYTES];
    struct record_execution r;
    struct execution       *e;

    ulid_make(id, now_ms, x->entropy);
    r = row_of(q, id, now_ms);
    e = new_execution(&r, clock_mono_ms(x->clock));
    hash_set(&x->by_id, slice_of(e->id), e);
    return e;
}

/* The row of the execution, an old or a new one; false: there is no place. */
static bool
reserve(struct executions *x, const struct question *q, struct record_execution *row, bool *durable)
{
    struct execution *e;

    pthread_mutex_lock(&x->lock);
    e = find_same(x, q);
    if (!e && make_room(x, clock_mono_ms(x->clock)))
        e = add(x, q);
    if (e) {
        *row = row_of(q, e->id, e->at_ms);
        *durable = e->durable;
        e->waiting += !e->durable;
    }
    pthread_mutex_unlock(&x->lock);
    return e != NULL;
}

bool
executions_start(struct executions *x, const struct question *q, port_execution_fn done, void *ctx)
{
    struct record_execution row;
    struct letter          *l;
    bool                    durable;

    if (!reserve(x, q, &row, &durable))
        return false;
    if (durable) {
        done(ctx, STATUS_OK, row.id, NULL);
        return true;
    }
    l = heap_new(1, sizeof *l);
    *l = (struct letter){.of = x, .done = done, .ctx = ctx};
    memcpy(l->id, row.id, ULID_BYTES);
    if (store_submit(x->store, &(struct store_commit){.execution = &row}, on_durable, l) ==
        STATUS_OK)
        return true;
    answered(x, row.id, false);
    free(l);
    return false;
}

static bool
is_over(const struct executions *x, const struct execution *e)
{
    return clock_wall_ms(x->clock) - e->at_ms > STORE_EXECUTION_MS;
}

bool
executions_get(struct executions *x, const char *id, struct port_execution *out)
{
    struct execution *e;
    struct question  *q = &out->question;

    *out = (struct port_execution){.question = question_empty()};
    pthread_mutex_lock(&x->lock);
    e = hash_get(&x->by_id, slice_of(id));
    if (e && !is_over(x, e)) {
        snprintf(q->service, sizeof q->service, "%s", e->service);
        snprintf(q->ns, sizeof q->ns, "%s", e->ns);
        snprintf(q->canary, sizeof q->canary, "%s", e->canary);
        snprintf(q->baseline, sizeof q->baseline, "%s", e->stable);
        snprintf(q->revision, sizeof q->revision, "%s", e->revision);
        snprintf(q->policy, sizeof q->policy, "%s", e->policy);
        memcpy(q->execution, e->id, ULID_BYTES);
        q->stage = e->step ? QUESTION_STEP : QUESTION_PROMOTE;
        q->brief = true;
        q->pass = e->pass;
        q->marginal = e->marginal;
        e->polled_mono_ms = clock_mono_ms(x->clock);
        out->complete = e->complete;
        out->told = (struct port_told){
            .gate = "kayenta", .verdict = e->verdict, .reason = e->reason, .http_code = 200};
        memcpy(out->told.run, e->run, ULID_BYTES);
    } else {
        e = NULL;
    }
    pthread_mutex_unlock(&x->lock);
    return e != NULL;
}

/* False: it is complete already, or forgotten. */
static bool
complete(struct executions *x, const struct port_told *told, int64_t *at_ms)
{
    struct execution *e;
    bool              first;

    pthread_mutex_lock(&x->lock);
    e = hash_get(&x->by_id, slice_of(told->question->execution));
    first = e && !e->complete;
    if (first) {
        e->complete = true;
        e->verdict = told->verdict;
        e->reason = told->reason;
        memcpy(e->run, told->run, ULID_BYTES);
        *at_ms = e->at_ms;
    }
    pthread_mutex_unlock(&x->lock);
    return first;
}

void
executions_told(struct executions *x, const struct port_told *told)
{
    const struct question  *q = told->question;
    struct record_execution row;
    int64_t                 at_ms;

    if (!kayenta_completes(told) || !complete(x, told, &at_ms))
        return;
    row = row_of(q, q->execution, at_ms);
    row.complete_ms = clock_wall_ms(x->clock);
    row.verdict = told->verdict;
    row.reason = told->reason;
    memcpy(row.run, told->run, ULID_BYTES);
    /* The verdict itself was in the history before it was told: this word alone is
     * said anew if it is lost. */
    if (store_submit(x->store, &(struct store_commit){.execution = &row}, NULL, NULL))
        log_event(LOG_LEVEL_WARN, "execution_not_kept", log_text("id", q->execution));
}

static bool
restore(void *ctx, const struct record_execution *r)
{
    struct executions *x = ctx;
    struct execution  *e = new_execution(r, clock_mono_ms(x->clock));

    e->durable = true;
    hash_set(&x->by_id, slice_of(e->id), e);
    return true;
}

enum status
executions_new(struct store *store, const struct clock *clock, const struct entropy *entropy,
               const char *data_dir, struct executions **out, struct err *err)
{
    struct executions *x = heap_new(1, sizeof *x);
    struct reader     *r;
    enum status        s = reader_open(data_dir, &r, err);

    *x = (struct executions){.store = store, .clock = clock, .entropy = entropy};
    pthread_mutex_init(&x->lock, NULL);
    if (s == STATUS_OK) {
        s = reader_executions(r, clock_wall_ms(clock) - STORE_EXECUTION_MS, EXECUTIONS_MOST,
                              restore, x, err);
        reader_close(r);
    }
    *out = x;
    return s;
}

void
executions_free(struct executions *x)
{
    size_t       at = 0;
    struct slice key;
    void        *e;

    if (!x)
        return;
    while (hash_next(&x->by_id, &at, &key, &e))
        free(e);
    hash_release(&x->by_id);
    pthread_mutex_destroy(&x->lock);
    free(x);
}
