/* httpstats.h - how many requests were answered, with which code, and how fast:
 * by the pattern of their path, for /metrics.
 *
 * Any thread, no lock.  Connections are counted too. */
#ifndef WEBHOOKS_HTTPSTATS_H
#define WEBHOOKS_HTTPSTATS_H

#include "base/histogram.h"
#include "webhooks/route.h"

struct httpstats;

/* Upper bounds of the times, in seconds; borrowed. */
struct httpstats *httpstats_new(const double *bounds, size_t n);
void              httpstats_free(struct httpstats *s);

/* route NULL: no such path, or the request was broken.  took_us below 0: nobody
 * measured it. */
void httpstats_answered(struct httpstats *s, const struct route *route, int code, int64_t took_us);

/* A connection was refused, since its address has as many as it may. */
void httpstats_refused(struct httpstats *s);
/* A request came over its address's rate. */
void httpstats_limited(struct httpstats *s);

/* Its files changed, and are no certificate and key; counted at each try. */
void     httpstats_certificate_refused(struct httpstats *s);
uint64_t httpstats_certificates_refused(const struct httpstats *s);

/* When the server's certificate ends, in seconds since 1970; 0: it has none. */
void    httpstats_certificate(struct httpstats *s, int64_t expires_s);
int64_t httpstats_certificate_expires_s(const struct httpstats *s);

uint64_t httpstats_refusals(const struct httpstats *s);
uint64_t httpstats_limitings(const struct httpstats *s);

void     httpstats_opened(struct httpstats *s);
void     httpstats_closed(struct httpstats *s);
uint64_t httpstats_accepted(const struct httpstats *s);
uint64_t httpstats_open(const struct httpstats *s);

/* Of one pattern; "none" for requests without a route.  Codes that were never
 * answered are left out; 0 is a code beyond those that are told apart. */
struct httpstats_row {
    const char             *handler;
    const struct histogram *duration;
    struct httpstats_code {
        int      code;
        uint64_t n;
    } code[24];
    size_t n_codes;
};

/* In the order of route.def, "none" last. */
void httpstats_each(const struct httpstats *s,
                    void (*each)(void *ctx, const struct httpstats_row *row), void *ctx);

#endif
