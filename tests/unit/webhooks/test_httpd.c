#include "webhooks/httpd.h"

#include "tests/support/check.h"
#include "tests/support/fakeport.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ARGO_BODY "{\"service\":\"reviews\",\"namespace\":\"prod\",\"canary\":\"v2\"}"
#define FLAGGER_BODY "{\"name\":\"reviews\",\"namespace\":\"prod\",\"checksum\":\"v2\"}"

static struct fakeport port;
static struct gates    gates;
static struct httpd   *server;
static char            reply[1 << 16];

static void
start(void (*change)(struct httpd_config *c))
{
    struct httpd_config c = httpd_defaults();
    struct err          err = {0};

    fakeport_init(&port);
    port.view.evaluated_mono_ms = clock_mono_ms(&clock_system);
    gates_init(&gates, &port.port, &clock_system, NULL);
    c.listen = "127.0.0.1:0";
    if (change)
        change(&c);
    if (httpd_start(&c, &gates, &server, &err))
        fail_msg("%s", err.text);
    assert_int_not_equal(httpd_port(server), 0);
}

static void
stop(void)
{
    httpd_stop(server);
    server = NULL;
    assert_int_equal(port.held, 0);
    fakeport_release(&port);
}

static int
dial(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(httpd_port(server))};
    int                fd = socket(AF_INET, SOCK_STREAM, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

static void
say(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t wrote = send(fd, bytes, n, MSG_NOSIGNAL);

        if (wrote <= 0)
            return; /* the server had enough; what it said is still to be read */
        bytes += wrote;
        n -= (size_t)wrote;
    }
}

static void
say_text(int fd, const char *text)
{
    say(fd, text, strlen(text));
}

/* One whole answer into reply (0 at the end of the connection): its code. */
static int
hear(int fd)
{
    size_t have = 0, want = 0;

    for (;;) {
        ssize_t got = recv(fd, reply + have, want ? want - have : 1, 0);
        char   *end, *length;

        if (got <= 0)
            return 0;
        have += (size_t)got;
        reply[have] = '\0';
        if (want && have == want)
            return (int)strtol(reply + 9, NULL, 10);
        if (want || have < 4 || strcmp(reply + have - 4, "\r\n\r\n") != 0)
            continue;
        end = reply + have;
        length = strcasestr(reply, "\r\nContent-Length: ");
        if (!length)
            fail_msg("no Content-Length in %s", reply);
        want = (size_t)(end - reply) + strtoul(length + 18, NULL, 10);
        assert_true(want < sizeof reply);
        if (want == have)
            return (int)strtol(reply + 9, NULL, 10);
    }
}

static const char *
body(void)
{
    return strstr(reply, "\r\n\r\n") + 4;
}

static void
reply_is_strict(void)
{
    json_error_t why;
    json_t      *v = json_loads(body(), JSON_REJECT_DUPLICATES, &why);

    if (!json_is_object(v))
        fail_msg("not one strict object: %s", reply);
    json_decref(v);
}

/* True: the server has closed it. */
static bool
closed(int fd)
{
    char c;

    return recv(fd, &c, 1, 0) <= 0;
}

static void
post(int fd, const char *path, const char *payload)
{
    char request[2048];

    snprintf(request, sizeof request,
             "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             path, strlen(payload), payload);
    say_text(fd, request);
}

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
large_bodies_are_413(void **state)
{
    static const char *const heads[] = {
        "POST /v1/argo/verdict HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n",
        "POST /v1/argo/verdict HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
        "POST /v1/argo/verdict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n",
    };
    char *blank = malloc(1048577 + 7);

    (void)state;
    memset(blank, ' ', 1048577);
    memcpy(blank + 1048577, "\r\n0\r\n\r\n", 7);
    start(NULL);
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        int fd = dial();

        say_text(fd, heads[i]);
        if (i != 1)
            say(fd, blank, i == 2 ? 1048577 + 7 : 1048577);
        assert_int_equal(hear(fd), 413);
        reply_is_strict();
        close(fd);
    }
    /* 1 MiB itself is read, and found to be no JSON. */
    {
        int fd = dial();

        say_text(fd,
                 "POST /v1/argo/verdict HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n");
        blank[0] = 'x';
        say(fd, blank, 1048576);
        assert_int_equal(hear(fd), 400);
        close(fd);
    }
    free(blank);
    stop();
}

/* Telemetry is read to its end and counted. */
static struct {
    pthread_mutex_t lock;
    size_t          bytes;
} arrived = {.lock = PTHREAD_MUTEX_INITIALIZER};

static enum writeport_taken
take_write(void *self, const struct writeport_body *b, writeport_done_fn done, void *ctx)
{
    (void)self;
    pthread_mutex_lock(&arrived.lock);
    arrived.bytes += b->n;
    pthread_mutex_unlock(&arrived.lock);
    free(b->bytes);
    done(ctx, 204, "");
    return WRITEPORT_TAKEN;
}

static const struct writeport writes = {.write = take_write};

static void
little_room_for_writes(struct httpd_config *c)
{
    c->max_waiting_write_bytes = 5 << 20;
    c->max_waiting_body_bytes = 1 << 20;
    c->request_ms = 300;
    c->write_ms = 20000;
}

static void
say_blanks(int fd, size_t n)
{
    static const char blanks[65536];

    for (; n > sizeof blanks; n -= sizeof blanks)
        say(fd, blanks, sizeof blanks);
    say(fd, blanks, n);
}

static void
say_write(int fd, size_t n)
{
    char head[128];

    snprintf(head, sizeof head,
             "POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n", n);
    say_text(fd, head);
}

static void
hear_head(int fd)
{
    size_t have = 0;

    while (have < 4 || memcmp(reply + have - 4, "\r\n\r\n", 4) != 0) {
        assert_int_equal(recv(fd, reply + have, 1, 0), 1);
        have++;
    }
    reply[have] = '\0';
}

static void
telemetry_is_larger_slower_and_apart(void **state)
{
    const struct timespec pause = {.tv_nsec = 100000000};
    int                   a, b, c;

    (void)state;
    start(little_room_for_writes);
    port.port.writes = &writes;
    /* Room is short: who brings too much is told to come again. */
    b = dial();
    say_write(b, 6 << 20);
    say_blanks(b, 6 << 20);
    assert_int_equal(hear(b), 503);
    assert_non_null(strstr(reply, "\r\nRetry-After: 5\r\n"));
    assert_true(closed(b)); /* its room is given back before */
    close(b);
    a = dial();
    say_write(a, 4 << 20);
    say_blanks(a, (4 << 20) - 1);
    c = dial();
    post(c, "/v1/argo/verdict", ARGO_BODY);
    assert_int_equal(hear(c), 200);
    close(c);
    /* It may take longer than a question may. */
    for (int i = 0; i < 8; i++)
        nanosleep(&pause, NULL);
    say_text(a, "x");
    hear_head(a);
    assert_memory_equal(reply, "HTTP/1.1 204 ", 13);
    assert_null(strcasestr(reply, "Content-Type"));
    /* The connection goes on, and the room is there again. */
    say_write(a, 4 << 20);
    say_blanks(a, 4 << 20);
    hear_head(a);
    assert_memory_equal(reply, "HTTP/1.1 204 ", 13);
    close(a);
    stop();
    assert_int_equal(arrived.bytes, 2 * (4 << 20));
}

static void
telemetry_has_a_maximum_too(void **state)
{
    int fd;

    (void)state;
    start(NULL);
    port.port.writes = &writes;
    fd = dial();
    say_write(fd, (64 << 20) + 1);
    assert_int_equal(hear(fd), 413);
    assert_non_null(strstr(body(), "64 MiB"));
    close(fd);
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

static void
short_times(struct httpd_config *c)
{
    c->request_ms = 200;
    c->keepalive_ms = 400;
    c->wait_ms = 100;
}

/* Read until the end, sending a byte now and then: how long that took. */
static int64_t
drip_until_closed(int fd)
{
    int64_t start_ms = clock_mono_ms(&clock_system);
    char    sink[4096];

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};

        if (poll(&p, 1, 20) > 0 && recv(fd, sink, sizeof sink, 0) <= 0)
            break;
        if (send(fd, "a", 1, MSG_NOSIGNAL) < 0)
            break;
        if (clock_mono_ms(&clock_system) - start_ms > 10000)
            fail_msg("the connection was never closed");
    }
    return clock_mono_ms(&clock_system) - start_ms;
}

static void
slow_requests_are_cut(void **state)
{
    static const char *const heads[] = {
        "",
        "GET /v1/argo/ver",
        "GET /v1/argo/verdict HTTP/1.1\r\nX-A: ",
        "POST /v1/argo/verdict HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
        "POST /v1/flagger/rollback HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
    };

    (void)state;
    start(short_times);
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        int fd = dial();

        say_text(fd, heads[i]);
        assert_in_range(drip_until_closed(fd), 150, 5000);
        close(fd);
    }
    stop();
}

static void
idle_connections_end_and_slow_second_requests_too(void **state)
{
    int64_t start_ms;
    int     fd;

    (void)state;
    start(short_times);
    fd = dial();
    post(fd, "/v1/argo/verdict", ARGO_BODY);
    assert_int_equal(hear(fd), 200);
    start_ms = clock_mono_ms(&clock_system);
    assert_true(closed(fd));
    assert_in_range(clock_mono_ms(&clock_system) - start_ms, 300, 5000);
    close(fd);

    /* The second request of a kept connection has no more time than the first:
     * it ends before the connection would for being idle. */
    fd = dial();
    post(fd, "/v1/argo/verdict", ARGO_BODY);
    assert_int_equal(hear(fd), 200);
    say_text(fd, "GET /v1/ar");
    assert_in_range(drip_until_closed(fd), 100, 5000);
    close(fd);
    stop();
}

static void *
answer_when_asked(void *ctx)
{
    (void)ctx;
    fakeport_wait(&port);
    fakeport_pump(&port);
    return NULL;
}

static void
suspended_requests_are_answered(void **state)
{
    (void)state;
    start(NULL);
    port.lookup = PORT_NO_RUN;
    for (int i = 0; i < 20; i++) {
        pthread_t loop;
        int       fd = dial();

        pthread_create(&loop, NULL, answer_when_asked, NULL);
        post(fd, "/v1/argo/verdict", ARGO_BODY);
        assert_int_equal(hear(fd), 200);
        reply_is_strict();
        assert_non_null(strstr(reply, "too_few_requests"));
        pthread_join(loop, NULL);
        close(fd);
    }
    stop();
}

static void
a_reply_before_the_suspension(void **state)
{
    int fd;

    (void)state;
    start(NULL);
    port.lookup = PORT_NO_RUN;
    port.at_once = true;
    fd = dial();
    for (int i = 0; i < 20; i++) {
        post(fd, "/v1/argo/verdict", ARGO_BODY);
        assert_int_equal(hear(fd), 200);
        assert_non_null(strstr(reply, "too_few_requests"));
    }
    close(fd);
    stop();
}

static void
waiting_has_an_end(void **state)
{
    int fd;

    (void)state;
    start(short_times);
    port.lookup = PORT_NO_RUN;
    fd = dial();
    post(fd, "/v1/argo/verdict", ARGO_BODY);
    assert_int_equal(hear(fd), 200);
    reply_is_strict();
    assert_non_null(strstr(reply, "\"reason\":\"store_busy\""));
    close(fd);
    fd = dial();
    post(fd, "/v1/flagger/rollback", FLAGGER_BODY);
    assert_int_equal(hear(fd), 409);
    close(fd);
    assert_int_equal(fakeport_pump(&port), 2); /* too late, and no harm */
    assert_int_equal(port.told.reason, REASON_STORE_BUSY);
    stop();
}

static void
callers_that_went_away_are_no_harm(void **state)
{
    (void)state;
    start(NULL);
    port.lookup = PORT_NO_RUN;
    for (int i = 0; i < 10; i++) {
        struct linger hard = {.l_onoff = 1};
        int           fd = dial();

        post(fd, "/v1/argo/verdict", ARGO_BODY);
        fakeport_wait(&port);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard); /* a reset */
        close(fd);
        fakeport_pump(&port);
    }
    stop();
}

static void
stopping_answers_who_waits(void **state)
{
    int fd[10];

    (void)state;
    start(NULL);
    port.lookup = PORT_NO_RUN;
    for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
        fd[i] = dial();
        post(fd[i], i % 2 ? "/v1/argo/verdict" : "/v1/flagger/rollback",
             i % 2 ? ARGO_BODY : FLAGGER_BODY);
    }
    for (;;) {
        size_t n;

        pthread_mutex_lock(&port.lock);
        n = port.n_items;
        pthread_mutex_unlock(&port.lock);
        if (n == ARRAY_LEN(fd))
            break;
        poll(NULL, 0, 1);
    }
    httpd_stop(server);
    for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
        assert_int_equal(hear(fd[i]), i % 2 ? 200 : 409);
        assert_true(closed(fd[i]));
        close(fd[i]);
    }
    /* The port still owes its replies; they find the question, and nobody. */
    assert_int_equal(fakeport_pump(&port), ARRAY_LEN(fd));
    fakeport_release(&port);
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
        cmocka_unit_test(large_bodies_are_413),
        cmocka_unit_test(telemetry_is_larger_slower_and_apart),
        cmocka_unit_test(telemetry_has_a_maximum_too),
        cmocka_unit_test(request_lines_that_are_no_request_lines),
        cmocka_unit_test(slow_requests_are_cut),
        cmocka_unit_test(idle_connections_end_and_slow_second_requests_too),
        cmocka_unit_test(suspended_requests_are_answered),
        cmocka_unit_test(a_reply_before_the_suspension),
        cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(callers_that_went_away_are_no_harm),
        cmocka_unit_test(stopping_answers_who_waits),
        cmocka_unit_test(starts_and_stops),
        cmocka_unit_test(many_ask_at_once),
        cmocka_unit_test(connections_per_caller_are_capped),
        cmocka_unit_test(addresses),
    };

    alarm(50); /* a server that hangs fails the test */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
