#include "promql/promrequest.h"

#include <inttypes.h>

/* 9999-12-31, beyond which no server reads a time. */
static const int64_t last_ms = INT64_C(253402300799999);

enum status
promrequest_check(const struct promrequest *r, struct err *err)
{
    const int64_t first = r->range ? r->start_ms : r->at_ms;
    const int64_t last = r->range ? r->end_ms : r->at_ms;

    if (r->expr.n == 0)
        return err_set(err, STATUS_SYNTAX, "the query is empty");
    if (r->expr.n > PROMREQUEST_MAX_EXPR_BYTES)
        return err_set(err, STATUS_LIMIT, "the query has %zu bytes, at most %d", r->expr.n,
                       PROMREQUEST_MAX_EXPR_BYTES);
    if (first < 0 || last > last_ms || first > last)
        return err_set(err, STATUS_RANGE,
                       "the query's time %" PRId64 " to %" PRId64 " ms is not one", first, last);
    if (!r->range)
        return STATUS_OK;
    if (r->step_ms <= 0)
        return err_set(err, STATUS_RANGE, "the step must be over 0");
    if ((last - first) / r->step_ms > PROMREQUEST_MAX_POINTS)
        return err_set(err, STATUS_RANGE, "more than %d points a series: take a longer step",
                       PROMREQUEST_MAX_POINTS);
    return STATUS_OK;
}

enum status
promrequest_check_url(struct slice url, struct err *err)
{
    struct slice rest = url, authority;

    if (slice_starts(url, "http://"))
        rest = (struct slice){url.p + 7, url.n - 7};
    else if (slice_starts(url, "https://"))
        rest = (struct slice){url.p + 8, url.n - 8};
    else
        return err_set(err, STATUS_SYNTAX, "the URL must start with http:// or https://");
    if (url.n > PROMREQUEST_MAX_URL_BYTES)
        return err_set(err, STATUS_SYNTAX, "the URL is over %d bytes", PROMREQUEST_MAX_URL_BYTES);
    for (size_t i = 0; i < rest.n; i++) {
        const unsigned char c = (unsigned char)rest.p[i];

        if (c <= 0x20 || c >= 0x7f || strchr("?#\\\"<>", c))
            return err_set(err, STATUS_SYNTAX,
                           "the URL takes no query, fragment, blank or control character");
    }
    authority = slice_cut(&rest, '/');
    if (authority.n && memchr(authority.p, '@', authority.n))
        return err_set(err, STATUS_SYNTAX, "no user or password in the URL: give them by file");
    if (authority.n == 0 || authority.p[0] == ':')
        return err_set(err, STATUS_SYNTAX, "the URL names no host");
    return STATUS_OK;
}

static void
put_seconds(struct text *out, const char *key, int64_t ms)
{
    text_printf(out, "&%s=%" PRId64 ".%03d", key, ms / 1000, (int)(ms % 1000));
}

void
promrequest_form(const struct promrequest *r, struct text *out)
{
    text_puts(out, "query=");
    text_percent(out, r->expr);
    if (r->range) {
        put_seconds(out, "start", r->start_ms);
        put_seconds(out, "end", r->end_ms);
        put_seconds(out, "step", r->step_ms);
    } else {
        put_seconds(out, "time", r->at_ms);
    }
    put_seconds(out, "timeout", r->timeout_ms);
    if (r->limit)
        text_printf(out, "&limit=%" PRIu32, r->limit);
}

void
promrequest_url(const struct promrequest *r, struct slice base, struct text *out)
{
    while (base.n && base.p[base.n - 1] == '/')
        base.n--;
    text_put(out, base);
    text_puts(out, r->range ? "/api/v1/query_range" : "/api/v1/query");
}
