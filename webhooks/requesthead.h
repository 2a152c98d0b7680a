/* requesthead.h - the headers of a request in one pass, and whether they are fit to be
 * believed.
 *
 * What two programs read differently lets one request hide in another (RFC 9112 §11.2):
 * a proxy before us may have counted the body otherwise.  The library is lenient; what is
 * doubtful is refused here, and the connection closed. */
#ifndef WEBHOOKS_REQUESTHEAD_H
#define WEBHOOKS_REQUESTHEAD_H

#include "webhooks/request.h"

struct requesthead {
    struct slice content_length, transfer_encoding;
    unsigned     n_lengths, n_encodings, n_hosts, n_authorizations;
    bool         odd; /* a name that is none, or a control character in a value */
};

/* One header: into the fields of r that are of headers, and into h, which starts as {0}.
 * Texts are borrowed; values end in a NUL that is not counted. */
void requesthead_take(struct requesthead *h, struct request *r, struct slice name,
                      struct slice value);

/* After the last one: NULL, or why the request is refused.  method and version as in
 * the request line. */
const char *requesthead_fault(const struct requesthead *h, struct slice method,
                              struct slice version);

#endif
