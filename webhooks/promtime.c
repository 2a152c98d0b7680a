#include "webhooks/promtime.h"

#include "base/clock.h"
#include "promql/gofloat.h"
#include "promql/goquote.h"

#include <math.h>

enum { MAX_QUOTED_BYTES = 100 };

static enum status
refuse(struct slice s, const char *what, struct err *err)
{
    struct text quoted;

    text_init(&quoted, 4096);
    goquote_write(&quoted, (struct slice){s.p, s.n < MAX_QUOTED_BYTES ? s.n : MAX_QUOTED_BYTES});
    (void)err_set(err, STATUS_SYNTAX, "cannot parse %s to a valid %s", quoted.p, what);
    text_release(&quoted);
    return STATUS_SYNTAX;
}

/* In Go's steps, so that the same millisecond comes out: the fraction is rounded
 * to thousandths, then cut to nanoseconds, then to milliseconds downwards. */
static int64_t
ms_of_seconds(double t)
{
    static const double far_s = (double)(PROMTIME_FAR_MS / 1000);
    double              whole, fraction;
    int64_t             s, ns;

    if (t >= far_s)
        return PROMTIME_FAR_MS;
    if (t <= -far_s)
        return -PROMTIME_FAR_MS;
    fraction = round(modf(t, &whole) * 1000) / 1000;
    s = (int64_t)whole;
    ns = (int64_t)(fraction * 1e9);
    if (ns < 0) {
        s--;
        ns += 1000000000;
    }
    return s * 1000 + ns / 1000000;
}

enum status
promtime_read(struct slice s, int64_t *ms, struct err *err)
{
    double t;

    if (gofloat_parse(s, &t) == STATUS_OK && !isnan(t)) {
        *ms = ms_of_seconds(t);
        return STATUS_OK;
    }
    if (clock_read_rfc3339(s, ms) == STATUS_OK)
        return STATUS_OK;
    /* Prometheus's own ends of time, which client libraries send. */
    if (slice_is(s, "-292273086-05-16T16:47:06Z"))
        *ms = -PROMTIME_FAR_MS;
    else if (slice_is(s, "292277025-08-18T07:12:54.999999999Z"))
        *ms = PROMTIME_FAR_MS;
    else
        return refuse(s, "timestamp", err);
    return STATUS_OK;
}

enum status
promtime_duration(struct slice s, int64_t *ms, struct err *err)
{
    static const double most_ns = 9223372036854775807.0;
    double              t;

    if (gofloat_parse(s, &t) == STATUS_OK && !isnan(t)) {
        if (!(fabs(t * 1e9) < most_ns))
            return refuse(s, "duration. It overflows int64", err);
        *ms = (int64_t)(t * 1e9) / 1000000;
        return STATUS_OK;
    }
    if (slice_duration_ms(s, ms) == STATUS_OK)
        return STATUS_OK;
    return refuse(s, "duration", err);
}
