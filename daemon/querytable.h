/* querytable.h - the result of a query as an aligned table or as JSON. */
#ifndef DAEMON_QUERYTABLE_H
#define DAEMON_QUERYTABLE_H

#include "base/err.h"
#include "base/text.h"
#include "promql/promreply.h"

enum { QUERYTABLE_MAX_LABELS = 256 };

/* One column per label, sorted by name, with the metric's name first; the time
 * where a series has several samples; the value last.  A label that a series
 * lacks is blank.  Bytes that could steer a terminal are shown as '?'.
 * STATUS_LIMIT: more than QUERYTABLE_MAX_LABELS different labels. */
enum status querytable_print(const struct promreply *reply, struct text *out,
                             struct err *err) MUST_CHECK;

/* Prometheus's own "data" object, and "warnings" if there are any; values are
 * strings, since they can be NaN.  One line. */
void querytable_json(const struct promreply *reply, struct text *out);

#endif
