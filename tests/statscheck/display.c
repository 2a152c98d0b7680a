#include "tests/statscheck/display.h"

#include "analyzer/betafn.h"
#include "analyzer/confidence.h"
#include "analyzer/quantile.h"
#include "tests/statscheck/input.h"

#include <math.h>

double
display_beta_binomial(struct slice in)
{
    return betafn_evidence(input_number(in, "x"), input_number(in, "n"), input_number(in, "p0"),
                           input_number(in, "a"), input_number(in, "b"));
}

double
display_beta_binomial_above(struct slice in)
{
    return betafn_evidence_above(input_number(in, "x"), input_number(in, "n"),
                                 input_number(in, "p0"), input_number(in, "a"),
                                 input_number(in, "b"));
}

static struct confidence
share(struct slice in)
{
    return confidence_constant_share((uint64_t)input_number(in, "x"),
                                     (uint64_t)input_number(in, "n"), input_number(in, "alpha"),
                                     input_number(in, "a"), input_number(in, "b"));
}

double
display_share_lower(struct slice in)
{
    return share(in).lower;
}

double
display_share_upper(struct slice in)
{
    return share(in).upper;
}

double
display_gamma_poisson(struct slice in)
{
    return confidence_evidence((uint64_t)input_number(in, "x"), input_number(in, "Lambda"));
}

static struct confidence
total(struct slice in)
{
    return confidence_total((uint64_t)input_number(in, "x"), input_number(in, "alpha"));
}

double
display_total_lower(struct slice in)
{
    return total(in).lower;
}

double
display_total_upper(struct slice in)
{
    return total(in).upper;
}

/* A Dirichlet law is a chain of beta laws: the first part against the rest, the
 * second against the rest of that, and so on. */
double
display_dirichlet(struct slice in)
{
    double n[INPUT_MOST], theta[INPUT_MOST], k = input_number(in, "k"), rest = 0, chance = 1;
    double sum = 0;
    size_t d = input_list(in, "n", n);

    if (input_list(in, "theta0", theta) != d || d < 2)
        return NAN;
    for (size_t i = 0; i < d; i++)
        rest += n[i];
    for (size_t i = 0; i + 1 < d; i++) {
        sum +=
            betafn_evidence(n[i], rest, theta[i] / chance, k * theta[i], k * (chance - theta[i]));
        rest -= n[i];
        chance -= theta[i];
    }
    return sum;
}

double
display_radius(struct slice in)
{
    return confidence_radius((uint64_t)input_number(in, "n"), input_number(in, "alpha"));
}

double
display_quantile_log(struct slice in)
{
    const struct counts_bounds b = input_h_bounds();

    return quantile_log(&b, input_h, input_number(in, "p"));
}

double
display_quantile_linear(struct slice in)
{
    const struct counts_bounds b = input_h_bounds();
    struct quantile            q;

    return quantile_of(&b, input_h, input_number(in, "p"), &q) ? (double)NAN : q.interpolated_ms;
}

/* T_j of one bound. */
double
display_bracket(struct slice in)
{
    return betafn_evidence(input_number(in, "count_le"), input_number(in, "n"),
                           input_number(in, "p0"), input_number(in, "a"), input_number(in, "b"));
}

static struct confidence
bracket(struct slice in)
{
    const struct counts_bounds b = input_h_bounds();

    return confidence_quantile(&b, input_h, input_number(in, "p"), input_number(in, "alpha"));
}

double
display_bracket_lower(struct slice in)
{
    return bracket(in).lower;
}

double
display_bracket_upper(struct slice in)
{
    return bracket(in).upper;
}

/* Howard, Ramdas, McAuliffe and Sekhon 2021, proposition 5; rho as in their
 * library confseq, best at v_opt. */
static double
best_rho(double v_opt, double alpha)
{
    double l = 2 * log(1 / alpha);

    return v_opt / (l + log1p(l));
}

double
display_normal_two_sided(struct slice in)
{
    double s = input_number(in, "s"), v = input_number(in, "v");
    double rho = best_rho(input_number(in, "v_opt"), input_number(in, "alpha_opt"));

    return .5 * log(rho / (v + rho)) + s * s / (2 * (v + rho));
}

double
display_normal_one_sided(struct slice in)
{
    double s = input_number(in, "s"), v = input_number(in, "v");
    double rho = best_rho(input_number(in, "v_opt"), 2 * input_number(in, "alpha_opt"));
    double below = .5 * erfc(-s / sqrt(2 * (v + rho)));

    return .5 * log(4 * rho / (v + rho)) + s * s / (2 * (v + rho)) + log(below);
}
