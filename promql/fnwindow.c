#include "promql/fnwindow.h"

#include "promql/goquote.h"
#include "promql/overtime.h"
#include "promql/rate.h"
#include "promql/regression.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#define IGNORE_CALL(function, expression)                                                          \
    static double function(const struct evalfn_window *w, const struct evalfn_call *call)          \
    {                                                                                              \
        (void)call;                                                                                \
        return expression;                                                                         \
    }
IGNORE_CALL(per_second, rate_per_second(w))
IGNORE_CALL(increase, rate_increase(w))
IGNORE_CALL(delta, rate_delta(w))
IGNORE_CALL(instant, rate_instant(w))
IGNORE_CALL(instant_delta, rate_instant_delta(w))
IGNORE_CALL(changes, overtime_changes(w->v, w->n))
IGNORE_CALL(resets, (double)w->n_falls)
IGNORE_CALL(slope,
            w->n < 2 ? value_absent() : regression_fit(w->t_ms, w->v, w->n, w->t_ms[0]).slope)
IGNORE_CALL(sum, overtime_sum(w->v, w->n))
IGNORE_CALL(avg, overtime_avg(w->v, w->n))
IGNORE_CALL(min, overtime_min(w->v, w->n))
IGNORE_CALL(max, overtime_max(w->v, w->n))
IGNORE_CALL(count, (double)w->n)
IGNORE_CALL(stdvar, overtime_variance(w->v, w->n))
IGNORE_CALL(stddev, sqrt(overtime_variance(w->v, w->n)))
IGNORE_CALL(first, w->v[0])
IGNORE_CALL(last, w->v[w->n - 1])
IGNORE_CALL(present, w ? 1 : 0)
IGNORE_CALL(mad, overtime_mad(w->v, w->n, w->scratch))
IGNORE_CALL(time_of_first, (double)w->t_ms[0] / 1000)
IGNORE_CALL(time_of_last, (double)w->t_ms[w->n - 1] / 1000)
IGNORE_CALL(time_of_min, (double)w->t_ms[overtime_min_index(w->v, w->n)] / 1000)
IGNORE_CALL(time_of_max, (double)w->t_ms[overtime_max_index(w->v, w->n)] / 1000)
#undef IGNORE_CALL

static double
predicted(const struct evalfn_window *w, const struct evalfn_call *call)
{
    struct regression_line line;

    if (w->n < 2)
        return value_absent();
    line = regression_fit(w->t_ms, w->v, w->n, call->time_ms);
    return line.slope * call->args[0] + line.intercept;
}

static double
quantile(const struct evalfn_window *w, const struct evalfn_call *call)
{
    double q = call->args[0];

    notes_check_quantile(call->notes, evalfn_arg_place(call, 0), q);
    return overtime_quantile(q, w->v, w->n, w->scratch);
}

/* NaN passes, as upstream. */
static bool
is_factor(const struct evalfn_call *call, const char *what, const char *letters, double v)
{
    char number[DBL_MAX_10_EXP + 16]; /* Go's %f */

    if (!(v <= 0 || v >= 1))
        return true;
    if (isinf(v))
        snprintf(number, sizeof number, "%s", v > 0 ? "+Inf" : "-Inf");
    else
        snprintf(number, sizeof number, "%f", v);
    (void)err_set(call->err, STATUS_BAD_QUERY, "invalid %s factor. Expected: 0 < %s < 1, got: %s",
                  what, letters, number);
    return false;
}

static double
smooth(const struct evalfn_window *w, const struct evalfn_call *call)
{
    if (!is_factor(call, "smoothing", "sf", call->args[0]) ||
        !is_factor(call, "trend", "tf", call->args[1]) || w->n < 2)
        return value_absent();
    return overtime_smooth(w->v, w->n, call->args[0], call->args[1]);
}

/* By its name, for that is all there is. */
static void
note_no_counter(const struct evalfn_call *call)
{
    static const char *const endings[] = {"_total", "_sum", "_count", "_bucket"};
    struct text              quoted;

    if (call->metric.n == 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(endings); i++)
        if (slice_ends(call->metric, endings[i]))
            return;
    text_init(&quoted, 4096);
    goquote_write(&quoted, call->metric);
    notes_add(call->notes, NOTE_INFO, evalfn_arg_place(call, 0),
              "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: %s",
              quoted.p);
    text_release(&quoted);
}

const struct evalfn *
fnwindow_get(enum function_id id)
{
#define WINDOW(id, function, ...)                                                                  \
    [FUNCTION_##id] = {.kind = EVALFN_WINDOW, .window = function, __VA_ARGS__ }
    static const struct evalfn table[FUNCTION_COUNT] = {
        WINDOW(RATE, per_second, .shape = rate_shape, .factor = rate_factor_per_second,
               .speaks = true, .wants_falls = true, .series_note = note_no_counter),
        WINDOW(INCREASE, increase, .shape = rate_shape, .factor = rate_factor, .speaks = true,
               .wants_falls = true, .series_note = note_no_counter),
        WINDOW(DELTA, delta, .shape = rate_shape, .factor = rate_factor),
        WINDOW(IRATE, instant),
        WINDOW(IDELTA, instant_delta),
        WINDOW(DERIV, slope),
        WINDOW(CHANGES, changes),
        WINDOW(RESETS, resets, .wants_falls = true),
        WINDOW(PREDICT_LINEAR, predicted),
        WINDOW(DOUBLE_EXPONENTIAL_SMOOTHING, smooth, .speaks = true),
        WINDOW(AVG_OVER_TIME, avg),
        WINDOW(MIN_OVER_TIME, min),
        WINDOW(MAX_OVER_TIME, max),
        WINDOW(SUM_OVER_TIME, sum),
        WINDOW(COUNT_OVER_TIME, count),
        WINDOW(STDDEV_OVER_TIME, stddev),
        WINDOW(STDVAR_OVER_TIME, stdvar),
        WINDOW(FIRST_OVER_TIME, first, .keeps_name = true),
        WINDOW(LAST_OVER_TIME, last, .keeps_name = true),
        WINDOW(PRESENT_OVER_TIME, present),
        WINDOW(QUANTILE_OVER_TIME, quantile, .speaks = true, .wants_scratch = true),
        WINDOW(MAD_OVER_TIME, mad, .wants_scratch = true),
        WINDOW(TS_OF_FIRST_OVER_TIME, time_of_first),
        WINDOW(TS_OF_LAST_OVER_TIME, time_of_last),
        WINDOW(TS_OF_MIN_OVER_TIME, time_of_min),
        WINDOW(TS_OF_MAX_OVER_TIME, time_of_max),
    };

    return table[id].window ? &table[id] : NULL;
#undef WINDOW
}
