/* copyshow.h - how far a copy of the history is, for the commands that make one. */
#ifndef DAEMON_COPYSHOW_H
#define DAEMON_COPYSHOW_H

#include "base/progress.h"

struct copyshow {
    struct progress progress;
    const char     *what; /* NULL: nothing begun */
};

/* A backup_progress_fn; ctx is a struct copyshow that starts as {0}. */
void copyshow_at(void *ctx, const char *what, uint64_t done, uint64_t total);
void copyshow_end(struct copyshow *c);

#endif
