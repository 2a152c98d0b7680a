/* Who is answered over a socket, with what, and how the server begins and ends. */
#include "tests/unit/webhooks/httpdfixture.h"

#include <pthread.h>

static void
argo_keeps_its_connection(void **state)
{
    int fd;

    (void)state;
    start(NULL);
    fd = dial();
    for (int i = 0; i < 5; i++) {
        post(fd, "/v1/argo/verdict", ARGO_BODY);
        assert_int_equal(hear(fd), 200);
        reply_is_strict();
        assert_non_null(strstr(reply, "\r\nContent-Type: application/json\r\n"));
        assert_non_null(strstr(reply, "\r\nCache-Control: no-store\r\n"));
        assert_non_null(strstr(reply, "\r\nX-Verdict-Id: 01JD000000000000000VERD1CT\r\n"));
        assert_null(strcasestr(reply, "Connection: close"));
    }
    say_text(fd, "GET /v1/argo/verdict?service=reviews&namespace=prod HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(hear(fd), 200);
    reply_is_strict();
    close(fd);
    stop();
}

static void
flagger_is_closed_after_the_answer(void **state)
{
    int fd;

    (void)state;
    start(NULL);
    fd = dial();
    post(fd, "/v1/flagger/rollback", FLAGGER_BODY);
    assert_int_equal(hear(fd), 409);
    assert_string_equal(body(), "canary 41 of 100 requests");
    assert_non_null(strcasestr(reply, "\r\nConnection: close"));
    assert_non_null(strstr(reply, "\r\nContent-Type: text/plain"));
    assert_true(closed(fd));
    close(fd);
    stop();
}

static void
methods_and_paths(void **state)
{
    static const struct {
        const char *line;
        int         code;
        const char *part;
    } cases[] = {
        {"PUT /v1/argo/verdict", 405, "Allow: GET, POST"},
        {"DELETE /v1/argo/verdict", 405, "Allow: GET, POST"},
        {"GET /v1/flagger/rollback", 405, "Allow: POST"},
        {"GET /nothing", 404, "hint"},
        {"GET /v1/argo/verdict/", 404, "hint"},
        {"GET //v1/argo/verdict", 404, "hint"},
        {"GET /v1/argo/verdict", 400, "service is missing"},
        {"GET /-/healthy", 200, "{\"healthy\":true"},
        {"GET /-/ready", 200, "{\"ready\":true"},
    };

    (void)state;
    start(NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char request[256];
        int  fd = dial();

        snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: x\r\n\r\n", cases[i].line);
        say_text(fd, request);
        assert_int_equal(hear(fd), cases[i].code);
        if (!strstr(reply, cases[i].part))
            fail_msg("%s: %s", cases[i].line, reply);
        close(fd);
    }
    stop();
}

/* HEAD is refused at the gates and has no body anywhere. */
static void
head_has_no_body(void **state)
{
    static const struct {
        const char *path, *code;
    } cases[] = {{"/v1/argo/verdict", "405"}, {"/-/healthy", "200"}};

    (void)state;
    start(NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char   request[256];
        int    fd = dial();
        size_t n = 0;

        snprintf(request, sizeof request,
                 "HEAD %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", cases[i].path);
        say_text(fd, request);
        for (ssize_t got; (got = recv(fd, reply + n, sizeof reply - 1 - n, 0)) > 0;)
            n += (size_t)got;
        reply[n] = '\0';
        assert_memory_equal(reply + 9, cases[i].code, 3);
        assert_string_equal(body(), "");
        close(fd);
    }
    stop();
}

static void
request_lines_that_are_no_request_lines(void **state)
{
    static const struct {
        const char *bytes;
        int         code; /* 0: closed, or anything but 2xx */
    } cases[] = {
        /* Argo puts a template's argument into the URL as it is. */
        {"GET /v1/argo/verdict?service=a b&namespace=c HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /v1/argo/verdict?service=%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /v1/argo/verdict?service=caf\xc3\xa9&namespace=prod HTTP/1.1\r\nHost: x\r\n\r\n",
         200},
        {"GET /v1/argo/verdict?service=caf\xe9&namespace=prod HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"\x16\x03\x01\x02garbage\r\n\r\n", 0},
        {"GET\r\n\r\n", 0},
        {"\r\n\r\n\r\n", 0},
        {"GET /v1/argo/verdict HTTP/9.9\r\n\r\n", 0},
        {"POST /v1/flagger/rollback HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 0},
        {"POST /v1/flagger/rollback HTTP/1.1\r\nHost: x\r\nContent-Length: 0x10\r\n\r\n", 0},
    };

    (void)state;
    start(NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int fd = dial(), code;

        say_text(fd, cases[i].bytes);
        shutdown(fd, SHUT_WR);
        code = hear(fd);
        if (cases[i].code ? code != cases[i].code : code >= 200 && code < 400)
            fail_msg("%s: got %d: %s", cases[i].bytes, code, reply);
        close(fd);
    }
    stop();
}

/* Starts and stops in a row: what races there, the thread sanitizer sees. */
static void
starts_and_stops(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++) {
        int fd;

        start(NULL);
        fd = dial();
        if (i % 2) {
            post(fd, "/v1/argo/verdict", ARGO_BODY);
            assert_int_equal(hear(fd), 200);
        }
        stop();
        assert_true(closed(fd));
        close(fd);
    }
}

static void
many_threads(struct httpd_config *c)
{
    c->threads = 4;
}

static void *
ask_often(void *ctx)
{
    int *bad = ctx;

    for (int i = 0; i < 50; i++) {
        char buf[4096];
        int  fd = dial();

        post(fd, i % 2 ? "/v1/argo/verdict" : "/v1/flagger/rollback",
             i % 2 ? ARGO_BODY : FLAGGER_BODY);
        if (recv(fd, buf, sizeof buf - 1, 0) < 12 || memcmp(buf + 9, i % 2 ? "200" : "409", 3) != 0)
            ++*bad;
        close(fd);
    }
    return NULL;
}

static void
many_ask_at_once(void **state)
{
    pthread_t caller[4];
    int       bad[4] = {0};

    (void)state;
    start(many_threads);
    for (size_t i = 0; i < ARRAY_LEN(caller); i++)
        pthread_create(&caller[i], NULL, ask_often, &bad[i]);
    for (size_t i = 0; i < ARRAY_LEN(caller); i++) {
        pthread_join(caller[i], NULL);
        assert_int_equal(bad[i], 0);
    }
    assert_int_equal(port.n_told, 200);
    stop();
}

static void
two_per_caller(struct httpd_config *c)
{
    c->client.connections = 2;
}

static void
connections_per_caller_are_capped(void **state)
{
    int fd[3];

    (void)state;
    start(two_per_caller);
    for (size_t i = 0; i < 2; i++) {
        fd[i] = dial();
        post(fd[i], "/v1/argo/verdict", ARGO_BODY);
        assert_int_equal(hear(fd[i]), 200);
    }
    fd[2] = dial();
    assert_true(closed(fd[2]));
    for (size_t i = 0; i < 3; i++)
        close(fd[i]);
    stop();
}

static void
addresses(void **state)
{
    static const struct {
        const char *listen;
        enum status want;
    } cases[] = {
        {"0.0.0.0:0", STATUS_DENIED},       {":0", STATUS_DENIED},
        {"127.0.0.1", STATUS_SYNTAX},       {"127.0.0.1:x", STATUS_SYNTAX},
        {"127.0.0.1:65536", STATUS_SYNTAX}, {"::1:0", STATUS_SYNTAX},
        {"192.0.2.1:0", STATUS_IO},
    };
    char                taken[32];
    struct httpd_config c = httpd_defaults();
    struct httpd       *h;

    (void)state;
    start(NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};

        c.listen = cases[i].listen;
        assert_int_equal(httpd_start(&c, &gates, &h, &err), cases[i].want);
        assert_non_null(strstr(err.text, "listen"));
    }
    snprintf(taken, sizeof taken, "127.0.0.1:%u", httpd_port(server));
    c.listen = taken;
    assert_int_equal(httpd_start(&c, &gates, &h, &(struct err){0}), STATUS_IO);
    stop();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(argo_keeps_its_connection),
        cmocka_unit_test(flagger_is_closed_after_the_answer),
        cmocka_unit_test(methods_and_paths),
        cmocka_unit_test(head_has_no_body),
        cmocka_unit_test(request_lines_that_are_no_request_lines),
        cmocka_unit_test(starts_and_stops),
        cmocka_unit_test(many_ask_at_once),
        cmocka_unit_test(connections_per_caller_are_capped),
        cmocka_unit_test(addresses),
    };

    alarm(50); /* a server that hangs fails the test */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
