#include "telemetry/scrapeloop.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/text.h"
#include "telemetry/scrapeerrand.h"

#include <stdlib.h>

enum {
    TOLERANCE_MS = 2, /* and a hundredth of the interval: Prometheus's */
    MAX_ERROR_BODY_BYTES =
        1 << 16, /* of an answer that is none; read so that the connection stays */
};

struct scrapeloop {
    struct scrapepool     *pool;
    struct scrapesettings *settings;
    struct scrapesettings *body_settings; /* whose rules the series borrow */
    struct arena           arena;
    struct scrapetarget    target;
    uint64_t               offset; /* modulo the interval: when its ticks are */
    struct scrapebody     *series;
    scrapeloop_gone_fn     gone;
    void                  *ctx;

    uint64_t timer;
    int64_t  tick_ms; /* nominal, the next; once leaving, the first that was missed */
    int64_t  due_ms;  /* nominal, of the scrape that waits or flies */
    bool     leaving;
    bool     abandoned; /* nobody else knows it: it frees itself */
    bool     slow;
    uint32_t errands; /* in the ingest queue */

    struct scrapeturn      turn;
    struct fetch_job      *fetch;
    bool                   cancelled;
    struct scrapesettings *fetch_settings; /* what the request borrows */
    int64_t                started_mono_ms;
    int64_t                t_ms; /* of the samples */
    struct text            body;
    size_t                 error_bytes;
    int                    http_code; /* 0: nothing has come */
    enum exposition_format format;
    struct err             own_err; /* why parts were refused */

    enum scraper_health health;
    struct err          last_err;
    int64_t             last_ms, last_took_ms;
    uint32_t            samples;
};

static void on_tick(void *ctx);

static void
free_loop(struct scrapeloop *l)
{
    struct scrapepool *p = l->pool;

    text_release(&l->body);
    scrapesettings_release(l->settings);
    scrapesettings_release(l->body_settings);
    scrapesettings_release(l->fetch_settings);
    arena_release(&l->arena);
    free(l);
    scrapepool_drop(p);
}

/* The next nominal tick: whole intervals since 1970, shifted by the offset, so
 * that a restart changes nothing. */
static int64_t
next_tick(const struct scrapeloop *l, int64_t now_ms)
{
    const int64_t interval = l->settings->config.interval_ms;
    const int64_t offset = (int64_t)(l->offset % (uint64_t)interval);
    const int64_t since = (now_ms - offset) % interval;
    int64_t       next = now_ms - since + (since < 0 ? 0 : interval);

    /* The timer's clock is another one: it may ring a moment early. */
    return next == l->tick_ms ? next + interval : next;
}

static void
arm(struct scrapeloop *l)
{
    const int64_t now_ms = clock_wall_ms(l->pool->world.clock);

    l->tick_ms = next_tick(l, now_ms);
    l->timer = timer_start(&l->pool->world.timer, l->tick_ms - now_ms, on_tick, l);
}

static void
disarm(struct scrapeloop *l)
{
    timer_cancel(&l->pool->world.timer, l->timer);
    l->timer = 0;
}

/* A scrape ended; the log hears of a change, not of each. */
static void
settle(struct scrapeloop *l, const struct scrapeerrand *e, const struct err *err, uint32_t samples)
{
    const enum scraper_health was = l->health;
    uint32_t                  held = 0;

    l->health = err->status ? SCRAPER_DOWN : SCRAPER_UP;
    l->last_err = *err;
    l->last_ms = e->t_ms;
    l->last_took_ms = e->took_ms;
    l->samples = samples;
    l->pool->scrapes++;
    l->pool->failed += err->status != STATUS_OK;
    l->pool->samples += samples;
    if (was == l->health || (was == SCRAPER_UNKNOWN && l->health == SCRAPER_UP) ||
        !scrapepool_may_log(l->pool, &held))
        return;
    if (l->health == SCRAPER_DOWN)
        log_event(LOG_LEVEL_WARN, "scrape_failed", log_text("source", l->settings->config.source),
                  log_text("target", l->target.url), log_text("reason", err->text),
                  log_int("not_told", held));
    else
        log_event(LOG_LEVEL_INFO, "scrape_recovered",
                  log_text("source", l->settings->config.source), log_text("target", l->target.url),
                  log_int("not_told", held));
}

static void
free_if_over(struct scrapeloop *l)
{
    if (l->abandoned && !l->series && !l->errands && !l->fetch)
        free_loop(l);
}

static void
on_errand_done(void *ctx, struct scrapeerrand *e)
{
    struct scrapeloop *l = ctx;

    l->errands--;
    l->pool->buffered -= e->body_bytes;
    switch (e->kind) {
    case SCRAPEERRAND_APPLY:
        settle(l, e, &e->report.err, e->report.status ? 0 : e->report.kept);
        break;
    case SCRAPEERRAND_FAILED:
        settle(l, e, &e->err, 0);
        break;
    case SCRAPEERRAND_GONE:
    case SCRAPEERRAND_FREE:
        l->series = NULL;
        break;
    }
    free_if_over(l);
}

static void
send_errand(struct scrapeloop *l, struct scrapeerrand errand)
{
    struct scrapeerrand *e = heap_new(1, sizeof *e);

    *e = errand;
    e->series = l->series;
    e->done = on_errand_done;
    e->ctx = l;
    l->errands++;
    if (scrapeerrand_send(e, l->pool->world.ingest))
        return;
    /* Too much waits: a hole of one interval is left, and nothing becomes stale,
     * for nothing is wrong with the target. */
    l->errands--;
    l->pool->buffered -= e->body_bytes;
    err_set(&e->err, STATUS_BUSY, "the ingest queue is full: the reply was dropped");
    settle(l, e, &e->err, 0);
    scrapeerrand_free(e);
}

static bool
on_part(void *ctx, int http_code, struct slice content_type, struct slice part)
{
    struct scrapeloop *l = ctx;
    struct scrapepool *p = l->pool;

    l->http_code = http_code;
    if (http_code != 200) {
        l->error_bytes += part.n;
        return l->error_bytes <= MAX_ERROR_BODY_BYTES;
    }
    if (p->buffered > p->max_buffered || part.n > p->max_buffered - p->buffered) {
        err_set(&l->own_err, STATUS_TOO_LARGE,
                "all replies in memory together are over %zu bytes: this one was dropped",
                p->max_buffered);
        return false;
    }
    l->format = exposition_format_of(content_type);
    text_put(&l->body, part);
    if (l->body.status) {
        err_set(&l->own_err, l->body.status, "the reply is over %zu bytes", l->body.max_bytes);
        return false;
    }
    p->buffered += part.n;
    p->bytes += part.n;
    return true;
}

/* STATUS_OK: l->body is what the target says. */
static void
judge(const struct scrapeloop *l, const struct fetch_result *r, struct err *err)
{
    if (l->own_err.status)
        *err = l->own_err;
    else if (l->http_code && l->http_code != 200)
        err_set(err, STATUS_REFUSED, "server returned HTTP status %d", l->http_code);
    else if (r->status)
        err_set(err, r->status, "%s", r->err.text);
}

static void
drop_body(struct scrapeloop *l)
{
    l->pool->buffered -= l->body.n;
    text_release(&l->body);
}

/* A host that drops packets fails to connect as slowly as one that hangs. */
static bool
hung(const struct scrapeloop *l, const struct fetch_result *r, int64_t took_ms)
{
    return r->status == STATUS_TIMEOUT ||
           (r->status == STATUS_UNREACHABLE && took_ms >= l->settings->config.timeout_ms / 4);
}

static void
end_scrape(struct scrapeloop *l, const struct fetch_result *r)
{
    struct scrapeerrand e = {.kind = SCRAPEERRAND_APPLY, .format = l->format, .t_ms = l->t_ms};

    e.took_ms = clock_mono_ms(l->pool->world.clock) - l->started_mono_ms;
    judge(l, r, &e.err);
    l->slow = hung(l, r, e.took_ms);
    if (e.err.status) {
        e.kind = SCRAPEERRAND_FAILED;
        drop_body(l);
    } else {
        e.body = text_take(&l->body, &e.body_bytes);
    }
    send_errand(l, e);
}

static void
on_fetched(void *ctx, const struct fetch_result *r)
{
    struct scrapeloop *l = ctx;
    struct scrapepool *p = scrapepool_hold(l->pool); /* the loop may be freed meanwhile */
    const bool         cancelled = l->cancelled;

    l->fetch = NULL;
    l->cancelled = false;
    scrapesettings_release(l->fetch_settings);
    l->fetch_settings = NULL;
    if (r->http_code)
        l->http_code = r->http_code;
    scrapepool_leave(p, &l->turn);
    if (cancelled) {
        drop_body(l);
        free_if_over(l);
    } else {
        end_scrape(l, r);
    }
    scrapepool_drop(p);
}

static void
cancel(struct scrapeloop *l)
{
    if (l->fetch && !l->cancelled) {
        l->cancelled = true;
        l->pool->world.fetch->cancel(l->pool->world.fetch->self, l->fetch);
    }
}

/* The pool gave a slot. */
static void
fly(void *ctx)
{
    struct scrapeloop   *l = ctx;
    struct scrapepool   *p = l->pool;
    const int64_t        now_ms = clock_wall_ms(p->world.clock), late_ms = now_ms - l->due_ms;
    const int64_t        hundredth = l->settings->config.interval_ms / 100;
    const int64_t        tolerance = hundredth < TOLERANCE_MS ? hundredth : TOLERANCE_MS;
    struct fetch_request req = {.method = "GET",
                                .url = l->target.url,
                                .peer = scrapesettings_peer(l->settings, l->target.url),
                                .headers = l->settings->headers,
                                .n_headers = ARRAY_LEN(l->settings->headers),
                                .timeout_ms = l->settings->config.timeout_ms,
                                .max_reply_bytes = l->settings->config.max_body_bytes,
                                .part = on_part};

    l->t_ms = late_ms <= tolerance && late_ms >= -tolerance ? l->due_ms : now_ms;
    l->started_mono_ms = clock_mono_ms(p->world.clock);
    l->http_code = 0;
    l->error_bytes = 0;
    l->format = EXPOSITION_TEXT;
    l->own_err = (struct err){0};
    text_init(&l->body, l->settings->config.max_body_bytes);
    l->fetch_settings = scrapesettings_hold(l->settings);
    l->fetch = p->world.fetch->start(p->world.fetch->self, &req, on_fetched, l);
}

/* A whole interval without a slot is a failure, told as one; the place in the
 * queue is kept. */
static void
miss_slot(struct scrapeloop *l, int64_t t_ms)
{
    struct scrapeerrand e = {.kind = SCRAPEERRAND_FAILED, .t_ms = t_ms};

    l->pool->no_slot++;
    err_set(&e.err, STATUS_BUSY, "no slot for a whole interval: %u scrapes at once are allowed%s",
            l->pool->most, l->slow ? ", a quarter of them to targets that hung" : "");
    send_errand(l, e);
}

static void
on_tick(void *ctx)
{
    struct scrapeloop *l = ctx;
    const int64_t      tick_ms = l->tick_ms;

    arm(l);
    if (l->turn.queued) {
        if (!l->errands)
            miss_slot(l, tick_ms);
    } else if (l->fetch || l->errands) {
        l->pool->missed++;
    } else {
        l->due_ms = tick_ms;
        scrapepool_enter(l->pool, &l->turn, l->slow);
    }
}

/* Its time to come back is over. */
static void
on_leave(void *ctx)
{
    struct scrapeloop *l = ctx;

    l->timer = 0;
    l->pool->leaving--;
    l->abandoned = true;
    l->gone(l->ctx, l);
    send_errand(l, (struct scrapeerrand){.kind = SCRAPEERRAND_GONE, .t_ms = l->tick_ms});
}

struct scrapeloop *
scrapeloop_new(struct scrapepool *pool, struct scrapesettings *settings,
               const struct scrapetarget *target, scrapeloop_gone_fn gone, void *ctx)
{
    struct scrapeloop *l = heap_new(1, sizeof *l);

    l->pool = scrapepool_hold(pool);
    l->settings = scrapesettings_hold(settings);
    l->body_settings = scrapesettings_hold(settings);
    l->gone = gone;
    l->ctx = ctx;
    l->target = scrapetarget_copy(&l->arena, target);
    l->offset = hash_stable(l->target.identity);
    l->turn.go = fly;
    l->turn.ctx = l;
    l->series = scrapebody_new(pool->world.tsdb, pool->world.metadata, &settings->config.rules,
                               l->target.labels, l->target.n_labels);
    arm(l);
    return l;
}

void
scrapeloop_adopt(struct scrapeloop *l, struct scrapesettings *settings)
{
    const bool other = l->settings->config.interval_ms != settings->config.interval_ms;

    scrapesettings_hold(settings);
    scrapesettings_release(l->settings);
    l->settings = settings;
    if (other && !l->leaving) {
        disarm(l);
        arm(l);
    }
}

void
scrapeloop_leave(struct scrapeloop *l)
{
    const int64_t interval_ms = l->settings->config.interval_ms;
    int64_t       wait_ms = 0;

    disarm(l);
    scrapepool_withdraw(l->pool, &l->turn);
    cancel(l);
    l->leaving = true;
    l->pool->leaving++;
    /* As Prometheus (scrape/scrape.go, endOfRunStaleness): a target that was made
     * anew has written by then, and markers that are older than that count for
     * nothing.  Where very many leave at once, memory goes first. */
    if (l->pool->leaving <= l->settings->config.max_targets)
        wait_ms = l->tick_ms - clock_wall_ms(l->pool->world.clock) + interval_ms + interval_ms / 10;
    l->timer = timer_start(&l->pool->world.timer, wait_ms, on_leave, l);
}

void
scrapeloop_return(struct scrapeloop *l)
{
    disarm(l);
    l->leaving = false;
    l->pool->leaving--;
    arm(l);
}

bool
scrapeloop_leaving(const struct scrapeloop *l)
{
    return l->leaving;
}

void
scrapeloop_abandon(struct scrapeloop *l)
{
    disarm(l);
    scrapepool_withdraw(l->pool, &l->turn);
    cancel(l);
    l->pool->leaving -= l->leaving;
    l->abandoned = true;
    send_errand(l, (struct scrapeerrand){.kind = SCRAPEERRAND_FREE});
}

const struct scrapetarget *
scrapeloop_target(const struct scrapeloop *l)
{
    return &l->target;
}

const struct scrapesettings *
scrapeloop_settings(const struct scrapeloop *l)
{
    return l->settings;
}

struct scraper_target
scrapeloop_view(const struct scrapeloop *l)
{
    return (struct scraper_target){.url = l->target.url,
                                   .labels = l->target.labels,
                                   .n_labels = l->target.n_labels,
                                   .health = l->health,
                                   .last_error = l->last_err.status ? l->last_err.text : "",
                                   .last_scrape_ms = l->last_ms,
                                   .last_took_ms = l->last_took_ms,
                                   .interval_ms = l->settings->config.interval_ms,
                                   .timeout_ms = l->settings->config.timeout_ms,
                                   .samples = l->samples};
}
