/* Flagger's queries and the snapshots of runs share a source. */
#include "daemon/measures.h"

#include "daemon/gateport.h"
#include "tests/unit/daemon/world.h"

#include <stdio.h>

static struct world w;
static int          n_ended;

static void
ended(void *ctx, enum status s, double value, const struct err *err)
{
    (void)ctx;
    (void)s;
    (void)value;
    (void)err;
    n_ended++;
}

static void
ignore(void *ctx, const struct port_reply *r)
{
    (void)ctx;
    (void)r;
}

static void
flood(int n)
{
    struct port_measure m = {.what = PORT_METRIC_SUCCESS_RATE,
                             .expr = SLICE_LITERAL("flood"),
                             .traffic = SLICE_LITERAL("flood")};

    snprintf(m.ns, sizeof m.ns, "prod");
    snprintf(m.service, sizeof m.service, "reviews");
    for (int i = 0; i < n; i++)
        assert_true(measures_take(&w.app, &m, ended, NULL));
}

/* Snapshots that are asked now; they are answered, with no series. */
static size_t
snapshots(void)
{
    size_t n = 0;

    for (; w.n_answered < fakefetch_count(w.fakefetch); w.n_answered++) {
        const struct fakefetch_call *call = fakefetch_call(w.fakefetch, w.n_answered);

        if (!call->open || strstr(call->body, "flood"))
            continue;
        fakefetch_reply(w.fakefetch, w.n_answered, 200,
                        "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
                        "\"result\":[]}}");
        n += !slice_starts(slice_of(call->body), "query=1&"); /* is it there? */
    }
    return n;
}

/* A source that answers no query of Flagger's, asked as fast as may be: each tick of the
 * run has its snapshot, at once. */
static void
a_flood_of_checks_leaves_the_snapshots_alone(void **state)
{
    struct port     port;
    struct question q = question_empty();
    size_t          seen = 0;
    int             asked = 900;

    (void)state;
    world_init(&w, true);
    world_start(&w, WORLD_CONFIG);
    port = gateport_of(&w.app);
    snprintf(q.service, sizeof q.service, "reviews");
    snprintf(q.ns, sizeof q.ns, "prod");
    snprintf(q.canary, sizeof q.canary, "v2");
    flood(900);
    world_settle(&w);
    assert_int_equal(snapshots(), 0);
    assert_true(port.change(port.self, PORT_OPEN, &q, ignore, NULL));
    world_settle(&w);
    assert_int_equal(snapshots(), 1);
    for (int64_t ms = 0; ms < 8 * w.config->sources[0].tick_ms; ms += 1000) {
        flood(100);
        world_pass(&w, 1000, false);
        seen += snapshots();
        asked += 100;
    }
    assert_true(seen >= 8);
    assert_true(n_ended > 900); /* in their own time */
    world_stop(&w);
    world_release(&w);
    assert_int_equal(n_ended, asked);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_of_checks_leaves_the_snapshots_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
