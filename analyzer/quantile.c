#include "analyzer/quantile.h"

#include <assert.h>
#include <math.h>

/* First bucket, the last excepted, whose cumulative count reaches rank. */
static uint32_t
bucket_at(const struct counts_bounds *b, const uint64_t bucket[], double rank, uint64_t *below)
{
    uint64_t cum = 0;
    uint32_t i = 0;

    for (; i + 1 < b->n; i++) {
        if ((double)(cum + bucket[i]) >= rank)
            break;
        cum += bucket[i];
    }
    *below = cum;
    return i;
}

enum spread { LINEAR, LOGARITHMIC };

static double
between(double low, double high, double f, enum spread how)
{
    if (how == LOGARITHMIC && low > 0)
        return low * pow(high / low, f);
    return low + (high - low) * f;
}

/* bucketQuantile of Prometheus's promql/quantile.go, in its order of operations. */
static double
interpolate(const struct counts_bounds *b, const uint64_t bucket[], double rank, enum spread how)
{
    uint64_t below;
    uint32_t i = bucket_at(b, bucket, rank, &below);
    double   start = i > 0 ? b->le_ms[i - 1] : 0;

    if (b->n < 2)
        return (double)NAN;
    if (i == b->n - 1)
        return b->le_ms[b->n - 2];
    if (i == 0 && b->le_ms[0] <= 0)
        return b->le_ms[0];
    return between(start, b->le_ms[i], (rank - (double)below) / (double)bucket[i], how);
}

static uint64_t
total_of(const struct counts_bounds *b, const uint64_t bucket[])
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < b->n; i++)
        total += bucket[i];
    return total;
}

enum status
quantile_of(const struct counts_bounds *b, const uint64_t bucket[], double q, struct quantile *out)
{
    uint64_t total = total_of(b, bucket), below;
    double   rank;
    uint32_t i;

    assert(q >= 0 && q <= 1);
    *out = (struct quantile){(double)NAN, (double)NAN, (double)NAN};
    if (total == 0)
        return STATUS_NO_DATA;
    rank = q * (double)total;
    out->interpolated_ms = interpolate(b, bucket, rank, LINEAR);

    /* The sample of rank ceil(rank), and for q near 0 the smallest one. */
    i = bucket_at(b, bucket, fmax(rank, 1), &below);
    out->upper_ms = b->le_ms[i];
    out->lower_ms = i > 0 ? b->le_ms[i - 1] : b->le_ms[0] > 0 ? 0 : (double)-INFINITY;
    return STATUS_OK;
}

double
quantile_log(const struct counts_bounds *b, const uint64_t bucket[], double q)
{
    uint64_t total = total_of(b, bucket);

    return total ? interpolate(b, bucket, q * (double)total, LOGARITHMIC) : (double)NAN;
}
