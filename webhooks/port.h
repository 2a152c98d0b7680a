/* port.h - what the gates ask of the daemon: views, notes, slow answers.
 *
 * daemon/ implements these pointers; tests give their own.  The fast calls are
 * made on HTTP threads, from memory, and never wait. */
#ifndef WEBHOOKS_PORT_H
#define WEBHOOKS_PORT_H

#include "analyzer/record.h"
#include "analyzer/view.h"
#include "base/clock.h"
#include "base/json.h"
#include "webhooks/question.h"

/* Why a question cannot be answered from a view. */
enum port_lookup {
    PORT_FOUND,           /* *view is held until view_release */
    PORT_NO_RUN,          /* the service is known, the run is not: ask the slow way */
    PORT_UNKNOWN_SERVICE, /* Argo 404, Flagger 409 */
    PORT_BAD,             /* the service does not take this question: 400, err says why */
};

/* A change that a gate call makes to its run.  The loop makes it, stores what
 * must be stored, and only then answers. */
enum port_change {
    PORT_OPEN,           /* find or start the run */
    PORT_FIRST_STEP,     /* confirm-traffic-increase without canary traffic: grant once per run */
    PORT_PROMOTION_TOLD, /* confirm-promotion is about to be told pass for the first time */
    PORT_CONFIRM_SEEN,   /* a confirm hook asked for this revision */
    PORT_END,            /* post-rollout */
    PORT_EVENT,          /* Flagger event; question.event has the message */
};

/* The answer of the slow way.  Called on the loop thread, exactly once.  view
 * is borrowed for the call and NULL where there is no run; then reason says
 * why (store_busy, too_many_runs, run_ended) and lookup which kind it is.
 * granted: for PORT_FIRST_STEP and PORT_PROMOTION_TOLD. */
struct port_reply {
    enum port_lookup           lookup;
    const struct verdict_view *view;
    enum verdict_reason        reason;
    bool                       granted;
    struct err                 err;
};
typedef void (*port_reply_fn)(void *ctx, const struct port_reply *reply);

/* What was told, for the history.  question is borrowed for the call. */
struct port_told {
    const struct question *question;
    const char            *gate; /* "argo", "flagger/rollback" */
    char                   run[ULID_BYTES];
    enum verdict           verdict;
    enum verdict_reason    reason;
    int                    http_code;
};

/* Reads of the history, made on a worker; the answer is a whole JSON body. */
struct port_read {
    enum {
        PORT_READ_RUNS,
        PORT_READ_RUN,
        PORT_READ_INTERVALS,
        PORT_READ_VERDICTS,
        PORT_READ_VERSIONS,
        PORT_READ_PLACEBOS
    } what;
    char     ns[VIEW_NAME_BYTES], service[VIEW_NAME_BYTES], run[ULID_BYTES];
    int      state;   /* enum record_run_state, -1: any */
    int      verdict; /* enum verdict, -1: any */
    int64_t  since_ms;
    uint32_t limit;
    char     after[ULID_BYTES]; /* cursor: the last id of the page before; "" */
};
/* On a worker or the loop, exactly once; body is borrowed for the call. */
typedef void (*port_read_fn)(void *ctx, int http_code, struct slice body);

/* live: every thread is up.  ready: also each source answered lately and the
 * store writes; detail is one line per thing that is not. */
struct port_health {
    bool live, ready;
    char detail[512];
};

struct port {
    void *self;

    /* Any thread. */
    enum port_lookup (*view)(void *self, const struct question *q, const struct verdict_view **view,
                             struct err *err);
    void (*view_release)(void *self, const struct verdict_view *view);
    void (*told)(void *self, const struct port_told *told);
    struct port_health (*health)(void *self);

    /* Any thread; the question is copied; answers later through done, at most
     * 200 ms later.  false: the queue is full, done is not called: the caller
     * answers hold store_busy. */
    bool (*change)(void *self, enum port_change change, const struct question *q,
                   port_reply_fn done, void *ctx);
    bool (*read)(void *self, const struct port_read *read, port_read_fn done, void *ctx);
};

#endif
