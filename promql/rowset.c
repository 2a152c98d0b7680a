#include "promql/rowset.h"

uint32_t
rowset_id(struct labels_pool *p, const struct rowset *r, size_t i)
{
    if (r->ids[i] == ROWSET_UNKNOWN)
        r->ids[i] = r->nameless ? labels_drop_name(p, r->raw[i]) : labels_id(p, r->raw[i]);
    return r->ids[i];
}

static bool
is_name(const struct labels_pool *p, uint32_t name)
{
    return name == p->metric_name || name == p->type || name == p->unit;
}

uint32_t
rowset_get(const struct labels_pool *p, const struct rowset *r, size_t i, uint32_t name)
{
    if (r->raw && r->nameless && is_name(p, name))
        return SYMBOLS_EMPTY;
    return labels_get(r->raw ? r->raw[i] : labels_of(p, r->ids[i]), name);
}

struct rowset_cut
rowset_cut_new(const struct labels_pool *p, struct arena *arena, const struct rowset *r,
               const uint32_t *names, size_t n, bool keep)
{
    struct rowset_cut cut = {.names = arena_array(arena, n + 3, sizeof *names), .keep = keep};

    for (size_t i = 0; i < n; i++)
        if (!(r->nameless && is_name(p, names[i])))
            cut.names[cut.n++] = names[i];
    if (r->nameless && !keep) {
        cut.names[cut.n++] = p->metric_name;
        cut.names[cut.n++] = p->type;
        cut.names[cut.n++] = p->unit;
    }
    return cut;
}

uint32_t
rowset_cut(struct labels_pool *p, const struct rowset *r, const struct rowset_cut *cut, size_t i)
{
    struct labels set = r->raw ? r->raw[i] : labels_of(p, r->ids[i]);

    if (cut->keep)
        return cut->n ? labels_keep(p, set, cut->names, cut->n) : (uint32_t)LABELS_NONE;
    return labels_drop(p, set, cut->names, cut->n);
}

struct rowset
rowset_nameless(struct labels_pool *p, struct arena *arena, const struct rowset *r)
{
    struct rowset out = *r;

    if (r->nameless)
        return out;
    out.ids = arena_array(arena, r->n + 1, sizeof *out.ids);
    for (size_t i = 0; i < r->n; i++)
        out.ids[i] = r->raw ? ROWSET_UNKNOWN : labels_drop_name(p, labels_of(p, r->ids[i]));
    out.nameless = true;
    out.distinct = r->distinct && r->one_metric;
    return out;
}

struct rowset
rowset_pick(struct arena *arena, const struct rowset *from, const uint32_t *which, size_t n)
{
    struct rowset  out = *from;
    struct labels *raw = from->raw ? arena_array(arena, n + 1, sizeof *raw) : NULL;
    bool          *drops = arena_array(arena, n + 1, sizeof *drops);

    out.n = n;
    out.ids = arena_array(arena, n + 1, sizeof *out.ids);
    for (size_t i = 0; i < n; i++) {
        out.ids[i] = from->ids[which[i]];
        drops[i] = from->drops[which[i]];
        if (raw)
            raw[i] = from->raw[which[i]];
    }
    out.raw = raw;
    out.drops = drops;
    return out;
}
