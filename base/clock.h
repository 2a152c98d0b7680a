/* clock.h - the only source of time, replaceable by tests. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/slice.h"

#include <time.h>

/* Wall time is for people and for asking sources; it can jump.  Ages, waits
 * and deadlines use monotonic time. */
struct clock {
    int64_t (*wall_ms)(void *self); /* since 1970-01-01 UTC */
    int64_t (*mono_ms)(void *self); /* since an arbitrary start, never falls */
    void *self;
};

/* The machine's clocks; any thread. */
extern const struct clock clock_system;

static inline int64_t
clock_wall_ms(const struct clock *c)
{
    return c->wall_ms(c->self);
}

static inline int64_t
clock_mono_ms(const struct clock *c)
{
    return c->mono_ms(c->self);
}

/* The machine's monotonic time, finer: for measuring how long something took. */
int64_t clock_mono_us(void);

/* Monotonic time as of the last tick of the kernel, some milliseconds ago at most: for
 * what looks at the time often and needs it roughly.  Never later than the finer ones. */
int64_t clock_mono_coarse_ms(void);

/* So far ahead on CLOCK_MONOTONIC, for pthread_cond_timedwait() and clock_nanosleep(). */
struct timespec clock_mono_in(int64_t ms);

/* Wall time at which the machine started, as the wall clock is set now. */
int64_t clock_boot_wall_ms(void);

/* CPU time that the calling thread has used. */
int64_t clock_thread_cpu_us(void);

enum { CLOCK_RFC3339_BYTES = 32 };

/* "2026-11-22T22:10:05.120Z" */
void clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_BYTES]);

/* RFC 3339, years 0000 to 9999, any number of decimals (what is below a
 * millisecond is cut off), Z or an offset.  STATUS_SYNTAX: anything else. */
enum status clock_read_rfc3339(struct slice s, int64_t *wall_ms) MUST_CHECK;

#endif
