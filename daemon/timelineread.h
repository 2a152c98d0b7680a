/* timelineread.h - a stored run over time: its intervals, judged once more for what
 * was not stored of each. */
#ifndef DAEMON_TIMELINEREAD_H
#define DAEMON_TIMELINEREAD_H

#include "store/reader.h"

/* Append the JSON of timelinejson.h, with at most so many points.  A run that cannot be
 * played again has its counts, and no evidence; one whose intervals are not kept any
 * more what its points say.  STATUS_NOT_FOUND: no such run. */
enum status timelineread_write(struct reader *r, const char *id, uint32_t points, struct text *body,
                               struct err *err) MUST_CHECK;

#endif
