#include "base/clock.h"

#include <stdio.h>

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

static int64_t
now_us(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_mono_us(void)
{
    return now_us(CLOCK_MONOTONIC);
}

int64_t
clock_mono_coarse_ms(void)
{
    return now_ms(CLOCK_MONOTONIC_COARSE);
}

struct timespec
clock_mono_in(int64_t ms)
{
    int64_t at_ms = clock_mono_ms(&clock_system) + ms;

    return (struct timespec){.tv_sec = (time_t)(at_ms / 1000),
                             .tv_nsec = (long)(at_ms % 1000) * 1000000};
}

int64_t
clock_boot_wall_ms(void)
{
    return now_ms(CLOCK_REALTIME) - now_ms(CLOCK_BOOTTIME);
}

int64_t
clock_thread_cpu_us(void)
{
    return now_us(CLOCK_THREAD_CPUTIME_ID);
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

/* n digits at *at; -1: they are not there. */
static int
take_digits(struct slice s, size_t *at, int n)
{
    int v = 0;

    for (; n > 0; n--, ++*at) {
        if (*at >= s.n || s.p[*at] < '0' || s.p[*at] > '9')
            return -1;
        v = v * 10 + (s.p[*at] - '0');
    }
    return v;
}

static bool
take_char(struct slice s, size_t *at, char c)
{
    if (*at >= s.n || s.p[*at] != c)
        return false;
    ++*at;
    return true;
}

/* "2026-11-22T22:10:05" */
static bool
take_date_and_time(struct slice s, size_t *at, struct tm *t)
{
    struct tm back;

    *t = (struct tm){0};
    t->tm_year = take_digits(s, at, 4) - 1900;
    t->tm_mon = take_char(s, at, '-') ? take_digits(s, at, 2) - 1 : -1;
    t->tm_mday = take_char(s, at, '-') ? take_digits(s, at, 2) : -1;
    t->tm_hour = take_char(s, at, 'T') ? take_digits(s, at, 2) : -1;
    t->tm_min = take_char(s, at, ':') ? take_digits(s, at, 2) : -1;
    t->tm_sec = take_char(s, at, ':') ? take_digits(s, at, 2) : -1;
    if (t->tm_year < -1900 || t->tm_mon < 0 || t->tm_mday < 1 || t->tm_hour < 0 || t->tm_min < 0 ||
        t->tm_sec < 0)
        return false;
    /* A day, hour or second that does not exist would come back as another. */
    back = *t;
    (void)timegm(&back);
    return back.tm_year == t->tm_year && back.tm_mon == t->tm_mon && back.tm_mday == t->tm_mday &&
           back.tm_hour == t->tm_hour && back.tm_min == t->tm_min && back.tm_sec == t->tm_sec;
}

enum status
clock_read_rfc3339(struct slice s, int64_t *wall_ms)
{
    struct tm t;
    size_t    at = 0;
    int64_t   ms = 0;
    int       hours = 0, minutes = 0;

    if (!take_date_and_time(s, &at, &t))
        return STATUS_SYNTAX;
    if (take_char(s, &at, '.')) {
        size_t first = at;

        for (int64_t unit = 100; at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; at++, unit /= 10)
            ms += (s.p[at] - '0') * unit;
        if (at == first)
            return STATUS_SYNTAX;
    }
    if (!take_char(s, &at, 'Z')) {
        bool west = take_char(s, &at, '-');

        if (!west && !take_char(s, &at, '+'))
            return STATUS_SYNTAX;
        hours = take_digits(s, &at, 2);
        minutes = take_char(s, &at, ':') ? take_digits(s, &at, 2) : -1;
        if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
            return STATUS_SYNTAX;
        ms += (west ? 60000 : -60000) * (int64_t)(hours * 60 + minutes);
    }
    if (at != s.n)
        return STATUS_SYNTAX;
    *wall_ms = (int64_t)timegm(&t) * 1000 + ms;
    return STATUS_OK;
}
