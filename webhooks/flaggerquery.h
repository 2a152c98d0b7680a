/* flaggerquery.h - what a query that Flagger sends to its metrics server is about.
 *
 * Its built-in checks, request-success-rate and request-duration, are known by the
 * shape of the parsed expression and by flaggerquery.def; so are our own series.
 * No other expression is answered: who may ask a gate may not read all of a source. */
#ifndef WEBHOOKS_FLAGGERQUERY_H
#define WEBHOOKS_FLAGGERQUERY_H

#include "base/arena.h"
#include "base/err.h"
#include "webhooks/port.h"

enum { FLAGGERQUERY_BYTES = 16384, FLAGGERQUERY_FITTING = 8 };

struct flaggerquery {
    bool             is_constant; /* vector(1): whether the server is there; then: */
    double           constant;
    enum port_metric what;    /* else */
    struct slice     expr;    /* the whole query; borrowed */
    struct slice     traffic; /* of a success rate: its denominator, a part of expr */
    /* Rows of flaggerquery.def whose labels every selector has, with these values. */
    struct flaggerquery_fit {
        unsigned     row;
        struct slice ns, value; /* in the arena; ns empty: it is in the value */
    } fit[FLAGGERQUERY_FITTING];
    size_t n_fits;
};

/* query is borrowed, all else is in the arena.  STATUS_SYNTAX: it does not parse;
 * STATUS_BAD_QUERY: it is none of those; STATUS_LIMIT: over FLAGGERQUERY_BYTES. */
enum status flaggerquery_read(struct arena *a, struct slice query, struct flaggerquery *out,
                              struct err *err) MUST_CHECK;

/* Whether the query is about the target of that name. */
bool flaggerquery_is_about(const struct flaggerquery *q, const char *ns, const char *name);

/* The namespace and the name where the labels hold them by themselves. */
bool flaggerquery_names(const struct flaggerquery *q, char ns[VIEW_NAME_BYTES],
                        char name[VIEW_NAME_BYTES]);

#endif
