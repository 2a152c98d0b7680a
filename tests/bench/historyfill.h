/* historyfill.h - years of rollouts, written into an empty history as fast as SQLite takes
 * them. */
#ifndef TESTS_BENCH_HISTORYFILL_H
#define TESTS_BENCH_HISTORYFILL_H

#include "analyzer/point.h"
#include "tests/bench/storeload.h"
#include "tests/support/typicalinterval.h"

enum {
    INTERVALS_OF_A_RUN = 360, /* half an hour of 5 s */
    VERDICTS_OF_A_RUN = 72,
    TOGETHER = 50,  /* runs that live at a time share pages, as they do in life */
    VARIANTS = 256, /* of rows */
    SERVICES = 100,
};

#define NOW_MS INT64_C(1795385400000)
#define SPAN_MS (INT64_C(730) * 24 * 3600 * 1000)

struct bed {
    char dir[96];
    int  runs;
    int  missed, wrong; /* figures; answers */
};

static const char *const check_name[] = {"error_rate", "latency", "guard", "data"};

static char packed_row[VARIANTS][1024], point_row[VARIANTS][1024];
static int  packed_n[VARIANTS], point_n[VARIANTS];

/* Rows as a rollout on Istio makes them, every fourth with 16 pods. */
static void
make_rows(size_t *median)
{
    static struct interval i;
    static struct point    p;
    struct prng            r = {7};
    size_t                 sizes[VARIANTS];

    for (int k = 0; k < VARIANTS; k++) {
        struct text t;

        typicalinterval_make(&r, &i);
        if (k % 4 == 0)
            typicalinterval_pods(&r, &i);
        text_init(&t, sizeof packed_row[k]);
        interval_pack(&i, &t);
        packed_n[k] = (int)t.n;
        sizes[k] = t.n;
        memcpy(packed_row[k], t.p, t.n);
        text_clear(&t);
        point_count(&p, &i);
        p.n_checks = 4;
        for (uint32_t c = 0; c < p.n_checks; c++) {
            snprintf(p.checks[c].name, sizeof p.checks[c].name, "%s", check_name[c]);
            p.checks[c].evidence = (double)prng_below(&r, 1000) / 7;
            p.checks[c].limit = 100;
            p.checks[c].value = (double)NAN;
        }
        point_pack(&p, &t);
        point_n[k] = (int)t.n;
        memcpy(point_row[k], t.p, t.n);
        text_release(&t);
    }
    for (int a = 1; a < VARIANTS; a++) /* few enough to be sorted by hand */
        for (int b = a; b > 0 && sizes[b] < sizes[b - 1]; b--) {
            size_t swap = sizes[b];

            sizes[b] = sizes[b - 1];
            sizes[b - 1] = swap;
        }
    *median = sizes[VARIANTS / 2];
}

enum fill { F_SERVICE, F_RUN, F_STATE, F_INTERVAL, F_VERDICT, F_CALL, F_POINT, F_COUNT };

static const char *const fill_sql[] = {
    [F_SERVICE] = "INSERT INTO service (ns, name, preset, version_key, source)"
                  " VALUES (?1, ?2, 'istio', 'revision', 'mesh')",
    [F_RUN] =
        "INSERT INTO run (id, ulid, service_id, revision, attempt, state, verdict,"
        " started_ms, updated_ms, ended_ms, end_cause, canary, baseline, version_key, source,"
        " policy, reason, message) VALUES (?1, ?2, ?3, ?4, 1, 'ended', ?5, ?6, ?7, ?7,"
        " 'completed', ?4, 'v1', 'revision', 'mesh', 'default', 'proven', 'it is good enough')",
    [F_STATE] = "INSERT INTO run_state (run_id, numbers, state) VALUES (?1, ?2, ?3)",
    [F_INTERVAL] =
        "INSERT INTO interval (run_id, start_ms, end_ms, counts) VALUES (?1, ?2, ?3, ?4)",
    [F_VERDICT] = "INSERT INTO verdict (ulid, run_id, service_id, at_ms, verdict, reason, message,"
                  " numbers) VALUES (?1, ?2, ?3, ?4, ?5, 'too_few_requests',"
                  " 'canary 41 of 100 requests; about 60 s more at 1.0/s', ?6)",
    [F_CALL] =
        "INSERT INTO gate_call (run_id, at_ms, last_ms, gate, stage, http_code, verdict,"
        " reason, count) VALUES (?1, ?2, ?2, 'argo', 'promote', 200, 'hold', 'no_traffic', 6)",
    [F_POINT] = "INSERT INTO point (run_id, at_ms, level, numbers) VALUES (?1, ?2, ?3, ?4)",
};

struct filler {
    sqlite3      *db;
    sqlite3_stmt *at[F_COUNT];
};

static void
fill_step(struct filler *f, enum fill which)
{
    if (sqlite3_step(f->at[which]) != SQLITE_DONE)
        stop(sqlite3_errmsg(f->db));
    sqlite3_reset(f->at[which]);
}

static void
fill_sql_now(struct filler *f, const char *sql)
{
    if (sqlite3_exec(f->db, sql, NULL, NULL, NULL))
        stop(sqlite3_errmsg(f->db));
}

static int64_t
run_start(const struct bed *b, int run)
{
    int64_t batches = b->runs / TOGETHER;

    return NOW_MS - SPAN_MS + (run / TOGETHER) * (SPAN_MS / (batches ? batches : 1));
}

static void
run_id(const struct bed *b, int run, char out[ULID_BYTES])
{
    struct entropy e;
    char           kind = (char)('A' + run % TOGETHER);

    e = (struct entropy){fill_id, &kind};
    ulid_make(out, run_start(b, run), &e);
}

static void
fill_run_row(struct filler *f, const struct bed *b, int run)
{
    char id[ULID_BYTES], revision[16];

    run_id(b, run, id);
    snprintf(revision, sizeof revision, "v%d", run / SERVICES + 2);
    sqlite3_bind_int(f->at[F_RUN], 1, LIVE + 1 + run);
    text(f->at[F_RUN], 2, slice_of(id));
    sqlite3_bind_int(f->at[F_RUN], 3, 2 + run % SERVICES);
    text(f->at[F_RUN], 4, slice_of(revision));
    text(f->at[F_RUN], 5, run % 50 == 7 ? SLICE_LITERAL("abort") : SLICE_LITERAL("pass"));
    sqlite3_bind_int64(f->at[F_RUN], 6, run_start(b, run));
    sqlite3_bind_int64(f->at[F_RUN], 7, run_start(b, run) + INTERVALS_OF_A_RUN * 5000);
    fill_step(f, F_RUN);
    sqlite3_bind_int(f->at[F_STATE], 1, LIVE + 1 + run);
    text(f->at[F_STATE], 2, numbers_slice);
    sqlite3_bind_blob(f->at[F_STATE], 3, state, sizeof state, SQLITE_STATIC);
    fill_step(f, F_STATE);
}

static void
fill_verdict_row(struct filler *f, int run, int tick, int64_t at, char kind)
{
    char           id[ULID_BYTES];
    struct entropy e = {fill_id, &kind};

    ulid_make(id, at, &e);
    text(f->at[F_VERDICT], 1, slice_of(id));
    sqlite3_bind_int(f->at[F_VERDICT], 2, LIVE + 1 + run);
    sqlite3_bind_int(f->at[F_VERDICT], 3, 2 + run % SERVICES);
    sqlite3_bind_int64(f->at[F_VERDICT], 4, at);
    text(f->at[F_VERDICT], 5,
         tick < INTERVALS_OF_A_RUN - 5 ? SLICE_LITERAL("hold")
         : run % 50 == 7               ? SLICE_LITERAL("abort")
                                       : SLICE_LITERAL("pass"));
    text(f->at[F_VERDICT], 6, numbers_slice);
    fill_step(f, F_VERDICT);
}

static void
fill_tick(struct filler *f, const struct bed *b, int run, int tick)
{
    int     k = (run * 31 + tick) % VARIANTS;
    int64_t at = run_start(b, run) + tick * 5000;

    sqlite3_bind_int(f->at[F_INTERVAL], 1, LIVE + 1 + run);
    sqlite3_bind_int64(f->at[F_INTERVAL], 2, at);
    sqlite3_bind_int64(f->at[F_INTERVAL], 3, at + 5000);
    sqlite3_bind_blob(f->at[F_INTERVAL], 4, packed_row[k], packed_n[k], SQLITE_STATIC);
    fill_step(f, F_INTERVAL);
    if (tick % (INTERVALS_OF_A_RUN / VERDICTS_OF_A_RUN) == 0)
        fill_verdict_row(f, run, tick, at, (char)('A' + run % TOGETHER));
    if (tick % 12 == 0) {
        sqlite3_bind_int(f->at[F_CALL], 1, LIVE + 1 + run);
        sqlite3_bind_int64(f->at[F_CALL], 2, at);
        fill_step(f, F_CALL);
    }
    if (tick % 3 == 0) {
        sqlite3_bind_int(f->at[F_POINT], 1, LIVE + 1 + run);
        sqlite3_bind_int64(f->at[F_POINT], 2, at + 5000);
        sqlite3_bind_int(f->at[F_POINT], 3, tick % 48 == 0 ? 2 : tick % 12 == 0);
        sqlite3_bind_blob(f->at[F_POINT], 4, point_row[k], point_n[k], SQLITE_STATIC);
        fill_step(f, F_POINT);
    }
}

static void
fill_history(const struct bed *b)
{
    struct filler f = {0};
    char          path[128], name[32];

    snprintf(path, sizeof path, "%s/verdictd.db", b->dir);
    if (sqlite3_open_v2(path, &f.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
        stop("cannot open the history");
    fill_sql_now(&f, "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;"
                     "PRAGMA wal_autocheckpoint = 50000");
    for (int i = 0; i < F_COUNT; i++)
        if (sqlite3_prepare_v3(f.db, fill_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &f.at[i], NULL))
            stop(sqlite3_errmsg(f.db));
    fill_sql_now(&f, "BEGIN");
    for (int s = 0; s < SERVICES; s++) {
        snprintf(name, sizeof name, "ns-%d", s % 5);
        sqlite3_bind_text(f.at[F_SERVICE], 1, name, -1, SQLITE_TRANSIENT);
        snprintf(name, sizeof name, "service-%d", s);
        sqlite3_bind_text(f.at[F_SERVICE], 2, name, -1, SQLITE_TRANSIENT);
        fill_step(&f, F_SERVICE);
    }
    fill_sql_now(&f, "INSERT INTO label_text (text) VALUES ('7d4b9c5f6d'), ('5f8c7b6d9e'), "
                     "('0.5'), ('1.0'), ('5.0'), ('10.0'),"
                     " ('25.0'), ('50.0'), ('100.0'), ('250.0'), ('500.0'), ('1000.0'), ('2500.0'),"
                     " ('5000.0'), ('10000.0'), ('30000.0'), ('60000.0'), ('300000.0'),"
                     " ('600000.0'), ('1.8e+06'), ('3.6e+06'), ('+Inf')");
    for (int first = 0; first < b->runs; first += TOGETHER) {
        for (int run = first; run < first + TOGETHER; run++)
            fill_run_row(&f, b, run);
        for (int tick = 0; tick < INTERVALS_OF_A_RUN; tick++)
            for (int run = first; run < first + TOGETHER; run++)
                fill_tick(&f, b, run, tick);
        fill_sql_now(&f, "COMMIT; BEGIN");
    }
    fill_sql_now(&f, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
    for (int i = 0; i < F_COUNT; i++)
        sqlite3_finalize(f.at[i]);
    sqlite3_close(f.db);
}

#endif
