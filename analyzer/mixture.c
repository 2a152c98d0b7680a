#include "analyzer/mixture.h"

#include "analyzer/logsum.h"

#include <math.h>

void
mixture_init(struct mixture *m, const struct mixture_split *s)
{
    *m = (struct mixture){.log_cash = log(s->cash)};
    for (uint32_t k = 0; k < s->n; k++)
        m->log_stake[k] = log1p(-s->cash) + log(s->prior[k]);
}

void
mixture_dose(const struct mixture_split *s, double log_cash, int64_t length_ms,
             struct mixture_dose *d)
{
    double log_fed;

    d->log_kept = 0;
    for (uint32_t k = 0; k < s->n; k++)
        d->log_fed[k] = -INFINITY;
    if (length_ms <= 0 || s->feed <= 0 || isinf(log_cash))
        return;
    d->log_kept = (double)length_ms / MIXTURE_FEED_MS * log1p(-s->feed);
    log_fed = log_cash + log(-expm1(d->log_kept));
    for (uint32_t k = 0; k < s->n; k++)
        d->log_fed[k] = log_fed + log(s->prior[k]);
}

void
mixture_take(struct mixture *m, const struct mixture_split *s, const struct mixture_dose *d)
{
    m->log_cash += d->log_kept;
    for (uint32_t k = 0; k < s->n; k++)
        m->log_stake[k] = logsum_two(m->log_stake[k], d->log_fed[k]);
}

void
mixture_feed(struct mixture *m, const struct mixture_split *s, int64_t length_ms)
{
    struct mixture_dose d;

    mixture_dose(s, m->log_cash, length_ms, &d);
    mixture_take(m, s, &d);
}

double
mixture_log_e(const struct mixture *m, const struct mixture_split *s)
{
    return logsum_two(m->log_cash, logsum_all(m->log_stake, s->n));
}

double
mixture_sooner(double least, double missing, double growth)
{
    if (!(growth > 0))
        return least;
    return fmin(least, missing / growth); /* fmin() leaves NaN aside */
}

void
mixture_pack(const struct mixture *m, const struct mixture_split *s, struct text *out)
{
    pack_varint(out, s->n);
    pack_double(out, m->log_cash);
    for (uint32_t k = 0; k < s->n; k++)
        pack_double(out, m->log_stake[k]);
}

static double
get_log(struct unpack *in)
{
    double v = pack_get_double(in);

    if (isnan(v) || v == INFINITY)
        in->bad = true;
    return v;
}

void
mixture_unpack(struct mixture *m, const struct mixture_split *s, struct unpack *in)
{
    if (pack_get_varint(in) != s->n) {
        in->bad = true;
        return;
    }
    m->log_cash = get_log(in);
    for (uint32_t k = 0; k < s->n; k++)
        m->log_stake[k] = get_log(in);
}
