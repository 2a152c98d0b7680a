/* fakeport.h - a struct port without a daemon: one view, a queue that the test
 * empties when it likes, and a record of what was told. */
#ifndef TESTS_SUPPORT_FAKEPORT_H
#define TESTS_SUPPORT_FAKEPORT_H

#include "webhooks/port.h"

#include <pthread.h>

enum { FAKEPORT_QUEUE = 64 };

struct fakeport_item {
    bool             is_read;
    enum port_change change;
    struct question  q;
    struct port_read read;
    port_reply_fn    reply;
    port_read_fn     read_done;
    void            *ctx;
};

/* Start it with fakeport_init(); any thread. */
struct fakeport {
    struct port         port;
    pthread_mutex_t     lock;
    pthread_cond_t      queued;
    enum port_lookup    lookup;   /* what view says */
    struct verdict_view view;     /* under PORT_FOUND, and in replies where has_view */
    bool                has_view; /* replies carry the view */
    bool                granted;
    enum verdict_reason reason;  /* of replies without a view */
    const char         *err;     /* of lookups and replies, "" */
    bool                full;    /* the queue takes nothing */
    bool                at_once; /* replies come before change returns */
    int                 held;    /* views that were not released */

    struct fakeport_item item[FAKEPORT_QUEUE];
    size_t               n_items;

    int              n_told;
    struct port_told told; /* the last; its question is not kept */
    int              n_changes[PORT_EVENT + 1];
    struct question  asked; /* of the last change */
    int              n_acts;
    struct port_act  act;        /* the last; answered before act() returns, */
    enum status      act_status; /* by this, OK with the view */
    struct port_read read;       /* of the last read */

    int                n_notices;
    struct port_notice notice;        /* the last; answered before notice() returns, */
    enum status        notice_status; /* by this */
    int                n_events;
    struct question    event_question; /* of the last event */
    struct port_event  event;

    int                   n_executions; /* that were started: the last is this */
    struct port_execution execution;
    enum status           execution_status; /* told before execution_start() returns */
    char                  execution_id[ULID_BYTES];

    /* measure() is answered before it returns. */
    int                 n_measures;
    struct port_measure measured; /* the last; its texts are not kept */
    enum status         measure_status;
    double              measure_value;

    struct port_health health;
    const char        *read_body, *read_verdict_id;
    int                read_code;
};

void fakeport_init(struct fakeport *p);
void fakeport_release(struct fakeport *p);

/* Answer what is queued, on the caller's thread; how many there were. */
size_t fakeport_pump(struct fakeport *p);

/* Wait until something is queued. */
void fakeport_wait(struct fakeport *p);

/* A view as a live run publishes it: hold too_few_requests, numbers known. */
struct verdict_view fakeport_view(void);

#endif
