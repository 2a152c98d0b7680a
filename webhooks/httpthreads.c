#include "webhooks/httpthreads.h"

#include "webhooks/servertls.h"

#include <sys/socket.h>
#include <unistd.h>

enum { SPARE_PERCENT = 50 };

/* The kernel spreads by chance: one thread may get more than its share. */
static unsigned
connections_of_one(const struct httpthreads_config *c, unsigned threads)
{
    uint64_t share = ((uint64_t)c->max_connections + threads - 1) / threads;

    if (threads > 1)
        share += share * SPARE_PERCENT / 100;
    return share < c->max_connections ? (unsigned)share : c->max_connections;
}

static struct MHD_Daemon *
start_one(const struct httpthreads_config *c, const struct httpthreads_calls *calls, int fd,
          unsigned connections)
{
    const struct MHD_OptionItem with_tls[] = {
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)SERVERTLS_PRIORITIES},
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)servertls_certificate},
        {MHD_OPTION_END, 0, NULL},
    };
    const struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME;

    if (c->tls)
        flags |= MHD_USE_TLS;
    return MHD_start_daemon(
        flags, 0, calls->accept, calls->ctx, calls->request, calls->ctx, MHD_OPTION_LISTEN_SOCKET,
        fd, MHD_OPTION_URI_LOG_CALLBACK, calls->target, calls->ctx, MHD_OPTION_NOTIFY_COMPLETED,
        calls->completed, calls->ctx, MHD_OPTION_NOTIFY_CONNECTION, calls->connection, calls->ctx,
        MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        c->connection_memory_bytes, MHD_OPTION_ARRAY, c->tls ? with_tls : plain, MHD_OPTION_END);
}

enum status
httpthreads_start(struct httpthreads *t, const struct httpthreads_config *c,
                  const struct httpthreads_calls *calls, const struct listen_socket *first,
                  struct err *err)
{
    unsigned threads = c->threads > HTTPTHREADS_MAX ? HTTPTHREADS_MAX : c->threads ? c->threads : 1;
    struct listen_socket s = *first;
    enum status          status = STATUS_OK;

    t->n = 0;
    while (status == STATUS_OK && t->n < threads) {
        struct MHD_Daemon *d;

        if (t->n > 0)
            status = listen_another(first, &s, err);
        if (status)
            break;
        d = start_one(c, calls, s.fd, connections_of_one(c, threads));
        if (d) {
            t->daemon[t->n] = d;
            t->listener[t->n++] = s.fd;
            continue;
        }
        close(s.fd);
        status = err_set(err, STATUS_IO, "http: the server on %.100s could not be started%s",
                         c->listen, c->tls ? " with TLS" : "");
    }
    if (status) {
        httpthreads_quiesce(t);
        httpthreads_stop(t);
    }
    return status;
}

/* A socket's number stays ours until the library's thread, which still takes it out of
 * its epoll, has ended. */
void
httpthreads_quiesce(struct httpthreads *t)
{
    for (size_t i = 0; i < t->n; i++) {
        t->listener[i] = MHD_quiesce_daemon(t->daemon[i]);
        if (t->listener[i] >= 0)
            shutdown(t->listener[i], SHUT_RDWR);
    }
}

void
httpthreads_stop(struct httpthreads *t)
{
    for (size_t i = 0; i < t->n; i++)
        MHD_stop_daemon(t->daemon[i]);
    for (size_t i = 0; i < t->n; i++)
        if (t->listener[i] >= 0)
            close(t->listener[i]);
    t->n = 0;
}
