/* promrequest.h - a question to the Prometheus HTTP API as URL and form.
 *
 * prometheus.io/docs/prometheus/latest/querying/api, "Expression queries". */
#ifndef PROMQL_PROMREQUEST_H
#define PROMQL_PROMREQUEST_H

#include "base/err.h"
#include "base/text.h"

enum {
    PROMREQUEST_MAX_EXPR_BYTES = 256 * 1024,
    PROMREQUEST_MAX_URL_BYTES = 2048,
    PROMREQUEST_MAX_POINTS = 11000, /* of one series; Prometheus refuses more */
};

struct promrequest {
    struct slice expr;
    bool         range;
    int64_t      at_ms;                     /* instant */
    int64_t      start_ms, end_ms, step_ms; /* range */
    int64_t      timeout_ms;
    uint32_t     limit; /* 0: none is sent */
};

/* STATUS_RANGE: times before 1970 or backwards, no step, or more points than
 * Prometheus answers; STATUS_SYNTAX: no expression; STATUS_LIMIT: too long. */
enum status promrequest_check(const struct promrequest *r, struct err *err) MUST_CHECK;

/* STATUS_SYNTAX: not http(s)://host[:port][/prefix], or a user, query or
 * fragment in it, or control characters and blanks. */
enum status promrequest_check_url(struct slice url, struct err *err) MUST_CHECK;

/* "query=…&time=…", percent-encoded; times in seconds with three decimals. */
void promrequest_form(const struct promrequest *r, struct text *out);

/* The endpoint under base; one slash between them, however many base ends in. */
void promrequest_url(const struct promrequest *r, struct slice base, struct text *out);

#endif
