/* meters.h - what the daemon's own code counts as it goes, for /metrics.
 *
 * One of each app; counted and read by any thread, without a lock.  What is a state
 * and no event (runs, queues) is not here: selfsample.h looks at it. */
#ifndef DAEMON_METERS_H
#define DAEMON_METERS_H

#include "analyzer/override.h"
#include "analyzer/verdict.h"
#include "base/histogram.h"
#include "daemon/sampler.h"
#include "promql/promclient.h"

/* Of one source by its name; it stays when a reload takes the source away, and goes
 * on counting when one of that name comes back. */
struct sourcemeter {
    char                name[64];
    struct counter      queries, retries, errors[STATUS_COUNT];
    struct histogram    duration;
    _Atomic int64_t     answered_wall_ms; /* 0: never */
    struct sourcemeter *next;
};

/* Codes that gates answer with; 0 stands for all others. */
#define METERS_CODES 0, 200, 202, 400, 404, 409, 412, 503
enum { METERS_MAX_GATES = 16, METERS_N_CODES = 8 };

struct meters {
    struct counter   ticks[SAMPLER_CLOSED + 1];
    struct histogram tick_lag, loop_lag;
    struct counter   runs_started, runs_ended, runs_refused;
    struct counter   transitions[VERDICT_COUNT];
    struct counter   acts[OVERRIDE_COUNT], ended_by_hand;
    struct counter   reloads, reloads_failed;
    atomic_bool      reload_ok;
    _Atomic int64_t  loaded_wall_ms, loop_wall_ms;

    /* A gate has its row from its first call on; none is ever taken away. */
    _Atomic(const char *) gate[METERS_MAX_GATES];
    struct counter        gate_calls[METERS_MAX_GATES][VERDICT_COUNT][METERS_N_CODES];

    struct sourcemeter *sources; /* loop thread */
};

struct meters *meters_new(void);
void           meters_free(struct meters *m);

/* Any thread.  gate lives as long as m; calls of more than METERS_MAX_GATES gates are
 * counted with the last. */
void meters_gate_called(struct meters *m, const char *gate, enum verdict v, int code);

/* Loop thread: that of this name, made when it is new.  Lives as long as m. */
struct sourcemeter *meters_source(struct meters *m, const char *name);

/* The configuration was read again, and taken or refused. */
void meters_reloaded(struct meters *m, bool ok, int64_t wall_ms);

/* An answer, or a failure, that came at this wall time. */
void meters_answered(struct sourcemeter *s, const struct promclient_answer *a, int64_t wall_ms);

#endif
