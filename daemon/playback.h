/* playback.h - a stored run judged again from its intervals and its log.
 *
 * A run is a pure function of its policy and of what it was told (runlog.h): what
 * comes out must be the stored bytes, or the program that judges now is not the
 * one that judged then. */
#ifndef DAEMON_PLAYBACK_H
#define DAEMON_PLAYBACK_H

#include "analyzer/run.h"
#include "store/reader.h"

enum { PLAYBACK_SHOWN = 200 };

struct playback {
    uint64_t intervals, events; /* that were played */
    uint32_t verdicts, found;   /* stored ones, and those that were decided again */
    size_t   state_bytes;
    bool     same_state;
    size_t   differs_at;              /* offset of the first byte, if not */
    char     missing[PLAYBACK_SHOWN]; /* the first stored verdict that was not decided again */
    struct view_answer answer;        /* what it came to, now */
};

/* STATUS_NOT_FOUND: no such run.  STATUS_NO_DATA: the history does not have all
 * that the run was told (it began under an older version, or a disk failed).
 * STATUS_CONFLICT: a policy or a state of another version.  Differences are no
 * error. */
enum status playback_run(struct reader *r, const char *id, struct playback *out,
                         struct err *err) MUST_CHECK;

/* Only play it: fn is called after each interval, with the run as it was decided
 * then.  Errors as above; what was told before one happened. */
typedef void (*playback_fn)(void *ctx, const struct interval *i, const struct run *run);
enum status playback_watch(struct reader *r, const char *id, playback_fn fn, void *ctx,
                           struct err *err) MUST_CHECK;

/* Only play it into *out, under a policy of the caller's, whatever its row and its
 * stored state say; out->policy borrows it.  Of the row the identity and the log
 * after the last interval are read. */
enum status playback_into(struct reader *r, const struct record_run *row, const struct policy *p,
                          struct run *out, struct err *err) MUST_CHECK;

/* Nothing differs. */
bool playback_same(const struct playback *p);

#endif
