/* tsdbcollect.h - what goes: samples too old, series without samples, and texts
 * that no living series has. */
#ifndef TELEMETRY_TSDBCOLLECT_H
#define TELEMETRY_TSDBCOLLECT_H

#include "telemetry/tsdbcore.h"

/* The next portion of series; false: all have been looked at. */
bool tsdbcollect_some(struct tsdb *t, int64_t now_ms, uint32_t portion);

/* All series at once, for memory is short; whether there is enough now. */
bool tsdbcollect_for_space(struct tsdb *t);

#endif
