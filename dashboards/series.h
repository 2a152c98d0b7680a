/* series.h - the table of verdicts as series (series.def). */
#ifndef DASHBOARDS_SERIES_H
#define DASHBOARDS_SERIES_H

#include "analyzer/verdict.h"
#include "base/slice.h"

enum series {
#define SERIES(name, text, type, unit, labels, from, help) SERIES_##name,
#include "dashboards/series.def"
#undef SERIES
    SERIES_COUNT
};

enum series_type { SERIES_GAUGE, SERIES_COUNTER, SERIES_HISTOGRAM };

const char      *series_name(enum series s);
enum series_type series_type(enum series s);
const char      *series_unit(enum series s); /* "": none */
const char      *series_help(enum series s);

/* The metric family: the name, of a histogram's parts without what follows it. */
struct slice series_family(enum series s);

/* The words of prometheus's metadata: "gauge", "counter", "histogram". */
const char *series_type_text(enum series_type t);

/* How a verdict is written as a number: 1 pass, 0 hold, -1 fail, -2 abort, so that
 * a gate passes at == 1 and fails below 0, and min() finds the worst. */
double series_verdict(enum verdict v);

#endif
