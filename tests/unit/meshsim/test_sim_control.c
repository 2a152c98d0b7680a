/* Steering: each command's effect, and that a refused one has none. */
#include "tests/unit/meshsim/mesh.h"

#include "tests/meshsim/sim_control.h"

/* "POST /weight service=reviews&version=v2&percent=25" */
static int
ask(struct mesh *m, const char *command, struct text *out)
{
    struct sim_question q = {0};
    struct slice        rest = slice_of(arena_text(&m->arena, slice_of(command)));
    struct slice        method = slice_cut(&rest, ' '), path = slice_cut(&rest, ' ');

    q.method = arena_text(&m->arena, method);
    q.path = arena_text(&m->arena, path);
    while (rest.n > 0) {
        struct slice value = slice_cut(&rest, '&'), key = slice_cut(&value, '=');

        q.at[q.n].key = arena_text(&m->arena, key);
        q.at[q.n++].value = arena_text(&m->arena, value);
    }
    text_init(out, SIM_LEDGER_MAX_BYTES);
    return sim_control_answer(m->world, &q, out);
}

static const char scenario[] = MESH_SCENARIO("requests_per_second: 100, weights: {v2: 10}", "", "");

static void
test_refusals(void **state)
{
    static const struct {
        const char *command;
        int         code;
        const char *says;
    } cases[] = {
        {"POST /wait", 404, "no such path"},
        {"GET /weight", 405, "wants POST"},
        {"POST /ledger", 405, "wants GET"},
        {"POST /weight service=reviews&version=v2", 400, "percent must be a number"},
        {"POST /weight service=reviews&version=v2&percent=101", 400, "0 to 100"},
        {"POST /weight service=reviews&version=v1&percent=10", 400, "what the others leave"},
        {"POST /weight service=ratings&version=v2&percent=10", 404, "no service"},
        {"POST /weight service=reviews&version=v3&percent=10", 404, "no version"},
        {"POST /weight service=reviews&version=v2&percent=10&x=1", 400, "unknown parameter"},
        {"POST /rate service=reviews&requests_per_second=-1", 400, "0 to"},
        {"POST /behave service=reviews&version=v2&error_rate=2", 400, "error_rate"},
        {"POST /behave service=reviews&version=v2&code=500", 400, "needs error_rate"},
        {"POST /behave service=reviews&version=v2&timeout=0.7&reset=0.7", 400, "over 1"},
        {"POST /behave service=reviews&version=v2&timeout=0.7&tiemout=0.1", 404, "tiemout"},
        {"POST /behave service=reviews&timeout=0.7", 404, "needs version="},
        {"POST /restart", 400, "needs the parameter pod"},
        {"POST /restart pod=x", 404, "no pod"},
        {"POST /kill pod=reviews-v1-07b5709128-0&new_pod=1", 400, "true or false"},
    };
    struct mesh            m;
    struct sim_service_now before;

    (void)state;
    mesh_begin(&m, scenario, 1);
    mesh_advance(&m, 1);
    before = m.world->services[0];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text t;
        int         code = ask(&m, cases[i].command, &t);

        if (code != cases[i].code || !strstr(t.p, cases[i].says))
            fail_msg("%s: got %d %s", cases[i].command, code, t.p);
        text_release(&t);
    }
    assert_memory_equal(&before, &m.world->services[0], sizeof before);
    mesh_end(&m);
}

static void
command(struct mesh *m, const char *what)
{
    struct text t;

    if (ask(m, what, &t) != 200)
        fail_msg("%s: %s", what, t.p);
    text_release(&t);
}

static void
test_effects(void **state)
{
    struct mesh                   m;
    const struct sim_service_now *now;
    const struct sim_behaviour   *b;

    (void)state;
    mesh_begin(&m, scenario, 1);
    mesh_advance(&m, 1);
    now = &m.world->services[0];
    b = &now->behaviour[1];
    command(&m, "POST /weight service=reviews&version=v2&percent=25");
    check_close(now->percent[1], 25, 0);
    check_close(now->percent[0], 75, 0);
    command(&m, "POST /behave service=reviews&version=v2&error_rate=0.5&code=502&latency_factor=3");
    assert_int_equal(b->n_errors, 1);
    assert_int_equal(b->errors[0].code, 502);
    check_close(b->errors[0].share, 0.5, 0);
    check_close(b->latency_factor, 3, 0);
    command(&m, "POST /behave service=reviews&version=v2&timeout=0.2");
    check_close(b->share[SIM_SHARE_TIMEOUT], 0.2, 0);
    check_close(b->latency_factor, 3, 0); /* not named: as it was */
    command(&m, "POST /behave service=reviews&abort_share=0.1&abort_code=503&delay_ms=20");
    check_close(now->faults.abort_share, 0.1, 0);
    assert_int_equal(now->faults.abort_code, 503);
    assert_int_equal(now->faults.delay_us, 20000);
    command(&m, "POST /rate service=reviews&requests_per_second=0");
    mesh_advance(&m, 10);
    check_close(mesh_total(&m, SIM_SIDE_SOURCE, -2), 100, 50); /* of the first second */
    assert_int_equal(m.world->in_flight, 0);
    mesh_end(&m);
}

static void
test_pods(void **state)
{
    struct mesh       m;
    struct sim_proxy *p;
    struct text       t;
    char              what[128];

    (void)state;
    mesh_begin(&m, scenario, 1);
    mesh_advance(&m, 1);
    p = m.world->proxies.at[0];
    snprintf(what, sizeof what, "POST /restart pod=%s&down=2s", p->pod);
    command(&m, what);
    assert_int_equal(p->state, SIM_PROXY_DOWN);
    mesh_advance(&m, 2.9);
    assert_int_equal(p->state, SIM_PROXY_DOWN);
    mesh_advance(&m, 3);
    assert_int_equal(p->state, SIM_PROXY_UP);
    snprintf(what, sizeof what, "POST /kill pod=%s", p->pod);
    command(&m, what);
    assert_int_equal(p->state, SIM_PROXY_GONE);
    assert_int_equal(ask(&m, what, &t), 409);
    text_release(&t);
    assert_int_equal(ask(&m, "GET /pods", &t), 200);
    assert_true(mesh_has(text_slice(&t), "\"gone\":true"));
    text_release(&t);
    assert_int_equal(ask(&m, "GET /ledger", &t), 200);
    assert_true(mesh_has(text_slice(&t), "\"state\":\"gone\""));
    text_release(&t);
    mesh_end(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_effects),
        cmocka_unit_test(test_pods),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
