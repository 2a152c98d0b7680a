/* ?wait=: who waits is answered by news, by its time, or by the end; nobody for ever. */
#include "daemon/waits.h"
#include "daemon/gateport.h"
#include "daemon/runs.h"
#include "tests/unit/daemon/world.h"

static struct world w;
static struct port  port;

struct heard {
    int  n, code;
    char body[4096], verdict_id[ULID_BYTES];
};

static void
hear(void *ctx, int http_code, struct slice body, const char *verdict_id)
{
    struct heard *h = ctx;

    h->n++;
    h->code = http_code;
    snprintf(h->body, sizeof h->body, "%.*s", SLICE_ARG(body));
    snprintf(h->verdict_id, sizeof h->verdict_id, "%s", verdict_id);
}

static void
ignore(void *ctx, const struct port_reply *r)
{
    (void)ctx;
    (void)r;
}

static struct liverun *
open_run(const char *service)
{
    struct question q = question_empty();

    snprintf(q.ns, sizeof q.ns, "prod");
    snprintf(q.service, sizeof q.service, "%s", service);
    snprintf(q.canary, sizeof q.canary, "v2");
    snprintf(q.revision, sizeof q.revision, "v2");
    assert_true(port.change(port.self, PORT_OPEN, &q, ignore, NULL));
    world_settle(&w);
    return runs_find(w.app.runs, "prod", service, "v2");
}

static int
set_up(void **state)
{
    (void)state;
    world_init(&w, true);
    world_start(&w, WORLD_CONFIG "  - {name: ratings, namespace: prod, source: mesh, "
                                 "versions: {key: version}}\n");
    port = gateport_of(&w.app);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    world_stop(&w);
    world_release(&w);
    return 0;
}

static struct port_read
about(const struct liverun *l, const char *seen)
{
    struct port_read r = {
        .what = PORT_READ_RUN, .state = -1, .verdict = -1, .limit = 50, .wait_ms = 30000};

    token_grant_all(&r.grant);
    memcpy(r.run, liverun_run(l)->who.id, sizeof r.run);
    snprintf(r.seen, sizeof r.seen, "%s", seen);
    return r;
}

static void
ask(const struct port_read *r, struct heard *h)
{
    *h = (struct heard){0};
    assert_true(port.read(port.self, r, hear, h));
    world_settle(&w);
}

static void
veto(struct liverun *l)
{
    const struct override o = {.action = OVERRIDE_VETO, .by = "ada", .why = "x"};
    struct err            err = {0};

    assert_int_equal(liverun_override(l, &o, "api", &err), STATUS_OK);
    world_settle(&w);
}

static void
a_new_verdict_ends_the_wait(void **state)
{
    struct liverun  *l = open_run("reviews");
    struct port_read r = about(l, "");
    struct heard     h, now;
    (void)state;

    ask(&r, &h);
    world_pass(&w, 10000, false);
    assert_int_equal(h.n, 0);
    veto(l);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.code, 200);
    assert_non_null(strstr(h.body, "\"verdict\":\"abort\""));

    /* What was seen is the newest: it waits; was another, it does not. */
    r = about(l, h.verdict_id);
    ask(&r, &now);
    assert_int_equal(now.n, 0);
    world_pass(&w, 31000, false);
    assert_int_equal(now.n, 1); /* its time is over */
    assert_string_equal(now.verdict_id, h.verdict_id);
    r = about(l, "01JD0000000000000000000000");
    ask(&r, &now);
    assert_int_equal(now.n, 1);
}

static void
of_several_runs_those_in_scope(void **state)
{
    struct liverun  *reviews = open_run("reviews"), *ratings = open_run("ratings");
    struct port_read all = {.what = PORT_READ_RUNS,
                            .state = -1,
                            .verdict = -1,
                            .limit = 50,
                            .wait_ms = 30000},
                     one = all;
    struct heard h_all, h_one;
    (void)state;

    snprintf(one.service, sizeof one.service, "ratings");
    ask(&all, &h_all);
    ask(&one, &h_one);
    veto(reviews);
    assert_int_equal(h_all.n, 1);
    assert_int_equal(h_one.n, 0);
    veto(ratings);
    assert_int_equal(h_one.n, 1);
    assert_int_equal(h_all.n, 1); /* once */
}

static void
what_has_ended_is_told_at_once(void **state)
{
    struct liverun  *l = open_run("reviews");
    struct port_read r = about(l, "");
    struct heard     h;
    (void)state;

    ask(&r, &h);
    liverun_end(l, "completed");
    world_settle(&w);
    assert_int_equal(h.n, 1);
    assert_non_null(strstr(h.body, "\"state\":\"ended\""));
    ask(&r, &h);
    assert_int_equal(h.n, 1);
    snprintf(r.run, sizeof r.run, "01JD0000000000000000000000");
    ask(&r, &h);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.code, 404);
}

/* Who may not see a run must not learn from a wait that there is one. */
static void
another_namespaces_run_is_not_waited_for(void **state)
{
    struct port_read r = about(open_run("reviews"), "");
    struct heard     h;
    (void)state;

    r.grant.n_namespaces = 1;
    snprintf(r.grant.ns[0], sizeof r.grant.ns[0], "other");
    ask(&r, &h);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.code, 404);
}

static void
places_are_bounded_and_given_back(void **state)
{
    static struct heard h[WAITS_MOST];
    struct liverun     *l = open_run("reviews");
    struct port_read    r = about(l, "");
    atomic_bool         gone = false;
    struct heard        more;
    (void)state;

    for (size_t i = 0; i < WAITS_MOST; i++) {
        r.gone = i == 7 ? &gone : NULL;
        ask(&r, &h[i]);
        assert_int_equal(h[i].n, 0);
    }
    ask(&r, &more);
    assert_int_equal(more.n, 1);
    assert_int_equal(more.code, 503);
    atomic_store(&gone, true);
    world_pass(&w, 500, false);
    assert_int_equal(h[7].n, 1);
    r.gone = NULL;
    ask(&r, &more);
    assert_int_equal(more.n, 0);
    veto(l);
    assert_int_equal(more.n, 1);
    for (size_t i = 0; i < WAITS_MOST; i++)
        assert_int_equal(h[i].n, 1);
}

static void
the_end_answers_all(void **state)
{
    struct port_read r;
    struct heard     h, late;
    (void)state;

    set_up(state);
    r = about(open_run("reviews"), "");
    ask(&r, &h);
    late = (struct heard){0};
    assert_true(port.read(port.self, &r, hear, &late)); /* its letter is not read yet */
    world_stop(&w);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.code, 503);
    assert_int_equal(late.n, 1);
    assert_int_equal(late.code, 503);
    world_release(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_verdict_ends_the_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_several_runs_those_in_scope, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_has_ended_is_told_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_namespaces_run_is_not_waited_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(places_are_bounded_and_given_back, set_up, tear_down),
        cmocka_unit_test(the_end_answers_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
