/* filesdtext.h - the text of one file_sd file, as targets; see filesd.h. */
#ifndef TELEMETRY_FILESDTEXT_H
#define TELEMETRY_FILESDTEXT_H

#include "base/arena.h"
#include "telemetry/targetsink.h"

enum { FILESDTEXT_MAX_TARGETS = 100000 };

/* JSON where the name ends in .json, else YAML.  The targets live in the arena.
 * STATUS_SYNTAX with the place; STATUS_TOO_LARGE, STATUS_LIMIT. */
enum status filesdtext_read(struct arena *a, const char *file, struct slice body,
                            struct targetsink_target **out, size_t *n, struct err *err) MUST_CHECK;

#endif
