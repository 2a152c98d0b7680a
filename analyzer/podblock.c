#include "analyzer/podblock.h"

#include <string.h>

void
podblock_clear(struct podblock *b)
{
    b->length_ms = 0;
    b->intervals = 0;
    b->n_pods = 0;
    b->canary_pods = 0;
    b->spoilt = false;
    memset(b->whole, 0, sizeof b->whole);
}

/* A pod that changes its arm becomes another pod. */
static uint64_t
key_of(const struct family_pod *p)
{
    return (p->key & ~UINT64_C(1)) | p->arm;
}

static enum counts_arm
arm_of(const struct podblock *b, uint32_t slot)
{
    return b->key[slot] & 1 ? ARM_BASELINE : ARM_CANARY;
}

/* First slot whose key is not below. */
static uint32_t
lower_bound(const struct podblock *b, uint64_t key)
{
    uint32_t low = 0, high = b->n_pods;

    while (low < high) {
        uint32_t mid = (low + high) / 2;

        if (b->key[mid] < key)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void
open_slot(struct podblock *b, uint32_t at, uint64_t key)
{
    uint32_t after = b->n_pods - at;

    memmove(&b->key[at + 1], &b->key[at], after * sizeof b->key[0]);
    memmove(&b->n[at + 1], &b->n[at], after * sizeof b->n[0]);
    memmove(&b->x[at + 1], &b->x[at], after * sizeof b->x[0]);
    b->key[at] = key;
    memset(b->n[at], 0, sizeof b->n[at]);
    memset(b->x[at], 0, sizeof b->x[at]);
    b->n_pods++;
    b->canary_pods += arm_of(b, at) == ARM_CANARY;
}

/* The pod's slot; guess is right where samples list the same pods in the order
 * of their keys.  FAMILY_MAX_PODS: no room. */
static uint32_t
slot_of(struct podblock *b, uint64_t key, uint32_t guess)
{
    uint32_t at = guess;

    if (at < b->n_pods && b->key[at] == key)
        return at;
    at = lower_bound(b, key);
    if (at < b->n_pods && b->key[at] == key)
        return at;
    if (b->n_pods == FAMILY_MAX_PODS)
        return FAMILY_MAX_PODS;
    open_slot(b, at, key);
    return at;
}

static void
add_count(uint32_t *to, uint64_t more, bool *spoilt)
{
    uint64_t sum = *to + more;

    if (sum > UINT32_MAX) {
        *spoilt = true;
        sum = UINT32_MAX;
    }
    *to = (uint32_t)sum;
}

static void
add_pod(struct podblock *b, uint32_t slot, const struct family_pod *p)
{
    for (int base = 0; base < FAMILY_BASES; base++)
        add_count(&b->n[slot][base], p->n[base], &b->spoilt);
    for (int q = 0; q < FAMILY_QUESTIONS; q++)
        add_count(&b->x[slot][q], p->x[q], &b->spoilt);
}

void
podblock_add(struct podblock *b, const struct family_sample *s, bool pods)
{
    uint32_t guess = 0;

    for (int q = 0; q < FAMILY_QUESTIONS; q++)
        pair_add(&b->whole[q], &s->pair[q]);
    for (uint32_t u = 0; pods && u < s->n_pods; u++) {
        uint32_t slot = slot_of(b, key_of(&s->pods[u]), guess);

        if (slot == FAMILY_MAX_PODS)
            continue;
        add_pod(b, slot, &s->pods[u]);
        guess = slot + 1;
    }
    if (__builtin_add_overflow(b->length_ms, s->length_ms, &b->length_ms))
        b->length_ms = INT64_MAX;
    b->intervals += b->intervals < UINT32_MAX;
}

/* Hoare's quickselect: afterwards v[k] is in its place, smaller ones before it. */
static uint32_t
select_kth(uint32_t v[], uint32_t n, uint32_t k)
{
    uint32_t low = 0, high = n - 1;

    while (low < high) {
        uint32_t pivot = v[low + (high - low) / 2];
        int64_t  i = low, j = high;

        while (i <= j) {
            while (v[i] < pivot)
                i++;
            while (v[j] > pivot)
                j--;
            if (i <= j) {
                uint32_t other = v[i];

                v[i++] = v[j];
                v[j--] = other;
            }
        }
        if ((int64_t)k <= j)
            high = (uint32_t)j;
        else if ((int64_t)k >= i)
            low = (uint32_t)i;
        else
            break;
    }
    return v[k];
}

static double
median(uint32_t v[], uint32_t n)
{
    uint32_t upper = select_kth(v, n, n / 2), lower = 0;

    if (n % 2)
        return upper;
    for (uint32_t i = 0; i < n / 2; i++)
        lower = v[i] > lower ? v[i] : lower;
    return ((double)lower + upper) / 2;
}

static void
take(const struct podblock *b, uint32_t slot, enum counts_arm arm, struct podblock_cut *cut)
{
    if (arm == ARM_CANARY)
        cut->canary[cut->n_canary++] = (uint8_t)slot;
    for (int base = 0; base < FAMILY_BASES; base++) {
        cut->n[arm][base] += b->n[slot][base];
        cut->pods[arm][base] += b->n[slot][base] > 0;
    }
    for (int q = 0; q < FAMILY_QUESTIONS; q++)
        cut->x[arm][q] += b->x[slot][q];
}

void
podblock_cut(const struct podblock *b, struct podblock_cut *cut)
{
    static const double share_of_median = .7;
    uint32_t            traffic[ARM_COUNT][FAMILY_MAX_PODS], n[ARM_COUNT] = {0};
    double              least[ARM_COUNT] = {0};

    memset(cut, 0, sizeof *cut);
    for (uint32_t slot = 0; slot < b->n_pods; slot++) {
        enum counts_arm arm = arm_of(b, slot);

        traffic[arm][n[arm]++] = b->n[slot][FAMILY_OF_TRIES];
    }
    for (int arm = 0; arm < ARM_COUNT; arm++)
        if (n[arm])
            least[arm] = share_of_median * median(traffic[arm], n[arm]);
    for (uint32_t slot = 0; slot < b->n_pods; slot++) {
        enum counts_arm arm = arm_of(b, slot);

        if (b->n[slot][FAMILY_OF_TRIES] >= least[arm])
            take(b, slot, arm, cut);
    }
}

static void
question_of_arms(const struct pair *p, struct robust_block *out)
{
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        out->pods[arm] = 0;
        out->n[arm] = (double)p->n[arm];
        out->x[arm] = (double)p->x[arm];
    }
}

void
podblock_question(const struct podblock *b, const struct podblock_cut *cut, enum family_question q,
                  struct robust_block *out)
{
    static const struct pair nothing;
    enum family_base         base = familysample_base(q);
    uint32_t                 n = 0;

    if (b->spoilt || !cut->pods[ARM_CANARY][base] || !cut->pods[ARM_BASELINE][base]) {
        question_of_arms(b->spoilt ? &nothing : &b->whole[q], out);
        return;
    }
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        out->pods[arm] = cut->pods[arm][base];
        out->n[arm] = (double)cut->n[arm][base];
        out->x[arm] = (double)cut->x[arm][q];
    }
    for (uint32_t i = 0; i < cut->n_canary; i++)
        if (b->n[cut->canary[i]][base] > 0)
            out->x_of[n++] = b->x[cut->canary[i]][q];
}

void
podblock_pack(const struct podblock *b, struct text *out)
{
    pack_varint(out, (uint64_t)b->length_ms);
    pack_varint(out, b->intervals);
    pack_u8(out, b->spoilt);
    pack_varint(out, b->n_pods);
    for (uint32_t slot = 0; slot < b->n_pods; slot++) {
        pack_u64(out, b->key[slot]);
        for (int base = 0; base < FAMILY_BASES; base++)
            pack_varint(out, b->n[slot][base]);
        for (int q = 0; q < FAMILY_QUESTIONS; q++)
            pack_varint(out, b->x[slot][q]);
    }
    for (int q = 0; q < FAMILY_QUESTIONS; q++)
        pair_pack(&b->whole[q], out);
}

static uint32_t
get_count(struct unpack *in, uint64_t max)
{
    uint64_t v = pack_get_varint(in);

    if (v > max) {
        in->bad = true;
        return 0;
    }
    return (uint32_t)v;
}

static void
get_pod(struct podblock *b, uint32_t slot, struct unpack *in)
{
    b->key[slot] = pack_get_u64(in);
    if (slot && b->key[slot] <= b->key[slot - 1])
        in->bad = true;
    b->canary_pods += arm_of(b, slot) == ARM_CANARY;
    for (int base = 0; base < FAMILY_BASES; base++)
        b->n[slot][base] = get_count(in, UINT32_MAX);
    for (enum family_question q = 0; q < FAMILY_QUESTIONS; q++)
        b->x[slot][q] = get_count(in, b->n[slot][familysample_base(q)]);
}

void
podblock_unpack(struct podblock *b, struct unpack *in)
{
    uint64_t length_ms = pack_get_varint(in);
    uint8_t  spoilt;

    *b = (struct podblock){.length_ms = (int64_t)(length_ms & INT64_MAX)};
    b->intervals = get_count(in, UINT32_MAX);
    spoilt = pack_get_u8(in);
    b->spoilt = spoilt == 1;
    b->n_pods = get_count(in, FAMILY_MAX_PODS);
    for (uint32_t slot = 0; slot < b->n_pods && !in->bad; slot++)
        get_pod(b, slot, in);
    for (int q = 0; q < FAMILY_QUESTIONS; q++)
        pair_unpack(&b->whole[q], in);
    if (length_ms > INT64_MAX || spoilt > 1)
        in->bad = true;
}
