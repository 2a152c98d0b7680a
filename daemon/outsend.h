/* outsend.h - one verdict on its way to one target.  Loop thread. */
#ifndef DAEMON_OUTSEND_H
#define DAEMON_OUTSEND_H

#include "base/clock.h"
#include "daemon/config.h"

struct outsend;

enum outsend_end {
    OUTSEND_TOLD,      /* the target has it */
    OUTSEND_AGAIN,     /* not now */
    OUTSEND_REFUSED,   /* and it would refuse it again */
    OUTSEND_CANCELLED, /* nobody knows */
};

/* why names no URL, secret or body: it is stored and logged. */
typedef void (*outsend_fn)(void *ctx, enum outsend_end end, const char *why,
                           int64_t retry_after_ms);

/* Made from the notice at once; target points into config, of which a reference is
 * kept.  rollout: of argo_abort.  done is called once, never from inside.  NULL: it
 * cannot be made (a file that cannot be read); err says why, and done is not called. */
struct outsend *outsend_start(const struct fetch *fetch, const struct clock *clock,
                              struct config *config, const struct config_notification *target,
                              const struct record_notice *n, const char *rollout, outsend_fn done,
                              void *ctx, struct err *err);

/* done comes with OUTSEND_CANCELLED, later. */
void outsend_cancel(struct outsend *o);

#endif
