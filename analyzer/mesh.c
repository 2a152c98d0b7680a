#include "analyzer/mesh.h"

#include "analyzer/pair.h"

#include <math.h>

enum {
    STATE_VERSION = 3,
    LEAST_EVENTS = 5, /* fewer refused or failed ones say nothing */
};

static const double event_share = .01;  /* of the canary's requests */
static const double event_ratio = 2;    /* to the baseline's share */
static const double retry_ratio = 1.25; /* to the baseline's retries a request */
/* Events come in clumps (the retries of one request): beyond so many standard
 * deviations is no chance. */
static const double deviations = 5, clump = 2;

void
mesh_init(struct mesh *m, const struct policy *p)
{
    *m = (struct mesh){.asked = check_none(), .told = p->mesh.then, .newest = -1};
    m->asked.configured = p->mesh.on;
    m->asked.required = p->mesh.on && (p->required >> CHECK_MESH & 1);
    m->asked.dry_run = p->mesh.on && (p->dry_run >> CHECK_MESH & 1);
    for (int s = 0; s < MESH_SLOTS; s++)
        m->slot[s].turn = -1;
}

static uint32_t
at_most_32_bits(uint64_t v)
{
    return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

static void
put(uint32_t *to, enum mesh_signal_kind kind, uint64_t v)
{
    if (kind == MESH_SIGNAL_COUNTER)
        *to = at_most_32_bits(*to + (v > UINT32_MAX ? UINT32_MAX : v));
    else if (v > *to)
        *to = at_most_32_bits(v);
}

/* Sums over the window. */
struct mesh_minute {
    double requests[ARM_COUNT], tried[ARM_COUNT], failed[ARM_COUNT];
};

static struct mesh_slot *
slot_at(struct mesh *m, int64_t turn)
{
    struct mesh_slot *s = &m->slot[turn % MESH_SLOTS];

    if (s->turn != turn)
        *s = (struct mesh_slot){.turn = turn};
    return s;
}

static void
take_signals(struct mesh *m, const struct interval *i, struct mesh_slot *to)
{
    for (int s = 0; s < MESH_SIGNAL_COUNT; s++)
        for (int side = 0; side < MESH_SIGNAL_SIDES; side++) {
            const struct interval_signal *from = &i->signals[s][side];

            if (!from->reported)
                continue;
            m->reported[s][side] = true;
            put(&to->signal[s][side], mesh_signal_kind((enum mesh_signal)s), from->value);
        }
}

/* Who put hosts out, or could not connect, went by attempts. */
static void
take_tries(struct mesh_slot *to, const struct interval *i, enum counts_view view)
{
    const struct pair p = pair_of_faults(i, i->present[VIEW_ATTEMPT] ? VIEW_ATTEMPT : view);

    for (int arm = 0; arm < ARM_COUNT; arm++) {
        put(&to->tried[arm], MESH_SIGNAL_COUNTER, p.n[arm]);
        put(&to->failed[arm], MESH_SIGNAL_COUNTER, p.x[arm]);
    }
}

void
mesh_apply(struct mesh *m, const struct interval *i, enum counts_view view)
{
    int64_t           turn = i->end_ms / MESH_SLOT_MS;
    struct mesh_slot *slot;

    if (!m->asked.configured || i->end_ms < 0 || turn < m->newest)
        return;
    m->newest = turn;
    slot = slot_at(m, turn);
    for (int arm = 0; arm < ARM_COUNT; arm++)
        put(&slot->requests[arm], MESH_SIGNAL_COUNTER, counts_requests(&i->arm[view][arm]));
    take_tries(slot, i, view);
    take_signals(m, i, slot);
    routes_apply(&m->routes, i, view);
}

static bool
is_covered(const struct mesh *m, const struct mesh_slot *s)
{
    return s->turn >= 0 && s->turn > m->newest - MESH_SLOTS;
}

static struct mesh_minute
minute_of(const struct mesh *m)
{
    struct mesh_minute sum = {0};

    for (int s = 0; s < MESH_SLOTS; s++)
        for (int arm = 0; arm < ARM_COUNT && is_covered(m, &m->slot[s]); arm++) {
            sum.requests[arm] += m->slot[s].requests[arm];
            sum.tried[arm] += m->slot[s].tried[arm];
            sum.failed[arm] += m->slot[s].failed[arm];
        }
    return sum;
}

/* Canary events beyond ratio times what the baseline's rate would give, a share
 * more, and what chance allows; with no baseline requests, any. */
static bool
clearly_more(double canary, double n_c, double base, double n_b, double ratio, double share)
{
    double exposure = n_b > 0 ? n_c / n_b : 0;
    double expected = base * exposure, spread = (base + 1) * exposure * (1 + exposure);

    return canary >= LEAST_EVENTS &&
           canary > ratio * expected + share * n_c + deviations * sqrt(clump * spread);
}

/* Where hosts cannot be told apart: whether the canary's are the likely ones. */
static bool
canary_fails_more(const struct mesh_minute *of)
{
    return clearly_more(of->failed[ARM_CANARY], of->tried[ARM_CANARY], of->failed[ARM_BASELINE],
                        of->tried[ARM_BASELINE], event_ratio, event_share);
}

/* Counters: their sum over the window; gauges: the greatest. */
static double
value_of(const struct mesh *m, enum mesh_signal which, enum mesh_signal_side side)
{
    bool   counter = mesh_signal_kind(which) == MESH_SIGNAL_COUNTER;
    double v = 0;

    for (int s = 0; s < MESH_SLOTS; s++)
        if (is_covered(m, &m->slot[s])) {
            double here = m->slot[s].signal[which][side];

            v = counter ? v + here : fmax(v, here);
        }
    return v;
}

static double
sum_of(const struct mesh *m, const enum mesh_signal *which, size_t n, enum mesh_signal_side side)
{
    double v = 0;

    for (size_t k = 0; k < n; k++)
        v += value_of(m, which[k], side);
    return v;
}

/* More events a request than counts as noise, and than the baseline has. */
static double
excess(const struct mesh *m, const enum mesh_signal *which, size_t n)
{
    double                   canary = sum_of(m, which, n, MESH_SIGNAL_CANARY);
    double                   both = sum_of(m, which, n, MESH_SIGNAL_BOTH);
    double                   base = sum_of(m, which, n, MESH_SIGNAL_BASELINE);
    const struct mesh_minute of = minute_of(m);
    double                   n_c = of.requests[ARM_CANARY], n_b = of.requests[ARM_BASELINE];

    if (canary > event_share * n_c && clearly_more(canary, n_c, base, n_b, event_ratio, 0))
        return canary;
    return both >= LEAST_EVENTS && both > event_share * (n_c + n_b) && canary_fails_more(&of) ? both
                                                                                              : 0;
}

static double
overflows(const struct mesh *m)
{
    static const enum mesh_signal which[] = {
        MESH_SIGNAL_PENDING_OVERFLOW, MESH_SIGNAL_REQUEST_OVERFLOW, MESH_SIGNAL_CONNECTION_OVERFLOW,
        MESH_SIGNAL_RETRY_OVERFLOW};

    return excess(m, which, ARRAY_LEN(which));
}

static double
failed_connects(const struct mesh *m)
{
    static const enum mesh_signal which[] = {MESH_SIGNAL_CONNECT_FAILURES,
                                             MESH_SIGNAL_CONNECT_TIMEOUTS};

    return excess(m, which, ARRAY_LEN(which));
}

static double
ejected(const struct mesh *m)
{
    const struct mesh_minute of = minute_of(m);
    double                   most = 0;

    for (int side = 0; side < MESH_SIGNAL_SIDES; side++)
        if (side == MESH_SIGNAL_CANARY || (side == MESH_SIGNAL_BOTH && canary_fails_more(&of)))
            most = fmax(most, fmax(value_of(m, MESH_SIGNAL_EJECTIONS, (enum mesh_signal_side)side),
                                   value_of(m, MESH_SIGNAL_EJECTED, (enum mesh_signal_side)side)));
    return most;
}

/* Retries a request of the canary, where that is clearly more than the
 * baseline's. */
static double
amplification(const struct mesh *m)
{
    const struct mesh_minute of = minute_of(m);
    double                   canary = value_of(m, MESH_SIGNAL_RETRIES, MESH_SIGNAL_CANARY);
    double                   base = value_of(m, MESH_SIGNAL_RETRIES, MESH_SIGNAL_BASELINE);
    double                   n_c = of.requests[ARM_CANARY], n_b = of.requests[ARM_BASELINE];

    if (!(n_c > 0) || !(n_b > 0))
        return 0;
    return clearly_more(canary, n_c, base, n_b, retry_ratio, event_share) ? canary / n_c : 0;
}

static bool
any_reported(const struct mesh *m)
{
    for (int s = 0; s < MESH_SIGNAL_COUNT; s++)
        for (int side = 0; side < MESH_SIGNAL_SIDES; side++)
            if (m->reported[s][side])
                return true;
    return false;
}

static const struct {
    enum verdict_reason reason;
    double (*of)(const struct mesh *m);
} findings[] = {
    {REASON_BREAKER_OPEN, overflows},
    {REASON_HOSTS_EJECTED, ejected},
    {REASON_CONNECTIONS_FAILING, failed_connects},
    {REASON_RETRIES_AMPLIFIED, amplification},
};

struct check_result
mesh_result(const struct mesh *m)
{
    struct check_result r = m->asked;

    if (!r.configured)
        return check_none();
    if (routes_broken(&m->routes)) {
        r.verdict = VERDICT_ABORT;
        r.reason = REASON_ROUTING_BROKEN;
        return r;
    }
    for (size_t k = 0; k < ARRAY_LEN(findings); k++) {
        double found = findings[k].of(m);

        if (found > 0) {
            r.value = found;
            r.verdict = m->told;
            r.reason = findings[k].reason;
            return r;
        }
    }
    r.verdict = any_reported(m) ? VERDICT_PASS : VERDICT_HOLD;
    r.reason = any_reported(m) ? REASON_WITHIN_LIMIT : REASON_NOT_REPORTED;
    return r;
}

void
mesh_pack(const struct mesh *m, struct text *out)
{
    pack_u8(out, STATE_VERSION);
    routes_pack(&m->routes, out);
    pack_i64(out, m->newest);
    for (int s = 0; s < MESH_SIGNAL_COUNT; s++)
        for (int side = 0; side < MESH_SIGNAL_SIDES; side++)
            pack_u8(out, m->reported[s][side]);
    for (int k = 0; k < MESH_SLOTS; k++) {
        pack_i64(out, m->slot[k].turn);
        for (int arm = 0; arm < ARM_COUNT && m->slot[k].turn >= 0; arm++) {
            pack_varint(out, m->slot[k].requests[arm]);
            pack_varint(out, m->slot[k].tried[arm]);
            pack_varint(out, m->slot[k].failed[arm]);
        }
        for (int s = 0; s < MESH_SIGNAL_COUNT && m->slot[k].turn >= 0; s++)
            for (int side = 0; side < MESH_SIGNAL_SIDES; side++)
                if (m->reported[s][side])
                    pack_varint(out, m->slot[k].signal[s][side]);
    }
}

static uint32_t
get_u32(struct unpack *in)
{
    uint64_t v = pack_get_varint(in);

    if (v > UINT32_MAX)
        in->bad = true;
    return (uint32_t)(v & UINT32_MAX);
}

static void
unpack_slot(struct mesh *m, int k, struct unpack *in)
{
    struct mesh_slot *slot = &m->slot[k];

    *slot = (struct mesh_slot){.turn = pack_get_i64(in)};
    if (slot->turn < 0)
        return;
    if (slot->turn % MESH_SLOTS != k || slot->turn > m->newest)
        in->bad = true;
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        slot->requests[arm] = get_u32(in);
        slot->tried[arm] = get_u32(in);
        slot->failed[arm] = get_u32(in);
    }
    for (int s = 0; s < MESH_SIGNAL_COUNT; s++)
        for (int side = 0; side < MESH_SIGNAL_SIDES; side++)
            if (m->reported[s][side])
                slot->signal[s][side] = get_u32(in);
}

void
mesh_unpack(struct mesh *m, struct unpack *in)
{
    if (pack_get_u8(in) != STATE_VERSION) {
        in->bad = true;
        return;
    }
    routes_unpack(&m->routes, in);
    m->newest = pack_get_ms(in);
    for (int s = 0; s < MESH_SIGNAL_COUNT; s++)
        for (int side = 0; side < MESH_SIGNAL_SIDES; side++)
            m->reported[s][side] = pack_get_u8(in) != 0;
    for (int k = 0; k < MESH_SLOTS && !in->bad; k++)
        unpack_slot(m, k, in);
}
