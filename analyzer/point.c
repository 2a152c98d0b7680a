#include "analyzer/point.h"

#include "analyzer/bounds.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FORMAT = 1 };

/* What follows a check's name. */
enum { HAS_EVIDENCE = 1, HAS_VALUE = 2, HAS_LIMIT = 4 };

static const uint64_t MAX_COUNT = 1ULL << 53; /* as doubles they stay whole */

static void
reset_buckets(struct point *p, enum counts_view view)
{
    for (uint32_t k = 0; k < p->n_versions; k++)
        memset(p->versions[k].at[view].bucket, 0, sizeof p->versions[k].at[view].bucket);
}

/* The last place is for all that come when there is no other left. */
static struct point_version *
version_of(struct point *p, const char *name, int8_t arm)
{
    struct point_version *v;

    for (uint32_t k = 0; k < p->n_versions; k++)
        if (p->versions[k].arm == arm && !strcmp(p->versions[k].name, name))
            return &p->versions[k];
    if (p->n_versions == INTERVAL_MAX_VERSIONS)
        return &p->versions[INTERVAL_MAX_VERSIONS - 1];
    v = &p->versions[p->n_versions++];
    if (p->n_versions == INTERVAL_MAX_VERSIONS) {
        name = "other";
        arm = -1;
    }
    snprintf(v->name, sizeof v->name, "%s", name);
    v->arm = arm;
    return v;
}

static void
count_version(struct point_counts *to, const struct counts *c, const struct counts_bounds *b)
{
    to->requests += counts_requests(c);
    to->faults += counts_faults(c);
    for (uint32_t k = 0; k < b->n; k++)
        to->bucket[k] += c->bucket[k];
}

void
point_count(struct point *p, const struct interval *i)
{
    for (enum counts_view v = 0; v < VIEW_COUNT; v++) {
        if (!i->present[v] || i->bounds[v].n == 0 || bounds_same(&p->bounds[v], &i->bounds[v]))
            continue;
        reset_buckets(p, v);
        p->bounds[v] = i->bounds[v];
    }
    for (uint32_t k = 0; k < i->n_versions; k++) {
        struct point_version *to = version_of(p, i->versions[k].name, i->versions[k].arm);

        for (enum counts_view v = 0; v < VIEW_COUNT; v++)
            if (i->present[v])
                count_version(&to->at[v], &i->versions[k].at[v], &i->bounds[v]);
    }
}

static void
add_check(struct point *p, const char *name, const struct check_result *c)
{
    struct point_check *to;

    if (!c->configured)
        return;
    to = &p->checks[p->n_checks++];
    snprintf(to->name, sizeof to->name, "%s", name);
    to->verdict = c->verdict;
    to->evidence = c->evidence;
    to->value = c->value;
    to->limit = c->limit;
}

void
point_answer(struct point *p, const struct verdict_view *v)
{
    p->promote = v->promote.verdict;
    p->reason = v->promote.reason;
    p->step = v->step.verdict;
    p->weight = v->weight;
    p->need_requests = v->need_requests;
    memset(p->checks, 0, sizeof p->checks);
    p->n_checks = 0;
    for (enum check c = 0; c < CHECK_COUNT; c++)
        add_check(p, check_text(c), &v->checks[c]);
    for (uint32_t k = 0; k < v->n_limits; k++)
        add_check(p, v->limit_name[k], &v->limits[k]);
}

static void
pack_check(struct text *out, const struct point_check *c)
{
    uint8_t has = (uint8_t)((isnan(c->evidence) ? 0 : HAS_EVIDENCE) |
                            (isnan(c->value) ? 0 : HAS_VALUE) | (isnan(c->limit) ? 0 : HAS_LIMIT));

    pack_slice(out, slice_of(c->name));
    pack_slice(out, slice_of(verdict_text(c->verdict)));
    pack_u8(out, has);
    if (has & HAS_EVIDENCE)
        pack_double(out, c->evidence);
    if (has & HAS_VALUE)
        pack_double(out, c->value);
    if (has & HAS_LIMIT)
        pack_double(out, c->limit);
}

static void
pack_counts(struct text *out, const struct point_counts *c, uint32_t n_bounds)
{
    pack_varint(out, c->requests);
    pack_varint(out, c->faults);
    bounds_pack_counts(out, c->bucket, n_bounds);
}

void
point_pack(const struct point *p, struct text *out)
{
    pack_u8(out, FORMAT);
    pack_slice(out, slice_of(verdict_text(p->promote)));
    pack_slice(out, slice_of(verdict_reason_text(p->reason)));
    pack_slice(out, slice_of(verdict_text(p->step)));
    pack_double(out, p->weight);
    pack_double(out, p->need_requests);
    for (enum counts_view v = 0; v < VIEW_COUNT; v++)
        bounds_pack(out, &p->bounds[v], v > 0 ? &p->bounds[v - 1] : NULL);
    pack_varint(out, p->n_versions);
    for (uint32_t k = 0; k < p->n_versions; k++) {
        pack_slice(out, slice_of(p->versions[k].name));
        pack_u8(out, (uint8_t)(p->versions[k].arm + 1));
        for (enum counts_view v = 0; v < VIEW_COUNT; v++)
            pack_counts(out, &p->versions[k].at[v], p->bounds[v].n);
    }
    pack_varint(out, p->n_checks);
    for (uint32_t k = 0; k < p->n_checks; k++)
        pack_check(out, &p->checks[k]);
}

static enum verdict
get_verdict(struct unpack *u)
{
    enum verdict v = VERDICT_HOLD;

    if (verdict_parse(pack_get_slice(u), &v))
        u->bad = true;
    return v;
}

/* A reason that this program does not know is from a newer one. */
static enum verdict_reason
get_reason(struct unpack *u)
{
    enum verdict_reason r = REASON_NONE;

    if (verdict_reason_parse(pack_get_slice(u), &r))
        r = REASON_NONE;
    return r;
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
get_counts(struct unpack *u, struct point_counts *c, uint32_t n_bounds)
{
    c->requests = get_count(u);
    c->faults = get_count(u);
    bounds_unpack_counts(u, c->bucket, n_bounds);
}

static uint32_t
get_number(struct unpack *u, uint32_t max)
{
    uint64_t n = pack_get_varint(u);

    if (n > max)
        u->bad = true;
    return u->bad ? 0 : (uint32_t)n;
}

static void
get_version(struct unpack *u, struct point_version *v, const struct counts_bounds bounds[])
{
    uint8_t arm;

    pack_get_text(u, v->name, sizeof v->name);
    arm = pack_get_u8(u);
    if (arm > ARM_COUNT)
        u->bad = true;
    v->arm = (int8_t)(u->bad ? -1 : arm - 1);
    for (enum counts_view w = 0; w < VIEW_COUNT; w++)
        get_counts(u, &v->at[w], bounds[w].n);
}

static void
get_check(struct unpack *u, struct point_check *c)
{
    uint8_t has;

    pack_get_text(u, c->name, sizeof c->name);
    c->verdict = get_verdict(u);
    has = pack_get_u8(u);
    c->evidence = has & HAS_EVIDENCE ? pack_get_double(u) : NAN;
    c->value = has & HAS_VALUE ? pack_get_double(u) : NAN;
    c->limit = has & HAS_LIMIT ? pack_get_double(u) : NAN;
}

enum status
point_unpack(struct slice row, struct point *out, struct err *err)
{
    struct unpack u = {.rest = row};

    memset(out, 0, sizeof *out);
    if (pack_get_u8(&u) != FORMAT)
        u.bad = true;
    out->promote = get_verdict(&u);
    out->reason = get_reason(&u);
    out->step = get_verdict(&u);
    out->weight = pack_get_double(&u);
    out->need_requests = pack_get_double(&u);
    for (enum counts_view v = 0; v < VIEW_COUNT; v++)
        bounds_unpack(&u, &out->bounds[v], v > 0 ? &out->bounds[v - 1] : NULL);
    out->n_versions = get_number(&u, INTERVAL_MAX_VERSIONS);
    for (uint32_t k = 0; k < out->n_versions && !u.bad; k++)
        get_version(&u, &out->versions[k], out->bounds);
    out->n_checks = get_number(&u, POINT_MAX_CHECKS);
    for (uint32_t k = 0; k < out->n_checks && !u.bad; k++)
        get_check(&u, &out->checks[k]);
    if (!u.bad && !u.rest.n)
        return STATUS_OK;
    memset(out, 0, sizeof *out);
    return err_set(err, STATUS_SYNTAX, "not a stored point of a run");
}
