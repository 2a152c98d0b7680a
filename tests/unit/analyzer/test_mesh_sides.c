#include "analyzer/mesh.h"
#include "tests/unit/analyzer/traffic.h"

#include <string.h>

enum { TICK_MS = 5000 };

static struct interval scratch;

static const struct policy usual = {.mesh = {.on = true, .then = VERDICT_HOLD}};

static void
begin_interval(int tick, const struct pair *p)
{
    memset(&scratch, 0, sizeof scratch);
    traffic_fill(&scratch, VIEW_USER, (int64_t)tick * TICK_MS, (int64_t)(tick + 1) * TICK_MS, p);
}

static void
signal_is(enum mesh_signal s, enum mesh_signal_side side, uint64_t value)
{
    scratch.signals[s][side] = (struct interval_signal){.reported = true, .value = value};
}

static enum verdict_reason
after_one(const struct pair *p, enum mesh_signal s, const uint64_t value[MESH_SIGNAL_SIDES])
{
    struct mesh m;

    mesh_init(&m, &usual);
    begin_interval(0, p);
    for (int side = 0; side < MESH_SIGNAL_SIDES; side++)
        signal_is(s, (enum mesh_signal_side)side, value[side]);
    mesh_apply(&m, &scratch, VIEW_USER);
    return mesh_result(&m).reason;
}

static void
finds_what_is_the_canarys(void **state)
{
    (void)state;
    static const struct {
        struct pair         p;
        enum mesh_signal    s;
        uint64_t            value[MESH_SIGNAL_SIDES];
        enum verdict_reason want;
    } cases[] = {
#define PAIR(n_c, x_c, n_b, x_b) {.n = {n_c, n_b}, .x = {x_c, x_b}}
        {PAIR(100, 0, 900, 0), MESH_SIGNAL_PENDING_OVERFLOW, {5}, REASON_BREAKER_OPEN},
        {PAIR(100, 0, 900, 0), MESH_SIGNAL_PENDING_OVERFLOW, {4}, REASON_WITHIN_LIMIT},
        {PAIR(1000, 0, 900, 0), MESH_SIGNAL_PENDING_OVERFLOW, {10}, REASON_WITHIN_LIMIT}, /* 1 % */
        /* the baseline's hosts refuse as many: 2 times, and what chance allows, are not passed */
        {PAIR(100, 0, 900, 0), MESH_SIGNAL_REQUEST_OVERFLOW, {20, 90}, REASON_WITHIN_LIMIT},
        {PAIR(100, 0, 900, 0), MESH_SIGNAL_REQUEST_OVERFLOW, {60, 90}, REASON_BREAKER_OPEN},
        {PAIR(0, 0, 900, 0), MESH_SIGNAL_CONNECT_FAILURES, {5}, REASON_CONNECTIONS_FAILING},
        {PAIR(100, 0, 0, 0), MESH_SIGNAL_CONNECT_FAILURES, {5}, REASON_CONNECTIONS_FAILING},
        {PAIR(100, 0, 900, 0), MESH_SIGNAL_EJECTED, {1}, REASON_HOSTS_EJECTED},
        {PAIR(100, 0, 900, 0), MESH_SIGNAL_EJECTED, {0, 3}, REASON_WITHIN_LIMIT},
        {PAIR(100, 0, 900, 0), MESH_SIGNAL_RETRIES, {20, 9}, REASON_RETRIES_AMPLIFIED},
        {PAIR(100, 0, 900, 0), MESH_SIGNAL_RETRIES, {20, 180}, REASON_WITHIN_LIMIT},
        /* what cannot be told apart is the canary's where its requests fail more often */
        {PAIR(100, 20, 900, 0), MESH_SIGNAL_EJECTED, {0, 0, 1}, REASON_HOSTS_EJECTED},
        {PAIR(100, 2, 900, 18), MESH_SIGNAL_EJECTED, {0, 0, 1}, REASON_WITHIN_LIMIT},
        {PAIR(100, 0, 900, 90), MESH_SIGNAL_EJECTED, {0, 0, 1}, REASON_WITHIN_LIMIT},
        {PAIR(100, 20, 900, 0),
         MESH_SIGNAL_CONNECT_FAILURES,
         {0, 0, 50},
         REASON_CONNECTIONS_FAILING},
        {PAIR(100, 2, 900, 18), MESH_SIGNAL_CONNECT_FAILURES, {0, 0, 50}, REASON_WITHIN_LIMIT},
        {PAIR(100, 0, 900, 0), MESH_SIGNAL_PENDING_OVERFLOW, {0, 0, 50}, REASON_WITHIN_LIMIT},
#undef PAIR
    };

    for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
        enum verdict_reason got = after_one(&cases[k].p, cases[k].s, cases[k].value);

        if (got != cases[k].want)
            fail_msg("case %zu: %s, want %s", k, verdict_reason_text(got),
                     verdict_reason_text(cases[k].want));
    }
}

/* A canary like its baseline, half an hour, an interval each 5 s: the share of
 * looks that hold it.  Retries come one or two at a time. */
static void
chance_does_not_hold_a_good_canary(void **state)
{
    (void)state;
    static const struct {
        double           n_c, n_b, share;
        enum mesh_signal s;
    } worlds[] = {
        {8, 75, .05, MESH_SIGNAL_RETRIES},          {8, 75, .02, MESH_SIGNAL_CONNECT_FAILURES},
        {80, 750, .05, MESH_SIGNAL_RETRIES},        {400, 400, .02, MESH_SIGNAL_RETRIES},
        {40, 360, .03, MESH_SIGNAL_RETRY_OVERFLOW}, {75, 8, .05, MESH_SIGNAL_RETRIES},
    };
    struct prng rnd = {11};

    for (size_t w = 0; w < ARRAY_LEN(worlds); w++) {
        int held = 0, looks = 0;

        for (int rollout = 0; rollout < 60; rollout++) {
            struct mesh m;

            mesh_init(&m, &usual);
            for (int t = 0; t < 360; t++) {
                const struct pair p = {.n = {traffic_poisson(&rnd, worlds[w].n_c),
                                             traffic_poisson(&rnd, worlds[w].n_b)}};
                double            events = worlds[w].share / 1.5;

                begin_interval(t, &p);
                for (int side = 0; side < ARM_COUNT; side++) {
                    double   mean = events * (side ? worlds[w].n_b : worlds[w].n_c);
                    uint64_t n =
                        traffic_poisson(&rnd, mean / 2) + 2 * traffic_poisson(&rnd, mean / 2);

                    signal_is(worlds[w].s, (enum mesh_signal_side)side, n);
                }
                mesh_apply(&m, &scratch, VIEW_USER);
                held += mesh_result(&m).verdict == VERDICT_HOLD;
                looks++;
            }
        }
        print_message("world %zu: held at %.3f %% of the looks\n", w, 100. * held / looks);
        assert_true(held <= looks / 1000);
    }
}

static void
state_goes_on_from_its_bytes(void **state)
{
    (void)state;
    const struct pair p = {.n = {100, 900}, .x = {20, 3}};
    struct mesh       m, twin;

    mesh_init(&m, &usual);
    mesh_init(&twin, &usual);
    for (int t = 0; t < 30; t++) {
        begin_interval(t, &p);
        signal_is(MESH_SIGNAL_EJECTED, MESH_SIGNAL_BOTH, (uint64_t)t % 3);
        mesh_apply(&m, &scratch, VIEW_USER);
    }
    check_restore(mesh_pack, mesh_unpack, &m, &twin);
    assert_int_equal(mesh_result(&twin).reason, REASON_HOSTS_EJECTED);
}

static void
times_that_no_interval_has_are_refused(void **state)
{
    (void)state;
    static const int64_t newest[] = {INT64_MIN, -2, INT64_MAX};
    struct mesh          m, twin;
    struct text          t;
    struct unpack        in;

    for (size_t k = 0; k < ARRAY_LEN(newest); k++) {
        mesh_init(&m, &usual);
        m.newest = newest[k];
        text_init(&t, 1 << 20);
        mesh_pack(&m, &t);
        mesh_init(&twin, &usual);
        in = (struct unpack){.rest = text_slice(&t)};
        mesh_unpack(&twin, &in);
        assert_true(in.bad);
        text_release(&t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_is_the_canarys),
        cmocka_unit_test(chance_does_not_hold_a_good_canary),
        cmocka_unit_test(state_goes_on_from_its_bytes),
        cmocka_unit_test(times_that_no_interval_has_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
