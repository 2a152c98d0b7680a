#include "promql/promclient.h"

#include "base/heap.h"
#include "base/text.h"
#include "promql/promoutcome.h"
#include "promql/promrequest.h"

#include <stdlib.h>

enum state { QUEUED, FLYING, BACKING_OFF, ENDING };

struct query_list {
    struct promclient_query *first, *last;
};

struct promclient_query {
    struct promclient         *client; /* NULL: freed; only the fetch must still end */
    enum state                 state;
    struct query_list         *list; /* where it is linked */
    struct promclient_query   *prev, *next;
    struct promclient_question question;
    struct text                expr, form, url;
    struct fetch_job          *job;
    uint64_t                   timer;
    int64_t                    asked_ms, deadline_ms;
    bool                       by_get, cancelled;
    struct promreply           reply;
    struct promclient_answer   answer; /* the last failure until there is better */
    promclient_done_fn         done;
    void                      *ctx;
};

struct promclient {
    struct promclient_config config;
    struct promclient_world  world;
    struct query_list        queued, yielding, others; /* two that wait for their turn */
    uint32_t                 yielding_in_flight, yielding_waiting;
    char                    *name, *url;
    struct promclient_stats  stats;
    int64_t                  hold_until_ms; /* Retry-After: nothing is asked before */
    uint64_t                 hold_timer;
};

static void fly(struct promclient_query *q);
static void pump(struct promclient *c);

static int64_t
now_ms(const struct promclient *c)
{
    return clock_mono_ms(c->world.clock);
}

static void
unlink_query(struct promclient_query *q)
{
    if (!q->list)
        return;
    *(q->prev ? &q->prev->next : &q->list->first) = q->next;
    *(q->next ? &q->next->prev : &q->list->last) = q->prev;
    q->list = NULL;
    q->prev = q->next = NULL;
}

/* by: 1 or all bits, what leaves a state or enters it. */
static void
count(struct promclient_query *q, uint32_t by)
{
    struct promclient *c = q->client;

    c->stats.queued += q->state == QUEUED ? by : 0;
    c->stats.in_flight += q->state == FLYING ? by : 0;
    c->stats.backing_off += q->state == BACKING_OFF ? by : 0;
    if (!q->question.yields)
        return;
    c->yielding_in_flight += q->state == FLYING ? by : 0;
    c->yielding_waiting += q->state == QUEUED || q->state == BACKING_OFF ? by : 0;
}

/* Every change of state goes through here, so that the counts are true. */
static void
enter(struct promclient_query *q, enum state state)
{
    struct promclient *c = q->client;

    if (q->list)
        count(q, UINT32_MAX);
    unlink_query(q);
    q->state = state;
    q->list = state != QUEUED ? &c->others : q->question.yields ? &c->yielding : &c->queued;
    q->prev = q->list->last;
    *(q->prev ? &q->prev->next : &q->list->first) = q;
    q->list->last = q;
    count(q, 1);
}

static void
set_timer(struct promclient_query *q, int64_t due_in_ms, timer_fn fn)
{
    const struct timer_port *port = &q->client->world.timer;

    timer_cancel(port, q->timer);
    q->timer = timer_start(port, due_in_ms, fn, q);
}

static void
release(struct promclient_query *q)
{
    text_release(&q->expr);
    text_release(&q->form);
    text_release(&q->url);
    free(q);
}

/* The caller's done may ask, cancel, and free the client: it comes last. */
static void
finish(struct promclient_query *q)
{
    struct promclient *c = q->client;

    timer_cancel(&c->world.timer, q->timer);
    enter(q, ENDING);
    unlink_query(q);
    if (q->cancelled) {
        q->answer.status = STATUS_CANCELLED;
        q->answer.err = (struct err){0};
        err_set(&q->answer.err, STATUS_CANCELLED, "the question was withdrawn");
    }
    if (q->answer.status) {
        q->answer.reply = NULL;
        err_wrap(&q->answer.err, "source %s", c->name);
        c->stats.failures += q->answer.status != STATUS_CANCELLED;
    }
    q->answer.took_ms = now_ms(c) - q->asked_ms;
    pump(c);
    q->done(q->ctx, &q->answer);
    release(q);
}

static void
on_ending(void *ctx)
{
    struct promclient_query *q = ctx;

    q->timer = 0;
    finish(q);
}

/* Report from a timer: nothing is ever reported from inside a caller's call. */
static void
end_later(struct promclient_query *q)
{
    enter(q, ENDING);
    set_timer(q, 0, on_ending);
}

static void
on_deadline(void *ctx)
{
    struct promclient_query *q = ctx;

    q->timer = 0;
    /* With a failure at hand, that is what the reader needs. */
    if (!q->answer.status)
        q->answer.status =
            err_set(&q->answer.err, STATUS_TIMEOUT,
                    "no turn within %lld ms: %u requests are in flight, the most allowed is %u",
                    (long long)(q->deadline_ms - q->asked_ms), q->client->stats.in_flight,
                    q->client->config.max_in_flight);
    finish(q);
}

static bool
has_turn(const struct promclient *c)
{
    return c->stats.in_flight < c->config.max_in_flight && now_ms(c) >= c->hold_until_ms;
}

static bool
yielding_has_turn(const struct promclient *c)
{
    uint32_t most = c->config.max_in_flight > 1 ? c->config.max_in_flight / 2 : 1;

    return has_turn(c) && !c->queued.first && c->yielding_in_flight < most;
}

/* Nobody waits before it, and there is room for it in flight. */
static bool
may_fly(const struct promclient_query *q)
{
    const struct promclient *c = q->client;

    if (q->question.yields)
        return yielding_has_turn(c) && !c->yielding.first;
    return has_turn(c) && !c->queued.first;
}

static bool
may_wait(const struct promclient_query *q)
{
    const struct promclient *c = q->client;
    uint32_t                 waiting = c->stats.queued + c->stats.backing_off;

    return q->question.yields ? c->yielding_waiting < (c->config.max_queued + 3) / 4
                              : waiting - c->yielding_waiting < c->config.max_queued;
}

static void
wait_turn(struct promclient_query *q)
{
    enter(q, QUEUED);
    set_timer(q, q->deadline_ms - now_ms(q->client), on_deadline);
    pump(q->client);
}

static void
on_hold_over(void *ctx)
{
    struct promclient *c = ctx;

    c->hold_timer = 0;
    pump(c);
}

static void
pump(struct promclient *c)
{
    const int64_t hold_ms = c->hold_until_ms - now_ms(c);

    while (c->queued.first && has_turn(c))
        fly(c->queued.first);
    while (c->yielding.first && yielding_has_turn(c))
        fly(c->yielding.first);
    if ((c->queued.first || c->yielding.first) && hold_ms > 0 && !c->hold_timer)
        c->hold_timer = timer_start(&c->world.timer, hold_ms, on_hold_over, c);
}

static void
on_backoff(void *ctx)
{
    struct promclient_query *q = ctx;

    q->timer = 0;
    if (may_fly(q))
        fly(q);
    else
        wait_turn(q);
}

/* Full jitter: anything from 0 to the doubled step, so that clients that
 * failed together do not come back together. */
static int64_t
jitter_ms(const struct promclient *c, uint32_t attempts)
{
    int64_t  most = c->config.backoff_first_ms;
    uint64_t chance;

    for (uint32_t i = 1; i < attempts && most < c->config.backoff_most_ms; i++)
        most *= 2;
    if (most > c->config.backoff_most_ms)
        most = c->config.backoff_most_ms;
    c->world.entropy->fill(c->world.entropy->self, &chance, sizeof chance);
    return (int64_t)(chance % ((uint64_t)most + 1));
}

static void
retry(struct promclient_query *q, int64_t retry_after_ms)
{
    struct promclient *c = q->client;
    int64_t            delay = jitter_ms(c, q->answer.attempts);

    if (retry_after_ms > c->config.retry_after_most_ms)
        retry_after_ms = c->config.retry_after_most_ms;
    if (retry_after_ms > 0) {
        const int64_t until = now_ms(c) + retry_after_ms;

        delay += retry_after_ms;
        if (until > c->hold_until_ms)
            c->hold_until_ms = until;
    }
    if (q->answer.attempts >= c->config.max_attempts || now_ms(c) + delay >= q->deadline_ms) {
        if (q->answer.attempts > 1)
            err_wrap(&q->answer.err, "after %u attempts", q->answer.attempts);
        finish(q);
        return;
    }
    c->stats.retries++;
    enter(q, BACKING_OFF);
    set_timer(q, delay, on_backoff);
    pump(c);
}

static void
on_fetched(void *ctx, const struct fetch_result *r)
{
    struct promclient_query *q = ctx;

    q->job = NULL;
    if (!q->client) {
        release(q);
        return;
    }
    if (q->cancelled) {
        finish(q);
        return;
    }
    q->answer.err = (struct err){0};
    q->answer.http_code = r->status ? 0 : r->http_code;
    switch (promoutcome_judge(r, q->by_get, &q->client->config.limits, q->question.arena, &q->reply,
                              &q->answer.status, &q->answer.err)) {
    case PROMOUTCOME_FINAL:
        q->answer.reply = &q->reply;
        finish(q);
        return;
    case PROMOUTCOME_MAY_PASS:
        retry(q, r->retry_after_ms);
        return;
    case PROMOUTCOME_BY_GET:
        q->client->stats.by_get = true;
        q->answer.attempts--; /* the method was wrong, not the moment */
        fly(q);
        return;
    }
}

static struct promrequest
form_of(const struct promclient_question *q)
{
    return (struct promrequest){.expr = q->expr,
                                .range = q->range,
                                .at_ms = q->at_ms,
                                .start_ms = q->start_ms,
                                .end_ms = q->end_ms,
                                .step_ms = q->step_ms,
                                .limit = q->limit};
}

static void
fly(struct promclient_query *q)
{
    struct promclient   *c = q->client;
    struct promrequest   form = form_of(&q->question);
    int64_t              left = q->deadline_ms - now_ms(c);
    struct fetch_request req = {.peer = c->config.peer,
                                .max_reply_bytes = c->config.max_reply_bytes};

    timer_cancel(&c->world.timer, q->timer);
    q->timer = 0;
    enter(q, FLYING);
    q->answer.attempts++;
    c->stats.requests++;
    q->by_get = c->stats.by_get;
    if (left < 1)
        left = 1; /* the deadline's own timer is due as well: let the fetch say it */
    req.timeout_ms = left < c->config.attempt_timeout_ms ? left : c->config.attempt_timeout_ms;
    form.timeout_ms = req.timeout_ms;

    text_clear(&q->form);
    text_clear(&q->url);
    promrequest_form(&form, &q->form);
    promrequest_url(&form, slice_of(c->url), &q->url);
    if (q->by_get) {
        req.method = "GET";
        text_putc(&q->url, '?');
        text_put(&q->url, text_slice(&q->form));
    } else {
        req.method = "POST";
        req.content_type = "application/x-www-form-urlencoded";
        req.body = text_slice(&q->form);
    }
    req.url = q->url.p;
    q->job = c->world.fetch->start(c->world.fetch->self, &req, on_fetched, q);
}

static void
set_defaults(struct promclient_config *c)
{
    c->max_reply_bytes = c->max_reply_bytes ? c->max_reply_bytes : 64u << 20;
    c->max_in_flight = c->max_in_flight ? c->max_in_flight : 8;
    c->max_queued = c->max_queued ? c->max_queued : 4096;
    c->max_attempts = c->max_attempts ? c->max_attempts : 4;
    c->attempt_timeout_ms = c->attempt_timeout_ms > 0 ? c->attempt_timeout_ms : 10000;
    c->backoff_first_ms = c->backoff_first_ms > 0 ? c->backoff_first_ms : 100;
    c->backoff_most_ms = c->backoff_most_ms > 0 ? c->backoff_most_ms : 5000;
    c->retry_after_most_ms = c->retry_after_most_ms > 0 ? c->retry_after_most_ms : 30000;
}

static char *
copy_of(const char *text)
{
    const size_t n = strlen(text);

    return memcpy(heap_new(n + 1, 1), text, n);
}

enum status
promclient_new(const struct promclient_config *config, const struct promclient_world *world,
               struct promclient **out, struct err *err)
{
    enum status        s = promrequest_check_url(slice_of(config->url), err);
    struct promclient *c;

    if (s) {
        err_wrap(err, "source %s", config->name);
        return s;
    }
    c = heap_new(1, sizeof *c);
    c->config = *config;
    c->world = *world;
    c->name = copy_of(config->name);
    c->url = copy_of(config->url);
    c->hold_until_ms = now_ms(c);
    c->config.name = c->name;
    c->config.url = c->url;
    set_defaults(&c->config);
    *out = c;
    return STATUS_OK;
}

void
promclient_free(struct promclient *c)
{
    struct promclient_query *q;

    if (!c)
        return;
    c->config.max_in_flight = 0; /* what is reported now starts nothing new */
    while ((q = c->others.first   ? c->others.first
                : c->queued.first ? c->queued.first
                                  : c->yielding.first)) {
        struct fetch_job *job = q->job;

        q->cancelled = true;
        if (!job) {
            finish(q);
            continue;
        }
        unlink_query(q);
        q->client = NULL;
        q->answer.status =
            err_set(&q->answer.err, STATUS_CANCELLED, "source %s was closed", c->name);
        q->done(q->ctx, &q->answer);
        c->world.fetch->cancel(c->world.fetch->self, job);
    }
    timer_cancel(&c->world.timer, c->hold_timer);
    free(c->name);
    free(c->url);
    free(c);
}

struct promclient_query *
promclient_ask(struct promclient *c, const struct promclient_question *question,
               promclient_done_fn done, void *ctx)
{
    struct promclient_query *q = heap_new(1, sizeof *q);
    const int64_t            timeout_ms =
        question->timeout_ms > 0 ? question->timeout_ms : c->config.attempt_timeout_ms;
    const struct promrequest form = form_of(question);

    q->client = c;
    q->question = *question;
    q->done = done;
    q->ctx = ctx;
    q->asked_ms = now_ms(c);
    q->deadline_ms = q->asked_ms + timeout_ms;
    text_init(&q->expr, PROMREQUEST_MAX_EXPR_BYTES);
    /* Percent-encoding makes three bytes of one at most. */
    text_init(&q->form, 3 * PROMREQUEST_MAX_EXPR_BYTES + 1024);
    text_init(&q->url, 3 * PROMREQUEST_MAX_EXPR_BYTES + 1024 + PROMREQUEST_MAX_URL_BYTES + 64);

    q->answer.status = promrequest_check(&form, &q->answer.err);
    if (q->answer.status) {
        end_later(q);
        return q;
    }
    text_put(&q->expr, question->expr);
    q->question.expr = text_slice(&q->expr);
    if (may_fly(q)) {
        fly(q);
    } else if (may_wait(q)) {
        wait_turn(q);
    } else {
        q->answer.status =
            err_set(&q->answer.err, STATUS_BUSY, "%u questions are waiting, the most allowed",
                    q->question.yields ? c->yielding_waiting : c->config.max_queued);
        end_later(q);
    }
    return q;
}

void
promclient_cancel(struct promclient_query *q)
{
    if (q->cancelled)
        return;
    q->cancelled = true;
    if (q->job)
        q->client->world.fetch->cancel(q->client->world.fetch->self, q->job);
    else
        end_later(q);
}

struct promclient_stats
promclient_stats(const struct promclient *c)
{
    return c->stats;
}
