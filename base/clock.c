#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t
now_ms(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
system_wall_ms(void *self)
{
    (void)self;
    return now_ms(CLOCK_REALTIME);
}

static int64_t
system_mono_ms(void *self)
{
    (void)self;
    return now_ms(CLOCK_MONOTONIC);
}

const struct clock clock_system = {system_wall_ms, system_mono_ms, NULL};

int64_t
clock_thread_cpu_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_BYTES])
{
    int64_t   ms = wall_ms % 1000;
    time_t    s = wall_ms / 1000;
    struct tm tm;
    int       n;

    if (ms < 0) {
        ms += 1000;
        s--;
    }
    gmtime_r(&s, &tm); /* 64 bits of milliseconds stay within tm_year's int */
    n = snprintf(out, CLOCK_RFC3339_BYTES, "%04ld-%02d-%02dT%02d:%02d:%02d.%03dZ",
                 (long)tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                 tm.tm_sec, (int)ms);
    if (n >= CLOCK_RFC3339_BYTES)
        out[0] = '\0';
}
