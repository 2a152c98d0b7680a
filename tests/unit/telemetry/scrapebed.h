/* scrapebed.h - a series store under test time, and all it holds as text. */
#ifndef TESTS_UNIT_TELEMETRY_SCRAPEBED_H
#define TESTS_UNIT_TELEMETRY_SCRAPEBED_H

#include "telemetry/tsdb.h"
#include "tests/support/check.h"
#include "tests/support/sourcedump.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SCRAPEBED_START_MS INT64_C(1700000000000)

struct scrapebed {
    int64_t      now_ms;
    struct clock clock;
    struct tsdb *tsdb;
};

static int64_t
scrapebed_wall(void *self)
{
    return *(int64_t *)self;
}

static void
scrapebed_start(struct scrapebed *b, struct tsdb_limits limits)
{
    b->now_ms = SCRAPEBED_START_MS;
    b->clock =
        (struct clock){.wall_ms = scrapebed_wall, .mono_ms = scrapebed_wall, .self = &b->now_ms};
    b->tsdb = tsdb_new(&limits, &b->clock);
}

static void
scrapebed_end(struct scrapebed *b)
{
    tsdb_free(b->tsdb);
}

/* As sourcedump.h writes it, times from the start on. */
static char *
scrapebed_dump(struct scrapebed *b)
{
    return sourcedump_text(tsdb_source(b->tsdb),
                           &(struct sourcedump){.min_ms = INT64_MIN,
                                                .max_ms = INT64_MAX,
                                                .origin_ms = SCRAPEBED_START_MS});
}

#endif
