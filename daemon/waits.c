#include "daemon/waits.h"

#include "base/heap.h"
#include "daemon/history.h"
#include "daemon/historyread.h"
#include "daemon/runs.h"

#include <stdlib.h>

enum { LOOK_EVERY_MS = 250 };

/* A place.  Free where done is NULL; while it looks, it is kept for the letter that
 * follows. */
struct wait {
    struct waits    *owner;
    struct port_read read;
    port_read_fn     done;
    void            *ctx;
    int64_t          until_mono_ms;
    bool             looking; /* whether what was seen is still the newest */
    bool             is_new;  /* it is not; set before the letter is posted */
};

struct waits {
    struct app *app;
    struct wait place[WAITS_MOST];
    size_t      n;
    uint64_t    timer;
    bool        stopped;
};

/* On its way to the loop. */
struct letter {
    struct waits    *waits;
    struct port_read read;
    port_read_fn     done;
    void            *ctx;
};

struct waits *
waits_new(struct app *app)
{
    struct waits *w = heap_new(1, sizeof *w);

    w->app = app;
    for (size_t i = 0; i < WAITS_MOST; i++)
        w->place[i].owner = w;
    return w;
}

static void
refuse(port_read_fn done, void *ctx, const char *error, const char *hint)
{
    struct text body;

    text_init(&body, 1024);
    historyread_error(&body, error, hint);
    done(ctx, 503, text_slice(&body), "");
    text_release(&body);
}

static void
refuse_ending(port_read_fn done, void *ctx)
{
    refuse(done, ctx, "the server ends", "ask again once it is back");
}

static void
read_now(struct waits *w, const struct port_read *read, port_read_fn done, void *ctx)
{
    if (!history_read(w->app->history, read, done, ctx))
        refuse(done, ctx, "the history is busy", "ask again in a second");
}

static void
finish(struct wait *one)
{
    port_read_fn done = one->done;

    one->done = NULL;
    one->owner->n--;
    read_now(one->owner, &one->read, done, one->ctx);
}

static void look(void *ctx);

static void
look_later(struct waits *w)
{
    if (w->n && !w->timer && !w->stopped)
        w->timer = timer_start(&w->app->world.timer, LOOK_EVERY_MS, look, w);
}

/* Whose time is over, and whose caller has gone. */
static void
look(void *ctx)
{
    struct waits *w = ctx;
    int64_t       now_ms = clock_mono_ms(w->app->world.clock);

    w->timer = 0;
    for (struct wait *one = w->place; one < w->place + WAITS_MOST; one++)
        if (one->done &&
            (one->until_mono_ms <= now_ms || (one->read.gone && atomic_load(one->read.gone))))
            finish(one);
    look_later(w);
}

static void
on_looked(void *ctx)
{
    struct wait *one = ctx;

    one->looking = false;
    if (one->done && one->is_new)
        finish(one);
}

/* On a worker, or inside of history_read(). */
static void
on_seen(void *ctx, int http_code, struct slice body, const char *verdict_id)
{
    struct wait *one = ctx;

    (void)body;
    one->is_new = http_code != 200 || strcmp(verdict_id, one->read.seen) != 0;
    mailbox_must_post(one->owner->app->world.mailbox, on_looked, one);
}

/* Nothing more will be told of this run: it is over, never was, or is not for this
 * caller, who must not learn from a wait that there is one. */
static bool
is_over(const struct waits *w, const struct port_read *read)
{
    const struct liverun *l = *read->run ? runs_by_id(w->app->runs, read->run) : NULL;
    const struct run     *run = l ? liverun_run(l) : NULL;

    return *read->run &&
           (!run || run->state == RUN_ENDED || !token_covers(&read->grant, slice_of(run->who.ns)));
}

static struct wait *
free_place(struct waits *w)
{
    for (struct wait *one = w->place; one < w->place + WAITS_MOST; one++)
        if (!one->done && !one->looking)
            return one;
    return NULL;
}

static void
begin(struct waits *w, struct wait *one, const struct letter *l)
{
    one->read = l->read;
    one->done = l->done;
    one->ctx = l->ctx;
    one->is_new = false;
    one->until_mono_ms = clock_mono_ms(w->app->world.clock) + l->read.wait_ms;
    w->n++;
    if (*one->read.seen) {
        one->looking = true;
        if (!history_read(w->app->history, &one->read, on_seen, one)) {
            one->looking = false;
            finish(one);
        }
    }
    look_later(w);
}

static void
on_letter(void *ctx)
{
    struct letter *l = ctx;
    struct waits  *w = l->waits;
    struct wait   *one;

    if (w->stopped)
        refuse_ending(l->done, l->ctx);
    else if (is_over(w, &l->read))
        read_now(w, &l->read, l->done, l->ctx);
    else if (!(one = free_place(w)))
        refuse(l->done, l->ctx, "as many wait already as may",
               "ask without wait, or again in some seconds");
    else
        begin(w, one, l);
    free(l);
}

bool
waits_read(struct waits *w, const struct port_read *read, port_read_fn done, void *ctx)
{
    struct letter *l = heap_new(1, sizeof *l);

    *l = (struct letter){.waits = w, .read = *read, .done = done, .ctx = ctx};
    if (mailbox_post(w->app->world.mailbox, on_letter, l))
        return true;
    free(l);
    return false;
}

static bool
is_about(const struct port_read *read, const struct run_identity *who)
{
    if (*read->run)
        return strcmp(read->run, who->id) == 0;
    return (!*read->ns || strcmp(read->ns, who->ns) == 0) &&
           (!*read->service || strcmp(read->service, who->service) == 0);
}

void
waits_wake(struct waits *w, const struct run_identity *who)
{
    if (!w || !w->n)
        return;
    for (struct wait *one = w->place; one < w->place + WAITS_MOST; one++)
        if (one->done && is_about(&one->read, who))
            finish(one);
}

void
waits_stop(struct waits *w)
{
    timer_cancel(&w->app->world.timer, w->timer);
    w->timer = 0;
    w->stopped = true;
    for (struct wait *one = w->place; one < w->place + WAITS_MOST; one++) {
        port_read_fn done = one->done;

        one->done = NULL;
        if (done)
            refuse_ending(done, one->ctx);
    }
    w->n = 0;
}

void
waits_free(struct waits *w)
{
    free(w);
}
