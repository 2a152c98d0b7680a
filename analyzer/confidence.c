#include "analyzer/confidence.h"

#include "analyzer/betafn.h"
#include "analyzer/logsum.h"

#include <math.h>

static const double quantile_weight = 10; /* requests that the prior is worth */

/* Evidence against a value: convex, lowest at what was seen. */
struct evidence {
    double (*against)(const struct evidence *e, double v);
    double x, n, a, b;
};

/* Between a value with evidence under the limit and one with more. */
static double
crossing(const struct evidence *e, double inside, double outside, double limit)
{
    for (;;) {
        double mid = inside + (outside - inside) / 2;

        if (mid == inside || mid == outside)
            return inside;
        if (e->against(e, mid) < limit)
            inside = mid;
        else
            outside = mid;
    }
}

/* G, with the leading terms of log gamma(z), z = 1 + x, taken together: what is
 * left does not lose digits for large counts. */
static double
gamma_poisson(const struct evidence *e, double total)
{
    static const double half_log_2pi = .91893853320467274178;
    double              z = 1 + e->x, off = (total - e->x) / z;

    return z * (off - log1p(off)) - .5 * log(z) - 1 + half_log_2pi + betafn_stirling_rest(z);
}

double
confidence_evidence(uint64_t x, double total)
{
    const struct evidence e = {.x = (double)x};

    return gamma_poisson(&e, total);
}

struct confidence
confidence_total(uint64_t x, double alpha)
{
    const struct evidence e = {.against = gamma_poisson, .x = (double)x};
    double                limit = -log(alpha), beyond = 2 * e.x + 2;
    struct confidence     c = {0, 0};

    if (e.against(&e, 0) >= limit)
        c.lower = crossing(&e, e.x, 0, limit);
    while (e.against(&e, beyond) < limit)
        beyond *= 2;
    c.upper = crossing(&e, e.x, beyond, limit);
    return c;
}

struct confidence
confidence_share(uint64_t x, uint64_t n, double alpha)
{
    struct confidence c;

    if (!n)
        return (struct confidence){0, 1};
    c = confidence_total(x, alpha);
    return (struct confidence){fmin(c.lower / (double)n, 1), fmin(c.upper / (double)n, 1)};
}

static double
beta_binomial(const struct evidence *e, double p)
{
    return p > 0 && p < 1 ? betafn_evidence(e->x, e->n, p, e->a, e->b) : (double)INFINITY;
}

struct confidence
confidence_constant_share(uint64_t x, uint64_t n, double alpha, double a, double b)
{
    const struct evidence e = {beta_binomial, (double)x, (double)n, a, b};
    double                limit = -log(alpha), seen = e.x / e.n;
    struct confidence     c = {0, 1};

    if (!n)
        return c;
    /* At 0 or 1 itself the evidence is not a number that can be computed. */
    seen = fmin(fmax(seen, 1e-300), 1 - 0x1p-53);
    if (x)
        c.lower = crossing(&e, seen, 0, limit);
    if (x < n)
        c.upper = crossing(&e, seen, 1, limit);
    return c;
}

struct confidence
confidence_quantile(const struct counts_bounds *b, const uint64_t bucket[], double q, double alpha)
{
    struct confidence c = {0, INFINITY};
    double            n = 0, at_most = 0;

    for (uint32_t k = 0; k < b->n; k++)
        n += (double)bucket[k];
    for (uint32_t k = 0; k + 1 < b->n && n > 0; k++) {
        at_most += (double)bucket[k];
        if (betafn_evidence(at_most, n, q, quantile_weight * q, quantile_weight * (1 - q)) <
            -log(alpha))
            continue;
        if (at_most < q * n) {
            c.lower = b->le_ms[k];
        } else {
            c.upper = b->le_ms[k];
            break;
        }
    }
    return c;
}

double
confidence_radius(uint64_t n, double alpha)
{
    static const double scale = .85, slope = .8, prior = 1612;
    double              t = (double)n;

    if (!n)
        return 1;
    return fmin(1, scale * sqrt((log1p(log(t)) + slope * log(prior / alpha)) / t));
}

static double
ratio_at(int k)
{
    return exp2((k - CONFIDENCE_RATIOS / 2) / 4.);
}

void
confidence_ratio_apply(struct confidence_ratio *c, const struct pair *p)
{
    double n_c = (double)p->n[ARM_CANARY], n_b = (double)p->n[ARM_BASELINE];
    double x_c = (double)p->x[ARM_CANARY], bad = x_c + (double)p->x[ARM_BASELINE];

    if (!(n_c > 0) || !(n_b > 0))
        return;
    /* Over n_b + n_c: the same for all ratios, so that sums stay small. */
    for (int k = 0; k < CONFIDENCE_RATIOS; k++) {
        double r = ratio_at(k);

        c->sum[k] += x_c * log(r) - bad * log1p((r - 1) * n_c / (n_b + n_c));
    }
}

struct confidence
confidence_ratio_of(const struct confidence_ratio *c, double alpha)
{
    double limit = logsum_all(c->sum, CONFIDENCE_RATIOS) - log(CONFIDENCE_RATIOS) + log(alpha);
    int    low = 0, high = CONFIDENCE_RATIOS - 1;

    /* E(r0) < 1/alpha: the mean of exp(L) less L(r0). */
    while (low < high && c->sum[low] <= limit)
        low++;
    while (high > low && c->sum[high] <= limit)
        high--;
    return (struct confidence){low > 0 ? ratio_at(low - 1) : 0, high < CONFIDENCE_RATIOS - 1
                                                                    ? ratio_at(high + 1)
                                                                    : (double)INFINITY};
}

void
confidence_ratio_pack(const struct confidence_ratio *c, struct text *out)
{
    for (int k = 0; k < CONFIDENCE_RATIOS; k++)
        pack_double(out, c->sum[k]);
}

void
confidence_ratio_unpack(struct confidence_ratio *c, struct unpack *in)
{
    for (int k = 0; k < CONFIDENCE_RATIOS; k++) {
        c->sum[k] = pack_get_double(in);
        if (!isfinite(c->sum[k]))
            in->bad = true;
    }
}
