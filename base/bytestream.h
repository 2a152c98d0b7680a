/* bytestream.h - bytes that come in portions: a body as it is, or while it is
 * being unpacked, without the whole of it in memory.
 *
 * One thread at a time. */
#ifndef BASE_BYTESTREAM_H
#define BASE_BYTESTREAM_H

#include "base/err.h"

struct bytestream {
    /* Up to room bytes into out; *n 0: the end.  After a failure nothing more is
     * read; err says why, for the one who sent them. */
    enum status (*read)(void *self, char *out, size_t room, size_t *n, struct err *err);
    void (*close)(void *self); /* frees self */
    void *self;
};

#endif
