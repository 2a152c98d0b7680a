/* bodystream.h - a body in memory as a stream, unpacked on the way where it is gzip.
 *
 * The whole of what a packed body holds is never in memory, and how much it may be
 * is bounded.  RFC 1952; several members may follow each other. */
#ifndef WEBHOOKS_BODYSTREAM_H
#define WEBHOOKS_BODYSTREAM_H

#include "base/base.h"
#include "base/bytestream.h"

/* bytes of malloc(), the stream's from now on.  Its reads fail with STATUS_SYNTAX:
 * that is no gzip, or it is cut off; STATUS_TOO_LARGE: more than max_bytes. */
struct bytestream bodystream_new(char *bytes, size_t n, bool gzip, uint64_t max_bytes);

#endif
