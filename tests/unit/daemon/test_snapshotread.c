#include "tests/support/check.h"

#include "daemon/snapshotread.h"

#include <string.h>

#define CELL(part, reporter, rest, value)                                                          \
    "{\"metric\":{\"verdictd_part\":\"" part "\",\"reporter\":\"" reporter                         \
    "\",\"instance\":\"i1\",\"pod\":\"p1\"" rest "},\"value\":[1700000000,\"" value "\"]}"
#define USER_CELL(value)                                                                           \
    CELL("user_cells", "source",                                                                   \
         ",\"destination_canonical_revision\":\"v2\",\"destination_version\":\"2.0\","             \
         "\"destination_workload\":\"reviews\",\"response_code\":\"200\","                         \
         "\"grpc_response_status\":\"0\",\"response_flags\":\"-\"",                                \
         value)
#define BUCKET(le, value)                                                                          \
    CELL("attempt_buckets", "destination",                                                         \
         ",\"destination_canonical_revision\":\"v2\",\"le\":\"" le "\"", value)
#define TIME(part, reporter, value)                                                                \
    "{\"metric\":{\"verdictd_part\":\"" part "\",\"reporter\":\"" reporter                         \
    "\",\"instance\":\"i1\"},\"value\":[1700000000,\"" value "\"]}"

static enum status
take_as(struct arena *a, const char *series, const struct preset_service *service,
        struct snapshot *out, struct err *err)
{
    struct promreply reply;
    char            *body = arena_printf(a,
                                         "{\"status\":\"success\",\"data\":{\"resultType\":"
                                                    "\"vector\",\"result\":[%s]}}",
                                         series);

    *err = (struct err){0};
    assert_int_equal(promreply_parse(a, slice_of(body), NULL, &reply, err), STATUS_OK);
    return snapshotread_reply(a, &reply, service, 1700000000500, out, err);
}

static enum status
take(struct arena *a, const char *series, const char *key, struct snapshot *out, struct err *err)
{
    struct preset_service service = {.key = key};

    return take_as(a, series, &service, out, err);
}

static void
every_part_finds_its_place(void **state)
{
    struct arena                 a = {0};
    struct snapshot              s;
    struct err                   err;
    const struct snapshot_group *g;

    (void)state;
    assert_int_equal(take(&a,
                          USER_CELL("1200") "," BUCKET("250", "7") "," BUCKET("+Inf", "9") "," TIME(
                              "user_times", "source",
                              "1699999998.125") "," TIME("attempt_times", "destination", "1.7e9"),
                          "revision", &s, &err),
                     STATUS_OK);
    assert_int_equal(s.at_ms, 1700000000500);
    assert_ptr_equal(s.arena, &a);
    assert_int_equal(s.view[VIEW_USER].groups.n, 1);
    g = &s.view[VIEW_USER].groups.at[0];
    assert_int_equal(g->kind, SNAPSHOT_CELL);
    assert_true(slice_is(g->instance, "i1") && slice_is(g->pod, "p1"));
    assert_true(slice_is(g->key, "v2") && slice_is(g->revision, "v2"));
    assert_true(slice_is(g->version, "2.0") && slice_is(g->workload, "reviews"));
    assert_true(slice_is(g->code, "200") && slice_is(g->grpc, "0") && slice_is(g->flags, "-"));
    check_close(g->value, 1200, 0);
    assert_int_equal(s.view[VIEW_ATTEMPT].groups.n, 2);
    g = &s.view[VIEW_ATTEMPT].groups.at[0];
    assert_int_equal(g->kind, SNAPSHOT_BUCKET);
    check_close(g->le_ms, 250, 0);
    check_close(g->value, 7, 0);
    assert_true(isinf(s.view[VIEW_ATTEMPT].groups.at[1].le_ms));
    assert_int_equal(s.view[VIEW_USER].instances.n, 1);
    assert_int_equal(s.view[VIEW_USER].instances.at[0].sample_ms, 1699999998125);
    assert_int_equal(s.view[VIEW_ATTEMPT].instances.at[0].sample_ms, 1700000000000);
    arena_release(&a);
}

static void
a_key_of_its_own_label(void **state)
{
    struct arena    a = {0};
    struct snapshot s;
    struct err      err;

    (void)state;
    assert_int_equal(
        take(&a,
             CELL("attempt_cells", "destination", ",\"rollouts_pod_template_hash\":\"6d4f\"", "3"),
             "pod_template_hash", &s, &err),
        STATUS_OK);
    assert_true(slice_is(s.view[VIEW_ATTEMPT].groups.at[0].key, "6d4f"));
    assert_int_equal(s.view[VIEW_ATTEMPT].groups.at[0].revision.n, 0);
    arena_release(&a);
}

/* Waypoint and source report the same requests: adding them counts twice. */
static void
waypoints_win_over_sources(void **state)
{
    static const struct {
        const char *series;
        size_t      user, user_times, attempt;
    } cases[] = {
        {USER_CELL("1") "," TIME("user_times", "source", "1"), 1, 1, 0},
        {USER_CELL("1") "," CELL("user_cells", "waypoint", "", "2") "," TIME(
             "user_times", "source", "1") "," TIME("user_times", "waypoint",
                                                   "1") "," CELL("attempt_cells", "destination", "",
                                                                 "5"),
         1, 1, 1},
        {CELL("user_cells", "waypoint", "", "2"), 1, 0, 0},
        {"", 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena    a = {0};
        struct snapshot s;
        struct err      err;

        assert_int_equal(take(&a, cases[i].series, "revision", &s, &err), STATUS_OK);
        assert_int_equal(s.view[VIEW_USER].groups.n, cases[i].user);
        assert_int_equal(s.view[VIEW_USER].instances.n, cases[i].user_times);
        assert_int_equal(s.view[VIEW_ATTEMPT].groups.n, cases[i].attempt);
        if (i == 1)
            check_close(s.view[VIEW_USER].groups.at[0].value, 2, 0);
        arena_release(&a);
    }
}

/* The ledger tells people what a missing instance label means; it must see it. */
static void
a_missing_instance_stays_empty(void **state)
{
    struct arena    a = {0};
    struct snapshot s;
    struct err      err;

    (void)state;
    assert_int_equal(take(&a,
                          "{\"metric\":{\"verdictd_part\":\"user_cells\",\"reporter\":\"source\"},"
                          "\"value\":[1,\"5\"]}",
                          "version", &s, &err),
                     STATUS_OK);
    assert_int_equal(s.view[VIEW_USER].groups.at[0].instance.n, 0);
    arena_release(&a);
}

static void
what_is_refused(void **state)
{
    static const struct {
        const char *series, *why;
    } cases[] = {
        {CELL("", "source", "", "1"), "no known kind"},
        {CELL("user_things", "source", "", "1"), "no known kind"},
        {"{\"metric\":{\"instance\":\"i1\"},\"value\":[1,\"1\"]}", "no known kind"},
        {CELL("user_cells", "source", ",\"node\":\"n1\"", "1"), "\"node\" was not asked for"},
        {USER_CELL("NaN"), "no whole number"},
        {USER_CELL("+Inf"), "no whole number"},
        {USER_CELL("-1"), "no whole number"},
        {USER_CELL("0.5"), "no whole number"},
        {USER_CELL("9007199254740993e1"), "no whole number"},
        {BUCKET("", "1"), "bucket bound"},
        {BUCKET("a", "1"), "bucket bound"},
        {BUCKET("0", "1"), "bucket bound"},
        {BUCKET("-5", "1"), "bucket bound"},
        {BUCKET("NaN", "1"), "bucket bound"},
        {BUCKET("-Inf", "1"), "bucket bound"},
        {CELL("user_buckets", "source", "", "1"), "bucket bound"},
        {TIME("user_times", "source", "0"), "sample time"},
        {TIME("user_times", "source", "NaN"), "sample time"},
        {TIME("user_times", "source", "1e15"), "sample time"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena    a = {0};
        struct snapshot s;
        struct err      err;
        char           *series = arena_printf(&a, "%s,%s", USER_CELL("1"), cases[i].series);

        assert_int_equal(take(&a, series, "revision", &s, &err), STATUS_MALFORMED);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].series, err.text);
        assert_int_equal(s.view[VIEW_USER].groups.n, 0);
        arena_release(&a);
    }
}

static void
only_vectors(void **state)
{
    const struct promreply scalar = {.kind = PROMREPLY_SCALAR};
    struct preset_service  service = {.key = "version"};
    struct arena           a = {0};
    struct snapshot        s;
    struct err             err = {0};

    (void)state;
    assert_int_equal(snapshotread_reply(&a, &scalar, &service, 1, &s, &err), STATUS_MALFORMED);
    arena_release(&a);
}

#define SERIES(part, rest, value)                                                                  \
    "{\"metric\":{\"verdictd_part\":\"" part "\",\"instance\":\"i1\"" rest                         \
    "},\"value\":[1700000000,\"" value "\"]}"
#define SIGNAL(name, cluster, value)                                                               \
    SERIES("user_signals", ",\"__name__\":\"" name "\",\"cluster_name\":\"" cluster "\"", value)

/* Envoy's names of clusters: subset and host; a waypoint's in its own way.
 * What is no signal of ours, or no count, is not worth a hold. */
static void
signals_are_read(void **state)
{
    static const struct {
        const char      *series;
        enum mesh_signal what;
        const char      *subset, *host;
    } cases[] = {
        {SIGNAL("envoy_cluster_upstream_rq_retry",
                "outbound|9080|v2|reviews.prod.svc.cluster.local", "7"),
         MESH_SIGNAL_RETRIES, "v2", "reviews.prod.svc.cluster.local"},
        {SIGNAL("envoy_cluster_circuit_breakers_default_rq_open",
                "outbound|9080||reviews.prod.svc.x", "1"),
         MESH_SIGNAL_BREAKER_OPEN, "", "reviews.prod.svc.x"},
        {SIGNAL("envoy_cluster_upstream_cx_active", "inbound-vip|9080|http/v2|reviews.prod.svc.x",
                "1"),
         MESH_SIGNAL_CONNECTIONS, "v2", "reviews.prod.svc.x"},
        {SIGNAL("envoy_cluster_upstream_cx_active", "inbound-vip|9080|http|reviews.prod.svc.x",
                "1"),
         MESH_SIGNAL_CONNECTIONS, "", "reviews.prod.svc.x"},
        {SIGNAL("envoy_cluster_upstream_cx_active", "", "NaN"), MESH_SIGNAL_CONNECTIONS, "", ""},
        {SIGNAL("envoy_cluster_something_else", "a|b|c|d", "1"), MESH_SIGNAL_COUNT, "", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena    a = {0};
        struct snapshot s;
        struct err      err;

        assert_int_equal(take(&a, cases[i].series, "revision", &s, &err), STATUS_OK);
        assert_int_equal(s.signals.n, cases[i].what != MESH_SIGNAL_COUNT);
        if (s.signals.n) {
            assert_int_equal(s.signals.at[0].what, cases[i].what);
            assert_true(slice_is(s.signals.at[0].subset, cases[i].subset));
            assert_true(slice_is(s.signals.at[0].host, cases[i].host));
        }
        arena_release(&a);
    }
}

/* Whatever the key, and whatever Envoy put where it knew nothing. */
static void
unrouted_are_nobodys(void **state)
{
    struct arena                 a = {0};
    struct snapshot              s;
    struct err                   err;
    const struct snapshot_group *g;

    (void)state;
    assert_int_equal(take(&a,
                          CELL("user_unrouted", "source",
                               ",\"response_code\":\"404\",\"response_flags\":\"NR\"", "5"),
                          "service", &s, &err),
                     STATUS_OK);
    g = &s.view[VIEW_USER].groups.at[0];
    assert_int_equal(g->kind, SNAPSHOT_CELL);
    assert_int_equal(g->key.n + g->version.n + g->revision.n + g->workload.n, 0);
    assert_true(slice_is(g->flags, "NR") && slice_is(g->pod, "p1"));
    assert_int_equal(class_of(g->code, g->grpc, g->flags), CLASS_INFRASTRUCTURE);
    arena_release(&a);
}

/* Each mesh's own words, and the class that they come to. */
static void
every_mesh_in_its_own_words(void **state)
{
#define LINKERD(rest) SERIES("user_cells", ",\"dst_deployment\":\"reviews\"" rest, "5")
#define NGINX(rest) SERIES("user_cells", rest, "5")
    static const struct {
        const char *preset, *series, *version;
        enum class class;
    } cases[] = {
        {"linkerd", LINKERD(",\"classification\":\"success\",\"status_code\":\"200\""), "reviews",
         CLASS_OK},
        {"linkerd", LINKERD(",\"classification\":\"failure\",\"status_code\":\"503\""), "reviews",
         CLASS_APP},
        {"linkerd",
         LINKERD(",\"classification\":\"failure\",\"status_code\":\"200\",\"grpc_status\":\"14\""),
         "reviews", CLASS_APP},
        {"linkerd", LINKERD(",\"classification\":\"failure\""), "reviews", CLASS_APP},
        {"linkerd", LINKERD(",\"classification\":\"failure\",\"error\":\"unexpected end of file\""),
         "reviews", CLASS_APP},
        {"linkerd", LINKERD(",\"classification\":\"failure\",\"error\":\"FAIL_FAST\""), "reviews",
         CLASS_INFRASTRUCTURE},
        {"linkerd", LINKERD(",\"classification\":\"success\""), "reviews", CLASS_OK},
        {"linkerd-route",
         SERIES(
             "user_cells",
             ",\"backend_name\":\"reviews-v2\",\"http_status\":\"\",\"error\":\"REQUEST_TIMEOUT\"",
             "5"),
         "reviews-v2", CLASS_APP},
        {"envoy-gateway",
         SERIES(
             "user_cells",
             ",\"envoy_cluster_name\":\"httproute/prod/r/rule/1\",\"envoy_response_code\":\"503\"",
             "5"),
         "httproute/prod/r/rule/1", CLASS_APP},
        {"nginx", NGINX(",\"canary\":\"prod-reviews-canary-80\",\"status\":\"502\""), "canary",
         CLASS_APP},
        {"nginx", NGINX(",\"canary\":\"\",\"status\":\"200\""), "stable", CLASS_OK},
        {"nginx", NGINX(",\"status\":\"499\""), "stable", CLASS_CLIENT},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct preset_service        service = {.preset = cases[i].preset};
        struct arena                 a = {0};
        struct snapshot              s;
        struct err                   err;
        const struct snapshot_group *g;

        if (take_as(&a, cases[i].series, &service, &s, &err))
            fail_msg("%s: %s", cases[i].series, err.text);
        g = &s.view[VIEW_USER].groups.at[0];
        assert_true(slice_is(g->key, cases[i].version));
        assert_int_equal(class_of(g->code, g->grpc, g->flags), cases[i].class);
        arena_release(&a);
    }
}

/* Seconds become milliseconds without a rest; milliseconds stay. */
static void
bounds_in_seconds(void **state)
{
    static const struct {
        const char *preset, *le;
        double      le_ms;
    } cases[] = {
        {"nginx", "0.005", 5},   {"nginx", "1.1", 1100},
        {"nginx", "0.3", 300},   {"nginx", "+Inf", (double)INFINITY},
        {"linkerd", "0.5", 0.5}, {"custom", "2.5", 2500},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct preset_service service = {.preset = cases[i].preset};
        struct arena          a = {0};
        struct snapshot       s;
        struct err            err;
        char *series = arena_printf(&a, SERIES("user_buckets", ",\"le\":\"%s\"", "7"), cases[i].le);

        assert_int_equal(take_as(&a, series, &service, &s, &err), STATUS_OK);
        assert_true(s.view[VIEW_USER].groups.at[0].le_ms == cases[i].le_ms);
        arena_release(&a);
    }
}

/* The user's own names of labels, and servers as reporters. */
static void
names_of_the_users_own(void **state)
{
    struct preset_service        service = {.preset = "custom",
                                            .key = "app_version",
                                            .by_servers = true,
                                            .label[PRESET_LABEL_CODE] = "http_code",
                                            .label[PRESET_LABEL_POD] = "kubernetes_pod_name"};
    struct arena                 a = {0};
    struct snapshot              s;
    struct err                   err;
    const struct snapshot_group *g;

    (void)state;
    assert_int_equal(take_as(&a,
                             SERIES("attempt_cells",
                                    ",\"app_version\":\"v2\",\"http_code\":\"500\","
                                    "\"kubernetes_pod_name\":\"p9\"",
                                    "5"),
                             &service, &s, &err),
                     STATUS_OK);
    g = &s.view[VIEW_ATTEMPT].groups.at[0];
    assert_true(slice_is(g->key, "v2") && slice_is(g->pod, "p9") && slice_is(g->code, "500"));
    arena_release(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_finds_its_place),
        cmocka_unit_test(a_key_of_its_own_label),
        cmocka_unit_test(waypoints_win_over_sources),
        cmocka_unit_test(a_missing_instance_stays_empty),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(only_vectors),
        cmocka_unit_test(signals_are_read),
        cmocka_unit_test(unrouted_are_nobodys),
        cmocka_unit_test(every_mesh_in_its_own_words),
        cmocka_unit_test(bounds_in_seconds),
        cmocka_unit_test(names_of_the_users_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
