/* ptest_run.h - play a .test file against the engine. */
#ifndef PTEST_RUN_H
#define PTEST_RUN_H

#include "tests/promqltest/ptest_script.h"

struct ptest_tally {
    size_t passed, failed; /* evaluations; all runs of one count as one */
    size_t runs;           /* of the engine */
    size_t skipped_evals;  /* that expect native histograms */
    size_t native_series;  /* loaded without their native points */
    size_t nhcb_loads;     /* load_with_nhcb: float series loaded, native twins not */
};

/* Each instant evaluation again with every selector pinned by @ and at other
 * times, and as the middle step of a range, unless plain.  Prints one line for
 * each evaluation that fails.  What is not STATUS_OK is the file's fault. */
enum status ptest_run_file(const char *path, bool plain, struct ptest_tally *tally,
                           struct err *err) MUST_CHECK;

#endif
