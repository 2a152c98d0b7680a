#include "analyzer/sentence.h"
#include "tests/unit/analyzer/run_play.h"

static struct play p;

static void
allowed(const struct view_answer *a)
{
    size_t n = strnlen(a->message, sizeof a->message);

    if (n == 0 || n > 200)
        fail_msg("%s: %zu bytes", verdict_reason_text(a->reason), n);
    for (size_t i = 0; i < n; i++)
        if (a->message[i] < 0x20 || a->message[i] > 0x7e || strchr("<>&", a->message[i]))
            fail_msg("%s: byte %02x in %s", verdict_reason_text(a->reason),
                     (unsigned char)a->message[i], a->message);
}

static void
says(enum verdict_reason why, enum check by, const char *want)
{
    struct view_answer a = {.reason = why};

    sentence_write(&p.r, &a, by, p.now_ms);
    allowed(&a);
    if (strcmp(a.message, want) != 0)
        fail_msg("%s: \"%s\", want \"%s\"", verdict_reason_text(why), a.message, want);
}

static void
numbers_are_those_of_the_check_that_decided(void **state)
{
    struct policy policy = play_policy();
    (void)state;

    policy.success_rate.on = policy.p95.on = true;
    policy.success_rate.min_requests = 1000;
    policy.success_rate.window_ms = 120000;
    policy.p95.min_requests = 500;
    play_start(&p, &policy);
    play_well(&p, 14, 30, 270); /* two of them judged */
    run_asked(&p.r, 10, p.now_ms);
    (void)play(&p, 5000, 25, 0, 225, 0); /* in the settle time: not for the error rate */
    says(REASON_TOO_FEW_REQUESTS, CHECK_DATA, "canary 85 of 100 requests; about 3 s more at 5.0/s");
    says(REASON_TOO_FEW_REQUESTS, CHECK_ERROR_RATE,
         "canary 60 of 100 requests; about 8 s more at 5.0/s");
    says(REASON_TOO_FEW_REQUESTS, CHECK_SUCCESS_RATE,
         "canary 85 of 1000 requests within 120 s for success_rate");
    says(REASON_TOO_FEW_REQUESTS, CHECK_P95, "canary 0 of 500 timed requests within 60 s for p95");
    says(REASON_TOO_FEW_REQUESTS, CHECK_COUNT,
         "canary 25 of 100 requests; about 15 s more at 5.0/s");
    says(REASON_TOO_FEW_REQUESTS, CHECK_GUARD, verdict_reason_help(REASON_TOO_FEW_REQUESTS));
}

static void
evidence_comes_with_its_counts(void **state)
{
    (void)state;
    struct policy policy = play_policy();
    char          want[VIEW_MESSAGE_BYTES];

    play_start(&p, &policy);
    play_well(&p, 12, 100, 900);
    for (int i = 0; i < 40 && p.r.state != RUN_ABORTED; i++)
        (void)play(&p, 5000, 100, 10, 900, 1);
    PLAY_PROMOTE(&p, ABORT, ERROR_RATE_WORSE);
    {
        const struct judgement_sums s = judgement_sums(&p.r.judgement);

        snprintf(want, sizeof want,
                 "canary failed %llu of %llu requests, baseline %llu of %llu; evidence %.3g, "
                 "limit 100",
                 (unsigned long long)s.bad[0], (unsigned long long)s.requests[0],
                 (unsigned long long)s.bad[1], (unsigned long long)s.requests[1],
                 p.r.checks[CHECK_ERROR_RATE].evidence);
    }
    assert_string_equal(p.r.promote.message, want);
}

static void
limits_are_told_with_their_digits(void **state)
{
    struct policy policy = play_policy();
    (void)state;

    policy.success_rate.on = policy.p95.on = true;
    policy.success_rate.min = .999;
    play_start(&p, &policy);
    p.r.checks[CHECK_SUCCESS_RATE].value = .99896;
    p.r.checks[CHECK_SUCCESS_RATE].limit = .999;
    p.r.checks[CHECK_P95].value = 1515.25;
    p.r.checks[CHECK_P95].limit = 250;
    says(REASON_SUCCESS_RATE_LOW, CHECK_SUCCESS_RATE,
         "success rate 0.99896, limit 0.999, over the last 60 s");
    says(REASON_LATENCY_HIGH, CHECK_P95,
         "p95 latency 1515.25 ms, limit 250 ms, over the last 60 s");
}

static void
what_is_missing_is_named(void **state)
{
    struct policy policy = play_policy();
    (void)state;

    play_start(&p, &policy);
    says(REASON_NO_TRAFFIC, CHECK_DATA, "no request to version v2 yet; seen: none");
    play_quiet(&p, 5000);
    says(REASON_NO_TRAFFIC, CHECK_DATA, "no request to version v2 yet; seen: v1, v2");
    says(REASON_VERSIONS_INDISTINGUISHABLE, CHECK_DATA,
         "cannot tell the versions apart by version: want v2, seen v1, v2; choose another key");
    (void)play(&p, 5000, 100, 0, 900, 0);
    (void)play(&p, 5000, 100, 0, 900, 0);
    says(REASON_WARMING_UP, CHECK_DATA, "the canary's first 60 s are not judged; 10 s are over");
    p.now_ms += 130000;
    says(REASON_NO_TRAFFIC, CHECK_DATA, "the canary's last request was 130 s ago");
    says(REASON_STALE_DATA, CHECK_DATA, "the newest samples are 130 s old");
    run_blind(&p.r, REASON_SOURCE_ERROR, "source mesh: <html>&\n no JSON");
    says(REASON_SOURCE_ERROR, CHECK_DATA, "source mesh: (html)+  no JSON");
    run_blind(&p.r, REASON_SOURCE_ERROR, NULL);
    says(REASON_SOURCE_ERROR, CHECK_DATA, verdict_reason_help(REASON_SOURCE_ERROR));
    says(REASON_PROVEN, CHECK_COUNT, verdict_reason_help(REASON_PROVEN));
}

static void
seconds_come_from_the_present_rate(void **state)
{
    struct policy policy = play_policy();
    (void)state;

    play_start(&p, &policy);
    assert_true(isnan(sentence_seconds_for(&p.r, 10))); /* no rate yet */
    (void)play(&p, 5000, 10, 0, 90, 0);
    check_close(sentence_seconds_for(&p.r, 10), 5, 0);
    check_close(sentence_seconds_for(&p.r, 11), 6, 0);
    check_close(sentence_seconds_for(&p.r, 0), 0, 0);
    assert_true(isnan(sentence_seconds_for(&p.r, NAN)));
    (void)play(&p, 5000, 0, 0, 90, 0);
    assert_true(isnan(sentence_seconds_for(&p.r, 10)));
}

static void
any_bytes(struct prng *rnd, char *out, size_t out_bytes)
{
    size_t n = prng_below(rnd, out_bytes);

    for (size_t i = 0; i < n; i++)
        out[i] = (char)(1 + prng_below(rnd, 255));
    out[n] = '\0';
}

static double
any_number(struct prng *rnd)
{
    return prng_below(rnd, 4) == 0 ? prng_bits(rnd) : traffic_uniform(rnd) * 1e6;
}

static int64_t
any_time(struct prng *rnd)
{
    return prng_below(rnd, 3) == 0 ? 0 : (int64_t)prng_below(rnd, UINT64_C(1) << 47);
}

/* Every number and every text of a run that a sentence may hold. */
static void
scramble(struct prng *rnd, struct run *r)
{
    struct run_identity *w = &r->who;

    any_bytes(rnd, w->key, sizeof w->key);
    any_bytes(rnd, w->canary, sizeof w->canary);
    any_bytes(rnd, r->sight.keys, sizeof r->sight.keys);
    any_bytes(rnd, r->found.message, sizeof r->found.message);
    any_bytes(rnd, r->blind_detail, sizeof r->blind_detail);
    r->blind = (enum verdict_reason)prng_below(rnd, REASON_COUNT);
    r->judged = prng_next(rnd);
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        r->requests[arm] = prng_next(rnd);
        r->since_weight[arm] = prng_next(rnd);
        r->sight.newest_ms[arm] = any_time(rnd);
        r->judgement.error_rate.faults.judged.n[arm] = prng_next(rnd);
        r->judgement.error_rate.faults.judged.x[arm] = prng_next(rnd);
    }
    r->canary_first_ms = any_time(rnd);
    r->canary_last_ms = any_time(rnd);
    r->interval_end_ms = any_time(rnd);
    r->snapshot_ms = any_time(rnd);
    r->hold_since_ms = any_time(rnd);
    r->canary_per_s = any_number(rnd);
    r->guard.canary_share = any_number(rnd);
    r->guard.baseline_share = any_number(rnd);
    r->clusters.n = (uint32_t)prng_below(rnd, INTERVAL_MAX_CLUSTERS + 1);
    for (uint32_t k = 0; k < r->clusters.n; k++) {
        any_bytes(rnd, r->clusters.at[k].name, sizeof r->clusters.at[k].name);
        r->clusters.at[k].judged = prng_next(rnd);
        r->clusters.at[k].last_ms = any_time(rnd);
    }
    for (int c = 0; c < CHECK_COUNT; c++) {
        r->checks[c].evidence = any_number(rnd);
        r->checks[c].value = any_number(rnd);
        r->checks[c].limit = any_number(rnd);
        r->checks[c].pass_evidence = any_number(rnd);
        r->checks[c].pass_limit = any_number(rnd);
        r->checks[c].need_requests = any_number(rnd);
    }
}

static void
every_sentence_is_plain_and_short(void **state)
{
    struct policy policy = play_policy();
    struct prng   rnd = {20261122};
    (void)state;

    policy.clusters.min = 3;
    policy.clusters.min_requests = UINT64_C(1) << 60;
    play_start(&p, &policy);
    for (int i = 0; i < 2000; i++) {
        scramble(&rnd, &p.r);
        p.policy.min_requests = prng_next(&rnd);
        p.policy.success_rate.min_requests = prng_next(&rnd);
        p.policy.warm_up_ms = any_time(&rnd);
        p.policy.p95.quantile = any_number(&rnd);
        for (enum verdict_reason why = 0; why < REASON_COUNT; why++) {
            struct view_answer a = {.verdict = (enum verdict)prng_below(&rnd, VERDICT_COUNT),
                                    .reason = why},
                               advice = {.reason = REASON_ADVISORY};

            sentence_write(&p.r, &a, (enum check)prng_below(&rnd, CHECK_COUNT + 1), any_time(&rnd));
            allowed(&a);
            sentence_advisory(&a, &advice);
            allowed(&advice);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_check_that_decided),
        cmocka_unit_test(evidence_comes_with_its_counts),
        cmocka_unit_test(limits_are_told_with_their_digits),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(seconds_come_from_the_present_rate),
        cmocka_unit_test(every_sentence_is_plain_and_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
