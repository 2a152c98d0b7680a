#include "webhooks/listen.h"

#include "base/slice.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024, HOST_BYTES = 256 };

/* "host:port" with the host in brackets where it has colons itself. */
static enum status
split(const char *address, char host[HOST_BYTES], char port[8], struct err *err)
{
    const char *colon = strrchr(address, ':');
    size_t      n = colon ? (size_t)(colon - address) : 0;
    uint64_t    number;

    if (!colon || n >= HOST_BYTES || slice_u64(slice_of(colon + 1), &number) || number > 65535)
        return err_set(err, STATUS_SYNTAX, "listen: %.100s is not HOST:PORT", address);
    if (n >= 2 && address[0] == '[' && address[n - 1] == ']') {
        address++;
        n -= 2;
    } else if (memchr(address, ':', n)) {
        return err_set(err, STATUS_SYNTAX, "listen: %.100s: put an IPv6 address into brackets",
                       address);
    }
    memcpy(host, address, n);
    host[n] = '\0';
    snprintf(port, 8, "%u", (unsigned)number);
    return STATUS_OK;
}

static bool
is_loopback(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24 == 127;
    if (a->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
    return false;
}

static uint16_t
port_of(int fd)
{
    struct sockaddr_storage a = {0};
    socklen_t               n = sizeof a;

    if (getsockname(fd, (struct sockaddr *)&a, &n))
        return 0;
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                         : ((struct sockaddr_in *)&a)->sin_port);
}

/* SO_REUSEADDR: connections of the process before linger in TIME_WAIT.
 * SO_REUSEPORT is set after the first socket is bound, so that it lets our own others
 * in, yet is itself refused where somebody listens. */
static enum status
bind_to(const char *name, const struct sockaddr *to, socklen_t n, bool another,
        struct listen_socket *out, struct err *err)
{
    const int on = 1;
    int       fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        (another && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on)) || bind(fd, to, n) ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) || listen(fd, BACKLOG)) {
        int why = errno;

        if (fd >= 0)
            close(fd);
        return err_set(err, STATUS_IO, "listen: %.100s: %s", name, strerror(why));
    }
    *out = (struct listen_socket){.fd = fd, .port = port_of(fd), .loopback = is_loopback(to)};
    return STATUS_OK;
}

enum status
listen_another(const struct listen_socket *first, struct listen_socket *out, struct err *err)
{
    struct sockaddr_storage a = {0};
    socklen_t               n = sizeof a;

    if (getsockname(first->fd, (struct sockaddr *)&a, &n))
        return err_set(err, STATUS_IO, "listen: %s", strerror(errno));
    return bind_to("the same address again", (struct sockaddr *)&a, n, true, out, err);
}

enum status
listen_open(const char *address, struct listen_socket *out, struct err *err)
{
    struct addrinfo  want = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char             host[HOST_BYTES], port[8];
    enum status      s = split(address, host, port, err);
    int              why;

    if (s)
        return s;
    why = getaddrinfo(*host ? host : NULL, port, &want, &found);
    if (why)
        return err_set(err, STATUS_IO, "listen: %.100s: %s", address, gai_strerror(why));
    s = bind_to(address, found->ai_addr, found->ai_addrlen, false, out, err);
    freeaddrinfo(found);
    return s;
}
