#include "daemon/copyshow.h"

#include <string.h>

void
copyshow_at(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    struct copyshow *c = ctx;

    if (!c->what || strcmp(c->what, what) != 0) {
        copyshow_end(c);
        c->what = what;
        progress_begin(&c->progress, &(struct progress_work){
                                         .what = what, .unit = PROGRESS_BYTES, .total = total});
    }
    c->progress.work.total = total;
    progress_at(&c->progress, done);
}

void
copyshow_end(struct copyshow *c)
{
    if (c->what)
        progress_end(&c->progress);
    c->what = NULL;
}
