#include "analyzer/interval_pod.h"

/* First byte of a pod. */
enum { FLAG_BASELINE = 1, FLAG_FOLDED = 2, FLAG_BUSY = 4, FLAG_ALL = 7 };

static const uint64_t MAX_COUNT = UINT64_C(1) << 53; /* sums of all counts stay within 64 bits */

int
interval_pod_compare(const struct interval_pod *a, const struct interval_pod *b)
{
    int d;

    if ((a->folded > 0) != (b->folded > 0))
        return a->folded > 0 ? 1 : -1;
    d = strcmp(a->name, b->name);
    if (d == 0)
        d = a->arm - b->arm;
    return d ? d : a->version - b->version;
}

static size_t
shared_prefix(const char *a, const char *b)
{
    size_t n = 0;

    while (a[n] != '\0' && a[n] == b[n])
        n++;
    return n;
}

static bool
busy(const struct interval_pod *p)
{
    return p->requests > 0 || p->no_response > 0 || p->timed > 0;
}

/* Exceedances that are not 0, with a bit for each before them. */
static void
pack_over(struct text *out, const struct interval_pod *p)
{
    uint8_t bits = 0;

    for (uint32_t k = 0; k < INTERVAL_MONITORED; k++)
        bits = (uint8_t)(bits | (p->over[k] > 0) << k);
    pack_u8(out, bits);
    for (uint32_t k = 0; k < INTERVAL_MONITORED; k++)
        if (p->over[k] > 0)
            pack_varint(out, p->over[k]);
}

void
interval_pod_pack(const struct interval *i, struct text *out)
{
    const char *before = "";

    pack_varint(out, i->n_pods);
    for (uint32_t k = 0; k < i->n_pods; k++) {
        const struct interval_pod *p = &i->pods[k];
        size_t                     shared = shared_prefix(before, p->name);

        pack_u8(out, (uint8_t)((p->arm == ARM_BASELINE ? FLAG_BASELINE : 0) |
                               (p->folded > 0 ? FLAG_FOLDED : 0) | (busy(p) ? FLAG_BUSY : 0)));
        pack_varint(out, p->version);
        pack_varint(out, shared);
        pack_slice(out, slice_of(p->name + shared));
        before = p->name;
        if (p->folded > 0)
            pack_varint(out, p->folded);
        if (!busy(p))
            continue;
        pack_varint(out, p->requests);
        pack_varint(out, p->faults);
        pack_varint(out, p->no_response);
        pack_varint(out, p->client_errors);
        pack_varint(out, p->timed);
        pack_over(out, p);
    }
}

static uint64_t
get_at_most(struct unpack *u, uint64_t max)
{
    uint64_t n = pack_get_varint(u);

    if (n > max)
        u->bad = true;
    return u->bad ? 0 : n;
}

static void
unpack_name(struct unpack *u, char name[INTERVAL_NAME_BYTES], const char *before)
{
    uint64_t shared = get_at_most(u, strlen(before));

    memcpy(name, before, shared);
    pack_get_text(u, name + shared, INTERVAL_NAME_BYTES - shared);
    if (!u->bad && shared_prefix(before, name) != shared)
        u->bad = true;
}

static void
unpack_counts(struct unpack *u, struct interval_pod *p, uint32_t n_monitored)
{
    uint8_t bits;

    p->requests = get_at_most(u, MAX_COUNT);
    p->faults = get_at_most(u, p->requests);
    p->no_response = get_at_most(u, MAX_COUNT);
    p->client_errors = get_at_most(u, p->requests);
    p->timed = get_at_most(u, MAX_COUNT);
    bits = pack_get_u8(u);
    if (bits >> n_monitored != 0 || !busy(p))
        u->bad = true;
    for (uint32_t k = 0; k < n_monitored; k++) {
        if (!(bits >> k & 1))
            continue;
        p->over[k] = get_at_most(u, p->timed);
        if (p->over[k] == 0)
            u->bad = true;
    }
}

void
interval_pod_unpack(struct unpack *u, struct interval *out)
{
    const char *before = "";

    out->n_pods = (uint32_t)get_at_most(u, INTERVAL_POD_ROWS);
    for (uint32_t k = 0; k < out->n_pods && !u->bad; k++) {
        struct interval_pod *p = &out->pods[k];
        uint8_t              flags = pack_get_u8(u);

        p->arm = flags & FLAG_BASELINE ? ARM_BASELINE : ARM_CANARY;
        p->version = (uint8_t)get_at_most(u, UINT8_MAX);
        unpack_name(u, p->name, before);
        before = p->name;
        if (flags & FLAG_FOLDED)
            p->folded = (uint32_t)get_at_most(u, UINT32_MAX);
        if (flags & FLAG_BUSY)
            unpack_counts(u, p, out->monitored[VIEW_ATTEMPT].n);
        if (flags > FLAG_ALL || p->version >= out->n_versions ||
            (p->folded == 0) != !(flags & FLAG_FOLDED) ||
            (k > 0 && interval_pod_compare(p - 1, p) >= 0))
            u->bad = true;
    }
}
