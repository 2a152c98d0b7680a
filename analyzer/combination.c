#include "analyzer/combination.h"

#include "analyzer/logsum.h"

#include <math.h>

static bool
is_asked(const struct policy *p, enum check c)
{
    switch (c) {
    case CHECK_ERROR_RATE:
        return p->error_rate.on;
    case CHECK_LATENCY:
        return p->latency.on;
    case CHECK_CLIENT_ERRORS:
        return p->client_errors.on;
    case CHECK_SLO_SUCCESS_RATE:
        return p->slo.success_rate > 0;
    case CHECK_SLO_LATENCY:
        return p->slo.p95_ms > 0;
    case CHECK_SUCCESS_RATE:
    case CHECK_P95:
    case CHECK_SPLIT:
    case CHECK_MESH:
    case CHECK_GUARD:
    case CHECK_DATA:
    case CHECK_COUNT:
        break;
    }
    return false;
}

struct combination
combination_of(const struct policy *p)
{
    struct combination c = {0};
    double             sum = 0;

    for (unsigned k = 0; k < CHECK_COUNT; k++)
        if (is_asked(p, (enum check)k) && !(p->dry_run >> k & 1))
            c.weight[k] = check_weight((enum check)k);
    if (c.weight[CHECK_SLO_SUCCESS_RATE] > 0 && c.weight[CHECK_SLO_LATENCY] > 0) {
        c.weight[CHECK_SLO_SUCCESS_RATE] /= 2;
        c.weight[CHECK_SLO_LATENCY] /= 2;
    }
    for (unsigned k = 0; k < CHECK_COUNT; k++)
        sum += c.weight[k];
    for (unsigned k = 0; k < CHECK_COUNT && sum > 0; k++) {
        c.weight[k] /= sum;
        c.log_weight[k] = log(c.weight[k]);
    }
    return c;
}

double
combination_log(const struct combination *c, const double log_e[CHECK_COUNT])
{
    double   part[CHECK_COUNT];
    uint32_t n = 0;

    for (unsigned k = 0; k < CHECK_COUNT; k++)
        if (c->weight[k] > 0)
            part[n++] = c->log_weight[k] + log_e[k];
    return logsum_all(part, n);
}

enum check
combination_blame(const struct combination *c, const double log_e[CHECK_COUNT])
{
    enum check most = CHECK_COUNT;
    double     best = -INFINITY;

    for (unsigned k = 0; k < CHECK_COUNT; k++)
        if (c->weight[k] > 0 && c->log_weight[k] + log_e[k] > best) {
            best = c->log_weight[k] + log_e[k];
            most = (enum check)k;
        }
    return most;
}
