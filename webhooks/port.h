/* port.h - what the gates ask of the daemon: views, notes, slow answers.
 *
 * daemon/ implements these pointers; tests give their own.  The fast calls are
 * made on HTTP threads, from memory, and never wait. */
#ifndef WEBHOOKS_PORT_H
#define WEBHOOKS_PORT_H

#include "analyzer/override.h"
#include "analyzer/record.h"
#include "analyzer/view.h"
#include "base/asset.h"
#include "base/clock.h"
#include "base/json.h"
#include "promql/source.h"
#include "webhooks/eventstream.h"
#include "webhooks/question.h"
#include "webhooks/token.h"
#include "webhooks/viewjson.h"
#include "webhooks/writeport.h"

#include <stdatomic.h>

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
    enum port_read_what {
        PORT_READ_RUNS,
        PORT_READ_RUN,
        PORT_READ_INTERVALS,
        PORT_READ_VERDICTS,
        PORT_READ_VERSIONS,
        PORT_READ_PLACEBOS,
        PORT_READ_TIMELINE
    } what;
    char     ns[VIEW_NAME_BYTES], service[VIEW_NAME_BYTES], run[ULID_BYTES];
    int      state;   /* enum record_run_state, -1: any */
    int      verdict; /* enum verdict, -1: any */
    int64_t  since_ms;
    uint32_t limit;
    char     after[ULID_BYTES]; /* cursor: the last id of the page before; "" */
    /* Of the caller: a run by id that is of none of its namespaces is not found. */
    struct token_grant grant;
    /* Of runs, a run and verdicts: answer when a verdict is stored or a run ends, or
     * after this; 0: now.  At once where seen, the verdict_id of the answer before
     * ("": none), is not the newest any more. */
    int64_t            wait_ms;
    char               seen[ULID_BYTES];
    const atomic_bool *gone; /* set once nobody waits any more; good until done; NULL: not known */
};
/* On a worker or the loop, exactly once; body is borrowed for the call.  verdict_id:
 * the newest of the run, or of all where several were asked for; "": there is none. */
typedef void (*port_read_fn)(void *ctx, int http_code, struct slice body, const char *verdict_id);

/* A person's act on a run that is live, or of which an abort is still told. */
struct port_act {
    enum { PORT_ACT_OVERRIDE, PORT_ACT_END } what;
    char               run[ULID_BYTES];
    struct override    override;                  /* of PORT_ACT_END by and why alone */
    const char        *via;                       /* static: "api", "link" */
    char               link[ULID_BYTES];          /* its id, good once; "": none */
    int64_t            link_until_ms;             /* wall: it is no link any more */
    char               revision[VIEW_NAME_BYTES]; /* that the link is for */
    struct token_grant grant; /* of the caller: a run of none of its namespaces is not found */
};

/* On the loop thread, exactly once.  STATUS_OK: *view, borrowed for the call, is
 * what is told now.  STATUS_NOT_FOUND; STATUS_CONFLICT: the run takes no such act
 * now; STATUS_BUSY, STATUS_STORE: it is not in the history (yet). */
typedef void (*port_act_fn)(void *ctx, enum status s, const struct verdict_view *view,
                            const struct err *err);

/* What a rollout's controller says of it, and what becomes of the run of the
 * question's revision by it. */
struct port_event {
    const char *door, *what; /* static: "argo"; the event's word */
    enum port_event_effect {
        PORT_EVENT_NOTED,   /* nothing */
        PORT_EVENT_BEGINS,  /* it starts where there is none */
        PORT_EVENT_MOVES,   /* it hears of the weight; starts where the revision never had one */
        PORT_EVENT_ENDS,    /* completed */
        PORT_EVENT_ABORTS,  /* ended by the controller */
        PORT_EVENT_RETRIES, /* what has ended, or aborts, is tried again */
    } effect;
    int64_t step; /* as the controller counts; -1: not said */
    char    image[VIEW_NAME_BYTES], message[512];
};

/* What a person wants of a verdict's message to a target outside. */
struct port_notice {
    bool            drop; /* else tried again */
    char            verdict[ULID_BYTES], target[64];
    struct override who; /* by and why alone */
};

/* Any thread, exactly once: it is in the history, or err says why not
 * (STATUS_NOT_FOUND: no such message waits or is dead). */
typedef void (*port_notice_fn)(void *ctx, enum status s, const struct err *err);

/* A gate of Flagger's loadtester: /gate/... or /rollback/... of one Canary. */
struct port_switch {
    bool rollback;
    char ns[VIEW_NAME_BYTES], name[VIEW_NAME_BYTES];
    char checksum[VIEW_NAME_BYTES]; /* asked: of the caller; set: open for it alone, "": for all */
    bool open;                      /* of a set */
    bool progressing; /* of who asks: its canary has traffic, and can be rolled back */
};

/* Any thread, exactly once: it is in the history, or err says why not. */
typedef void (*port_switch_fn)(void *ctx, enum status s, const struct err *err);

/* What Argo's Kayenta provider asked, and what it was told last if that was the end
 * of it (kayenta_completes()). */
struct port_execution {
    struct question  question;
    bool             complete;
    struct port_told told; /* its question is not set */
};

/* Any thread, exactly once: it is in the history under this id, or err says why not. */
typedef void (*port_execution_fn)(void *ctx, enum status s, const char *id, const struct err *err);

/* What Flagger asks of its metrics server (flaggerquery.h). */
enum port_metric {
    PORT_METRIC_VERDICT, /* 1 pass, 0 hold, -1 fail, -2 abort, of promoting */
    PORT_METRIC_STEP,    /* of the next step */
    PORT_METRIC_SUCCESS_RATE,
    PORT_METRIC_DURATION,
};
struct port_measure {
    enum port_metric what;
    char             ns[VIEW_NAME_BYTES], service[VIEW_NAME_BYTES];
    struct slice     expr;    /* of the two last */
    struct slice     traffic; /* of a success rate: how many requests there are */
};
/* On the loop thread, exactly once.  STATUS_OK: the value; STATUS_NO_DATA: there is
 * none, which Flagger counts as a failed check; else err says what is wrong. */
typedef void (*port_measure_fn)(void *ctx, enum status s, double value, const struct err *err);

struct flaggerquery;

/* live: every thread is up.  ready: also each source answered lately and the
 * store writes; detail is one line per thing that is not. */
struct port_health {
    bool live, ready;
    char detail[512];
};

struct port_label {
    struct slice name, value;
};

/* A scrape target, as /api/v1/targets tells it.  Times 0: never. */
struct port_target {
    struct slice             pool;   /* the source's name */
    const struct port_label *labels; /* job, instance, … */
    size_t                   n_labels;
    const struct port_label *discovered; /* before they were made labels: __address__, … */
    size_t                   n_discovered;
    struct slice             url;
    enum { PORT_TARGET_UNKNOWN, PORT_TARGET_UP, PORT_TARGET_DOWN } health;
    struct slice last_error; /* "" while up */
    int64_t      last_scrape_ms, last_took_ms;
    int64_t      interval_ms, timeout_ms;
};

/* A metric's family, as its targets declare it. */
struct port_family {
    struct slice pool; /* the source's name */
    struct slice name, help, unit;
    const char  *type; /* "counter", … */
};

struct port_top {
    char     name[256];
    uint64_t count;
};
enum { PORT_TOP = 10, PORT_MAX_JOBS = 64 };

/* Figures of all embedded series together. */
struct port_storage {
    uint64_t series, label_pairs, samples;
    int64_t  min_ms, max_ms; /* INT64_MAX, INT64_MIN: no samples */
    /* By /api/v1/status/tsdb; each ends with the first empty name. */
    struct port_top series_by_metric[PORT_TOP], values_by_label[PORT_TOP], bytes_by_label[PORT_TOP],
        series_by_pair[PORT_TOP];
};

/* What is set up, as /api/v1/status/config and runtimeinfo tell it. */
struct port_setup {
    const char *version;
    int64_t     started_ms, loaded_ms; /* wall time; the configuration's last load */
    bool        reload_ok;
    int64_t     retention_ms; /* the shortest of all sources; 0: none keeps series */
    struct {
        char    name[64];
        int64_t interval_ms, timeout_ms;
    } job[PORT_MAX_JOBS]; /* that scrape */
    size_t n_jobs;
};

/* Everything a query of the Prometheus API reads: what is removed by a reload
 * meanwhile stays until it has ended.  One thread at a time. */
struct port_series {
    void         *self;
    struct source source;
    /* name {0}: all. */
    void (*families)(void *self, struct slice                                    name,
                     void (*each)(void *ctx, const struct port_family *f), void *ctx);
    void (*targets)(void *self, void (*each)(void *ctx, const struct port_target *t), void *ctx);
    void (*storage)(void *self, struct port_storage *out);
    void (*setup)(void *self, struct port_setup *out);
};

/* Zero stands for the default. */
struct port_limits {
    int64_t  timeout_ms;  /* 2 min */
    int64_t  lookback_ms; /* 5 min */
    uint64_t max_samples; /* of one query; 50 million */
    size_t   max_memory_bytes;
    size_t   max_body_bytes; /* of an answer, before gzip; 64 MiB */
    unsigned max_concurrent; /* told in status/flags */
};

struct port_api {
    void              *self;
    struct port_limits limits;
    /* Any thread.  run is called once, on a worker; series is borrowed for that
     * call.  targets: it reads them, and the loop is asked for them first.
     * false: the queue is full. */
    bool (*submit)(void *self, bool                                                targets,
                   void (*run)(void *ctx, const struct port_series *series), void *ctx);
};

struct port {
    void *self;

    /* Any thread. */
    enum port_lookup (*view)(void *self, const struct question *q, const struct verdict_view **view,
                             struct err *err);
    void (*view_release)(void *self, const struct verdict_view *view);
    /* The JSON of a view that view() gave, good as long as it is held.  NULL: none is kept. */
    const struct viewjson_kept *(*view_kept)(void *self, const struct verdict_view *view);
    void (*told)(void *self, const struct port_told *told);
    struct port_health (*health)(void *self);
    /* Any thread: the daemon's own metrics, in the format that a scraper's header Accept
     * asks for.  true: it is OpenMetrics.  NULL: there are none. */
    bool (*metrics)(void *self, struct slice accept, struct text *out);

    /* Any thread; the question is copied; answers later through done, at most
     * 200 ms later.  false: the queue is full, done is not called: the caller
     * answers hold store_busy. */
    bool (*change)(void *self, enum port_change change, const struct question *q,
                   port_reply_fn done, void *ctx);
    bool (*act)(void *self, const struct port_act *act, port_act_fn done, void *ctx);
    /* Any thread.  NULL: not served.  false: the queue is full, and done is not called. */
    bool (*notice)(void *self, const struct port_notice *n, port_notice_fn done, void *ctx);
    /* Any thread; both are copied, and nothing is answered.  false: the queue is full. */
    bool (*event)(void *self, const struct question *q, const struct port_event *e);
    /* Any thread.  NULL: not served.  set: false where too many are open, or the queue
     * is full; then done is not called. */
    bool (*switch_is_open)(void *self, const struct port_switch *one);
    bool (*switch_set)(void *self, const struct port_switch *one, port_switch_fn done, void *ctx);
    /* Any thread.  NULL: Kayenta's provider is not served.  start: the question is kept;
     * the same one, while it is not complete, is the same execution.  false: there are
     * too many, and done is not called.  What completes one is told by told().
     * execution false: there is none, or no more. */
    bool (*execution_start)(void *self, const struct question *q, port_execution_fn done,
                            void *ctx);
    bool (*execution)(void *self, const char *id, struct port_execution *out);
    /* Any thread.  metric_service: whose query it is; false: nobody's that is judged.
     * measure: m is copied; false: the queue is full, and done is not called. */
    bool (*metric_service)(void *self, const struct flaggerquery *q, char ns[VIEW_NAME_BYTES],
                           char service[VIEW_NAME_BYTES]);
    bool (*measure)(void *self, const struct port_measure *m, port_measure_fn done, void *ctx);
    void (*policies)(void *self, void (*each)(void *ctx, const char *name), void *ctx);
    bool (*read)(void *self, const struct port_read *read, port_read_fn done, void *ctx);

    const unsigned char    *link_key; /* signs links; NULL: none are made */
    const struct port_api  *api;      /* the Prometheus API; NULL: there is none */
    const struct writeport *writes;   /* telemetry brought by others; NULL: none is taken */
    struct eventstream     *events;   /* what happens to runs; NULL: is not told */
    const struct asset     *assets;   /* the web page; NULL: there is none */
    size_t                  n_assets;
};

#endif
