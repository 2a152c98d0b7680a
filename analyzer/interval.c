#include "analyzer/interval.h"

#include "base/pack.h"

#include <math.h>

/* First byte of a row. */
enum { FORMAT = 1 };

static const uint64_t MAX_COUNT = 1ULL << 53; /* sums of all counts stay within 64 bits */

/* How the bounds of a view are written. */
enum { BOUNDS_NONE, BOUNDS_AS_BEFORE, BOUNDS_ENVOY, BOUNDS_MICRO, BOUNDS_DOUBLE };

/* Default of Envoy, and so of Istio: source/common/stats/histogram_impl.cc. */
static const double envoy_le_ms[] = {
    0.5,  1,    5,     10,    25,    50,     100,    250,     500,     1000,
    2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000, (double)INFINITY};

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

static bool
bounds_equal(const struct counts_bounds *b, const double *le_ms, size_t n)
{
    if (b->n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (b->le_ms[i] != le_ms[i])
            return false;
    return true;
}

/* Whether whole microseconds say all of it: rising from 0, and exactly. */
static bool
bounds_micro(const struct counts_bounds *b)
{
    for (uint32_t i = 0; i + 1 < b->n; i++) {
        double us = b->le_ms[i] * 1000;

        if (!(us >= 0 && us < 1e15) || us != floor(us) || us / 1000 != b->le_ms[i])
            return false;
    }
    return true;
}

/* The last bound is +Inf and not written. */
static void
pack_bounds(struct text *out, const struct counts_bounds *b, const struct counts_bounds *before)
{
    uint64_t last_us = 0;
    bool     micro;

    if (b->n == 0) {
        pack_u8(out, BOUNDS_NONE);
        return;
    }
    if (before && bounds_equal(b, before->le_ms, before->n)) {
        pack_u8(out, BOUNDS_AS_BEFORE);
        return;
    }
    if (bounds_equal(b, envoy_le_ms, ARRAY_LEN(envoy_le_ms))) {
        pack_u8(out, BOUNDS_ENVOY);
        return;
    }
    micro = bounds_micro(b);
    pack_u8(out, micro ? BOUNDS_MICRO : BOUNDS_DOUBLE);
    pack_varint(out, b->n);
    for (uint32_t i = 0; i + 1 < b->n; i++) {
        uint64_t us = micro ? (uint64_t)(b->le_ms[i] * 1000) : 0;

        if (micro)
            pack_varint(out, us - last_us);
        else
            pack_double(out, b->le_ms[i]);
        last_us = us;
    }
}

static void
unpack_bounds(struct unpack *u, struct counts_bounds *b, const struct counts_bounds *before)
{
    uint8_t  how = pack_get_u8(u);
    uint64_t n, us = 0;

    if (how == BOUNDS_NONE)
        return;
    if (how == BOUNDS_AS_BEFORE && before && before->n > 0) {
        *b = *before;
        return;
    }
    if (how == BOUNDS_ENVOY) {
        b->n = ARRAY_LEN(envoy_le_ms);
        memcpy(b->le_ms, envoy_le_ms, sizeof envoy_le_ms);
        return;
    }
    n = pack_get_varint(u);
    if ((how != BOUNDS_MICRO && how != BOUNDS_DOUBLE) || n == 0 || n > COUNTS_MAX_BOUNDS) {
        u->bad = true;
        return;
    }
    b->n = (uint32_t)n;
    for (uint32_t i = 0; i + 1 < b->n; i++) {
        if (how == BOUNDS_MICRO) {
            us += pack_get_varint(u);
            b->le_ms[i] = (double)us / 1000;
        } else {
            b->le_ms[i] = pack_get_double(u);
        }
        if (!isfinite(b->le_ms[i]) || us > (uint64_t)1e15 ||
            (i > 0 && b->le_ms[i] <= b->le_ms[i - 1]))
            u->bad = true;
    }
    b->le_ms[b->n - 1] = (double)INFINITY;
}

/* First index, number, counts: latencies lie together. */
static void
pack_buckets(struct text *out, const struct counts *c, uint32_t n_bounds)
{
    uint32_t first = 0, end = n_bounds;

    while (end > 0 && c->bucket[end - 1] == 0)
        end--;
    while (first < end && c->bucket[first] == 0)
        first++;
    pack_varint(out, end - first);
    if (first == end)
        return;
    pack_varint(out, first);
    for (uint32_t i = first; i < end; i++)
        pack_varint(out, c->bucket[i]);
}

static uint64_t
get_count(struct unpack *u)
{
    uint64_t n = pack_get_varint(u);

    if (n > MAX_COUNT)
        u->bad = true;
    return u->bad ? 0 : n;
}

static void
unpack_buckets(struct unpack *u, struct counts *c, uint32_t n_bounds)
{
    uint64_t n = pack_get_varint(u), first;

    if (n == 0)
        return;
    first = pack_get_varint(u);
    if (first >= n_bounds || n > n_bounds - first) {
        u->bad = true;
        return;
    }
    for (uint64_t i = first; i < first + n; i++)
        c->bucket[i] = get_count(u);
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
        pack_bounds(out, &i->bounds[v], v > 0 ? &i->bounds[v - 1] : NULL);
        pack_varint(out, i->unattributed[v]);
        pack_varint(out, i->unattributed_faults[v]);
    }
    pack_varint(out, i->n_versions);
    for (uint32_t k = 0; k < i->n_versions; k++) {
        pack_slice(out, slice_of(i->versions[k].name));
        pack_u8(out, (uint8_t)(i->versions[k].arm + 1));
        for (size_t v = 0; v < VIEW_COUNT; v++)
            pack_buckets(out, &i->versions[k].at[v], i->bounds[v].n);
    }
    pack_varint(out, i->n_cells);
    for (uint32_t k = 0; k < i->n_cells; k++)
        pack_cell(out, &i->cells[k]);
}

static uint32_t
get_u32(struct unpack *u, uint32_t max)
{
    uint64_t v = pack_get_varint(u);

    if (v > max)
        u->bad = true;
    return u->bad ? 0 : (uint32_t)v;
}

static void
unpack_head(struct unpack *u, struct interval *out)
{
    uint64_t length;
    uint32_t present;

    if (pack_get_u8(u) != FORMAT)
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
        unpack_bounds(u, &out->bounds[v], v > 0 ? &out->bounds[v - 1] : NULL);
        out->unattributed[v] = get_count(u);
        out->unattributed_faults[v] = get_count(u);
        if (out->unattributed_faults[v] > out->unattributed[v])
            u->bad = true;
    }
}

enum status
interval_unpack(struct slice row, struct interval *out, struct err *err)
{
    struct unpack u = {.rest = row};

    *out = (struct interval){0};
    unpack_head(&u, out);
    out->n_versions = get_u32(&u, INTERVAL_MAX_VERSIONS);
    for (uint32_t k = 0; k < out->n_versions && !u.bad; k++) {
        struct interval_version *v = &out->versions[k];

        pack_get_text(&u, v->name, sizeof v->name);
        v->arm = (int8_t)((int)get_u32(&u, ARM_COUNT) - 1);
        for (size_t w = 0; w < VIEW_COUNT; w++)
            unpack_buckets(&u, &v->at[w], out->bounds[w].n);
    }
    out->n_cells = get_u32(&u, INTERVAL_MAX_CELLS);
    for (uint32_t k = 0; k < out->n_cells && !u.bad; k++)
        unpack_cell(&u, &out->cells[k], out->n_versions);
    if (u.bad || u.rest.n > 0) {
        *out = (struct interval){0};
        return err_set(err, STATUS_SYNTAX, "not a stored interval of format %d, or damaged",
                       FORMAT);
    }
    interval_recount(out);
    return STATUS_OK;
}
