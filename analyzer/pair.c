#include "analyzer/pair.h"

bool
pair_valid(const struct pair *p)
{
    for (int arm = 0; arm < ARM_COUNT; arm++)
        if (p->x[arm] > p->n[arm] || p->n[arm] > PAIR_MAX_REQUESTS)
            return false;
    return true;
}

static uint64_t
add_up_to_max(uint64_t a, uint64_t b)
{
    uint64_t sum = a + b;

    return sum > PAIR_MAX_REQUESTS ? PAIR_MAX_REQUESTS : sum;
}

void
pair_add(struct pair *to, const struct pair *from)
{
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        to->n[arm] = add_up_to_max(to->n[arm], from->n[arm]);
        to->x[arm] = add_up_to_max(to->x[arm], from->x[arm]);
    }
}

/* Sums of hostile counts stop at the top instead of wrapping into something
 * that looks like a count. */
static uint64_t
add_saturating(uint64_t a, uint64_t b)
{
    uint64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

struct pair
pair_of_faults(const struct interval *i, enum counts_view view)
{
    struct pair p = {0};

    for (int arm = 0; arm < ARM_COUNT; arm++) {
        const struct counts *c = &i->arm[view][arm];
        uint64_t             silent = view == VIEW_ATTEMPT ? c->no_response : 0;

        p.x[arm] = add_saturating(counts_faults(c), silent);
        p.n[arm] = add_saturating(counts_requests(c), silent);
    }
    return p;
}

struct pair
pair_of_silence(const struct interval *i, enum counts_view view)
{
    struct pair p = {0};

    for (int arm = 0; arm < ARM_COUNT; arm++) {
        const struct counts *c = &i->arm[view][arm];

        p.x[arm] = c->no_response;
        p.n[arm] = add_saturating(counts_requests(c), c->no_response);
    }
    return p;
}

struct pair
pair_of_client_errors(const struct interval *i, enum counts_view view)
{
    struct pair p = {0};

    for (int arm = 0; arm < ARM_COUNT; arm++) {
        p.x[arm] = i->arm[view][arm].client_errors;
        p.n[arm] = counts_requests(&i->arm[view][arm]);
    }
    return p;
}

bool
pair_slower_than(const struct interval *i, enum counts_view view, double limit_ms, struct pair *out)
{
    const struct counts_bounds *b = &i->bounds[view];
    uint32_t                    k = 0;

    *out = (struct pair){0};
    while (k < b->n && b->le_ms[k] < limit_ms)
        k++;
    if (k + 1 >= b->n)
        return false;
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        out->n[arm] = counts_timed(&i->arm[view][arm]);
        for (uint32_t over = k + 1; over < b->n; over++)
            out->x[arm] = add_saturating(out->x[arm], i->arm[view][arm].bucket[over]);
    }
    return true;
}

void
pair_pack(const struct pair *p, struct text *out)
{
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        pack_varint(out, p->n[arm]);
        pack_varint(out, p->x[arm]);
    }
}

void
pair_unpack(struct pair *p, struct unpack *in)
{
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        p->n[arm] = pack_get_varint(in);
        p->x[arm] = pack_get_varint(in);
    }
    if (!pair_valid(p))
        in->bad = true;
}
