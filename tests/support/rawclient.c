#include "tests/support/rawclient.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct rawclient
rawclient_open(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct rawclient   c = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    int                rc;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    rc = connect(c.fd, (struct sockaddr *)&a, sizeof a);
    assert(rc == 0);
    return c;
}

static void
forget(struct rawclient *c)
{
    free(c->head);
    free(c->body);
    c->head = c->body = NULL;
    c->body_bytes = 0;
    c->code = 0;
}

void
rawclient_close(struct rawclient *c)
{
    close(c->fd);
    c->fd = -1;
    forget(c);
}

void
rawclient_say(struct rawclient *c, const char *bytes)
{
    size_t n = strlen(bytes);

    while (n) {
        ssize_t wrote = send(c->fd, bytes, n, MSG_NOSIGNAL);

        if (wrote <= 0)
            return; /* what the server said is still to be read */
        bytes += wrote;
        n -= (size_t)wrote;
    }
}

static bool
read_all(int fd, char *to, size_t n)
{
    while (n) {
        ssize_t got = recv(fd, to, n, 0);

        if (got <= 0)
            return false;
        to += got;
        n -= (size_t)got;
    }
    return true;
}

static bool
read_head(struct rawclient *c)
{
    enum { HEAD_BYTES = 1 << 16 };
    size_t n = 0;

    c->head = calloc(1, HEAD_BYTES);
    do
        if (n + 1 == HEAD_BYTES || !read_all(c->fd, c->head + n++, 1))
            return false;
    while (n < 4 || memcmp(c->head + n - 4, "\r\n\r\n", 4) != 0);
    return true;
}

int
rawclient_hear(struct rawclient *c)
{
    const char *length;

    forget(c);
    if (!read_head(c))
        return 0;
    length = strcasestr(c->head, "\r\nContent-Length: ");
    assert(length);
    c->body_bytes = strtoul(length + 18, NULL, 10);
    c->body = calloc(1, c->body_bytes + 1);
    if (!read_all(c->fd, c->body, c->body_bytes))
        return 0;
    return c->code = (int)strtol(c->head + 9, NULL, 10);
}

int
rawclient_get(struct rawclient *c, const char *target, const char *headers)
{
    rawclient_say(c, "GET ");
    rawclient_say(c, target);
    rawclient_say(c, " HTTP/1.1\r\nHost: localhost\r\n");
    rawclient_say(c, headers);
    rawclient_say(c, "\r\n");
    return rawclient_hear(c);
}
