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
mixture_feed(struct mixture *m, const struct mixture_split *s, int64_t length_ms)
{
    double log_kept, log_fed;

    if (length_ms <= 0 || s->feed <= 0 || isinf(m->log_cash))
        return;
    log_kept = (double)length_ms / MIXTURE_FEED_MS * log1p(-s->feed);
    log_fed = m->log_cash + log(-expm1(log_kept));
    m->log_cash += log_kept;
    for (uint32_t k = 0; k < s->n; k++)
        m->log_stake[k] = logsum_two(m->log_stake[k], log_fed + log(s->prior[k]));
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
