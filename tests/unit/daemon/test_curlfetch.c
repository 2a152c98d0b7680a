#include "tests/support/check.h"

#include "base/text.h"
#include "daemon/curlfetch.h"
#include "tests/support/rawhttp.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OK_HEAD(n) "HTTP/1.1 200 OK\r\nContent-Length: " #n "\r\n\r\n"

static char megabyte[1 << 20];

static unsigned char bomb[1 << 16];

/* gzip of a stored block (RFC 1951 §3.2.4, RFC 1952): "hello gzip". */
static const char gzip_hello[] =
    "\x1f\x8b\x08\0\0\0\0\0\0\x03\x01\x0a\0\xf5\xffhello gzip\x19\x6a\xd2\xdf\x0a\0\0\0";

static const struct rawhttp_route routes[] = {
    {.path = "/hello", .head = OK_HEAD(5) "hello"},
    {.path = "/slow-down",
     .head = "HTTP/1.1 503 Service Unavailable\r\nretry-after:  7 \r\n"
             "Content-Length: 4\r\n\r\nbusy"},
    {.path = "/date",
     .head = "HTTP/1.1 503 X\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n"
             "Content-Length: 0\r\n\r\n"},
    {.path = "/redirect",
     .head = "HTTP/1.1 302 Found\r\nLocation: /hello\r\n"
             "Content-Length: 5\r\n\r\nmoved"},
    {.path = "/unauthorized", .head = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"},
    {.path = "/hang", .hang = true},
    {.path = "/stall", .head = OK_HEAD(100), .body = "half", .body_bytes = 4, .hang = true},
    {.path = "/trickle",
     .head = OK_HEAD(1000),
     .body = "x",
     .body_bytes = 1,
     .repeat = 1000,
     .trickle_ms = 20},
    {.path = "/early", .head = OK_HEAD(100) "half", .close = true},
    {.path = "/nothing", .close = true},
    {.path = "/garbage", .head = "\x16\x03 what is this\r\n\r\nrubbish", .close = true},
    {.path = "/flood",
     .head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
     .body = megabyte,
     .body_bytes = sizeof megabyte,
     .repeat = 100,
     .close = true},
    {.path = "/headers",
     .head = "HTTP/1.1 200 OK\r\nX-A: ",
     .body = "aaaaaaaaaaaaaa\r\nX-B: ",
     .body_bytes = 21,
     .repeat = 1 << 20,
     .close = true},
    {.path = "/gzip",
     .head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
             "33\r\n\r\n",
     .body = gzip_hello,
     .body_bytes = 33},
    {.path = "/broken-gzip",
     .head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
             "Content-Length: 11\r\n\r\nnot gzipped"},
    {.path = "/bomb",
     .head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
             "Connection: close\r\n\r\n",
     .body = bomb,
     .body_bytes = sizeof bomb,
     .close = true},
};

/* A deflate stream of one fixed-Huffman block: an 'a', then matches of 258
 * bytes at distance 1, 13 bits each (RFC 1951 §3.2.6): 10 MB from 64 KiB. */
static void
make_bomb(void)
{
    static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    size_t                     bit = sizeof head * 8;
    /* final=1, type=01; 'a' is code 0x30+97 in 8 bits; 285 is 0xc0+5; distance 00000 */
    static const char start[] = "110"
                                "10010001",
                      match[] = "11000101"
                                "00000";

    memset(bomb, 0, sizeof bomb);
    memcpy(bomb, head, sizeof head);
    for (const char *p = start; *p; p++, bit++)
        bomb[bit / 8] = (unsigned char)(bomb[bit / 8] | (*p - '0') << bit % 8);
    while (bit + 16 < sizeof bomb * 8)
        for (const char *p = match; *p; p++, bit++)
            bomb[bit / 8] = (unsigned char)(bomb[bit / 8] | (*p - '0') << bit % 8);
}

struct ending {
    int                 calls;
    struct fetch_result last;
    struct text         body;
    struct fetch       *again; /* started from inside done */
    struct ending      *next;
};

static struct curlfetch *fetcher;
static struct rawhttp   *server;
static struct fetch      port;

static struct fetch_job *start(const char *path, struct fetch_request req, struct ending *e);

static void
on_done(void *ctx, const struct fetch_result *r)
{
    struct ending *e = ctx;

    e->calls++;
    e->last = *r;
    text_init(&e->body, 1 << 20);
    text_put(&e->body, r->body);
    if (e->again)
        start("/hello", (struct fetch_request){0}, e->next);
}

static struct fetch_job *
start(const char *path, struct fetch_request req, struct ending *e)
{
    char              url[256];
    struct fetch_job *job;
    int               calls = e->calls;

    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", rawhttp_port(server), path);
    req.url = req.url ? req.url : url;
    req.method = req.method ? req.method : "GET";
    req.timeout_ms = req.timeout_ms ? req.timeout_ms : 20000;
    req.max_reply_bytes = req.max_reply_bytes ? req.max_reply_bytes : 1 << 20;
    job = port.start(port.self, &req, on_done, e);
    assert_non_null(job);
    assert_int_equal(e->calls, calls); /* never from inside start */
    return job;
}

static void
run_until(const struct ending *e)
{
    while (!e->calls) {
        curl_multi_poll(curlfetch_multi(fetcher), NULL, 0, 30000, NULL);
        curlfetch_run(fetcher);
    }
    assert_int_equal(e->calls, 1);
}

static struct ending
get(const char *path, struct fetch_request req)
{
    struct ending e = {0};

    start(path, req, &e);
    run_until(&e);
    return e;
}

static void
drop(struct ending *e)
{
    text_release(&e->body);
}

static int
set_up(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    setenv("http_proxy", "http://127.0.0.1:1/", 1); /* must not be looked at */
    make_bomb();
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

static void
each_way_an_exchange_ends(void **state)
{
    static const struct {
        const char *path;
        enum status want;
        int         code;
        const char *body;
        int64_t     retry_after_ms;
        int64_t     timeout_ms;
    } cases[] = {
        {"/hello", STATUS_OK, 200, "hello", -1, 0},
        {"/unknown", STATUS_OK, 404, "404 page not found\n", -1, 0},
        {"/slow-down", STATUS_OK, 503, "busy", 7000, 0},
        {"/date", STATUS_OK, 503, "", -1, 0},
        {"/redirect", STATUS_OK, 302, "moved", -1, 0},
        {"/unauthorized", STATUS_OK, 401, "", -1, 0},
        {"/gzip", STATUS_OK, 200, "hello gzip", -1, 0},
        {"/hang", STATUS_TIMEOUT, 0, "", -1, 100},
        {"/stall", STATUS_TIMEOUT, 0, "", -1, 100},
        {"/trickle", STATUS_TIMEOUT, 0, "", -1, 150},
        {"/early", STATUS_UNREACHABLE, 0, "", -1, 0},
        {"/nothing", STATUS_UNREACHABLE, 0, "", -1, 0},
        {"/garbage", STATUS_MALFORMED, 0, "", -1, 0},
        {"/broken-gzip", STATUS_MALFORMED, 0, "", -1, 0},
        {"/flood", STATUS_TOO_LARGE, 0, "", -1, 0},
        {"/bomb", STATUS_TOO_LARGE, 0, "", -1, 0},
        {"/headers", STATUS_TOO_LARGE, 0, "", -1, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ending e =
            get(cases[i].path, (struct fetch_request){.timeout_ms = cases[i].timeout_ms});

        if (e.last.status != cases[i].want)
            fail_msg("%s: %s, \"%s\"", cases[i].path, status_text(e.last.status), e.last.err.text);
        assert_int_equal(e.last.err.status, cases[i].want);
        assert_int_equal(e.last.http_code, cases[i].code);
        assert_string_equal(e.body.p, cases[i].body);
        if (!cases[i].want)
            assert_int_equal(e.last.retry_after_ms, cases[i].retry_after_ms);
        drop(&e);
    }
    assert_int_equal(curlfetch_open(fetcher), 0);
}

static void
what_cannot_be_reached_or_sent(void **state)
{
    static const struct {
        const char *url;
        enum status want;
    } cases[] = {
        {"http://127.0.0.1:1/", STATUS_UNREACHABLE},
        {"https://127.0.0.1:%d/hello", STATUS_UNREACHABLE}, /* speaks no TLS */
        {"file:///etc/passwd", STATUS_SYNTAX},
        {"ftp://127.0.0.1/", STATUS_SYNTAX},
        {"127.0.0.1", STATUS_SYNTAX},
        {"http://user:pw@127.0.0.1/", STATUS_UNREACHABLE}, /* curl denies the login in it */
        {"http://[::1/", STATUS_SYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char          url[128];
        struct ending e;

        snprintf(url, sizeof url, cases[i].url, rawhttp_port(server));
        e = get("", (struct fetch_request){.url = url});
        if (e.last.status != cases[i].want)
            fail_msg("%s: %s, \"%s\"", url, status_text(e.last.status), e.last.err.text);
        drop(&e);
    }
}

/* A server that sends without end costs no more memory than was allowed. */
static void
memory_stays_small(void **state)
{
    struct ending e;
    size_t        before;

    (void)state;
    e = get("/hello", (struct fetch_request){0});
    drop(&e);
    before = mallinfo2().uordblks;
    e = get("/flood", (struct fetch_request){.max_reply_bytes = 4 << 20});
    assert_int_equal(e.last.status, STATUS_TOO_LARGE);
    assert_non_null(strstr(e.last.err.text, "4194304"));
    /* The server could not get rid of its 100 MB: reading ended at the limit. */
    assert_true(rawhttp_sent(server) < (100u << 20));
    drop(&e);
    assert_true(mallinfo2().uordblks < before + (1 << 20));
}

static void
connections_are_kept(void **state)
{
    int before, i;

    (void)state;
    before = rawhttp_connections(server);
    for (i = 0; i < 20; i++) {
        struct ending e = get("/hello", (struct fetch_request){0});

        drop(&e);
    }
    assert_true(rawhttp_connections(server) <= before + 1);
}

static void
many_at_once(void **state)
{
    enum { N = 50 };
    struct ending e[N] = {{0}};

    (void)state;
    for (size_t i = 0; i < N; i++)
        start("/hello", (struct fetch_request){0}, &e[i]);
    for (size_t i = 0; i < N; i++) {
        run_until(&e[i]);
        assert_string_equal(e[i].body.p, "hello");
        drop(&e[i]);
    }
}

static void
a_patch_is_sent_as_one(void **state)
{
    struct ending e = get("/hello", (struct fetch_request){.method = "PATCH",
                                                           .content_type = "application/json",
                                                           .body = SLICE_LITERAL("[1]")});
    char         *seen = rawhttp_last(server);

    (void)state;
    assert_int_equal(e.last.status, STATUS_OK);
    drop(&e);
    assert_ptr_equal(strstr(seen, "PATCH /hello HTTP/1.1\r\n"), seen);
    assert_non_null(strstr(seen, "\r\nContent-Length: 3\r\n"));
    assert_non_null(strstr(seen, "\r\n\r\n[1]"));
    free(seen);
}

static void
post_with_credentials_and_headers(void **state)
{
    char                      token[] = "/tmp/curlfetch_token_XXXXXX";
    int                       fd = mkstemp(token);
    const struct fetch_header headers[] = {{"X-Scope-OrgID", "team a"}, {"X-Empty", ""}};
    struct fetch_peer         peer = {
                .bearer_token_file = token, .headers = headers, .n_headers = ARRAY_LEN(headers)};
    struct fetch_request req = {.method = "POST",
                                .content_type = "application/x-www-form-urlencoded",
                                .body = SLICE_LITERAL("query=up"),
                                .peer = &peer};
    struct ending        e;
    char                *seen;

    (void)state;
    assert_int_equal(write(fd, "\n s3cret \r\n", 11), 11);
    e = get("/hello", req);
    assert_int_equal(e.last.status, STATUS_OK);
    drop(&e);
    seen = rawhttp_last(server);
    assert_ptr_equal(strstr(seen, "POST /hello HTTP/1.1\r\n"), seen);
    assert_non_null(strstr(seen, "\r\nAuthorization: Bearer s3cret\r\n"));
    assert_non_null(strstr(seen, "\r\nX-Scope-OrgID: team a\r\n"));
    assert_non_null(strstr(seen, "\r\nX-Empty:\r\n"));
    assert_non_null(strstr(seen, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
    assert_non_null(strstr(seen, "\r\nAccept-Encoding: gzip\r\n"));
    assert_null(strstr(seen, "Expect:"));
    assert_non_null(strstr(seen, "\r\n\r\nquery=up"));
    free(seen);

    /* A rotated file is read anew; as a password, the same file. */
    assert_int_equal(pwrite(fd, "other\n\n\n\n\n\n", 11, 0), 11);
    peer = (struct fetch_peer){.basic_user = "me", .basic_password_file = token};
    e = get("/hello", req);
    drop(&e);
    seen = rawhttp_last(server);
    assert_non_null(strstr(seen, "\r\nAuthorization: Basic bWU6b3RoZXI=\r\n")); /* me:other */
    free(seen);
    close(fd);
    unlink(token);
}

static void
write_file(const char *path, const char *text, size_t n)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void
secrets_that_are_refused(void **state)
{
    char                      dir[] = "/tmp/curlfetch_XXXXXX", path[64];
    static char               big[16 * 1024 + 1];
    const struct fetch_header evil = {"X-A", "b\r\nX-Evil: c"}, space = {"X A", "b"};
    struct fetch_peer         peers[] = {
                {.bearer_token_file = path},
                {.basic_user = "me", .basic_password_file = path},
    };
    static const struct {
        const char *text;
        size_t      n;
        const char *why;
    } cases[] = {
        {"", 0, "is empty"},
        {" \n", 2, "is empty"},
        {"a\nb", 3, "control characters"},
        {"a\r\nX-Evil: 1", 12, "control characters"},
        {"a\0b", 3, "control characters"},
        {big, sizeof big, "is over 16384 bytes"},
    };
    struct ending e;
    int           requests = rawhttp_requests(server);

    (void)state;
    memset(big, 'x', sizeof big);
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/token", dir);
    for (size_t p = 0; p < ARRAY_LEN(peers); p++) {
        e = get("/hello", (struct fetch_request){.peer = &peers[p]});
        assert_int_equal(e.last.status, STATUS_IO); /* there is none yet */
        assert_non_null(strstr(e.last.err.text, "No such file"));
        drop(&e);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            write_file(path, cases[i].text, cases[i].n);
            e = get("/hello", (struct fetch_request){.peer = &peers[p]});
            assert_int_equal(e.last.status, STATUS_IO);
            if (!strstr(e.last.err.text, cases[i].why))
                fail_msg("%s", e.last.err.text);
            drop(&e);
        }
        unlink(path);
    }
    assert_int_equal(mkfifo(path, 0600), 0);
    e = get("/hello", (struct fetch_request){.peer = &peers[0]});
    assert_non_null(strstr(e.last.err.text, "not a regular file"));
    drop(&e);
    unlink(path);
    rmdir(dir);

    e = get("/hello",
            (struct fetch_request){.peer = &(struct fetch_peer){.headers = &evil, .n_headers = 1}});
    assert_int_equal(e.last.status, STATUS_SYNTAX);
    drop(&e);
    e = get("/hello", (struct fetch_request){
                          .peer = &(struct fetch_peer){.headers = &space, .n_headers = 1}});
    assert_int_equal(e.last.status, STATUS_SYNTAX);
    drop(&e);
    assert_int_equal(rawhttp_requests(server), requests); /* nothing was sent */
}

static void
cancel_is_told_later_and_once(void **state)
{
    struct ending     running = {0}, failed = {0};
    struct fetch_job *job = start("/hang", (struct fetch_request){0}, &running);
    struct fetch_job *bad = start("", (struct fetch_request){.url = "ftp://x"}, &failed);

    (void)state;
    curlfetch_run(fetcher); /* reports the bad one */
    assert_int_equal(failed.last.status, STATUS_SYNTAX);
    (void)bad;
    port.cancel(port.self, job);
    port.cancel(port.self, job);
    assert_int_equal(running.calls, 0);
    run_until(&running);
    assert_int_equal(running.last.status, STATUS_CANCELLED);
    drop(&running);
    drop(&failed);

    /* Cancelled although its end is known, but not yet told. */
    failed = (struct ending){0};
    bad = start("", (struct fetch_request){.url = "ftp://x"}, &failed);
    port.cancel(port.self, bad);
    run_until(&failed);
    assert_int_equal(failed.last.status, STATUS_CANCELLED);
    drop(&failed);
}

static void
done_may_start_another(void **state)
{
    struct ending first = {.again = &port}, second = {0};

    (void)state;
    first.next = &second;
    start("", (struct fetch_request){.url = "ftp://x"}, &first);
    curlfetch_run(fetcher);
    assert_int_equal(first.calls, 1);
    run_until(&second);
    assert_string_equal(second.body.p, "hello");
    drop(&first);
    drop(&second);
}

static void
free_reports_what_is_open(void **state)
{
    struct curlfetch *kept = fetcher;
    struct fetch      kept_port = port;
    struct ending     hanging = {0}, fresh = {0};

    (void)state;
    fetcher = curlfetch_new(&(struct curlfetch_config){.max_connections = 1});
    port = curlfetch_port(fetcher);
    start("/hang", (struct fetch_request){0}, &hanging);
    start("/hello", (struct fetch_request){0}, &fresh);
    curlfetch_run(fetcher);
    curlfetch_free(fetcher);
    assert_int_equal(hanging.calls + fresh.calls, 2);
    assert_int_equal(hanging.last.status, STATUS_CANCELLED);
    assert_int_equal(fresh.last.status, STATUS_CANCELLED);
    drop(&hanging);
    drop(&fresh);
    fetcher = kept;
    port = kept_port;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_an_exchange_ends),
        cmocka_unit_test(what_cannot_be_reached_or_sent),
        cmocka_unit_test(memory_stays_small),
        cmocka_unit_test(connections_are_kept),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(post_with_credentials_and_headers),
        cmocka_unit_test(a_patch_is_sent_as_one),
        cmocka_unit_test(secrets_that_are_refused),
        cmocka_unit_test(cancel_is_told_later_and_once),
        cmocka_unit_test(done_may_start_another),
        cmocka_unit_test(free_reports_what_is_open),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
