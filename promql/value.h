/* value.h - what a query yields: scalar, string, vector or matrix in columns.
 *
 * Everything lives in the arena of the query. */
#ifndef PROMQL_VALUE_H
#define PROMQL_VALUE_H

#include "base/arena.h"
#include "base/slice.h"
#include "promql/labels.h"

#include <string.h>

enum value_kind {
    VALUE_SCALAR,
    VALUE_STRING,
    VALUE_VECTOR, /* every series has one point, at the time of the query */
    VALUE_MATRIX  /* sorted by labels; n >= 1 points each */
};

struct value_series {
    uint32_t       labels; /* id in the pool of the result */
    const int64_t *t_ms;   /* rising */
    const double  *v;
    size_t         n;
};

struct value {
    enum value_kind            kind;
    int64_t                    t_ms; /* scalar, string */
    double                     scalar;
    struct slice               string;
    const struct value_series *series; /* vector, matrix */
    size_t                     n_series;
};

/* "No point here" in a row of values over the steps of a query: the bits of
 * Prometheus's staleness marker.  It is a signalling NaN, so no arithmetic
 * yields it, and selectors let no marker through. */
static inline uint64_t
value_bits(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

#define VALUE_ABSENT_BITS UINT64_C(0x7ff0000000000002)

static inline double
value_absent(void)
{
    const uint64_t bits = VALUE_ABSENT_BITS;
    double         v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline bool
value_is_absent(double v)
{
    return value_bits(v) == VALUE_ABSENT_BITS;
}

/* The NaN that Prometheus produces (bits 7ff8000000000001). */
static inline double
value_nan(void)
{
    const uint64_t bits = UINT64_C(0x7ff8000000000001);
    double         v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

#endif
