/* watchview.h - what `verdictd watch` shows of runs, from what /v1/runs answers.
 *
 * Everything goes into a text and nothing is asked: cmd_watch.c does both.  All
 * that came over the network is shown by terminal_put(), which lets nothing of
 * it steer the terminal; a field that is missing is left out. */
#ifndef DAEMON_WATCHVIEW_H
#define DAEMON_WATCHVIEW_H

#include "base/json.h"
#include "base/terminal.h"
#include "daemon/watchrates.h"

struct watchview {
    struct terminal terminal;
    bool            utf8;
    unsigned        columns;
    int64_t         now_ms;  /* wall */
    const char     *url;     /* of the daemon */
    const char     *trouble; /* why nothing newer is known; NULL: all is well */
};

/* run: of /v1/runs/{id}. */
void watchview_run(const struct watchview *w, json_t *run, const struct watchrates *rates,
                   struct text *out);

/* Arrays of runs as in /v1/runs: live ones, and those that ended while they were watched. */
void watchview_list(const struct watchview *w, json_t *live, json_t *ended, struct text *out);

/* One run on one line, for where nothing can be redrawn: the time of its last
 * change, id, service, canary, state, verdict, reason, message. */
void watchview_line(json_t *run, struct text *out);

/* The frame in place of the one before, whose lines *drawn counts.  Of one that
 * does not fit into rows the first lines and the last, and how many are not shown. */
void watchview_redraw(struct slice frame, unsigned rows, unsigned *drawn, struct text *out);

#endif
