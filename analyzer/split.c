#include "analyzer/split.h"

#include <math.h>

enum { STATE_VERSION = 2 };

void
split_init(struct split *s, const struct policy *p)
{
    bool on = p->split.on && phase_compares(p->phase) && !phase_attempts_only(p->phase);

    *s = (struct split){.asked = check_none(), .alpha = p->split.false_alarm_rate, .weight = NAN};
    s->asked.configured = on;
    s->asked.required = on && (p->required >> CHECK_SPLIT & 1);
    s->asked.dry_run = on && (p->dry_run >> CHECK_SPLIT & 1);
}

/* How much the share varies from interval to interval is kept. */
static void
take_weight(struct split *s, double weight)
{
    struct tilt anew = {.spread = s->tilt.spread,
                        .learnt = s->tilt.learnt,
                        .n = s->tilt.n,
                        .n_part = s->tilt.n_part};

    if (isnan(weight) || weight == s->weight)
        return;
    anew.spread.last_n = anew.spread.last_x = 0;
    s->tilt = anew;
    s->weight = weight;
    s->weights += s->weights < UINT32_MAX;
}

/* What the present weight may spend. */
static double
alpha_of(const struct split *s)
{
    double k = s->weights ? s->weights : 1;

    return s->alpha / (k * (k + 1));
}

void
split_apply(struct split *s, const struct interval *i, enum counts_view view, double percent,
            bool settled)
{
    uint64_t n_c = counts_requests(&i->arm[view][ARM_CANARY]);
    uint64_t n_b = counts_requests(&i->arm[view][ARM_BASELINE]);
    uint64_t n;

    if (!s->asked.configured)
        return;
    take_weight(s, percent / 100);
    if (!settled || __builtin_add_overflow(n_c, n_b, &n) || n > UINT64_C(1) << 53)
        return;
    tilt_apply(&s->tilt, n, n_c, percent / 100, interval_length_ms(i));
}

struct check_result
split_result(const struct split *s)
{
    struct check_result r = s->asked;

    if (!r.configured)
        return check_none();
    r.verdict = VERDICT_HOLD;
    if (!s->tilt.n) {
        r.reason = REASON_NO_WEIGHT;
        return r;
    }
    r.evidence = check_evidence(tilt_log_e(&s->tilt));
    r.value = tilt_seen(&s->tilt);
    r.limit = tilt_set(&s->tilt);
    if (tilt_alarm(&s->tilt, alpha_of(s))) {
        r.reason = REASON_ROUTING_MISMATCH;
        return r;
    }
    r.verdict = VERDICT_PASS;
    r.reason = REASON_WITHIN_LIMIT;
    return r;
}

void
split_pack(const struct split *s, struct text *out)
{
    pack_u8(out, STATE_VERSION);
    pack_double(out, s->weight);
    pack_u32(out, s->weights);
    tilt_pack(&s->tilt, out);
}

void
split_unpack(struct split *s, struct unpack *in)
{
    if (pack_get_u8(in) != STATE_VERSION) {
        in->bad = true;
        return;
    }
    s->weight = pack_get_double(in);
    s->weights = pack_get_u32(in);
    if (!isnan(s->weight) && !(s->weight >= 0 && s->weight <= 1))
        in->bad = true;
    tilt_unpack(&s->tilt, in);
}
