/* curlfetch.h - struct fetch carried out by one libcurl multi handle.
 *
 * Redirects are not followed, proxies not used, http and https only, replies
 * bounded after decompression.  The loop waits in curl_multi_poll() on
 * curlfetch_multi() and calls curlfetch_run() after it.  Loop thread only.  The
 * process must ignore SIGPIPE: TLS can write to a connection that was closed. */
#ifndef DAEMON_CURLFETCH_H
#define DAEMON_CURLFETCH_H

#include "base/fetch.h"

#include <curl/curl.h>

/* Zero stands for the default. */
struct curlfetch_config {
    /* Open at once, those that are kept for the next request too: libcurl closes
     * the oldest of these to stay below it.  Half of the files that may be open,
     * at most 4,096, so that each of some thousand targets keeps its own. */
    long max_connections;
    long max_connections_per_host; /* 64: an API server holds one for each namespace watched */
    long max_idle_connections;     /* as max_connections */
    long connect_timeout_ms;       /* name, TCP and TLS, 3,000 */
};

struct curlfetch;

struct curlfetch *curlfetch_new(const struct curlfetch_config *config); /* NULL: defaults */

/* Jobs that are still open are reported cancelled before this returns; what
 * their done functions start is reported cancelled too. */
void curlfetch_free(struct curlfetch *f);

struct fetch curlfetch_port(struct curlfetch *f);

/* Borrowed.  Its next poll returns at once when a result already waits. */
CURLM *curlfetch_multi(struct curlfetch *f);

/* Go on with all transfers and report those that ended. */
void curlfetch_run(struct curlfetch *f);

size_t curlfetch_open(const struct curlfetch *f); /* jobs not yet reported */

#endif
