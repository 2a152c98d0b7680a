/* templatewrite.h - the objects that put verdictd into a rollout, filled in. */
#ifndef WEBHOOKS_TEMPLATEWRITE_H
#define WEBHOOKS_TEMPLATEWRITE_H

#include "base/err.h"
#include "base/text.h"

enum { TEMPLATEWRITE_MAX_STEPS = 16 };

/* Names are DNS labels, the URL has been checked; nothing here is quoted. */
struct templatewrite {
    const char *service, *ns;
    const char *url;          /* of verdictd, without path */
    const char *preset, *key; /* of preset.def */
    bool        canary_known; /* the configuration says the value on the canary */
    bool        token;        /* callers need one */
    unsigned    weight[TEMPLATEWRITE_MAX_STEPS]; /* percent, rising, below 100 */
    size_t      n_weights;
};

/* AnalysisTemplate and Rollout.  STATUS_CONFLICT: Argo gives both sides the same
 * value of that key; err says which keys tell them apart. */
enum status templatewrite_argo(const struct templatewrite *w, struct text *out,
                               struct err *err) MUST_CHECK;

/* Canary, its hooks, the MetricTemplate of its one metric, and where to put a token:
 * for the latter a Secret verdictd with the key token.  The steps are equal ones up to
 * the last weight.  STATUS_CONFLICT: Flagger's two workloads have the same value
 * of that key. */
enum status templatewrite_flagger(const struct templatewrite *w, struct text *out,
                                  struct err *err) MUST_CHECK;

#endif
