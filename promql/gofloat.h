/* gofloat.h - doubles as Go's strconv writes and reads them. */
#ifndef PROMQL_GOFLOAT_H
#define PROMQL_GOFLOAT_H

#include "base/text.h"

/* The shortest digits that read back as v, without an exponent however long
 * that gets (FormatFloat(v, 'f', -1, 64)).  "NaN", "+Inf", "-Inf". */
void gofloat_put(struct text *to, double v);

/* The same digits, with an exponent below 1e-4 and from 1e6 on, as %v and %g
 * print a float64. */
void gofloat_put_g(struct text *to, double v);

enum { GOFLOAT_API_BYTES = 32 };

/* As the HTTP API prints a value: gofloat_put()'s form, but with an exponent
 * below 1e-6 and from 1e21 on ("1e+21", "1e-07").  How many bytes; no NUL. */
size_t gofloat_api(char out[GOFLOAT_API_BYTES], double v);

/* What ParseFloat(a, 64) takes: decimal and hexadecimal numbers with
 * underscores between digits, and Inf, Infinity and NaN in any case.
 * STATUS_SYNTAX: anything else.  STATUS_RANGE: too large for a double. */
enum status gofloat_parse(struct slice a, double *out) MUST_CHECK;

#endif
