#include "analyzer/slo.h"

#include "analyzer/logsum.h"

#include <math.h>

static const double burn_rate[SLO_BURNS] = {1.5, 2, 3, 6, 14.4, 36};
static const double pass_rate[SLO_PASS_BURNS] = {.1, .2, .5, .8};

static const double burning = 1.5; /* times eps */
static const double least_bad = 5;

static bool
usable(double eps)
{
    return eps > 0 && eps < 1;
}

static double
rate_of(int k)
{
    return k < SLO_BURNS ? burn_rate[k] : pass_rate[k - SLO_BURNS];
}

void
slo_init(struct slo *s, double eps)
{
    *s = (struct slo){.eps = eps};
    for (int k = 0; k < SLO_BURNS; k++)
        if (!usable(eps) || !(burn_rate[k] * eps < 1))
            s->burn[k] = NAN;
    for (int k = 0; k < SLO_BURNS + SLO_PASS_BURNS; k++) {
        s->per_bad[k] = log(rate_of(k));
        s->per_good[k] = log1p(-rate_of(k) * eps) - log1p(-eps);
    }
}

static void
bet(struct slo *s, double n, double x)
{
    for (int k = 0; k < SLO_BURNS; k++)
        s->burn[k] += x * s->per_bad[k] + (n - x) * s->per_good[k];
    for (int k = 0; k < SLO_PASS_BURNS; k++)
        s->pass[k] += x * s->per_bad[SLO_BURNS + k] + (n - x) * s->per_good[SLO_BURNS + k];
}

void
slo_apply(struct slo *s, uint64_t n, uint64_t x, int64_t length_ms)
{
    double keep = exp2(-(double)length_ms / SLO_HALF_LIFE_MS);

    s->lately = s->lately * keep + (double)n;
    s->bad_lately = s->bad_lately * keep + (double)x;
    if (!n || !usable(s->eps))
        return;
    if (s->learnt < SLO_LEARN)
        s->learnt++;
    else
        bet(s, (double)n, (double)x);
    dispersion_apply(&s->dispersion, n, x);
    s->n += n;
    s->x += x;
}

/* Log of the mean over the sums that there are. */
static double
log_mean(const double *sum, int n, double dispersion)
{
    double   tempered[SLO_BURNS];
    uint32_t used = 0;

    for (int k = 0; k < n; k++)
        if (!isnan(sum[k]))
            tempered[used++] = sum[k] > 0 ? sum[k] / dispersion : sum[k];
    return used ? logsum_all(tempered, used) - log(used) : -INFINITY;
}

double
slo_dispersion(const struct slo *s)
{
    return dispersion_lasting(&s->dispersion);
}

double
slo_log_e(const struct slo *s)
{
    if (s->learnt < SLO_LEARN) /* nothing was bet yet */
        return usable(s->eps) ? 0 : -INFINITY;
    return log_mean(s->burn, SLO_BURNS, slo_dispersion(s));
}

/* The mean is at most the greatest, which is seldom so great. */
bool
slo_reaches(const struct slo *s, double log_e)
{
    double d = slo_dispersion(s), most = -INFINITY;

    for (int k = 0; k < SLO_BURNS; k++)
        if (s->burn[k] > most)
            most = s->burn[k];
    return most >= log_e * (log_e > 0 ? d : 1) && slo_log_e(s) >= log_e;
}

double
slo_log_pass(const struct slo *s)
{
    return usable(s->eps) ? log_mean(s->pass, SLO_PASS_BURNS, slo_dispersion(s)) : -INFINITY;
}

double
slo_share(const struct slo *s)
{
    return s->n ? 1 - (double)s->x / (double)s->n : (double)NAN;
}

bool
slo_has_requests(const struct slo *s)
{
    return s->lately >= 1;
}

bool
slo_burns_now(const struct slo *s)
{
    return s->bad_lately >= least_bad && s->bad_lately > burning * s->eps * s->lately;
}

static void
get_sums(double *to, int n, struct unpack *in)
{
    for (int k = 0; k < n; k++) {
        double sum = pack_get_double(in);

        /* What is not a number at the start is not asked, and stays so. */
        if (isnan(sum) != isnan(to[k]) || isinf(sum))
            in->bad = true;
        to[k] = sum;
    }
}

void
slo_pack(const struct slo *s, struct text *out)
{
    for (int k = 0; k < SLO_BURNS; k++)
        pack_double(out, s->burn[k]);
    for (int k = 0; k < SLO_PASS_BURNS; k++)
        pack_double(out, s->pass[k]);
    dispersion_pack(&s->dispersion, out);
    pack_u8(out, (uint8_t)s->learnt);
    pack_varint(out, s->n);
    pack_varint(out, s->x);
    pack_double(out, s->lately);
    pack_double(out, s->bad_lately);
}

void
slo_unpack(struct slo *s, struct unpack *in)
{
    get_sums(s->burn, SLO_BURNS, in);
    get_sums(s->pass, SLO_PASS_BURNS, in);
    dispersion_unpack(&s->dispersion, in);
    s->learnt = pack_get_u8(in);
    s->n = pack_get_varint(in);
    s->x = pack_get_varint(in);
    s->lately = pack_get_double(in);
    s->bad_lately = pack_get_double(in);
    if (s->learnt > SLO_LEARN || s->x > s->n || !(s->lately >= 0) || !(s->bad_lately >= 0) ||
        isinf(s->lately))
        in->bad = true;
}
