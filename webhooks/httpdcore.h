/* httpdcore.h - the server that httpd.c starts and stops and httprequest.c answers for:
 * for these two alone. */
#ifndef WEBHOOKS_HTTPDCORE_H
#define WEBHOOKS_HTTPDCORE_H

#include "base/clock.h"
#include "webhooks/clients.h"
#include "webhooks/httpconn.h"
#include "webhooks/httpd.h"
#include "webhooks/httpthreads.h"
#include "webhooks/outbudget.h"
#include "webhooks/waitlist.h"

struct httpd {
    struct httpd_config   config;
    struct gates         *gates;
    struct httpthreads    threads;
    uint16_t              port;
    struct clients        clients;
    struct httpconn_table conns;
    struct bodyin_budget  questions, writes;
    struct outbudget      sending;
    atomic_int            active;   /* requests between request line and end */
    atomic_bool           stopping; /* nothing is suspended any more */
    struct waitlist       waiting;
    pthread_t             sweeper;
    int64_t               tls_refused;                            /* tries since one went well; */
    char                  tls_why[sizeof((struct err *)0)->text]; /* the sweeper's alone */

    pthread_mutex_t lock; /* of sweeper_ends */
    pthread_cond_t  wake; /* on monotonic time */
    bool            sweeper_ends;
};

/* Sockets live in real time, whatever clock the gates were given. */
static inline int64_t
httpdcore_now_ms(void)
{
    return clock_mono_ms(&clock_system);
}

#endif
