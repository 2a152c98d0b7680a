#include "analyzer/data.h"
#include "tests/support/check.h"

static const struct policy usual = {.error_rate = {.on = true}, .min_requests = 100};
static const struct policy no_comparison = {.success_rate = {.on = true}, .min_requests = 100};
static const struct policy nothing = {.min_requests = 100};

enum { NOW = 1000000, OLDEST = 30000 };

/* A run with everything there. */
static struct data_facts
plenty(void)
{
    return (struct data_facts){
        .policy = &usual,
        .now_ms = NOW,
        .snapshot_ms = NOW - 1000,
        .sight = {.canary_seen = true,
                  .baseline_seen = true,
                  .n_keys = 2,
                  .most_workloads = 1,
                  .newest_ms = {NOW - 2000, NOW - 2000}},
        .max_age_ms = OLDEST,
        .requests = {500, 4500},
        .judged = 100,
        .canary_first_ms = 1,
        .canary_last_ms = NOW - 2000,
        .weight = NAN,
    };
}

static void
says(int line, const struct data_facts *f, enum verdict_reason want)
{
    enum verdict_reason got = data_reason(f);

    if (got != want)
        fail_msg("line %d: %s, want %s", line, verdict_reason_text(got), verdict_reason_text(want));
}

/* One fact is another than in plenty(). */
#define WITH(change, want)                                                                         \
    do {                                                                                           \
        struct data_facts f = plenty();                                                            \
                                                                                                   \
        change;                                                                                    \
        says(__LINE__, &f, REASON_##want);                                                         \
    } while (0)

static void
each_fact_has_its_reason(void **state)
{
    (void)state;
    WITH((void)f, NONE);
    WITH(f.blind = REASON_SOURCE_UNREACHABLE, SOURCE_UNREACHABLE);
    WITH(f.blind = REASON_BUCKETS_DIFFER, BUCKETS_DIFFER);
    WITH(f.snapshot_ms = 0, STARTING);
    WITH(f.sight.only_placeholders = true, VERSIONS_INDISTINGUISHABLE);
    WITH((f.lost = 11, f.lost_of = 1000), UNATTRIBUTED_FAULTS);
    WITH((f.lost = 10, f.lost_of = 1000), NONE); /* 1 % is the most that is noise */
    WITH((f.lost = 9, f.lost_of = 9), NONE);     /* and so few say nothing */
    WITH((f.lost = 10, f.lost_of = 10, f.judged = 0), UNATTRIBUTED_FAULTS);
    WITH((f.lost = 10, f.lost_of = 10, f.requests[ARM_CANARY] = 0), NO_TRAFFIC);
    WITH((f.lost = 10, f.lost_of = 10, f.canary_last_ms = NOW - DATA_SILENCE_MS - 1), NO_TRAFFIC);
    WITH(f.requests[ARM_CANARY] = 0, NO_TRAFFIC);
    WITH(f.requests[ARM_BASELINE] = 0, NO_BASELINE);
    WITH((f.requests[ARM_BASELINE] = 0, f.policy = &no_comparison), NONE);
    WITH(f.policy = &nothing, NOT_COMPARABLE);
    WITH(f.judged = 0, WARMING_UP);
    WITH(f.judged = 99, TOO_FEW_REQUESTS);
    WITH(f.judged = 100, NONE);
}

static void
too_old_is_stale(void **state)
{
    (void)state;
    WITH(f.snapshot_ms = NOW - OLDEST, NONE);
    WITH(f.snapshot_ms = NOW - OLDEST - 1, STALE_DATA);
    WITH(f.counted_ms = NOW + OLDEST, NONE);
    WITH(f.counted_ms = NOW + OLDEST + 1, STALE_DATA); /* the clock went back */
    WITH(f.view_ms = NOW - OLDEST, NONE);
    WITH(f.view_ms = NOW - OLDEST - 1, STALE_DATA); /* snapshots come, but empty */
    WITH(f.sight.newest_ms[ARM_CANARY] = NOW - OLDEST, NONE);
    WITH(f.sight.newest_ms[ARM_CANARY] = NOW - OLDEST - 1, STALE_DATA);
    WITH(f.sight.newest_ms[ARM_BASELINE] = NOW - OLDEST - 1, STALE_DATA);
    WITH(f.sight.newest_ms[ARM_CANARY] = 0, NONE);          /* no series is not an old one */
    WITH(f.sight.newest_ms[ARM_CANARY] = NOW + 4000, NONE); /* its clock is ahead */
}

static void
silence_is_no_traffic_again(void **state)
{
    (void)state;
    WITH(f.canary_last_ms = NOW - DATA_SILENCE_MS, NONE);
    WITH(f.canary_last_ms = NOW - DATA_SILENCE_MS - 1, NO_TRAFFIC);
}

/* What a person would look at first comes first. */
static void
the_first_thing_missing_is_told(void **state)
{
    (void)state;
    struct data_facts f = plenty();

    f.judged = 0;
    says(__LINE__, &f, REASON_WARMING_UP);
    f.canary_last_ms = NOW - DATA_SILENCE_MS - 1;
    says(__LINE__, &f, REASON_NO_TRAFFIC);
    f.requests[ARM_BASELINE] = 0;
    says(__LINE__, &f, REASON_NO_BASELINE);
    f.requests[ARM_CANARY] = 0;
    says(__LINE__, &f, REASON_NO_TRAFFIC);
    f.snapshot_ms = NOW - OLDEST - 1;
    says(__LINE__, &f, REASON_STALE_DATA);
    f.sight.only_placeholders = true;
    says(__LINE__, &f, REASON_VERSIONS_INDISTINGUISHABLE);
    f.snapshot_ms = 0;
    says(__LINE__, &f, REASON_STARTING);
    f.blind = REASON_SOURCE_ERROR;
    says(__LINE__, &f, REASON_SOURCE_ERROR);
}

static void
one_label_for_both_versions(void **state)
{
    static const struct {
        bool                canary, baseline;
        uint32_t            keys, workloads;
        double              weight;
        uint64_t            since_weight;
        enum verdict_reason want;
    } cases[] = {
        /* the canary's value is seen nowhere, and one value covers two workloads */
        {false, true, 1, 2, NAN, 0, REASON_VERSIONS_INDISTINGUISHABLE},
        {false, true, 2, 2, NAN, 0, REASON_VERSIONS_INDISTINGUISHABLE},
        /* one workload: the canary may just not be there yet */
        {false, true, 1, 1, NAN, 0, REASON_NO_TRAFFIC},
        {false, true, 1, 1, NAN, 100000, REASON_NO_TRAFFIC}, /* nobody said how much it gets */
        {false, true, 1, 1, 0, 100000, REASON_NO_TRAFFIC},   /* nothing, on purpose */
        /* 50 requests were to be expected: the chance of none is e^-50 */
        {false, true, 1, 1, 5, 999, REASON_NO_TRAFFIC},
        {false, true, 1, 1, 5, 1000, REASON_VERSIONS_INDISTINGUISHABLE},
        {false, true, 2, 1, 5, 1000, REASON_NO_TRAFFIC}, /* some other version is told apart */
        /* the canary's value covers the baseline's workload, too */
        {true, false, 1, 2, NAN, 0, REASON_VERSIONS_INDISTINGUISHABLE},
        {true, false, 1, 1, NAN, 0, REASON_NO_TRAFFIC},
        /* nothing at all is no traffic */
        {false, false, 0, 0, 50, 0, REASON_NO_TRAFFIC},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct data_facts f = plenty();

        f.requests[ARM_CANARY] = 0;
        f.sight.canary_seen = cases[i].canary;
        f.sight.baseline_seen = cases[i].baseline;
        f.sight.n_keys = cases[i].keys;
        f.sight.most_workloads = cases[i].workloads;
        f.weight = cases[i].weight;
        f.since_weight = cases[i].since_weight;
        says((int)i, &f, cases[i].want);
    }
}

/* "Cannot tell at all" is every reason that more requests do not mend. */
static void
missing_is_not_the_same_as_too_few(void **state)
{
    static const enum verdict_reason missing[] = {
        REASON_STARTING,           REASON_NO_TRAFFIC,
        REASON_NO_BASELINE,        REASON_VERSIONS_INDISTINGUISHABLE,
        REASON_SOURCE_UNREACHABLE, REASON_SOURCE_ERROR,
        REASON_STALE_DATA,         REASON_NO_INSTANCE_LABEL,
        REASON_TOO_MANY_SERIES,    REASON_BUCKETS_DIFFER};
    size_t n = 0;
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(missing); i++)
        assert_true(data_is_missing(missing[i]));
    for (enum verdict_reason r = 0; r < REASON_COUNT; r++)
        n += data_is_missing(r);
    assert_int_equal(n, ARRAY_LEN(missing));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fact_has_its_reason),
        cmocka_unit_test(too_old_is_stale),
        cmocka_unit_test(silence_is_no_traffic_again),
        cmocka_unit_test(the_first_thing_missing_is_told),
        cmocka_unit_test(one_label_for_both_versions),
        cmocka_unit_test(missing_is_not_the_same_as_too_few),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
