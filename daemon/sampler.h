/* sampler.h - from "take a snapshot at this time" to a closed interval in a run. */
#ifndef DAEMON_SAMPLER_H
#define DAEMON_SAMPLER_H

#include "analyzer/run.h"
#include "daemon/upstream.h"
#include "daemon/target.h"

enum sampler_outcome {
    SAMPLER_BLIND,   /* no snapshot: the run was told why (run_blind) */
    SAMPLER_IGNORED, /* nothing had advanced */
    SAMPLER_ORIGIN,  /* the first snapshot: books were opened */
    SAMPLER_OPEN,    /* taken in, no interval closed */
    SAMPLER_CLOSED,  /* *interval was applied to the run */
};

/* interval is NULL unless SAMPLER_CLOSED; borrowed for the call. */
typedef void (*sampler_fn)(void *ctx, enum sampler_outcome outcome,
                           const struct interval *interval);

struct sampler;

/* The run is borrowed and gets what is seen; NULL: only done hears of it.  STATUS_SYNTAX: the target's
 * names cannot be put into a query; err says which. */
enum status sampler_new(struct upstream *source, const struct target *t, struct run *run,
                        struct sampler **out, struct err *err) MUST_CHECK;

/* A snapshot that is under way is dropped, its done is not called. */
void sampler_free(struct sampler *s);

/* One at a time.  done comes later, exactly once. */
void sampler_take(struct sampler *s, int64_t at_ms, sampler_fn done, void *ctx);
bool sampler_busy(const struct sampler *s);

/* The PromQL of a snapshot, for people to copy. */
struct slice sampler_expression(const struct sampler *s);

#endif
