/* Rates, shares and the life of a request: expectations are computed from the
 * scenario's own numbers; bounds are five standard deviations. */
#include "tests/unit/meshsim/mesh.h"

enum { CLIENT = 3 }; /* the first proxy that is a client's */

static const enum sim_side S = SIM_SIDE_SOURCE, D = SIM_SIDE_DESTINATION;

/* The source's share of each outcome, of all requests sent to v1. */
static void
test_shares(void **state)
{
#define ONE(behaviour) MESH_SCENARIO("requests_per_second: 500", ", behaviour: {" behaviour "}", "")
    static const struct {
        const char *name, *yaml;
        int         source_code, destination_code; /* -1: not reported */
        const char *source_flags, *destination_flags;
        double      share;
    } cases[] = {
        {"errors", ONE("errors: {503: 0.02}"), 503, 503, "-", "-", 0.02},
        {"404 to everybody", ONE("errors: {404: 1}"), 404, 404, "-", "-", 1},
        {"timeouts", ONE("timeout: 0.1"), 504, 0, "UT", "DC", 0.1},
        {"only timeouts", ONE("timeout: 1"), 504, 0, "UT", "DC", 1},
        {"overflow", ONE("overflow: 0.05"), 503, -1, "UO", "", 0.05},
        {"reset", ONE("reset: 0.05"), 503, -1, "UC", "", 0.05},
        {"refused", ONE("app_refused: 0.05"), 503, 503, "-", "UF", 0.05},
        {"client closed", ONE("client_closed: 0.05"), 0, 0, "DC", "DC", 0.05},
        /* three attempts, each fails by 0.4 */
        {"connect", ONE("connect_failure: 0.4"), 503, -1, "UF,URX", "", 0.064},
        /* lognormal: P(20 ms * 200 * exp(0.4 z) > 3 s) = Phi(ln(4/3)/0.4) = 0.76401 (the hop's
         * millisecond is 0.0003 of it) */
        {"too slow", ONE("latency_factor: 200"), 504, 0, "UT", "DC", 0.764},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mesh m;
        double      n;

        mesh_begin(&m, cases[i].yaml, 11);
        mesh_advance(&m, 60);
        sim_world_set_rate(m.world, 0, 0);
        mesh_advance(&m, 64);
        assert_int_equal(m.world->in_flight, 0);
        n = mesh_total(&m, S, 0);
        check_close(n, 30000, 5 * sqrt(30000)); /* Poisson, 500/s for 60 s */
        mesh_check_share(cases[i].name,
                         mesh_count(&m, S, 0, cases[i].source_code, cases[i].source_flags), n,
                         cases[i].share);
        if (cases[i].destination_code >= 0)
            check_close(mesh_count(&m, D, 0, cases[i].destination_code, cases[i].destination_flags),
                        mesh_count(&m, S, 0, cases[i].source_code, cases[i].source_flags), 0);
        else
            assert_true(mesh_total(&m, D, 0) < mesh_total(&m, S, 0));
        mesh_end(&m);
    }
}

/* UH and FI belong to no version, and no server hears of them. */
static void
test_unattributed(void **state)
{
    struct mesh m;
    double      n;

    (void)state;
    mesh_begin(
        &m,
        MESH_SCENARIO("requests_per_second: 500, faults: {abort_share: 0.1, abort_code: 418}",
                      ", behaviour: {no_healthy: 0.2}", ""),
        3);
    mesh_advance(&m, 60);
    n = mesh_total(&m, S, -2);
    mesh_check_share("FI", mesh_count(&m, S, -1, 418, "FI"), n, 0.1);
    mesh_check_share("UH", mesh_count(&m, S, -1, 503, "UH"), n, 0.9 * 0.2);
    check_close(mesh_total(&m, D, -2), mesh_total(&m, S, 0), 0);
    mesh_end(&m);
}

/* A route without any pod left is UH for everybody. */
static void
test_no_pods(void **state)
{
    struct mesh m;

    (void)state;
    mesh_begin(&m, MESH_SCENARIO("requests_per_second: 100, weights: {v2: 30}", "", ", pods: 0"),
               3);
    mesh_advance(&m, 30);
    mesh_check_share("UH", mesh_count(&m, S, -1, 503, "UH"), mesh_total(&m, S, -2), 0.3);
    mesh_end(&m);
}

/* Retries on 5xx: the user sees p^3 failures, flagged URX; the servers answer
 * 1 + p + p^2 attempts per request, all of the version the route chose. */
static void
test_retries(void **state)
{
    const double p = 0.2;
    struct mesh  m;
    double       n, attempts;

    (void)state;
    mesh_begin(&m,
               MESH_SCENARIO("requests_per_second: 500, retries: {attempts: 2, on: [5xx]}",
                             ", behaviour: {errors: {503: 0.2}}", ""),
               5);
    mesh_advance(&m, 60);
    sim_world_set_rate(m.world, 0, 0);
    mesh_advance(&m, 70);
    assert_int_equal(m.world->in_flight, 0);
    n = mesh_total(&m, S, 0);
    attempts = mesh_total(&m, D, 0);
    mesh_check_share("exhausted", mesh_count(&m, S, 0, 503, "URX"), n, p * p * p);
    /* attempts - n is a sum of n independent values in {0, 1, 2}: mean p + p^2,
     * variance p + 3 p^2 - (p + p^2)^2 */
    check_close(attempts - n, n * (p + p * p),
                5 * sqrt(n * (p + 3 * p * p - (p + p * p) * (p + p * p))));
    mesh_check_share("attempts", mesh_count(&m, D, 0, 503, "-"), attempts, p);
    mesh_end(&m);
}

/* Mirrored requests are seen by servers only. */
static void
test_mirror(void **state)
{
    struct mesh m;
    double      n;

    (void)state;
    mesh_begin(&m, MESH_SCENARIO("requests_per_second: 300, mirror: {to: v2, share: 0.25}", "", ""),
               5);
    mesh_advance(&m, 60);
    n = mesh_total(&m, S, 0);
    check_close(mesh_total(&m, S, 1), 0, 0);
    mesh_check_share("mirrored", mesh_total(&m, D, 1), n, 0.25);
    mesh_end(&m);
}

/* An injected delay is in the source's time alone, and flagged DI. */
static void
test_delay(void **state)
{
    struct mesh           m;
    struct sim_ledger_row r;
    double                n;

    (void)state;
    mesh_begin(&m,
               MESH_SCENARIO("requests_per_second: 300, faults: {delay_share: 0.3, delay: 2s}",
                             ", behaviour: {latency: {fixed_ms: 10}}", ""),
               5);
    mesh_advance(&m, 60);
    sim_world_set_rate(m.world, 0, 0);
    mesh_advance(&m, 70);
    r = mesh_row(&m, S, 0, 200, "DI");
    n = mesh_total(&m, S, 0);
    mesh_check_share("DI", (double)r.total.requests, n, 0.3);
    check_close((double)r.total.measure[SIM_MEASURE_DURATION].sum, 2011 * (double)r.total.requests,
                0);
    r = mesh_row(&m, D, 0, 200, "-");
    check_close((double)r.total.measure[SIM_MEASURE_DURATION].sum, 10 * n, 0);
    mesh_end(&m);
}

/* Lognormal: half of the requests are above the median; at the source every
 * one takes the hop of 1 ms longer. */
static void
test_latency(void **state)
{
    struct mesh                 m;
    struct sim_ledger_row       r;
    const struct sim_histogram *h;
    uint64_t                    above = 0;

    (void)state;
    mesh_begin(&m,
               MESH_SCENARIO("requests_per_second: 500",
                             ", behaviour: {latency: {median_ms: 50.9999, sigma: 0.5}}", ""),
               5);
    mesh_advance(&m, 60);
    r = mesh_row(&m, D, 0, 200, "-");
    h = &r.total.measure[SIM_MEASURE_DURATION];
    for (size_t i = 6; i <= sim_bounds_istio.n; i++) /* over 50, that is 51 whole ms and more */
        above += h->bucket[i];
    mesh_check_share("above the median", (double)above, (double)h->count, 0.5);
    /* mean of a lognormal is median * exp(sigma^2 / 2), truncated by 0.5 ms on average;
     * standard deviation mean * sqrt(exp(sigma^2) - 1) */
    check_close((double)h->sum / (double)h->count, 50.9999 * exp(0.125) - 0.5,
                0.05 + 5 * 57.8 * sqrt(exp(0.25) - 1) / sqrt((double)h->count));
    mesh_end(&m);
}

/* Rates, weights and behaviours by time. */
static void
test_schedules(void **state)
{
    struct mesh m;
    double      first, second, v2;

    (void)state;
    mesh_begin(&m,
               MESH_SCENARIO("requests_per_second: [{at: 0s, value: 100}, {at: 50s, value: 400}], "
                             "weights: [{at: 0s, v2: 10}, {at: 50s, v2: 60}]",
                             "", ", changes: [{at: 50s, errors: {500: 0.5}}]"),
               9);
    mesh_advance(&m, 50);
    first = mesh_total(&m, S, -2);
    v2 = mesh_total(&m, S, 1);
    check_close(first, 5000, 5 * sqrt(5000));
    mesh_check_share("weight before", v2, first, 0.1);
    check_close(mesh_count(&m, S, 1, 500, "-"), 0, 0);
    mesh_advance(&m, 100);
    second = mesh_total(&m, S, -2) - first;
    v2 = mesh_total(&m, S, 1) - v2;
    check_close(second, 20000, 5 * sqrt(20000));
    mesh_check_share("weight after", v2, second, 0.6);
    /* At most the few requests that were under way at 50 s blur the edge. */
    check_close(mesh_count(&m, S, 1, 500, "-"), v2 / 2, 5 * sqrt(v2) / 2 + 3);
    mesh_end(&m);
}

/* Requests are counted when they end: those under way are in no counter. */
static void
test_counted_at_the_end(void **state)
{
    struct mesh m;

    (void)state;
    mesh_begin(&m, MESH_SCENARIO("requests_per_second: 100", ", behaviour: {timeout: 1}", ""), 5);
    mesh_advance(&m, 2.9);
    check_close(mesh_total(&m, S, -2), 0, 0);
    assert_true(m.world->in_flight > 200);
    mesh_advance(&m, 10);
    check_close((double)m.world->in_flight, 300, 5 * sqrt(300));
    mesh_end(&m);
}

/* Pods of one version share its traffic; clients' proxies too. */
static void
test_spread(void **state)
{
    struct mesh m;
    double      n, one = 0;

    (void)state;
    mesh_begin(&m, MESH_SCENARIO("requests_per_second: 300", "", ""), 5);
    mesh_advance(&m, 60);
    n = mesh_total(&m, S, 0);
    for (size_t i = 0; i < m.world->proxies.at[0]->live->cells.n; i++)
        one += (double)m.world->proxies.at[0]->live->cells.at[i]->truth.requests;
    mesh_check_share("first of two pods", one, n, 0.5);
    one = 0;
    for (size_t i = 0; i < m.world->proxies.at[CLIENT]->live->cells.n; i++)
        one += (double)m.world->proxies.at[CLIENT]->live->cells.at[i]->truth.requests;
    mesh_check_share("first of two clients", one, n, 0.5);
    mesh_end(&m);
}

/* A pod that dies resets what it was serving; a client's proxy that dies
 * closes what it had asked. */
static void
test_cut(void **state)
{
    struct mesh m;
    uint64_t    under_way;

    (void)state;
    mesh_begin(&m,
               MESH_SCENARIO("requests_per_second: 100, retries: {attempts: 0}",
                             ", behaviour: {timeout: 1}", ""),
               5);
    mesh_advance(&m, 2);
    under_way = m.world->in_flight;
    assert_true(under_way > 0);
    sim_world_restart(m.world, m.world->proxies.at[0], 0);
    sim_world_restart(m.world, m.world->proxies.at[1], 0);
    sim_world_set_rate(m.world, 0, 0);
    mesh_advance(&m, 2);
    check_close(mesh_count(&m, S, 0, 503, "UC"), (double)under_way, 0);
    check_close(mesh_total(&m, D, 0), 0, 0);
    assert_int_equal(m.world->in_flight, 0);

    sim_world_set_rate(m.world, 0, 100);
    mesh_advance(&m, 4);
    under_way = m.world->in_flight;
    sim_world_restart(m.world, m.world->proxies.at[CLIENT], 0);
    sim_world_restart(m.world, m.world->proxies.at[CLIENT + 1], 0);
    sim_world_set_rate(m.world, 0, 0);
    mesh_advance(&m, 4);
    check_close(mesh_count(&m, D, 0, 0, "DC"), (double)under_way, 0);
    check_close(mesh_count(&m, S, 0, 0, "DC"), 0, 0);
    mesh_end(&m);
}

static const char eventful[] = MESH_SCENARIO(
    "requests_per_second: [{at: 0s, value: 300}, {at: 20s, value: 100}], "
    "weights: {v2: 20}, faults: {abort_share: 0.02, delay_share: 0.1, delay: 300ms}, "
    "mirror: {to: v2, share: 0.1}, retries: {attempts: 2, on: [5xx]}",
    ", behaviour: {errors: {500: 0.01}, connect_failure: 0.1}",
    ", behaviour: {timeout: 0.05}, changes: [{at: 10s, reset: 0.1}]") "restarts: [{at: 5s, every: "
                                                                      "7s, service: reviews, "
                                                                      "version: v1, down: "
                                                                      "1500ms},\n"
                                                                      "           {at: 9s, every: "
                                                                      "11s, service: reviews, "
                                                                      "version: v1, new_pod: "
                                                                      "true}]\n";

static void
ledger_after(double step_s, uint64_t seed, struct text *out)
{
    struct mesh m;

    mesh_begin(&m, eventful, seed);
    for (double t = step_s; t < 40; t += step_s)
        mesh_advance(&m, t);
    mesh_advance(&m, 40);
    text_init(out, SIM_LEDGER_MAX_BYTES);
    sim_ledger_write(m.world, out);
    assert_int_equal(out->status, STATUS_OK);
    mesh_end(&m);
}

/* The same seed gives the same ledger, however time is cut; another does not. */
static void
test_determinism(void **state)
{
    struct text whole, cut, other;

    (void)state;
    ledger_after(100, 7, &whole);
    ledger_after(0.0137, 7, &cut);
    ledger_after(100, 8, &other);
    assert_string_equal(whole.p, cut.p);
    assert_string_not_equal(whole.p, other.p);
    text_release(&whole);
    text_release(&cut);
    text_release(&other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_unattributed),
        cmocka_unit_test(test_no_pods),
        cmocka_unit_test(test_retries),
        cmocka_unit_test(test_mirror),
        cmocka_unit_test(test_delay),
        cmocka_unit_test(test_latency),
        cmocka_unit_test(test_schedules),
        cmocka_unit_test(test_counted_at_the_end),
        cmocka_unit_test(test_spread),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_determinism),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
