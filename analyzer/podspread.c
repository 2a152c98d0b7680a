#include "analyzer/podspread.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* The baseline's pods, and sums over them. */
struct spread {
    uint32_t pods;
    double   n[FAMILY_MAX_PODS][FAMILY_BASES], x[FAMILY_MAX_PODS][FAMILY_QUESTIONS];
    double   with[FAMILY_BASES], n_all[FAMILY_BASES], nn[FAMILY_BASES];
    double   x_all[FAMILY_QUESTIONS], xx[FAMILY_QUESTIONS], xn[FAMILY_QUESTIONS];
};

static void
gather(const struct podblock *b, struct spread *s)
{
    s->pods = 0;
    memset(s->with, 0, sizeof *s - offsetof(struct spread, with));
    for (uint32_t slot = 0; slot < b->n_pods; slot++) {
        double *n = s->n[s->pods], *x = s->x[s->pods];

        if (podblock_arm(b, slot) != ARM_BASELINE)
            continue;
        s->pods++;
        for (int base = 0; base < FAMILY_BASES; base++) {
            n[base] = b->n[slot][base];
            s->with[base] += n[base] > 0;
            s->n_all[base] += n[base];
            s->nn[base] += n[base] * n[base];
        }
        for (int q = 0; q < FAMILY_QUESTIONS; q++) {
            x[q] = b->x[slot][q];
            s->x_all[q] += x[q];
            s->xx[q] += x[q] * x[q];
        }
        s->xn[FAMILY_ERRORS] += x[FAMILY_ERRORS] * n[FAMILY_OF_TRIES];
        s->xn[FAMILY_CLIENT_ERRORS] += x[FAMILY_CLIENT_ERRORS] * n[FAMILY_OF_ANSWERED];
        for (int q = FAMILY_LATENCY; q < FAMILY_QUESTIONS; q++)
            s->xn[q] += x[q] * n[FAMILY_OF_TIMED];
    }
}

/* From the sums over a question's pods. */
static struct podspread
variation(double pods, double n, double nn, double x, double xx, double xn)
{
    struct podspread s = {0};
    double           rate = x / n;

    if (pods < 2 || !(x > 0))
        return s;
    s.ratio = (xx - 2 * rate * xn + rate * rate * nn) / (x * (1 - nn / (n * n)));
    s.deviation = sqrt(2 / (pods - 1));
    return s;
}

double
podspread_dispersion(const struct podspread *s, double known)
{
    static const double most = 50;
    double              by_pods = s->ratio - known * s->deviation;

    if (by_pods > most)
        by_pods = most;
    return by_pods > known ? by_pods : known;
}

static const double few = 3;

/* Whether any pod can have an excess; mostly none has.  With its own bad requests
 * among what is expected of it, more would be. */
static bool
stands_out(const struct spread *s, enum family_question q, double known)
{
    enum family_base base = familysample_base(q);
    double           rate = s->x_all[q] / s->n_all[base];
    int              any = 0;

    for (uint32_t u = 0; u < s->pods; u++)
        any |= s->x[u][q] > few * known + s->n[u][base] * rate;
    return any != 0;
}

/* Takes out what pods have in excess; so much it was. */
static double
trim(struct spread *s, enum family_question q, double known, bool trimmed[FAMILY_MAX_PODS])
{
    static const double deviations = 4;
    enum family_base    base = familysample_base(q);
    double              excess = 0;

    for (uint32_t u = 0; u < s->pods; u++) {
        double others = s->n_all[base] - s->n[u][base], expected, most;

        if (!(others > 0))
            continue;
        expected = s->n[u][base] * (s->x_all[q] - s->x[u][q]) / others;
        most = expected + deviations * sqrt(known * expected) + few * known;
        if (s->x[u][q] <= most)
            continue;
        excess += s->x[u][q] - most;
        s->x[u][q] = most;
        trimmed[u] = true;
    }
    s->x_all[q] -= excess;
    return excess;
}

/* The excess, and how much the other pods vary. */
static struct podspread
spread_of_some(struct spread *s, enum family_question q, double known)
{
    enum { ROUNDS = 3 }; /* the first sick pod hides the second, and so on */
    enum family_base base = familysample_base(q);
    struct podspread out;
    double           excess = 0;
    bool             trimmed[FAMILY_MAX_PODS] = {false};
    double           more = 1, pods = 0, n = 0, nn = 0, x = 0, xx = 0, xn = 0;

    for (int round = 0; round < ROUNDS && more > 0; round++)
        excess += more = trim(s, q, known, trimmed);
    for (uint32_t u = 0; u < s->pods; u++) {
        double un = s->n[u][base], ux = s->x[u][q];

        if (trimmed[u])
            continue;
        pods += un > 0;
        n += un;
        nn += un * un;
        x += ux;
        xx += ux * ux;
        xn += ux * un;
    }
    out = variation(pods, n, nn, x, xx, xn);
    out.excess = excess;
    return out;
}

void
podspread_of(const struct podblock *b, const double known[FAMILY_QUESTIONS],
             struct podspread out[FAMILY_QUESTIONS])
{
    struct spread s;

    gather(b, &s);
    for (enum family_question q = 0; q < FAMILY_QUESTIONS; q++) {
        enum family_base base = familysample_base(q);

        if (stands_out(&s, q, known[q]))
            out[q] = spread_of_some(&s, q, known[q]);
        else
            out[q] =
                variation(s.with[base], s.n_all[base], s.nn[base], s.x_all[q], s.xx[q], s.xn[q]);
    }
}
