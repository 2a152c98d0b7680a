/* filesd.h - targets from files in Prometheus's file_sd format.
 *
 * prometheus.io/docs, configuration, <file_sd_config>: a list of objects with
 * targets (a list of addresses) and labels (a mapping, may be absent), as JSON
 * in *.json, as YAML in *.yml and *.yaml.  A pattern may hold * in its last
 * segment.  Files are looked at every few seconds and read when they changed.
 * What cannot be read or understood keeps the targets it had; a file that is
 * gone has none.  Loop thread. */
#ifndef TELEMETRY_FILESD_H
#define TELEMETRY_FILESD_H

#include "base/clock.h"
#include "base/timer.h"
#include "telemetry/targetsink.h"

enum {
    FILESD_MAX_FILE_BYTES = 16 * 1024 * 1024, /* JSON; YAML's own bound is lower */
    FILESD_MAX_FILES = 1000,
    FILESD_LOOK_EVERY_MS = 5000,
};

struct filesd;

/* Patterns are copied; reads at once, then by the timer.  The group of a file
 * is named "file:" and its path. */
struct filesd *filesd_new(const char *const *patterns, size_t n, const struct clock *clock,
                          struct timer_port timer, const struct targetsink *sink);
void           filesd_free(struct filesd *f);

/* Look now. */
void filesd_look(struct filesd *f);

#endif
