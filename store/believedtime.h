/* believedtime.h - the wall time by which the history forgets: a clock that jumped ahead
 * is believed when it has stood there for a day.
 *
 * A machine that starts with a wrong clock, or a time server that errs, must not cost
 * years of history before a person has looked. */
#ifndef STORE_BELIEVEDTIME_H
#define STORE_BELIEVEDTIME_H

#include "base/base.h"

/* Starts as {0}. */
struct believedtime {
    bool    known, suspects;
    int64_t ahead_ms;   /* of the wall clock before the monotonic one, as it is believed */
    int64_t suspect_ms; /* the same of a clock that jumped, */
    int64_t since_ms;   /* since then, monotonic */
};

/* The wall time to go by: the clock's own, unless it jumped ahead within a day, or a day
 * has not passed since newest_ms, when the history's last run began (0: there is none),
 * and since the first call. */
int64_t believedtime_ms(struct believedtime *b, int64_t wall_ms, int64_t mono_ms,
                        int64_t newest_ms);

#endif
