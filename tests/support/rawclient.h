/* rawclient.h - an HTTP client for tests that sends bytes as they stand. */
#ifndef TESTS_SUPPORT_RAWCLIENT_H
#define TESTS_SUPPORT_RAWCLIENT_H

#include "base/base.h"

struct rawclient {
    int    fd;
    int    code; /* of the last answer; 0: the connection ended first */
    char  *head; /* of it, NUL-terminated, like the body */
    char  *body;
    size_t body_bytes;
};

/* To 127.0.0.1; the process ends where nobody listens. */
struct rawclient rawclient_open(uint16_t port);
void             rawclient_close(struct rawclient *c);

/* Send bytes, and no more. */
void rawclient_say(struct rawclient *c, const char *bytes);

/* Read one answer with a Content-Length; its code. */
int rawclient_hear(struct rawclient *c);

/* GET target and read the answer; headers are whole lines, or "". */
int rawclient_get(struct rawclient *c, const char *target, const char *headers);

#endif
