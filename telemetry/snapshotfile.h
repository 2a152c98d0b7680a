/* snapshotfile.h - the file of a snapshot: frames with checksums, whole or
 * refused.
 *
 * After the magic each frame is: u32 length of the payload, u8 kind, u64
 * hash_stable() of the payload, the payload.  The last frame, END, repeats the
 * number of frames and the hash of all hashes, so that a file that was cut
 * short, or put together of two, is told apart.  Written beside its place,
 * synced, and renamed. */
#ifndef TELEMETRY_SNAPSHOTFILE_H
#define TELEMETRY_SNAPSHOTFILE_H

#include "base/err.h"
#include "base/text.h"

#include <stdio.h>

enum snapshotfile_kind {
    SNAPSHOTFILE_HEAD = 1,
    SNAPSHOTFILE_GROUP,
    SNAPSHOTFILE_BLOCK,
    SNAPSHOTFILE_END
};

enum { SNAPSHOTFILE_MAX_FRAME = 64 << 20 };

struct snapshotfile {
    FILE    *file;
    char    *name, *beside; /* beside: where it is written; NULL of one that is read */
    uint64_t frames, hashes, bytes;
    char    *payload; /* of the frame last read */
    size_t   cap;
};

/* STATUS_IO with errno's words. */
enum status snapshotfile_create(struct snapshotfile *f, const char *name,
                                struct err *err) MUST_CHECK;
enum status snapshotfile_write(struct snapshotfile *f, enum snapshotfile_kind kind,
                               struct slice payload, struct err *err) MUST_CHECK;
/* END, to the disk, into its place.  On failure nothing is at its place but what
 * was there; snapshotfile_close() all the same. */
enum status snapshotfile_finish(struct snapshotfile *f, struct err *err) MUST_CHECK;

/* STATUS_NOT_FOUND: there is none.  STATUS_IO.  STATUS_MALFORMED: no snapshot. */
enum status snapshotfile_open(struct snapshotfile *f, const char *name, struct err *err) MUST_CHECK;
/* The next frame; END is checked, and must be where the file ends.
 * STATUS_MALFORMED: it is not as it was written; err says where. */
enum status snapshotfile_read(struct snapshotfile *f, enum snapshotfile_kind *kind,
                              struct slice *payload, struct err *err) MUST_CHECK;
/* From the first frame again. */
enum status snapshotfile_rewind(struct snapshotfile *f, struct err *err) MUST_CHECK;

/* What was begun and not finished is removed.  Safe on {0} and when called twice. */
void snapshotfile_close(struct snapshotfile *f);

#endif
