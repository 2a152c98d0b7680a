/* rawhttp.h - an HTTP server for tests that can misbehave.
 *
 * Each route sends bytes as they stand, so that a test decides what is on the
 * wire: answers, garbage, floods, silence.  A thread per connection, 256 at once;
 * those beyond are closed. */
#ifndef TESTS_SUPPORT_RAWHTTP_H
#define TESTS_SUPPORT_RAWHTTP_H

#include "base/base.h"

struct rawhttp_route {
    const char *path; /* the request's target starts with it; the first that fits */
    const char *head; /* sent as it stands */
    const void *body; /* then this, */
    size_t      body_bytes;
    size_t      repeat;     /* so many times (0: once), */
    int         trickle_ms; /* with such a pause before each byte, */
    bool        hang;       /* then nothing more until the peer closes, */
    bool        close;      /* or it is closed; else the next request is read */
};

struct rawhttp;

/* Listens on 127.0.0.1, on a port that the kernel chose.  Routes are borrowed;
 * an unknown path is 404. */
struct rawhttp *rawhttp_start(const struct rawhttp_route *routes, size_t n);
void            rawhttp_stop(struct rawhttp *h); /* ends every connection */
int             rawhttp_port(const struct rawhttp *h);

int    rawhttp_connections(struct rawhttp *h); /* accepted so far */
int    rawhttp_requests(struct rawhttp *h);    /* read so far */
size_t rawhttp_sent(struct rawhttp *h);        /* bytes of all bodies so far */

/* Head and body of the last request, NUL-terminated; free() it. */
char *rawhttp_last(struct rawhttp *h);

#endif
