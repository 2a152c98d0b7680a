#include "webhooks/viewjson.h"

#include "base/clock.h"
#include "webhooks/placebojson.h"

#include <math.h>
#include <stdio.h>

/* Readers hold numbers as doubles; a larger count would not survive them. */
static const uint64_t largest_whole = UINT64_C(1) << 53;

static void
put_count(struct jsonout *j, const char *key, uint64_t n)
{
    jsonout_uint(j, key, n < largest_whole ? n : largest_whole);
}

/* Two numbers under one key, which is left out where neither is known. */
static void
put_pair(struct jsonout *j, const char *key, const char *a_key, double a, const char *b_key,
         double b)
{
    if (!isfinite(a) && !isfinite(b))
        return;
    jsonout_begin_object(j, key);
    jsonout_double(j, a_key, a);
    jsonout_double(j, b_key, b);
    jsonout_end_object(j);
}

static void
put_check(struct jsonout *j, const char *key, const struct check_result *c, enum viewjson_form form)
{
    bool stored = form == VIEWJSON_STORED;

    jsonout_begin_object(j, key);
    jsonout_text(j, "verdict", verdict_text(c->configured ? c->verdict : VERDICT_HOLD));
    jsonout_text(j, "reason",
                 verdict_reason_text(c->configured ? c->reason : REASON_NOT_CONFIGURED));
    jsonout_bool(j, "required", c->configured && c->required);
    if (c->configured) {
        jsonout_double(j, "evidence", c->evidence);
        jsonout_double(j, "value", c->value);
        jsonout_double(j, "limit", c->limit);
    }
    if (c->configured && stored) {
        jsonout_double(j, "pass_evidence", c->pass_evidence);
        jsonout_double(j, "pass_limit", c->pass_limit);
        jsonout_double(j, "need_requests", c->need_requests);
        if (c->dry_run)
            jsonout_bool(j, "dry_run", true);
    }
    jsonout_end_object(j);
}

static void
put_head(struct jsonout *j, const struct verdict_view *v, const struct view_answer *a)
{
    char message[VIEW_MESSAGE_BYTES];

    snprintf(message, sizeof message, "%s",
             *a->message ? a->message : verdict_reason_help(a->reason));
    view_clean(message);
    jsonout_text(j, "verdict", verdict_text(a->verdict));
    jsonout_bool(j, "pass", a->verdict == VERDICT_PASS);
    jsonout_bool(j, "abort", a->verdict == VERDICT_ABORT);
    jsonout_text(j, "reason", verdict_reason_text(a->reason));
    jsonout_text(j, "message", message);
    jsonout_text(j, "id", v->id);
    jsonout_text(j, "run", v->run);
}

static void
put_names(struct jsonout *j, const struct verdict_view *v, int64_t now_mono_ms)
{
    int64_t age_ms;
    char    at[CLOCK_RFC3339_BYTES];

    if (__builtin_sub_overflow(now_mono_ms, v->evaluated_mono_ms, &age_ms))
        age_ms = INT64_MAX;
    if (age_ms > (int64_t)largest_whole)
        age_ms = (int64_t)largest_whole;
    clock_rfc3339(v->evaluated_wall_ms, at);
    jsonout_text(j, "service", v->service);
    jsonout_text(j, "namespace", v->ns);
    jsonout_text(j, "canary", v->canary);
    jsonout_text(j, "stable", v->baseline);
    jsonout_text(j, "revision", v->revision);
    jsonout_int(j, "age_ms", age_ms > 0 ? age_ms : 0);
    jsonout_text(j, "evaluated_at", at);
    jsonout_text(j, "policy", v->policy);
    jsonout_text(j, "phase", phase_text(v->phase));
    jsonout_bool(j, "user_view", v->user_view);
}

static void
put_numbers(struct jsonout *j, const struct verdict_view *v)
{
    const struct view_arm *c = &v->arm[ARM_CANARY], *b = &v->arm[ARM_BASELINE];

    if (v->state != VIEW_STARTING) {
        put_count(j, "canary_requests", c->requests);
        put_count(j, "stable_requests", b->requests);
    }
    put_pair(j, "success_rate", "canary", c->success_rate, "stable", b->success_rate);
    put_pair(j, "p95_ms", "canary", c->p95_ms, "stable", b->p95_ms);
    put_pair(j, "need", "requests", ceil(v->need_requests), "seconds", ceil(v->need_seconds));
}

void
viewjson_put(struct jsonout *j, const char *key, const struct verdict_view *v,
             const struct view_answer *a, enum viewjson_form form, int64_t now_mono_ms)
{
    jsonout_begin_object(j, key);
    put_head(j, v, a);
    if (form != VIEWJSON_BRIEF) {
        put_names(j, v, now_mono_ms);
        put_numbers(j, v);
        jsonout_begin_object(j, "checks");
        for (enum check c = 0; c < CHECK_COUNT; c++)
            put_check(j, check_text(c), &v->checks[c], form);
        for (uint32_t k = 0; k < v->n_limits; k++)
            put_check(j, v->limit_name[k], &v->limits[k], form);
        jsonout_end_object(j);
        placebojson_frozen(j, "calibration", &v->calibration, form == VIEWJSON_STORED);
    }
    jsonout_end_object(j);
}

void
viewjson_write(struct text *out, const struct verdict_view *v, const struct view_answer *a,
               enum viewjson_form form, int64_t now_mono_ms)
{
    struct jsonout j;

    jsonout_init(&j, out);
    viewjson_put(&j, NULL, v, a, form, now_mono_ms);
}

struct view_answer
viewjson_answer(const struct verdict_view *v, enum question_stage stage, int64_t now_mono_ms)
{
    return view_aged(v, stage == QUESTION_STEP ? &v->step : &v->promote, now_mono_ms);
}

struct verdict_view
viewjson_blind(const struct question *q, enum verdict_reason reason, int64_t now_wall_ms,
               int64_t now_mono_ms)
{
    const struct view_arm unknown = {
        .success_rate = NAN, .p95_ms = NAN, .p95_lower_ms = NAN, .p95_upper_ms = NAN};
    struct verdict_view v = {.state = VIEW_STARTING,
                             .evaluated_wall_ms = now_wall_ms,
                             .evaluated_mono_ms = now_mono_ms,
                             .weight = q->weight,
                             .need_requests = NAN,
                             .need_seconds = NAN,
                             .arm = {unknown, unknown}};

    memcpy(v.service, q->service, sizeof v.service);
    memcpy(v.ns, q->ns, sizeof v.ns);
    memcpy(v.canary, q->canary, sizeof v.canary);
    memcpy(v.baseline, q->baseline, sizeof v.baseline);
    memcpy(v.revision, q->revision, sizeof v.revision);
    memcpy(v.policy, q->policy, sizeof v.policy);
    memcpy(v.key, q->key, sizeof v.key);
    v.promote.verdict = VERDICT_HOLD;
    v.promote.reason = reason;
    snprintf(v.promote.message, sizeof v.promote.message, "%s", verdict_reason_help(reason));
    v.step = v.promote;
    for (enum check c = 0; c < CHECK_COUNT; c++) {
        v.checks[c] = check_none();
        v.checks[c].configured = true;
        v.checks[c].reason = reason;
    }
    return v;
}
