#include "analyzer/mesh.h"
#include "tests/unit/analyzer/traffic.h"

#include <string.h>

static const struct policy usual = {.mesh = {.on = true, .then = VERDICT_HOLD}};

static struct interval scratch;

/* An interval of 5 s that ends at 5 s times k: 100 requests of the canary, 900
 * of the baseline, and what proxies report. */
struct report {
    enum mesh_signal      what;
    enum mesh_signal_side side;
    uint64_t              value;
};

static void
feed(struct mesh *m, int k, const struct report *r, size_t n)
{
    const struct pair p = {.n = {100, 900}};

    memset(&scratch, 0, sizeof scratch);
    traffic_fill(&scratch, VIEW_USER, (k - 1) * INT64_C(5000), k * INT64_C(5000), &p);
    for (size_t i = 0; i < n; i++)
        scratch.signals[r[i].what][r[i].side] =
            (struct interval_signal){.reported = true, .value = r[i].value};
    mesh_apply(m, &scratch, VIEW_USER);
}

static const struct {
    const char         *what;
    struct report       r[2];
    size_t              n;
    enum verdict        verdict;
    enum verdict_reason reason;
    double              value;
} each_finding_cases[] = {
    {"nothing is reported", {{0}}, 0, VERDICT_HOLD, REASON_NOT_REPORTED, NAN},
    {"all is well",
     {{MESH_SIGNAL_PENDING_OVERFLOW, MESH_SIGNAL_CANARY, 0}},
     1,
     VERDICT_PASS,
     REASON_WITHIN_LIMIT,
     NAN},
    {"refused by a breaker",
     {{MESH_SIGNAL_PENDING_OVERFLOW, MESH_SIGNAL_CANARY, 5}},
     1,
     VERDICT_HOLD,
     REASON_BREAKER_OPEN,
     5},
    {"fewer than say anything",
     {{MESH_SIGNAL_PENDING_OVERFLOW, MESH_SIGNAL_CANARY, 4}},
     1,
     VERDICT_PASS,
     REASON_WITHIN_LIMIT,
     NAN},
    /* 5 % and 5 %: everybody's */
    {"refused alike",
     {{MESH_SIGNAL_REQUEST_OVERFLOW, MESH_SIGNAL_CANARY, 5},
      {MESH_SIGNAL_REQUEST_OVERFLOW, MESH_SIGNAL_BASELINE, 45}},
     2,
     VERDICT_PASS,
     REASON_WITHIN_LIMIT,
     NAN},
    /* not said to be the canary's: test_mesh_sides.c */
    {"one breaker for both, 1.1 % of all",
     {{MESH_SIGNAL_CONNECTION_OVERFLOW, MESH_SIGNAL_BOTH, 11}},
     1,
     VERDICT_PASS,
     REASON_WITHIN_LIMIT,
     NAN},
    {"a host is out",
     {{MESH_SIGNAL_EJECTED, MESH_SIGNAL_CANARY, 1}},
     1,
     VERDICT_HOLD,
     REASON_HOSTS_EJECTED,
     1},
    {"a host was put out",
     {{MESH_SIGNAL_EJECTIONS, MESH_SIGNAL_CANARY, 2}},
     1,
     VERDICT_HOLD,
     REASON_HOSTS_EJECTED,
     2},
    {"a host of the baseline is out",
     {{MESH_SIGNAL_EJECTED, MESH_SIGNAL_BASELINE, 1}},
     1,
     VERDICT_PASS,
     REASON_WITHIN_LIMIT,
     NAN},
    {"connects fail and time out",
     {{MESH_SIGNAL_CONNECT_FAILURES, MESH_SIGNAL_CANARY, 3},
      {MESH_SIGNAL_CONNECT_TIMEOUTS, MESH_SIGNAL_CANARY, 3}},
     2,
     VERDICT_HOLD,
     REASON_CONNECTIONS_FAILING,
     6},
    {"a retry for every fifth",
     {{MESH_SIGNAL_RETRIES, MESH_SIGNAL_CANARY, 20},
      {MESH_SIGNAL_RETRIES, MESH_SIGNAL_BASELINE, 9}},
     2,
     VERDICT_HOLD,
     REASON_RETRIES_AMPLIFIED,
     .2},
    /* 10 % against 9 %: 1.25 x .09 + .01 is more */
    {"retries as the baseline's",
     {{MESH_SIGNAL_RETRIES, MESH_SIGNAL_CANARY, 10},
      {MESH_SIGNAL_RETRIES, MESH_SIGNAL_BASELINE, 81}},
     2,
     VERDICT_PASS,
     REASON_WITHIN_LIMIT,
     NAN},
};

static void
each_finding(void **state)
{
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(each_finding_cases); i++) {
        struct mesh         m;
        struct check_result r;

        mesh_init(&m, &usual);
        feed(&m, 1, each_finding_cases[i].r, each_finding_cases[i].n);
        r = mesh_result(&m);
        if (r.verdict != each_finding_cases[i].verdict ||
            r.reason != each_finding_cases[i].reason ||
            isnan(r.value) != isnan(each_finding_cases[i].value))
            fail_msg("%s: %s %s %g", each_finding_cases[i].what, verdict_text(r.verdict),
                     verdict_reason_text(r.reason), r.value);
        if (!isnan(r.value))
            check_close(r.value, each_finding_cases[i].value, 1e-12);
    }
}

static void
a_finding_is_over_after_a_minute(void **state)
{
    static const struct report refused = {MESH_SIGNAL_PENDING_OVERFLOW, MESH_SIGNAL_CANARY, 50};
    static const struct report fine = {MESH_SIGNAL_PENDING_OVERFLOW, MESH_SIGNAL_CANARY, 0};
    struct mesh                m;
    (void)state;

    mesh_init(&m, &usual);
    feed(&m, 1, &refused, 1);
    for (int k = 2; k <= MESH_SLOTS; k++) {
        feed(&m, k, &fine, 1);
        assert_int_equal(mesh_result(&m).reason, REASON_BREAKER_OPEN);
    }
    feed(&m, 1 + MESH_SLOTS, &fine, 1);
    assert_int_equal(mesh_result(&m).reason, REASON_WITHIN_LIMIT);
    /* what was once reported is known from then on, though it is silent */
    feed(&m, 1 + 3 * MESH_SLOTS, NULL, 0);
    assert_int_equal(mesh_result(&m).reason, REASON_WITHIN_LIMIT);
    /* time that goes back is no interval */
    feed(&m, 1, &refused, 1);
    assert_int_equal(mesh_result(&m).reason, REASON_WITHIN_LIMIT);
}

/* lost requests of 1,000 in each of n intervals. */
static void
feed_lost(struct mesh *m, int from, int n, uint64_t no_route, uint64_t no_cluster)
{
    for (int k = from; k < from + n; k++) {
        const struct pair p = {.n = {100, 900}};

        memset(&scratch, 0, sizeof scratch);
        traffic_fill(&scratch, VIEW_USER, (k - 1) * INT64_C(5000), k * INT64_C(5000), &p);
        scratch.unattributed_no_route[VIEW_USER] = no_route;
        scratch.unattributed_no_cluster[VIEW_USER] = no_cluster;
        scratch.unattributed[VIEW_USER] = no_route + no_cluster;
        mesh_apply(m, &scratch, VIEW_USER);
    }
}

static void
a_broken_route_aborts(void **state)
{
    static const struct {
        uint64_t no_route, no_cluster;
        int      intervals;
        bool     abort;
    } cases[] = {
        {20, 0, 2, true},  {0, 20, 2, true}, {10, 5, 2, true},
        {20, 0, 1, false}, {9, 0, 5, false}, /* few */
        {10, 0, 5, false},                   /* 10 of 1,010 */
        {11, 0, 2, true},                    /* 11 of 1,011 */
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mesh m;

        mesh_init(&m, &usual);
        feed_lost(&m, 1, 10, 0, 0);
        feed_lost(&m, 11, cases[i].intervals, cases[i].no_route, cases[i].no_cluster);
        if ((mesh_result(&m).verdict == VERDICT_ABORT) != cases[i].abort)
            fail_msg("case %zu: %s", i, verdict_reason_text(mesh_result(&m).reason));
        if (cases[i].abort)
            assert_int_equal(mesh_result(&m).reason, REASON_ROUTING_BROKEN);
        feed_lost(&m, 50, 1, 0, 0);
        assert_int_not_equal(mesh_result(&m).verdict, VERDICT_ABORT);
    }
}

static void
told_as_the_policy_says(void **state)
{
    static const struct report ejected = {MESH_SIGNAL_EJECTED, MESH_SIGNAL_CANARY, 1};
    static const enum verdict  as[] = {VERDICT_HOLD, VERDICT_FAIL, VERDICT_ABORT};
    struct mesh                m;
    const struct policy        off = {0};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(as); i++) {
        const struct policy p = {.mesh = {.on = true, .then = as[i]}};

        mesh_init(&m, &p);
        feed(&m, 1, &ejected, 1);
        assert_int_equal(mesh_result(&m).verdict, as[i]);
    }
    mesh_init(&m, &off);
    feed(&m, 1, &ejected, 1);
    feed_lost(&m, 2, 2, 500, 0);
    assert_int_equal(mesh_result(&m).reason, REASON_NOT_CONFIGURED);
}

static void
it_goes_on_where_it_stopped(void **state)
{
    static const struct report seen[] = {{MESH_SIGNAL_PENDING_OVERFLOW, MESH_SIGNAL_CANARY, 3},
                                         {MESH_SIGNAL_RETRIES, MESH_SIGNAL_BASELINE, 90},
                                         {MESH_SIGNAL_CONNECTIONS, MESH_SIGNAL_BOTH, UINT64_MAX}};
    struct mesh                m, again;
    struct text                t;
    struct unpack              in;
    (void)state;

    mesh_init(&m, &usual);
    mesh_init(&again, &usual);
    for (int k = 1; k <= 20; k++)
        feed(&m, k, seen, ARRAY_LEN(seen));
    feed_lost(&m, 21, 1, 100, 0);
    check_restore(mesh_pack, mesh_unpack, &m, &again);
    feed_lost(&m, 22, 1, 100, 0);
    feed_lost(&again, 22, 1, 100, 0);
    assert_int_equal(mesh_result(&again).reason, REASON_ROUTING_BROKEN);
    check_same_state(mesh_pack, &m, &again);
    /* any cut is found out */
    text_init(&t, 1 << 16);
    mesh_pack(&m, &t);
    for (size_t n = 0; n < t.n; n++) {
        in = (struct unpack){.rest = {t.p, n}};
        mesh_unpack(&again, &in);
        assert_true(in.bad);
    }
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_finding),
        cmocka_unit_test(a_finding_is_over_after_a_minute),
        cmocka_unit_test(a_broken_route_aborts),
        cmocka_unit_test(told_as_the_policy_says),
        cmocka_unit_test(it_goes_on_where_it_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
