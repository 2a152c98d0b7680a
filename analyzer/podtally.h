/* podtally.h - what one server's proxy has counted in the open interval.
 *
 * Like the tally, increments are staged first.  Part of a book, so that it
 * goes when the pod is forgotten. */
#ifndef ANALYZER_PODTALLY_H
#define ANALYZER_PODTALLY_H

#include "analyzer/tally.h"

/* A server's proxy reports its own version; a second one after its labels were
 * changed.  More are counted in the arms, but under no pod. */
enum { PODTALLY_VERSIONS = 2 };

struct podtally_counts {
    uint64_t requests, faults, no_response, client_errors, timed;
    uint64_t over[INTERVAL_MONITORED];
};

struct podtally {
    const struct naming_version *version; /* NULL: unused */
    struct podtally_counts       n, staged;
    bool                         present, present_staged; /* went on, with requests or not */
    double                       usual;                   /* requests per interval, lately */
};

/* Where the histogram's bounds are that exceedances are counted of. */
struct podtally_bounds {
    uint32_t n;                      /* bounds of the histogram */
    uint32_t at[INTERVAL_MONITORED]; /* n: that one is not there, or there are fewer */
};

/* The row of the version, which is an arm's; NULL: there is no room. */
struct podtally *podtally_row(struct podtally              rows[PODTALLY_VERSIONS],
                              const struct naming_version *version);

/* Stage requests. */
void podtally_add(struct podtally *p, enum class class, bool no_response, bool client_error,
                  uint64_t n);
void podtally_add_buckets(struct podtally *p, const uint64_t bucket[],
                          const struct podtally_bounds *bounds);

void podtally_settle(struct podtally rows[PODTALLY_VERSIONS]);
void podtally_unstage(struct podtally rows[PODTALLY_VERSIONS]);
void podtally_clear(struct podtally rows[PODTALLY_VERSIONS]);
void podtally_clear_buckets(struct podtally rows[PODTALLY_VERSIONS]);

/* Settled and staged together. */
struct podtally_counts podtally_sum(const struct podtally *p);
void podtally_add_counts(struct podtally_counts *to, const struct podtally_counts *from);

#endif
