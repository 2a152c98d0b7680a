#include "store/reader.h"

#include "base/heap.h"
#include "store/database.h"
#include "store/datadir.h"
#include "store/readercore.h"
#include "store/readerlisting.h"
#include "store/row.h"

#include <sqlite3.h>
#include <stdlib.h>

enum {
    PROGRESS_STEPS = 1000, /* of SQLite's machine between two looks at the clock: some 10 us */
    LIVE_PAGE_ROWS = 100,
};

#define BELOW_EVERY_ID ""

static int
on_progress(void *self)
{
    return readercore_is_late(self);
}

enum status
reader_open(const char *data_dir, struct reader **out, struct err *err)
{
    char           path[DATADIR_PATH_BYTES];
    struct reader *r;
    enum status    s = datadir_database(data_dir, path, err);

    if (s)
        return s;
    r = heap_new(1, sizeof *r);
    r->allowed_ms = READER_DEADLINE_MS;
    s = database_open_reader(path, &r->db, err);
    if (s)
        goto release;
    s = stmt_prepare(&r->stmts, r->db, STMT_READER, err);
    if (s)
        goto release;
    sqlite3_progress_handler(r->db, PROGRESS_STEPS, on_progress, r);
    *out = r;
    return STATUS_OK;

release:
    reader_close(r);
    return s;
}

void
reader_close(struct reader *r)
{
    if (!r)
        return;
    stmt_release(&r->stmts);
    database_close(r->db);
    free(r);
}

void
reader_set_deadline_ms(struct reader *r, int64_t ms)
{
    r->allowed_ms = ms < READER_DEADLINE_MS ? ms : READER_DEADLINE_MS;
}

static enum status
bind_state(struct reader *r, enum stmt q, int state, struct err *err)
{
    if (state == READER_ANY)
        stmt_bind_null(&r->stmts, q, 5);
    else if (state == RECORD_LIVE || state == RECORD_ENDED)
        stmt_bind_text(&r->stmts, q, 5, row_state_text((enum record_run_state)state));
    else
        return err_set(err, STATUS_RANGE, "state: no such state");
    return STATUS_OK;
}

/* Hand out every row of a bound statement of runs, then reset it. */
static enum status
emit_runs(struct reader *r, enum stmt q, bool whole, reader_run_fn fn, void *ctx, size_t *n,
          struct err *err)
{
    struct record_run run;
    enum status       s;

    *n = 0;
    while (!(s = readercore_next(r, q, err))) {
        row_run(&r->stmts, q, whole, &run);
        ++*n;
        if (!fn(ctx, &run))
            break;
    }
    return readercore_ended(r, q, s);
}

static enum status
one_run(struct reader *r, const char *id, const struct readerlisting_to *to, bool *more,
        struct err *err)
{
    struct record_run run;
    enum status       s;

    stmt_bind_text(&r->stmts, STMT_RUN_ONE, 1, slice_of(id));
    s = readercore_next(r, STMT_RUN_ONE, err);
    if (!s) {
        row_run(&r->stmts, STMT_RUN_ONE, false, &run);
        *more = to->run(to->ctx, &run);
    }
    stmt_reset(&r->stmts, STMT_RUN_ONE);
    return s;
}

static enum status
one_verdict(struct reader *r, const char *id, const struct readerlisting_to *to, bool *more,
            struct err *err)
{
    struct record_verdict v;
    enum status           s;

    stmt_bind_text(&r->stmts, STMT_VERDICT_ONE, 1, slice_of(id));
    s = readercore_next(r, STMT_VERDICT_ONE, err);
    if (!s) {
        row_verdict(&r->stmts, STMT_VERDICT_ONE, &v);
        *more = to->verdict(to->ctx, &v);
    }
    stmt_reset(&r->stmts, STMT_VERDICT_ONE);
    return s;
}

/* The index that leaves the fewest rows to look at. */
static enum stmt
runs_statement(const struct reader_filter *f)
{
    if (f->ns.n && f->service.n)
        return STMT_RUNS_OF_SERVICE;
    if (f->state == RECORD_LIVE)
        return STMT_RUNS_LIVE;
    return f->verdict == READER_ANY ? STMT_RUNS : STMT_RUNS_BY_VERDICT;
}

enum status
reader_runs(struct reader *r, const struct reader_filter *f, reader_run_fn fn, void *ctx,
            struct err *err)
{
    enum stmt   q = runs_statement(f);
    char        from[ULID_BYTES];
    size_t      n;
    enum status s;

    readercore_start(r);
    s = readerlisting_bind(r, q, f, from, err);
    if (!s)
        s = bind_state(r, q, f->state, err);
    if (!s && q == STMT_RUNS && f->ns.n && f->state == READER_ANY) {
        stmt_reset(&r->stmts, q);
        return readerlisting_namespace(r, STMT_RUN_IDS, f, from, one_run,
                                       &(struct readerlisting_to){.run = fn, .ctx = ctx}, err);
    }
    if (!s) {
        readerlisting_limit(r, q, f);
        return emit_runs(r, q, false, fn, ctx, &n, err);
    }
    stmt_reset(&r->stmts, q);
    return s;
}

enum status
reader_count_runs(struct reader *r, const struct reader_filter *f, uint64_t *n, struct err *err)
{
    struct reader_filter all = *f;
    char                 from[ULID_BYTES];
    enum status          s;

    readercore_start(r);
    all.after[0] = '\0';
    s = readerlisting_bind(r, STMT_RUNS_COUNT, &all, from, err);
    if (!s)
        s = bind_state(r, STMT_RUNS_COUNT, f->state, err);
    if (!s)
        s = readercore_next(r, STMT_RUNS_COUNT, err);
    if (!s)
        *n = (uint64_t)stmt_int(&r->stmts, STMT_RUNS_COUNT, 0);
    stmt_reset(&r->stmts, STMT_RUNS_COUNT);
    return s;
}

/* A statement that yields one run or none. */
static enum status
emit_one(struct reader *r, enum stmt q, reader_run_fn fn, void *ctx, struct err *err)
{
    size_t      n;
    enum status s = emit_runs(r, q, true, fn, ctx, &n, err);

    return !s && !n ? STATUS_NOT_FOUND : s;
}

enum status
reader_run(struct reader *r, const char *id, reader_run_fn fn, void *ctx, struct err *err)
{
    enum status s = readercore_check_id("run", slice_of(id), err);

    if (s)
        return s;
    readercore_start(r);
    stmt_bind_text(&r->stmts, STMT_RUN_WHOLE, 1, slice_of(id));
    s = emit_one(r, STMT_RUN_WHOLE, fn, ctx, err);
    return s == STATUS_NOT_FOUND ? err_set(err, s, "run %s is not in the history", id) : s;
}

enum status
reader_last_run(struct reader *r, struct slice ns, struct slice service, struct slice revision,
                reader_run_fn fn, void *ctx, struct err *err)
{
    enum status s;

    readercore_start(r);
    stmt_bind_text(&r->stmts, STMT_RUN_LAST, 1, ns);
    stmt_bind_text(&r->stmts, STMT_RUN_LAST, 2, service);
    stmt_bind_text(&r->stmts, STMT_RUN_LAST, 3, revision);
    s = emit_one(r, STMT_RUN_LAST, fn, ctx, err);
    return s == STATUS_NOT_FOUND ? err_set(err, s, "no run of this revision is in the history") : s;
}

/* Passes rows on and remembers where the page ended. */
struct live_page {
    reader_run_fn fn;
    void         *ctx;
    char          last[ULID_BYTES];
    bool          stopped;
};

static bool
on_live(void *ctx, const struct record_run *run)
{
    struct live_page *p = ctx;

    memcpy(p->last, run->id, ULID_BYTES);
    p->stopped = !p->fn(p->ctx, run);
    return !p->stopped;
}

enum status
reader_live_runs(struct reader *r, reader_run_fn fn, void *ctx, struct err *err)
{
    struct live_page page = {.fn = fn, .ctx = ctx, .last = BELOW_EVERY_ID};
    enum status      s;
    size_t           n;

    do {
        char after[ULID_BYTES];

        memcpy(after, page.last, ULID_BYTES);
        readercore_start(r);
        stmt_bind_text(&r->stmts, STMT_RUNS_RESUMED, 1, slice_of(after));
        stmt_bind_int(&r->stmts, STMT_RUNS_RESUMED, 2, LIVE_PAGE_ROWS);
        s = emit_runs(r, STMT_RUNS_RESUMED, true, on_live, &page, &n, err);
    } while (!s && n == LIVE_PAGE_ROWS && !page.stopped);
    return s;
}

/* Bind ?1 run, ?2 from, ?3 limit. */
static enum status
bind_run_rows(struct reader *r, enum stmt q, const char *run, int64_t from_ms, uint32_t limit,
              uint32_t max, struct err *err)
{
    int64_t     id = 0;
    enum status s = readercore_check_id("run", slice_of(run), err);

    if (!s)
        s = readercore_check_limit(limit, max, err);
    if (s)
        return s;
    stmt_bind_text(&r->stmts, STMT_RUN_ID, 1, slice_of(run));
    s = readercore_next(r, STMT_RUN_ID, err);
    if (!s)
        id = stmt_int(&r->stmts, STMT_RUN_ID, 0);
    stmt_reset(&r->stmts, STMT_RUN_ID);
    if (s == STATUS_NO_DATA)
        return err_set(err, STATUS_NOT_FOUND, "run %s is not in the history", run);
    if (s)
        return s;
    stmt_bind_int(&r->stmts, q, 1, id);
    stmt_bind_int(&r->stmts, q, 2, from_ms);
    stmt_bind_int(&r->stmts, q, 3, limit ? limit : max);
    return STATUS_OK;
}

enum status
reader_intervals(struct reader *r, const char *run, int64_t from_ms, uint32_t limit,
                 reader_interval_fn fn, void *ctx, struct err *err)
{
    struct record_interval i = {0};
    enum status            s;

    readercore_start(r);
    s = bind_run_rows(r, STMT_INTERVALS, run, from_ms, limit, READER_MAX_INTERVALS, err);
    if (s)
        return s;
    memcpy(i.run, run, ULID_BYTES);
    while (!(s = readercore_next(r, STMT_INTERVALS, err))) {
        row_interval(&r->stmts, STMT_INTERVALS, &i);
        if (!fn(ctx, &i))
            break;
    }
    return readercore_ended(r, STMT_INTERVALS, s);
}

enum status
reader_gate_calls(struct reader *r, const char *run, int64_t from_ms, uint32_t limit,
                  reader_gate_call_fn fn, void *ctx, struct err *err)
{
    struct record_gate_call g = {0};
    enum status             s;

    readercore_start(r);
    s = bind_run_rows(r, STMT_GATE_CALLS, run, from_ms, limit, READER_MAX_ROWS, err);
    if (s)
        return s;
    memcpy(g.run, run, ULID_BYTES);
    while (!(s = readercore_next(r, STMT_GATE_CALLS, err))) {
        row_gate_call(&r->stmts, STMT_GATE_CALLS, &g);
        if (!fn(ctx, &g))
            break;
    }
    return readercore_ended(r, STMT_GATE_CALLS, s);
}

enum status
reader_acts(struct reader *r, const char *run, reader_act_fn fn, void *ctx, struct err *err)
{
    struct record_act a = {0};
    enum status       s;

    readercore_start(r);
    s = bind_run_rows(r, STMT_ACTS, run, 0, 0, READER_MAX_ROWS, err);
    if (s)
        return s;
    memcpy(a.run, run, ULID_BYTES);
    while (!(s = readercore_next(r, STMT_ACTS, err))) {
        row_act(&r->stmts, STMT_ACTS, &a);
        if (!fn(ctx, &a))
            break;
    }
    return readercore_ended(r, STMT_ACTS, s);
}

enum status
reader_links(struct reader *r, int64_t from_ms, reader_link_fn fn, void *ctx, struct err *err)
{
    char        from[ULID_BYTES];
    enum status s;

    readercore_least_id(from_ms > 0 ? from_ms : 0, from);
    readercore_start(r);
    stmt_bind_text(&r->stmts, STMT_LINKS_USED, 1, slice_of(from));
    while (!(s = readercore_next(r, STMT_LINKS_USED, err)))
        if (!fn(ctx, stmt_slice(&r->stmts, STMT_LINKS_USED, 0)))
            break;
    return readercore_ended(r, STMT_LINKS_USED, s);
}

enum status
reader_steps(struct reader *r, const char *run, reader_step_fn fn, void *ctx, struct err *err)
{
    struct record_step one = {0};
    enum status        s;

    readercore_start(r);
    s = bind_run_rows(r, STMT_STEPS, run, 0, 0, READER_MAX_ROWS, err);
    if (s)
        return s;
    memcpy(one.run, run, ULID_BYTES);
    while (!(s = readercore_next(r, STMT_STEPS, err))) {
        row_step(&r->stmts, STMT_STEPS, &one);
        if (!fn(ctx, &one))
            break;
    }
    return readercore_ended(r, STMT_STEPS, s);
}

enum status
reader_events(struct reader *r, const char *run, reader_event_fn fn, void *ctx, struct err *err)
{
    struct record_event e = {0};
    enum status         s;

    readercore_start(r);
    s = bind_run_rows(r, STMT_EVENTS, run, 0, 0, READER_MAX_ROWS, err);
    if (s)
        return s;
    memcpy(e.run, run, ULID_BYTES);
    while (!(s = readercore_next(r, STMT_EVENTS, err))) {
        row_event(&r->stmts, STMT_EVENTS, &e);
        if (!fn(ctx, &e))
            break;
    }
    return readercore_ended(r, STMT_EVENTS, s);
}

enum status
reader_switches(struct reader *r, reader_switch_fn fn, void *ctx, struct err *err)
{
    struct record_switch g;
    enum status          s;

    readercore_start(r);
    while (!(s = readercore_next(r, STMT_SWITCHES, err))) {
        g = (struct record_switch){.kind = stmt_slice(&r->stmts, STMT_SWITCHES, 0),
                                   .ns = stmt_slice(&r->stmts, STMT_SWITCHES, 1),
                                   .name = stmt_slice(&r->stmts, STMT_SWITCHES, 2),
                                   .checksum = stmt_slice(&r->stmts, STMT_SWITCHES, 3),
                                   .open = true,
                                   .at_ms = stmt_int(&r->stmts, STMT_SWITCHES, 4)};
        if (!fn(ctx, &g))
            break;
    }
    return readercore_ended(r, STMT_SWITCHES, s);
}

enum status
reader_executions(struct reader *r, int64_t from_ms, uint32_t limit, reader_execution_fn fn,
                  void *ctx, struct err *err)
{
    struct record_execution e;
    enum status             s;

    readercore_start(r);
    stmt_bind_int(&r->stmts, STMT_EXECUTIONS, 1, from_ms);
    stmt_bind_int(&r->stmts, STMT_EXECUTIONS, 2, limit);
    while (!(s = readercore_next(r, STMT_EXECUTIONS, err))) {
        row_execution(&r->stmts, STMT_EXECUTIONS, &e);
        if (!fn(ctx, &e))
            break;
    }
    return readercore_ended(r, STMT_EXECUTIONS, s);
}

static enum stmt
verdicts_statement(const struct reader_filter *f)
{
    if (f->run[0])
        return STMT_VERDICTS_OF_RUN;
    if (f->verdict == READER_ANY || f->verdict == VERDICT_HOLD)
        return f->ns.n && f->service.n ? STMT_VERDICTS_OF_SERVICE : STMT_VERDICTS;
    return f->ns.n && f->service.n ? STMT_VERDICTS_OF_SERVICE_BY_ANSWER : STMT_VERDICTS_BY_ANSWER;
}

enum status
reader_verdicts(struct reader *r, const struct reader_filter *f, reader_verdict_fn fn, void *ctx,
                struct err *err)
{
    enum stmt             q = verdicts_statement(f);
    struct record_verdict v;
    char                  from[ULID_BYTES];
    enum status s = f->run[0] ? readercore_check_id("run", slice_of(f->run), err) : STATUS_OK;

    readercore_start(r);
    if (!s)
        s = readerlisting_bind(r, q, f, from, err);
    if (s)
        goto reset;
    if (q == STMT_VERDICTS && f->ns.n && f->verdict == READER_ANY) {
        stmt_reset(&r->stmts, q);
        return readerlisting_namespace(r, STMT_VERDICT_IDS, f, from, one_verdict,
                                       &(struct readerlisting_to){.verdict = fn, .ctx = ctx}, err);
    }
    stmt_bind_text_or_null(&r->stmts, q, 5, slice_of(f->run));
    readerlisting_limit(r, q, f);
    while (!(s = readercore_next(r, q, err))) {
        row_verdict(&r->stmts, q, &v);
        if (!fn(ctx, &v))
            break;
    }
reset:
    return readercore_ended(r, q, s);
}

enum status
reader_placebos(struct reader *r, struct slice ns, struct slice service, int64_t from_ms,
                reader_placebo_fn fn, void *ctx, struct err *err)
{
    struct record_placebo p = {.ns = ns, .service = service};
    enum status           s;

    readercore_start(r);
    stmt_bind_text(&r->stmts, STMT_PLACEBOS, 1, ns);
    stmt_bind_text(&r->stmts, STMT_PLACEBOS, 2, service);
    stmt_bind_int(&r->stmts, STMT_PLACEBOS, 3, from_ms);
    while (!(s = readercore_next(r, STMT_PLACEBOS, err))) {
        row_placebo(&r->stmts, STMT_PLACEBOS, &p);
        if (!fn(ctx, &p))
            break;
    }
    return readercore_ended(r, STMT_PLACEBOS, s);
}

enum status
reader_notices(struct reader *r, struct slice target, bool dead, int64_t after, uint32_t limit,
               reader_notice_fn fn, void *ctx, struct err *err)
{
    enum stmt            q = target.n ? STMT_NOTICES_OF_TARGET : STMT_NOTICES;
    struct record_notice n;
    enum status          s = readercore_check_limit(limit, READER_MAX_ROWS, err);

    if (s)
        return s;
    readercore_start(r);
    stmt_bind_int(&r->stmts, q, 1, dead);
    stmt_bind_int(&r->stmts, q, 2, after);
    stmt_bind_int(&r->stmts, q, 3, limit ? limit : READER_MAX_ROWS);
    if (target.n)
        stmt_bind_text(&r->stmts, q, 4, target);
    while (!(s = readercore_next(r, q, err))) {
        row_notice(&r->stmts, q, &n);
        if (!fn(ctx, &n))
            break;
    }
    return readercore_ended(r, q, s);
}

enum status
reader_notice_counts(struct reader *r, reader_notice_count_fn fn, void *ctx, struct err *err)
{
    struct record_notice_count c;
    enum status                s;

    readercore_start(r);
    stmt_bind_int(&r->stmts, STMT_NOTICE_COUNTS, 1, READER_MAX_ROWS);
    while (!(s = readercore_next(r, STMT_NOTICE_COUNTS, err))) {
        c = (struct record_notice_count){
            .target = stmt_slice(&r->stmts, STMT_NOTICE_COUNTS, 0),
            .told = (uint64_t)stmt_int(&r->stmts, STMT_NOTICE_COUNTS, 1),
            .dropped = (uint64_t)stmt_int(&r->stmts, STMT_NOTICE_COUNTS, 2),
            .waiting = (uint64_t)stmt_int(&r->stmts, STMT_NOTICE_COUNTS, 3),
            .dead = (uint64_t)stmt_int(&r->stmts, STMT_NOTICE_COUNTS, 4)};
        if (!fn(ctx, &c))
            break;
    }
    return readercore_ended(r, STMT_NOTICE_COUNTS, s);
}
