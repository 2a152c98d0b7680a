/* promclient.h - asking an upstream by the Prometheus HTTP API.
 *
 * One client per source.  It asks by POST with a form, by GET where the source
 * answers POST with 405 or 501 (remembered), tries again what may be passing
 * (no connection, 429, 5xx) with exponential backoff and full jitter
 * (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter), and keeps
 * the source's budget.  Everything happens on the loop thread.
 *
 *                     promclient_ask
 *                           |
 *        slot free          v       no slot, or the source said Retry-After
 *      +----------------- ASKED ----------------+
 *      | [fly]                                  | [wait_turn]
 *      v                   [pump]               v
 *    FLYING <-------------------------------- QUEUED ---- deadline ----+
 *      |  ^                                                            |
 *      |  +--- [on_backoff, fly] --- BACKING_OFF                       |
 *      |                                 ^                             |
 *      +--- may pass, time left [retry] -+                             v
 *      +--- answer, or final failure [on_fetched] ------------------> done
 *
 * promclient_cancel leads from every state to done with STATUS_CANCELLED. */
#ifndef PROMQL_PROMCLIENT_H
#define PROMQL_PROMCLIENT_H

#include "base/clock.h"
#include "base/fetch.h"
#include "base/timer.h"
#include "base/ulid.h"
#include "promql/promreply.h"

/* Zero stands for the default. */
struct promclient_config {
    const char              *name; /* of the source, for errors */
    const char              *url;  /* http(s)://host[:port][/prefix]; no user, query, fragment */
    const struct fetch_peer *peer; /* borrowed for the client's life; NULL: none */
    struct promreply_limits  limits;
    size_t                   max_reply_bytes;     /* 64 MiB */
    uint32_t                 max_in_flight;       /* 8 */
    uint32_t                 max_queued;          /* 4,096 */
    uint32_t                 max_attempts;        /* 4 */
    int64_t                  attempt_timeout_ms;  /* 10,000 */
    int64_t                  backoff_first_ms;    /* 100 */
    int64_t                  backoff_most_ms;     /* 5,000 */
    int64_t                  retry_after_most_ms; /* 30,000 */
};

/* What the client reaches the world through; the pointers are borrowed. */
struct promclient_world {
    const struct fetch   *fetch;
    const struct clock   *clock;
    const struct entropy *entropy;
    struct timer_port     timer;
};

/* A question.  The expression is copied. */
struct promclient_question {
    struct slice  expr;
    bool          range;
    int64_t       at_ms;                     /* instant */
    int64_t       start_ms, end_ms, step_ms; /* range */
    int64_t       timeout_ms; /* over all attempts and waiting; 0: attempt_timeout_ms */
    uint32_t      limit;      /* series the source should cut the answer to; 0: all */
    struct arena *arena;      /* the reply is put there; borrowed until done */
    /* Others go first, and half of what may be in flight (but one) and three quarters of
     * what may wait stay theirs, however many of these there are. */
    bool yields;
};

/* How it ended.
 * STATUS_OK                    *reply
 * STATUS_UNREACHABLE           no connection, or it broke
 * STATUS_TIMEOUT               no answer in time, from us or from the source
 * STATUS_REFUSED               401, 403, 404, 429, 5xx, a redirect; err quotes the body
 * STATUS_BAD_QUERY             Prometheus's own message
 * STATUS_MALFORMED             not a Prometheus reply
 * STATUS_TOO_LARGE             more bytes than max_reply_bytes
 * STATUS_LIMIT                 more series, samples or labels than the limits
 * STATUS_BUSY                  the queue is full
 * STATUS_RANGE                 the question's times make no sense
 * STATUS_IO                    a secret's file could not be read
 * STATUS_CANCELLED */
struct promclient_answer {
    enum status             status;
    struct err              err;       /* names the source */
    const struct promreply *reply;     /* NULL unless STATUS_OK; in the question's arena */
    int                     http_code; /* 0: none came */
    uint32_t                attempts;
    int64_t                 took_ms;
};

typedef void (*promclient_done_fn)(void *ctx, const struct promclient_answer *answer);

struct promclient_query;
struct promclient;

/* STATUS_SYNTAX: the URL is not one of an upstream.  Copies the config. */
enum status promclient_new(const struct promclient_config *config,
                           const struct promclient_world *world, struct promclient **out,
                           struct err *err) MUST_CHECK;

/* Questions that are still open are reported cancelled before this returns.
 * Jobs that are under way end in the fetch, which must live on until then. */
void promclient_free(struct promclient *c);

/* Ask.  done is called exactly once, later, never from inside this call; the
 * query must not be touched after that. */
struct promclient_query *promclient_ask(struct promclient *c, const struct promclient_question *q,
                                        promclient_done_fn done, void *ctx);

/* done will be called, later, with STATUS_CANCELLED. */
void promclient_cancel(struct promclient_query *q);

struct promclient_stats {
    uint32_t in_flight, queued, backing_off;
    uint64_t requests, retries, failures; /* HTTP requests; questions that failed */
    bool     by_get;
};

struct promclient_stats promclient_stats(const struct promclient *c);

#endif
