/* calibration.h - thresholds learned from placebo canaries.
 *
 * A placebo canary is one pod of the baseline (or a few) that is judged against
 * the other pods exactly as a canary would be (placebo.h), window after window.
 * Each window leaves the running maximum M_j of the logarithm of each of four
 * statistics W_j.  When a rollout begins, the windows are frozen into
 *     q_j   = max(1, k1-th largest M_j of the older half),  k1 = max(1, floor(alpha N1))
 *     V_i   = max over j of M_ij / q_j, for each window of the newer half
 *     v     = k2-th largest V_i,                            k2 = floor(alpha (N2 + 1))
 *     tau_j = q_j v
 * and the rollout is aborted once, for some j, log W_j > max(tau_j, log(1/a0)).
 *
 * Promise: given the older half, V is a fixed function of a window.  If the
 * canary's window is exchangeable with the N2 placebo windows, its V is over v
 * with a probability of at most k2 / (N2 + 1) <= alpha: ranks, exact for any
 * number of windows and any shape of noise.  V is a running maximum, so this
 * holds for all looks up to the window's length at once, and for no longer: a
 * rollout that takes more time goes back to the rule without calibration.
 * Second promise: where each W_j is an e-process (requests independent), a
 * crossing of log(1/a0) has a probability of at most a0 whatever the history
 * says.  strict: a0 = alpha, so either assumption will do; calibrated: a0 = 0.1.
 * W_j may be any statistic, the weighted sum over several checks among them:
 * the rank argument asks nothing of it.
 *
 * What breaks exchangeability, and what is done about it here:
 * - placebos that served less than the canary will: only windows with at least
 *   the canary's planned requests are used;
 * - placebos that served more than the canary will: placebo.h thins them;
 * - a canary with more requests or fewer pods than was planned: calibration_holds();
 * - windows judged by other rules: the record belongs to one plan, by its hash.
 * Not repaired: shocks that are common to all pods of a window make its placebos
 * one observation instead of several; pods that have just started.
 *
 * Source: split conformal prediction (Vovk, Gammerman and Shafer 2005) with the
 * score V; the scores' scale q from the other half, so that no statistic
 * with a long tail drowns the rest. */
#ifndef ANALYZER_CALIBRATION_H
#define ANALYZER_CALIBRATION_H

#include "base/pack.h"

enum {
    CALIBRATION_STATISTICS = 4,      /* placebo.h says which */
    CALIBRATION_MAX_WINDOWS = 16384, /* kept; the oldest go first */
    CALIBRATION_HASH_BYTES = 17,     /* of a plan, hexadecimal */
};

/* The a0 of calibrated mode. */
#define CALIBRATION_FLOOR .1

/* What one placebo canary came to in one window. */
struct calibration_window {
    int64_t  start_ms, end_ms;              /* source time */
    uint64_t requests;                      /* that the placebo's pods served */
    uint64_t all_requests;                  /* of all the baseline's pods */
    uint32_t pods, placebo_pods;            /* in the baseline, and among them in the placebo */
    bool     rolled_back;                   /* by the rule that was in force at its end */
    double   log_w[CALIBRATION_STATISTICS]; /* M_j, at least 0 */
};

/* Ends are finite, in order and within the window's own times; every M_j is a
 * number.  Rows from elsewhere are asked before they are added. */
bool calibration_window_valid(const struct calibration_window *w);

/* The windows of one service under one plan, by their ends. */
struct calibration {
    struct calibration_window *at;
    uint32_t                   n, cap;
};

void calibration_init(struct calibration *c);
void calibration_release(struct calibration *c);
void calibration_clear(struct calibration *c); /* the plan has changed */

/* w must be valid; one that ends before the newest is put in its place.  Where
 * there are CALIBRATION_MAX_WINDOWS, the oldest eighth goes. */
void calibration_add(struct calibration *c, const struct calibration_window *w);

/* Windows that ended before are forgotten. */
void calibration_forget(struct calibration *c, int64_t before_ms);

/* Why a rollout is judged with or without thresholds of its own. */
enum calibration_use {
#define CALIBRATION_USE(name, text, sentence) CALIBRATION_##name,
#include "analyzer/calibration.def"
#undef CALIBRATION_USE
    CALIBRATION_USE_COUNT
};

const char *calibration_use_text(enum calibration_use u);
const char *calibration_use_sentence(enum calibration_use u);

/* Placebos, and those of them that would have been rolled back. */
struct calibration_tally {
    uint32_t placebos, rolled_back;
};

/* Of the windows that ended at since_ms or later. */
struct calibration_tally calibration_count(const struct calibration *c, int64_t since_ms);

/* What a rollout asks of the record. */
struct calibration_plan {
    double  alpha;          /* false rollbacks allowed by this rule */
    double  floor;          /* a0: alpha itself (strict), CALIBRATION_FLOOR */
    double  least_requests; /* the canary's planned requests in a window */
    int64_t window_ms;      /* T */
    double  most_requests;  /* of the canary; beyond them no placebo was like it.  0: no limit */
    int64_t since_ms;       /* of the tally, which is for people; it ends now_ms */
    int64_t now_ms;
};

/* Fixed size; stored with the run, since a replay needs it. */
struct calibration_frozen {
    enum calibration_use     use;
    double                   alpha, floor;
    double                   least_requests;
    double                   most_requests;
    uint32_t                 pods;               /* of a placebo, at most, in the windows used */
    int64_t                  window_ms;          /* the thresholds hold for so long */
    uint32_t                 seen, older, newer; /* windows: in the record, N1, N2 */
    uint32_t                 rank;               /* k2 */
    int64_t                  from_ms, until_ms;  /* of the windows used */
    double                   scale[CALIBRATION_STATISTICS]; /* q_j */
    double                   v;
    double                   tau[CALIBRATION_STATISTICS]; /* q_j v */
    struct calibration_tally tally;
    int64_t                  tally_ms; /* how far back it looked */
};

/* Nothing: use is why (off, young, …). */
struct calibration_frozen calibration_none(enum calibration_use why);

/* The record as it is now.  Windows of one end never stand in both halves. */
struct calibration_frozen calibration_freeze(const struct calibration      *c,
                                             const struct calibration_plan *plan);

/* Whether the thresholds still say something about a canary after so much time,
 * so many requests of its own, on so many pods.  None of it depends on what is
 * bad, so that leaving off costs no validity. */
bool calibration_holds(const struct calibration_frozen *f, int64_t judged_ms, uint64_t requests,
                       uint32_t pods);

/* What log W_j must exceed; +Inf where the thresholds are not to be used. */
double calibration_limit(const struct calibration_frozen *f, uint32_t j);

/* The j whose log W_j is over its limit by most, or -1. */
int calibration_crossed(const struct calibration_frozen *f,
                        const double                     log_w[CALIBRATION_STATISTICS]);

enum { CALIBRATION_MESSAGE_BYTES = 192 };

/* "in the last 7 days 3 of 1,680 placebo canaries would have been rolled back" */
void calibration_tally_message(const struct calibration_tally *t, int64_t over_ms,
                               char out[CALIBRATION_MESSAGE_BYTES]);

/* How the thresholds came about, with the tally where there were placebos; it
 * looked back over f->tally_ms. */
void calibration_message(const struct calibration_frozen *f, char out[CALIBRATION_MESSAGE_BYTES]);

/* All of it, bit for bit; what is no such thing is bad. */
void calibration_frozen_pack(const struct calibration_frozen *f, struct text *out);
void calibration_frozen_unpack(struct calibration_frozen *f, struct unpack *in);

#endif
