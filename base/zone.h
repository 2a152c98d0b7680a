/* zone.h - a time zone as a POSIX rule (IEEE 1003.1, TZ): local time without globals.
 *
 * The C library keeps its zone for the whole process; here each has its own, and what
 * was judged by one can be judged again wherever other rules are installed. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "base/err.h"
#include "base/slice.h"

enum { ZONE_RULE_BYTES = 64, ZONE_TEXT_BYTES = 32 };

/* When the clocks change: the day of a year, and seconds from its midnight. */
struct zone_change {
    enum { ZONE_MONTH_WEEK_DAY, ZONE_DAY_WITHOUT_LEAP, ZONE_DAY } kind;
    int     month, week, day; /* M3.5.0: last Sunday of March; else the day alone */
    int32_t at_s;
};

struct zone {
    int32_t            standard_s, summer_s; /* east of UTC */
    bool               has_summer;
    struct zone_change begins, ends; /* of summer time */
};

/* "CET-1CEST,M3.5.0,M10.5.0/3", "<+0330>-3:30", "UTC0".  STATUS_SYNTAX. */
enum status zone_parse(struct slice rule, struct zone *out, struct err *err) MUST_CHECK;

/* Such a rule as it is, or the one that the system's time zone database ends the zone's
 * file with, by its name ("Europe/Berlin").  STATUS_NOT_FOUND: neither. */
enum status zone_rule(struct slice text, char out[ZONE_RULE_BYTES], struct err *err) MUST_CHECK;

/* East of UTC at this time. */
int32_t zone_offset_s(const struct zone *z, int64_t utc_s);

/* "2026-11-23 09:00 +01:00" */
void zone_text(const struct zone *z, int64_t utc_s, char out[ZONE_TEXT_BYTES]);

#endif
