/* play_scrape.h - the mesh as verdictd sees it when it scrapes itself: a file of
 * targets, and what each says. */
#ifndef TESTS_REPLAY_PLAY_SCRAPE_H
#define TESTS_REPLAY_PLAY_SCRAPE_H

#include "base/text.h"
#include "tests/replay/play_mesh.h"

/* In the format of file_sd, every target there ever was: one that is gone does
 * not answer. */
void play_scrape_targets(const struct play_mesh *m, struct text *out);

/* What the target of this URL exposes at this true time.  STATUS_UNREACHABLE: it
 * does not answer; STATUS_NOT_FOUND: the mesh has no such target. */
enum status play_scrape_get(struct play_mesh *m, struct slice url, int64_t now_ms, struct text *out,
                            struct err *err) MUST_CHECK;

#endif
