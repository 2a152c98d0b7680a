/* outbudget.h - the memory of answers on their way out, bounded over all callers:
 * who asks for much and reads slowly does not hold all of it. */
#ifndef WEBHOOKS_OUTBUDGET_H
#define WEBHOOKS_OUTBUDGET_H

#include "base/text.h"

#include <microhttpd.h>
#include <stdatomic.h>

/* Answers up to this size always go: they are the gates'. */
enum { OUTBUDGET_FREE_BYTES = 256 * 1024 };

/* Outlives the responses made from it. */
struct outbudget {
    atomic_size_t bytes; /* of responses that are not freed yet */
    size_t        max_bytes;
};

/* Whether there is room for the body; it is counted from then on, until the
 * response that outbudget_response() must make of it is freed. */
bool outbudget_take(struct outbudget *b, const struct text *body);

/* Memory for an empty body, of an answer before: most are of one size. */
void outbudget_lend(struct text *body);

/* A response that owns the body's memory; the body is {0} then, in any case.
 * NULL: without memory, or what the library says. */
struct MHD_Response *outbudget_response(struct outbudget *b, struct text *body);

#endif
