/* promcall.h - one call of the Prometheus API while a worker answers it.
 *
 * An endpoint is a function of the call: it reads parameters, writes the data
 * member of the answer, and may say what went wrong instead.  Nothing of it is
 * shared; one thread. */
#ifndef WEBHOOKS_PROMCALL_H
#define WEBHOOKS_PROMCALL_H

#include "base/jsonout.h"
#include "promql/notes.h"
#include "webhooks/answer.h"
#include "webhooks/port.h"
#include "webhooks/promform.h"

/* errorType, and the HTTP code that goes with it. */
enum promcall_error {
    PROMCALL_BAD_DATA,    /* 400 */
    PROMCALL_EXECUTION,   /* 422 */
    PROMCALL_TIMEOUT,     /* 503 */
    PROMCALL_CANCELED,    /* 499 */
    PROMCALL_INTERNAL,    /* 500 */
    PROMCALL_UNAVAILABLE, /* 503: too many queries */
};

struct promcall {
    struct arena              arena; /* gone after the answer */
    struct promform           form;
    struct slice              arg; /* what stood for {} in the path, decoded */
    const struct port_series *series;
    struct port_limits        limits; /* defaults filled in */
    const struct clock       *clock;
    const atomic_bool        *gone;        /* may be NULL */
    int64_t                   came_ms;     /* monotonic: when the request was whole, */
    int64_t                   deadline_ms; /* and when an answer must be there */
    struct text              *out;         /* the body; the data go behind what is there */
    struct jsonout            json;        /* that writes into it, for small answers */
    enum promcall_error       error;
    struct err                err; /* err.status: the call failed, out counts for nothing */
    VEC(struct slice) warnings;
    VEC(struct slice) infos;
};

typedef void (*promcall_fn)(struct promcall *c);

/* Fail the call; the first failure counts. */
void promcall_fail(struct promcall *c, enum promcall_error e, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* invalid parameter "name": what err says. */
void promcall_invalid(struct promcall *c, const char *name, const struct err *err);

/* What came of evaluation or selection, in Prometheus's error types. */
void promcall_fail_as(struct promcall *c, enum status s, const struct err *err);

/* Parameters.  False: the call has failed.  Absent ones leave *out as it is. */
bool promcall_time(struct promcall *c, const char *name, int64_t *out_ms);
bool promcall_limit(struct promcall *c, size_t *out); /* limit; 0 and absent: SIZE_MAX */

/* The time that is left, shortened by the parameter timeout. */
bool promcall_timeout(struct promcall *c);

/* Warnings and infos of a query go with the answer; texts are copied. */
void promcall_warn(struct promcall *c, struct slice text);
void promcall_note(struct promcall *c, const struct notes *notes);

/* Write the whole answer around what fn writes. */
void promcall_answer(struct promcall *c, promcall_fn fn, struct answer *a);

/* An answer that needs no call: errorType and text. */
void promcall_refuse(struct answer *a, int code, enum promcall_error e, const char *text);

#endif
