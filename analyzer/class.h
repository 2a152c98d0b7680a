/* class.h - what one cell (response code, gRPC status, response flags) says.
 *
 * One classifier serves all presets.  Source: design.md §1 and telemetry
 * reference §2.1 (Envoy's response flags, gRPC status codes). */
#ifndef ANALYZER_CLASS_H
#define ANALYZER_CLASS_H

#include "base/slice.h"

enum class {
    CLASS_OK,             /* 1xx to 4xx that are not of another class */
    CLASS_APP,            /* fault of the application */
    CLASS_INFRASTRUCTURE, /* fault of the mesh or the platform */
    CLASS_CLIENT,         /* the caller went away: DC, code 0, gRPC 1 */
    CLASS_INJECTED,       /* fault injection */
    CLASS_POLICY,         /* rate limit or authorization; answered from a cache */
    CLASS_COUNT
};

/* Text as the label carried it; empty where the label is absent.  Flags are a
 * comma list, matched token by token.  Requests counted for success rates are
 * ok + app + infrastructure.
 *
 * Flags decide before statuses.  When they disagree the order is injected,
 * policy, client, infrastructure, app (so URX takes the class of its
 * companion).  Without a flag that says something, code 0 is the client's;
 * then the gRPC status decides where there is one (2, 4, 13, 14, 15 app fault;
 * 1 client; 8 and 12 ok like 4xx), but HTTP 5xx is an app fault under any
 * other gRPC status; then the HTTP code (5xx app fault).  A token that is not
 * in the table turns an app fault told by the status into an infrastructure
 * fault and says nothing otherwise.  A code that cannot be read, without a
 * gRPC status, is an infrastructure fault: never a success. */
enum class class_of(struct slice response_code, struct slice grpc_status, struct slice flags);

/* Code 0 without a response: what a destination proxy reports for a request
 * that its caller gave up (client timeout, reset).  Always CLASS_CLIENT. */
bool class_no_response(struct slice response_code, struct slice flags);

/* Of class ok, and HTTP 4xx or a gRPC status other than 0: for client_errors. */
bool class_client_error(struct slice response_code, struct slice grpc_status, struct slice flags);

/* Whether the comma list has the token. */
bool class_has_flag(struct slice flags, const char *token);

#define CLASS_FLAG_NO_ROUTE "NR"
#define CLASS_FLAG_NO_CLUSTER "NC"

const char *class_text(enum class c);

#endif
