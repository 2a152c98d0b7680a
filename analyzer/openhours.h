/* openhours.h - when steps may go on: days of the week and hours, in one time zone. */
#ifndef ANALYZER_OPENHOURS_H
#define ANALYZER_OPENHOURS_H

#include "base/zone.h"

enum { OPENHOURS_WINDOWS = 16 };

struct openhours_window {
    uint8_t  days;     /* bit 0: Monday */
    uint16_t from, to; /* minutes of the day; to not after from: of the next day */
};

struct openhours {
    uint32_t                n; /* 0: always open */
    struct openhours_window window[OPENHOURS_WINDOWS];
    struct zone             zone;
    char                    rule[ZONE_RULE_BYTES];
};

/* "mon-fri 09:00-17:00, sat 10:00-12:00".  rule: of zone_parse().  STATUS_SYNTAX. */
enum status openhours_read(struct slice windows, struct slice rule, struct openhours *out,
                           struct err *err) MUST_CHECK;

bool openhours_is_open(const struct openhours *c, int64_t wall_ms);

/* When it opens next, wall; of an open one, now. */
int64_t openhours_opens_ms(const struct openhours *c, int64_t wall_ms);

#endif
