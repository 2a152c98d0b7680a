/* eventsend.h - a reader of events as a response of the HTTP library.
 *
 * Without events the connection sleeps and holds no thread.  What was handed to the
 * library must be taken in the time that any answer has: after that the sweep of
 * httpconn.h shuts the connection down. */
#ifndef WEBHOOKS_EVENTSEND_H
#define WEBHOOKS_EVENTSEND_H

#include "webhooks/eventstream.h"
#include "webhooks/httpconn.h"

#include <microhttpd.h>

/* Takes the reader: *reader is NULL then, in any case.  conn may be NULL.  NULL:
 * without memory. */
struct MHD_Response *eventsend_response(struct eventstream_reader **reader,
                                        struct MHD_Connection *connection, struct httpconn *conn);

#endif
