/* routes.h - do requests find a way to the service, as they usually do?
 *
 * Requests that find no route, or no cluster behind it, reach no version.  That is
 * a rollout's doing where it was otherwise before: a route that was broken already,
 * or a host name that nobody serves, is not.  Broken is, in two intervals running,
 *     x >= 10  and  x >= (0.01 + 2 u) n,  u = (X + 1) / (N + 1)
 * of n requests x that find no way, by the X of N that found none before, which
 * fade with a half-life of 10 minutes.  u is 1 while nothing is known: nothing is
 * said then. */
#ifndef ANALYZER_ROUTES_H
#define ANALYZER_ROUTES_H

#include "analyzer/interval.h"
#include "base/pack.h"

enum { ROUTES_LASTING_MS = 5 * 60 * 1000 };

struct routes {
    double   lost, all; /* X and N */
    uint32_t broken_in_a_row;
    int64_t  broken_ms; /* routes_watch alone: so long it has looked broken; not stored */
};

/* Outside of a run: what looks broken becomes usual once it has lasted; a rollout
 * that did it is rolled back by then, and is tried again. */
void routes_watch(struct routes *r, const struct interval *i, enum counts_view view);

/* The rule: every interval once, in order.  One that looks broken teaches nothing. */
void routes_apply(struct routes *r, const struct interval *i, enum counts_view view);

bool routes_broken(const struct routes *r);

void routes_pack(const struct routes *r, struct text *out);
void routes_unpack(struct routes *r, struct unpack *in);

#endif
