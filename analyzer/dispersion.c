#include "analyzer/dispersion.h"

#include <math.h>

static const double shrinkage = 20, most = 50;

void
dispersion_apply(struct dispersion *d, uint64_t n, uint64_t x)
{
    /* An interval without requests says nothing, and would break the chain. */
    if (!n)
        return;
    if (d->last_n) {
        double both = (double)n + (double)d->last_n;
        double q = (double)n / both, p = (double)d->last_n / both;
        double m = (double)x + (double)d->last_x;
        double off = (double)x - m * q;

        d->squares += off * off / (q * p);
        d->bad += m;
    }
    d->last_n = n;
    d->last_x = x;
}

double
dispersion_of(const struct dispersion *d)
{
    double v = (shrinkage + d->squares) / (shrinkage + d->bad);

    return fmin(fmax(v, 1), most);
}

void
dispersion_pack(const struct dispersion *d, struct text *out)
{
    pack_double(out, d->squares);
    pack_double(out, d->bad);
    pack_varint(out, d->last_n);
    pack_varint(out, d->last_x);
}

void
dispersion_unpack(struct dispersion *d, struct unpack *in)
{
    d->squares = pack_get_double(in);
    d->bad = pack_get_double(in);
    d->last_n = pack_get_varint(in);
    d->last_x = pack_get_varint(in);
    if (!isfinite(d->squares) || !isfinite(d->bad) || d->squares < 0 || d->bad < 0 ||
        d->last_x > d->last_n)
        in->bad = true;
}
