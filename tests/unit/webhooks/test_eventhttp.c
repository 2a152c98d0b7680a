/* Events over sockets: that nobody waits for ever, and nobody for another. */
#include "tests/support/check.h"
#include "tests/support/fakeport.h"
#include "webhooks/httpd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 20, EVENTS = 300, PATIENCE_MS = 20000 };

static struct fakeport port;
static struct gates    gates;
static struct httpd   *server;

static int
set_up(void **state)
{
    struct httpd_config c = httpd_defaults();
    struct err          err = {0};

    (void)state;
    fakeport_init(&port);
    port.port.events = eventstream_new(&clock_system);
    gates_init(&gates, &port.port, &clock_system, NULL);
    c.listen = "127.0.0.1:0";
    c.threads = 2;
    c.send_ms = 500;
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
    eventstream_free(port.port.events);
    fakeport_release(&port);
    return 0;
}

/* X-Filler has so many bytes. */
static int
follow_with(int receive_bytes, int filler_bytes)
{
    char               ask[9500];
    int                n = snprintf(ask, sizeof ask,
                                    "GET /v1/events/stream HTTP/1.1\r\nHost: localhost\r\n"
                                                   "X-Filler: %0*d\r\n\r\n",
                                    filler_bytes, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(httpd_port(server))};
    int                fd = socket(AF_INET, SOCK_STREAM, 0);

    if (receive_bytes)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_true(n > 0 && (size_t)n < sizeof ask);
    assert_int_equal(send(fd, ask, (size_t)n, MSG_NOSIGNAL), n);
    return fd;
}

static int
follow(int receive_bytes)
{
    return follow_with(receive_bytes, 1);
}

/* Read until the word was seen, or the end (false). */
static bool
hear_until(int fd, const char *word)
{
    struct text   t;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    bool          found = false;
    char          some[4096];

    text_init(&t, 64 << 20);
    while (!found && poll(&p, 1, PATIENCE_MS) == 1) {
        ssize_t n = recv(fd, some, sizeof some, 0);

        if (n <= 0)
            break;
        text_put(&t, (struct slice){some, (size_t)n});
        found = strstr(t.p, word);
    }
    text_release(&t);
    return found;
}

static void
tell(int n)
{
    char data[64];

    snprintf(data, sizeof data, "{\"n\":%d.}", n);
    if (eventstream_wanted(port.port.events))
        eventstream_tell(port.port.events, "run", "prod", "", slice_of(data));
}

static void *
tell_all(void *ctx)
{
    (void)ctx;
    for (int i = 1; i <= EVENTS; i++)
        tell(i);
    return NULL;
}

static void
all_hear_all(void **state)
{
    int       fd[CLIENTS];
    char      last[32];
    pthread_t teller;

    (void)state;
    for (int i = 0; i < CLIENTS; i++) {
        fd[i] = follow(0);
        assert_true(hear_until(fd[i], "retry: 2000\n\n"));
    }
    assert_int_equal(pthread_create(&teller, NULL, tell_all, NULL), 0);
    snprintf(last, sizeof last, "{\"n\":%d.}", EVENTS);
    for (int i = 0; i < CLIENTS; i++)
        assert_true(hear_until(fd[i], last));
    pthread_join(teller, NULL);
    for (int i = 0; i < CLIENTS; i++)
        close(fd[i]);
}

/* The library's buffer for an answer shares its memory with the request's head: a piece of
 * an event must do where a whole one does not fit, else nothing would ever come again. */
static void
the_longest_event_reaches_who_asked_at_length(void **state)
{
    static const int fillers[] = {1, 7000, 7600, 8000, 8400};
    char             data[EVENTSTREAM_EVENT_BYTES - 60];
    int              fd[ARRAY_LEN(fillers)];

    (void)state;
    memset(data, 'x', sizeof data);
    memcpy(data + sizeof data - 4, "last", 4);
    for (size_t i = 0; i < ARRAY_LEN(fillers); i++) {
        fd[i] = follow_with(0, fillers[i]);
        assert_true(hear_until(fd[i], "retry: 2000\n\n"));
    }
    assert_true(eventstream_wanted(port.port.events));
    eventstream_tell(port.port.events, "run", "prod", "", (struct slice){data, sizeof data});
    for (size_t i = 0; i < ARRAY_LEN(fillers); i++) {
        if (!hear_until(fd[i], "xlast\n\n"))
            fail_msg("with a header of %d bytes the event did not come", fillers[i]);
        close(fd[i]);
    }
}

/* Those that sleep, those that are being told, and those that have just gone. */
static void
a_stop_waits_for_nobody(void **state)
{
    int       fd[CLIENTS];
    pthread_t teller;
    int64_t   begin_ms;

    (void)state;
    for (int i = 0; i < CLIENTS; i++) {
        fd[i] = follow(0);
        assert_true(hear_until(fd[i], "retry: 2000\n\n"));
    }
    assert_int_equal(pthread_create(&teller, NULL, tell_all, NULL), 0);
    for (int i = 0; i < CLIENTS / 2; i++)
        close(fd[i]);
    begin_ms = clock_mono_ms(&clock_system);
    httpd_stop(server);
    server = NULL;
    assert_in_range(clock_mono_ms(&clock_system) - begin_ms, 0, 5000);
    pthread_join(teller, NULL);
    for (int i = CLIENTS / 2; i < CLIENTS; i++) {
        assert_false(hear_until(fd[i], "no such word"));
        close(fd[i]);
    }
    assert_false(eventstream_wanted(port.port.events) &&
                 eventstream_join(port.port.events, &(struct eventstream_filter){0},
                                  (struct slice){0})); /* nobody new */
}

/* One that takes nothing is cut off; another hears everything meanwhile. */
static void
who_does_not_read_is_cut_off(void **state)
{
    int     slow = follow(2048), quick = follow(0);
    int64_t until_ms = clock_mono_ms(&clock_system) + PATIENCE_MS;
    char    data[6000], word[32];

    (void)state;
    assert_true(hear_until(quick, "retry: 2000\n\n"));
    while (eventstream_readers(port.port.events) < 2) { /* another thread takes the other */
        assert_true(clock_mono_ms(&clock_system) < until_ms);
        poll(NULL, 0, 1);
    }
    memset(data, 'x', sizeof data);
    for (int n = 1; eventstream_readers(port.port.events) == 2; n++) {
        assert_true(clock_mono_ms(&clock_system) < until_ms);
        for (int i = 0; i < 50; i++)
            eventstream_tell(port.port.events, "run", "prod", "",
                             (struct slice){data, sizeof data});
        tell(n);
        snprintf(word, sizeof word, "{\"n\":%d.}", n);
        assert_true(hear_until(quick, word));
    }
    assert_false(hear_until(slow, ": too slow")); /* that is for those who read at times */
    close(slow);
    close(quick);
}

static void
there_are_no_more_than_so_many(void **state)
{
    int fd[EVENTSTREAM_READERS], one;

    (void)state;
    for (int i = 0; i < EVENTSTREAM_READERS; i++) {
        fd[i] = follow(0);
        assert_true(hear_until(fd[i], "retry: 2000\n\n"));
    }
    one = follow(0);
    assert_true(hear_until(one, "503 Service Unavailable"));
    close(one);
    for (int i = 0; i < EVENTSTREAM_READERS; i++)
        close(fd[i]);
}

int
main(void)
{
#define WITH(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH(all_hear_all),
        WITH(the_longest_event_reaches_who_asked_at_length),
        WITH(a_stop_waits_for_nobody),
        WITH(who_does_not_read_is_cut_off),
        WITH(there_are_no_more_than_so_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
