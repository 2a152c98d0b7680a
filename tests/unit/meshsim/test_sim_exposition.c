/* The exposition against Istio's, as conformance/mesh/mesh_sample_*.prom has it. */
#include "tests/unit/meshsim/mesh.h"

#include "base/hash.h"

#include <stdlib.h>

enum { V2_POD = 2, CLIENT = 3 }; /* proxies of MESH_SCENARIO */

/* Every outcome of the samples and no other. */
static const char every_outcome[] =
    MESH_SCENARIO("requests_per_second: 300, weights: {v2: 50}, faults: {abort_share: 0.05}", "",
                  ", behaviour: {timeout: 0.1, connect_failure: 0.5, no_healthy: 0.05, "
                  "overflow: 0.05}");

static bool
read_sample(const char *name, struct text *out)
{
    const char *shared = getenv("VERDICTD_SHARED");
    char        path[4096], chunk[65536];
    size_t      n;
    FILE       *f;

    snprintf(path, sizeof path, "%s/conformance/mesh/%s", shared ? shared : SOURCE_DIR "/../shared",
             name);
    f = fopen(path, "re");
    if (!f) {
        print_message("skipped: %s is not there\n", path);
        return false;
    }
    text_init(out, 16 << 20);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        text_put(out, (struct slice){chunk, n});
    fclose(f);
    assert_int_equal(out->status, STATUS_OK);
    return true;
}

static void
gather(struct slice text, struct hash_map *out)
{
    struct mesh_line line;

    while (mesh_next_line(&text, &line))
        hash_set(out, line.series, out);
}

/* istio_* series and TYPE lines of `some` are all in `all`. */
static void
check_within(struct slice some, const struct hash_map *all, const char *what)
{
    struct mesh_line line;

    while (mesh_next_line(&some, &line)) {
        if (!slice_starts(line.series, "envoy_") && !hash_get(all, line.series))
            fail_msg("%s lacks %.*s", what, SLICE_ARG(line.series));
    }
}

/* Names in the order in which families begin. */
static void
families(struct slice text, struct text *out)
{
    struct mesh_line line;

    text_init(out, 65536);
    while (mesh_next_line(&text, &line)) {
        if (slice_starts(line.series, "# TYPE ")) {
            text_put(out, line.series);
            text_putc(out, '\n');
        }
    }
}

static void
check_shape(struct slice got, struct slice want)
{
    struct hash_map in_got = {0}, in_want = {0};
    struct text     got_families, want_families;

    gather(got, &in_got);
    gather(want, &in_want);
    check_within(want, &in_got, "meshsim");
    check_within(got, &in_want, "the sample");
    families(got, &got_families);
    families(want, &want_families);
    assert_string_equal(got_families.p, want_families.p);
    text_release(&got_families);
    text_release(&want_families);
    hash_release(&in_got);
    hash_release(&in_want);
}

static void
test_samples(void **state)
{
    static const struct {
        const char *file;
        size_t      proxy;
    } cases[] = {{"mesh_sample_dst_v1.prom", 0},
                 {"mesh_sample_dst_v2.prom", V2_POD},
                 {"mesh_sample_source.prom", CLIENT}};
    struct mesh m;

    (void)state;
    mesh_begin(&m, every_outcome, 1);
    mesh_advance(&m, 60);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text sample, got;

        if (!read_sample(cases[i].file, &sample))
            continue;
        mesh_expose(&m, cases[i].proxy, &got);
        check_shape(text_slice(&got), text_slice(&sample));
        text_release(&got);
        text_release(&sample);
    }
    mesh_end(&m);
}

/* The envoy_cluster_* lines of the sample, which names only v2's cluster. */
static void
test_cluster_stats(void **state)
{
#define CLUSTER "cluster_name=\"outbound|9080|v2|reviews.default.svc.cluster.local\"}"
    struct mesh  m;
    struct text  t;
    struct slice got;
    uint64_t     timeouts = 0, unavailable = 0;

    (void)state;
    mesh_begin(&m, every_outcome, 1);
    mesh_advance(&m, 60);
    mesh_expose(&m, CLIENT, &t);
    got = text_slice(&t);
    for (size_t i = 0; i < m.world->proxies.at[CLIENT]->live->cells.n; i++) {
        const struct sim_cell *c = m.world->proxies.at[CLIENT]->live->cells.at[i];

        timeouts += c->key.code == 504 ? c->truth.requests : 0;
        /* UH has no cluster's host and counts for no subset here */
        unavailable += c->key.code == 503 && c->key.version == 1 ? c->truth.requests : 0;
    }
    assert_true(timeouts > 0 && unavailable > 0);
    assert_int_equal(mesh_value(got, "envoy_cluster_upstream_rq{response_code=\"504\"," CLUSTER),
                     timeouts);
    assert_int_equal(mesh_value(got, "envoy_cluster_upstream_rq{response_code=\"503\"," CLUSTER),
                     unavailable);
    assert_int_equal(
        mesh_value(got, "envoy_cluster_upstream_rq{response_code_class=\"5xx\"," CLUSTER),
        timeouts + unavailable);
    assert_true(mesh_value(got, "envoy_cluster_upstream_rq_retry{" CLUSTER) > 0);
    assert_true(mesh_value(got, "envoy_cluster_upstream_rq_retry_success{" CLUSTER) > 0);
    assert_true(mesh_value(got, "envoy_cluster_upstream_rq_pending_overflow{" CLUSTER) > 0);
    assert_int_equal(mesh_value(got, "envoy_cluster_membership_total{" CLUSTER), 1);
    text_release(&t);
    mesh_end(&m);
#undef CLUSTER
}

/* Prometheus text format: backslash, quote and line feed are escaped. */
static void
test_escaping(void **state)
{
    struct mesh m;
    struct text t;

    (void)state;
    text_init(&t, 100);
    sim_exposition_escape(&t, "a\\b\"c\nd} or vector(1) #");
    assert_string_equal(t.p, "a\\\\b\\\"c\\nd} or vector(1) #");
    text_release(&t);
    mesh_begin(
        &m,
        MESH_SCENARIO("requests_per_second: 100", ", labels: {version: \"1\\\\2\\\"3\\n4\"}", ""),
        1);
    mesh_advance(&m, 5);
    mesh_expose(&m, 0, &t);
    assert_true(mesh_has(text_slice(&t), "destination_version=\"1\\\\2\\\"3\\n4\","));
    text_release(&t);
    mesh_end(&m);
}

/* A pod without a version label says "" of itself and "unknown" of its peer;
 * canonical_revision is "latest" on both sides (Istio's defaults). */
static void
test_missing_labels(void **state)
{
    struct mesh m;
    struct text t;

    (void)state;
    mesh_begin(&m, MESH_SCENARIO("requests_per_second: 100", ", labels: {version: \"\"}", ""), 1);
    mesh_advance(&m, 5);
    mesh_expose(&m, 0, &t);
    assert_true(mesh_has(text_slice(&t), "destination_version=\"\","));
    assert_true(mesh_has(text_slice(&t), "destination_canonical_revision=\"latest\","));
    text_release(&t);
    mesh_expose(&m, CLIENT, &t);
    assert_true(mesh_has(text_slice(&t), "destination_version=\"unknown\","));
    assert_true(mesh_has(text_slice(&t), "destination_canonical_revision=\"latest\","));
    text_release(&t);
    mesh_end(&m);
}

/* Versions whose labels are all the same are one series of a client's proxy;
 * no exposition says a series twice. */
static void
test_equal_labels_merge(void **state)
{
#define EQUAL ", workload: reviews, labels: {version: v1, canonical_revision: v1}"
    struct mesh      m;
    struct text      t;
    struct hash_map  seen = {0};
    struct slice     rest;
    struct mesh_line line;
    uint64_t         requests = 0;

    (void)state;
    mesh_begin(&m, MESH_SCENARIO("requests_per_second: 200, weights: {v2: 40}", EQUAL, EQUAL), 1);
    mesh_advance(&m, 10);
    assert_true(mesh_total(&m, SIM_SIDE_SOURCE, 1) > 0);
    for (size_t p = CLIENT; p < CLIENT + 2; p++) {
        mesh_expose(&m, p, &t);
        for (rest = text_slice(&t); mesh_next_line(&rest, &line);) {
            if (hash_get(&seen, line.series))
                fail_msg("twice: %.*s", SLICE_ARG(line.series));
            hash_set(&seen, line.series, &m);
            if (slice_starts(line.series, "istio_requests_total{"))
                requests += line.value;
        }
        hash_release(&seen);
        text_release(&t);
    }
    check_close((double)requests, mesh_total(&m, SIM_SIDE_SOURCE, -2), 0);
    mesh_end(&m);
#undef EQUAL
}

/* gRPC: the status is a label of its own; what Envoy answers itself is 200
 * with status 14, a timeout 4. */
static void
test_grpc(void **state)
{
    static const char *const source[] = {
        "response_code=\"200\",grpc_response_status=\"0\",response_flags=\"-\"",
        "response_code=\"200\",grpc_response_status=\"13\",response_flags=\"-\"",
        "response_code=\"200\",grpc_response_status=\"14\",response_flags=\"UH\"",
        "response_code=\"200\",grpc_response_status=\"4\",response_flags=\"UT\""};
    struct mesh m;
    struct text t;

    (void)state;
    mesh_begin(&m,
               MESH_SCENARIO("protocol: grpc, requests_per_second: 200",
                             ", behaviour: {errors: {13: 0.1}, no_healthy: 0.1, timeout: 0.1}", ""),
               1);
    mesh_advance(&m, 20);
    mesh_expose(&m, CLIENT, &t);
    assert_true(mesh_has(text_slice(&t), "request_protocol=\"grpc\""));
    for (size_t i = 0; i < ARRAY_LEN(source); i++)
        assert_true(mesh_has(text_slice(&t), source[i]));
    text_release(&t);
    mesh_expose(&m, 0, &t);
    assert_true(mesh_has(text_slice(&t),
                         "response_code=\"0\",grpc_response_status=\"\",response_flags=\"DC\""));
    text_release(&t);
    mesh_end(&m);
}

/* Counters are live, histograms wait for Envoy's flush. */
static void
test_histogram_flush(void **state)
{
    static const char yaml[] =
        "histogram_flush: 5s\n" MESH_SCENARIO("requests_per_second: 100", "", "");
    struct mesh m;
    struct text t;

    (void)state;
    mesh_begin(&m, yaml, 1);
    mesh_advance(&m, 4.9);
    mesh_expose(&m, 0, &t);
    assert_true(mesh_has(text_slice(&t), "istio_requests_total{"));
    assert_false(mesh_has(text_slice(&t), "istio_request_duration_milliseconds"));
    text_release(&t);
    mesh_advance(&m, 5);
    mesh_expose(&m, 0, &t);
    assert_true(mesh_has(text_slice(&t), "istio_request_duration_milliseconds_count{"));
    text_release(&t);
    mesh_end(&m);
}

/* A value equal to a bound: le is inclusive in Prometheus's definition, and
 * exclusive in what Envoy does. */
static void
test_bounds_quirk(void **state)
{
    static const struct {
        const char *yaml;
        size_t      bucket; /* of 25 ms; bounds are 0.5 1 5 10 25 50 … */
    } cases[] = {
#define FIXED MESH_SCENARIO("requests_per_second: 50", ", behaviour: {latency: {fixed_ms: 25}}", "")
        {FIXED, 4},
        {"exclusive_bounds: true\n" FIXED, 5},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sim_ledger_row r;
        struct mesh           m;

        mesh_begin(&m, cases[i].yaml, 1);
        mesh_advance(&m, 10);
        r = mesh_row(&m, SIM_SIDE_DESTINATION, 0, 200, "-");
        assert_true(r.total.requests > 0);
        assert_int_equal(r.total.measure[SIM_MEASURE_DURATION].bucket[cases[i].bucket],
                         r.total.requests);
        mesh_end(&m);
    }
}

/* sidecar.istio.io/statsHistogramBuckets on one version only. */
static void
test_own_buckets(void **state)
{
    struct mesh m;
    struct text t;

    (void)state;
    mesh_begin(&m,
               MESH_SCENARIO("requests_per_second: 100, weights: {v2: 50}", "",
                             ", histogram_buckets: [20, 40.5]"),
               1);
    mesh_advance(&m, 5);
    mesh_expose(&m, V2_POD, &t);
    assert_true(mesh_has(text_slice(&t), ",le=\"40.5\"} "));
    assert_false(mesh_has(text_slice(&t), ",le=\"50\"} "));
    text_release(&t);
    mesh_expose(&m, 0, &t);
    assert_false(mesh_has(text_slice(&t), ",le=\"40.5\"} "));
    text_release(&t);
    mesh_end(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_cluster_stats),
        cmocka_unit_test(test_escaping),
        cmocka_unit_test(test_missing_labels),
        cmocka_unit_test(test_equal_labels_merge),
        cmocka_unit_test(test_grpc),
        cmocka_unit_test(test_histogram_flush),
        cmocka_unit_test(test_bounds_quirk),
        cmocka_unit_test(test_own_buckets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
