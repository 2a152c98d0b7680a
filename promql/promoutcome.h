/* promoutcome.h - what one HTTP exchange with a Prometheus API says. */
#ifndef PROMQL_PROMOUTCOME_H
#define PROMQL_PROMOUTCOME_H

#include "base/fetch.h"
#include "promql/promreply.h"

enum promoutcome {
    PROMOUTCOME_FINAL,    /* an answer, or a failure that asking again will not mend */
    PROMOUTCOME_MAY_PASS, /* no connection, 429, 5xx */
    PROMOUTCOME_BY_GET,   /* POST is not taken here: ask by GET */
};

/* *s and err as promclient.h lists them; *reply is set if *s is STATUS_OK, and
 * lives in the arena. */
enum promoutcome promoutcome_judge(const struct fetch_result *r, bool by_get,
                                   const struct promreply_limits *limits, struct arena *arena,
                                   struct promreply *reply, enum status *s, struct err *err);

#endif
