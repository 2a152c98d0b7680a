#include "analyzer/runstate.h"

#include <math.h>

enum { MOST_ATTEMPTS = 1 << 20 };

static const int64_t most_ms = PACK_LAST_MS;

void
runstate_pack(const struct run *r, struct text *out)
{
    pack_u8(out, RUNSTATE_VERSION);
#define I64(field, since) pack_i64(out, r->field);
#define U64(field, since) pack_u64(out, r->field);
#define U32(field, since) pack_u32(out, r->field);
#define U8(field, since) pack_u8(out, (uint8_t)r->field);
#define F64(field, since) pack_double(out, r->field);
#define TXT(field, since) pack_slice(out, slice_of(r->field));
#include "analyzer/runstate.def"
#undef I64
#undef U64
#undef U32
#undef U8
#undef F64
#undef TXT
    judgement_pack(&r->judgement, out);
    threshold_pack(&r->success_rate, out);
    threshold_pack(&r->p95, out);
    pack_u8(out, (uint8_t)r->policy->n_limits);
    for (uint32_t k = 0; k < r->policy->n_limits; k++)
        limit_pack(&r->limit[k], out);
    threshold_window_pack(&r->shown, out);
    guard_pack(&r->guard, out);
    mesh_pack(&r->mesh, out);
    split_pack(&r->split, out);
    share_pack(&r->share, out);
    if (r->policy->clusters.min)
        clusters_pack(&r->clusters, out);
}

static void
unpack_fields(struct unpack *in, uint8_t version, struct run *r)
{
#define I64(field, since)                                                                          \
    if (version >= since)                                                                          \
        r->field = (__typeof__(r->field))pack_get_i64(in);
#define U64(field, since)                                                                          \
    if (version >= since)                                                                          \
        r->field = pack_get_u64(in);
#define U32(field, since)                                                                          \
    if (version >= since)                                                                          \
        r->field = pack_get_u32(in);
#define U8(field, since)                                                                           \
    if (version >= since)                                                                          \
        r->field = (__typeof__(r->field))pack_get_u8(in);
#define F64(field, since)                                                                          \
    if (version >= since)                                                                          \
        r->field = pack_get_double(in);
#define TXT(field, since)                                                                          \
    if (version >= since)                                                                          \
        pack_get_text(in, r->field, sizeof r->field);
#include "analyzer/runstate.def"
#undef I64
#undef U64
#undef U32
#undef U8
#undef F64
#undef TXT
}

static bool
sane_numbers(const struct run *r)
{
    bool sane = true;

#define I64(field, since) sane = sane && r->field >= -1 && r->field <= most_ms;
#define U64(field, since)
#define U32(field, since)
#define U8(field, since)
#define F64(field, since) sane = sane && (isnan(r->field) || (r->field >= 0 && isfinite(r->field)));
#define TXT(field, since)
#include "analyzer/runstate.def"
#undef I64
#undef U64
#undef U32
#undef U8
#undef F64
#undef TXT
    return sane && !(r->weight > 100);
}

static bool
sane_enums(const struct run *r)
{
    return r->override.action < OVERRIDE_CLEAR && r->state <= RUN_ENDED && r->view < VIEW_COUNT &&
           r->who.attempt >= 1 && r->who.attempt <= MOST_ATTEMPTS &&
           ulid_valid(slice_of(r->who.id));
}

static bool
sane(const struct run *r)
{
    const struct view_answer *const answers[] = {&r->found, &r->decided, &r->decided_step,
                                                 &r->promote, &r->step};

    for (size_t i = 0; i < ARRAY_LEN(answers); i++)
        if (answers[i]->verdict >= VERDICT_COUNT || answers[i]->reason >= REASON_COUNT)
            return false;
    return sane_numbers(r) && sane_enums(r) && r->blind < REASON_COUNT;
}

enum status
runstate_unpack(struct slice bytes, const struct policy *p, struct run *out, struct err *err)
{
    struct unpack       in = {.rest = bytes};
    struct run_identity nobody = {.attempt = 1};
    uint8_t             version = pack_get_u8(&in);

    *out = (struct run){0};
    if (version != RUNSTATE_VERSION)
        return err_set(err, STATUS_SYNTAX, "run state of version %u: this program reads version %d",
                       version, RUNSTATE_VERSION);
    run_start(out, &nobody, p, 0, 0);
    unpack_fields(&in, version, out);
    out->judgement.alpha = run_alpha(p, out->who.attempt);
    judgement_unpack(&out->judgement, &in);
    threshold_unpack(&out->success_rate, &in);
    threshold_unpack(&out->p95, &in);
    if (pack_get_u8(&in) != p->n_limits)
        in.bad = true;
    for (uint32_t k = 0; k < p->n_limits && !in.bad; k++)
        limit_unpack(&out->limit[k], &in);
    threshold_window_unpack(&out->shown, &in);
    guard_unpack(&out->guard, &in);
    mesh_unpack(&out->mesh, &in);
    split_unpack(&out->split, &in);
    share_unpack(&out->share, &in);
    if (p->clusters.min)
        clusters_unpack(&out->clusters, &in);
    if (in.bad || in.rest.n || !sane(out)) {
        *out = (struct run){0};
        return err_set(err, STATUS_SYNTAX, "run state: %zu bytes that are not one", bytes.n);
    }
    return STATUS_OK;
}

enum status
runstate_head(struct slice bytes, struct run *out, struct err *err)
{
    struct unpack in = {.rest = bytes};
    uint8_t       version = pack_get_u8(&in);

    *out = (struct run){0};
    if (version < 1 || version > RUNSTATE_VERSION)
        return err_set(err, STATUS_SYNTAX, "run state of version %u, which nobody has written",
                       version);
    unpack_fields(&in, version, out);
    if (in.bad || !sane_numbers(out) || !sane_enums(out)) {
        *out = (struct run){0};
        return err_set(err, STATUS_SYNTAX, "run state of version %u: %zu bytes that are not one",
                       version, bytes.n);
    }
    /* Their reasons are numbers of that version's table. */
    out->found = out->decided = out->decided_step = (struct view_answer){0};
    out->promote = out->step = (struct view_answer){0};
    out->blind = REASON_NONE;
    return STATUS_OK;
}
