#include "daemon/timelineread.h"

#include "base/heap.h"
#include "daemon/playback.h"
#include "store/readerseries.h"
#include "webhooks/timelinejson.h"

#include <stdlib.h>

struct reading {
    struct timeline t;
    struct interval interval;
    int64_t         next_ms;
    uint32_t        rows;
    struct point    point[2]; /* the one before, and the one that is read */
    int64_t         point_ms; /* of the one before */
    bool            ended;
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

static bool
add_point(void *ctx, const struct readerseries_point *row)
{
    struct reading *g = ctx;

    if (row->at_ms <= g->point_ms || point_unpack(row->row, &g->point[1], NULL))
        return true;
    timeline_add_between(&g->t, &g->point[0], g->point_ms, &g->point[1], row->at_ms);
    g->point[0] = g->point[1];
    g->point_ms = row->at_ms;
    return true;
}

static bool
take_start(void *ctx, const struct record_run *run)
{
    struct reading *g = ctx;

    g->point_ms = run->started_ms;
    g->ended = run->state == RECORD_ENDED;
    return false;
}

/* What is left of a run that had intervals once. */
static enum status
read_points(struct reading *g, struct reader *r, const char *id, uint32_t points, struct err *err)
{
    enum status s = reader_run(r, id, take_start, g, err);

    if (s || !g->ended)
        return s;
    s = readerseries_points_of(r, id, add_point, g, err);
    if (!g->t.present[VIEW_USER] && !g->t.present[VIEW_ATTEMPT])
        timeline_init(&g->t, points); /* it never had a request */
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
    if (s == STATUS_OK && g->t.intervals == 0)
        s = read_points(g, r, id, points, err);
    if (s == STATUS_OK)
        timelinejson_write(body, &g->t, why.text);
    free(g);
    return s;
}
