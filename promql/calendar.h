/* calendar.h - dates of Unix seconds, in UTC, as Go's time package tells them. */
#ifndef PROMQL_CALENDAR_H
#define PROMQL_CALENDAR_H

#include "base/base.h"
#include "base/text.h"

struct calendar_date {
    int64_t year;
    int     month;         /* 1 to 12 */
    int     day;           /* 1 to 31 */
    int     weekday;       /* 0 is Sunday */
    int     yearday;       /* 1 to 366 */
    int     days_in_month; /* 28 to 31 */
    int     hour, minute, second;
};

/* Any second; those before the year -292277022400 wrap around to the far
 * future, as Go's do, so that NaN has a date. */
struct calendar_date calendar_at(int64_t unix_seconds);

/* Whole seconds of a double, cut off; NaN, infinities and what does not fit are
 * INT64_MIN (Go's conversion on amd64). */
int64_t calendar_seconds(double v);

/* 2026-08-21T07:00:00Z (RFC 3339). */
void calendar_write(struct text *to, int64_t unix_seconds);

#endif
