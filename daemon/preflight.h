/* preflight.h - what a source shows of a service, before anything is judged:
 * are the labels there, can the arms be told apart, which bounds and which
 * counters are there.
 *
 * A pure function of the reply to the preset's expression.  Everything lives in
 * the arena. */
#ifndef DAEMON_PREFLIGHT_H
#define DAEMON_PREFLIGHT_H

#include "analyzer/policy.h"
#include "base/vec.h"
#include "daemon/preset.h"
#include "promql/promreply.h"

enum preflight_level {
    PREFLIGHT_OK,
    PREFLIGHT_NOTE,   /* something is not there, and a check or two is off */
    PREFLIGHT_REFUSED /* a run would hold, with that reason */
};

struct preflight_finding {
    enum preflight_level level;
    const char          *about, *text;
};

struct preflight {
    struct arena *arena; /* borrowed */
    VEC(struct preflight_finding) found;
};

struct preflight_asked {
    const struct preset_service *service;
    const struct policy         *policy;
    int64_t                      at_ms, scrape_interval_ms;
};

void preflight_read(struct preflight *p, const struct preflight_asked *asked,
                    const struct promreply *reply);

void preflight_add(struct preflight *p, enum preflight_level level, const char *about,
                   const char *fmt, ...) PRINTF_LIKE(4, 5);

/* "v1 (1200), v2 (34) and 3 more": the values of a label, by the sum of their
 * series' values, greatest first; "" where no series has it.  part: only its
 * series, or PRESET_PART_COUNT for all. */
const char *preflight_values(struct arena *a, const struct preset_service *service,
                             const struct promreply *reply, enum preset_part part,
                             const char *label);

const char *preflight_level_text(enum preflight_level l);
bool        preflight_refused(const struct preflight *p);

#endif
