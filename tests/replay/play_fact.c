#include "tests/replay/play_fact.h"

#include "base/heap.h"
#include "daemon/explaincounts.h"
#include "store/reader.h"

#include <inttypes.h>
#include <stdlib.h>

static bool
on_run(void *ctx, const struct record_run *r)
{
    memcpy(ctx, r->id, ULID_BYTES);
    return false;
}

static bool
on_interval(void *ctx, const struct record_interval *row)
{
    struct explaincounts *e = ctx;
    struct interval      *i = heap_new(1, sizeof *i);

    if (interval_unpack(row->row, i, NULL) == STATUS_OK)
        explaincounts_add(e, i);
    free(i);
    return true;
}

static struct explaincounts *
sum_intervals(struct play *p)
{
    struct explaincounts *e = heap_new(1, sizeof *e);
    struct reader_filter  f = {.state = READER_ANY, .verdict = READER_ANY, .limit = 1};
    struct reader        *r = NULL;
    char                  id[ULID_BYTES] = "";
    struct err            err = {0};

    play_must(p, reader_open(p->stage.data_dir, &r, &err), &err);
    play_must(p, reader_runs(r, &f, on_run, id, &err), &err);
    if (*id)
        play_must(p, reader_intervals(r, id, 0, 0, on_interval, e, &err), &err);
    reader_close(r);
    return e;
}

static json_t *
of_arm(const struct counts *c, struct slice what)
{
    if (slice_is(what, "requests"))
        return json_integer((json_int_t)counts_requests(c));
    if (slice_is(what, "faults"))
        return json_integer((json_int_t)counts_faults(c));
    if (slice_is(what, "timed"))
        return json_integer((json_int_t)counts_timed(c));
    if (slice_is(what, "no_response"))
        return json_integer((json_int_t)c->no_response);
    return NULL;
}

static json_t *
counts_fact(struct play *p, struct slice path)
{
    struct explaincounts *e = sum_intervals(p);
    struct slice          first = slice_cut(&path, '.'), second = slice_cut(&path, '.');
    size_t                view = slice_is(first, "attempt") ? VIEW_ATTEMPT : VIEW_USER;
    json_t               *out = NULL;

    if (slice_is(first, "intervals"))
        out = json_integer(e->intervals);
    else if (slice_is(first, "resets"))
        out = json_integer(e->resets);
    else if (slice_is(first, "partial_resets"))
        out = json_integer(e->partial_resets);
    else if (slice_is(second, "unattributed"))
        out = json_integer((json_int_t)e->unattributed[view]);
    else if (slice_is(second, "canary") || slice_is(second, "baseline"))
        out = of_arm(&e->arm[view][slice_is(second, "canary") ? ARM_CANARY : ARM_BASELINE], path);
    free(e);
    if (!out)
        play_fail(p, "there are no such counts");
    return out;
}

/* .KEY and [N] from a value on; NULL: absent. */
static json_t *
walk(struct play *p, json_t *v, struct slice path)
{
    while (path.n && v) {
        size_t n = 1;

        while (n < path.n && path.p[n] != '.' && path.p[n] != '[')
            n++;
        if (path.p[0] == '[')
            v = json_array_get(v, strtoul(path.p + 1, NULL, 10));
        else
            v = json_object_get(v, arena_printf(&p->arena, "%.*s", (int)(n - 1), path.p + 1));
        path.p += n;
        path.n -= n;
    }
    return json_incref(v);
}

json_t *
play_fact_get(struct play *p, struct slice path)
{
    if (slice_is(path, "status"))
        return json_integer(p->answer.code);
    if (slice_is(path, "line"))
        return json_stringn(p->answer.body ? p->answer.body : "", p->answer.n);
    if (slice_is(path, "log"))
        return json_string(p->stage.log.p);
    if (slice_is(path, "error"))
        return json_string(p->error);
    if (slice_is(path, "asked"))
        return json_integer((json_int_t)p->upstream.asked);
    if (slice_is(path, "hook.asked"))
        return json_integer((json_int_t)p->upstream.hook.asked);
    if (slice_is(path, "hook.told"))
        return json_integer((json_int_t)p->upstream.hook.told);
    if (slice_is(path, "hook.body"))
        return json_string(p->upstream.hook.body);
    if (slice_is(path, "wall_ms"))
        return json_integer((json_int_t)clock_wall_ms(&p->time.clock));
    if (slice_starts(path, "counts."))
        return counts_fact(p, (struct slice){path.p + 7, path.n - 7});
    if (slice_starts(path, "body"))
        return walk(p, p->json, (struct slice){path.p + 4, path.n - 4});
    play_fail(p, "nothing is known as %.*s", SLICE_ARG(path));
}

static uint64_t
counted(const struct explaincounts *e, const struct play_mesh_truth *t)
{
    uint64_t n = 0;

    for (uint32_t i = 0; i < e->n_cells; i++) {
        const struct explaincounts_cell *c = &e->cells[i];

        if (c->arm == t->arm && c->cell.view == t->view && !strcmp(c->cell.code, t->code) &&
            !strcmp(c->cell.flags, t->flags))
            n += c->cell.n;
    }
    return n;
}

void
play_fact_ledger(struct play *p)
{
    struct explaincounts *e = sum_intervals(p);
    uint64_t              timed[VIEW_COUNT][ARM_COUNT] = {0};

    for (const struct play_mesh_truth *t = p->mesh.truth; t; t = t->next) {
        if (t->arm < 0)
            continue;
        if (counted(e, t) != t->n - t->lost)
            play_fail(p,
                      "%s view, %s, code %s flags %s: %" PRIu64 " in the intervals, the truth is "
                      "%" PRIu64 " less %" PRIu64 " unscraped",
                      counts_view_text(t->view), counts_arm_text((enum counts_arm)t->arm), t->code,
                      t->flags, counted(e, t), t->n, t->lost);
        if (strcmp(t->code, "0") != 0 && !strstr(t->flags, "FI") && !strstr(t->flags, "DI"))
            timed[t->view][t->arm] += t->n - t->lost;
    }
    for (int v = 0; v < VIEW_COUNT; v++)
        for (int a = 0; a < ARM_COUNT; a++)
            if (e->present[v] && counts_timed(&e->arm[v][a]) != timed[v][a])
                play_fail(p, "%s view, %s: %" PRIu64 " durations, the truth is %" PRIu64,
                          counts_view_text((enum counts_view)v),
                          counts_arm_text((enum counts_arm)a), counts_timed(&e->arm[v][a]),
                          timed[v][a]);
    free(e);
}
