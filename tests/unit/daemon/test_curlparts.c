/* Replies that are told part by part, what a request adds to its head, and what
 * a reply says of its body's type. */
#include "tests/support/check.h"

#include "base/text.h"
#include "daemon/curlfetch.h"
#include "tests/support/rawhttp.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static char block[1 << 16];

/* gzip of a stored block (RFC 1951 §3.2.4, RFC 1952): "hello gzip". */
static const char gzip_hello[] =
    "\x1f\x8b\x08\0\0\0\0\0\0\x03\x01\x0a\0\xf5\xffhello gzip\x19\x6a\xd2\xdf\x0a\0\0\0";

static const struct rawhttp_route routes[] = {
    {.path = "/text",
     .head = "HTTP/1.1 200 OK\r\ncontent-type:  text/plain; version=0.0.4 \r\n"
             "Content-Length: 5\r\n\r\nhello"},
    {.path = "/gzip",
     .head = "HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text\r\n"
             "Content-Encoding: gzip\r\nContent-Length: 33\r\n\r\n",
     .body = gzip_hello,
     .body_bytes = 33},
    {.path = "/error",
     .head = "HTTP/1.1 503 X\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nbusy"},
    {.path = "/stream",
     .head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
             "Transfer-Encoding: chunked\r\n\r\n6\r\nfirst\n\r\n",
     .hang = true},
    {.path = "/flood",
     .head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
     .body = block,
     .body_bytes = sizeof block,
     .repeat = 16384, /* 1 GB */
     .close = true},
    {.path = "/lies", .head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", .close = true},
    {.path = "/continue",
     .head = "HTTP/1.1 103 Early Hints\r\nContent-Type: wrong\r\n\r\n"
             "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
};

struct hearing {
    struct text parts, type;
    size_t      told, stop_after; /* bytes; 0: never */
    int         http_code, calls;
    enum status status;
    char        why[400];
    size_t      body_bytes;
};

static struct rawhttp   *server;
static struct curlfetch *fetcher;
static struct fetch      port;

static bool
on_part(void *ctx, int http_code, struct slice type, struct slice part)
{
    struct hearing *h = ctx;

    assert_int_equal(h->calls, 0);
    h->http_code = http_code;
    text_clear(&h->type);
    text_put(&h->type, type);
    if (h->told < 1000)
        text_put(&h->parts, part);
    h->told += part.n;
    return !h->stop_after || h->told < h->stop_after;
}

static void
on_done(void *ctx, const struct fetch_result *r)
{
    struct hearing *h = ctx;

    h->calls++;
    h->status = r->status;
    h->body_bytes = r->body.n;
    snprintf(h->why, sizeof h->why, "%s", r->err.text);
    if (r->content_type.n) {
        text_clear(&h->type);
        text_put(&h->type, r->content_type);
    }
}

static struct fetch_job *
start(const char *path, struct fetch_request req, struct hearing *h)
{
    char url[128];

    text_init(&h->parts, 1 << 20);
    text_init(&h->type, 1 << 12);
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", rawhttp_port(server), path);
    req.url = url;
    req.method = "GET";
    req.timeout_ms = req.timeout_ms ? req.timeout_ms : 20000;
    req.max_reply_bytes = req.max_reply_bytes ? req.max_reply_bytes : 1 << 20;
    return port.start(port.self, &req, on_done, h);
}

static void
turn(void)
{
    curl_multi_poll(curlfetch_multi(fetcher), NULL, 0, 30000, NULL);
    curlfetch_run(fetcher);
}

static void
hear(const char *path, struct fetch_request req, struct hearing *h)
{
    start(path, req, h);
    while (!h->calls)
        turn();
    assert_int_equal(h->calls, 1);
}

static void
drop(struct hearing *h)
{
    text_release(&h->parts);
    text_release(&h->type);
}

static void
parts_and_types(void **state)
{
    static const struct {
        const char *path;
        int         code;
        const char *parts, *type;
        enum status status;
    } cases[] = {
        {"/text", 200, "hello", "text/plain; version=0.0.4", STATUS_OK},
        {"/gzip", 200, "hello gzip", "application/openmetrics-text", STATUS_OK},
        {"/error", 503, "busy", "text/html", STATUS_OK},
        {"/continue", 200, "ok", "", STATUS_OK},
        {"/lies", 200, "short", "", STATUS_UNREACHABLE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct hearing h = {0}, whole = {0};

        hear(cases[i].path, (struct fetch_request){.part = on_part}, &h);
        assert_int_equal(h.status, cases[i].status);
        assert_int_equal(h.http_code, cases[i].code);
        assert_string_equal(h.parts.p, cases[i].parts);
        assert_string_equal(h.type.p, cases[i].type);
        assert_int_equal(h.body_bytes, 0); /* it was told */
        hear(cases[i].path, (struct fetch_request){0}, &whole);
        assert_int_equal(whole.status, cases[i].status);
        assert_int_equal(whole.body_bytes, cases[i].status ? 0 : strlen(cases[i].parts));
        if (!cases[i].status)
            assert_string_equal(whole.type.p, cases[i].type);
        drop(&h);
        drop(&whole);
    }
}

/* A part is there while the reply has no end yet. */
static void
streams_are_told_as_they_come(void **state)
{
    struct hearing    h = {0};
    struct fetch_job *job;

    (void)state;
    job = start("/stream", (struct fetch_request){.part = on_part}, &h);
    while (!h.told)
        turn();
    assert_string_equal(h.parts.p, "first\n");
    assert_int_equal(h.calls, 0);
    port.cancel(port.self, job);
    while (!h.calls)
        turn();
    assert_int_equal(h.status, STATUS_CANCELLED);
    drop(&h);
}

static void
who_wants_no_more_is_left_alone(void **state)
{
    struct hearing h = {.stop_after = 1};

    (void)state;
    hear("/stream", (struct fetch_request){.part = on_part}, &h);
    assert_int_equal(h.status, STATUS_CANCELLED);
    assert_int_equal(h.told, 6);
    assert_int_equal(curlfetch_open(fetcher), 0);
    drop(&h);
}

/* 1 GB is neither read nor kept. */
static void
the_sum_of_parts_is_bounded(void **state)
{
    struct hearing h = {0};
    size_t         before, sent;

    (void)state;
    hear("/text", (struct fetch_request){.part = on_part}, &h);
    drop(&h);
    before = mallinfo2().uordblks;
    sent = rawhttp_sent(server);
    h = (struct hearing){0};
    hear("/flood", (struct fetch_request){.part = on_part, .max_reply_bytes = 5 << 20}, &h);
    assert_int_equal(h.status, STATUS_TOO_LARGE);
    assert_non_null(strstr(h.why, "over 5242880 bytes"));
    assert_in_range(h.told, (5 << 20) - (64 << 10), 5 << 20);
    assert_true(rawhttp_sent(server) - sent < (100u << 20));
    drop(&h);
    assert_true(mallinfo2().uordblks < before + (1 << 20));
}

static void
requests_say_what_they_add(void **state)
{
    static const struct fetch_header add[] = {{"Accept", "text/plain;version=0.0.4"},
                                              {"X-Prometheus-Scrape-Timeout-Seconds", "4.5"}};
    static const struct fetch_header evil = {"X", "a\r\nY: b"};
    struct hearing                   h = {0};
    char                            *last;

    (void)state;
    hear("/text", (struct fetch_request){.headers = add, .n_headers = 2, .part = on_part}, &h);
    assert_int_equal(h.status, STATUS_OK);
    last = rawhttp_last(server);
    assert_non_null(strstr(last, "\r\nAccept: text/plain;version=0.0.4\r\n"));
    assert_non_null(strstr(last, "\r\nX-Prometheus-Scrape-Timeout-Seconds: 4.5\r\n"));
    assert_non_null(strstr(last, "\r\nAccept-Encoding: gzip\r\n"));
    assert_null(strstr(last, "*/*"));
    free(last);
    drop(&h);
    h = (struct hearing){0};
    hear("/text", (struct fetch_request){.headers = &evil, .n_headers = 1}, &h);
    assert_int_equal(h.status, STATUS_SYNTAX);
    drop(&h);
}

static int
set_up(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    memset(block, '#', sizeof block);
    server = rawhttp_start(routes, ARRAY_LEN(routes));
    fetcher = curlfetch_new(NULL);
    port = curlfetch_port(fetcher);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    curlfetch_free(fetcher);
    rawhttp_stop(server);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_and_types),
        cmocka_unit_test(streams_are_told_as_they_come),
        cmocka_unit_test(who_wants_no_more_is_left_alone),
        cmocka_unit_test(the_sum_of_parts_is_bounded),
        cmocka_unit_test(requests_say_what_they_add),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
