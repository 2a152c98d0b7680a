#include "webhooks/httpstats.h"

#include "base/heap.h"

#include <stdlib.h>
#include <string.h>

/* Those that we answer with; the first stands for all others. */
static const int codes[] = {0,   200, 202, 204, 304, 400, 401, 403, 404, 405, 408, 409,
                            410, 412, 413, 415, 422, 429, 431, 499, 500, 502, 503, 504};

struct row {
    struct counter   code[ARRAY_LEN(codes)];
    struct histogram duration;
};

struct httpstats {
    struct counter  accepted, closed, refused, limited, certificates_refused;
    _Atomic int64_t certificate_expires_s;
    size_t          n_routes;
    size_t         *row_of; /* of each route: the first with its pattern */
    struct row     *row;    /* one per route, and one for none */
};

struct httpstats *
httpstats_new(const double *bounds, size_t n)
{
    struct httpstats   *s = heap_new(1, sizeof *s);
    const struct route *routes = route_all(&s->n_routes);

    s->row_of = heap_new(s->n_routes, sizeof *s->row_of);
    s->row = heap_new(s->n_routes + 1, sizeof *s->row);
    for (size_t i = 0; i < s->n_routes; i++) {
        while (strcmp(routes[s->row_of[i]].pattern, routes[i].pattern) != 0)
            s->row_of[i]++;
        histogram_init(&s->row[i].duration, bounds, n);
    }
    histogram_init(&s->row[s->n_routes].duration, bounds, n);
    return s;
}

void
httpstats_free(struct httpstats *s)
{
    if (!s)
        return;
    free(s->row_of);
    free(s->row);
    free(s);
}

static size_t
place_of(int code)
{
    for (size_t i = 1; i < ARRAY_LEN(codes); i++)
        if (codes[i] == code)
            return i;
    return 0;
}

void
httpstats_answered(struct httpstats *s, const struct route *route, int code, int64_t took_us)
{
    size_t      n;
    size_t      at = route ? s->row_of[route - route_all(&n)] : s->n_routes;
    struct row *r = &s->row[at];

    counter_add(&r->code[place_of(code)], 1);
    if (took_us >= 0)
        histogram_observe_us(&r->duration, took_us);
}

void
httpstats_refused(struct httpstats *s)
{
    counter_add(&s->refused, 1);
}

void
httpstats_limited(struct httpstats *s)
{
    counter_add(&s->limited, 1);
}

void
httpstats_certificate_refused(struct httpstats *s)
{
    counter_add(&s->certificates_refused, 1);
}

uint64_t
httpstats_certificates_refused(const struct httpstats *s)
{
    return counter_get(&s->certificates_refused);
}

void
httpstats_certificate(struct httpstats *s, int64_t expires_s)
{
    atomic_store(&s->certificate_expires_s, expires_s);
}

int64_t
httpstats_certificate_expires_s(const struct httpstats *s)
{
    return atomic_load(&s->certificate_expires_s);
}

uint64_t
httpstats_refusals(const struct httpstats *s)
{
    return counter_get(&s->refused);
}

uint64_t
httpstats_limitings(const struct httpstats *s)
{
    return counter_get(&s->limited);
}

void
httpstats_opened(struct httpstats *s)
{
    counter_add(&s->accepted, 1);
}

void
httpstats_closed(struct httpstats *s)
{
    counter_add(&s->closed, 1);
}

uint64_t
httpstats_accepted(const struct httpstats *s)
{
    return counter_get(&s->accepted);
}

/* Closed ones are read first: what opens meanwhile makes it no less than none. */
uint64_t
httpstats_open(const struct httpstats *s)
{
    uint64_t closed = counter_get(&s->closed), accepted = counter_get(&s->accepted);

    return accepted > closed ? accepted - closed : 0;
}

void
httpstats_each(const struct httpstats *s, void (*each)(void *ctx, const struct httpstats_row *row),
               void                   *ctx)
{
    size_t              n;
    const struct route *routes = route_all(&n);

    _Static_assert(ARRAY_LEN(codes) <= ARRAY_LEN(((struct httpstats_row *)0)->code), "codes");
    for (size_t i = 0; i <= s->n_routes; i++) {
        struct httpstats_row out = {.handler = i < n ? routes[i].pattern : "none",
                                    .duration = &s->row[i].duration};

        if (i < n && s->row_of[i] != i)
            continue;
        for (size_t c = 0; c < ARRAY_LEN(codes); c++) {
            uint64_t told = counter_get(&s->row[i].code[c]);

            if (told)
                out.code[out.n_codes++] = (struct httpstats_code){codes[c], told};
        }
        each(ctx, &out);
    }
}
