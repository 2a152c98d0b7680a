#include "daemon/outboxport.h"

#include "base/heap.h"
#include "base/log.h"
#include "daemon/outbox.h"

#include <stdlib.h>

/* A change on its way into the history, and then to the loop, which sends. */
struct letter {
    struct app        *app;
    struct port_notice notice;
    port_notice_fn     done;
    void              *ctx;
};

static void
on_loop(void *ctx)
{
    struct letter *l = ctx;

    outbox_wake(l->app->outbox);
    free(l);
}

/* On the store thread. */
static void
on_stored(void *ctx, enum status s, const struct err *err)
{
    struct letter *l = ctx;

    if (s == STATUS_OK)
        log_event(LOG_LEVEL_INFO, "outbox_act",
                  log_text("action", l->notice.drop ? "drop" : "retry"),
                  log_text("id", l->notice.verdict), log_text("target", l->notice.target),
                  log_text("by", l->notice.who.by), log_text("why", l->notice.who.why));
    l->done(l->ctx, s, err);
    if (s == STATUS_OK)
        mailbox_must_post(l->app->world.mailbox, on_loop, l);
    else
        free(l);
}

bool
outboxport_notice(struct app *app, const struct port_notice *n, port_notice_fn done, void *ctx)
{
    struct letter      *l = heap_new(1, sizeof *l);
    struct store_outbox o = {.what = n->drop ? STORE_OUTBOX_DROP : STORE_OUTBOX_RETRY,
                             .targets = slice_of(n->target),
                             .by = slice_of(n->who.by),
                             .why = slice_of(n->who.why),
                             .at_ms = clock_wall_ms(app->world.clock),
                             .keep = OUTBOX_KEEP};

    memcpy(o.verdict, n->verdict, sizeof o.verdict);
    *l = (struct letter){.app = app, .notice = *n, .done = done, .ctx = ctx};
    if (store_submit(app->world.store, &(struct store_commit){.outbox = &o}, on_stored, l) ==
        STATUS_OK)
        return true;
    free(l);
    return false;
}
