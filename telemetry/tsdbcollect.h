/* tsdbcollect.h - what goes: samples too old, series without samples, and texts
 * that no living series has. */
#ifndef TELEMETRY_TSDBCOLLECT_H
#define TELEMETRY_TSDBCOLLECT_H

#include "telemetry/tsdbcore.h"

/* The next portion of series; false: all have been looked at. */
bool tsdbcollect_some(struct tsdb *t, int64_t now_ms, uint32_t portion);

/* Whether max_bytes is reached, or readers hold a quarter of it in what is no more
 * needed.  Now and then memory is counted and, if there is
 * too much of it, all series are collected at once; t->until_look 0: now. */
bool tsdbcollect_full(struct tsdb *t);

#endif
