#include "webhooks/viewjson.h"

#include "base/clock.h"
#include "base/heap.h"
#include "webhooks/placebojson.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A view's full form as the last stage is told it.  Its age is told anew each time, and
 * so is the verdict where it is another; from names_at to age_at, and from rest_at, it
 * is the same. */
enum { VIEWJSON_KEPT_BYTES = 256 * 1024 };

struct viewjson_kept {
    size_t      names_at, age_at, rest_at;
    struct text full;
};

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
put_head(struct jsonout *j, const struct view_answer *a)
{
    const char *text = *a->message ? a->message : verdict_reason_help(a->reason);
    size_t      n = strnlen(text, VIEW_MESSAGE_BYTES - 1);
    char        message[VIEW_MESSAGE_BYTES];

    memcpy(message, text, n);
    message[n] = '\0';
    view_clean(message);
    jsonout_text(j, "verdict", verdict_text(a->verdict));
    jsonout_bool(j, "pass", a->verdict == VERDICT_PASS);
    jsonout_bool(j, "abort", a->verdict == VERDICT_ABORT);
    jsonout_text(j, "reason", verdict_reason_text(a->reason));
    jsonout_text(j, "message", message);
}

static int64_t
age_of(const struct verdict_view *v, int64_t now_mono_ms)
{
    int64_t age_ms;

    if (__builtin_sub_overflow(now_mono_ms, v->evaluated_mono_ms, &age_ms))
        age_ms = INT64_MAX;
    if (age_ms > (int64_t)largest_whole)
        age_ms = (int64_t)largest_whole;
    return age_ms > 0 ? age_ms : 0;
}

static void
put_names(struct jsonout *j, const struct verdict_view *v)
{
    jsonout_text(j, "service", v->service);
    jsonout_text(j, "namespace", v->ns);
    jsonout_text(j, "canary", v->canary);
    jsonout_text(j, "stable", v->baseline);
    jsonout_text(j, "revision", v->revision);
}

static void
put_rest_of_names(struct jsonout *j, const struct verdict_view *v)
{
    char at[CLOCK_RFC3339_BYTES];

    clock_rfc3339(v->evaluated_wall_ms, at);
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

static void
put_checks(struct jsonout *j, const struct verdict_view *v, enum viewjson_form form)
{
    jsonout_begin_object(j, "checks");
    for (enum check c = 0; c < CHECK_COUNT; c++)
        put_check(j, check_text(c), &v->checks[c], form);
    for (uint32_t k = 0; k < v->n_limits; k++)
        put_check(j, v->limit_name[k], &v->limits[k], form);
    jsonout_end_object(j);
}

/* kept, where it is not NULL, notes where the parts are. */
static void
put_view(struct jsonout *j, const char *key, const struct verdict_view *v,
         const struct view_answer *a, enum viewjson_form form, int64_t now_mono_ms,
         struct viewjson_kept *kept)
{
    struct viewjson_kept at = {0};

    jsonout_begin_object(j, key);
    put_head(j, a);
    at.names_at = j->to->n;
    jsonout_text(j, "id", v->id);
    jsonout_text(j, "run", v->run);
    if (form != VIEWJSON_BRIEF) {
        put_names(j, v);
        at.age_at = j->to->n;
        jsonout_int(j, "age_ms", age_of(v, now_mono_ms));
        at.rest_at = j->to->n;
        put_rest_of_names(j, v);
        put_numbers(j, v);
        put_checks(j, v, form);
        placebojson_frozen(j, "calibration", &v->calibration, form == VIEWJSON_STORED);
    }
    jsonout_end_object(j);
    if (kept) {
        kept->names_at = at.names_at;
        kept->age_at = at.age_at;
        kept->rest_at = at.rest_at;
    }
}

void
viewjson_put(struct jsonout *j, const char *key, const struct verdict_view *v,
             const struct view_answer *a, enum viewjson_form form, int64_t now_mono_ms)
{
    put_view(j, key, v, a, form, now_mono_ms, NULL);
}

void
viewjson_write(struct text *out, const struct verdict_view *v, const struct view_answer *a,
               enum viewjson_form form, int64_t now_mono_ms)
{
    struct jsonout j;

    jsonout_init(&j, out);
    put_view(&j, NULL, v, a, form, now_mono_ms, NULL);
}

struct viewjson_kept *
viewjson_keep(const struct verdict_view *v)
{
    struct viewjson_kept *k = heap_new(1, sizeof *k);
    struct jsonout        j;

    text_init(&k->full, VIEWJSON_KEPT_BYTES);
    jsonout_init(&j, &k->full);
    put_view(&j, NULL, v, &v->promote, VIEWJSON_FULL, v->evaluated_mono_ms, k);
    return k;
}

void
viewjson_forget(struct viewjson_kept *k)
{
    if (k)
        text_release(&k->full);
    free(k);
}

static bool
is_told_alike(const struct view_answer *a, const struct view_answer *b)
{
    return a->verdict == b->verdict && a->reason == b->reason &&
           strncmp(a->message, b->message, sizeof a->message) == 0;
}

void
viewjson_write_kept(struct text *out, const struct viewjson_kept *k, const struct verdict_view *v,
                    const struct view_answer *a, int64_t now_mono_ms)
{
    const char    *p = k->full.p;
    char           age[TEXT_DIGITS];
    size_t         at = 0;
    struct jsonout j;

    if (k->full.status) { /* a view larger than any should be */
        viewjson_write(out, v, a, VIEWJSON_FULL, now_mono_ms);
        return;
    }
    (void)text_room(out, k->full.n + VIEW_MESSAGE_BYTES + sizeof age);
    if (!is_told_alike(a, &v->promote)) {
        jsonout_init(&j, out);
        jsonout_begin_object(&j, NULL);
        put_head(&j, a);
        at = k->names_at;
    }
    text_put(out, (struct slice){p + at, k->age_at - at});
    text_puts(out, ",\"age_ms\":");
    text_put(out, (struct slice){age, text_digits(age, (uint64_t)age_of(v, now_mono_ms))});
    text_put(out, (struct slice){p + k->rest_at, k->full.n - k->rest_at});
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
