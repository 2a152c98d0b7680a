#include "analyzer/lonepod.h"

#include "base/hash.h"

#include <stdio.h>

/* The key's last bit is the arm's. */
static const struct interval_pod *
pod_of(const struct interval *i, uint64_t key)
{
    for (uint32_t p = 0; p < i->n_pods; p++)
        if (!i->pods[p].folded && (hash_stable(slice_of(i->pods[p].name)) | 1) == (key | 1))
            return &i->pods[p];
    return NULL;
}

void
lonepod_find(const struct family *f, const struct interval *i, struct lonepod *out)
{
    static const enum counts_arm arms[] = {ARM_CANARY, ARM_BASELINE};
    struct podblock_lone         lone;

    *out = (struct lonepod){0};
    for (size_t k = 0; k < ARRAY_LEN(arms); k++) {
        const struct interval_pod *pod;

        if (!family_lone_pod(f, arms[k], FAMILY_ERRORS, &lone))
            continue;
        pod = pod_of(i, lone.key);
        if (!pod)
            continue; /* it is gone */
        *out = (struct lonepod){.found = true,
                                .arm = (uint8_t)arms[k],
                                .n = lone.n,
                                .x = lone.x,
                                .others_n = lone.others_n,
                                .others_x = lone.others_x,
                                .pods = lone.pods};
        snprintf(out->name, sizeof out->name, "%.*s", LONEPOD_NAME_BYTES - 1, pod->name);
        return;
    }
}

void
lonepod_pack(const struct lonepod *p, struct text *out)
{
    pack_u8(out, p->found);
    if (!p->found)
        return;
    pack_u8(out, p->arm);
    pack_slice(out, slice_of(p->name));
    pack_varint(out, p->n);
    pack_varint(out, p->x);
    pack_varint(out, p->others_n);
    pack_varint(out, p->others_x);
    pack_u32(out, p->pods);
}

void
lonepod_unpack(struct lonepod *p, struct unpack *in)
{
    *p = (struct lonepod){.found = pack_get_u8(in) != 0};
    if (!p->found)
        return;
    p->arm = pack_get_u8(in);
    pack_get_text(in, p->name, sizeof p->name);
    p->n = pack_get_varint(in);
    p->x = pack_get_varint(in);
    p->others_n = pack_get_varint(in);
    p->others_x = pack_get_varint(in);
    p->pods = pack_get_u32(in);
    if (p->arm >= ARM_COUNT || p->x > p->n || p->others_x > p->others_n)
        in->bad = true;
}
