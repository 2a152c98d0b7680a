/* snapshotload.h - the way of a snapshot from the file into a store.
 *
 * Frames (snapshotfile.h): HEAD: u32 version, slice mark, slice source, i64 time.
 * GROUP: varint number of series; of each a varint number of labels, and of each
 * label name and value: a varint number of a text, or 0 and the text, which gets
 * the next number.  BLOCK: rows for the series of the last group, a column each. */
#ifndef TELEMETRY_SNAPSHOTLOAD_H
#define TELEMETRY_SNAPSHOTLOAD_H

#include "telemetry/tsdbsnapshot.h"

enum { SNAPSHOTLOAD_SERIES = 64 /* of a group */ };

/* Blocks are as they lie in memory: so does the mark. */
struct slice snapshotload_mark(uint32_t *bytes);

/* As tsdbsnapshot_load(). */
enum status snapshotload_file(struct tsdb *t, struct slice source, const char *file,
                              int64_t oldest_ms, struct tsdbsnapshot_report *report,
                              struct err *err) MUST_CHECK;

#endif
