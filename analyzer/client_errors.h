/* client_errors.h - the pass side of the check: does the canary answer 4xx more
 * often than the baseline?
 *
 * 4xx are no faults: most are their callers' mistakes.  But a canary that answers
 * 404 to everybody must not look healthy.  Of the requests that were answered;
 * abort side: family.h. */
#ifndef ANALYZER_CLIENT_ERRORS_H
#define ANALYZER_CLIENT_ERRORS_H

#include "analyzer/comparison.h"

struct client_errors {
    struct check_result asked;
    uint64_t            min_requests;
    struct comparison   answers;
};

void client_errors_init(struct client_errors *e, const struct policy *p);

/* The rest as in error_rate.h. */
void client_errors_apply(struct client_errors *e, const struct interval *i, enum counts_view view,
                         bool judged, struct gm_odds *odds);
struct check_result client_errors_result(const struct client_errors *e,
                                         struct comparison_told     *told);
void                client_errors_pack(const struct client_errors *e, struct text *out);
void                client_errors_unpack(struct client_errors *e, struct unpack *in);

#endif
