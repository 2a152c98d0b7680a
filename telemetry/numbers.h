/* numbers.h - values and times as they stand in exposition text.
 *
 * What Go's ParseFloat takes without underscores and hexadecimal (Prometheus's
 * model/textparse, parseFloat), rounded as it rounds.  Each returns where the
 * number ends, or NULL: none stands there. */
#ifndef TELEMETRY_NUMBERS_H
#define TELEMETRY_NUMBERS_H

#include "base/slice.h"

/* Ends before a blank or a line break; in a text 0.0.4 (loose) before a tab or
 * { as well.  A NaN is Prometheus's own, which is no staleness marker. */
const char *numbers_value(const char *p, const char *end, bool loose, double *v);

/* Digits only, no sign. */
const char *numbers_time_ms(const char *p, const char *end, int64_t *t_ms);

/* Seconds with a fraction, cut to whole ms as Prometheus does. */
const char *numbers_time_s(const char *p, const char *end, int64_t *t_ms);

#endif
