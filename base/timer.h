/* timer.h - "call me in a while": the interface, and the set that keeps it.
 *
 * What needs timers takes a struct timer_port and never owns a loop.  The loop
 * keeps one struct timer_set under the machine's clock; tests keep one under a
 * virtual clock.  All calls and callbacks happen on the loop thread. */
#ifndef BASE_TIMER_H
#define BASE_TIMER_H

#include "base/clock.h"

typedef void (*timer_fn)(void *ctx);

struct timer_port {
    /* fn is called once, due_in_ms from now at the earliest (below 0 counts as
     * 0), never from inside start.  The id is never 0. */
    uint64_t (*start)(void *self, int64_t due_in_ms, timer_fn fn, void *ctx);
    /* fn will not be called.  An id that was called or cancelled before is
     * left alone, and so is 0. */
    void (*cancel)(void *self, uint64_t id);
    void *self;
};

static inline uint64_t
timer_start(const struct timer_port *t, int64_t due_in_ms, timer_fn fn, void *ctx)
{
    return t->start(t->self, due_in_ms, fn, ctx);
}

static inline void
timer_cancel(const struct timer_port *t, uint64_t id)
{
    t->cancel(t->self, id);
}

struct timer_set;

/* The clock is borrowed; only its monotonic time is used. */
struct timer_set *timer_set_new(const struct clock *clock);

/* Timers that are still waiting are dropped, not called. */
void timer_set_free(struct timer_set *s);

struct timer_port timer_set_port(struct timer_set *s);

/* Until the next one is due; 0: one is due now, -1: there is none. */
int64_t timer_set_wait_ms(const struct timer_set *s);

/* Call what is due, earliest first, equal times in the order of their start.
 * What is started meanwhile waits for the next call, so that a timer of 0 ms
 * that starts itself again cannot hold the loop. */
void timer_set_run(struct timer_set *s);

size_t timer_set_count(const struct timer_set *s);

#endif
