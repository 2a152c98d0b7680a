#include "base/zone.h"

#include "base/text.h"
#include "base/wholefile.h"

#include <stdio.h>

#define DATABASE "/usr/share/zoneinfo/"

enum { DAY_S = 86400, HOUR_S = 3600, MOST_FILE_BYTES = 1 << 20, NAME_BYTES = 64 };

/* Days since 1970-01-01, by Howard Hinnant's days_from_civil (chrono-compatible
 * low-level date algorithms). */
static int64_t
days_of(int64_t year, int month, int day)
{
    int64_t  y = month <= 2 ? year - 1 : year;
    int64_t  era = (y >= 0 ? y : y - 399) / 400;
    unsigned yoe = (unsigned)(y - era * 400);
    unsigned doy = (unsigned)((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1);
    unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return era * 146097 + (int64_t)doe - 719468;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* His civil_from_days. */
static void
civil_of(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t  z = days + 719468, era = floor_div(z, 146097);
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;

    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int64_t)yoe + era * 400 + (*month <= 2);
}

static bool
take(struct slice *s, char c)
{
    if (!s->n || s->p[0] != c)
        return false;
    s->p++;
    s->n--;
    return true;
}

static bool
take_number(struct slice *s, int most, int *out)
{
    size_t n = 0;

    *out = 0;
    while (s->n && s->p[0] >= '0' && s->p[0] <= '9' && n++ < 3) {
        *out = *out * 10 + (s->p[0] - '0');
        s->p++;
        s->n--;
    }
    return n > 0 && *out <= most;
}

static bool
take_name(struct slice *s)
{
    size_t n = 0;
    bool   quoted = take(s, '<');

    while (s->n &&
           ((s->p[0] | 32) >= 'a' && (s->p[0] | 32) <= 'z' ? true
            : quoted ? (s->p[0] >= '0' && s->p[0] <= '9') || s->p[0] == '+' || s->p[0] == '-'
                     : false)) {
        s->p++;
        s->n--;
        n++;
    }
    return n >= 3 && (!quoted || take(s, '>'));
}

/* [+-]hh[:mm[:ss]] */
static bool
take_time(struct slice *s, int most_hours, int32_t *out)
{
    int  h, m = 0, sec = 0;
    bool minus = take(s, '-');

    if (!minus)
        (void)take(s, '+');
    if (!take_number(s, most_hours, &h))
        return false;
    if (take(s, ':') && (!take_number(s, 59, &m) || (take(s, ':') && !take_number(s, 59, &sec))))
        return false;
    *out = (minus ? -1 : 1) * (h * HOUR_S + m * 60 + sec);
    return true;
}

static bool
take_change(struct slice *s, struct zone_change *c)
{
    *c = (struct zone_change){.at_s = 2 * HOUR_S};
    if (take(s, 'M')) {
        c->kind = ZONE_MONTH_WEEK_DAY;
        if (!take_number(s, 12, &c->month) || c->month < 1 || !take(s, '.') ||
            !take_number(s, 5, &c->week) || c->week < 1 || !take(s, '.') ||
            !take_number(s, 6, &c->day))
            return false;
    } else {
        c->kind = take(s, 'J') ? ZONE_DAY_WITHOUT_LEAP : ZONE_DAY;
        if (!take_number(s, 365, &c->day) || (c->kind == ZONE_DAY_WITHOUT_LEAP && c->day < 1))
            return false;
    }
    return !take(s, '/') || take_time(s, 167, &c->at_s);
}

enum status
zone_parse(struct slice rule, struct zone *out, struct err *err)
{
    struct slice s = rule;
    bool         ok;

    *out = (struct zone){0};
    ok = take_name(&s) && take_time(&s, 24, &out->standard_s);
    out->standard_s = -out->standard_s; /* POSIX counts to the west */
    out->summer_s = out->standard_s + HOUR_S;
    if (ok && s.n) {
        out->has_summer = true;
        ok = take_name(&s);
        if (ok && s.n && s.p[0] != ',') {
            ok = take_time(&s, 24, &out->summer_s);
            out->summer_s = -out->summer_s;
        }
        ok = ok && take(&s, ',') && take_change(&s, &out->begins) && take(&s, ',') &&
             take_change(&s, &out->ends) && s.n == 0;
    }
    if (ok)
        return STATUS_OK;
    return err_set(err, STATUS_SYNTAX, "\"%.*s\" is no rule of a time zone",
                   (int)(rule.n < 60 ? rule.n : 60), rule.p);
}

static int64_t
day_of_change(const struct zone_change *c, int64_t year)
{
    bool    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int64_t first = days_of(year, 1, 1), day;
    int     weekday;

    if (c->kind == ZONE_DAY)
        return first + c->day;
    if (c->kind == ZONE_DAY_WITHOUT_LEAP)
        return first + c->day - 1 + (leap && c->day > 59);
    first = days_of(year, c->month, 1);
    weekday = (int)((first % 7 + 11) % 7); /* 1970-01-01 was a Thursday: 4 */
    day = first + (c->day - weekday + 7) % 7 + 7 * (c->week - 1);
    while (day >= (c->month == 12 ? days_of(year + 1, 1, 1) : days_of(year, c->month + 1, 1)))
        day -= 7;
    return day;
}

int32_t
zone_offset_s(const struct zone *z, int64_t utc_s)
{
    int64_t year, begins, ends;
    int     month, day;
    bool    summer;

    if (!z->has_summer)
        return z->standard_s;
    civil_of(floor_div(utc_s + z->standard_s, DAY_S), &year, &month, &day);
    begins = day_of_change(&z->begins, year) * DAY_S + z->begins.at_s - z->standard_s;
    ends = day_of_change(&z->ends, year) * DAY_S + z->ends.at_s - z->summer_s;
    summer = begins < ends ? utc_s >= begins && utc_s < ends : utc_s >= begins || utc_s < ends;
    return summer ? z->summer_s : z->standard_s;
}

void
zone_text(const struct zone *z, int64_t utc_s, char out[ZONE_TEXT_BYTES])
{
    int32_t  offset = zone_offset_s(z, utc_s);
    int64_t  local = utc_s + offset, days = floor_div(local, DAY_S), year;
    unsigned second = (unsigned)(local - days * DAY_S), east;
    int      month, day;

    civil_of(days, &year, &month, &day);
    east = (unsigned)(offset < 0 ? -offset : offset) / 60;
    if (snprintf(out, ZONE_TEXT_BYTES, "%04d-%02d-%02d %02u:%02u %c%02u:%02u", (int)(year % 10000),
                 month, day, second / HOUR_S, second / 60 % 60, offset < 0 ? '-' : '+',
                 east / 60 % 100, east % 60) >= ZONE_TEXT_BYTES)
        out[0] = '\0';
}

static bool
is_name(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i], low = (char)(c | 32);

        if (!((low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || strchr("_+-/", c)) || !c)
            return false;
    }
    return s.n > 0 && s.n < NAME_BYTES && s.p[0] != '/';
}

/* RFC 9636: behind the last block of a TZif file stands a rule between two line ends. */
static bool
last_line(const struct text *file, struct slice *out)
{
    size_t end = file->n, begin;

    if (end < 5 || memcmp(file->p, "TZif", 4) != 0 || file->p[end - 1] != '\n')
        return false;
    begin = --end;
    while (begin && file->p[begin - 1] != '\n')
        begin--;
    *out = (struct slice){file->p + begin, end - begin};
    return begin > 0 && out->n > 0 && out->n < ZONE_RULE_BYTES;
}

enum status
zone_rule(struct slice text, char out[ZONE_RULE_BYTES], struct err *err)
{
    char         path[sizeof DATABASE + NAME_BYTES];
    struct text  file;
    struct zone  zone;
    struct err   other = {0};
    struct slice rule = text;
    bool         found = text.n < ZONE_RULE_BYTES && zone_parse(text, &zone, &other) == STATUS_OK;

    text_init(&file, MOST_FILE_BYTES);
    if (!found && is_name(text)) {
        snprintf(path, sizeof path, DATABASE "%.*s", SLICE_ARG(text));
        found = wholefile_read(path, &file, &other) == STATUS_OK && last_line(&file, &rule) &&
                zone_parse(rule, &zone, &other) == STATUS_OK;
    }
    if (found)
        snprintf(out, ZONE_RULE_BYTES, "%.*s", SLICE_ARG(rule));
    text_release(&file);
    if (found)
        return STATUS_OK;
    return err_set(err, STATUS_NOT_FOUND,
                   "\"%.*s\" is no zone of " DATABASE " (package tzdata) and no rule like "
                   "CET-1CEST,M3.5.0,M10.5.0/3",
                   (int)(text.n < 60 ? text.n : 60), text.p);
}
