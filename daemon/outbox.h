/* outbox.h - tells targets outside of verdicts, from the history's outbox.
 *
 *   recorder --one transaction: verdict, notices--> history
 *      |                                              | worker: the oldest that waits
 *      '--durable: outbox_wake--> target: read --> send --> store what came of it --> read …
 *
 * A target has one message under way, its oldest; another target's trouble is not
 * its own.  What was sent and not yet stored as told is sent again after a crash:
 * at least once, under the same webhook-id.  Loop thread. */
#ifndef DAEMON_OUTBOX_H
#define DAEMON_OUTBOX_H

#include "daemon/app.h"

enum {
    OUTBOX_KEEP = 1000, /* of each target that wait, and that are dead */
    OUTBOX_FIRST_PAUSE_MS = 1000,
    OUTBOX_MOST_PAUSE_MS = 5 * 60 * 1000,  /* doubled up to it; a target may ask for more, */
    OUTBOX_MOST_ASKED_MS = 60 * 60 * 1000, /* up to this */
};

struct outbox;

/* Under app->config; the app outlives it. */
struct outbox *outbox_new(struct app *app);

/* Nothing is started any more; what is under way ends by itself. */
void outbox_free(struct outbox *o); /* NULL is fine */

/* app->config is another one now: pauses end. */
void outbox_configure(struct outbox *o);

/* Who is to be told of this verdict, by their names with blanks between.  again: but
 * for holds it is the same as before; a pass or fail is no news then to who is told of
 * no hold (an abort is: what it ends may have begun again).  o NULL: nobody is. */
void outbox_targets(const struct outbox *o, struct slice ns, struct slice service, enum verdict v,
                    bool again, struct text *names);

/* This verdict is a hold, is in the history, and lasts: who wants to hear of waiting is
 * told of it once more.  One that was not told the first time yet hears of it once. */
void outbox_waits(struct outbox *o, struct slice ns, const char verdict[ULID_BYTES]);

/* Each target's messages, as the history last said; before it did not at all. */
void outbox_each(const struct outbox *o,
                 void (*each)(void *ctx, const char *target,
                              const struct record_notice_count *count),
                 void *ctx); /* o NULL: none */

/* Something new is durable. */
void outbox_wake(struct outbox *o); /* NULL is fine */

#endif
