/* statscheck FILE.csv: the analyzer's statistics against known answers.
 *
 * Rows are function,inputs,expected; a field with commas stands in double
 * quotes.  Tolerance 1e-12, relative above 1 and absolute below.  Functions
 * that are not known here are skipped and listed.  Exit 0 if nothing failed. */
#include "analyzer/dispersion.h"
#include "analyzer/gm.h"
#include "analyzer/ib.h"
#include "analyzer/noninferior.h"
#include "base/slice.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct pair s1[] = {
    {.n = {100, 900}, .x = {1, 2}}, {.n = {95, 905}, .x = {2, 1}},  {.n = {0, 1000}, .x = {0, 3}},
    {.n = {110, 890}, .x = {4, 2}}, {.n = {500, 500}, .x = {9, 3}},
};
static const struct pair s2[] = {
    {.n = {1000, 9000}, .x = {1, 11}},
    {.n = {1010, 8990}, .x = {0, 8}},
    {.n = {5000, 5000}, .x = {6, 5}},
};

enum { INTERVAL_MS = 5000 };

/* The number behind " key=", NaN where the key is missing. */
static double
number(struct slice inputs, const char *key)
{
    double v = NAN;

    while (inputs.n) {
        struct slice word = slice_cut(&inputs, ' ');
        struct slice name = slice_cut(&word, '=');

        if (slice_is(name, key) && slice_double(word, &v))
            return NAN;
    }
    return v;
}

static double
number_or(struct slice inputs, const char *key, double otherwise)
{
    double v = number(inputs, key);

    return isnan(v) ? otherwise : v;
}

/* "first N", "5 intervals": how many intervals of the sequence; else all. */
static size_t
count_of(struct slice inputs, size_t most)
{
    uint64_t n;

    while (inputs.n) {
        struct slice word = slice_cut(&inputs, ' ');

        if (!slice_u64(word, &n) && n <= most)
            return (size_t)n;
    }
    return most;
}

/* What the file's rows were computed with: equal priors. */
static struct mixture_split
equal_split(struct slice inputs, uint32_t n)
{
    struct mixture_split s = {.n = n};

    s.cash = number_or(inputs, "cash", 0);
    s.feed = number_or(inputs, "h", 0);
    for (uint32_t k = 0; k < n; k++)
        s.prior[k] = 1. / n;
    return s;
}

static double
gm_log_increment_row(struct slice in)
{
    return gm_log_increment(number(in, "nc"), number(in, "nb"), number(in, "xc"), number(in, "xb"),
                            number(in, "rho"), number(in, "delta"), number(in, "r"));
}

static double
log_e_over(const struct gm_plan *plan, const struct pair *p, size_t n, double dispersion)
{
    struct gm g;

    gm_init(&g, plan);
    for (size_t i = 0; i < n; i++)
        gm_apply(&g, &p[i], INTERVAL_MS, dispersion);
    return gm_log_e(&g);
}

static double
gm_log_e_row(struct slice in)
{
    struct gm_plan plan = gm_plan_worse(number(in, "rho"), number(in, "delta"));

    plan.split = equal_split(in, plan.split.n);
    return log_e_over(&plan, s1, count_of(in, ARRAY_LEN(s1)), number(in, "D"));
}

static double
gp_log_e_row(struct slice in)
{
    const struct gm_plan plan = noninferior_plan(number(in, "rho"), number(in, "delta"));

    return log_e_over(&plan, s2, ARRAY_LEN(s2), number(in, "D"));
}

static double
ib_e_row(struct slice in)
{
    struct ib_plan plan = ib_plan_default(number(in, "rho"), INTERVAL_MS);
    struct ib      b;
    size_t         n = count_of(in, ARRAY_LEN(s1));

    plan.split = equal_split(in, plan.split.n);
    ib_init(&b, &plan);
    for (size_t i = 0; i < n; i++)
        ib_apply(&b, &s1[i], INTERVAL_MS);
    return exp(ib_log_e(&b));
}

/* "(n,x)=(900,5)(910,3)… prior 20" */
static double
dispersion_row(struct slice in)
{
    struct dispersion d = {0};

    slice_cut(&in, '=');
    while (slice_starts(in, "(")) {
        uint64_t     n, x;
        struct slice one = slice_cut(&in, ')');
        struct slice first;

        slice_cut(&one, '(');
        first = slice_cut(&one, ',');
        if (slice_u64(first, &n) || slice_u64(one, &x))
            return NAN;
        dispersion_apply(&d, n, x);
    }
    return dispersion_of(&d);
}

/* Best ratio of the grid, growth per canary request. */
static double
growth_row(struct slice in)
{
    const struct gm_plan plan = gm_plan_worse(number(in, "rho"), number(in, "delta"));
    double               p_b = number(in, "pb"), p_c = number(in, "r") * p_b;
    double               n_b = 1 / number(in, "phi"), best = -INFINITY;

    for (uint32_t k = 0; k < plan.split.n; k++)
        best = fmax(best,
                    gm_log_increment(1, n_b, p_c, n_b * p_b, plan.rho, plan.delta, plan.ratio[k]));
    return best;
}

static const struct {
    const char *name;
    double (*compute)(struct slice inputs);
} known[] = {
    {"gm_log_increment", gm_log_increment_row},
    {"gm_log_e", gm_log_e_row},
    {"gp_log_e", gp_log_e_row},
    {"ib_e", ib_e_row},
    {"dispersion", dispersion_row},
    {"growth_nats_per_canary_request_best_component", growth_row},
};

struct tally {
    unsigned passed, failed, skipped;
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
    printf("line %u: skipped, not computed yet: %.*s\n", line, SLICE_ARG(function));
    t->skipped++;
}

int
main(int argc, char **argv)
{
    struct tally t = {0};
    char        *line = NULL;
    size_t       cap = 0;
    ssize_t      n;
    FILE        *f = argc == 2 ? fopen(argv[1], "r") : NULL;

    if (!f) {
        fprintf(stderr, "usage: statscheck FILE.csv (readable)\n");
        return 2;
    }
    for (unsigned i = 1; (n = getline(&line, &cap, f)) >= 0; i++) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            n--;
        if (n > 0 && i > 1)
            check_row((struct slice){line, (size_t)n}, i, &t);
    }
    free(line);
    fclose(f);
    if (t.passed + t.failed == 0) {
        printf("no row of %s could be checked\n", argv[1]);
        t.failed++;
    }
    printf("%u skipped\n%u passed, %u failed\n", t.skipped, t.passed, t.failed);
    return t.failed != 0;
}
