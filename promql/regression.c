#include "promql/regression.h"

#include "promql/kahan.h"
#include "promql/value.h"

static bool
all_equal(const double *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (v[i] != v[0])
            return false;
    return true;
}

struct regression_line
regression_fit(const int64_t *t_ms, const double *v, size_t n, int64_t at_ms)
{
    struct kahan x = {0}, y = {0}, xy = {0}, xx = {0};
    double       count = (double)n, sum_x, sum_y, slope;

    if (all_equal(v, n)) {
        if (isinf(v[0]))
            return (struct regression_line){value_nan(), value_nan()};
        return (struct regression_line){0, v[0]};
    }
    for (size_t i = 0; i < n; i++) {
        double s = (double)(t_ms[i] - at_ms) / 1e3;

        kahan_add(&x, s);
        kahan_add(&y, v[i]);
        kahan_add(&xy, s * v[i]);
        kahan_add(&xx, s * s);
    }
    sum_x = x.sum + x.lost;
    sum_y = y.sum + y.lost;
    slope = (xy.sum + xy.lost - sum_x * sum_y / count) / (xx.sum + xx.lost - sum_x * sum_x / count);
    return (struct regression_line){slope, sum_y / count - slope * sum_x / count};
}
