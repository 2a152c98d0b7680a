/* play_exposition.h - the text format of a scrape, as far as scripts write it. */
#ifndef TESTS_REPLAY_PLAY_EXPOSITION_H
#define TESTS_REPLAY_PLAY_EXPOSITION_H

#include "base/err.h"
#include "tests/replay/play_series.h"

typedef void (*play_exposition_fn)(void *ctx, const struct play_labels *labels, double value);

/* The name and labels in front of a sample's value, cut off *rest; escapes in
 * values are undone into the arena.  STATUS_SYNTAX. */
enum status play_exposition_series(struct arena *a, struct slice *rest, struct play_labels *out,
                                   struct err *err) MUST_CHECK;

/* Every sample of the text; comments and empty lines are passed over. */
enum status play_exposition_read(struct slice text, play_exposition_fn fn, void *ctx,
                                 struct err *err) MUST_CHECK;

#endif
