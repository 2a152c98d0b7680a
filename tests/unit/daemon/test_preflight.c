#include "tests/support/check.h"

#include "daemon/preflight.h"

#include <string.h>

#define SERIES(part, rest, value)                                                                  \
    "{\"metric\":{\"verdictd_part\":\"" part "\"" rest "},\"value\":[1700000000,\"" value "\"]}"
#define AT(instance) ",\"instance\":\"" instance "\",\"pod\":\"p-" instance "\""
#define OF(revision)                                                                               \
    ",\"destination_canonical_revision\":\"" revision "\",\"destination_workload\":\"r-" revision  \
    "\",\"reporter\":\"source\""
#define CELL(revision, code, value)                                                                \
    SERIES("user_cells",                                                                           \
           AT("a") OF(revision) ",\"response_code\":\"" code "\",\"response_flags\":\"-\"", value)
#define BUCKET(revision, le, value)                                                                \
    SERIES("user_buckets", AT("a") OF(revision) ",\"le\":\"" le "\"", value)
#define TIME(value) SERIES("user_times", ",\"instance\":\"a\",\"reporter\":\"source\"", value)
#define NOW "1700000000"

static const struct preset_service service = {
    .ns = "prod", .name = "reviews", .key = "revision", .canary = "v2"};

static struct preflight
flight(struct arena *a, const struct preset_service *s, const char *series)
{
    struct policy policy = {
        .p95 = {.on = true, .max_ms = 200}, .slo = {.p95_ms = 100}, .latency_margin_ms = 60};
    struct preflight       p = {.arena = a};
    struct preflight_asked asked = {
        .service = s, .policy = &policy, .at_ms = 1700000005000, .scrape_interval_ms = 15000};
    struct promreply reply;
    struct err       err = {0};
    char            *body = arena_printf(
                   a, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[%s]}}", series);

    assert_int_equal(promreply_parse(a, slice_of(body), NULL, &reply, &err), STATUS_OK);
    preflight_read(&p, &asked, &reply);
    return p;
}

/* The finding of that subject that says so. */
static enum preflight_level
level_of(const struct preflight *p, const char *about, const char *says)
{
    for (size_t i = 0; i < p->found.n; i++)
        if (!strcmp(p->found.at[i].about, about) && strstr(p->found.at[i].text, says))
            return p->found.at[i].level;
    for (size_t i = 0; i < p->found.n; i++)
        print_message("%s %s: %s\n", preflight_level_text(p->found.at[i].level),
                      p->found.at[i].about, p->found.at[i].text);
    fail_msg("nothing about %s says %s", about, says);
    return PREFLIGHT_OK;
}

#define BUCKETS(revision)                                                                          \
    BUCKET(revision, "50", "40")                                                                   \
    "," BUCKET(revision, "100", "150") "," BUCKET(revision, "250",                                 \
                                                  "295") "," BUCKET(revision, "+Inf", "300")
#define GOOD                                                                                       \
    CELL("v1", "200", "290")                                                                       \
    "," CELL("v1", "503", "10") "," CELL("v2", "200",                                              \
                                         "30") "," BUCKETS("v1") "," BUCKETS("v2") "," TIME(NOW)

static void
all_is_there(void **state)
{
    struct arena     a = {0};
    struct preflight p = flight(&a, &service, GOOD);

    (void)state;
    assert_false(preflight_refused(&p));
    assert_int_equal(level_of(&p, "requests", "3 counters of 1 instances, as callers"),
                     PREFLIGHT_OK);
    assert_int_equal(level_of(&p, "requests", "none as servers"), PREFLIGHT_NOTE);
    assert_int_equal(
        level_of(&p, "labels", "response_code, as callers saw it: 200 (320), 503 (10)"),
        PREFLIGHT_OK);
    assert_int_equal(level_of(&p, "versions", "v1, v2"), PREFLIGHT_OK);
    assert_int_equal(level_of(&p, "versions", "canary v2 is there"), PREFLIGHT_OK);
    assert_int_equal(level_of(&p, "versions", "every other version is there"), PREFLIGHT_OK);
    assert_int_equal(level_of(&p, "bounds", "50 100 250 +Inf ms"), PREFLIGHT_OK);
    /* 80 of 600 are at or under 50 ms, 300 under 100: at most half exceed it */
    assert_int_equal(level_of(&p, "bounds", "compared at 100 250 ms"), PREFLIGHT_OK);
    assert_int_equal(level_of(&p, "bounds", "200 ms lies between the bounds 100 and 250"),
                     PREFLIGHT_NOTE);
    assert_int_equal(level_of(&p, "bounds",
                              "with 60 ms more, the nearest bounds of the canary beside the "
                              "baseline's are, in ms, 100: 250 to abort and 100 to pass, 250: "
                              "nothing to abort and 250 to pass"),
                     PREFLIGHT_NOTE);
    assert_int_equal(level_of(&p, "bounds", "slo.p95_ms: 100 ms is a bound"), PREFLIGHT_OK);
    assert_int_equal(level_of(&p, "samples", "5.0 s ago"), PREFLIGHT_OK);
    assert_int_equal(level_of(&p, "signals", "proxyStatsMatcher"), PREFLIGHT_NOTE);
    arena_release(&a);
}

static void
what_is_missing_is_named(void **state)
{
    static const struct {
        const char          *series, *about, *says;
        enum preflight_level level;
        bool                 refused;
    } cases[] = {
        {"", "requests", "no series match", PREFLIGHT_REFUSED, true},
        {SERIES("user_cells", OF("v1") ",\"response_code\":\"200\"", "7"), "labels",
         "instance has no value", PREFLIGHT_REFUSED, true},
        {SERIES("user_cells", OF("v1") ",\"response_code\":\"200\"", "7"), "no_instance_label",
         "instance", PREFLIGHT_REFUSED, true},
        {SERIES("user_cells", AT("a") OF("v1") ",\"response_code\":\"200\"", "7") "," TIME(NOW),
         "labels", "response_flags has no value", PREFLIGHT_NOTE, false},
        {CELL("v1", "200", "7") "," TIME(NOW), "versions", "canary v2 is not there", PREFLIGHT_NOTE,
         false},
        {CELL("v2", "200", "7") "," TIME(NOW), "versions", "baseline every other version is not",
         PREFLIGHT_NOTE, false},
        {CELL("latest", "200", "7") "," CELL("unknown", "200", "7") "," TIME(NOW), "versions",
         "all are called", PREFLIGHT_REFUSED, true},
        {CELL("v1", "200", "7") "," TIME(NOW), "bounds", "no durations", PREFLIGHT_NOTE, false},
        {CELL("v1", "200", "7") "," TIME("1699999000"), "stale_data", "1005 s old",
         PREFLIGHT_REFUSED, true},
        {GOOD "," BUCKET("v3", "50", "1") "," BUCKET("v3", "+Inf", "2"), "buckets_differ",
         "different bucket bounds", PREFLIGHT_REFUSED, true},
        {CELL("v1", "200", "0.5"), "source_error", "whole number", PREFLIGHT_REFUSED, true},
        {CELL("v1", "200", "7") "," SERIES(
             "user_signals", AT("a") ",\"__name__\":\"envoy_cluster_upstream_rq_retry\"", "3"),
         "signals", "reported: retries", PREFLIGHT_OK, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena     a = {0};
        struct preflight p = flight(&a, &service, cases[i].series);

        assert_int_equal(level_of(&p, cases[i].about, cases[i].says), cases[i].level);
        assert_int_equal(preflight_refused(&p), cases[i].refused);
        arena_release(&a);
    }
}

/* The greatest first; what is too long a list is counted. */
static void
values_by_their_weight(void **state)
{
    struct arena     a = {0};
    struct text      series;
    const char      *list;
    struct err       err = {0};
    struct promreply reply;
    char            *body;

    (void)state;
    text_init(&series, 1 << 16);
    for (int k = 0; k < 30; k++)
        text_printf(&series, "%s{\"metric\":{\"x\":\"v%d\"},\"value\":[1,\"%d\"]}", k ? "," : "", k,
                    k == 7 ? 1000 : k);
    body = arena_printf(
        &a, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[%s]}}",
        series.p);
    assert_int_equal(promreply_parse(&a, slice_of(body), NULL, &reply, &err), STATUS_OK);
    list = preflight_values(&a, &service, &reply, PRESET_PART_COUNT, "x");
    assert_int_equal(strncmp(list, "v7 (1000), v29 (29), v28 (28), ", 31), 0);
    assert_non_null(strstr(list, " and 18 more"));
    assert_string_equal(preflight_values(&a, &service, &reply, PRESET_PART_COUNT, "y"), "");
    text_release(&series);
    arena_release(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_there),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(values_by_their_weight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
