#include "daemon/timelineread.h"

#include "base/heap.h"
#include "daemon/playback.h"
#include "webhooks/timelinejson.h"

#include <stdlib.h>

struct reading {
    struct timeline t;
    struct interval interval;
    int64_t         next_ms;
    uint32_t        rows;
};

enum { PAGE = 500 };

static void
add_played(void *ctx, const struct interval *i, const struct run *run)
{
    timeline_add(&((struct reading *)ctx)->t, i, run);
}

static bool
add_counted(void *ctx, const struct record_interval *row)
{
    struct reading *g = ctx;

    g->rows++;
    g->next_ms = row->end_ms + 1;
    if (interval_unpack(row->row, &g->interval, NULL) == STATUS_OK)
        timeline_add(&g->t, &g->interval, NULL);
    return true;
}

static enum status
count_only(struct reading *g, struct reader *r, const char *id, struct err *err)
{
    enum status s;

    do {
        g->rows = 0;
        s = reader_intervals(r, id, g->next_ms, PAGE, add_counted, g, err);
    } while (s == STATUS_OK && g->rows == PAGE);
    return s;
}

enum status
timelineread_write(struct reader *r, const char *id, uint32_t points, struct text *body,
                   struct err *err)
{
    struct reading *g = heap_new(1, sizeof *g);
    struct err      why = {0};
    enum status     s;

    timeline_init(&g->t, points);
    s = playback_watch(r, id, add_played, g, &why);
    if (s == STATUS_NO_DATA || s == STATUS_CONFLICT || s == STATUS_SYNTAX) {
        timeline_init(&g->t, points);
        s = count_only(g, r, id, err);
    } else if (s) {
        *err = why;
    }
    if (s == STATUS_OK)
        timelinejson_write(body, &g->t, why.text);
    free(g);
    return s;
}
