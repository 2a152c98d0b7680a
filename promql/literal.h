/* literal.h - the values of numbers, durations and strings as written. */
#ifndef PROMQL_LITERAL_H
#define PROMQL_LITERAL_H

#include "base/arena.h"
#include "base/text.h"

/* A token's text to its value.  On failure *why gets Prometheus's message.
 *
 * Go's strconv.ParseInt with base 0, else ParseFloat: 0x1F, 0755 (octal), 08 (8),
 * 1_000, .5, 1e3, Inf, NaN.
 * STATUS_SYNTAX: no number.  STATUS_RANGE: too large for a double. */
enum status literal_number(struct slice s, double *value, struct text *why) MUST_CHECK;

/* 1h30m, in milliseconds: model.ParseDuration.  STATUS_RANGE: over the 292 years
 * that Go's time.Duration holds. */
enum status literal_duration(struct slice s, int64_t *ms, struct text *why) MUST_CHECK;

/* Seconds as a number to milliseconds, cut towards zero after rounding to
 * nanoseconds, as Prometheus does.  STATUS_RANGE as above. */
enum status literal_seconds(double seconds, int64_t *ms, struct text *why) MUST_CHECK;

/* A string the lexer took, quotes and all, to its bytes; they may hold NUL and
 * need not be UTF-8. */
struct slice literal_string(struct arena *arena, struct slice quoted);

#endif
