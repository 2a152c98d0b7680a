/* httpdfixture.h - a server on a socket, with a port behind it that the test plays, and a
 * client that sends bytes as they stand. */
#ifndef TESTS_UNIT_WEBHOOKS_HTTPDFIXTURE_H
#define TESTS_UNIT_WEBHOOKS_HTTPDFIXTURE_H

#include "tests/support/check.h"
#include "tests/support/fakeport.h"
#include "webhooks/httpd.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <poll.h>
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

#endif
