#include "tests/support/check.h"

#include "promql/promclient.h"
#include "tests/support/fakefetch.h"

#include <stdlib.h>
#include <string.h>

static const char one[] = "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\","
                          "\"result\":[1700000000,\"1\"]}}";

/* A world under the test's thumb: time stands still unless told, and chance is
 * the largest value there is, so that jitter shows its upper bound. */
struct world {
    int64_t                 now_ms;
    uint64_t                chance;
    struct clock            clock;
    struct entropy          entropy;
    struct timer_set       *timers;
    struct fakefetch       *fake;
    struct fetch            fetch;
    struct promclient      *client;
    struct arena            arena;
    struct promclient_world port;
};

struct ending {
    int                      calls;
    struct promclient_answer last;
    double                   value; /* of a scalar */
    size_t                   n_warnings;
    struct promclient_query *cancels; /* cancelled from inside done */
    struct world            *asks;    /* asked again from inside done */
    struct ending           *next;
};

static int64_t
world_now(void *self)
{
    return ((struct world *)self)->now_ms;
}

static void
world_chance(void *self, void *out, size_t n)
{
    memcpy(out, &((struct world *)self)->chance, n < 8 ? n : 8);
}

static void
start(struct world *w, struct promclient_config config)
{
    struct err err = {0};

    *w = (struct world){.now_ms = 5000};
    w->clock = (struct clock){world_now, world_now, w};
    w->entropy = (struct entropy){world_chance, w};
    w->timers = timer_set_new(&w->clock);
    w->fake = fakefetch_new();
    w->fetch = fakefetch_port(w->fake);
    w->port =
        (struct promclient_world){.fetch = &w->fetch, .clock = &w->clock, .entropy = &w->entropy};
    w->port.timer = timer_set_port(w->timers);
    config.name = "mesh";
    config.url = config.url ? config.url : "http://prom:9090/";
    assert_int_equal(promclient_new(&config, &w->port, &w->client, &err), STATUS_OK);
}

static void
stop(struct world *w)
{
    promclient_free(w->client);
    fakefetch_settle(w->fake);
    assert_int_equal(timer_set_count(w->timers), 0);
    timer_set_free(w->timers);
    fakefetch_free(w->fake);
    arena_release(&w->arena);
}

static void
advance(struct world *w, int64_t ms)
{
    w->now_ms += ms;
    timer_set_run(w->timers);
}

static struct promclient_query *ask(struct world *w, struct ending *e, int64_t timeout_ms);

static void
on_done(void *ctx, const struct promclient_answer *a)
{
    struct ending *e = ctx;

    e->calls++;
    e->last = *a;
    if (a->reply) {
        e->value = a->reply->scalar.value;
        e->n_warnings = a->reply->n_warnings;
    }
    if (e->cancels)
        promclient_cancel(e->cancels);
    if (e->asks)
        ask(e->asks, e->next, 0);
}

static struct promclient_query *
ask_as(struct world *w, struct ending *e, int64_t timeout_ms, bool yields)
{
    struct promclient_question q = {.expr = SLICE_LITERAL("up{a=\"b c\"}"),
                                    .at_ms = 1700000000120,
                                    .timeout_ms = timeout_ms,
                                    .arena = &w->arena,
                                    .yields = yields};

    return promclient_ask(w->client, &q, on_done, e);
}

static struct promclient_query *
ask(struct world *w, struct ending *e, int64_t timeout_ms)
{
    return ask_as(w, e, timeout_ms, false);
}

static void
posts_a_form_and_hands_on_the_reply(void **state)
{
    struct world  w;
    struct ending e = {0};

    (void)state;
    start(&w, (struct promclient_config){.url = "http://prom:9090/prefix//"});
    ask(&w, &e, 2500);
    assert_int_equal(fakefetch_count(w.fake), 1);
    assert_string_equal(fakefetch_call(w.fake, 0)->method, "POST");
    assert_string_equal(fakefetch_call(w.fake, 0)->url, "http://prom:9090/prefix/api/v1/query");
    assert_string_equal(fakefetch_call(w.fake, 0)->content_type,
                        "application/x-www-form-urlencoded");
    assert_string_equal(fakefetch_call(w.fake, 0)->body,
                        "query=up%7Ba%3D%22b%20c%22%7D&time=1700000000.120&timeout=2.500");
    assert_int_equal(fakefetch_call(w.fake, 0)->timeout_ms, 2500);
    assert_int_equal(e.calls, 0);
    w.now_ms += 40;
    fakefetch_reply(w.fake, 0, 200,
                    "{\"status\":\"success\",\"warnings\":[\"w\"],\"data\":"
                    "{\"resultType\":\"scalar\",\"result\":[1.5,\"7\"]}}");
    assert_int_equal(e.calls, 1);
    assert_int_equal(e.last.status, STATUS_OK);
    assert_int_equal(e.last.took_ms, 40);
    assert_int_equal(e.last.attempts, 1);
    assert_int_equal(e.n_warnings, 1);
    check_close(e.value, 7, 0);
    stop(&w);
}

static void
range_queries_carry_start_end_and_step(void **state)
{
    struct world               w;
    struct ending              e = {0};
    struct promclient_question q = {.expr = SLICE_LITERAL("up"),
                                    .range = true,
                                    .start_ms = 1000,
                                    .end_ms = 61001,
                                    .step_ms = 15000,
                                    .limit = 10,
                                    .arena = &w.arena};

    (void)state;
    start(&w, (struct promclient_config){0});
    promclient_ask(w.client, &q, on_done, &e);
    assert_string_equal(fakefetch_call(w.fake, 0)->url, "http://prom:9090/api/v1/query_range");
    assert_string_equal(fakefetch_call(w.fake, 0)->body,
                        "query=up&start=1.000&end=61.001&step=15.000&timeout=10.000&limit=10");
    fakefetch_reply(w.fake, 0, 200,
                    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}");
    assert_int_equal(e.last.status, STATUS_OK);

    q.step_ms = 5; /* 12,000 points */
    promclient_ask(w.client, &q, on_done, &e);
    assert_int_equal(e.calls, 1);
    advance(&w, 0);
    assert_int_equal(e.calls, 2);
    assert_int_equal(e.last.status, STATUS_RANGE);
    assert_int_equal(fakefetch_count(w.fake), 1);
    stop(&w);
}

static const struct {
    const char *name;
    enum status fetch; /* not OK: the exchange failed */
    int         code;
    const char *body;
    enum status want;
    bool        again;
    const char *text; /* part of the sentence */
} every_failure_has_a_typed_reason_cases[] = {
    {"no connection", STATUS_UNREACHABLE, 0, "", STATUS_UNREACHABLE, true, ": scripted"},
    {"attempt timed out", STATUS_TIMEOUT, 0, "", STATUS_TIMEOUT, false, ": scripted"},
    {"body too large", STATUS_TOO_LARGE, 0, "", STATUS_TOO_LARGE, false, ": scripted"},
    {"no token file", STATUS_IO, 0, "", STATUS_IO, false, ": scripted"},
    {"redirect", STATUS_OK, 302, "moved", STATUS_REFUSED, false, "redirects are not followed"},
    {"unauthorized", STATUS_OK, 401, "who?", STATUS_REFUSED, false, "credentials): who?"},
    {"forbidden", STATUS_OK, 403, "", STATUS_REFUSED, false, "HTTP 403"},
    {"wrong path", STATUS_OK, 404, "404 page not found", STATUS_REFUSED, false, "path prefix"},
    {"too many", STATUS_OK, 429, "slow down", STATUS_REFUSED, true, "HTTP 429: slow down"},
    {"internal", STATUS_OK, 500,
     "{\"status\":\"error\",\"errorType\":\"internal\",\"error\":\"x\"}", STATUS_REFUSED, true,
     "HTTP 500"},
    {"gateway", STATUS_OK, 502, "<html>bad gateway", STATUS_REFUSED, true, "<html>bad gateway"},
    {"query too slow", STATUS_OK, 503,
     "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"query timed out in "
     "expression "
     "evaluation\"}",
     STATUS_TIMEOUT, false, "timeout: query timed out in expression evaluation"},
    {"parse error", STATUS_OK, 400,
     "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"1:4: parse error: "
     "unexpected "
     "<by>\"}",
     STATUS_BAD_QUERY, false, "1:4: parse error: unexpected <by>"},
    {"execution", STATUS_OK, 422,
     "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"many-to-many\"}",
     STATUS_BAD_QUERY, false, "many-to-many"},
    {"400 of a proxy", STATUS_OK, 400, "bad request", STATUS_REFUSED, false, "HTTP 400"},
    {"login page", STATUS_OK, 200, "<html>log in", STATUS_MALFORMED, false, "\"<html>log in\""},
    {"nothing", STATUS_OK, 204, "", STATUS_MALFORMED, false, "byte 0"},
    {"error with 200", STATUS_OK, 200,
     "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"no\"}", STATUS_BAD_QUERY, false,
     "bad_data: no"},
};

/* What each answer means, and whether it is asked again. */
static void
every_failure_has_a_typed_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(every_failure_has_a_typed_reason_cases); i++) {
        struct world  w;
        struct ending e = {0};

        start(&w, (struct promclient_config){.max_attempts = 2});
        ask(&w, &e, 0);
        for (size_t n = 0; n < (every_failure_has_a_typed_reason_cases[i].again ? 2u : 1u); n++) {
            assert_int_equal(e.calls, 0);
            assert_int_equal(fakefetch_count(w.fake), n + 1);
            if (every_failure_has_a_typed_reason_cases[i].fetch)
                fakefetch_fail(w.fake, n, every_failure_has_a_typed_reason_cases[i].fetch,
                               "scripted");
            else
                fakefetch_reply(w.fake, n, every_failure_has_a_typed_reason_cases[i].code,
                                every_failure_has_a_typed_reason_cases[i].body);
            advance(&w, 1000);
        }
        assert_int_equal(e.calls, 1);
        if (e.last.status != every_failure_has_a_typed_reason_cases[i].want ||
            !strstr(e.last.err.text, every_failure_has_a_typed_reason_cases[i].text))
            fail_msg("%s: %s, \"%s\"", every_failure_has_a_typed_reason_cases[i].name,
                     status_text(e.last.status), e.last.err.text);
        assert_ptr_equal(strstr(e.last.err.text, "source mesh: "), e.last.err.text);
        assert_int_equal(e.last.http_code, every_failure_has_a_typed_reason_cases[i].code);
        assert_int_equal(e.last.attempts, every_failure_has_a_typed_reason_cases[i].again ? 2 : 1);
        assert_null(e.last.reply);
        stop(&w);
    }
}

static void
post_falls_back_to_get_and_stays_there(void **state)
{
    static const int codes[] = {405, 501};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        struct world  w;
        struct ending e = {0};

        start(&w, (struct promclient_config){0});
        ask(&w, &e, 0);
        fakefetch_reply(w.fake, 0, codes[i], "no");
        assert_int_equal(fakefetch_count(w.fake), 2); /* at once, not after a wait */
        assert_string_equal(fakefetch_call(w.fake, 1)->method, "GET");
        assert_string_equal(fakefetch_call(w.fake, 1)->url,
                            "http://prom:9090/api/v1/query?query=up%7Ba%3D%22b%20c%22%7D&"
                            "time=1700000000.120&timeout=10.000");
        assert_string_equal(fakefetch_call(w.fake, 1)->body, "");
        fakefetch_reply(w.fake, 1, 200, one);
        assert_int_equal(e.last.attempts, 1);
        ask(&w, &e, 0);
        assert_string_equal(fakefetch_call(w.fake, 2)->method, "GET");
        fakefetch_reply(w.fake, 2, codes[i], "no GET either");
        assert_int_equal(e.calls, codes[i] == 405 ? 2 : 1); /* 501 is a 5xx: asked again */
        stop(&w);
    }
}

/* Exponential with full jitter: at most 100, 200, 400 … capped; 0 at least. */
static void
retries_back_off_within_their_bounds(void **state)
{
    static const int64_t most[] = {100, 200, 400, 500, 500};
    struct world         w;
    struct ending        e = {0};

    (void)state;
    for (int extreme = 0; extreme < 2; extreme++) {
        e = (struct ending){0};
        start(&w, (struct promclient_config){.max_attempts = 6, .backoff_most_ms = 500});
        ask(&w, &e, 60000);
        for (size_t i = 0; i < ARRAY_LEN(most); i++) {
            /* chance % (most + 1) == most, or 0 */
            w.chance = extreme ? (uint64_t)most[i] : 0;
            fakefetch_fail(w.fake, i, STATUS_UNREACHABLE, "no");
            if (extreme) {
                advance(&w, most[i] - 1);
                assert_int_equal(fakefetch_count(w.fake), i + 1);
                advance(&w, 1);
            } else {
                advance(&w, 0);
            }
            assert_int_equal(fakefetch_count(w.fake), i + 2);
        }
        fakefetch_fail(w.fake, ARRAY_LEN(most), STATUS_UNREACHABLE, "no");
        assert_int_equal(e.calls, 1);
        assert_non_null(strstr(e.last.err.text, "after 6 attempts"));
        assert_int_equal(promclient_stats(w.client).retries, 5);
        stop(&w);
    }
}

static void
no_retry_is_made_that_would_pass_the_deadline(void **state)
{
    struct world  w;
    struct ending e = {0};

    (void)state;
    start(&w, (struct promclient_config){.backoff_first_ms = 100});
    ask(&w, &e, 1000);
    assert_int_equal(fakefetch_call(w.fake, 0)->timeout_ms, 1000);
    w.now_ms += 700;
    w.chance = 100;
    fakefetch_fail(w.fake, 0, STATUS_UNREACHABLE, "no");
    advance(&w, 100);
    assert_int_equal(fakefetch_count(w.fake), 2);
    assert_int_equal(fakefetch_call(w.fake, 1)->timeout_ms, 200); /* what is left */
    w.chance = 200;
    fakefetch_fail(w.fake, 1, STATUS_UNREACHABLE, "still no");
    assert_int_equal(e.calls, 1);
    assert_int_equal(e.last.status, STATUS_UNREACHABLE);
    assert_non_null(strstr(e.last.err.text, "after 2 attempts: still no"));
    stop(&w);
}

static void
retry_after_holds_the_whole_source_and_is_capped(void **state)
{
    struct world        w;
    struct ending       a = {0}, b = {0}, c = {0};
    struct fetch_result busy = {.http_code = 429, .retry_after_ms = 600000};

    (void)state;
    start(&w, (struct promclient_config){.retry_after_most_ms = 3000});
    ask(&w, &a, 60000);
    fakefetch_answer(w.fake, 0, &busy);
    ask(&w, &b, 60000);
    ask(&w, &c, 2000); /* cannot wait that long */
    assert_int_equal(fakefetch_count(w.fake), 1);
    advance(&w, 2000);
    assert_int_equal(c.calls, 1);
    assert_int_equal(c.last.status, STATUS_TIMEOUT);
    advance(&w, 999);
    assert_int_equal(fakefetch_count(w.fake), 1);
    advance(&w, 1);
    assert_int_equal(fakefetch_count(w.fake), 3);
    fakefetch_reply(w.fake, 1, 200, one);
    fakefetch_reply(w.fake, 2, 200, one);
    assert_int_equal(a.last.status, STATUS_OK);
    assert_int_equal(b.last.status, STATUS_OK);

    /* A wait beyond the deadline is not begun. */
    a.calls = 0;
    ask(&w, &a, 1000);
    fakefetch_answer(w.fake, 3, &busy);
    assert_int_equal(a.calls, 1);
    assert_int_equal(a.last.status, STATUS_REFUSED);
    stop(&w);
}

static void
the_budget_bounds_flights_and_the_queue(void **state)
{
    struct world  w;
    struct ending e[6] = {{0}};

    (void)state;
    start(&w, (struct promclient_config){.max_in_flight = 2, .max_queued = 3});
    for (size_t i = 0; i < 6; i++)
        ask(&w, &e[i], 1000);
    assert_int_equal(fakefetch_count(w.fake), 2);
    assert_int_equal(promclient_stats(w.client).queued, 3);
    assert_int_equal(e[5].calls, 0); /* never from inside ask */
    advance(&w, 0);
    assert_int_equal(e[5].last.status, STATUS_BUSY);
    fakefetch_reply(w.fake, 0, 200, one);
    assert_int_equal(fakefetch_count(w.fake), 3); /* first come, first served */
    assert_int_equal(promclient_stats(w.client).in_flight, 2);
    advance(&w, 1000);
    assert_int_equal(e[3].last.status, STATUS_TIMEOUT);
    assert_non_null(strstr(e[3].last.err.text, "the most allowed is 2"));
    assert_int_equal(e[4].calls, 1);
    assert_int_equal(promclient_stats(w.client).queued, 0);
    fakefetch_reply(w.fake, 1, 200, one);
    fakefetch_reply(w.fake, 2, 200, one);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(e[i].calls, 1);
    stop(&w);
}

/* However many that yield were there first: half of the flights are free, the next turn
 * is not theirs, and the queue has room. */
static void
who_yields_lets_others_go_first(void **state)
{
    struct world  w;
    struct ending y[10] = {{0}}, n[5] = {{0}};

    (void)state;
    start(&w, (struct promclient_config){.max_in_flight = 4, .max_queued = 8});
    for (size_t i = 0; i < 10; i++)
        ask_as(&w, &y[i], 1000, true);
    assert_int_equal(fakefetch_count(w.fake), 2);
    assert_int_equal(promclient_stats(w.client).queued, 2);
    advance(&w, 0);
    assert_int_equal(y[4].last.status, STATUS_BUSY);
    for (size_t i = 0; i < 5; i++)
        ask(&w, &n[i], 1000);
    assert_int_equal(fakefetch_count(w.fake), 4);
    fakefetch_reply(w.fake, 0, 200, one); /* of one that yields: n[2] has waited less */
    fakefetch_reply(w.fake, 1, 200, one);
    assert_int_equal(fakefetch_count(w.fake), 6);
    for (size_t i = 2; i < 6; i++)
        fakefetch_reply(w.fake, i, 200, one);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(n[i].calls, 1);
    assert_int_equal(fakefetch_count(w.fake), 9); /* n[4], y[2], y[3] */
    advance(&w, 0);
    stop(&w);
    assert_int_equal(y[2].calls + y[3].calls + n[4].calls, 3);
}

static void
cancel_in_every_state(void **state)
{
    struct world             w;
    struct ending            flying = {0}, queued = {0}, backing = {0};
    struct promclient_query *q[3];

    (void)state;
    start(&w, (struct promclient_config){.max_in_flight = 1});
    w.chance = 50;
    q[0] = ask(&w, &backing, 0);
    fakefetch_fail(w.fake, 0, STATUS_UNREACHABLE, "no");
    assert_int_equal(promclient_stats(w.client).backing_off, 1);
    q[1] = ask(&w, &flying, 0);
    q[2] = ask(&w, &queued, 0);
    for (size_t i = 0; i < 3; i++) {
        promclient_cancel(q[i]);
        promclient_cancel(q[i]);
    }
    assert_int_equal(flying.calls + queued.calls + backing.calls, 0);
    advance(&w, 0);
    fakefetch_settle(w.fake);
    assert_int_equal(flying.last.status, STATUS_CANCELLED);
    assert_int_equal(queued.last.status, STATUS_CANCELLED);
    assert_int_equal(backing.last.status, STATUS_CANCELLED);
    assert_int_equal(flying.calls + queued.calls + backing.calls, 3);
    assert_int_equal(fakefetch_count(w.fake), 2);
    assert_int_equal(promclient_stats(w.client).in_flight, 0);
    stop(&w);
}

static void
done_may_ask_and_cancel(void **state)
{
    struct world  w;
    struct ending a = {0}, b = {0}, c = {0};

    (void)state;
    start(&w, (struct promclient_config){.max_in_flight = 1});
    ask(&w, &a, 0);
    a.cancels = ask(&w, &b, 0);
    a.asks = &w;
    a.next = &c;
    fakefetch_reply(w.fake, 0, 200, one); /* starts b, then cancels it and asks c */
    fakefetch_settle(w.fake);
    assert_int_equal(b.last.status, STATUS_CANCELLED);
    assert_int_equal(fakefetch_open(w.fake), 1);
    fakefetch_reply(w.fake, 2, 200, one);
    assert_int_equal(c.last.status, STATUS_OK);
    stop(&w);
}

static void
free_reports_all_that_is_open(void **state)
{
    struct world  w;
    struct ending flying = {0}, queued = {0};

    (void)state;
    start(&w, (struct promclient_config){.max_in_flight = 1});
    ask(&w, &flying, 0);
    ask(&w, &queued, 0);
    stop(&w);
    assert_int_equal(flying.calls, 1);
    assert_int_equal(queued.calls, 1);
    assert_int_equal(flying.last.status, STATUS_CANCELLED);
    assert_int_equal(queued.last.status, STATUS_CANCELLED);
}

static void
urls_that_are_not_of_an_upstream(void **state)
{
    static const char *const bad[] = {
        "",           "prom:9090",          "ftp://prom",       "http://",
        "http:///x",  "http://:9090",       "http://u:p@prom/", "http://prom/?a=b",
        "http://p#f", "http://prom/a b",    "http://prom/\n",   "http://prom\\evil",
        "HTTP://x",   "http://pr\xc3\xb6m",
    };
    struct world       w = {0};
    struct promclient *c;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct promclient_config config = {.name = "mesh", .url = bad[i]};
        struct err               err = {0};

        if (promclient_new(&config, &w.port, &c, &err) != STATUS_SYNTAX)
            fail_msg("\"%s\" was taken", bad[i]);
        assert_ptr_equal(strstr(err.text, "source mesh: "), err.text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posts_a_form_and_hands_on_the_reply),
        cmocka_unit_test(range_queries_carry_start_end_and_step),
        cmocka_unit_test(every_failure_has_a_typed_reason),
        cmocka_unit_test(post_falls_back_to_get_and_stays_there),
        cmocka_unit_test(retries_back_off_within_their_bounds),
        cmocka_unit_test(no_retry_is_made_that_would_pass_the_deadline),
        cmocka_unit_test(retry_after_holds_the_whole_source_and_is_capped),
        cmocka_unit_test(the_budget_bounds_flights_and_the_queue),
        cmocka_unit_test(who_yields_lets_others_go_first),
        cmocka_unit_test(cancel_in_every_state),
        cmocka_unit_test(done_may_ask_and_cancel),
        cmocka_unit_test(free_reports_all_that_is_open),
        cmocka_unit_test(urls_that_are_not_of_an_upstream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
