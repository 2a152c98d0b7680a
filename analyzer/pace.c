#include "analyzer/pace.h"

#include <math.h>

/* Steps of the sample times under this say nothing about a rate. */
enum { LEAST_STEP_MS = 1000 };

/* Before its first snapshot is committed, a book that counts is a newcomer. */
static bool
newcomer(const struct book *b)
{
    return !b->opened;
}

void
pace_note(struct pace_tick *t, struct book *b, uint64_t tick)
{
    b->births = false;
    for (const struct book_group *g = b->groups; g; g = g->next) {
        bool   born;
        double n;

        if (g->seen_tick != tick || g->series->kind != SNAPSHOT_CELL)
            continue;
        n = (double)book_increment(b, g, &born);
        b->births = b->births || born;
        if (newcomer(b))
            t->arrived[b->view] += n;
        else if (born)
            t->born[b->view] += n;
        else
            t->steady[b->view] += n;
    }
}

void
pace_hold(const struct pace *p, const struct pace_tick *t, int64_t elapsed_ms, struct book *b)
{
    double usual = fmax(t->steady[b->view], p->peak[b->view] * (double)elapsed_ms);
    double born = newcomer(b) ? t->arrived[b->view] : t->born[b->view];

    if (b->move == BOOK_COUNT && b->births && born > fmax(PACE_ALWAYS, PACE_TIMES * usual))
        b->move = BOOK_REBASE;
}

void
pace_learn(struct pace *p, const struct pace_tick *t, int64_t elapsed_ms)
{
    if (elapsed_ms < LEAST_STEP_MS)
        return;
    for (size_t v = 0; v < VIEW_COUNT; v++)
        p->peak[v] = fmax(p->peak[v], t->steady[v] / (double)elapsed_ms);
}
