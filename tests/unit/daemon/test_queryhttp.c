/* The Prometheus API over sockets, its workers and its port: slow queries, callers
 * that leave, many at once. */
#include "daemon/queryport.h"
#include "promql/memsource.h"
#include "tests/support/check.h"
#include "tests/support/fakeport.h"
#include "tests/support/rawclient.h"
#include "webhooks/httpd.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* A source that finds nothing until it is let go, or told to stop. */
struct slow {
    struct memsource *inner;
    atomic_bool       holds; /* selections wait */
    atomic_int        inside;
};

struct slow_reader {
    struct source_reader  base;
    struct source_reader *inner;
    struct slow          *slow;
};

static struct fakeport   port;
static struct port_api   api;
static struct gates      gates;
static struct httpd     *server;
static struct workers   *pool;
static struct mailbox   *mailbox;
static struct queryport *query;
static struct slow       slow;

static enum status
slow_select(struct source_reader *r, const struct source_query *q, struct arena *a,
            struct source_selection *out, struct err *err)
{
    struct slow_reader *s = (struct slow_reader *)r;
    enum status         st = STATUS_OK;

    atomic_fetch_add(&s->slow->inside, 1);
    while (!st && atomic_load(&s->slow->holds))
        st = source_poll(q, err);
    atomic_fetch_sub(&s->slow->inside, 1);
    return st ? st : s->inner->select(s->inner, q, a, out, err);
}

static enum status
slow_read(struct source_reader *r, const struct source_series *series, int64_t min_ms,
          int64_t max_ms, struct source_scratch *scratch, struct source_column *out,
          struct err *err)
{
    struct slow_reader *s = (struct slow_reader *)r;

    return s->inner->read(s->inner, series, min_ms, max_ms, scratch, out, err);
}

static size_t
slow_estimate(struct source_reader *r, const struct source_query *q)
{
    (void)r;
    (void)q;
    return 1;
}

static void
slow_close(struct source_reader *r)
{
    struct slow_reader *s = (struct slow_reader *)r;

    s->inner->close(s->inner);
    free(s);
}

static enum status
slow_open(void *self, struct source_reader **out, struct err *err)
{
    struct slow        *s = self;
    struct slow_reader *r = calloc(1, sizeof *r);
    struct source       inner = memsource_source(s->inner);
    enum status         st = inner.open(inner.self, &r->inner, err);

    assert_int_equal(st, STATUS_OK);
    r->slow = s;
    r->base = (struct source_reader){.symbols = r->inner->symbols,
                                     .select = slow_select,
                                     .read = slow_read,
                                     .estimate = slow_estimate,
                                     .close = slow_close};
    *out = &r->base;
    return STATUS_OK;
}

static void
fill(struct memsource *m)
{
    for (int i = 0; i < 100; i++) {
        char                   text[16];
        struct memsource_label labels[2] = {{SLICE_LITERAL("__name__"), SLICE_LITERAL("x")},
                                            {SLICE_LITERAL("i"), {text, 0}}};
        struct err             err = {0};
        size_t                 id;

        labels[1].value.n = (size_t)snprintf(text, sizeof text, "%d", i);
        assert_int_equal(memsource_series(m, labels, 2, &id, &err), STATUS_OK);
        assert_int_equal(memsource_add(m, id, 1000, i, &err), STATUS_OK);
    }
}

static int
set_up(void **state)
{
    struct httpd_config     c = httpd_defaults();
    struct queryport_member member = {.name = "slow", .source = {slow_open, &slow}};
    struct err              err = {0};

    (void)state;
    fakeport_init(&port);
    slow.inner = memsource_new();
    atomic_store(&slow.holds, false);
    fill(slow.inner);
    pool = workers_new(2);
    mailbox = mailbox_new(64, NULL, NULL);
    query = queryport_new(&(struct queryport_config){
        .workers = pool, .mailbox = mailbox, .clock = &clock_system, .version = "t"});
    queryport_set(query, &member, 1);
    api = queryport_api(query);
    port.port.api = &api;
    gates_init(&gates, &port.port, &clock_system, NULL);
    c.listen = "127.0.0.1:0";
    c.threads = 2;
    c.wait_ms = 50;
    c.max_sending_bytes = 8 << 20;
    c.send_ms = c.request_ms = 60000; /* a machine that is busy cuts nobody off */
    if (httpd_start(&c, &gates, &server, &err))
        fail_msg("%s", err.text);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    if (server)
        httpd_stop(server);
    server = NULL;
    workers_free(pool);
    queryport_set(query, NULL, 0);
    while (mailbox_run(mailbox))
        ;
    queryport_free(query);
    mailbox_free(mailbox);
    memsource_free(slow.inner);
    fakeport_release(&port);
    return 0;
}

static void
wait_inside(int n)
{
    while (atomic_load(&slow.inside) != n)
        sched_yield();
}

/* Much later than any gate would be waited for. */
static void
a_slow_query_is_waited_for(void **state)
{
    struct rawclient c = rawclient_open(httpd_port(server));
    int64_t          until_ms;

    (void)state;
    atomic_store(&slow.holds, true);
    rawclient_say(&c,
                  "GET /api/v1/query?query=count(x)&time=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    wait_inside(1);
    until_ms = clock_mono_ms(&clock_system) + 300;
    while (clock_mono_ms(&clock_system) < until_ms)
        sched_yield();
    atomic_store(&slow.holds, false);
    assert_int_equal(rawclient_hear(&c), 200);
    assert_string_equal(c.body, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
                                "\"result\":[{\"metric\":{},\"value\":[1,\"100\"]}]}}");
    rawclient_close(&c);
}

static void
a_caller_that_leaves_ends_its_query(void **state)
{
    struct rawclient c = rawclient_open(httpd_port(server)),
                     other = rawclient_open(httpd_port(server));

    (void)state;
    atomic_store(&slow.holds, true);
    rawclient_say(&c, "GET /api/v1/query?query=x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    rawclient_say(&other,
                  "GET /api/v1/query?query=count(x)&time=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    wait_inside(2);
    rawclient_close(&c);
    wait_inside(1); /* within the server's own times, or this test never ends */
    atomic_store(&slow.holds, false);
    assert_int_equal(rawclient_hear(&other), 200);
    rawclient_close(&other);
}

static void
a_query_has_the_time_it_says(void **state)
{
    struct rawclient c = rawclient_open(httpd_port(server));

    (void)state;
    atomic_store(&slow.holds, true);
    assert_int_equal(rawclient_get(&c, "/api/v1/query?query=x&timeout=100ms", ""), 503);
    assert_non_null(strstr(c.body, "\"errorType\":\"timeout\",\"error\":\"query timed out"));
    assert_int_equal(rawclient_get(&c, "/api/v1/series?match[]=x&timeout=0.1", ""), 503);
    atomic_store(&slow.holds, false);
    assert_int_equal(rawclient_get(&c, "/api/v1/query?query=x&timeout=10s", ""), 200);
    rawclient_close(&c);
}

static void
the_server_ends_while_a_query_runs(void **state)
{
    struct rawclient c = rawclient_open(httpd_port(server));

    (void)state;
    atomic_store(&slow.holds, true);
    rawclient_say(&c, "GET /api/v1/query?query=x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    wait_inside(1);
    httpd_stop(server);
    server = NULL;
    wait_inside(0);
    assert_int_equal(rawclient_hear(&c), 503);
    rawclient_close(&c);
}

/* 10,000 points of 100 series are some 20 MB, more than sockets hold: who does not
 * read them keeps others from such answers, but not from small ones. */
static void
large_answers_wait_for_their_readers(void **state)
{
    static const char large[] = "/api/v1/query_range?query=x&start=1&end=300&step=0.03";
    struct rawclient  lazy = rawclient_open(httpd_port(server)), other;

    (void)state;
    rawclient_say(&lazy, "GET ");
    rawclient_say(&lazy, large);
    rawclient_say(&lazy, " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    /* Its answer is on its way before another asks, who else could be first. */
    assert_int_equal(poll(&(struct pollfd){.fd = lazy.fd, .events = POLLIN}, 1, -1), 1);
    other = rawclient_open(httpd_port(server));
    assert_int_equal(rawclient_get(&other, large, ""), 503);
    assert_non_null(strstr(other.body, "\"errorType\":\"unavailable\""));
    assert_int_equal(rawclient_get(&other, "/api/v1/query?query=x&time=1", ""), 200);
    assert_int_equal(rawclient_hear(&lazy), 200);
    assert_true(lazy.body_bytes > 10 << 20);
    while (rawclient_get(&other, large, "") != 200) /* until the server has noticed */
        assert_int_equal(other.code, 503);
    rawclient_close(&lazy);
    rawclient_close(&other);
}

static void *
ask_often(void *ctx)
{
    struct rawclient c = rawclient_open(httpd_port(server));

    for (int i = 0; i < 100; i++) {
        char target[100];

        if (i % 3 == 0) {
            assert_int_equal(rawclient_get(&c, "/api/v1/query?query=x&time=1",
                                           "Accept-Encoding: "
                                           "gzip\r\n"),
                             200);
            assert_non_null(strstr(c.head, "Content-Encoding: gzip"));
            assert_memory_equal(c.body, "\x1f\x8b", 2);
            continue;
        }
        snprintf(target, sizeof target, "/api/v1/query?query=sum(x)%%2B%d&time=1", i);
        assert_int_equal(rawclient_get(&c, target, ""), 200);
        snprintf(target, sizeof target, "\"value\":[1,\"%d\"]", 4950 + i);
        assert_non_null(strstr(c.body, target));
    }
    rawclient_close(&c);
    return ctx;
}

static void
many_ask_at_once(void **state)
{
    pthread_t thread[6];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(thread); i++)
        assert_int_equal(pthread_create(&thread[i], NULL, ask_often, NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(thread); i++)
        pthread_join(thread[i], NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_slow_query_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_caller_that_leaves_ends_its_query, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_query_has_the_time_it_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_server_ends_while_a_query_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_answers_wait_for_their_readers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_ask_at_once, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
