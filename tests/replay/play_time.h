/* play_time.h - virtual time: clocks, timers and chance that a script rules. */
#ifndef TESTS_REPLAY_PLAY_TIME_H
#define TESTS_REPLAY_PLAY_TIME_H

#include "base/timer.h"
#include "base/ulid.h"
#include "tests/support/prng.h"

/* 2026-01-01T00:00:00Z: where true time stands when a script starts. */
#define PLAY_TIME_EPOCH_MS INT64_C(1767225600000)

/* True time is the world's: Prometheus and the mesh live by it.  The daemon's
 * wall clock is true time plus wall_ahead_ms. */
struct play_time {
    int64_t           elapsed_ms, wall_ahead_ms;
    struct prng       chance;
    struct clock      clock;
    struct entropy    entropy;
    struct timer_set *timers;
    struct timer_port timer;
};

/* The struct must not move afterwards. */
void play_time_init(struct play_time *t);
void play_time_release(struct play_time *t);

/* True time, ms since 1970. */
int64_t play_time_true_ms(const struct play_time *t);

#endif
