#include "daemon/outbox.h"

#include "base/heap.h"
#include "base/log.h"
#include "daemon/outsend.h"
#include "store/reader.h"

#include <stdio.h>
#include <stdlib.h>

enum target_state {
    TARGET_IDLE,
    TARGET_READING, /* on the worker */
    TARGET_SENDING,
    TARGET_STORING, /* what came of it */
    TARGET_PAUSED,
};

struct target {
    struct outbox                    *outbox; /* NULL: retired, goes when nothing is under way */
    struct mailbox                   *mailbox;
    struct config                    *config;
    const struct config_notification *n; /* of config */
    enum target_state                 state;
    bool                              again; /* it was woken meanwhile */
    struct outsend                   *sending;
    uint64_t                          timer;
    unsigned                          failures;                             /* in a row */
    char                              verdict[ULID_BYTES], run[ULID_BYTES]; /* under way */
    int64_t                           since_ms;
    int64_t                           retry_after_ms;
    enum store_outbox_what            came;
    enum status                       stored;
    bool                              counted; /* the history has said: */
    struct record_notice_count        count;   /* without its target */
};

struct outbox {
    struct app     *app;
    struct workers *pool;   /* of one thread */
    struct reader  *reader; /* the pool's */
    struct target **at;
    size_t          n;
};

/* A look at the history, on its way to the worker and back. */
struct look {
    struct target             *target;
    struct outbox             *outbox; /* the worker's; ends after it */
    const char                *name;
    struct arena               arena;
    bool                       found;
    struct record_notice       notice;
    struct record_notice_count count; /* without its target */
    enum status                status;
    struct err                 err;
};

/* A wait on its way into the history. */
struct waiting {
    struct app *app;
    char        target[64], verdict[ULID_BYTES];
};

static void look(struct target *t);

static void
free_target(struct target *t)
{
    config_unref(t->config);
    free(t);
}

static struct slice
keep(struct arena *a, struct slice s)
{
    return (struct slice){arena_text(a, s), s.n};
}

static bool
on_notice(void *ctx, const struct record_notice *n)
{
    struct look          *l = ctx;
    struct record_notice *to = &l->notice;

    l->found = true;
    *to = *n;
    to->target = keep(&l->arena, n->target);
    to->service = keep(&l->arena, n->service);
    to->ns = keep(&l->arena, n->ns);
    to->revision = keep(&l->arena, n->revision);
    to->canary = keep(&l->arena, n->canary);
    to->baseline = keep(&l->arena, n->baseline);
    to->message = keep(&l->arena, n->message);
    to->error = keep(&l->arena, n->error);
    return false;
}

static bool
on_count(void *ctx, const struct record_notice_count *c)
{
    struct look *l = ctx;

    if (!slice_is(c->target, l->name))
        return true;
    l->count = *c;
    l->count.target = (struct slice){0};
    return false;
}

static void on_looked(void *ctx);

/* On the worker. */
static void
run_look(void *ctx)
{
    struct look   *l = ctx;
    struct outbox *o = l->outbox;

    if (!o->reader)
        l->status = reader_open(o->app->world.data_dir, &o->reader, &l->err);
    if (!l->status)
        l->status =
            reader_notices(o->reader, slice_of(l->name), false, 0, 1, on_notice, l, &l->err);
    if (!l->status)
        l->status = reader_notice_counts(o->reader, on_count, l, &l->err);
    if (l->status) {
        reader_close(o->reader);
        o->reader = NULL;
    }
    mailbox_must_post(l->target->mailbox, on_looked, l);
}

static void
on_pause_over(void *ctx)
{
    struct target *t = ctx;

    t->timer = 0;
    t->state = TARGET_IDLE;
    look(t);
}

/* Doubling, less up to a quarter by chance: daemons that met the same outage do not
 * come back together. */
static void
back_off(struct target *t)
{
    const struct app_world *w = &t->outbox->app->world;
    int64_t                 pause_ms = OUTBOX_MOST_PAUSE_MS;
    uint16_t                chance;

    t->failures += t->failures < 32;
    if (t->failures <= 8)
        pause_ms = (int64_t)OUTBOX_FIRST_PAUSE_MS << (t->failures - 1);
    w->entropy->fill(w->entropy->self, &chance, sizeof chance);
    pause_ms -= pause_ms * chance / (4 * 65536);
    if (t->retry_after_ms > pause_ms)
        pause_ms =
            t->retry_after_ms < OUTBOX_MOST_ASKED_MS ? t->retry_after_ms : OUTBOX_MOST_ASKED_MS;
    t->state = TARGET_PAUSED;
    t->timer = timer_start(&w->timer, pause_ms, on_pause_over, t);
}

static void
idle(struct target *t)
{
    bool again = t->again;

    t->state = TARGET_IDLE;
    t->again = false;
    if (again)
        look(t);
}

static void
go_on(struct target *t)
{
    t->failures = 0;
    t->again = true;
    idle(t);
}

static void
on_came_stored(void *ctx)
{
    struct target *t = ctx;

    if (!t->outbox)
        free_target(t);
    else if (t->stored || t->came == STORE_OUTBOX_FAILED)
        back_off(t); /* a history that takes nothing would have it sent without end */
    else
        go_on(t);
}

static void
on_stored(void *ctx, enum status s, const struct err *err)
{
    struct target *t = ctx;

    (void)err; /* the store logs that it fails */
    t->stored = s;
    mailbox_must_post(t->mailbox, on_came_stored, t);
}

static void
log_came(const struct target *t, const char *why)
{
    if (t->came == STORE_OUTBOX_TOLD)
        log_event(LOG_LEVEL_INFO, "notified", log_text("target", t->n->name),
                  log_text("run", t->run), log_text("id", t->verdict));
    else if (t->came == STORE_OUTBOX_DEAD)
        log_event(LOG_LEVEL_WARN, "notification_dead", log_text("target", t->n->name),
                  log_text("run", t->run), log_text("id", t->verdict), log_text("error", why));
    else if (t->failures == 0) /* not at every try */
        log_event(LOG_LEVEL_WARN, "notification_failed", log_text("target", t->n->name),
                  log_text("run", t->run), log_text("id", t->verdict), log_text("error", why));
}

static void
note(struct target *t, enum store_outbox_what came, const char *why)
{
    const struct app_world *w = &t->outbox->app->world;
    struct store_outbox     o = {.what = came,
                                 .targets = slice_of(t->n->name),
                                 .error = slice_of(why),
                                 .at_ms = clock_wall_ms(w->clock),
                                 .keep = OUTBOX_KEEP};
    enum status             s;

    if (came == STORE_OUTBOX_FAILED && o.at_ms - t->since_ms >= t->n->give_up_ms)
        o.what = STORE_OUTBOX_DEAD;
    memcpy(o.verdict, t->verdict, sizeof o.verdict);
    t->came = o.what;
    t->state = TARGET_STORING;
    log_came(t, why);
    s = store_submit(w->store, &(struct store_commit){.outbox = &o}, on_stored, t);
    if (s)
        on_stored(t, s, NULL);
}

static void
on_sent(void *ctx, enum outsend_end end, const char *why, int64_t retry_after_ms)
{
    struct target *t = ctx;

    t->sending = NULL;
    t->retry_after_ms = retry_after_ms;
    if (!t->outbox)
        free_target(t);
    else if (end == OUTSEND_CANCELLED)
        idle(t);
    else
        note(t,
             end == OUTSEND_TOLD      ? STORE_OUTBOX_TOLD
             : end == OUTSEND_REFUSED ? STORE_OUTBOX_DEAD
                                      : STORE_OUTBOX_FAILED,
             why);
}

/* Why the abort must not be pushed; NULL: it may.  A retry of the same revision is
 * another run, and a cleared abort is none. */
static const char *
why_not_abort(const struct target *t, const struct record_notice *n, const char *rollout)
{
    const struct verdict_view *v;
    const char                *why = "the run does not tell abort any more";
    char ns[VIEW_NAME_BYTES], service[VIEW_NAME_BYTES], revision[VIEW_NAME_BYTES];

    if (!rollout)
        return "the service has no rollout in the configuration";
    if (!notify_is_pod_hash(n->revision))
        return "the revision is not the Rollout's pod template hash";
    snprintf(ns, sizeof ns, "%.*s", SLICE_ARG(n->ns));
    snprintf(service, sizeof service, "%.*s", SLICE_ARG(n->service));
    snprintf(revision, sizeof revision, "%.*s", SLICE_ARG(n->revision));
    v = publish_get(t->outbox->app->publish, ns, service, revision);
    if (!v)
        return why;
    if (strcmp(v->run, n->run) == 0 && v->promote.verdict == VERDICT_ABORT)
        why = NULL;
    publish_release(v);
    return why;
}

static const char *
rollout_of(const struct outbox *o, struct slice ns, struct slice service)
{
    const struct config_service *s = config_service(o->app->config, ns, service);

    return s ? s->rollout : NULL;
}

static void
send_notice(struct target *t, const struct record_notice *n)
{
    const struct app_world *w = &t->outbox->app->world;
    const char             *rollout = rollout_of(t->outbox, n->ns, n->service), *why = NULL;
    struct err              err = {0};

    memcpy(t->verdict, n->verdict_id, sizeof t->verdict);
    memcpy(t->run, n->run, sizeof t->run);
    t->since_ms = n->since_ms;
    t->retry_after_ms = -1;
    if (t->n->format == NOTIFY_ARGO_ABORT)
        why = why_not_abort(t, n, rollout);
    if (why) {
        note(t, STORE_OUTBOX_DEAD, why);
        return;
    }
    t->state = TARGET_SENDING;
    t->sending = outsend_start(w->fetch, w->clock, t->config, t->n, n, rollout, on_sent, t, &err);
    if (!t->sending)
        note(t, STORE_OUTBOX_FAILED, err.text);
}

static void
note_count(struct target *t, const struct record_notice_count *c)
{
    if (t->counted && c->dropped > t->count.dropped)
        log_event(LOG_LEVEL_WARN, "notifications_dropped", log_text("target", t->n->name),
                  log_int("dropped", (int64_t)(c->dropped - t->count.dropped)));
    t->counted = true;
    t->count = *c;
}

static void
on_looked(void *ctx)
{
    struct look   *l = ctx;
    struct target *t = l->target;

    if (!t->outbox) {
        free_target(t);
    } else if (l->status) {
        if (t->failures == 0)
            log_event(LOG_LEVEL_ERROR, "outbox_unreadable", log_text("target", t->n->name),
                      log_text("error", l->err.text));
        back_off(t);
    } else {
        note_count(t, &l->count);
        if (l->found)
            send_notice(t, &l->notice);
        else
            idle(t);
    }
    arena_release(&l->arena);
    free(l);
}

static void
look(struct target *t)
{
    struct look *l = heap_new(1, sizeof *l);

    *l = (struct look){.target = t, .outbox = t->outbox, .name = t->n->name};
    t->state = TARGET_READING;
    t->again = false;
    if (!workers_submit(t->outbox->pool, run_look, l)) {
        l->status = err_set(&l->err, STATUS_BUSY, "the worker's queue is full");
        mailbox_must_post(t->mailbox, on_looked, l);
    }
}

void
outbox_each(const struct outbox *o,
            void (*each)(void *ctx, const char *target, const struct record_notice_count *count),
            void *ctx)
{
    for (size_t i = 0; o && i < o->n; i++)
        if (o->at[i]->counted)
            each(ctx, o->at[i]->n->name, &o->at[i]->count);
}

void
outbox_wake(struct outbox *o)
{
    for (size_t i = 0; o && i < o->n; i++) {
        if (o->at[i]->state == TARGET_IDLE)
            look(o->at[i]);
        else
            o->at[i]->again = true;
    }
}

static void
retire(struct outbox *o, struct target *t)
{
    t->outbox = NULL;
    if (t->state == TARGET_PAUSED)
        timer_cancel(&o->app->world.timer, t->timer);
    if (t->state == TARGET_PAUSED || t->state == TARGET_IDLE)
        free_target(t);
    else if (t->state == TARGET_SENDING)
        outsend_cancel(t->sending);
}

static void
retire_all(struct outbox *o)
{
    for (size_t i = 0; i < o->n; i++)
        retire(o, o->at[i]);
    free(o->at);
    o->at = NULL;
    o->n = 0;
}

void
outbox_configure(struct outbox *o)
{
    struct config *c = o->app->config;

    retire_all(o);
    o->at = heap_new(c->n_notifications + 1, sizeof(struct target *));
    for (; o->n < c->n_notifications; o->n++) {
        struct target *t = heap_new(1, sizeof *t);

        *t = (struct target){.outbox = o,
                             .mailbox = o->app->world.mailbox,
                             .config = config_ref(c),
                             .n = &c->notifications[o->n]};
        o->at[o->n] = t;
    }
    if (o->n && !o->pool)
        o->pool = workers_new(o->app->world.threads.history ? 1 : 0);
    outbox_wake(o);
}

struct outbox *
outbox_new(struct app *app)
{
    struct outbox *o = heap_new(1, sizeof *o);

    o->app = app;
    outbox_configure(o);
    return o;
}

void
outbox_free(struct outbox *o)
{
    if (!o)
        return;
    retire_all(o);
    workers_free(o->pool);
    reader_close(o->reader);
    free(o);
}

static bool
covers(const struct config_names *namespaces, struct slice ns)
{
    bool covered = namespaces->n == 0;

    for (size_t i = 0; i < namespaces->n && !covered; i++)
        covered = slice_is(ns, namespaces->at[i]);
    return covered;
}

static void
on_waits_durable(void *ctx)
{
    struct waiting *w = ctx;

    if (w->app->outbox)
        outbox_wake(w->app->outbox);
    free(w);
}

static void
on_waits_stored(void *ctx, enum status s, const struct err *err)
{
    struct waiting *w = ctx;

    if (s && s != STATUS_CONFLICT) /* the message about its beginning has not gone out yet */
        log_event(LOG_LEVEL_WARN, "notification_not_stored", log_text("target", w->target),
                  log_text("id", w->verdict), log_text("error", err ? err->text : status_text(s)));
    mailbox_must_post(w->app->world.mailbox, on_waits_durable, w);
}

/* Told after itself: from that a message shows that it is no change. */
void
outbox_waits(struct outbox *o, struct slice ns, const char verdict[ULID_BYTES])
{
    for (size_t i = 0; o && i < o->n; i++) {
        const struct config_notification *n = o->at[i]->n;
        struct store_outbox               add = {.what = STORE_OUTBOX_ADD,
                                                 .targets = slice_of(n->name),
                                                 .has_previous = true,
                                                 .previous = VERDICT_HOLD,
                                                 .at_ms = clock_wall_ms(o->app->world.clock),
                                                 .keep = OUTBOX_KEEP};
        struct waiting                   *w;
        enum status                       s;

        if (!(n->on & 1u << CONFIG_ON_WAITING) || !covers(&n->namespaces, ns))
            continue;
        w = heap_new(1, sizeof *w);
        w->app = o->app;
        snprintf(w->target, sizeof w->target, "%s", n->name);
        memcpy(w->verdict, verdict, sizeof w->verdict);
        memcpy(add.verdict, verdict, sizeof add.verdict);
        s = store_submit(o->app->world.store, &(struct store_commit){.outbox = &add},
                         on_waits_stored, w);
        if (s)
            on_waits_stored(w, s, NULL);
    }
}

void
outbox_targets(const struct outbox *o, struct slice ns, struct slice service, enum verdict v,
               bool again, struct text *names)
{
    for (size_t i = 0; o && i < o->n; i++) {
        const struct config_notification *n = o->at[i]->n;

        if (!(n->on & 1u << v) || !covers(&n->namespaces, ns))
            continue;
        if (again && v != VERDICT_ABORT && !(n->on & 1u << VERDICT_HOLD))
            continue;
        if (n->format == NOTIFY_ARGO_ABORT && !rollout_of(o, ns, service))
            continue;
        text_printf(names, "%s%s", names->n ? " " : "", n->name);
    }
}
