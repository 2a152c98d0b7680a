/* canarybench [--quick] [--rollouts N] [--histories N] [--seed N] [--workers N]
 *             [--match TEXT] [--out FILE]: judges of canaries side by side.
 * Plays made-up rollouts, writes FILE (a table; beside the program) and FILE.bounds (of its promises)
 * and says which figures are reached.  A run that was stopped goes on where it
 * was.  --match: only the groups whose name has TEXT.  Exit status 1: a promise
 * is broken beyond chance. */
#include "tests/bench/canarybench/bench_gate.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Full: hours of rollouts in under an hour on two cores. */
static const struct bench_work_plan full = {.grid = BENCH_GRID_FULL,
                                            .seed = 20261123,
                                            .rollouts = 2000,
                                            .histories = 40,
                                            .windows = 400,
                                            .workers = 2};

/* For CI. */
static const struct bench_work_plan quick = {.grid = BENCH_GRID_QUICK,
                                             .seed = 20261123,
                                             .rollouts = 150,
                                             .histories = 3,
                                             .windows = 400,
                                             .workers = 2};

static const struct option options[] = {
    {"quick", no_argument, NULL, 'q'},           {"rollouts", required_argument, NULL, 'n'},
    {"histories", required_argument, NULL, 'p'}, {"seed", required_argument, NULL, 's'},
    {"workers", required_argument, NULL, 'w'},   {"match", required_argument, NULL, 'm'},
    {"out", required_argument, NULL, 'o'},       {0}};

static uint32_t
number(const char *text, uint32_t least, uint32_t most)
{
    uint64_t n;

    if (slice_u64(slice_of(text), &n) != STATUS_OK || n < least || n > most) {
        fprintf(stderr, "canarybench: %s is not between %u and %u\n", text, least, most);
        exit(2);
    }
    return (uint32_t)n;
}

/* Beside the program, wherever it was started. */
static const char *
usual_file(bool is_quick)
{
    static char file[4096];
    ssize_t     n = readlink("/proc/self/exe", file, sizeof file - sizeof "-quick.csv");

    snprintf(file + (n > 0 ? n : 0), sizeof "-quick.csv", is_quick ? "-quick.csv" : ".csv");
    return file;
}

static struct bench_work_plan
plan_of(int argc, char **argv)
{
    struct bench_work_plan plan = full;

    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--quick") == 0)
            plan = quick;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'n')
            plan.rollouts = number(optarg, 1, 1000000);
        else if (c == 'p')
            plan.histories = number(optarg, 1, 1000);
        else if (c == 's')
            plan.seed = number(optarg, 0, UINT32_MAX);
        else if (c == 'w')
            plan.workers = number(optarg, 1, 64);
        else if (c == 'm')
            plan.match = optarg;
        else if (c == 'o')
            plan.file = optarg;
        else if (c == '?')
            exit(2);
    }
    if (!plan.file)
        plan.file = usual_file(plan.grid == BENCH_GRID_QUICK);
    return plan;
}

int
main(int argc, char **argv)
{
    const struct bench_work_plan plan = plan_of(argc, argv);
    struct bench_table_row      *rows;
    size_t                       n;
    char                         bounds[4096];
    bool                         good;

    bench_policy_read();
    if (!bench_work_do(&plan) || !(rows = bench_work_read(&plan, &n)))
        return 2;
    snprintf(bounds, sizeof bounds, "%s.bounds", plan.file);
    good = bench_gate_check(rows, n, bounds);
    free(rows);
    return good ? 0 : 1;
}
