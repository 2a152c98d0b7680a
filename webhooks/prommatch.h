/* prommatch.h - a selector of the Prometheus API (match[], match_target) as
 * matchers. */
#ifndef WEBHOOKS_PROMMATCH_H
#define WEBHOOKS_PROMMATCH_H

#include "promql/matcher.h"
#include "webhooks/promcall.h"

struct prommatch {
    struct matcher *at; /* in the call's arena */
    size_t          n;
    bool            takes_all; /* no matcher asks for a label to be there */
};

/* False: the call has failed, and says so with the parameter's name (NULL:
 * without, as Prometheus does for labels).  Else prommatch_release()
 * is owed. */
bool prommatch_read(struct promcall *c, const char *name, struct slice text, struct prommatch *out);
void prommatch_release(struct prommatch *m);

#endif
