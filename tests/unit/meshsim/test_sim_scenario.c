/* Scenario files: what they mean, and errors that say where. */
#include "tests/unit/meshsim/mesh.h"

#include <glob.h>

#define CLIENT_ "clients: [{name: c}]\n"

static const struct {
    const char *yaml;
    enum status status;
    const char *says; /* part of the message */
} error_cases[] = {
    {CLIENT_, STATUS_SYNTAX, "needs the key \"services\""},
    {"services: []\n" CLIENT_, STATUS_LIMIT, "s.yaml:1:"},
    {"services:\n- {name: a, requests_per_second: 1}\n" CLIENT_, STATUS_SYNTAX, "\"versions\""},
    {"services:\n- {name: a, versions: [{name: v1}]}\n" CLIENT_, STATUS_SYNTAX,
     "\"requests_per_second\""},
    {"services:\n- {name: a, request_per_second: 1, versions: [{name: v1}]}\n" CLIENT_,
     STATUS_SYNTAX, "did you mean \"requests_per_second\"?"},
#define ONE(v1)                                                                                    \
    "services:\n- {name: a, requests_per_second: 1, versions: [{name: v1" v1 "}]}\n" CLIENT_
    {ONE(", pods: 257"), STATUS_RANGE, "services[0].versions[0].pods: must be 0 to 256"},
    {ONE(", pods: x"), STATUS_SYNTAX, "must be a whole number"},
    {ONE(", behaviour: {timeout: 1.5}"), STATUS_RANGE, "timeout must be 0 to 1"},
    {ONE(", behaviour: {timeout: nan}"), STATUS_RANGE, "timeout must be 0 to 1"},
    {ONE(", behaviour: {timeout: 0.6, reset: 0.6}"), STATUS_RANGE, "over 1"},
    {ONE(", behaviour: {time_out: 0.6}"), STATUS_NOT_FOUND, "unknown key \"time_out\""},
    {ONE(", behaviour: {errors: {99: 0.1}}"), STATUS_RANGE, "100 to 599"},
    {ONE(", behaviour: {errors: {500: 0.6, 503: 0.6}}"), STATUS_RANGE, "over 1"},
    {ONE(", behaviour: {latency: {median_ms: 1, fixed_ms: 1}}"), STATUS_SYNTAX, "either"},
    {ONE(", changes: [{at: 2s, timeout: 1}, {at: 1s, timeout: 0}]"), STATUS_RANGE, "before"},
    {ONE(", changes: [{timeout: 1}]"), STATUS_SYNTAX, "\"at\""},
    {ONE(", histogram_buckets: [5, 5]"), STATUS_RANGE, "rising"},
    {ONE("}, {name: v1"), STATUS_CONFLICT, "a second version \"v1\""},
    {ONE(", workload: w, labels: {pod_template_hash: h}}, "
         "{name: v2, workload: w, labels: {pod_template_hash: h}"),
     STATUS_CONFLICT, "the same names"},
#define TWO(service)                                                                               \
    "services:\n- {name: a, " service ", versions: [{name: v1}, {name: v2}]}\n" CLIENT_
    {TWO("requests_per_second: 1, weights: {v1: 10}"), STATUS_NOT_FOUND, "after the first"},
    {TWO("requests_per_second: 1, weights: {v2: 101}"), STATUS_RANGE, "0 to 100"},
    {TWO("requests_per_second: 1, weights: [{v2: 10}]"), STATUS_SYNTAX, "\"at\""},
    {TWO("requests_per_second: [{at: 9s, value: 1}, {at: 8s, value: 1}]"), STATUS_RANGE, "before"},
    {TWO("requests_per_second: 90000, timeout: 60s"), STATUS_LIMIT, "lower either"},
    {TWO("requests_per_second: 1, protocol: tcp"), STATUS_SYNTAX, "http or grpc"},
    {TWO("requests_per_second: 1, retries: {on: [503]}"), STATUS_SYNTAX, "gateway_error"},
    {TWO("requests_per_second: 1, mirror: {to: v3}"), STATUS_NOT_FOUND, "no version \"v3\""},
    {TWO("requests_per_second: 1") "restarts: [{at: 1s}]\n", STATUS_SYNTAX, "either pod"},
    {TWO("requests_per_second: 1") "restarts: [{at: 1s, service: a, version: v3}]\n",
     STATUS_NOT_FOUND, "no such service"},
    {"services:\n- {name: a, requests_per_second: 1, versions: [{name: v1}]}\n"
     "clients: [{name: c, calls: [b]}]\n",
     STATUS_NOT_FOUND, "clients[0].calls[0]"},
};

static void
test_errors(void **state)
{

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(error_cases); i++) {
        struct arena         a = {0};
        struct err           err = {0};
        struct yaml_node    *root;
        struct sim_scenario *s;

        assert_int_equal(yaml_read(&a, "s.yaml", slice_of(error_cases[i].yaml), &root, &err),
                         STATUS_OK);
        if (sim_scenario_read(&a, root, &s, &err) != error_cases[i].status ||
            !strstr(err.text, error_cases[i].says) || strncmp(err.text, "s.yaml:", 7) != 0)
            fail_msg("case %zu: got %s: %s, want %s: %s", i, status_text(err.status), err.text,
                     status_text(error_cases[i].status), error_cases[i].says);
        arena_release(&a);
    }
}

static void
test_defaults(void **state)
{
    struct mesh               m;
    const struct sim_service *s;

    (void)state;
    mesh_begin(&m, TWO("requests_per_second: 7"), 1);
    s = &m.scenario->services[0];
    assert_string_equal(s->name_space, "default");
    assert_int_equal(s->timeout_us, 15000000);
    assert_int_equal(s->retries, 2);
    assert_int_equal(s->retry_on, SIM_RETRY_CONNECT_FAILURE);
    assert_string_equal(s->versions[1].self.workload, "a-v2");
    assert_string_equal(s->versions[1].self.canonical_revision, "v2");
    assert_string_equal(s->versions[1].self.principal, "spiffe://cluster.local/ns/default/sa/a");
    assert_string_equal(s->versions[1].host, "a");
    assert_int_equal(s->versions[1].bounds.n, 19);
    assert_true(m.scenario->cluster_stats);
    assert_int_equal(m.scenario->histogram_flush_us, 0);
    assert_true(m.scenario->clients[0].calls[0]);
    mesh_end(&m);
}

/* Every change is complete: what is not named stays as it was. */
static void
test_changes_add_up(void **state)
{
    struct mesh               m;
    const struct sim_version *v;

    (void)state;
    mesh_begin(&m,
               ONE(", behaviour: {errors: {500: 0.1}, latency: {median_ms: 30, sigma: 0.2}}, "
                   "changes: [{at: 1s, timeout: 0.5}, {at: 2s, latency_factor: 4}, "
                   "{at: 3s, timeout: 0}]"),
               1);
    v = &m.scenario->services[0].versions[0];
    assert_int_equal(v->n_changes, 3);
    check_close(v->changes[1].behaviour.share[SIM_SHARE_TIMEOUT], 0.5, 0);
    check_close(v->changes[1].behaviour.latency_factor, 4, 0);
    check_close(v->changes[1].behaviour.median_ms, 30, 0);
    check_close(v->changes[2].behaviour.share[SIM_SHARE_TIMEOUT], 0, 0);
    check_close(v->changes[2].behaviour.errors[0].share, 0.1, 0);
    mesh_end(&m);
}

/* The scenarios that come with the program are right, and have traffic. */
static void
test_samples(void **state)
{
    glob_t files;

    (void)state;
    assert_int_equal(glob(SOURCE_DIR "/tests/meshsim/scenarios/*.yaml", 0, NULL, &files), 0);
    assert_true(files.gl_pathc >= 10);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct arena         a = {0};
        struct err           err = {0};
        struct sim_scenario *s;
        struct mesh          m = {0};

        if (sim_scenario_read_file(&a, files.gl_pathv[i], &s, &err))
            fail_msg("%s", err.text);
        m.world = arena_new(&a, struct sim_world);
        sim_world_init(m.world, s, 1);
        mesh_advance(&m, 60);
        assert_true(mesh_total(&m, SIM_SIDE_SOURCE, 0) > 1000);
        sim_world_release(m.world);
        arena_release(&a);
    }
    globfree(&files);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_changes_add_up),
        cmocka_unit_test(test_samples),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
