#include "analyzer/dispersion.h"

#include <math.h>

static const double shrinkage = 20, most = 50;
static const double typical_shrinkage = 5; /* pairs of intervals */
static const double size_bias = 2;         /* of geometric clusters: under 2 means */

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
        if (m > 0) {
            double pair = off * off / (q * p * m);

            d->typical += pair < most ? pair : most;
            d->pairs += 1;
        }
    }
    d->last_n = n;
    d->last_x = x;
}

double
dispersion_of(const struct dispersion *d)
{
    double v = (shrinkage + d->squares) / (shrinkage + d->bad);

    return v < 1 ? 1 : v > most ? most : v;
}

double
dispersion_lasting(const struct dispersion *d)
{
    double typical = (typical_shrinkage + d->typical) / (typical_shrinkage + d->pairs);

    double all = dispersion_of(d);

    if (size_bias * typical < all)
        all = size_bias * typical;
    return all > 1 ? all : 1;
}

void
dispersion_pack(const struct dispersion *d, struct text *out)
{
    pack_double(out, d->squares);
    pack_double(out, d->bad);
    pack_double(out, d->typical);
    pack_double(out, d->pairs);
    pack_varint(out, d->last_n);
    pack_varint(out, d->last_x);
}

void
dispersion_unpack(struct dispersion *d, struct unpack *in)
{
    d->squares = pack_get_double(in);
    d->bad = pack_get_double(in);
    d->typical = pack_get_double(in);
    d->pairs = pack_get_double(in);
    d->last_n = pack_get_varint(in);
    d->last_x = pack_get_varint(in);
    if (!isfinite(d->squares) || !isfinite(d->bad) || !isfinite(d->typical) ||
        !isfinite(d->pairs) || d->squares < 0 || d->bad < 0 || d->typical < 0 || d->pairs < 0 ||
        d->last_x > d->last_n)
        in->bad = true;
}
