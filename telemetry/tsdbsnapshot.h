/* tsdbsnapshot.h - the series of one source in a file, so that a restart keeps its
 * window.
 *
 * Blocks (block.h) go into it as the store has them, and back as they are where
 * the store is empty, as after a start; else sample by sample.  A snapshot is
 * loaded whole, after all of it has been checked, or not at all. */
#ifndef TELEMETRY_TSDBSNAPSHOT_H
#define TELEMETRY_TSDBSNAPSHOT_H

#include "telemetry/tsdb.h"

enum { TSDBSNAPSHOT_VERSION = 1 };

struct tsdbsnapshot_report {
    uint64_t series, samples, bytes;
    uint64_t too_old; /* samples that the retention had over when they were loaded */
    uint64_t refused; /* samples that limits, or newer ones that are there, kept out */
    int64_t  taken_ms;
};

/* Any thread: what a reader sees now.  The file is replaced when the new one is
 * on disk.  source: its name, which tsdbsnapshot_load() wants to see again.
 * STATUS_IO, and what the source's reader returns. */
enum status tsdbsnapshot_save(struct tsdb *t, struct slice source, const char *file, int64_t now_ms,
                              struct tsdbsnapshot_report *report, struct err *err) MUST_CHECK;

/* Writer: into series that hold nothing newer (of those that do, samples are
 * refused); committed.  Samples from before oldest_ms are left out.
 * STATUS_NOT_FOUND  there is no file
 * STATUS_MALFORMED  torn, or not of this program, version, kind of machine or
 *                   source: err says which, and nothing was loaded
 * STATUS_IO */
enum status tsdbsnapshot_load(struct tsdb *t, struct slice source, const char *file,
                              int64_t oldest_ms, struct tsdbsnapshot_report *report,
                              struct err *err) MUST_CHECK;

#endif
