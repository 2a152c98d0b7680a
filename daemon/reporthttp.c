#include "daemon/reporthttp.h"

#include <stdio.h>

enum { CODE_BYTES = 16 };

/* 0 stands for all that are not told apart. */
static const char *
code_text(int code, char out[CODE_BYTES])
{
    if (!code)
        return "other";
    snprintf(out, CODE_BYTES, "%d", code);
    return out;
}

static void
put_gate(struct metrictext *m, const char *gate, enum verdict v, const struct counter *calls)
{
    static const int codes[] = {METERS_CODES};
    char             code[CODE_BYTES];

    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        uint64_t n = counter_get(&calls[i]);

        if (n)
            metrictext_number(m, METRIC_GATE_CALLS,
                              METRICTEXT_LABELS(gate, verdict_text(v), code_text(codes[i], code)),
                              (double)n);
    }
}

static void
put_gates(struct metrictext *m, const struct meters *meters)
{
    for (size_t i = 0; i < METERS_MAX_GATES; i++) {
        const char *gate = atomic_load_explicit(&meters->gate[i], memory_order_acquire);

        for (int v = 0; gate && v < VERDICT_COUNT; v++)
            put_gate(m, gate, (enum verdict)v, meters->gate_calls[i][v]);
    }
}

static void
put_requests(void *ctx, const struct httpstats_row *row)
{
    struct metrictext *m = ctx;
    char               code[CODE_BYTES];

    for (size_t i = 0; i < row->n_codes; i++)
        metrictext_number(m, METRIC_HTTP_REQUESTS,
                          METRICTEXT_LABELS(row->handler, code_text(row->code[i].code, code)),
                          (double)row->code[i].n);
}

static void
put_duration(void *ctx, const struct httpstats_row *row)
{
    struct metrictext *m = ctx;

    if (histogram_count(row->duration))
        metrictext_histogram(m, METRIC_HTTP_DURATION, METRICTEXT_LABELS(row->handler),
                             row->duration);
}

void
reporthttp_write(struct metrictext *m, const struct meters *meters, const struct gatelog *gatelog,
                 const struct httpstats *http)
{
    put_gates(m, meters);
    metrictext_number(m, METRIC_GATE_CALLS_LOST, NULL, (double)gatelog_lost(gatelog));
    httpstats_each(http, put_requests, m);
    httpstats_each(http, put_duration, m);
    metrictext_number(m, METRIC_HTTP_CONNECTIONS, NULL, (double)httpstats_open(http));
    metrictext_number(m, METRIC_HTTP_ACCEPTED, NULL, (double)httpstats_accepted(http));
    metrictext_number(m, METRIC_HTTP_REFUSED, NULL, (double)httpstats_refusals(http));
    metrictext_number(m, METRIC_HTTP_LIMITED, NULL, (double)httpstats_limitings(http));
    metrictext_number(m, METRIC_HTTP_CERTIFICATE, NULL,
                      (double)httpstats_certificate_expires_s(http));
    metrictext_number(m, METRIC_HTTP_CERTIFICATE_REFUSED, NULL,
                      (double)httpstats_certificates_refused(http));
}
