/* selfsample.h - states of the daemon that only its loop may look at, copied once a
 * second for those who answer /metrics on other threads. */
#ifndef DAEMON_SELFSAMPLE_H
#define DAEMON_SELFSAMPLE_H

#include "analyzer/run.h"
#include "daemon/app.h"
#include "daemon/remotewriter.h"
#include "telemetry/ingest.h"
#include "telemetry/tsdb.h"

/* Reasons of blind runs that are told apart; the last stands for all others. */
#define SELFSAMPLE_BLIND                                                                           \
    REASON_SOURCE_UNREACHABLE, REASON_SOURCE_ERROR, REASON_STALE_DATA, REASON_TOO_MANY_SERIES,     \
        REASON_NONE
enum { SELFSAMPLE_N_BLIND = 5 };

struct selfsample_source {
    struct sourcemeter *meter; /* lives as long as the app's meters */
    bool                up;
    uint64_t            in_flight;
    int64_t             snapshot_age_ms; /* 0: no run lives */
};

struct selfsample_embedded {
    char              name[64];
    struct tsdb_stats stats;
};

struct selfsample_target {
    char     name[64];
    uint64_t waiting, dead, told, dropped;
};

/* Immutable once published. */
struct selfsample {
    atomic_uint                 refs;
    uint64_t                    runs[RUN_ENDED][VERDICT_COUNT];
    uint64_t                    blind[SELFSAMPLE_N_BLIND];
    int64_t                     hold_longest_ms;
    uint64_t                    runs_waiting, gates_waiting;
    size_t                      n_sources, n_embedded, n_targets;
    struct selfsample_source   *source;
    struct selfsample_embedded *embedded;
    struct selfsample_target   *target;
    struct ingest_stats         ingest;
    struct remotewriter_stats   remote_write;
};

/* Loop thread; one reference. */
struct selfsample *selfsample_take(const struct app *app);

struct selfsample *selfsample_ref(struct selfsample *s);
void               selfsample_unref(struct selfsample *s); /* NULL: nothing */

#endif
