/* statscheck FILE.csv...: the analyzer's statistics against known answers.
 *
 * Rows are function,inputs,expected; a field with commas stands in double
 * quotes.  Tolerance 1e-12, relative above 1 and absolute below.  A function
 * that is not known here is a failure.  Exit 0 if nothing failed. */
#include "base/slice.h"
#include "tests/statscheck/display.h"
#include "tests/statscheck/sequential.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name;
    double (*compute)(struct slice inputs);
} known[] = {
    {"gm_log_increment", sequential_gm_increment},
    {"gm_log_e", sequential_gm},
    {"gm_default_log_e", sequential_gm_default},
    {"gp_log_e", sequential_pass},
    {"growth_nats_per_canary_request_best_component", sequential_growth},
    {"ib_e", sequential_ib},
    {"ib_default_e", sequential_ib_default},
    {"dispersion", sequential_dispersion},
    {"slo_log_e", sequential_slo},
    {"srm_grid_log_e", sequential_tilt},
    {"robust_y", sequential_share},
    {"robust_theta", sequential_theta},
    {"robust_pooled_factor", sequential_pooled},
    {"robust_pods_factor", sequential_pods},
    {"robust_pooled_e", sequential_pooled_e},
    {"robust_pods_e", sequential_pods_e},
    {"robust_e", sequential_robust_e},
    {"robust_feed", sequential_feed},
    {"calibration_q", sequential_scale},
    {"calibration_v", sequential_v},
    {"calibration_tau", sequential_tau},
    {"calibration_crossed", sequential_crossed},
    {"bb_log_mixture", display_beta_binomial},
    {"bb_log_mixture_onesided_gt", display_beta_binomial_above},
    {"bb_cs_lower", display_share_lower},
    {"bb_cs_upper", display_share_upper},
    {"gamma_poisson_log_mixture_simple", display_gamma_poisson},
    {"gp_cs_lower_Lambda", display_total_lower},
    {"gp_cs_upper_Lambda", display_total_upper},
    {"srm_dirichlet_log_bf", display_dirichlet},
    {"dkw_hr_radius_explicit", display_radius},
    {"hist_quantile_log", display_quantile_log},
    {"hist_quantile_linear", display_quantile_linear},
    {"p95_cs_log_mixture_at_bound", display_bracket},
    {"quantile_bracket_lower", display_bracket_lower},
    {"quantile_bracket_upper", display_bracket_upper},
    {"normal_mix_log_2s", display_normal_two_sided},
    {"normal_mix_log_1s", display_normal_one_sided},
};

struct tally {
    unsigned passed, failed;
};

/* One field of a row; the quotes, if any, are taken off. */
static struct slice
field(struct slice *row)
{
    struct slice quoted;

    if (!slice_starts(*row, "\""))
        return slice_cut(row, ',');
    slice_cut(row, '"');
    quoted = slice_cut(row, '"');
    slice_cut(row, ',');
    return quoted;
}

static void
check_row(struct slice row, unsigned line, struct tally *t)
{
    struct slice function = field(&row), inputs = field(&row), rest = field(&row);
    double       want, got;

    if (slice_double(rest, &want)) {
        printf("line %u: expected value is not a number: %.*s\n", line, SLICE_ARG(rest));
        t->failed++;
        return;
    }
    for (size_t k = 0; k < ARRAY_LEN(known); k++) {
        if (!slice_is(function, known[k].name))
            continue;
        got = known[k].compute(inputs);
        if (fabs(got - want) <= 1e-12 * fmax(1, fabs(want))) {
            t->passed++;
            return;
        }
        printf("line %u: %s %.*s: got %.17g, want %.17g\n", line, known[k].name, SLICE_ARG(inputs),
               got, want);
        t->failed++;
        return;
    }
    printf("line %u: no such function: %.*s\n", line, SLICE_ARG(function));
    t->failed++;
}

static void
check_file(const char *path, struct tally *t)
{
    struct tally before = *t;
    char        *line = NULL;
    size_t       cap = 0;
    ssize_t      n;
    FILE        *f = fopen(path, "r");

    for (unsigned i = 1; f && (n = getline(&line, &cap, f)) >= 0; i++) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            n--;
        if (n > 0 && i > 1)
            check_row((struct slice){line, (size_t)n}, i, t);
    }
    free(line);
    if (f)
        fclose(f);
    if (t->passed == before.passed && t->failed == before.failed) {
        printf("%s: no row that could be checked\n", path);
        t->failed++;
    }
}

int
main(int argc, char **argv)
{
    struct tally t = {0};

    if (argc < 2) {
        fprintf(stderr, "usage: statscheck FILE.csv...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++)
        check_file(argv[i], &t);
    printf("%u passed, %u failed\n", t.passed, t.failed);
    return t.failed != 0;
}
