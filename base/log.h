/* log.h - one structured line per event on standard error. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/base.h"
#include "base/slice.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

struct log_field {
    const char *key; /* NULL ends the list */
    enum { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_DOUBLE } kind;
    struct slice text;
    int64_t      integer;
    double       number;
};

struct log_field log_text(const char *key, const char *value); /* NULL prints as "" */
struct log_field log_slice(const char *key, struct slice value);
struct log_field log_int(const char *key, int64_t value);
struct log_field log_double(const char *key, double value);

/* log_event(LOG_LEVEL_WARN, "source_unreachable", log_text("source", name), log_int("age_ms", 3))
 * prints  ts=2026-…Z level=warn event=source_unreachable source=mesh age_ms=3
 * with one write(2), at most 4 KiB; values are quoted where needed and cannot
 * start a new line.  Never pass a secret.  Any thread. */
#define log_event(level, event, ...)                                                               \
    log_write((level), (event), (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}})

void log_write(enum log_level level, const char *event, const struct log_field *fields);

/* Lines below the level are dropped; the default is LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* Lines written so far, by level; any thread. */
uint64_t log_written(enum log_level level);

/* Where lines go instead of standard error; NULL: back to it.  For tests. */
void log_set_sink(void (*sink)(void *ctx, struct slice line), void *ctx);

#endif
