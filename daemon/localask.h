/* localask.h - questions of runs to series that are kept here: PromQL evaluated on
 * workers, answered as promclient answers those to an upstream. */
#ifndef DAEMON_LOCALASK_H
#define DAEMON_LOCALASK_H

#include "daemon/mailbox.h"
#include "daemon/workers.h"
#include "promql/promclient.h"
#include "promql/source.h"

struct localask_config {
    const char   *name; /* of the source, for errors; borrowed */
    struct source source;
    size_t        max_series; /* of an answer */
    /* A question about a time is answered with what was there this much before:
     * what is written to a source comes in parts, and half a scrape would be read.
     * Always the same, so that who asks again is told the same.  Questions about a
     * range are about the past anyway. */
    int64_t             delay_ms;
    struct workers     *workers; /* borrowed, as mailbox and clock are */
    struct mailbox     *mailbox;
    const struct clock *clock;
};

struct localask;
struct localask_query;

/* Loop thread, all of it. */
struct localask *localask_new(const struct localask_config *config);
void             localask_free(struct localask *l); /* no question is open */

/* As promclient_ask(): done is called exactly once, later, never from inside
 * this call, and the reply is in the question's arena, which is a worker's until
 * then.  STATUS_BAD_QUERY: it does not parse either. */
struct localask_query *localask_ask(struct localask *l, const struct promclient_question *q,
                                    promclient_done_fn done, void *ctx);

/* done will be called, with STATUS_CANCELLED, as soon as a worker has seen it. */
void localask_cancel(struct localask_query *q);

struct promclient_stats localask_stats(const struct localask *l);

#endif
