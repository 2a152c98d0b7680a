/* promform.h - the parameters of a call of the Prometheus API.
 *
 * As Go's http.Request.ParseForm reads them, which Prometheus uses: those of a
 * form in the body come before those of the query string, and of several with
 * one name the first counts where one is wanted. */
#ifndef WEBHOOKS_PROMFORM_H
#define WEBHOOKS_PROMFORM_H

#include "base/vec.h"
#include "webhooks/request.h"

enum { PROMFORM_MAX_PARAMS = 1000 };

struct promform {
    VEC(struct question_param) params;
};

/* Copies into the arena; values may hold any bytes.  The body is read where it
 * says to be a form, or nothing.  STATUS_SYNTAX: a broken percent escape.
 * STATUS_LIMIT: too many parameters. */
enum status promform_read(struct promform *f, struct arena *a, const struct request *r,
                          struct err *err) MUST_CHECK;

/* The first of that name; {0} (and empty): there is none. */
struct slice promform_get(const struct promform *f, const char *name);

/* The next of that name from *at on, which starts as 0. */
bool promform_next(const struct promform *f, const char *name, size_t *at, struct slice *value);

#endif
