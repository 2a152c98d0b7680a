#include "daemon/cmd_replay.h"

#include "base/clock.h"
#include "base/jsonout.h"
#include "base/progress.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "daemon/cmdhistory.h"
#include "daemon/playback.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

enum { EXIT_DIFFERS = 1, JSON_BYTES = 64 << 10, MOST_RUNS = 1000000 };
enum { ROW_SINCE = CMDHISTORY_ROWS, ROW_JSON };

static const struct option_row rows[] = {
    CMDHISTORY_ROWS_TABLE,
    [ROW_SINCE] = {"since", 0, "DURATION", OPTION_DURATION,
                   "every run that began so long ago or later, instead of RUN"},
    [ROW_JSON] = OPTION_JSON,
};

const struct option_command cmd_replay_options = {
    .name = "replay",
    .help = "Judge stored runs again from their intervals and compare, byte by byte.",
    .operands = "[RUN...]",
    .max_operands = OPTION_MAX_OPERANDS,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "the same bytes"}, {1, "they differ"}, {3, "it cannot be played"}},
    .json =
        "a line for each run: {\"run\", \"same\", \"intervals\", \"events\", \"state_bytes\", "
        "\"differs_at\", \"verdicts\", \"found\", \"missing\", \"answer\": {\"verdict\", "
        "\"reason\", \"message\"}}, or {\"run\", \"error\"}; differs_at and missing where they are",
};

struct replaying {
    struct arena arena;
    VEC(char *) ids;
    uint64_t same, differ, not_played;
    bool     json, many;
};

static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static void
print_people(const char *id, const struct playback *p)
{
    (void)printf("Run %s: %" PRIu64 " intervals and %" PRIu64 " events played\n", id, p->intervals,
                 p->events);
    if (p->same_state)
        (void)printf("  state     %zu bytes, the same\n", p->state_bytes);
    else
        (void)printf("  state     %zu bytes, differs from byte %zu on\n", p->state_bytes,
                     p->differs_at);
    (void)printf("  verdicts  %" PRIu32 " stored, %" PRIu32 " decided again\n", p->verdicts,
                 p->found);
    if (p->missing[0])
        (void)printf("  not so    %s\n", p->missing);
    (void)printf("  answer    %s (%s): %s\n", verdict_text(p->answer.verdict),
                 verdict_reason_text(p->answer.reason), p->answer.message);
}

static void
put_played(struct jsonout *j, const struct playback *p)
{
    jsonout_bool(j, "same", playback_same(p));
    jsonout_uint(j, "intervals", p->intervals);
    jsonout_uint(j, "events", p->events);
    jsonout_uint(j, "state_bytes", p->state_bytes);
    if (!p->same_state)
        jsonout_uint(j, "differs_at", p->differs_at);
    jsonout_uint(j, "verdicts", p->verdicts);
    jsonout_uint(j, "found", p->found);
    if (p->missing[0])
        jsonout_text(j, "missing", p->missing);
    jsonout_begin_object(j, "answer");
    jsonout_text(j, "verdict", verdict_text(p->answer.verdict));
    jsonout_text(j, "reason", verdict_reason_text(p->answer.reason));
    jsonout_text(j, "message", p->answer.message);
    jsonout_end_object(j);
}

/* error NULL: it was played. */
static void
print_json(const char *id, const struct playback *p, const char *error)
{
    struct text    t;
    struct jsonout j;

    text_init(&t, JSON_BYTES);
    jsonout_init(&j, &t);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "run", id);
    if (error)
        jsonout_text(&j, "error", error);
    else
        put_played(&j, p);
    jsonout_end_object(&j);
    (void)printf("%s\n", t.p);
    text_release(&t);
}

static void
play_one(struct replaying *w, struct reader *r, const char *id, struct progress *progress)
{
    struct playback p;
    struct err      err = {0};
    bool            played = playback_run(r, id, &p, &err) == STATUS_OK;
    bool            same = played && playback_same(&p);

    w->same += same;
    w->differ += played && !same;
    w->not_played += !played;
    if (w->many && same && !w->json)
        return; /* the count says it */
    progress_clear(progress);
    if (w->json)
        print_json(id, &p, played ? NULL : err.text);
    else if (played)
        print_people(id, &p);
    else
        (void)fprintf(stderr, "verdictd replay: %s: %s\n", id, err.text);
    (void)fflush(stdout);
}

static void
play_all(struct replaying *w, struct reader *r)
{
    struct progress progress;

    progress_begin(&progress,
                   &(struct progress_work){.what = "replaying", .unit = "runs", .total = w->ids.n});
    for (size_t i = 0; i < w->ids.n && !interrupted; i++) {
        play_one(w, r, w->ids.at[i], &progress);
        progress_at(&progress, i + 1);
    }
    progress_end(&progress);
    if (w->many && !w->json)
        (void)printf("%" PRIu64 " runs the same, %" PRIu64 " differ, %" PRIu64
                     " cannot be played\n",
                     w->same, w->differ, w->not_played);
    if (interrupted)
        (void)fprintf(stderr, "verdictd replay: interrupted after %" PRIu64 " of %zu runs\n",
                      w->same + w->differ + w->not_played, w->ids.n);
}

static bool
add_run(void *ctx, const struct record_run *run)
{
    struct replaying *w = ctx;

    VEC_PUSH(&w->arena, &w->ids, arena_text(&w->arena, slice_of(run->id)));
    return true;
}

/* Page by page, each a read of its own. */
static enum status
find_since(struct replaying *w, struct reader *r, int64_t since_ms, struct err *err)
{
    struct reader_filter f = {.state = READER_ANY, .verdict = READER_ANY, .since_ms = since_ms};
    size_t               before;
    enum status          s;

    do {
        before = w->ids.n;
        s = reader_runs(r, &f, add_run, w, err);
        if (w->ids.n)
            memcpy(f.after, w->ids.at[w->ids.n - 1], sizeof f.after);
        if (w->ids.n > MOST_RUNS)
            return err_set(err, STATUS_LIMIT, "more than %d runs: say a shorter --since",
                           MOST_RUNS);
    } while (!s && w->ids.n - before == READER_MAX_ROWS);
    return s;
}

static enum status
find_runs(struct replaying *w, const struct option_values *v, struct reader *r, struct err *err)
{
    if (v->values[ROW_SINCE].given && v->n_operands)
        return err_set(err, STATUS_SYNTAX, "a RUN or --since, not both");
    if (v->values[ROW_SINCE].given)
        return find_since(w, r, clock_wall_ms(&clock_system) - v->values[ROW_SINCE].ms, err);
    if (!v->n_operands)
        return err_set(err, STATUS_SYNTAX, "say which: a RUN, or --since DURATION");
    for (size_t i = 0; i < v->n_operands; i++) {
        if (!ulid_valid(slice_of(v->operands[i])))
            return err_set(err, STATUS_SYNTAX, "%.40s is no id of a run: verdictd runs lists them",
                           v->operands[i]);
        VEC_PUSH(&w->arena, &w->ids, arena_text(&w->arena, slice_of(v->operands[i])));
    }
    return STATUS_OK;
}

int
cmd_replay(int argc, char **argv)
{
    struct option_values v;
    struct replaying     w = {0};
    struct reader       *r = NULL;
    struct err           err = {0};
    enum status          s;
    int                  code;

    if (!option_start(&cmd_replay_options, argc, argv, &v, &code))
        return code;
    w.json = v.values[ROW_JSON].given;
    w.many = v.values[ROW_SINCE].given;
    (void)signal(SIGINT, on_signal);
    (void)signal(SIGTERM, on_signal);
    s = cmdhistory_open(&v, &r, &err);
    if (s == STATUS_OK)
        s = find_runs(&w, &v, r, &err);
    if (s)
        (void)fprintf(stderr, "verdictd replay: %s\n", err.text);
    else
        play_all(&w, r);
    reader_close(r);
    arena_release(&w.arena);
    return s || w.not_played || interrupted ? OPTION_EXIT_ERROR : w.differ ? EXIT_DIFFERS : 0;
}
