#include "daemon/points.h"

#include "base/heap.h"
#include "base/pack.h"
#include "promql/gofloat.h"

#include <stdlib.h>
#include <string.h>

struct points {
    struct point now;
    int64_t      last_ms; /* of the last one; 0: none yet */
    /* What its labels were. */
    uint32_t             told_versions, told_checks;
    struct counts_bounds told_bounds[VIEW_COUNT];
};

struct points *
points_new(void)
{
    return heap_new(1, sizeof(struct points));
}

void
points_free(struct points *p)
{
    free(p);
}

void
points_count(struct points *p, const struct interval *i)
{
    point_count(&p->now, i);
}

struct slice
points_le(double le_ms, char out[POINTS_LE_BYTES])
{
    struct text t;
    size_t      n;

    text_init(&t, POINTS_LE_BYTES);
    gofloat_put_g(&t, le_ms);
    if (!strpbrk(t.p, ".eIN"))
        text_puts(&t, ".0");
    n = t.n < POINTS_LE_BYTES ? t.n : POINTS_LE_BYTES;
    memcpy(out, t.p, n);
    text_release(&t);
    return (struct slice){out, n};
}

static bool
has_new_labels(const struct points *p)
{
    return p->now.n_versions != p->told_versions || p->now.n_checks != p->told_checks ||
           memcmp(p->now.bounds, p->told_bounds, sizeof p->told_bounds) != 0;
}

static void
put_labels(struct points *p, struct text *out)
{
    char le[POINTS_LE_BYTES];

    for (uint32_t k = 0; k < p->now.n_versions; k++)
        pack_slice(out, slice_of(p->now.versions[k].name));
    for (uint32_t k = 0; k < p->now.n_checks; k++)
        pack_slice(out, slice_of(p->now.checks[k].name));
    for (enum counts_view v = 0; v < VIEW_COUNT; v++)
        for (uint32_t k = 0; k < p->now.bounds[v].n; k++)
            pack_slice(out, points_le(p->now.bounds[v].le_ms[k], le));
    p->told_versions = p->now.n_versions;
    p->told_checks = p->now.n_checks;
    memcpy(p->told_bounds, p->now.bounds, sizeof p->told_bounds);
}

static bool
first_of(const struct points *p, int64_t at_ms, int64_t every_ms)
{
    return p->last_ms == 0 || at_ms / every_ms != p->last_ms / every_ms;
}

bool
points_next(struct points *p, const struct verdict_view *v, bool news, struct text *row,
            struct text *labels, struct record_point *out)
{
    int64_t at_ms = v->evaluated_wall_ms;
    int     level = 0;

    if (!news && !first_of(p, at_ms, POINTS_EVERY_MS))
        return false;
    point_answer(&p->now, v);
    if (first_of(p, at_ms, POINTS_MINUTE_MS))
        level = 1;
    if (news || first_of(p, at_ms, POINTS_SLOT_MS) || has_new_labels(p))
        level = 2;
    if (level == 2) /* also those that were told: the one that had them may not have been stored */
        put_labels(p, labels);
    point_pack(&p->now, row);
    p->last_ms = at_ms;
    *out = (struct record_point){
        .at_ms = at_ms, .level = level, .row = text_slice(row), .labels = text_slice(labels)};
    return row->status == STATUS_OK && labels->status == STATUS_OK;
}

void
points_pack(const struct points *p, struct text *out)
{
    point_pack(&p->now, out);
}

void
points_unpack(struct points *p, struct slice packed)
{
    (void)!point_unpack(packed, &p->now, NULL);
}
