#include "analyzer/threshold_window.h"

#include "analyzer/bounds.h"

#include <math.h>

enum { SECOND_MS = 1000 };

static void
empty(struct threshold_window *w)
{
    w->newest_ms = -1;
    w->bounds = (struct counts_bounds){0};
    for (int s = 0; s < THRESHOLD_WINDOW_SLOTS; s++)
        w->slot[s] = (struct threshold_window_slot){.turn = -1};
}

void
threshold_window_init(struct threshold_window *w, int64_t window_ms)
{
    const int64_t unit_ms = (int64_t)THRESHOLD_WINDOW_PARTS * SECOND_MS;

    if (window_ms < SECOND_MS)
        window_ms = SECOND_MS;
    *w = (struct threshold_window){.window_ms = window_ms};
    w->width_ms = (window_ms / unit_ms + (window_ms % unit_ms != 0)) * SECOND_MS;
    empty(w);
}

static bool
grow(uint32_t *to, uint64_t by)
{
    if (by > UINT32_MAX - *to)
        return false;
    *to += (uint32_t)by;
    return true;
}

static bool
add(struct threshold_window_counts *to, const struct counts *c, uint32_t n_bounds)
{
    bool fits = grow(&to->requests, counts_requests(c)) && grow(&to->faults, counts_faults(c)) &&
                grow(&to->no_response, c->no_response);

    for (uint32_t i = 0; i < n_bounds; i++)
        fits = fits && grow(&to->bucket[i], c->bucket[i]);
    return fits;
}

static void
leave_out(struct threshold_window *w)
{
    if (w->left_out < UINT32_MAX)
        w->left_out++;
}

void
threshold_window_apply(struct threshold_window *w, const struct interval *i, enum counts_view view)
{
    const struct counts_bounds  *bounds = &i->bounds[view];
    struct threshold_window_slot grown;
    int64_t                      turn = i->end_ms / w->width_ms;
    bool                         fits = true;

    if (i->end_ms < 0 || i->end_ms < w->newest_ms || bounds->n > COUNTS_MAX_BOUNDS) {
        leave_out(w);
        return;
    }
    if (w->view != view || !bounds_same(&w->bounds, bounds)) {
        empty(w);
        w->view = view;
        w->bounds = *bounds;
    }
    w->newest_ms = i->end_ms;
    grown = w->slot[turn % THRESHOLD_WINDOW_SLOTS];
    if (grown.turn != turn)
        grown = (struct threshold_window_slot){.turn = turn};
    for (int arm = 0; arm < ARM_COUNT; arm++)
        fits = add(&grown.arm[arm], &i->arm[view][arm], bounds->n) && fits;
    if (fits)
        w->slot[turn % THRESHOLD_WINDOW_SLOTS] = grown;
    else
        leave_out(w);
}

static bool
covered(const struct threshold_window *w, const struct threshold_window_slot *s)
{
    int64_t begin_ms = w->newest_ms - w->window_ms;

    return s->turn >= 0 && (begin_ms < 0 || s->turn > begin_ms / w->width_ms);
}

struct threshold_window_sum
threshold_window_sum(const struct threshold_window *w, enum counts_arm arm)
{
    struct threshold_window_sum sum = {0};

    for (int s = 0; s < THRESHOLD_WINDOW_SLOTS; s++) {
        const struct threshold_window_counts *c = &w->slot[s].arm[arm];

        if (!covered(w, &w->slot[s]))
            continue;
        sum.requests += c->requests;
        sum.faults += c->faults;
        sum.no_response += c->no_response;
        for (uint32_t i = 0; i < w->bounds.n; i++)
            sum.bucket[i] += c->bucket[i];
    }
    return sum;
}

/* The canary's requests without a response beyond the baseline's share. */
static double
excess_silence(const struct threshold_window_sum *canary, const struct threshold_window_sum *base)
{
    double usual;

    if (!base->requests)
        return 0;
    usual = (double)canary->requests * (double)base->no_response / (double)base->requests;
    return fmax(0, (double)canary->no_response - usual);
}

double
threshold_window_success_rate(const struct threshold_window *w, enum counts_arm arm,
                              double *requests)
{
    const struct threshold_window_sum own = threshold_window_sum(w, arm);
    double                            silent = 0;

    if (w->view == VIEW_ATTEMPT && arm == ARM_CANARY) {
        const struct threshold_window_sum base = threshold_window_sum(w, ARM_BASELINE);

        silent = excess_silence(&own, &base);
    }
    *requests = (double)own.requests + silent;
    if (!(*requests > 0))
        return NAN;
    return 1 - ((double)own.faults + silent) / *requests;
}

enum status
threshold_window_quantile(const struct threshold_window *w, enum counts_arm arm, double q,
                          struct quantile *out, uint64_t *timed)
{
    const struct threshold_window_sum sum = threshold_window_sum(w, arm);

    *timed = 0;
    for (uint32_t i = 0; i < w->bounds.n; i++)
        *timed += sum.bucket[i];
    return quantile_of(&w->bounds, sum.bucket, q, out);
}

static void
pack_counts(const struct threshold_window_counts *c, uint32_t n_bounds, struct text *out)
{
    pack_varint(out, c->requests);
    pack_varint(out, c->faults);
    pack_varint(out, c->no_response);
    for (uint32_t i = 0; i < n_bounds; i++)
        pack_varint(out, c->bucket[i]);
}

void
threshold_window_pack(const struct threshold_window *w, struct text *out)
{
    pack_i64(out, w->newest_ms);
    pack_u8(out, (uint8_t)w->view);
    pack_u32(out, w->left_out);
    pack_varint(out, w->bounds.n);
    for (uint32_t i = 0; i < w->bounds.n; i++)
        pack_double(out, w->bounds.le_ms[i]);
    for (int s = 0; s < THRESHOLD_WINDOW_SLOTS; s++) {
        pack_i64(out, w->slot[s].turn);
        for (int arm = 0; arm < ARM_COUNT && w->slot[s].turn >= 0; arm++)
            pack_counts(&w->slot[s].arm[arm], w->bounds.n, out);
    }
}

static uint32_t
get_u32(struct unpack *in)
{
    uint64_t v = pack_get_varint(in);

    if (v > UINT32_MAX)
        in->bad = true;
    return (uint32_t)(v & UINT32_MAX);
}

static void
unpack_counts(struct threshold_window_counts *c, uint32_t n_bounds, struct unpack *in)
{
    c->requests = get_u32(in);
    c->faults = get_u32(in);
    c->no_response = get_u32(in);
    for (uint32_t i = 0; i < n_bounds; i++)
        c->bucket[i] = get_u32(in);
    if (c->faults > c->requests)
        in->bad = true;
}

void
threshold_window_unpack(struct threshold_window *w, struct unpack *in)
{
    uint8_t  view;
    uint64_t n;

    empty(w);
    w->newest_ms = pack_get_ms(in);
    view = pack_get_u8(in);
    w->left_out = pack_get_u32(in);
    n = pack_get_varint(in);
    if (view >= VIEW_COUNT || n > COUNTS_MAX_BOUNDS) {
        in->bad = true;
        return;
    }
    w->view = (enum counts_view)view;
    w->bounds.n = (uint32_t)n;
    for (uint32_t i = 0; i < w->bounds.n; i++)
        w->bounds.le_ms[i] = pack_get_double(in);
    for (int s = 0; s < THRESHOLD_WINDOW_SLOTS && !in->bad; s++) {
        w->slot[s].turn = pack_get_ms(in);
        if (w->slot[s].turn >= 0 && w->slot[s].turn % THRESHOLD_WINDOW_SLOTS != s)
            in->bad = true;
        for (int arm = 0; arm < ARM_COUNT && w->slot[s].turn >= 0; arm++)
            unpack_counts(&w->slot[s].arm[arm], w->bounds.n, in);
    }
}
