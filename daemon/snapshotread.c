#include "daemon/snapshotread.h"

#include "daemon/presettable.h"

#include <math.h>

/* Beyond it a double no longer holds every integer, so that differences of
 * counters would be wrong. */
static const double most_count = 9007199254740992.0; /* 2^53 */
static const double last_second = 253402300800.0;    /* the year 10000 */

/* What is read, and how. */
struct reading {
    struct arena                 *arena;
    const struct preset_service  *service;
    enum presettable_mesh         mesh;
    const struct presettable_row *row;
    double                        le_ms;
    struct slice                  label[PRESET_LABEL_COUNT], key[VIEW_COUNT];
};

/* One series taken apart. */
struct line {
    enum preset_part part;
    struct slice     label[PRESET_LABEL_COUNT], key[VIEW_COUNT];
    double           value, le_ms;
};

static enum status
malformed(const struct line *l, const char *why, struct err *err)
{
    return err_set(err, STATUS_MALFORMED, "%s in part \"%.*s\" of instance \"%.*s\"", why,
                   SLICE_ARG(l->label[PRESET_LABEL_PART]),
                   SLICE_ARG(l->label[PRESET_LABEL_INSTANCE]));
}

static enum status
read_labels(const struct reading *r, const struct promreply_series *s, struct line *l,
            struct err *err)
{
    for (size_t i = 0; i < s->n_labels; i++) {
        const struct promreply_label *label = &s->labels[i];
        bool                          known = false;

        for (size_t v = 0; v < VIEW_COUNT; v++)
            if (r->key[v].n > 0 && slice_equal(label->name, r->key[v])) {
                l->key[v] = label->value;
                known = true;
            }
        for (size_t k = 0; k < PRESET_LABEL_COUNT; k++)
            if (r->label[k].n > 0 && slice_equal(label->name, r->label[k])) {
                l->label[k] = label->value;
                known = true;
            }
        /* Two series could then differ in it alone, and one group would have
         * two values. */
        if (!known)
            return err_set(err, STATUS_MALFORMED, "label \"%.*s\" was not asked for",
                           SLICE_ARG(label->name));
    }
    for (size_t p = 0; p < PRESET_PART_COUNT; p++)
        if (slice_is(l->label[PRESET_LABEL_PART], preset_part_text((enum preset_part)p))) {
            l->part = (enum preset_part)p;
            return STATUS_OK;
        }
    return malformed(l, "a series of no known kind", err);
}

/* Bounds in seconds, without what the multiplication adds: 1.1 s is 1100 ms. */
static double
in_ms(double le, double le_ms)
{
    return le_ms > 1 ? round(le * le_ms * 1e6) / 1e6 : le;
}

static enum status
read_value(const struct reading *r, struct line *l, double value, struct err *err)
{
    l->value = value;
    switch (preset_part_kind(l->part)) {
    case PRESET_TIMES:
        if (!(value > 0 && value < last_second))
            return malformed(l, "a sample time that is none", err);
        return STATUS_OK;
    case PRESET_SIGNALS:
        return STATUS_OK; /* one that is no count is left out by the ledger */
    case PRESET_BUCKETS:
        if (slice_double(l->label[PRESET_LABEL_LE], &l->le_ms) || !(l->le_ms > 0))
            return malformed(l, "a bucket bound (le) that is no positive number", err);
        l->le_ms = in_ms(l->le_ms, r->le_ms);
        break;
    case PRESET_CELLS:
    case PRESET_UNROUTED:
        break;
    }
    if (!(value >= 0 && value <= most_count) || value != floor(value))
        return malformed(l, "a counter that is no whole number from 0 to 2^53", err);
    return STATUS_OK;
}

static struct slice
with_flag(const struct reading *r, struct slice flags, const char *flag)
{
    if (flags.n == 0 || slice_is(flags, "-"))
        return slice_of(flag);
    return slice_of(arena_printf(r->arena, "%.*s,%s", SLICE_ARG(flags), flag));
}

/* Code, gRPC status and flags, as Envoy would have said it.  A request without
 * either status failed before it had one, unless the mesh says otherwise. */
static void
translate(const struct reading *r, const struct line *l, struct snapshot_group *g)
{
    const char *flag = presettable_flag(r->mesh, PRESET_LABEL_CODE, l->label[PRESET_LABEL_CODE]);

    g->code = l->label[PRESET_LABEL_CODE];
    g->grpc = l->label[PRESET_LABEL_GRPC];
    g->flags = l->label[PRESET_LABEL_FLAGS];
    if (flag)
        g->flags = with_flag(r, g->flags, flag);
    if (r->mesh != PRESETTABLE_LINKERD && r->mesh != PRESETTABLE_LINKERD_ROUTE)
        return;
    if (g->code.n == 0 && g->grpc.n == 0) {
        bool ok = slice_is(l->label[PRESET_LABEL_SAYS], "success");

        g->code = ok ? SLICE_LITERAL("200") : SLICE_LITERAL("0");
        if (!ok)
            g->flags = with_flag(r, g->flags, "failure");
    }
}

static struct slice
version_of(const struct reading *r, const struct line *l)
{
    struct slice key = l->key[preset_part_view(l->part)];

    if (preset_part_kind(l->part) == PRESET_UNROUTED)
        return (struct slice){0}; /* nobody's, whatever the key is */
    if (*r->row->canary == '\0')
        return key;
    return slice_of(key.n > 0 ? r->row->canary : r->row->baseline);
}

static void
take_group(const struct reading *r, struct snapshot *out, const struct line *l)
{
    struct snapshot_view *view = &out->view[preset_part_view(l->part)];
    struct snapshot_group g = {.kind = preset_part_kind(l->part) == PRESET_BUCKETS ? SNAPSHOT_BUCKET
                                                                                   : SNAPSHOT_CELL,
                               .instance = l->label[PRESET_LABEL_INSTANCE],
                               .pod = l->label[PRESET_LABEL_POD],
                               .key = version_of(r, l),
                               .version = l->label[PRESET_LABEL_VERSION],
                               .revision = l->label[PRESET_LABEL_REVISION],
                               .workload = l->label[PRESET_LABEL_WORKLOAD],
                               .cluster = l->label[PRESET_LABEL_CLUSTER],
                               .le_ms = l->le_ms,
                               .value = l->value};

    if (g.kind == SNAPSHOT_CELL)
        translate(r, l, &g);
    VEC_PUSH(out->arena, &view->groups, g);
}

/* "outbound|9080|v2|reviews.prod.svc.cluster.local"; a waypoint's third part is
 * "http/v2".  Other meshes' targets are names as they stand. */
static void
target_of(enum presettable_mesh mesh, struct slice target, struct slice *subset, struct slice *host)
{
    struct slice rest = target, third;

    *subset = *host = target;
    if (mesh != PRESETTABLE_ISTIO)
        return;
    (void)slice_cut(&rest, '|');
    (void)slice_cut(&rest, '|');
    third = slice_cut(&rest, '|');
    *host = rest;
    *subset = third;
    if (slice_starts(target, "inbound-vip|")) {
        (void)slice_cut(&third, '/');
        *subset = third;
    }
}

static void
take_signal(const struct reading *r, struct snapshot *out, const struct line *l)
{
    size_t                           n;
    const struct presettable_signal *rows = presettable_signals(&n);

    for (size_t i = 0; i < n; i++) {
        struct snapshot_signal g = {
            .what = rows[i].signal, .instance = l->label[PRESET_LABEL_INSTANCE], .value = l->value};

        if (rows[i].mesh != r->mesh || !slice_is(l->label[PRESET_LABEL_SIGNAL], rows[i].metric))
            continue;
        target_of(r->mesh, l->label[PRESET_LABEL_TARGET], &g.subset, &g.host);
        VEC_PUSH(out->arena, &out->signals, g);
        return;
    }
}

static void
take(const struct reading *r, struct snapshot *out, const struct line *l)
{
    switch (preset_part_kind(l->part)) {
    case PRESET_TIMES:
        VEC_PUSH(out->arena, &out->view[preset_part_view(l->part)].instances,
                 (struct snapshot_instance){.instance = l->label[PRESET_LABEL_INSTANCE],
                                            .sample_ms = llround(l->value * 1000)});
        return;
    case PRESET_SIGNALS:
        take_signal(r, out, l);
        return;
    case PRESET_CELLS:
    case PRESET_BUCKETS:
    case PRESET_UNROUTED:
        take_group(r, out, l);
        return;
    }
}

static struct reading
reading_of(struct arena *arena, const struct preset_service *service)
{
    struct reading r = {
        .arena = arena, .service = service, .mesh = presettable_find(service->preset)};

    r.row = presettable_row(r.mesh);
    r.le_ms = service->le_ms > 0 ? service->le_ms : r.row->le_ms;
    for (size_t k = 0; k < PRESET_LABEL_COUNT; k++)
        r.label[k] = slice_of(preset_label_text(service, (enum preset_label)k));
    if (!service->by_cluster)
        r.label[PRESET_LABEL_CLUSTER] = (struct slice){0};
    for (size_t v = 0; v < VIEW_COUNT; v++)
        r.key[v] = slice_of(preset_key_label(service, (enum counts_view)v));
    return r;
}

static bool
is_waypoint(const struct reading *r, const struct promreply_series *s)
{
    const char *reporter = preset_label_text(r->service, PRESET_LABEL_REPORTER);

    return *reporter && slice_is(promreply_label(s, reporter), "waypoint");
}

enum status
snapshotread_reply(struct arena *arena, const struct promreply *reply,
                   const struct preset_service *service, int64_t at_ms, struct snapshot *out,
                   struct err *err)
{
    const struct snapshot empty = {.arena = arena, .at_ms = at_ms};
    const struct reading  r = reading_of(arena, service);
    bool                  waypoints = false;

    *out = empty;
    if (reply->kind != PROMREPLY_VECTOR)
        return err_set(err, STATUS_MALFORMED, "the reply is not a vector");
    for (size_t i = 0; i < reply->n_series && !waypoints; i++)
        waypoints = is_waypoint(&r, &reply->series[i]);
    for (size_t i = 0; i < reply->n_series; i++) {
        const struct promreply_series *s = &reply->series[i];
        struct line                    l = {0};
        enum status                    st = read_labels(&r, s, &l, err);

        if (!st)
            st = read_value(&r, &l, s->points[0].value, err);
        if (st) {
            *out = empty;
            return st;
        }
        if (waypoints && slice_is(l.label[PRESET_LABEL_REPORTER], "source"))
            continue;
        take(&r, out, &l);
    }
    return STATUS_OK;
}
