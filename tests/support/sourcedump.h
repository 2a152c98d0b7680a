/* sourcedump.h - all that a source holds, as text that can be compared. */
#ifndef TESTS_SUPPORT_SOURCEDUMP_H
#define TESTS_SUPPORT_SOURCEDUMP_H

#include "promql/source.h"

struct sourcedump {
    const char *not_name; /* a regular expression of names that are left out; NULL: none */
    int64_t     min_ms, max_ms, origin_ms;
    bool        without_markers; /* of staleness */
};

/* One line a series that has samples, sorted: name{labels} value@ms … with times
 * from the origin on, markers as "stale".  Of malloc(); any failure aborts. */
char *sourcedump_text(struct source source, const struct sourcedump *d);

#endif
