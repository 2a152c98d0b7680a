/* display.h - rows of known answers about what is only shown. */
#ifndef TESTS_STATSCHECK_DISPLAY_H
#define TESTS_STATSCHECK_DISPLAY_H

#include "base/slice.h"

double display_beta_binomial(struct slice in);
double display_beta_binomial_above(struct slice in);
double display_share_lower(struct slice in);
double display_share_upper(struct slice in);
double display_gamma_poisson(struct slice in);
double display_total_lower(struct slice in);
double display_total_upper(struct slice in);
double display_dirichlet(struct slice in);
double display_radius(struct slice in);
double display_quantile_log(struct slice in);
double display_quantile_linear(struct slice in);
double display_bracket(struct slice in);
double display_bracket_lower(struct slice in);
double display_bracket_upper(struct slice in);

/* Of the tables' source alone: the program has no normal mixture. */
double display_normal_two_sided(struct slice in);
double display_normal_one_sided(struct slice in);

#endif
