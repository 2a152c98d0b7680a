/* The ledger is the truth: it equals what is exposed, and what a proxy took
 * with it when it ended stands apart. */
#include "tests/unit/meshsim/mesh.h"

#include "base/json.h"

enum { CLIENT = 3 };

/* Sums over all proxies, in exposed terms. */
struct sums {
    uint64_t requests[2], count[2], duration_ms[2], under_25ms[2], of_code_500[2];
};

static void
sum_expositions(const struct mesh *m, struct sums *out)
{
    *out = (struct sums){0};
    for (size_t p = 0; p < m->world->proxies.n; p++) {
        size_t           side = m->world->proxies.at[p]->side;
        struct text      t;
        struct slice     rest;
        struct mesh_line l;

        mesh_expose(m, p, &t);
        for (rest = text_slice(&t); mesh_next_line(&rest, &l);) {
            if (slice_starts(l.series, "istio_requests_total{"))
                out->requests[side] += l.value;
            if (slice_starts(l.series, "istio_requests_total{") &&
                mesh_has(l.series, "response_code=\"500\""))
                out->of_code_500[side] += l.value;
            if (slice_starts(l.series, "istio_request_duration_milliseconds_count{"))
                out->count[side] += l.value;
            if (slice_starts(l.series, "istio_request_duration_milliseconds_sum{"))
                out->duration_ms[side] += l.value;
            if (slice_starts(l.series, "istio_request_duration_milliseconds_bucket{") &&
                mesh_has(l.series, ",le=\"25\"}"))
                out->under_25ms[side] += l.value;
        }
        text_release(&t);
    }
}

static void
sum_cells(const json_t *side, size_t at, struct sums *out)
{
    const json_t *cells = json_object_get(side, "cells"), *le = json_object_get(side, "le");

    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *c = json_array_get(cells, i), *b = json_object_get(c, "buckets");
        uint64_t      n = (uint64_t)json_integer_value(json_object_get(c, "requests"));

        assert_int_equal(json_array_size(b), json_array_size(le));
        assert_string_equal(json_string_value(json_array_get(le, 4)), "25");
        out->requests[at] += n;
        out->count[at] += (uint64_t)json_integer_value(json_array_get(b, json_array_size(b) - 1));
        out->under_25ms[at] += (uint64_t)json_integer_value(json_array_get(b, 4));
        out->duration_ms[at] += (uint64_t)json_integer_value(json_object_get(c, "duration_sum_ms"));
        if (strcmp(json_string_value(json_object_get(c, "code")), "500") == 0)
            out->of_code_500[at] += n;
    }
}

static json_t *
ledger_json(const struct mesh *m)
{
    struct text t;
    struct err  err = {0};
    json_t     *root = NULL;

    text_init(&t, SIM_LEDGER_MAX_BYTES);
    sim_ledger_write(m->world, &t);
    assert_int_equal(t.status, STATUS_OK);
    if (json_parse(slice_trim((struct slice){t.p, t.n - 1}), 16, &root, &err))
        fail_msg("%s", err.text);
    text_release(&t);
    return root;
}

static void
sum_ledger(const struct mesh *m, struct sums *out)
{
    json_t       *root = ledger_json(m);
    const json_t *service = json_array_get(json_object_get(root, "services"), 0);
    const json_t *versions = json_object_get(service, "versions");

    *out = (struct sums){0};
    for (size_t v = 0; v < json_array_size(versions); v++) {
        sum_cells(json_object_get(json_array_get(versions, v), "source"), 0, out);
        sum_cells(json_object_get(json_array_get(versions, v), "destination"), 1, out);
    }
    sum_cells(json_object_get(json_object_get(service, "unattributed"), "source"), 0, out);
    json_decref(root);
}

static void
test_equals_exposition(void **state)
{
    struct mesh m;
    struct sums exposed, booked;

    (void)state;
    mesh_begin(&m,
               MESH_SCENARIO("requests_per_second: 300, weights: {v2: 30}, "
                             "faults: {abort_share: 0.02}, mirror: {to: v2, share: 0.2}",
                             ", behaviour: {errors: {500: 0.02}, timeout: 0.01}",
                             ", behaviour: {connect_failure: 0.3, no_healthy: 0.02}"),
               4);
    mesh_advance(&m, 30);
    sum_expositions(&m, &exposed);
    sum_ledger(&m, &booked);
    assert_true(exposed.requests[0] > 8000 && exposed.of_code_500[1] > 0);
    assert_memory_equal(&exposed, &booked, sizeof exposed);
    mesh_end(&m);
}

static const char plain[] = MESH_SCENARIO("requests_per_second: 200", "", "");

static uint64_t
live_requests(const struct sim_proxy *p)
{
    uint64_t n = 0;

    for (size_t i = 0; i < p->live->cells.n; i++)
        n += p->live->cells.at[i]->truth.requests;
    return n;
}

static void
add_lost(void *ctx, const struct sim_tally *t)
{
    struct sim_counts *sum = ctx;

    sim_proxy_counts_add(sum, &t->unscraped);
}

static struct sim_counts
lost(const struct sim_proxy *p)
{
    struct sim_counts sum = {0};

    sim_proxy_tallies(p, add_lost, &sum);
    return sum;
}

/* What came after the latest complete scrape is lost, requests and buckets. */
static void
test_restart_books_unscraped(void **state)
{
    struct mesh       m;
    struct sim_proxy *p;
    uint64_t          shown, counted;
    double            all;

    (void)state;
    mesh_begin(&m, plain, 4);
    mesh_advance(&m, 10);
    p = m.world->proxies.at[0];
    sim_proxy_mark_scraped(p);
    shown = live_requests(p);
    mesh_advance(&m, 13);
    counted = live_requests(p);
    assert_true(counted > shown && shown > 0);
    assert_int_equal(lost(p).requests, 0); /* nothing is lost while it lives */
    all = mesh_total(&m, SIM_SIDE_DESTINATION, -2);
    sim_world_restart(m.world, p, 0);
    assert_int_equal(live_requests(p), 0);
    assert_int_equal(lost(p).requests, counted - shown);
    assert_int_equal(lost(p).measure[SIM_MEASURE_DURATION].count, counted - shown);
    check_close(mesh_total(&m, SIM_SIDE_DESTINATION, -2), all, 0);
    mesh_advance(&m, 20);
    assert_true(live_requests(p) > 0);
    assert_int_equal(lost(p).requests, counted - shown);
    mesh_end(&m);
}

/* A scrape that is on its way when the proxy ends counts if it arrives. */
static void
test_scrape_across_restart(void **state)
{
    static const bool arrives[] = {true, false};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(arrives); i++) {
        struct mesh        m;
        struct sim_proxy  *p;
        struct sim_scrape *s;
        uint64_t           counted;

        mesh_begin(&m, plain, 4);
        mesh_advance(&m, 10);
        p = m.world->proxies.at[0];
        counted = live_requests(p);
        s = sim_proxy_scrape(p);
        sim_world_restart(m.world, p, 0);
        assert_int_equal(lost(p).requests, counted);
        sim_proxy_scrape_end(s, arrives[i]);
        assert_int_equal(lost(p).requests, arrives[i] ? 0 : counted);
        mesh_end(&m);
    }
}

/* Of two scrapes that overlap, the later one is what was shown last, in
 * whatever order they end. */
static void
test_overlapping_scrapes(void **state)
{
    struct mesh        m;
    struct sim_proxy  *p;
    struct sim_scrape *early, *late;
    uint64_t           shown;

    (void)state;
    mesh_begin(&m, plain, 4);
    mesh_advance(&m, 5);
    p = m.world->proxies.at[0];
    early = sim_proxy_scrape(p);
    mesh_advance(&m, 10);
    late = sim_proxy_scrape(p);
    shown = live_requests(p);
    mesh_advance(&m, 15);
    sim_proxy_scrape_end(late, true);
    sim_proxy_scrape_end(early, true);
    assert_int_equal(p->scrapes, 2);
    sim_world_restart(m.world, p, 0);
    assert_int_equal(lost(p).requests,
                     lost(p).measure[SIM_MEASURE_DURATION].count); /* requests as buckets */
    mesh_advance(&m, 15);
    check_close(mesh_total(&m, SIM_SIDE_DESTINATION, -2) - (double)lost(p).requests -
                    (double)live_requests(m.world->proxies.at[1]) - (double)live_requests(p),
                (double)shown, 0);
    mesh_end(&m);
}

/* Gone for good: the ledger keeps what it counted, its successor begins anew. */
static void
test_kill(void **state)
{
    struct mesh       m;
    struct sim_proxy *p;
    struct err        err = {0};
    size_t            before;
    double            all;

    (void)state;
    mesh_begin(&m, plain, 4);
    mesh_advance(&m, 10);
    before = m.world->proxies.n;
    p = m.world->proxies.at[0];
    all = mesh_total(&m, SIM_SIDE_DESTINATION, -2);
    assert_int_equal(sim_world_kill(m.world, p, true, &err), STATUS_OK);
    assert_int_equal(m.world->proxies.n, before + 1);
    check_close(mesh_total(&m, SIM_SIDE_DESTINATION, -2), all, 0);
    mesh_advance(&m, 20);
    assert_int_equal(live_requests(p), 0);
    assert_true(live_requests(m.world->proxies.at[before]) > 0);
    assert_null(sim_world_proxy(m.world, slice_of("nobody")));
    assert_ptr_equal(sim_world_proxy(m.world, slice_of(p->pod)), p);
    mesh_end(&m);
}

/* The per-proxy part of the ledger adds up to the whole. */
static void
test_proxies_add_up(void **state)
{
    struct mesh   m;
    json_t       *root;
    const json_t *proxies;
    double        sum = 0;

    (void)state;
    mesh_begin(&m, plain, 4);
    mesh_advance(&m, 10);
    sim_world_restart(m.world, m.world->proxies.at[CLIENT], 0);
    mesh_advance(&m, 20);
    root = ledger_json(&m);
    proxies = json_object_get(root, "proxies");
    for (size_t p = 0; p < json_array_size(proxies); p++) {
        const json_t *cells = json_object_get(json_array_get(proxies, p), "cells");

        for (size_t i = 0; i < json_array_size(cells); i++)
            sum += json_number_value(json_object_get(json_array_get(cells, i), "requests"));
    }
    check_close(sum, mesh_total(&m, SIM_SIDE_SOURCE, -2) + mesh_total(&m, SIM_SIDE_DESTINATION, -2),
                0);
    json_decref(root);
    mesh_end(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_exposition),
        cmocka_unit_test(test_restart_books_unscraped),
        cmocka_unit_test(test_scrape_across_restart),
        cmocka_unit_test(test_overlapping_scrapes),
        cmocka_unit_test(test_kill),
        cmocka_unit_test(test_proxies_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
