/* record.h - what the history keeps, as plain structs between its users.
 *
 * store/ reads and writes them, webhooks/ and the command line print them.
 * Texts are borrowed from whoever made the record, for the length of a call. */
#ifndef ANALYZER_RECORD_H
#define ANALYZER_RECORD_H

#include "analyzer/calibration.h"
#include "analyzer/interval.h"
#include "analyzer/verdict.h"
#include "base/ulid.h"

enum record_run_state { RECORD_LIVE, RECORD_ENDED };

struct record_run {
    char                  id[ULID_BYTES];
    struct slice          service, ns, revision, canary, baseline, key, policy, policy_hash, source;
    uint32_t              attempt;
    enum record_run_state state;
    struct slice          end_cause;                        /* "" while live */
    int64_t               started_ms, ended_ms, updated_ms; /* wall; ended_ms 0 while live */
    enum verdict          verdict;                          /* the present one */
    enum verdict_reason   reason;
    struct slice          message;
    struct slice          numbers; /* JSON object: the whole answer of view=full as last recorded */
    struct slice          preset;  /* its service's when read; ignored when written */
    struct slice          state_blob;  /* analyzer/run's packed state; empty in listings */
    struct slice          heard;       /* analyzer/runlog since the last interval; likewise */
    struct slice          policy_text; /* canonical text behind policy_hash; empty in listings */
};

/* One change of verdict or reason. */
struct record_verdict {
    char                id[ULID_BYTES], run[ULID_BYTES];
    struct slice        service, ns; /* when read; ignored when written */
    enum verdict        verdict;
    enum verdict_reason reason;
    struct slice        message, policy_hash;
    int64_t             at_ms;   /* wall */
    struct slice        numbers; /* JSON object, the answer of view=full */
};

/* First call, each change of answer, and a count per minute. */
struct record_gate_call {
    char                run[ULID_BYTES]; /* "" where no run was found */
    int64_t             at_ms;
    struct slice        gate;  /* "argo", "flagger/rollback", … */
    struct slice        stage; /* "promote", "step", "" */
    int                 http_code;
    enum verdict        verdict;
    enum verdict_reason reason;
    uint64_t            count; /* equal answers since the last row, this one included */
};

/* What a person did to a run. */
struct record_act {
    char         run[ULID_BYTES];
    int64_t      at_ms;
    struct slice action; /* "approve", "force", "veto", "clear", "end" */
    struct slice by, why;
    int64_t      until_ms;         /* 0: no end */
    struct slice via;              /* "api", "link" */
    char         link[ULID_BYTES]; /* of the link that was used; "": none */
};

/* One weight of a run, from its change to the next. */
struct record_step {
    char                run[ULID_BYTES];
    uint32_t            n;                  /* from 0 */
    int64_t             since_ms, until_ms; /* wall; until_ms 0: it lasts */
    double              weight;             /* percent; NaN: nobody said */
    uint64_t            canary_requests, stable_requests;
    enum verdict        verdict; /* told when it was left, or now */
    enum verdict_reason reason;
};

/* What the controller of a rollout said of it, by which door. */
struct record_event {
    char         run[ULID_BYTES];
    int64_t      at_ms;
    struct slice door;   /* "argo", "flagger" */
    struct slice what;   /* "rollout-completed", …; of Flagger "event" */
    int64_t      step;   /* the controller's own count; -1: not said */
    double       weight; /* percent; NaN: not said */
    struct slice image, message;
};

/* A gate of Flagger's loadtester, as somebody set it. */
struct record_switch {
    struct slice kind; /* "gate", "rollback" */
    struct slice ns, name;
    struct slice checksum; /* of the one revision it is open for; "": for all */
    bool         open;
    int64_t      at_ms;
};

/* One question of Argo's Kayenta provider: asked once, then polled until it is
 * complete. */
struct record_execution {
    char                id[ULID_BYTES];
    struct slice        service, ns, canary, stable, revision, policy; /* as they were asked */
    bool                step;                                          /* stage: step */
    int                 pass, marginal;
    int64_t             at_ms, complete_ms; /* 0: not yet; else what was told: */
    enum verdict        verdict;
    enum verdict_reason reason;
    char                run[ULID_BYTES]; /* "" where there was none */
};

/* One verdict that one target outside is to be told, until it was. */
struct record_notice {
    int64_t             id;
    struct slice        target;
    char                verdict_id[ULID_BYTES], run[ULID_BYTES];
    struct slice        service, ns, revision, canary, baseline;
    uint32_t            attempt;
    enum verdict        verdict, previous;
    bool                has_previous; /* false: the run's first */
    enum verdict_reason reason;
    struct slice        message;
    int64_t             at_ms;    /* of the verdict */
    int64_t             since_ms; /* waits since then */
    bool                dead;     /* given up; a person says what becomes of it */
    uint32_t            tries;
    int64_t             tried_ms; /* 0: not yet */
    struct slice        error;    /* of the last try */
};

/* What became of a target's notices so far. */
struct record_notice_count {
    struct slice target;
    uint64_t     waiting, dead, told, dropped;
};

/* One placebo canary in one window. */
struct record_placebo {
    struct slice              service, ns;
    struct slice              plan; /* hash of what it was judged by */
    struct slice              pod;  /* the first of its pods */
    struct calibration_window window;
};

/* A run's numbers at one instant, for its series. */
struct record_point {
    char         run[ULID_BYTES];
    int64_t      at_ms;  /* wall */
    int          level;  /* 2: a reader of long ranges takes it, 1: of days, 0: of hours */
    struct slice row;    /* point_pack() */
    struct slice labels; /* texts that its series have as labels, by pack_slice(); may be
                          * empty where earlier points had them all */
};

struct record_interval {
    char         run[ULID_BYTES];
    int64_t      start_ms, end_ms;
    struct slice row;   /* interval_pack() */
    struct slice heard; /* analyzer/runlog up to this interval's decision; may be empty */
};

#endif
