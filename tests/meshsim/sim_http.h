/* sim_http.h - many listening ports, one libmicrohttpd, no thread.
 *
 * Sockets are ours, so that one daemon can serve a thousand ports and a port
 * can die alone.  Everything happens inside sim_http_wait() and
 * sim_http_serve(). */
#ifndef MESHSIM_SIM_HTTP_H
#define MESHSIM_SIM_HTTP_H

#include "base/err.h"
#include "base/text.h"
#include "tests/meshsim/sim_control.h"

/* The answer to one request. */
struct sim_answer {
    bool        hang_up; /* close the connection without a word */
    int         code;
    const char *content_type;
    struct text body; /* taken over */
    void       *mark; /* handed to `sent` */
};

struct sim_http_handler {
    /* Fill *out; `port` is the local one the question came to. */
    void (*answer)(void *ctx, uint16_t port, const struct sim_question *q, struct sim_answer *out);
    /* An answer with a mark is off: whole to the kernel, or broken off. */
    void (*sent)(void *ctx, void *mark, bool whole);
    void *ctx;
};

struct sim_http;

/* STATUS_IO: libmicrohttpd or epoll would not start. */
enum status sim_http_new(struct sim_http_handler handler, struct sim_http **out,
                         struct err *err) MUST_CHECK;
void        sim_http_free(struct sim_http *h);

/* address: dotted IPv4.  port 0: the kernel chooses; *out_port is the one.
 * STATUS_IO with errno's words. */
enum status sim_http_listen(struct sim_http *h, const char *address, uint16_t port,
                            uint16_t *out_port, struct err *err) MUST_CHECK;

/* No more connections to this port; connections that are open stay, the
 * handler must hang up on them. */
void sim_http_close(struct sim_http *h, uint16_t port);

/* Sleep until there is something to do, at most timeout_ms. */
void sim_http_wait(struct sim_http *h, int timeout_ms);

/* Do it. */
void sim_http_serve(struct sim_http *h);

#endif
