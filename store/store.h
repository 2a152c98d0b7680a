/* store.h - the history: what other folders may do to it.
 *
 *     submit ──copy──► queue ──► store thread: BEGIN, unit, unit, … COMMIT ──► done
 *
 * One thread owns the only connection that writes.  It gathers what arrives
 * within 20 ms into one durable commit, so a burst costs one fsync.  Reading
 * is reader.h's, on connections of its own. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "analyzer/record.h"
#include "base/clock.h"
#include "base/err.h"
#include "store/storehealth.h"

/* Longest values, in bytes; more is STATUS_LIMIT for the unit that has it. */
enum {
    STORE_MAX_NAME = 253, /* names, namespaces, revisions, versions, causes */
    STORE_MAX_MESSAGE = 1024,
    STORE_MAX_TARGETS = 4096, /* names of 63 bytes */
    STORE_MAX_NUMBERS = 256 << 10,
    STORE_MAX_STATE = 1 << 20,
    STORE_MAX_ROW = 64 << 10, /* interval_pack() stays under 48 KiB */
    STORE_MAX_HEARD = 64 << 10,
    STORE_MAX_POINT = 64 << 10,
    STORE_MAX_LABELS = 32 << 10,
    STORE_MAX_POLICY = 256 << 10,
    STORE_MAX_UNIT = 4 << 20,     /* all of a unit */
    STORE_QUEUE_BYTES = 32 << 20, /* unless the options say otherwise */
    STORE_GROUP_MS = 20,
    STORE_EVENTS = 200, /* of a run */
};

/* How long placebos are kept: two weeks. */
#define STORE_PLACEBO_MS (INT64_C(14) * 24 * 3600 * 1000)

/* How long what Argo's Kayenta provider asked is kept. */
#define STORE_EXECUTION_MS (INT64_C(24) * 3600 * 1000)

struct store_service {
    struct slice ns, name, preset, key, source;
};

struct store_policy {
    struct slice hash, text;
};

/* What happens to a verdict's notices to targets outside.  verdict and targets name
 * them: of ADD several targets, a blank between their names, of all else one.
 *
 * ADD     they wait from at_ms on (STATUS_NOT_FOUND: no such verdict,
 *         STATUS_CONFLICT: it waits already)
 * TOLD    the target has it; counted
 * FAILED  tried at at_ms, and why not; DEAD: and not tried again by itself
 * RETRY   a person wants it tried again; DROP: no more.  STATUS_NOT_FOUND
 *
 * Of each target's waiting ones, and of its dead ones, the newest keep stay; those
 * that go for it, and those that a person drops, are counted. */
struct store_outbox {
    enum store_outbox_what {
        STORE_OUTBOX_ADD,
        STORE_OUTBOX_TOLD,
        STORE_OUTBOX_FAILED,
        STORE_OUTBOX_DEAD,
        STORE_OUTBOX_RETRY,
        STORE_OUTBOX_DROP
    } what;
    char         verdict[ULID_BYTES];
    struct slice targets;
    struct slice error;        /* of FAILED and DEAD */
    bool         has_previous; /* of ADD: the verdict that was told before */
    enum verdict previous;
    int64_t      at_ms;
    uint32_t     keep; /* of ADD, DEAD and RETRY; over 0 */
    struct slice by,
        why; /* of RETRY and DROP: kept as an act of the verdict's run; by empty: not */
};

/* One unit: all of it becomes durable, or none.  NULL: not part of it.  Parts
 * are applied in this order, so that a run may name the policy beside it.
 *
 * service    replaces what is known of (ns, name)
 * policy     kept for ever under its hash; another text under the same hash is
 *            STATUS_CONFLICT
 * run        inserted when its id is new, else updated: who it is (service,
 *            ns, revision, attempt, started_ms) stays as first written, an
 *            empty numbers or state_blob leaves the stored one (the latter also
 *            heard), and all else is replaced.  policy_text, if not empty, is stored like policy;
 *            a policy_hash that is stored nowhere is STATUS_CONFLICT
 * interval   its run must exist (STATUS_NOT_FOUND); a second one with the same
 *            end_ms is STATUS_CONFLICT: no interval is applied twice
 * verdict    likewise; its id must be new (STATUS_CONFLICT)
 * gate_call  adds its count to the newest row of the same run, gate and stage
 *            if that tells the same within the same minute, else a new row
 * act        its run must exist (STATUS_NOT_FOUND)
 * step       likewise; replaces what there is of its n, but for since_ms
 * event      likewise; one that says what the run's newest says is not kept again, and of a
 *            run's the newest STORE_EVENTS stay
 * gate_switch  replaces what there is of (kind, ns, name)
 * execution  inserted when its id is new; a stored one becomes complete, once.  Those
 *            asked STORE_EXECUTION_MS before it are deleted
 * outbox     see there; ADD finds the verdict beside it
 * point      its run must exist (STATUS_NOT_FOUND); a second one of the same time
 *            takes the place of the first
 * placebo    its service must be known (STATUS_NOT_FOUND); a second one of the
 *            same pod with the same end is STATUS_CONFLICT.  Those of the service
 *            that ended STORE_PLACEBO_MS before it are deleted */
struct store_commit {
    const struct store_service    *service;
    const struct store_policy     *policy;
    const struct record_run       *run;
    const struct record_interval  *interval;
    const struct record_verdict   *verdict;
    const struct record_gate_call *gate_call;
    const struct record_act       *act;
    const struct record_step      *step;
    const struct record_event     *event;
    const struct record_switch    *gate_switch;
    const struct record_execution *execution;
    const struct store_outbox     *outbox;
    const struct record_placebo   *placebo;
    const struct record_point     *point;
};

/* The unit is durable (STATUS_OK), or it is not there at all and err says why.
 * On the store thread, so be quick; err is borrowed for the call.  May submit
 * again, must not drain or close. */
typedef void (*store_done_fn)(void *ctx, enum status s, const struct err *err);

/* What is forgotten: of runs that ended age_ms ago (placebos: that long ago; notifications:
 * that wait so long), and the oldest ended runs' of what takes more than max_bytes.  0: no
 * limit.  What belongs to a live run stays.  A run's notifications, intervals and points go
 * with its verdicts at the latest, all with the run; policies and services stay. */
struct store_retention {
    struct store_keep {
        int64_t  age_ms;
        uint64_t max_bytes;
    } of[STORE_KIND_COUNT];
    int64_t every_ms; /* between two walks over all runs; 0: an hour */
};

struct store_options {
    const char         *data_dir;
    const struct clock *clock;       /* of struct store_health; NULL: the system's */
    size_t              queue_bytes; /* at least STORE_MAX_UNIT; 0: STORE_QUEUE_BYTES */
    /* No thread: store_submit() commits and calls done before it returns, and
     * every call must come from one thread.  For virtual time. */
    bool synchronous;
    /* A history that takes no writes now (no room, read-only, damaged, of a newer
     * verdictd, held by another program) is no reason not to open: each unit is refused
     * with why, health says detached, and where waiting may mend it (not where the file is
     * damaged or newer) it is tried again while units come.  What only a person can mend by
     * another configuration is refused all the same. */
    bool keep_trying;
};

struct store;

/* Lock the directory (made if missing, 0700), open the history in it, bring
 * its schema up to date.
 * STATUS_CONFLICT: another process has the directory (err names its id), or
 * the file is newer than this program or not ours.  STATUS_IO, STATUS_STORE. */
enum status store_open(const char *data_dir, struct store **out, struct err *err) MUST_CHECK;
enum status store_open_with(const struct store_options *options, struct store **out,
                            struct err *err) MUST_CHECK;

/* Commits what is queued, calls every done, gives the directory free.  NULL is
 * fine.  No submit may run at the same time. */
void store_close(struct store *st);

/* Queue one unit; everything is copied.  Any thread.  Units are applied in the
 * order of their submits, and done (NULL: none) is called in that order
 * within a commit, exactly once.
 * STATUS_BUSY: the queue is over its bytes.  STATUS_TOO_LARGE: the unit is
 * over STORE_MAX_UNIT.  In both cases done is not called. */
enum status store_submit(struct store *st, const struct store_commit *c, store_done_fn done,
                         void *ctx) MUST_CHECK;

/* Wait until everything submitted so far is done and told. */
void store_drain(struct store *st);

/* From the next walk on; until the first call nothing is forgotten, and never by a
 * synchronous store.  Copied; any thread. */
void store_set_retention(struct store *st, const struct store_retention *r);

/* Any thread; see store/storehealth.h. */
struct store_health store_health(struct store *st);

#endif
