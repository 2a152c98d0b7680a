/* storeload.h - durable units through the store thread, beside bare SQLite that makes the
 * same changes to the same schema with the same pragmas, in transactions of the same size.
 *
 * A unit is what a live run writes per interval: its row, its state, the packed interval;
 * every tenth brings a verdict. */
#ifndef TESTS_BENCH_STORELOAD_H
#define TESTS_BENCH_STORELOAD_H

#include "base/clock.h"
#include "store/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LIVE = 50, STATE_BYTES = 1500, ROW_BYTES = 250, VERDICT_EVERY = 10 };

static char         state[STATE_BYTES], row[ROW_BYTES], numbers[2048];
static struct slice numbers_slice;

static void
fill(void)
{
    size_t n = 0;

    for (size_t i = 0; i < sizeof state; i++)
        state[i] = (char)(i * 2654435761u >> 7);
    for (size_t i = 0; i < sizeof row; i++)
        row[i] = (char)(i * 40503u >> 3);
    n += (size_t)snprintf(numbers, sizeof numbers, "{\"checks\":{");
    for (int i = 0; i < 12; i++)
        n +=
            (size_t)snprintf(numbers + n, sizeof numbers - n,
                             "%s\"check_%d\":{\"verdict\":\"hold\",\"reason\":\"too_few_requests\","
                             "\"required\":true,\"evidence\":0.2%d,\"limit\":100}",
                             i ? "," : "", i, i);
    n += (size_t)snprintf(numbers + n, sizeof numbers - n, "}}");
    numbers_slice = (struct slice){numbers, n};
}

static void
fill_id(void *self, void *out, size_t n)
{
    memset(out, *(const char *)self, n);
}

static void
make_id(char out[ULID_BYTES], char kind, int n)
{
    struct entropy e = {fill_id, &kind};

    ulid_make(out, INT64_C(1700000000000) + n, &e);
}

/* The n-th unit. */
struct work {
    struct record_run      run;
    struct record_interval interval;
    struct record_verdict  verdict;
    bool                   has_verdict;
};

static void
make_work(struct work *w, int n)
{
    int64_t end = INT64_C(1700000000000) + (int64_t)(n / LIVE + 1) * 5000;

    *w = (struct work){
        .run = {.service = SLICE_LITERAL("reviews"),
                .ns = SLICE_LITERAL("prod"),
                .revision = SLICE_LITERAL("v2"),
                .canary = SLICE_LITERAL("v2"),
                .baseline = SLICE_LITERAL("v1"),
                .key = SLICE_LITERAL("revision"),
                .policy = SLICE_LITERAL("default"),
                .source = SLICE_LITERAL("mesh"),
                .attempt = 1,
                .started_ms = 1,
                .updated_ms = end,
                .verdict = VERDICT_HOLD,
                .reason = REASON_TOO_FEW_REQUESTS,
                .message = SLICE_LITERAL("canary 41 of 100 requests; about 60 s more at 1.0/s"),
                .numbers = numbers_slice,
                .state_blob = {state, sizeof state}},
        .interval = {.start_ms = end - 5000, .end_ms = end, .row = {row, sizeof row}},
        .verdict = {.verdict = VERDICT_HOLD,
                    .reason = REASON_TOO_FEW_REQUESTS,
                    .message = SLICE_LITERAL("canary 41 of 100 requests"),
                    .at_ms = end,
                    .numbers = numbers_slice},
        .has_verdict = n % VERDICT_EVERY == 0,
    };
    make_id(w->run.id, 'r', n % LIVE);
    memcpy(w->interval.run, w->run.id, ULID_BYTES);
    memcpy(w->verdict.run, w->run.id, ULID_BYTES);
    make_id(w->verdict.id, 'v', n);
}

static void
stop(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static struct store *
open_store(const char *dir)
{
    struct store *st;
    struct err    err = {0};

    if (store_open(dir, &st, &err))
        stop(err.text);
    return st;
}

static void
must_work(void *ctx, enum status s, const struct err *err)
{
    (void)ctx;
    if (s)
        stop(err->text);
}

/* Through the store; *group: units per commit. */
static double
store_per_s(const char *dir, int first, int units, double *group)
{
    struct store *st = open_store(dir);
    int64_t       began = clock_mono_ms(&clock_system);
    double        per_s;

    for (int n = first; n < first + units; n++) {
        struct work         w;
        struct store_commit c = {.run = &w.run, .interval = &w.interval};

        make_work(&w, n);
        c.verdict = w.has_verdict ? &w.verdict : NULL;
        while (store_submit(st, &c, must_work, NULL) == STATUS_BUSY)
            usleep(1000);
    }
    store_drain(st);
    per_s = units * 1000.0 / (double)(clock_mono_ms(&clock_system) - began);
    *group = units / (double)store_health(st).commits;
    store_close(st);
    return per_s;
}

/* Bare SQLite knows the rows' integer keys beforehand. */
enum bare { BEGIN, COMMIT, RUN, STATE, INTERVAL, VERDICT, BARE_COUNT };

static const char *const bare_sql[] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [RUN] = "UPDATE run SET canary = ?1, baseline = ?2, version_key = ?3, policy = ?4,"
            " policy_hash = NULL, source = ?5, end_cause = ?6, ended_ms = NULL, updated_ms = ?7,"
            " reason = ?8, message = ?9 WHERE id = ?10",
    [STATE] = "INSERT INTO run_state (run_id, numbers, state) VALUES (?1, ?2, ?3) ON CONFLICT"
              " (run_id) DO UPDATE SET numbers = excluded.numbers, state = excluded.state",
    [INTERVAL] = "INSERT INTO interval (run_id, start_ms, end_ms, counts) VALUES (?1, ?2, ?3, ?4)",
    [VERDICT] = "INSERT INTO verdict (ulid, run_id, service_id, at_ms, verdict, reason, message,"
                " policy_hash, numbers) VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, NULL, ?7)",
};

struct bare_db {
    sqlite3      *db;
    sqlite3_stmt *at[BARE_COUNT];
};

static void
text(sqlite3_stmt *q, int i, struct slice s)
{
    sqlite3_bind_text(q, i, s.p, (int)s.n, SQLITE_STATIC);
}

static void
step(struct bare_db *b, enum bare which)
{
    if (sqlite3_step(b->at[which]) != SQLITE_DONE)
        stop(sqlite3_errmsg(b->db));
    sqlite3_reset(b->at[which]);
}

static void
bare_open(struct bare_db *b, const char *dir)
{
    char path[128];

    snprintf(path, sizeof path, "%s/verdictd.db", dir);
    if (sqlite3_open_v2(path, &b->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ||
        sqlite3_exec(b->db,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                     "PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864;",
                     NULL, NULL, NULL))
        stop(sqlite3_errmsg(b->db));
    for (int i = 0; i < BARE_COUNT; i++)
        if (sqlite3_prepare_v3(b->db, bare_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &b->at[i], NULL))
            stop(sqlite3_errmsg(b->db));
}

static void
bare_close(struct bare_db *b)
{
    for (int i = 0; i < BARE_COUNT; i++)
        sqlite3_finalize(b->at[i]);
    sqlite3_close(b->db);
}

static void
bare_unit(struct bare_db *b, const struct work *w, int run_id)
{
    sqlite3_stmt *q = b->at[RUN];

    text(q, 1, w->run.canary);
    text(q, 2, w->run.baseline);
    text(q, 3, w->run.key);
    text(q, 4, w->run.policy);
    text(q, 5, w->run.source);
    text(q, 6, SLICE_LITERAL(""));
    sqlite3_bind_int64(q, 7, w->run.updated_ms);
    text(q, 8, slice_of(verdict_reason_text(w->run.reason)));
    text(q, 9, w->run.message);
    sqlite3_bind_int(q, 10, run_id);
    step(b, RUN);
    q = b->at[STATE];
    sqlite3_bind_int(q, 1, run_id);
    text(q, 2, w->run.numbers);
    sqlite3_bind_blob(q, 3, w->run.state_blob.p, (int)w->run.state_blob.n, SQLITE_STATIC);
    step(b, STATE);
    q = b->at[INTERVAL];
    sqlite3_bind_int(q, 1, run_id);
    sqlite3_bind_int64(q, 2, w->interval.start_ms);
    sqlite3_bind_int64(q, 3, w->interval.end_ms);
    sqlite3_bind_blob(q, 4, w->interval.row.p, (int)w->interval.row.n, SQLITE_STATIC);
    step(b, INTERVAL);
    if (!w->has_verdict)
        return;
    q = b->at[VERDICT];
    text(q, 1, slice_of(w->verdict.id));
    sqlite3_bind_int(q, 2, run_id);
    sqlite3_bind_int64(q, 3, w->verdict.at_ms);
    text(q, 4, slice_of(verdict_text(w->verdict.verdict)));
    text(q, 5, slice_of(verdict_reason_text(w->verdict.reason)));
    text(q, 6, w->verdict.message);
    text(q, 7, w->verdict.numbers);
    step(b, VERDICT);
}

static double
bare_per_s(const char *dir, int first, int units, int group)
{
    struct bare_db b;
    int64_t        began;
    double         per_s;

    bare_open(&b, dir);
    began = clock_mono_ms(&clock_system);
    for (int n = first; n < first + units; n++) {
        struct work w;

        make_work(&w, n);
        if ((n - first) % group == 0)
            step(&b, BEGIN);
        bare_unit(&b, &w, n % LIVE + 1);
        if ((n - first) % group == group - 1 || n == first + units - 1)
            step(&b, COMMIT);
    }
    per_s = units * 1000.0 / (double)(clock_mono_ms(&clock_system) - began);
    bare_close(&b);
    return per_s;
}

/* The runs that all units update, through the store on both sides. */
static void
prepare(const char *dir)
{
    struct store *st = open_store(dir);

    for (int n = 0; n < LIVE; n++) {
        struct work         w;
        struct store_commit c = {.run = &w.run};

        make_work(&w, n);
        if (store_submit(st, &c, must_work, NULL))
            stop("the queue is full");
    }
    store_close(st);
}

#endif
