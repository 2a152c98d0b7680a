#include "analyzer/calibration.h"

#include "analyzer/pair.h"
#include "base/heap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { STATE_VERSION = 1 };

static const struct {
    const char *text, *sentence;
} use[CALIBRATION_USE_COUNT] = {
#define CALIBRATION_USE(name, text, sentence) [CALIBRATION_##name] = {text, sentence},
#include "analyzer/calibration.def"
#undef CALIBRATION_USE
};

const char *
calibration_use_text(enum calibration_use u)
{
    return use[u].text;
}

const char *
calibration_use_sentence(enum calibration_use u)
{
    return use[u].sentence;
}

bool
calibration_window_valid(const struct calibration_window *w)
{
    for (int j = 0; j < CALIBRATION_STATISTICS; j++)
        if (!(w->log_w[j] >= 0) || isinf(w->log_w[j]))
            return false;
    return w->start_ms < w->end_ms && w->requests <= w->all_requests &&
           w->all_requests <= PAIR_MAX_REQUESTS && w->placebo_pods > 0 && w->placebo_pods < w->pods;
}

void
calibration_init(struct calibration *c)
{
    *c = (struct calibration){0};
}

void
calibration_release(struct calibration *c)
{
    free(c->at);
    *c = (struct calibration){0};
}

void
calibration_clear(struct calibration *c)
{
    c->n = 0;
}

static void
drop_oldest(struct calibration *c, uint32_t n)
{
    c->n -= n;
    memmove(c->at, c->at + n, c->n * sizeof *c->at);
}

void
calibration_add(struct calibration *c, const struct calibration_window *w)
{
    uint32_t i;

    if (c->n == CALIBRATION_MAX_WINDOWS)
        drop_oldest(c, CALIBRATION_MAX_WINDOWS / 8);
    if (c->n == c->cap) {
        c->cap = c->cap ? 2 * c->cap : 64;
        c->at = heap_grow(c->at, c->cap, sizeof *c->at);
    }
    for (i = c->n; i > 0 && c->at[i - 1].end_ms > w->end_ms; i--)
        c->at[i] = c->at[i - 1];
    c->at[i] = *w;
    c->n++;
}

void
calibration_forget(struct calibration *c, int64_t before_ms)
{
    uint32_t n = 0;

    while (n < c->n && c->at[n].end_ms < before_ms)
        n++;
    if (n > 0)
        drop_oldest(c, n);
}

struct calibration_tally
calibration_count(const struct calibration *c, int64_t since_ms)
{
    struct calibration_tally t = {0};

    for (uint32_t i = c->n; i > 0 && c->at[i - 1].end_ms >= since_ms; i--) {
        t.placebos++;
        t.rolled_back += c->at[i - 1].rolled_back;
    }
    return t;
}

struct calibration_frozen
calibration_none(enum calibration_use why)
{
    return (struct calibration_frozen){.use = why, .v = NAN};
}

static int
falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x < y) - (x > y);
}

/* floor(share * n) of a share such as .29 of 100 windows, which the product of
 * doubles puts just under 29. */
static uint32_t
whole_part(double share, uint32_t n)
{
    return (uint32_t)floor(share * n + 1e-9);
}

/* The rank-th largest (from 1) of n numbers, which are put in order. */
static double
ranked(double *of, uint32_t n, uint32_t rank)
{
    qsort(of, n, sizeof *of, falling);
    return of[rank - 1];
}

/* Those that served enough, in order; returns how many. */
static uint32_t
fed(const struct calibration *c, double least, const struct calibration_window **out)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < c->n; i++)
        if ((double)c->at[i].requests >= least)
            out[n++] = &c->at[i];
    return n;
}

/* Where the newer half begins.  Placebos of one window share its minutes: in
 * different halves, one would set the scale by what it knows of the other. */
static uint32_t
middle(const struct calibration_window *const *w, uint32_t n)
{
    uint32_t half = n - n / 2;

    while (half > 0 && half < n && w[half - 1]->end_ms == w[half]->end_ms)
        half--;
    return half;
}

static double
score(const struct calibration_window *w, const double scale[CALIBRATION_STATISTICS])
{
    double v = 0;

    for (int j = 0; j < CALIBRATION_STATISTICS; j++)
        v = fmax(v, w->log_w[j] / scale[j]);
    return v;
}

static void
learn(struct calibration_frozen *f, const struct calibration_window *const *w, double *room)
{
    uint32_t least = whole_part(f->alpha, f->older);

    for (int j = 0; j < CALIBRATION_STATISTICS; j++) {
        for (uint32_t i = 0; i < f->older; i++)
            room[i] = w[i]->log_w[j];
        f->scale[j] = fmax(1, ranked(room, f->older, least ? least : 1));
    }
    for (uint32_t i = 0; i < f->newer; i++)
        room[i] = score(w[f->older + i], f->scale);
    f->v = ranked(room, f->newer, f->rank);
    for (int j = 0; j < CALIBRATION_STATISTICS; j++)
        f->tau[j] = f->scale[j] * f->v;
}

struct calibration_frozen
calibration_freeze(const struct calibration *c, const struct calibration_plan *plan)
{
    const struct calibration_window **w = heap_new(c->n ? c->n : 1, sizeof *w);
    double                           *room = heap_new(c->n ? c->n : 1, sizeof *room);
    uint32_t                          n = fed(c, plan->least_requests, w);
    struct calibration_frozen         f = calibration_none(CALIBRATION_YOUNG);

    f.alpha = plan->alpha;
    f.floor = plan->floor;
    f.least_requests = plan->least_requests;
    f.most_requests = plan->most_requests;
    f.window_ms = plan->window_ms;
    f.seen = c->n;
    f.tally = calibration_count(c, plan->since_ms);
    f.tally_ms = plan->now_ms - plan->since_ms;
    if (n > 0) {
        f.older = middle(w, n);
        f.newer = n - f.older;
        f.from_ms = w[0]->end_ms;
        f.until_ms = w[n - 1]->end_ms;
        for (uint32_t i = 0; i < n; i++)
            if (w[i]->placebo_pods > f.pods)
                f.pods = w[i]->placebo_pods;
    }
    f.rank = whole_part(f.alpha, f.newer + 1);
    if (f.rank > 0 && f.older > 0) {
        f.use = CALIBRATION_USED;
        learn(&f, w, room);
    } else if (whole_part(f.alpha, c->n / 2 + 1) > 0) {
        f.use = CALIBRATION_UNDERFED;
    }
    free(room);
    free(w);
    return f;
}

bool
calibration_holds(const struct calibration_frozen *f, int64_t judged_ms, uint64_t requests,
                  uint32_t pods)
{
    return f->use == CALIBRATION_USED && judged_ms <= f->window_ms && pods >= f->pods &&
           (!(f->most_requests > 0) || (double)requests <= f->most_requests);
}

double
calibration_limit(const struct calibration_frozen *f, uint32_t j)
{
    return f->use == CALIBRATION_USED ? fmax(f->tau[j], -log(f->floor)) : INFINITY;
}

int
calibration_crossed(const struct calibration_frozen *f, const double log_w[CALIBRATION_STATISTICS])
{
    double most = 0;
    int    which = -1;

    for (int j = 0; j < CALIBRATION_STATISTICS; j++) {
        double over = log_w[j] - calibration_limit(f, (uint32_t)j);

        if (over > most) {
            most = over;
            which = j;
        }
    }
    return which;
}

/* 1680 as "1,680". */
static const char *
grouped(uint32_t n, char out[16])
{
    if (n >= 1000000)
        snprintf(out, 16, "%u,%03u,%03u", n / 1000000, n / 1000 % 1000, n % 1000);
    else if (n >= 1000)
        snprintf(out, 16, "%u,%03u", n / 1000, n % 1000);
    else
        snprintf(out, 16, "%u", n);
    return out;
}

void
calibration_tally_message(const struct calibration_tally *t, int64_t over_ms,
                          char out[CALIBRATION_MESSAGE_BYTES])
{
    enum { HOUR_MS = 3600 * 1000 };
    char    of[16], back[16];
    int64_t hours = (over_ms + HOUR_MS / 2) / HOUR_MS;

    if (hours >= 48)
        snprintf(out, CALIBRATION_MESSAGE_BYTES, "in the last %lld days", (long long)hours / 24);
    else
        snprintf(out, CALIBRATION_MESSAGE_BYTES, "in the last %lld hours", (long long)hours);
    snprintf(out + strlen(out), CALIBRATION_MESSAGE_BYTES - strlen(out),
             " %s of %s placebo canaries would have been rolled back",
             grouped(t->rolled_back, back), grouped(t->placebos, of));
}

void
calibration_message(const struct calibration_frozen *f, char out[CALIBRATION_MESSAGE_BYTES])
{
    char tally[CALIBRATION_MESSAGE_BYTES];

    calibration_tally_message(&f->tally, f->tally_ms, tally);
    snprintf(out, CALIBRATION_MESSAGE_BYTES, "%s%s%.90s", calibration_use_sentence(f->use),
             f->tally.placebos ? "; " : "", f->tally.placebos ? tally : "");
}

void
calibration_frozen_pack(const struct calibration_frozen *f, struct text *out)
{
    pack_u8(out, STATE_VERSION);
    pack_u8(out, (uint8_t)f->use);
    pack_double(out, f->alpha);
    pack_double(out, f->floor);
    pack_double(out, f->least_requests);
    pack_double(out, f->most_requests);
    pack_u32(out, f->pods);
    pack_i64(out, f->window_ms);
    pack_u32(out, f->seen);
    pack_u32(out, f->older);
    pack_u32(out, f->newer);
    pack_u32(out, f->rank);
    pack_i64(out, f->from_ms);
    pack_i64(out, f->until_ms);
    pack_double(out, f->v);
    pack_u32(out, f->tally.placebos);
    pack_u32(out, f->tally.rolled_back);
    pack_i64(out, f->tally_ms);
    for (int j = 0; j < CALIBRATION_STATISTICS; j++) {
        pack_double(out, f->scale[j]);
        pack_double(out, f->tau[j]);
    }
}

/* Thresholds that are in use must be ones: a NaN would never be crossed, and
 * a floor outside of (0, 1] or a negative threshold always. */
static bool
sane(const struct calibration_frozen *f)
{
    if (f->use != CALIBRATION_USED)
        return true;
    for (int j = 0; j < CALIBRATION_STATISTICS; j++)
        if (!(f->scale[j] >= 1) || !(f->tau[j] >= 0))
            return false;
    return f->floor > 0 && f->floor <= 1 && f->alpha > 0 && f->alpha < 1 && f->window_ms > 0;
}

void
calibration_frozen_unpack(struct calibration_frozen *f, struct unpack *in)
{
    uint8_t version = pack_get_u8(in), why = pack_get_u8(in);

    if (version != STATE_VERSION || why >= CALIBRATION_USE_COUNT) {
        in->bad = true;
        return;
    }
    f->use = (enum calibration_use)why;
    f->alpha = pack_get_double(in);
    f->floor = pack_get_double(in);
    f->least_requests = pack_get_double(in);
    f->most_requests = pack_get_double(in);
    f->pods = pack_get_u32(in);
    f->window_ms = pack_get_ms(in);
    f->seen = pack_get_u32(in);
    f->older = pack_get_u32(in);
    f->newer = pack_get_u32(in);
    f->rank = pack_get_u32(in);
    f->from_ms = pack_get_ms(in);
    f->until_ms = pack_get_ms(in);
    f->v = pack_get_double(in);
    f->tally.placebos = pack_get_u32(in);
    f->tally.rolled_back = pack_get_u32(in);
    f->tally_ms = pack_get_ms(in);
    for (int j = 0; j < CALIBRATION_STATISTICS; j++) {
        f->scale[j] = pack_get_double(in);
        f->tau[j] = pack_get_double(in);
    }
    if (!sane(f))
        in->bad = true;
}
