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

/* Log of the share that is kept. */
static double
log_kept(double feed, int64_t length_ms)
{
    return length_ms > 0 && feed > 0 ? (double)length_ms / MIXTURE_FEED_MS * log1p(-feed) : 0;
}

double
mixture_fed(double feed, int64_t length_ms)
{
    return -expm1(log_kept(feed, length_ms));
}

void
mixture_feed(struct mixture *m, const struct mixture_split *s, int64_t length_ms)
{
    double kept = log_kept(s->feed, length_ms), log_fed;

    if (!(kept < 0) || isinf(m->log_cash))
        return;
    log_fed = m->log_cash + log(-expm1(kept));
    m->log_cash += kept;
    for (uint32_t k = 0; k < s->n; k++)
        m->log_stake[k] = logsum_two(m->log_stake[k], log_fed + log(s->prior[k]));
}

double
mixture_get_plain(struct unpack *in)
{
    double v = pack_get_double(in);

    if (!(v >= 0 && v <= 1e300))
        in->bad = true;
    return v;
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
