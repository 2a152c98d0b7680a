#include "promql/fnbucket.h"

#include "promql/bucket.h"
#include "promql/gofloat.h"
#include "promql/goquote.h"

#include <math.h>

enum { NOTE_BYTES = 4096 };

static void
put_metric_name(struct text *to, struct slice metric)
{
    if (metric.n == 0)
        return;
    text_puts(to, " for metric name ");
    goquote_write(to, metric);
}

bool
fnbucket_bound(struct slice le, struct slice metric, struct notes *notes, struct place place,
               double *bound)
{
    struct text said;

    if (gofloat_parse(le, bound) == STATUS_OK && !isnan(*bound))
        return true;
    text_init(&said, NOTE_BYTES);
    goquote_write(&said, le);
    put_metric_name(&said, metric);
    notes_add(notes, NOTE_WARNING, place,
              "bucket label \"le\" is missing or has a malformed value of %s", said.p);
    text_release(&said);
    return false;
}

static void
note_fix(const struct evalfn_call *call, const struct bucket_fix *fix)
{
    struct text said;

    text_init(&said, NOTE_BYTES);
    text_puts(&said, "input to histogram_quantile needed to be fixed for monotonicity (see "
                     "https://prometheus.io/docs/prometheus/latest/querying/functions/"
                     "#histogram_quantile)");
    put_metric_name(&said, call->metric);
    notes_add_fix(call->notes, evalfn_arg_place(call, 1), text_slice(&said), fix, call->time_ms);
    text_release(&said);
}

static void
note_quantile(const struct evalfn_call *call)
{
    notes_check_quantile(call->notes, evalfn_arg_place(call, 0), call->args[0]);
}

static double
quantile(double *bounds, double *counts, size_t n, const struct evalfn_call *call)
{
    struct bucket_fix fix;
    double            v;

    v = bucket_quantile(call->args[0], bounds, counts, n, &fix);
    if (fix.forced)
        note_fix(call, &fix);
    return v;
}

static double
fraction(double *bounds, double *counts, size_t n, const struct evalfn_call *call)
{
    return bucket_fraction(call->args[0], call->args[1], bounds, counts, n);
}

const struct evalfn *
fnbucket_get(enum function_id id)
{
    static const struct evalfn of_quantile = {
        .kind = EVALFN_BUCKETS, .speaks = true, .buckets = quantile, .step_note = note_quantile};
    static const struct evalfn of_fraction = {.kind = EVALFN_BUCKETS, .buckets = fraction};

    return id == FUNCTION_HISTOGRAM_QUANTILE   ? &of_quantile
           : id == FUNCTION_HISTOGRAM_FRACTION ? &of_fraction
                                               : NULL;
}
