/* threshold_window.h - what both arms did during the last minutes.
 *
 * A ring of slots in fixed memory.  An interval goes whole into the slot of
 * its end time, so the same intervals give the same sums whenever they are
 * asked for, and the window ends at the newest interval, not now: data that is
 * too old is the data check's affair. */
#ifndef ANALYZER_THRESHOLD_WINDOW_H
#define ANALYZER_THRESHOLD_WINDOW_H

#include "analyzer/interval.h"
#include "analyzer/quantile.h"
#include "base/pack.h"

enum {
    THRESHOLD_WINDOW_SLOTS = 16,
    THRESHOLD_WINDOW_PARTS = 12, /* the window in slots; the rest is slack */
};

/* 32 bits, so that the window stays small: 14 million requests/s for five
 * minutes still fit.  An interval that would not is left out and counted. */
struct threshold_window_counts {
    uint32_t requests, faults, no_response;
    uint32_t bucket[COUNTS_MAX_BOUNDS];
};

struct threshold_window_slot {
    int64_t                        turn; /* end time over width_ms; -1: empty */
    struct threshold_window_counts arm[ARM_COUNT];
};

struct threshold_window {
    int64_t                      window_ms;
    int64_t                      width_ms;  /* a twelfth, in whole seconds, rounded up */
    int64_t                      newest_ms; /* end of the newest interval, -1: none */
    enum counts_view             view;
    struct counts_bounds         bounds;
    uint32_t                     left_out;
    struct threshold_window_slot slot[THRESHOLD_WINDOW_SLOTS];
};

struct threshold_window_sum {
    uint64_t requests, faults, no_response;
    uint64_t bucket[COUNTS_MAX_BOUNDS];
};

void threshold_window_init(struct threshold_window *w, int64_t window_ms);

/* Intervals in the order of their end times; one from before the newest is
 * left out.  Another view or other bucket bounds than before empty the window:
 * such counts cannot be added up. */
void threshold_window_apply(struct threshold_window *w, const struct interval *i,
                            enum counts_view view);

/* Over (newest - window, newest], to the width of a slot. */
struct threshold_window_sum threshold_window_sum(const struct threshold_window *w,
                                                 enum counts_arm                arm);

/* Share of requests that went well, 0..1, NaN without requests; *requests is
 * what it is a share of.  In the attempt view the canary's requests without a
 * response count as requests and faults as far as they exceed the baseline's
 * share: max(0, silent_c - requests_c silent_b / requests_b).  Without requests
 * of the baseline nothing tells callers who gave up for their own reasons from
 * those who were kept waiting, and none is counted. */
double threshold_window_success_rate(const struct threshold_window *w, enum counts_arm arm,
                                     double *requests);

/* STATUS_NO_DATA as quantile_of(); *timed is the number of timed requests. */
enum status threshold_window_quantile(const struct threshold_window *w, enum counts_arm arm,
                                      double q, struct quantile *out, uint64_t *timed) MUST_CHECK;

void threshold_window_pack(const struct threshold_window *w, struct text *out);
void threshold_window_unpack(struct threshold_window *w, struct unpack *in);

#endif
