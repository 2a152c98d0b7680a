/* mailbox.h - the one way by which other threads reach the loop. */
#ifndef DAEMON_MAILBOX_H
#define DAEMON_MAILBOX_H

#include "base/base.h"

struct mailbox;

typedef void (*mailbox_fn)(void *ctx);

/* wake is called on the posting thread after each post into an empty box; it
 * must make the loop call mailbox_run soon.  NULL: nobody needs waking. */
struct mailbox *mailbox_new(size_t max_letters, void (*wake)(void *ctx), void *wake_ctx);
void            mailbox_free(struct mailbox *m); /* letters not run are dropped */

/* Any thread.  false: the box is full, fn will not be called. */
bool mailbox_post(struct mailbox *m, mailbox_fn fn, void *ctx);

/* The same for news that nobody waits for: refused while the box is half full,
 * so that a flood of it leaves room for questions. */
bool mailbox_offer(struct mailbox *m, mailbox_fn fn, void *ctx);

/* Any thread, for what must not be refused: an answer that somebody waits for.
 * The sender's own bound on what it has under way is the limit here. */
void mailbox_must_post(struct mailbox *m, mailbox_fn fn, void *ctx);

/* Letters that wait; any thread. */
size_t mailbox_length(struct mailbox *m);

/* Loop thread: run what was posted so far, in order.  true: there was some. */
bool mailbox_run(struct mailbox *m);

#endif
