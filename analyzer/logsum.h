/* logsum.h - sums of numbers that are kept as their logarithms. */
#ifndef ANALYZER_LOGSUM_H
#define ANALYZER_LOGSUM_H

#include "base/base.h"

/* log(exp(a) + exp(b)) without overflow; -Inf stands for zero. */
double logsum_two(double a, double b);

/* log(sum of exp(v[i])); -Inf for n == 0. */
double logsum_all(const double v[], size_t n);

#endif
