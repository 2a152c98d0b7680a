/* faultvfs.h - disks that fail under SQLite: at one operation, or from one on.
 *
 * A VFS over the system's own, which becomes SQLite's default for the process.
 * Operations that a kind of fault can meet are counted from faultvfs_plan() on;
 * any thread. */
#ifndef TESTS_SUPPORT_FAULTVFS_H
#define TESTS_SUPPORT_FAULTVFS_H

#include "base/base.h"

enum faultvfs_kind {
    FAULTVFS_NONE,      /* only counts, what FAULTVFS_IO would meet */
    FAULTVFS_IO,        /* every read, write, sync, truncation, mapping, lock, open: an I/O error */
    FAULTVFS_FULL,      /* what takes room: SQLITE_FULL; nothing of it is written */
    FAULTVFS_SHORT,     /* writes: the first half arrives, then SQLITE_FULL */
    FAULTVFS_READ_ONLY, /* what changes a file: SQLITE_READONLY */
    FAULTVFS_SYNC,      /* fsync(2): an I/O error */
    FAULTVFS_KINDS
};

/* Once a process. */
void faultvfs_install(void);

/* The at-th operation (from 1) that the kind meets fails; stays: all after it too,
 * until the next plan. */
void faultvfs_plan(enum faultvfs_kind kind, uint64_t at, bool stays);
void faultvfs_heal(void);

/* Operations counted since the plan, and those that were failed. */
uint64_t faultvfs_counted(void);
uint64_t faultvfs_failed(void);

/* Every read takes this long from now on. */
void faultvfs_slow_reads(unsigned microseconds);

/* fsync(2) is left out from now on, so that thousands of commits take seconds. */
void faultvfs_skip_sync(void);

const char *faultvfs_text(enum faultvfs_kind kind);

#endif
