/* loop.h - the one wait of the daemon: transfers, timers, letters, signals. */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include "base/err.h"
#include "base/fetch.h"
#include "base/timer.h"
#include "daemon/mailbox.h"

struct loop;

/* What loop_run() reports: SIGTERM and SIGINT stop it, SIGHUP asks to reload. */
struct loop_hooks {
    void (*reload)(void *ctx);
    void *ctx;
};

/* Blocks SIGTERM, SIGINT and SIGHUP in this thread and all made after it,
 * ignores SIGPIPE, and raises the limit on open files as far as it may: call it
 * before any thread is started. */
enum status loop_new(struct loop **out, struct err *err) MUST_CHECK;
void        loop_free(struct loop *l);

const struct fetch *loop_fetch(struct loop *l);
struct timer_port   loop_timer(struct loop *l);
struct mailbox     *loop_mailbox(struct loop *l);

/* Once around: letters, timers, transfers; waits a few milliseconds at most. */
void loop_turn(struct loop *l);

/* Until a signal says stop, or *done (NULL: never). */
void loop_run(struct loop *l, const struct loop_hooks *hooks, const bool *done);

#endif
