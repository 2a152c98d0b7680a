#include "promql/calendar.h"

#include <inttypes.h>

enum {
    DAY_SECONDS = 86400,
    YEARS_400_DAYS = 146097,
    YEARS_100_DAYS = 36524,
    YEARS_4_DAYS = 1461,
};

/* 1 March of this year is day 0, a Wednesday; a multiple of 400. */
#define FIRST_YEAR INT64_C(-292277022400)
#define FIRST_SECOND UINT64_C(9223372028741760000) /* from it to 1970 */

static bool
is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
days_in_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

struct calendar_date
calendar_at(int64_t unix_seconds)
{
    uint64_t at = (uint64_t)unix_seconds + FIRST_SECOND;
    uint64_t day = at / DAY_SECONDS, era = day / YEARS_400_DAYS;
    int      of_day = (int)(at % DAY_SECONDS), d = (int)(day % YEARS_400_DAYS);
    int      century = d / YEARS_100_DAYS, four, year, m;

    struct calendar_date date = {.weekday = (int)((day + 3) % 7),
                                 .hour = of_day / 3600,
                                 .minute = of_day / 60 % 60,
                                 .second = of_day % 60};

    /* Years begin in March, so that the leap day is the last one: of a year,
     * of four, of four hundred. */
    century -= century == 4;
    d -= century * YEARS_100_DAYS;
    four = d / YEARS_4_DAYS;
    d -= four * YEARS_4_DAYS;
    year = d / 365;
    year -= year == 4;
    d -= year * 365;
    m = (5 * d + 2) / 153; /* 0 is March; months of 31 and 30 days by fives are 153 */
    date.day = d - (153 * m + 2) / 5 + 1;
    date.month = m < 10 ? m + 3 : m - 9;
    date.year = FIRST_YEAR + (int64_t)era * 400 + century * 100 + four * 4 + year + (m >= 10);
    date.yearday = m < 10 ? d + 60 + is_leap(date.year) : d - 305;
    date.days_in_month = days_in_month(date.year, date.month);
    return date;
}

int64_t
calendar_seconds(double v)
{
    if (!(v >= -0x1p63 && v < 0x1p63))
        return INT64_MIN;
    return (int64_t)v;
}

void
calendar_write(struct text *to, int64_t unix_seconds)
{
    struct calendar_date d = calendar_at(unix_seconds);

    text_printf(to, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02dZ", d.year, d.month, d.day, d.hour,
                d.minute, d.second);
}
