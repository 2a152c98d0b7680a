/* watchrates.h - success rates of a run's last intervals, as the API tells them. */
#ifndef DAEMON_WATCHRATES_H
#define DAEMON_WATCHRATES_H

#include "base/json.h"

enum { WATCHRATES_MOST = 60 };

/* Oldest first; NaN: no requests. */
struct watchrates {
    size_t  n;
    double  canary[WATCHRATES_MOST], stable[WATCHRATES_MOST];
    int64_t last_ms; /* when the newest ended, wall; 0: none is known */
};

/* answer: of /v1/runs/{id}/intervals, ascending; what is not newer than last_ms
 * is known.  By callers' reports where there are some, else by servers'. */
void watchrates_add(struct watchrates *r, json_t *answer);

#endif
