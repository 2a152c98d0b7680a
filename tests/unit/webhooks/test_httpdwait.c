/* Time over a socket: slow callers, answers that come later, and the end of both. */
#include "tests/unit/webhooks/httpdfixture.h"

#include <pthread.h>

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_requests_are_cut),
        cmocka_unit_test(idle_connections_end_and_slow_second_requests_too),
        cmocka_unit_test(suspended_requests_are_answered),
        cmocka_unit_test(a_reply_before_the_suspension),
        cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(callers_that_went_away_are_no_harm),
        cmocka_unit_test(stopping_answers_who_waits),
    };

    alarm(50); /* a server that hangs fails the test */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
