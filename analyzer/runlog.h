/* runlog.h - what a run was told, in order, as bytes: enough to play it again.
 *
 * A run is a pure function of its policy and of what it is told.  The counts are
 * stored with its intervals; all else that moves it (sights, questions, weights,
 * the times of its decisions) is noted here, some 20 bytes a tick, and stored
 * beside the interval that came with it.  Played again, the bytes of its state
 * are the same, bit for bit. */
#ifndef ANALYZER_RUNLOG_H
#define ANALYZER_RUNLOG_H

#include "analyzer/run.h"
#include "base/err.h"

enum { RUNLOG_MAX_BYTES = 64 << 10 }; /* without an interval for hours: torn */

/* Owned by the caller; run->log points to it. */
struct runlog {
    struct text         bytes;
    int64_t             ref_ms;   /* times are noted as the way from the last one */
    size_t              last_ask; /* where the last event begins, if it is a mere question */
    struct ledger_sight sight;    /* as noted last */
    bool                sighted;
};

/* Begin one, or go on with one of which these bytes are not stored beside an
 * interval yet. */
void runlog_init(struct runlog *l, struct slice pending);
void runlog_release(struct runlog *l);

/* What has been noted since; empty again after runlog_clear(), once it is stored
 * beside an interval. */
struct slice runlog_bytes(const struct runlog *l);
void         runlog_clear(struct runlog *l);
void         runlog_torn(struct runlog *l); /* what was taken out could not be stored */

/* Each notes what the function of run.h of the same name is told; l NULL: not. */
void runlog_started(struct runlog *l, int64_t now_ms, int64_t max_age_ms);
void runlog_calibrated(struct runlog *l, const struct calibration_frozen *frozen);
void runlog_routes(struct runlog *l, const struct routes *before);
void runlog_sighted(struct runlog *l, const struct ledger_sight *sight, int64_t at_ms);
void runlog_blind(struct runlog *l, enum verdict_reason why, const char *detail);
void runlog_interval(struct runlog *l);
void runlog_asked(struct runlog *l, double weight, bool new_weight, int64_t now_ms);
void runlog_clock_set(struct runlog *l, int64_t by_ms);
void runlog_decided(struct runlog *l, int64_t now_ms);
void runlog_confirm_seen(struct runlog *l);
void runlog_first_step(struct runlog *l, int64_t now_ms);
void runlog_promotion_told(struct runlog *l);
void runlog_override(struct runlog *l, const struct override *o, int64_t now_ms);
void runlog_ended(struct runlog *l, const char *cause, int64_t now_ms);

#endif
