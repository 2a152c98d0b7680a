#include "tests/bench/canarybench/bench_policy.h"

#include "daemon/config.h"

#include <stdio.h>
#include <stdlib.h>

static const char text[] = "data_dir: /nowhere\n"
                           "sources:\n"
                           "  mesh: {prometheus: {url: http://localhost:9090}}\n"
                           "policies:\n"
                           "  default: {}\n"
                           "  slo: {slo: {success_rate: 0.99, p95_ms: 250}}\n"
                           "  warm5m: {warm_up: 5m}\n";

static const char *const names[BENCH_POLICY_COUNT] = {"default", "slo", "warm5m"};

static struct config *config; /* to the end of the program */

void
bench_policy_read(void)
{
    struct configreport report = {0};

    if (config_check("canarybench", slice_of(text), &config, &report) != STATUS_OK) {
        fprintf(stderr, "canarybench: its policies are not valid: %s\n", report.errors[0].text);
        exit(2);
    }
}

const struct policy *
bench_policy_of(enum bench_policy p)
{
    return config_policy(config, slice_of(names[p]));
}
