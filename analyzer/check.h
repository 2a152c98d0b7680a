/* check.h - one question put to the intervals of a run, and its answer. */
#ifndef ANALYZER_CHECK_H
#define ANALYZER_CHECK_H

#include "analyzer/verdict.h"

enum check {
#define CHECK(name, text, weight, asks) CHECK_##name,
#include "analyzer/check.def"
#undef CHECK
    CHECK_COUNT
};

const char *check_text(enum check c);
const char *check_asks(enum check c);
double      check_weight(enum check c); /* share of the false-rollback rate; 0: a rule */
enum status check_parse(struct slice text, enum check *out) MUST_CHECK;

/* What a check says now.  Numbers that are not known are NaN; a writer leaves
 * them out. */
struct check_result {
    enum verdict        verdict;
    enum verdict_reason reason;
    bool                configured; /* false: hold, not_configured, counts for nothing */
    bool                required;   /* must pass before the run passes */
    bool                dry_run;    /* stored and told, counts for nothing */
    double              evidence;   /* e-value against "not worse than the margin", at most 1e300 */
    double              value;      /* of a threshold, in limit's unit */
    double              limit;      /* what evidence must reach, or value must keep */
    double              pass_evidence, pass_limit; /* the same for "shown good enough" */
    double              need_requests;             /* of the canary, until it can be told */
};

/* An e-value that is kept as its logarithm, as it is told. */
double check_evidence(double log_e);

/* hold, not_configured, all numbers NaN. */
struct check_result check_none(void);

#endif
