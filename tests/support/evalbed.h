/* evalbed.h - a few series, a query, and its answer as text: for tests of
 * PromQL evaluation. */
#ifndef TESTS_SUPPORT_EVALBED_H
#define TESTS_SUPPORT_EVALBED_H

#include "promql/eval.h"
#include "promql/memsource.h"

struct evalbed {
    struct memsource   *series;
    struct source       inner, source; /* source counts what is asked of inner */
    struct source       unpacked;      /* where inner is evalbed_pack()'s */
    size_t              opens, selects, reads, closes;
    struct eval_request request; /* of the next query */
    struct eval_stats   stats;   /* of the last one */
    struct text         answer;
    struct err          err;
};

void evalbed_init(struct evalbed *b);
void evalbed_release(struct evalbed *b);

/* From now on columns are handed out in scratch. */
void evalbed_pack(struct evalbed *b);

/* labels: "job=api,code=200"; points: a value per minute from 0 on, "_" for none,
 * "s" for a marker of staleness. */
void evalbed_add(struct evalbed *b, const char *name, const char *labels, const char *points);

/* Parse and evaluate.  The answer, or the error's text:
 *     vector   x{a="1"} 5; x{a="2"} 6
 *     matrix   x{a="1"} 5@0 6@60; …      times in seconds
 *     scalar   5
 *     string   "text"
 * and then each note in brackets.  Good until the next call. */
const char *evalbed_ask(struct evalbed *b, const char *query, enum status *rc);

#endif
