/* ledger.h - raw counters in, exact increments out: resets, births, replicas.
 *
 * Keeps per instance the last value of every group and adds the increments to
 * an open interval, which closes when the sample times of both arms have
 * advanced in every view that is present; an arm that has stood still for a
 * minute is not waited for.  Design §2.1. */
#ifndef ANALYZER_LEDGER_H
#define ANALYZER_LEDGER_H

#include "analyzer/interval.h"
#include "analyzer/snapshot.h"
#include "analyzer/verdict.h"
#include "base/hash.h"

/* Who is who.  baseline empty: every version with traffic that is not the
 * canary, empty, "unknown" or "latest". */
struct ledger_arms {
    char canary[INTERVAL_NAME_BYTES], baseline[INTERVAL_NAME_BYTES];
};

/* What a snapshot showed about the versions as such, for the data check. */
struct ledger_sight {
    bool     canary_seen, baseline_seen; /* series exist, whatever their value */
    bool     only_placeholders;          /* all keys are empty, "unknown" or "latest" */
    uint32_t n_keys;                     /* distinct key values, placeholders not counted */
    uint32_t most_workloads;             /* workloads under one key value, at most */
    char     keys[256];                  /* the key values seen, "v1, v2, …" */
    int64_t  newest_ms[ARM_COUNT];       /* newest sample time of each arm, 0: none */
    bool     view_seen[VIEW_COUNT];
};

/* An interval ends at the newest sample time that it has counted and starts
 * where the one before ended (the first: at the newest sample time of the
 * origin), so its length is never zero or negative.  A view whose first series
 * come after the first snapshot has its origin there. */
enum ledger_outcome {
    LEDGER_ORIGIN,  /* the first snapshot: only books were opened */
    LEDGER_OPEN,    /* not both arms have advanced: the interval stays open */
    LEDGER_CLOSED,  /* *out is a closed interval */
    LEDGER_IGNORED, /* nothing advanced, or time went back: another replica answered */
};

struct ledger;

/* Owned by the caller; freed with ledger_free(). */
struct ledger *ledger_new(const struct ledger_arms *arms);
void           ledger_free(struct ledger *l);

/* Bounds as an earlier ledger of the same run chose them, by view; before the
 * first snapshot.  Without it, or where n is 0, they are chosen from what the
 * baseline's histograms hold when the ledger begins, or as soon as they hold
 * enough (monitor.h), and stay. */
void ledger_monitor(struct ledger *l, const struct interval_monitored chosen[VIEW_COUNT]);

/* Take a snapshot in.  Copies what it keeps.
 * STATUS_OK: *outcome is set, *sight too; *out only for LEDGER_CLOSED.
 * STATUS_NO_DATA: a hold with *reason (no_instance_label, too_many_series,
 * buckets_differ, source_error for a value or label that no mesh has), never a
 * silent change of method; the books are unchanged, so that the next good
 * snapshot goes on from the last good one. */
enum status ledger_apply(struct ledger *l, const struct snapshot *s, enum ledger_outcome *outcome,
                         struct interval *out, struct ledger_sight *sight,
                         enum verdict_reason *reason, struct err *err) MUST_CHECK;

/* Bytes held, for budgets and /metrics. */
size_t ledger_bytes(const struct ledger *l);

#endif
