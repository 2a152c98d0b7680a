/* scrapelabels.h - the labels a scraped series is stored under: its own, and those
 * of the target (scrape/scrape.go, mutateSampleLabels, verifyLabelLimits). */
#ifndef TELEMETRY_SCRAPELABELS_H
#define TELEMETRY_SCRAPELABELS_H

#include "telemetry/exposition.h"
#include "telemetry/scrapebody.h"

enum { SCRAPELABELS_MAX = 256 }; /* of one series, the target's among them */

/* Of one target. */
struct scrapelabels {
    struct tsdb                   *tsdb;
    const struct scrapebody_rules *rules;
    struct tsdb_label             *target; /* with their texts in one piece of memory */
    size_t                         n_target;
};

/* The labels are copied, empty ones left out. */
void scrapelabels_init(struct scrapelabels *s, struct tsdb *t, const struct scrapebody_rules *rules,
                       const struct tsdb_label *target, size_t n_target);
void scrapelabels_release(struct scrapelabels *s);

/* Where names and values that had to be made stand; one may serve many calls.
 * Start it as {0}, free(at) ends it. */
struct scrapelabels_store {
    char  *at;
    size_t cap;
};

/* The series of a scraped sample.  With rules that keep only some names, *ref is
 * TSDB_NONE for others.  Any failure is that of the whole scrape: STATUS_SYNTAX,
 * STATUS_CONFLICT (a name twice), STATUS_LIMIT. */
enum status scrapelabels_series(const struct scrapelabels *s, struct slice series,
                                enum exposition_type type, struct scrapelabels_store *store,
                                uint64_t *ref, struct err *err) MUST_CHECK;

/* One of the synthetic series, such as up: the name and the target's labels. */
enum status scrapelabels_synthetic(const struct scrapelabels *s, const char *name, uint64_t *ref,
                                   struct err *err) MUST_CHECK;

/* Whether the rules keep a metric of this name. */
bool scrapelabels_keeps(const struct scrapelabels *s, struct slice name);

#endif
