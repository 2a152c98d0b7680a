#include "analyzer/openhours.h"

#include <stdio.h>

enum { DAY_MIN = 24 * 60, WEEK_MIN = 7 * DAY_MIN, MINUTE_MS = 60000, SPRING_MIN = 180 };

static int
day_of(struct slice s)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

    for (int d = 0; d < 7; d++)
        if (slice_is(s, days[d]))
            return d;
    return -1;
}

/* "mon", "mon-fri", "fri-mon" */
static bool
read_days(struct slice s, uint8_t *out)
{
    int from, to;

    from = day_of(slice_cut(&s, '-'));
    to = s.p ? day_of(s) : from;
    if (from < 0 || to < 0)
        return false;
    for (*out = 0;; from = (from + 1) % 7) {
        *out |= (uint8_t)(1u << from);
        if (from == to)
            return true;
    }
}

/* "09:00"; "24:00" ends a day. */
static bool
read_minute(struct slice s, uint16_t *out)
{
    struct slice hours = slice_cut(&s, ':');
    uint64_t     h, m;

    if (hours.n != 2 || s.n != 2 || slice_u64(hours, &h) || slice_u64(s, &m) || m > 59 ||
        h * 60 + m > DAY_MIN)
        return false;
    *out = (uint16_t)(h * 60 + m);
    return true;
}

static bool
read_window(struct slice s, struct openhours_window *w)
{
    struct slice days = slice_cut(&s, ' '), from;

    s = slice_trim(s);
    from = slice_cut(&s, '-');
    return read_days(days, &w->days) && read_minute(from, &w->from) && read_minute(s, &w->to) &&
           w->from < DAY_MIN;
}

enum status
openhours_read(struct slice windows, struct slice rule, struct openhours *out, struct err *err)
{
    enum status s = zone_parse(rule, &out->zone, err);

    if (s)
        return s;
    snprintf(out->rule, sizeof out->rule, "%.*s", SLICE_ARG(rule));
    out->n = 0;
    while (windows.n) {
        struct slice one = slice_trim(slice_cut(&windows, ','));

        if (out->n == OPENHOURS_WINDOWS)
            return err_set(err, STATUS_SYNTAX, "more than %d windows", OPENHOURS_WINDOWS);
        if (!read_window(one, &out->window[out->n]))
            return err_set(err, STATUS_SYNTAX, "\"%.*s\" is no window like mon-fri 09:00-17:00",
                           (int)(one.n < 60 ? one.n : 60), one.p);
        out->n++;
    }
    return out->n ? STATUS_OK
                  : err_set(err, STATUS_SYNTAX, "no window at all: it would never open");
}

/* Minutes since Monday, local. */
static int
minute_of_week(const struct openhours *c, int64_t wall_ms)
{
    int64_t utc_s = wall_ms / 1000;
    int64_t minute = (utc_s + zone_offset_s(&c->zone, utc_s)) / 60;

    return (int)((minute + 3 * DAY_MIN) % WEEK_MIN); /* 1970-01-01 was a Thursday */
}

static int
length_of(const struct openhours_window *w)
{
    return w->to > w->from ? w->to - w->from : w->to + DAY_MIN - w->from;
}

bool
openhours_is_open(const struct openhours *c, int64_t wall_ms)
{
    int now;

    if (!c->n)
        return true;
    now = minute_of_week(c, wall_ms);
    for (uint32_t i = 0; i < c->n; i++)
        for (int day = 0; day < 7; day++) {
            int since = (now - day * DAY_MIN - c->window[i].from + WEEK_MIN) % WEEK_MIN;

            if (c->window[i].days >> day & 1 && since < length_of(&c->window[i]))
                return true;
        }
    return false;
}

/* The nearest beginning by the clock on the wall; where clocks change before it, it is
 * looked for around there. */
int64_t
openhours_opens_ms(const struct openhours *c, int64_t wall_ms)
{
    int     now = minute_of_week(c, wall_ms), nearest = WEEK_MIN;
    int64_t at_ms;

    if (openhours_is_open(c, wall_ms))
        return wall_ms;
    for (uint32_t i = 0; i < c->n; i++)
        for (int day = 0; day < 7; day++) {
            int until = (day * DAY_MIN + c->window[i].from - now + WEEK_MIN) % WEEK_MIN;

            if (c->window[i].days >> day & 1 && until < nearest)
                nearest = until;
        }
    at_ms = wall_ms / MINUTE_MS * MINUTE_MS + (int64_t)(nearest - SPRING_MIN) * MINUTE_MS;
    if (at_ms <= wall_ms)
        at_ms = wall_ms / MINUTE_MS * MINUTE_MS + MINUTE_MS;
    for (int i = 0; i < WEEK_MIN && !openhours_is_open(c, at_ms); i++)
        at_ms += MINUTE_MS;
    return at_ms;
}
