/* promqltest FILE...: evaluate the .test files of PromQL, ours and Prometheus's.
 *
 * --plain leaves out the re-runs of instant evaluations.  The last line is
 * "N passed, N failed"; the exit status is 1 if anything failed. */
#include "tests/promqltest/ptest_run.h"

#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
    struct ptest_tally tally = {0};
    bool               plain = argc > 1 && strcmp(argv[1], "--plain") == 0;

    if (argc < 2 + plain) {
        fprintf(stderr, "usage: promqltest [--plain] FILE...\n");
        return 2;
    }
    for (int i = 1 + plain; i < argc; i++) {
        struct err err = {0};

        if (ptest_run_file(argv[i], plain, &tally, &err)) {
            printf("%s\n", err.text);
            tally.failed++;
        }
    }
    printf("%zu runs of the engine; skipped, for native histograms: %zu evaluations, the points of "
           "%zu series, the second half of %zu loads\n",
           tally.runs, tally.skipped_evals, tally.native_series, tally.nhcb_loads);
    printf("%zu passed, %zu failed\n", tally.passed, tally.failed);
    return tally.failed > 0;
}
