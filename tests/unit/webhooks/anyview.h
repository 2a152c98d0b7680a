/* anyview.h - views that hold whatever a view can hold: for property tests. */
#ifndef TESTS_UNIT_WEBHOOKS_ANYVIEW_H
#define TESTS_UNIT_WEBHOOKS_ANYVIEW_H

#include "analyzer/view.h"
#include "base/base.h"
#include "tests/support/prng.h"

#include <math.h>

static inline double
anyview_double(struct prng *r)
{
    static const double odd[] = {NAN, INFINITY, -INFINITY, 0, -0.0, 1e300, -1e300, 5e-324, 0.1};

    if (prng_below(r, 3) == 0)
        return odd[prng_below(r, ARRAY_LEN(odd))];
    return prng_bits(r);
}

/* Any bytes but NUL: quotes, control characters, halves of UTF-8. */
static inline void
anyview_text(struct prng *r, char *out, size_t bytes)
{
    size_t n = prng_below(r, bytes);

    for (size_t i = 0; i < n; i++) {
        static const char odd[] = "\"\\\n\r\t\x01\x7f<>&{}\xff\xc3\xed\xa0\xf0\x9f";

        out[i] =
            prng_below(r, 2) ? odd[prng_below(r, sizeof odd - 1)] : (char)(1 + prng_below(r, 255));
    }
    out[n] = '\0';
}

static inline int64_t
anyview_time(struct prng *r)
{
    return (int64_t)prng_below(r, UINT64_C(1) << 62) - (INT64_C(1) << 61);
}

static inline struct view_answer
anyview_answer(struct prng *r)
{
    struct view_answer a = {.verdict = (enum verdict)prng_below(r, VERDICT_COUNT),
                            .reason = (enum verdict_reason)prng_below(r, REASON_COUNT)};

    anyview_text(r, a.message, sizeof a.message);
    return a;
}

static inline struct check_result
anyview_check(struct prng *r)
{
    return (struct check_result){
        .verdict = (enum verdict)prng_below(r, VERDICT_COUNT),
        .reason = (enum verdict_reason)prng_below(r, REASON_COUNT),
        .configured = prng_below(r, 2),
        .required = prng_below(r, 2),
        .dry_run = prng_below(r, 2),
        .evidence = anyview_double(r),
        .value = anyview_double(r),
        .limit = anyview_double(r),
        .pass_evidence = anyview_double(r),
        .pass_limit = anyview_double(r),
        .need_requests = anyview_double(r),
    };
}

static inline struct verdict_view
anyview(struct prng *r)
{
    struct verdict_view v = {
        .state = (enum view_state)prng_below(r, 3),
        .promote = anyview_answer(r),
        .step = anyview_answer(r),
        .evaluated_wall_ms = anyview_time(r),
        .evaluated_mono_ms = anyview_time(r),
        .max_age_ms = anyview_time(r),
        .user_view = prng_below(r, 2),
        .need_requests = anyview_double(r),
        .need_seconds = anyview_double(r),
        .weight = anyview_double(r),
    };

    anyview_text(r, v.run, sizeof v.run);
    anyview_text(r, v.id, sizeof v.id);
    anyview_text(r, v.service, sizeof v.service);
    anyview_text(r, v.ns, sizeof v.ns);
    anyview_text(r, v.canary, sizeof v.canary);
    anyview_text(r, v.baseline, sizeof v.baseline);
    anyview_text(r, v.revision, sizeof v.revision);
    anyview_text(r, v.policy, sizeof v.policy);
    for (size_t i = 0; i < ARM_COUNT; i++)
        v.arm[i] = (struct view_arm){prng_next(r), anyview_double(r), anyview_double(r),
                                     anyview_double(r), anyview_double(r)};
    for (size_t i = 0; i < CHECK_COUNT; i++)
        v.checks[i] = anyview_check(r);
    return v;
}

#endif
