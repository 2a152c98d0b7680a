#include "analyzer/interval.h"

#include "analyzer/bounds.h"
#include "analyzer/interval_pod.h"

#include <math.h>

/* First byte of a row.  1 ended after the cells. */
enum { FORMAT_WITHOUT_PODS = 1, FORMAT = 2 };

static const uint64_t MAX_COUNT = 1ULL << 53; /* sums of all counts stay within 64 bits */

int64_t
interval_length_ms(const struct interval *i)
{
    return i->end_ms - i->start_ms;
}

static void
count_cell(struct counts *to, const struct interval_cell *c)
{
    struct slice code = slice_of(c->code), grpc = slice_of(c->grpc), flags = slice_of(c->flags);
    enum class class = class_of(code, grpc, flags);

    to->by_class[class] += c->n;
    if (class == CLASS_CLIENT && class_no_response(code, flags))
        to->no_response += c->n;
    if (class_client_error(code, grpc, flags))
        to->client_errors += c->n;
}

void
interval_recount(struct interval *i)
{
    memset(i->arm, 0, sizeof i->arm);
    for (uint32_t k = 0; k < i->n_versions; k++)
        for (size_t v = 0; v < VIEW_COUNT; v++) {
            struct counts *c = &i->versions[k].at[v];

            memset(c->by_class, 0, sizeof c->by_class);
            c->no_response = c->client_errors = 0;
        }
    for (uint32_t k = 0; k < i->n_cells; k++)
        count_cell(&i->versions[i->cells[k].version].at[i->cells[k].view], &i->cells[k]);
    for (uint32_t k = 0; k < i->n_versions; k++)
        for (size_t v = 0; v < VIEW_COUNT; v++)
            if (i->versions[k].arm >= 0)
                counts_add(&i->arm[v][i->versions[k].arm], &i->versions[k].at[v]);
}

bool
interval_over(const struct interval *i, enum counts_view view, const struct counts *c, uint32_t k,
              uint64_t *over)
{
    const struct counts_bounds      *b = &i->bounds[view];
    const struct interval_monitored *m = &i->monitored[view];
    uint32_t                         at = 0;

    *over = 0;
    while (k < m->n && at < b->n && b->le_ms[at] != m->le_ms[k])
        at++;
    if (k >= m->n || at == b->n)
        return false;
    while (++at < b->n)
        *over += c->bucket[at];
    return true;
}

static uint64_t
count_flagged(const struct interval *i, enum counts_view view, const char *flag)
{
    uint64_t n = 0;

    for (uint32_t k = 0; k < i->n_cells; k++)
        if (i->cells[k].view == view && class_has_flag(slice_of(i->cells[k].flags), flag))
            n += i->cells[k].n;
    return n;
}

uint64_t
interval_no_route(const struct interval *i, enum counts_view view)
{
    return i->unattributed_no_route[view] + count_flagged(i, view, CLASS_FLAG_NO_ROUTE);
}

uint64_t
interval_no_cluster(const struct interval *i, enum counts_view view)
{
    return i->unattributed_no_cluster[view] + count_flagged(i, view, CLASS_FLAG_NO_CLUSTER);
}

static uint64_t
zigzag(int64_t v)
{
    return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

static int64_t
unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

static uint64_t
get_count(struct unpack *u)
{
    uint64_t n = pack_get_varint(u);

    if (n > MAX_COUNT)
        u->bad = true;
    return u->bad ? 0 : n;
}

static uint32_t
get_u32(struct unpack *u, uint32_t max)
{
    uint64_t v = pack_get_varint(u);

    if (v > max)
        u->bad = true;
    return u->bad ? 0 : (uint32_t)v;
}

/* "-" and "" are what flags mostly are; others stand there in full. */
static void
pack_cell(struct text *out, const struct interval_cell *c)
{
    struct slice flags = slice_of(c->flags);

    pack_varint(out, (uint64_t)c->version << 1 | c->view);
    pack_slice(out, slice_of(c->code));
    pack_slice(out, slice_of(c->grpc));
    pack_slice(out, slice_is(flags, "-") ? SLICE_LITERAL("")
                    : flags.n            ? flags
                                         : SLICE_LITERAL("-"));
    pack_varint(out, c->n);
}

static void
unpack_cell(struct unpack *u, struct interval_cell *c, uint32_t n_versions)
{
    uint64_t at = pack_get_varint(u);

    if (at >> 1 >= n_versions) {
        u->bad = true;
        return;
    }
    c->view = (uint8_t)(at & 1);
    c->version = (uint8_t)(at >> 1);
    pack_get_text(u, c->code, sizeof c->code);
    pack_get_text(u, c->grpc, sizeof c->grpc);
    pack_get_text(u, c->flags, sizeof c->flags);
    if (c->flags[0] == '\0')
        c->flags[0] = '-';
    else if (strcmp(c->flags, "-") == 0)
        c->flags[0] = '\0';
    c->n = get_count(u);
}

/* As places among the bounds that were written before: +1, 0 for one that is
 * not there. */
static void
pack_monitored(struct text *out, const struct interval_monitored *m, const struct counts_bounds *b)
{
    pack_varint(out, m->n);
    for (uint32_t k = 0; k < m->n; k++) {
        uint32_t at = 0;

        while (at < b->n && b->le_ms[at] != m->le_ms[k])
            at++;
        pack_varint(out, at < b->n ? at + 1 : 0);
        if (at == b->n)
            pack_double(out, m->le_ms[k]);
    }
}

static void
unpack_monitored(struct unpack *u, struct interval_monitored *m, const struct counts_bounds *b)
{
    m->n = get_u32(u, INTERVAL_MONITORED);
    for (uint32_t k = 0; k < m->n; k++) {
        uint32_t at = get_u32(u, b->n);

        m->le_ms[k] = at > 0 ? b->le_ms[at - 1] : pack_get_double(u);
        if (!(m->le_ms[k] > (k > 0 ? m->le_ms[k - 1] : 0)) || !isfinite(m->le_ms[k]))
            u->bad = true;
    }
}

/* Those that are reported, by their number. */
static void
pack_signals(const struct interval *i, struct text *out)
{
    uint32_t n = 0;

    for (uint32_t s = 0; s < MESH_SIGNAL_COUNT * MESH_SIGNAL_SIDES; s++)
        n += i->signals[s / MESH_SIGNAL_SIDES][s % MESH_SIGNAL_SIDES].reported;
    pack_varint(out, n);
    for (uint32_t s = 0; s < MESH_SIGNAL_COUNT * MESH_SIGNAL_SIDES; s++) {
        const struct interval_signal *v = &i->signals[s / MESH_SIGNAL_SIDES][s % MESH_SIGNAL_SIDES];

        if (!v->reported)
            continue;
        pack_varint(out, s);
        pack_varint(out, v->value);
    }
}

static void
unpack_signals(struct unpack *u, struct interval *out)
{
    uint32_t n = get_u32(u, MESH_SIGNAL_COUNT * MESH_SIGNAL_SIDES);

    for (uint32_t k = 0, next = 0; k < n && !u->bad; k++) {
        uint32_t                s = get_u32(u, MESH_SIGNAL_COUNT * MESH_SIGNAL_SIDES - 1);
        struct interval_signal *v = &out->signals[s / MESH_SIGNAL_SIDES][s % MESH_SIGNAL_SIDES];

        if (s < next)
            u->bad = true;
        next = s + 1;
        *v = (struct interval_signal){.reported = true, .value = get_count(u)};
    }
}

static void
pack_clusters(const struct interval *i, struct text *out)
{
    if (i->n_clusters == 0)
        return;
    pack_u8(out, (uint8_t)i->n_clusters);
    for (uint32_t k = 0; k < i->n_clusters; k++) {
        pack_slice(out, slice_of(i->clusters[k].name));
        for (size_t v = 0; v < VIEW_COUNT; v++)
            for (size_t a = 0; a < ARM_COUNT; a++)
                pack_varint(out, i->clusters[k].requests[v][a]);
    }
}

static void
unpack_clusters(struct unpack *u, struct interval *out)
{
    if (u->rest.n == 0)
        return;
    out->n_clusters = pack_get_u8(u);
    if (out->n_clusters == 0 || out->n_clusters > INTERVAL_MAX_CLUSTERS) {
        out->n_clusters = 0;
        u->bad = true;
        return;
    }
    for (uint32_t k = 0; k < out->n_clusters; k++) {
        pack_get_text(u, out->clusters[k].name, sizeof out->clusters[k].name);
        for (size_t v = 0; v < VIEW_COUNT; v++)
            for (size_t a = 0; a < ARM_COUNT; a++)
                out->clusters[k].requests[v][a] = get_count(u);
    }
}

void
interval_pack(const struct interval *i, struct text *out)
{
    uint64_t present = 0;

    for (size_t v = 0; v < VIEW_COUNT; v++)
        present |= (uint64_t)i->present[v] << v;
    pack_u8(out, FORMAT);
    pack_varint(out, zigzag(i->start_ms));
    pack_varint(out, (uint64_t)(i->end_ms - i->start_ms));
    pack_varint(out, present);
    pack_varint(out, i->resets);
    pack_varint(out, i->partial_resets);
    pack_varint(out, i->births);
    pack_varint(out, i->instances);
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        bounds_pack(out, &i->bounds[v], v > 0 ? &i->bounds[v - 1] : NULL);
        pack_varint(out, i->unattributed[v]);
        pack_varint(out, i->unattributed_faults[v]);
    }
    pack_varint(out, i->n_versions);
    for (uint32_t k = 0; k < i->n_versions; k++) {
        pack_slice(out, slice_of(i->versions[k].name));
        pack_u8(out, (uint8_t)(i->versions[k].arm + 1));
        for (size_t v = 0; v < VIEW_COUNT; v++)
            bounds_pack_counts(out, i->versions[k].at[v].bucket, i->bounds[v].n);
    }
    pack_varint(out, i->n_cells);
    for (uint32_t k = 0; k < i->n_cells; k++)
        pack_cell(out, &i->cells[k]);
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        pack_monitored(out, &i->monitored[v], &i->bounds[v]);
        pack_varint(out, i->unattributed_no_route[v]);
        pack_varint(out, i->unattributed_no_cluster[v]);
    }
    interval_pod_pack(i, out);
    pack_signals(i, out);
    pack_u8(out, (uint8_t)i->n_measured);
    for (uint32_t k = 0; k < i->n_measured; k++)
        pack_double(out, i->measured[k]);
    pack_clusters(i, out);
}

/* The format. */
static uint8_t
unpack_head(struct unpack *u, struct interval *out)
{
    uint8_t  format = pack_get_u8(u);
    uint64_t length;
    uint32_t present;

    if (format != FORMAT && format != FORMAT_WITHOUT_PODS)
        u->bad = true;
    out->start_ms = unzigzag(pack_get_varint(u));
    length = get_count(u);
    if (out->start_ms < -(int64_t)MAX_COUNT || out->start_ms > (int64_t)MAX_COUNT)
        u->bad = true;
    else
        out->end_ms = out->start_ms + (int64_t)length;
    present = get_u32(u, (1u << VIEW_COUNT) - 1);
    for (size_t v = 0; v < VIEW_COUNT; v++)
        out->present[v] = present >> v & 1;
    out->resets = get_u32(u, UINT32_MAX);
    out->partial_resets = get_u32(u, UINT32_MAX);
    out->births = get_u32(u, UINT32_MAX);
    out->instances = get_u32(u, UINT32_MAX);
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        bounds_unpack(u, &out->bounds[v], v > 0 ? &out->bounds[v - 1] : NULL);
        out->unattributed[v] = get_count(u);
        out->unattributed_faults[v] = get_count(u);
        if (out->unattributed_faults[v] > out->unattributed[v])
            u->bad = true;
    }
    return format;
}

/* The first rows of format 2 ended before it. */
static void
unpack_measured(struct unpack *u, struct interval *out)
{
    uint8_t n = u->rest.n ? pack_get_u8(u) : 0;

    if (n > INTERVAL_MAX_MEASURED) {
        u->bad = true;
        return;
    }
    out->n_measured = n;
    for (uint32_t k = 0; k < n; k++) {
        out->measured[k] = pack_get_double(u);
        if (isinf(out->measured[k]))
            u->bad = true;
    }
}

/* What format 2 has behind the cells. */
static void
unpack_tail(struct unpack *u, struct interval *out)
{
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        unpack_monitored(u, &out->monitored[v], &out->bounds[v]);
        out->unattributed_no_route[v] = get_count(u);
        out->unattributed_no_cluster[v] = get_count(u);
    }
    interval_pod_unpack(u, out);
    unpack_signals(u, out);
    unpack_measured(u, out);
    unpack_clusters(u, out);
}

enum status
interval_unpack(struct slice row, struct interval *out, struct err *err)
{
    struct unpack u = {.rest = row};
    uint8_t       format;

    *out = (struct interval){0};
    format = unpack_head(&u, out);
    out->n_versions = get_u32(&u, INTERVAL_MAX_VERSIONS);
    for (uint32_t k = 0; k < out->n_versions && !u.bad; k++) {
        struct interval_version *v = &out->versions[k];

        pack_get_text(&u, v->name, sizeof v->name);
        v->arm = (int8_t)((int)get_u32(&u, ARM_COUNT) - 1);
        for (size_t w = 0; w < VIEW_COUNT; w++)
            bounds_unpack_counts(&u, v->at[w].bucket, out->bounds[w].n);
    }
    out->n_cells = get_u32(&u, INTERVAL_MAX_CELLS);
    for (uint32_t k = 0; k < out->n_cells && !u.bad; k++)
        unpack_cell(&u, &out->cells[k], out->n_versions);
    if (format != FORMAT_WITHOUT_PODS && !u.bad)
        unpack_tail(&u, out);
    if (u.bad || u.rest.n > 0) {
        *out = (struct interval){0};
        return err_set(err, STATUS_SYNTAX, "not a stored interval of format %d or %d, or damaged",
                       FORMAT_WITHOUT_PODS, FORMAT);
    }
    interval_recount(out);
    return STATUS_OK;
}
