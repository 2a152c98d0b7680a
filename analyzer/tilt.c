#include "analyzer/tilt.h"

#include "analyzer/logsum.h"

#include <math.h>

static const double odds[TILT_ODDS] = {.5, .67, .8, .9, .95, .98, 1.02, 1.05, 1.1, 1.25, 1.5, 2};

static const double most_requests = 0x1p53;

static void
fade(struct tilt *t, double n, double n_part, int64_t length_ms)
{
    double keep = exp2(-(double)length_ms / TILT_HALF_LIFE_MS);

    t->lately = t->lately * keep + n;
    t->set = t->set * keep + n * t->weight;
    t->part = t->part * keep + n_part;
}

void
tilt_apply(struct tilt *t, uint64_t n, uint64_t n_part, double weight, int64_t length_ms)
{
    double part = (double)n_part, rest = (double)(n - n_part);

    if (!(weight > 0 && weight < 1) || !n || length_ms <= 0)
        return;
    /* Shares of two weights are not to be compared. */
    if (weight != t->weight)
        t->spread.last_n = t->spread.last_x = 0;
    t->weight = weight;
    for (int k = 0; k < TILT_ODDS; k++) {
        double less_1 = (odds[k] - 1) / (1 - weight + odds[k] * weight);

        /* q / w - 1 = less_1 (1 - w), (1 - q) / (1 - w) - 1 = -less_1 w */
        t->sum[k] += part * log1p(less_1 * (1 - weight)) + rest * log1p(-less_1 * weight);
    }
    if (t->spread.last_n && t->learnt < UINT32_MAX)
        t->learnt++;
    dispersion_apply(&t->spread, n, n_part);
    fade(t, (double)n, part, length_ms);
    t->n += n;
    t->n_part += n_part;
}

double
tilt_log_e(const struct tilt *t)
{
    double d = dispersion_of(&t->spread), tempered[TILT_ODDS];

    for (int k = 0; k < TILT_ODDS; k++)
        tempered[k] = t->sum[k] > 0 ? t->sum[k] / d : t->sum[k];
    return logsum_all(tempered, TILT_ODDS) - log(TILT_ODDS);
}

double
tilt_seen(const struct tilt *t)
{
    return t->lately > 0 ? t->part / t->lately : (double)NAN;
}

double
tilt_set(const struct tilt *t)
{
    return t->lately > 0 ? t->set / t->lately : (double)NAN;
}

bool
tilt_alarm(const struct tilt *t, double alpha)
{
    return t->learnt >= TILT_LEAST_LEARNT && fabs(t->part - t->set) > TILT_TOLERANCE * t->set &&
           tilt_log_e(t) >= -log(alpha);
}

void
tilt_pack(const struct tilt *t, struct text *out)
{
    for (int k = 0; k < TILT_ODDS; k++)
        pack_double(out, t->sum[k]);
    dispersion_pack(&t->spread, out);
    pack_u32(out, t->learnt);
    pack_double(out, t->weight);
    pack_double(out, t->lately);
    pack_double(out, t->set);
    pack_double(out, t->part);
    pack_varint(out, t->n);
    pack_varint(out, t->n_part);
}

/* What fades in is never negative and not beyond what can be counted. */
static double
get_fading(struct unpack *in)
{
    double v = pack_get_double(in);

    if (!(v >= 0 && v <= most_requests))
        in->bad = true;
    return v;
}

void
tilt_unpack(struct tilt *t, struct unpack *in)
{
    for (int k = 0; k < TILT_ODDS; k++) {
        t->sum[k] = pack_get_double(in);
        if (!isfinite(t->sum[k]))
            in->bad = true;
    }
    dispersion_unpack(&t->spread, in);
    t->learnt = pack_get_u32(in);
    t->weight = get_fading(in);
    t->lately = get_fading(in);
    t->set = get_fading(in);
    t->part = get_fading(in);
    t->n = pack_get_varint(in);
    t->n_part = pack_get_varint(in);
    if (!(t->weight >= 0 && t->weight < 1) || t->n_part > t->n)
        in->bad = true;
}
