#include "daemon/actport.h"

#include "base/heap.h"
#include "daemon/links.h"
#include "daemon/runs.h"

#include <stdlib.h>

/* An act on its way to the loop, and on until it is in the history. */
struct letter {
    struct app     *app;
    struct port_act act;
    port_act_fn     done;
    void           *ctx;
    uint64_t        timer;
    bool            answered;
    char            ns[VIEW_NAME_BYTES], service[VIEW_NAME_BYTES], revision[VIEW_NAME_BYTES];
};

/* Longer than a commit takes, shorter than a person waits. */
enum { WAIT_MS = 5000 };

static void
fail(struct letter *l, enum status s, const char *why)
{
    struct err err = {0};

    (void)err_set(&err, s, "%s", why);
    l->answered = true;
    l->done(l->ctx, s, NULL, &err);
}

static void
answer(struct letter *l)
{
    const struct verdict_view *v = publish_get(l->app->publish, l->ns, l->service, l->revision);

    if (!v) {
        fail(l, STATUS_NOT_FOUND, "the run is over");
        return;
    }
    l->answered = true;
    l->done(l->ctx, STATUS_OK, v, NULL);
    publish_release(v);
}

static void
on_late(void *ctx)
{
    struct letter *l = ctx;

    l->timer = 0;
    fail(l, STATUS_BUSY, "the act was taken, and is not in the history yet");
}

static void
on_durable(void *ctx, enum status s)
{
    struct letter *l = ctx;

    timer_cancel(&l->app->world.timer, l->timer);
    if (!l->answered && s)
        fail(l, STATUS_STORE, "the act was taken, and the history has refused it so far");
    else if (!l->answered)
        answer(l);
    free(l);
}

/* Once, and for the release that it was made for. */
static enum status
by_link(struct letter *l, struct liverun *run, struct err *err)
{
    const struct port_act *a = &l->act;
    int64_t                now_ms = clock_wall_ms(l->app->world.clock);
    enum status            s;

    if (links_was_used(l->app->links, a->link))
        return err_set(err, STATUS_CONFLICT, "this link was used before: ask for another one");
    if (now_ms >= a->link_until_ms)
        return err_set(err, STATUS_CONFLICT, "this link has expired: ask for another one");
    if (strcmp(a->revision, liverun_run(run)->who.revision) != 0)
        return err_set(err, STATUS_CONFLICT, "this link is for another revision");
    s = liverun_override_by_link(run, &a->override, a->link, err);
    if (!s)
        links_use(l->app->links, a->link);
    return s;
}

static enum status
carry_out(struct letter *l, struct liverun *run, struct err *err)
{
    const struct port_act *a = &l->act;

    if (a->what == PORT_ACT_END)
        return liverun_end_by_hand(run, &a->override, a->via, err);
    return *a->link ? by_link(l, run, err) : liverun_override(run, &a->override, a->via, err);
}

static void
on_act(void *ctx)
{
    struct letter    *l = ctx;
    struct liverun   *run = l->app->runs ? runs_by_id(l->app->runs, l->act.run) : NULL;
    const struct run *r = run ? liverun_run(run) : NULL;
    struct err        err = {0};
    enum status       s;

    if (!r || !token_covers(&l->act.grant, slice_of(r->who.ns))) {
        fail(l, STATUS_NOT_FOUND, "no such run goes on here");
        free(l);
        return;
    }
    memcpy(l->ns, r->who.ns, sizeof l->ns);
    memcpy(l->service, r->who.service, sizeof l->service);
    memcpy(l->revision, r->who.revision, sizeof l->revision);
    s = carry_out(l, run, &err);
    if (s) {
        fail(l, s, err.text);
        free(l);
        return;
    }
    l->timer = timer_start(&l->app->world.timer, WAIT_MS, on_late, l);
    liverun_when_durable(run, on_durable, l);
}

bool
actport_act(struct app *app, const struct port_act *act, port_act_fn done, void *ctx)
{
    struct letter *l = heap_new(1, sizeof *l);

    *l = (struct letter){.app = app, .act = *act, .done = done, .ctx = ctx};
    if (mailbox_post(app->world.mailbox, on_act, l))
        return true;
    free(l);
    return false;
}
