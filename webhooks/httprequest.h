/* httprequest.h - one request on a connection, from its first line to its end: read,
 * asked of the gates, answered now or later.
 *
 * Callbacks of the HTTP library; ctx is the struct httpd. */
#ifndef WEBHOOKS_HTTPREQUEST_H
#define WEBHOOKS_HTTPREQUEST_H

#include <microhttpd.h>

/* As soon as the request line is there; what is returned comes again as *request. */
void *httprequest_target(void *ctx, const char *target, struct MHD_Connection *connection);

/* Once the headers are there, for each piece of the body, once it is whole, and again when
 * a connection that waited was resumed. */
enum MHD_Result httprequest_go_on(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *n, void **request);

/* Sent, or given up. */
void httprequest_completed(void *ctx, struct MHD_Connection *connection, void **request,
                           enum MHD_RequestTerminationCode why);

#endif
