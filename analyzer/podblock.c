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
    b->reach = 0;
    memset(b->whole, 0, sizeof b->whole);
}

/* A pod that changes its arm becomes another pod. */
static uint64_t
key_of(const struct family_pod *p)
{
    return (p->key & ~UINT64_C(1)) | p->arm;
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
fill_slot(struct podblock *b, uint32_t at, uint64_t key)
{
    b->key[at] = key;
    memset(b->n[at], 0, sizeof b->n[at]);
    memset(b->x[at], 0, sizeof b->x[at]);
    b->canary_pods += podblock_arm(b, at) == ARM_CANARY;
}

static void
open_slot(struct podblock *b, uint32_t at, uint64_t key)
{
    uint32_t after = b->n_pods - at;

    memmove(&b->key[at + 1], &b->key[at], after * sizeof b->key[0]);
    memmove(&b->n[at + 1], &b->n[at], after * sizeof b->n[0]);
    memmove(&b->x[at + 1], &b->x[at], after * sizeof b->x[0]);
    b->n_pods++;
    fill_slot(b, at, key);
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
spoil(struct podblock *b)
{
    b->spoilt = true;
    b->n_pods = 0;
    b->canary_pods = 0;
}

static void
add_pod(struct podblock *restrict b, uint32_t slot, const uint32_t n[restrict PODBLOCK_ROW],
        const uint32_t x[restrict FAMILY_QUESTIONS])
{
    for (int base = 0; base < PODBLOCK_ROW; base++)
        b->n[slot][base] += n[base];
    for (int q = 0; q < FAMILY_QUESTIONS; q++)
        b->x[slot][q] += x[q];
}

/* The same where a sum can pass 32 bits: of n alone, since x is at most n. */
static void
add_great_pod(struct podblock *b, uint32_t slot, const uint32_t n[PODBLOCK_ROW],
              const uint32_t x[FAMILY_QUESTIONS], bool *over)
{
    for (int base = 0; base < FAMILY_BASES; base++)
        *over |= n[base] > UINT32_MAX - b->n[slot][base];
    add_pod(b, slot, n, x);
}

static void
add_length(struct podblock *b, int64_t length_ms, uint32_t intervals)
{
    if (__builtin_add_overflow(b->length_ms, length_ms, &b->length_ms))
        b->length_ms = INT64_MAX;
    if (__builtin_add_overflow(b->intervals, intervals, &b->intervals))
        b->intervals = UINT32_MAX;
}

/* Insertion sort that starts from the order of the last time: samples tend to
 * list the same pods in the same order. */
static void
sort_by_key(const struct family_sample *s, struct podblock_order *o)
{
    uint64_t last = 0; /* the greatest so far */

    if (o->n != s->n_pods)
        for (uint32_t u = 0; u < s->n_pods; u++)
            o->pod[u] = (uint8_t)u;
    o->n = s->n_pods;
    for (uint32_t u = 0; u < o->n; u++) {
        uint8_t  pod = o->pod[u];
        uint64_t key = key_of(&s->pods[pod]);
        uint32_t at = u;

        if (key >= last) {
            last = key;
            continue;
        }
        for (; at && key_of(&s->pods[o->pod[at - 1]]) > key; at--)
            o->pod[at] = o->pod[at - 1];
        o->pod[at] = pod;
    }
}

static void
append_pod(struct podblock *b, const struct family_pod *p, bool *over)
{
    uint64_t key = key_of(p), reach = 0;
    uint32_t n[PODBLOCK_ROW] = {0}, x[FAMILY_QUESTIONS];

    for (int base = 0; base < FAMILY_BASES; base++) {
        reach |= p->n[base];
        n[base] = (uint32_t)p->n[base];
    }
    for (int q = 0; q < FAMILY_QUESTIONS; q++)
        x[q] = (uint32_t)p->x[q];
    *over |= reach > UINT32_MAX;
    b->reach |= reach;
    if (b->n_pods && b->key[b->n_pods - 1] == key) { /* listed twice */
        add_great_pod(b, b->n_pods - 1, n, x, over);
        b->reach += b->reach <= UINT32_MAX ? b->reach : 0;
        return;
    }
    b->key[b->n_pods] = key;
    memcpy(b->n[b->n_pods], n, sizeof n);
    memcpy(b->x[b->n_pods], x, sizeof x);
    b->canary_pods += podblock_arm(b, b->n_pods++) == ARM_CANARY;
}

void
podblock_of(struct podblock *b, const struct family_sample *s, struct podblock_order *order)
{
    bool over = false;

    podblock_clear(b);
    for (int q = 0; q < FAMILY_QUESTIONS; q++)
        b->whole[q] = s->pair[q];
    if (order) {
        sort_by_key(s, order);
        for (uint32_t u = 0; u < s->n_pods; u++)
            append_pod(b, &s->pods[order->pod[u]], &over);
    }
    if (over)
        spoil(b);
    add_length(b, s->length_ms, 1);
}

/* The usual case, and quick: the same pods on both sides, and small sums. */
static bool
add_same_pods(struct podblock *b, const struct podblock *more)
{
    if (b->reach > UINT32_MAX || b->n_pods != more->n_pods ||
        memcmp(b->key, more->key, b->n_pods * sizeof b->key[0]) != 0)
        return false;
    for (uint32_t slot = 0; slot < b->n_pods; slot++)
        add_pod(b, slot, more->n[slot], more->x[slot]);
    return true;
}

static void
add_pods(struct podblock *b, const struct podblock *more, bool *over)
{
    uint32_t guess = 0;

    for (uint32_t u = 0; u < more->n_pods; u++) {
        uint32_t slot = slot_of(b, more->key[u], guess);

        if (slot == FAMILY_MAX_PODS)
            continue;
        add_great_pod(b, slot, more->n[u], more->x[u], over);
        guess = slot + 1;
    }
}

void
podblock_add(struct podblock *b, const struct podblock *more)
{
    bool over = more->spoilt;

    if (__builtin_add_overflow(b->reach, more->reach, &b->reach))
        b->reach = UINT64_MAX;
    if (!b->spoilt && !add_same_pods(b, more))
        add_pods(b, more, &over);
    if (over)
        spoil(b);
    for (int q = 0; q < FAMILY_QUESTIONS; q++)
        pair_add(&b->whole[q], &more->whole[q]);
    add_length(b, more->length_ms, more->intervals);
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
        enum counts_arm arm = podblock_arm(b, slot);

        traffic[arm][n[arm]++] = b->n[slot][FAMILY_OF_TRIES];
    }
    for (int arm = 0; arm < ARM_COUNT; arm++)
        if (n[arm])
            least[arm] = share_of_median * median(traffic[arm], n[arm]);
    for (uint32_t slot = 0; slot < b->n_pods; slot++) {
        enum counts_arm arm = podblock_arm(b, slot);

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

/* The arm's pod with most bad requests, and the sums of the others. */
static void
single_out(const struct podblock *b, enum counts_arm arm, enum family_question q,
           struct podblock_lone *out)
{
    enum family_base base = familysample_base(q);

    *out = (struct podblock_lone){0};
    for (uint32_t slot = 0; slot < b->n_pods; slot++) {
        if (podblock_arm(b, slot) != arm || !b->n[slot][base])
            continue;
        out->pods++;
        out->others_n += b->n[slot][base];
        out->others_x += b->x[slot][q];
        if (out->pods > 1 && b->x[slot][q] <= out->x)
            continue;
        out->key = b->key[slot];
        out->n = b->n[slot][base];
        out->x = b->x[slot][q];
    }
    out->others_n -= out->n;
    out->others_x -= out->x;
}

bool
podblock_lone(const struct podblock *b, enum counts_arm arm, enum family_question q,
              struct podblock_lone *out)
{
    static const uint64_t least_bad = 10;
    static const double   times_worse = 3;

    single_out(b, arm, q, out);
    return out->pods >= 2 && out->x >= least_bad && out->x > out->others_x &&
           (double)out->x * (double)out->others_n >=
               times_worse * (double)out->others_x * (double)out->n;
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
    b->canary_pods += podblock_arm(b, slot) == ARM_CANARY;
    for (int base = 0; base < FAMILY_BASES; base++)
        b->reach |= b->n[slot][base] = get_count(in, UINT32_MAX);
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
