#include "promql/fnmath.h"

#include "promql/calendar.h"

#include <math.h>

static double
sgn(double v)
{
    return v < 0 ? -1 : v > 0 ? 1 : v;
}

/* A NaN without its sign may say absent. */
static double
magnitude(double v)
{
    return isnan(v) ? v : fabs(v);
}

static double
deg(double v)
{
    return v * 180 / M_PI;
}

static double
rad(double v)
{
    return v * M_PI / 180;
}

/* Floats have none of what native histograms are asked for. */
static double
of_native_only(double v)
{
    (void)v;
    return value_absent();
}

#define DATE(part)                                                                                 \
    static double part(double v)                                                                   \
    {                                                                                              \
        return (double)calendar_at(calendar_seconds(v)).part;                                      \
    }
DATE(year)
DATE(month)
DATE(day)
DATE(weekday)
DATE(yearday)
DATE(days_in_month)
DATE(hour)
DATE(minute)
#undef DATE

/* Halves go up.  Times the inverse instead of divided: upstream's rounding. */
static double
nearest(double v, const struct evalfn_call *call)
{
    double inverse = 1 / (call->n_args ? call->args[0] : 1);

    return floor(v * inverse + 0.5) / inverse;
}

/* Go's math.Min and math.Max: infinity beats NaN, NaN beats numbers, and -0 is
 * less than 0. */
static double
least(double a, double b)
{
    if (a == -INFINITY || b == -INFINITY)
        return -INFINITY;
    if (isnan(a) || isnan(b))
        return value_nan();
    if (a == 0 && b == 0)
        return signbit(a) ? a : b;
    return a < b ? a : b;
}

static double
most(double a, double b)
{
    if (a == INFINITY || b == INFINITY)
        return INFINITY;
    if (isnan(a) || isnan(b))
        return value_nan();
    if (a == 0 && b == 0)
        return signbit(a) ? b : a;
    return a > b ? a : b;
}

static double
clamp(double v, double low, double high)
{
    return high < low ? value_absent() : most(low, least(high, v));
}

static double
clamp_both(double v, const struct evalfn_call *call)
{
    return clamp(v, call->args[0], call->args[1]);
}

static double
clamp_min(double v, const struct evalfn_call *call)
{
    return clamp(v, call->args[0], INFINITY);
}

static double
clamp_max(double v, const struct evalfn_call *call)
{
    return clamp(v, -INFINITY, call->args[0]);
}

const struct evalfn *
fnmath_get(enum function_id id)
{
#define MAP(id, function) [FUNCTION_##id] = {.kind = EVALFN_MAP, .map = function }
#define POINT(id, function) [FUNCTION_##id] = {.kind = EVALFN_POINT, .point = function}
    static const struct evalfn table[FUNCTION_COUNT] = {
        MAP(ABS, magnitude),
        MAP(CEIL, ceil),
        MAP(FLOOR, floor),
        MAP(EXP, exp),
        MAP(SQRT, sqrt),
        MAP(LN, log),
        MAP(LOG2, log2),
        MAP(LOG10, log10),
        MAP(SGN, sgn),
        MAP(DEG, deg),
        MAP(RAD, rad),
        MAP(SIN, sin),
        MAP(COS, cos),
        MAP(TAN, tan),
        MAP(ASIN, asin),
        MAP(ACOS, acos),
        MAP(ATAN, atan),
        MAP(SINH, sinh),
        MAP(COSH, cosh),
        MAP(TANH, tanh),
        MAP(ASINH, asinh),
        MAP(ACOSH, acosh),
        MAP(ATANH, atanh),
        MAP(YEAR, year),
        MAP(MONTH, month),
        MAP(DAY_OF_MONTH, day),
        MAP(DAY_OF_WEEK, weekday),
        MAP(DAY_OF_YEAR, yearday),
        MAP(DAYS_IN_MONTH, days_in_month),
        MAP(HOUR, hour),
        MAP(MINUTE, minute),
        MAP(HISTOGRAM_AVG, of_native_only),
        MAP(HISTOGRAM_COUNT, of_native_only),
        MAP(HISTOGRAM_SUM, of_native_only),
        MAP(HISTOGRAM_STDDEV, of_native_only),
        MAP(HISTOGRAM_STDVAR, of_native_only),
        POINT(ROUND, nearest),
        POINT(CLAMP, clamp_both),
        POINT(CLAMP_MIN, clamp_min),
        POINT(CLAMP_MAX, clamp_max),
    };

    return table[id].map || table[id].point ? &table[id] : NULL;
#undef MAP
#undef POINT
}
