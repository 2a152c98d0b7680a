#include "tests/unit/meshsim/mesh.h"

#include "tests/meshsim/sim_mesh.h"

/* 200 requests/s for 20 s, a tenth of them to v2: errors, timeouts, callers
 * that go away. */
#define STORY                                                                                      \
    MESH_SCENARIO("requests_per_second: 200, weights: {v2: 10}",                                   \
                  ", behaviour: {errors: {500: 0.05}, timeout: 0.02, client_closed: 0.02}",        \
                  ", behaviour: {errors: {500: 0.1}, timeout: 0.02}")

/* Sum over proxies of one side of all series of that name and with that in
 * their labels. */
static uint64_t
sum_of(const struct mesh *m, enum sim_side side, const char *name, const char *label)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < m->world->proxies.n; i++) {
        struct text      t;
        struct slice     rest;
        struct mesh_line line;

        if (m->world->proxies.at[i]->side != side)
            continue;
        text_init(&t, SIM_EXPOSITION_MAX_BYTES);
        sim_exposition_write(m->world, m->world->proxies.at[i], &t);
        assert_int_equal(t.status, STATUS_OK);
        rest = text_slice(&t);
        while (rest.n > 0) {
            struct slice one = slice_cut(&rest, '\n');
            size_t       n = strlen(name);
            char         copy[2048];

            if (one.n <= n || !slice_starts(one, name) || one.p[n] != '{')
                continue;
            snprintf(copy, sizeof copy, "%.*s", SLICE_ARG(one));
            if (!strstr(copy, label))
                continue;
            assert_true(mesh_next_line(&(struct slice){one.p, one.n}, &line));
            sum += line.value;
        }
        text_release(&t);
    }
    return sum;
}

/* Each mesh tells the truth of the ledger in its own words. */
static void
every_mesh_tells_the_truth(void **state)
{
    static const struct {
        const char   *mesh, *requests, *durations;
        enum sim_side side;
        const char   *v2, *failed;  /* labels of v2's series, and of its 500s */
        bool          without_code; /* those that ended without a status are counted too */
    } cases[] = {
        {"linkerd", "response_total", "response_latency_ms_count", SIM_SIDE_SOURCE,
         "dst_deployment=\"reviews-v2\"", "status_code=\"500\",classification=\"failure\"", false},
        {"linkerd", "response_total", "response_latency_ms_count", SIM_SIDE_DESTINATION,
         "direction=\"inbound\"", "status_code=\"500\"", true},
        {"linkerd-route", "outbound_http_route_backend_response_statuses_total",
         "outbound_http_route_backend_response_duration_seconds_count", SIM_SIDE_SOURCE,
         "backend_name=\"reviews-v2\"", "http_status=\"500\"", false},
        {"envoy-gateway", "envoy_cluster_upstream_rq", "envoy_cluster_upstream_rq_time_count",
         SIM_SIDE_SOURCE, "envoy_cluster_name=\"httproute/default/reviews/rule/1\"",
         "envoy_response_code=\"500\"", false},
        {"nginx", "nginx_ingress_controller_requests",
         "nginx_ingress_controller_request_duration_seconds_count", SIM_SIDE_SOURCE,
         "canary=\"default-reviews-v2-9080\"", "status=\"500\"", true},
        {"custom", "http_requests_total", "http_request_duration_seconds_count",
         SIM_SIDE_DESTINATION, "version=\"v2\"", "code=\"500\"", false},
        {"istio-ambient", "istio_requests_total", "istio_request_duration_milliseconds_count",
         SIM_SIDE_SOURCE, "destination_version=\"v2\"", "response_code=\"500\"", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mesh m;
        char        yaml[4096];
        double      all, v2, failed;
        int         only =
            cases[i].side == SIM_SIDE_DESTINATION && strcmp(cases[i].mesh, "linkerd") == 0 ? -2 : 1;

        snprintf(yaml, sizeof yaml, "mesh: %s\n" STORY, cases[i].mesh);
        mesh_begin(&m, yaml, 7);
        mesh_advance(&m, 20);
        all = mesh_total(&m, cases[i].side, -2);
        v2 = mesh_total(&m, cases[i].side, only);
        failed =
            mesh_count(&m, cases[i].side, 0, 500, "-") + mesh_count(&m, cases[i].side, 1, 500, "-");
        if (!cases[i].without_code) {
            all -= mesh_count(&m, cases[i].side, 0, 0, "DC") +
                   mesh_count(&m, cases[i].side, 1, 0, "DC");
            v2 -= mesh_count(&m, cases[i].side, 1, 0, "DC");
        }
        assert_true(all > 3000 && failed > 100);
        assert_int_equal(sum_of(&m, cases[i].side, cases[i].requests, ""), (uint64_t)all);
        assert_int_equal(sum_of(&m, cases[i].side, cases[i].durations, ""), (uint64_t)all);
        assert_int_equal(sum_of(&m, cases[i].side, cases[i].requests, cases[i].v2), (uint64_t)v2);
        assert_int_equal(sum_of(&m, cases[i].side, cases[i].durations, cases[i].v2), (uint64_t)v2);
        assert_int_equal(sum_of(&m, cases[i].side, cases[i].requests, cases[i].failed),
                         (uint64_t)failed);
        mesh_end(&m);
    }
}

/* What a side does not report is not there. */
static void
silent_sides(void **state)
{
    static const struct {
        const char   *mesh, *name;
        enum sim_side side;
    } cases[] = {
        {"nginx", "nginx_ingress_controller_requests", SIM_SIDE_DESTINATION},
        {"envoy-gateway", "envoy_cluster_upstream_rq", SIM_SIDE_DESTINATION},
        {"custom", "http_requests_total", SIM_SIDE_SOURCE},
        {"istio-ambient", "istio_requests_total", SIM_SIDE_DESTINATION},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mesh m;
        char        yaml[4096];

        snprintf(yaml, sizeof yaml, "mesh: %s\n" STORY, cases[i].mesh);
        mesh_begin(&m, yaml, 7);
        mesh_advance(&m, 5);
        assert_int_equal(sum_of(&m, cases[i].side, cases[i].name, ""), 0);
        mesh_end(&m);
    }
}

/* Words in the exposition: bounds in seconds, a waypoint's names, ztunnel's. */
static void
words(void **state)
{
    static const struct {
        const char   *mesh, *line;
        enum sim_side side;
    } cases[] = {
        {"nginx", "status=\"499\"", SIM_SIDE_SOURCE},
        {"nginx", "le=\"0.0005\"", SIM_SIDE_SOURCE},
        {"nginx", "le=\"2.5\"", SIM_SIDE_SOURCE},
        {"linkerd", "error=\"REQUEST_TIMEOUT\"", SIM_SIDE_SOURCE},
        {"istio-ambient", "reporter=\"waypoint\"", SIM_SIDE_SOURCE},
        {"istio-ambient", "cluster_name=\"inbound-vip|9080|http/v2|reviews.default.svc",
         SIM_SIDE_SOURCE},
        {"istio-ambient", "istio_tcp_connections_opened_total{", SIM_SIDE_DESTINATION},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mesh m;
        char        yaml[4096];
        bool        found = false;

        snprintf(yaml, sizeof yaml, "mesh: %s\n" STORY, cases[i].mesh);
        mesh_begin(&m, yaml, 7);
        mesh_advance(&m, 20);
        for (size_t p = 0; p < m.world->proxies.n; p++) {
            struct text t;

            if (m.world->proxies.at[p]->side != cases[i].side)
                continue;
            text_init(&t, SIM_EXPOSITION_MAX_BYTES);
            sim_exposition_write(m.world, m.world->proxies.at[p], &t);
            found = found || strstr(t.p, cases[i].line);
            text_release(&t);
        }
        if (!found)
            fail_msg("%s: no %s", cases[i].mesh, cases[i].line);
        mesh_end(&m);
    }
}

static void
unknown_mesh(void **state)
{
    struct arena         a = {0};
    struct yaml_node    *root;
    struct sim_scenario *s;
    struct err           err = {0};

    (void)state;
    assert_int_equal(yaml_read(&a, "t", slice_of("mesh: kuma\n" STORY), &root, &err), STATUS_OK);
    assert_int_equal(sim_scenario_read(&a, root, &s, &err), STATUS_NOT_FOUND);
    assert_non_null(strstr(err.text, "no mesh \"kuma\""));
    arena_release(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mesh_tells_the_truth),
        cmocka_unit_test(silent_sides),
        cmocka_unit_test(words),
        cmocka_unit_test(unknown_mesh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
