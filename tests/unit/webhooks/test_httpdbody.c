/* Bodies over a socket: how large, and how long they may take. */
#include "tests/unit/webhooks/httpdfixture.h"

#include <pthread.h>

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_bodies_are_413),
        cmocka_unit_test(telemetry_is_larger_slower_and_apart),
        cmocka_unit_test(telemetry_has_a_maximum_too),
    };

    alarm(50); /* a server that hangs fails the test */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
