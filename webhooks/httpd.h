/* httpd.h - the HTTP server: sockets, limits and times around gates_handle().
 *
 * libmicrohttpd runs the threads that answer; one more thread of ours watches
 * the times.  Requests that wait for the loop are suspended and hold no thread. */
#ifndef WEBHOOKS_HTTPD_H
#define WEBHOOKS_HTTPD_H

#include "webhooks/addressrange.h"
#include "webhooks/clients.h"
#include "webhooks/gates.h"

struct servertls;

enum { HTTPD_RANGES = 64 };

struct httpd_config {
    const char           *listen; /* see listen.h; port 0: the kernel chooses */
    struct servertls     *tls; /* borrowed, read again when its files change; NULL: without TLS */
    bool                  tls_is_shared;       /* another server reads it again */
    struct addressrange   allow[HTTPD_RANGES]; /* who may connect */
    size_t                n_allow;             /* 0: everybody */
    unsigned              threads;
    unsigned              max_connections;
    struct clients_limits client;                 /* of one address */
    uint64_t              max_waiting_body_bytes; /* of all questions that are coming in together */
    uint64_t              max_waiting_write_bytes; /* of all telemetry likewise */
    uint64_t              max_sending_bytes; /* of large answers that callers have yet to take */
    int64_t               request_ms;   /* for headers and body to arrive, from the first byte */
    int64_t               write_ms;     /* the same for telemetry, whose bodies are larger */
    int64_t               keepalive_ms; /* idle between requests; Argo's client keeps 90 s */
    int64_t wait_ms; /* for the loop to answer; then what gates_handle() left is told */
    int64_t send_ms; /* for the caller to take the answer */
};

/* api.md's times; one thread; 127.0.0.1:8080. */
struct httpd_config httpd_defaults(void);

struct httpd;

/* Answering when this returns.  g is borrowed until httpd_stop() returned, and
 * longer for what the port still owes (gates.h).
 * STATUS_DENIED: an address that others reach, and neither a token nor a client's
 * certificate is asked for (but by Kayenta's provider, which has none).
 * STATUS_IO: no such address, or taken. */
enum status httpd_start(const struct httpd_config *c, struct gates *g, struct httpd **out,
                        struct err *err) MUST_CHECK;

/* The port that is listened on. */
uint16_t httpd_port(const struct httpd *h);

/* Close the listener, answer what is under way (requests that wait for the loop
 * are told what gates_handle() left), close the connections, free h.  Takes at
 * most request_ms + send_ms. */
void httpd_stop(struct httpd *h);

#endif
