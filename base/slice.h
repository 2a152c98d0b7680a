/* slice.h - pointer and length text, and the numbers read from it. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include "base/base.h"
#include "base/status.h"

#include <string.h>

/* Borrowed bytes, not NUL-terminated.  An empty slice may have p == NULL. */
struct slice {
    const char *p;
    size_t      n;
};

/* For printf: "%.*s", SLICE_ARG(s). */
#define SLICE_ARG(s) (int)(s).n, (s).p ? (s).p : ""
#define SLICE_LITERAL(text) ((struct slice){"" text, sizeof(text) - 1})

static inline struct slice
slice_of(const char *text)
{
    return (struct slice){text, text ? strlen(text) : 0};
}

bool slice_equal(struct slice a, struct slice b);
bool slice_is(struct slice a, const char *text);
bool slice_is_nocase(struct slice a, const char *text); /* ASCII */
bool slice_starts(struct slice a, const char *prefix);
bool slice_ends(struct slice a, const char *suffix);
int  slice_compare(struct slice a, struct slice b); /* as memcmp, shorter first */

/* Without leading and trailing blanks and tabs. */
struct slice slice_trim(struct slice a);

/* Cut *rest at the first sep: returns what stands before it and moves *rest
 * behind it; without sep, returns all and leaves *rest empty with p NULL. */
struct slice slice_cut(struct slice *rest, char sep);

/* Whole-slice numbers: no blanks, no trailing bytes, no locale.
 * STATUS_SYNTAX: not a number.  STATUS_RANGE: one that does not fit. */
enum status slice_u64(struct slice a, uint64_t *out) MUST_CHECK;
enum status slice_i64(struct slice a, int64_t *out) MUST_CHECK;

/* Decimal and exponent forms, and NaN, Inf, +Inf, -Inf (also "infinity"; any
 * case), as Prometheus reads them.  Too small for a double rounds towards 0;
 * too large is STATUS_RANGE. */
enum status slice_double(struct slice a, double *out) MUST_CHECK;

/* Prometheus durations, "1h30m", "250ms", "0"; units y w d h m s ms, each at
 * most once, in falling order. */
enum status slice_duration_ms(struct slice a, int64_t *out_ms) MUST_CHECK;

/* 0 to 15, or -1: no hexadecimal digit. */
int slice_hex_digit(char c);

/* Valid UTF-8 without NUL. */
bool slice_utf8(struct slice a);

/* Bytes of the first character of a non-empty slice; 0: not valid UTF-8, or NUL. */
size_t slice_utf8_first(struct slice a);

#endif
