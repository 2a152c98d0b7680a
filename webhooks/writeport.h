/* writeport.h - what the receivers of telemetry ask of the daemon: take this body.
 *
 * daemon/ implements it where a source takes remote write; tests give their own. */
#ifndef WEBHOOKS_WRITEPORT_H
#define WEBHOOKS_WRITEPORT_H

#include "base/bytestream.h"
#include "base/slice.h"

enum writeport_kind {
    WRITEPORT_REMOTE_WRITE, /* remote write 1.0: one snappy block */
    WRITEPORT_TEXT,         /* text exposition with times in ms */
};

/* One body on its way in. */
struct writeport_body {
    enum writeport_kind kind;
    struct slice        source; /* a source's name; empty: the only one that takes writes */
    /* Remote write: memory of malloc(), whose owner is the port once it was taken. */
    char  *bytes;
    size_t n;
    /* Text: a stream, which the port closes once it was taken.  bytes_waiting is
     * the memory that waits behind it. */
    struct bytestream stream;
    size_t            bytes_waiting;
};

/* How it went.  Any thread, exactly once; line is borrowed for the call and ""
 * with a 2xx. */
typedef void (*writeport_done_fn)(void *ctx, int http_code, const char *line);

enum writeport_taken {
    WRITEPORT_TAKEN,
    WRITEPORT_FULL,      /* too much waits already: 503, and the caller tries again */
    WRITEPORT_NO_SOURCE, /* none of that name takes writes; with an empty name: none at all */
    WRITEPORT_AMBIGUOUS, /* several do, and no name was given */
};

struct writeport {
    void *self;
    /* Any thread.  Unless it says TAKEN, done is not called and the body stays
     * the caller's.  What stands in *body is copied. */
    enum writeport_taken (*write)(void *self, const struct writeport_body *body,
                                  writeport_done_fn done, void *ctx);
};

#endif
