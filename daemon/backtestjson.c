#include "daemon/backtestjson.h"

#include "base/clock.h"

static void
put_time(struct jsonout *j, const char *key, int64_t wall_ms)
{
    char at[CLOCK_RFC3339_BYTES];

    clock_rfc3339(wall_ms, at);
    jsonout_text(j, key, at);
}

static void
put_tally(struct jsonout *j, const char *key, const struct calibration_tally *t)
{
    struct backtest_range r = backtest_range(t->rolled_back, t->placebos);

    jsonout_begin_object(j, key);
    jsonout_uint(j, "placebos", t->placebos);
    jsonout_uint(j, "rolled_back", t->rolled_back);
    if (t->placebos) {
        jsonout_double(j, "share", (double)t->rolled_back / t->placebos);
        jsonout_double(j, "lower", r.lower);
        jsonout_double(j, "upper", r.upper);
    }
    jsonout_end_object(j);
}

static void
put_weights(struct jsonout *j, const struct backtest_report *r)
{
    jsonout_begin_array(j, "weights");
    for (size_t k = 0; k < BACKTEST_WEIGHTS; k++) {
        const struct backtest_weight *w = &r->at[k];

        jsonout_begin_object(j, NULL);
        jsonout_double(j, "weight", 100 * w->weight);
        jsonout_double(j, "canary_per_s", w->canary_per_s);
        jsonout_double(j, "found", w->detects);
        jsonout_double(j, "found_calibrated", w->calibrated);
        jsonout_double(j, "pass_after_s", w->pass_s);
        jsonout_end_object(j);
    }
    jsonout_end_array(j);
}

static void
put_limits(struct jsonout *j, const struct backtest_report *r)
{
    jsonout_begin_array(j, "limits");
    for (uint32_t k = 0; k < r->n_limits; k++) {
        const struct backtest_limit *l = &r->limits[k];

        jsonout_begin_object(j, NULL);
        jsonout_text(j, "name", l->name);
        jsonout_bool(j, "known", l->known);
        if (l->known) {
            jsonout_uint(j, "judged", l->judged);
            jsonout_uint(j, "broken", l->broken);
            jsonout_uint(j, "times", l->times);
        }
        jsonout_end_object(j);
    }
    jsonout_end_array(j);
}

void
backtestjson_put(struct jsonout *j, const struct backtest_report *r, double false_rollback_rate)
{
    jsonout_uint(j, "intervals", r->intervals);
    if (!r->intervals)
        return;
    put_time(j, "from", r->from_ms);
    put_time(j, "to", r->to_ms);
    jsonout_uint(j, "pods", r->pods);
    jsonout_double(j, "requests_per_s", r->per_s);
    jsonout_double(j, "faults", r->faults);
    jsonout_uint(j, "windows", r->windows);
    jsonout_uint(j, "windows_given_up", r->dropped);
    jsonout_double(j, "false_rollback_rate", false_rollback_rate);
    put_tally(j, "without_calibration", &r->plain);
    put_tally(j, "with_calibration", &r->calibrated);
    put_weights(j, r);
    put_limits(j, r);
}
