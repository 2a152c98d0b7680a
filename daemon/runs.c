#include "daemon/runs.h"

#include "base/heap.h"
#include "base/log.h"
#include "daemon/meters.h"
#include "store/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MINUTE_MS = 60000,
    READ_DEADLINE_MS = 500,
    /* A phase that was left is not gone back to for so long: two callers that
     * name different ones would end each other's run with every question. */
    PHASE_LEFT_MS = 60000,
};

struct runs {
    struct app     *app;
    struct hash_map by_key; /* "namespace/service/revision"; the first two hold no slash */
    int64_t         minute_ms;
    uint32_t        new_this_minute;
    struct reader  *reader; /* opened when first needed */
};

enum { KEY_BYTES = 3 * VIEW_NAME_BYTES + 2 };

static struct slice
key_of(char buf[KEY_BYTES], const char *ns, const char *service, const char *revision)
{
    int n = snprintf(buf, KEY_BYTES, "%s/%s/%s", ns, service, revision);

    return (struct slice){buf, (size_t)n};
}

static struct slice
key_of_row(char buf[KEY_BYTES], const struct record_run *row)
{
    int n = snprintf(buf, KEY_BYTES, "%.*s/%.*s/%.*s", SLICE_ARG(row->ns), SLICE_ARG(row->service),
                     SLICE_ARG(row->revision));

    return (struct slice){buf, (size_t)n};
}

struct runs *
runs_new(struct app *app)
{
    struct runs *r = heap_new(1, sizeof *r);

    r->app = app;
    return r;
}

void
runs_free(struct runs *r)
{
    size_t       at = 0;
    struct slice key;
    void        *l;

    if (!r)
        return;
    while (hash_next(&r->by_key, &at, &key, &l))
        liverun_free(l);
    hash_release(&r->by_key);
    reader_close(r->reader);
    free(r);
}

static enum status
open_reader(struct runs *r, struct err *err)
{
    enum status s = STATUS_OK;

    if (!r->reader) {
        s = reader_open(r->app->world.data_dir, &r->reader, err);
        if (s == STATUS_OK)
            reader_set_deadline_ms(r->reader, READ_DEADLINE_MS);
    }
    return s;
}

struct liverun *
runs_find(struct runs *r, const char *ns, const char *service, const char *revision)
{
    char buf[KEY_BYTES];

    return hash_get(&r->by_key, key_of(buf, ns, service, revision));
}

static void
keep(struct runs *r, struct liverun *l)
{
    const struct run_identity *who = &liverun_run(l)->who;
    char                       buf[KEY_BYTES];

    hash_set(&r->by_key, key_of(buf, who->ns, who->service, who->revision), l);
}

static void
drop(struct runs *r, struct liverun *l)
{
    const struct run_identity *who = &liverun_run(l)->who;
    char                       buf[KEY_BYTES];

    hash_remove(&r->by_key, key_of(buf, who->ns, who->service, who->revision));
    publish_remove(r->app->publish, who->ns, who->service, who->revision);
    liverun_free(l);
}

size_t
runs_count(const struct runs *r)
{
    size_t       at = 0, n = 0;
    struct slice key;
    void        *l;

    while (hash_next(&r->by_key, &at, &key, &l))
        n += liverun_run(l)->state != RUN_ENDED;
    return n;
}

void
runs_each(const struct runs *r, void (*each)(void *ctx, const struct run *run), void *ctx)
{
    size_t       at = 0;
    struct slice key;
    void        *l;

    while (hash_next(&r->by_key, &at, &key, &l))
        each(ctx, liverun_run(l));
}

static bool
is_of_service(const struct run_identity *who, const struct target *t)
{
    return !strcmp(who->ns, t->ns) && !strcmp(who->service, t->name);
}

/* Caps (api.md): live runs in all, per namespace, and new ones a minute.  Those
 * that a run of this target will end do not stand in its way. */
static enum status
check_caps(struct runs *r, const struct target *t, struct err *err)
{
    const struct config_daemon *d = &r->app->config->daemon;
    int64_t                     now = clock_mono_ms(r->app->world.clock);
    size_t                      at = 0, live = 0, here = 0;
    struct slice                key;
    void                       *l;

    while (hash_next(&r->by_key, &at, &key, &l)) {
        const struct run *run = liverun_run(l);

        if (run->state == RUN_ENDED || is_of_service(&run->who, t))
            continue;
        live++;
        here += !strcmp(run->who.ns, t->ns);
    }
    if (!r->minute_ms || now - r->minute_ms >= MINUTE_MS) {
        r->minute_ms = now;
        r->new_this_minute = 0;
    }
    if (live >= d->max_runs)
        return err_set(err, STATUS_BUSY, "%zu runs are live, max_runs is %u", live, d->max_runs);
    if (here >= d->max_runs_per_namespace)
        return err_set(err, STATUS_BUSY, "%zu runs are live in %.60s, max_runs_per_namespace is %u",
                       here, t->ns, d->max_runs_per_namespace);
    if (r->new_this_minute >= d->max_new_runs_per_minute)
        return err_set(err, STATUS_BUSY, "%u new runs within a minute, max_new_runs_per_minute",
                       r->new_this_minute);
    return STATUS_OK;
}

static bool
note_attempt(void *ctx, const struct record_run *row)
{
    *(uint32_t *)ctx = row->attempt;
    return false;
}

/* How often this revision was tried before; a history that cannot be read
 * counts as none, since nothing is told from it. */
static uint32_t
attempts_before(struct runs *r, const struct target *t)
{
    struct err  err = {0};
    uint32_t    n = 0;
    enum status s = open_reader(r, &err);

    if (s == STATUS_OK)
        s = reader_last_run(r->reader, slice_of(t->ns), slice_of(t->name), slice_of(t->revision),
                            note_attempt, &n, &err);
    if (s && s != STATUS_NOT_FOUND)
        log_event(LOG_LEVEL_WARN, "history_unreadable", log_text("error", err.text));
    return n;
}

bool
runs_was_tried(struct runs *r, const struct target *t)
{
    return runs_find(r, t->ns, t->name, t->revision) || attempts_before(r, t) > 0;
}

/* Runs of other revisions of the service are over. */
static void
supersede(struct runs *r, const struct target *t)
{
    size_t       at = 0;
    struct slice key;
    void        *v;

    while (hash_next(&r->by_key, &at, &key, &v)) {
        struct liverun            *l = v;
        const struct run_identity *who = &liverun_run(l)->who;

        if (is_of_service(who, t) && strcmp(who->revision, t->revision) != 0)
            liverun_end(l, "new_revision");
    }
}

struct liverun *
runs_by_id(struct runs *r, const char *id)
{
    size_t       cursor = 0;
    struct slice key;
    void        *value;

    while (hash_next(&r->by_key, &cursor, &key, &value)) {
        const struct run *run = liverun_run(value);

        if (strcmp(run->who.id, id) == 0)
            return value;
    }
    return NULL;
}

bool
runs_fits_phase(const struct target *t, enum phase phase, bool aborted)
{
    return aborted || !t->names_phase || t->phase == phase;
}

/* Whether old answers this target, now. */
static bool
goes_on(struct liverun *old, const struct target *t, bool retry)
{
    const struct run *run = liverun_run(old);

    if (run->state == RUN_ENDED)
        return !retry && !liverun_sweep(old);
    return runs_fits_phase(t, run->policy->phase, run->promote.verdict == VERDICT_ABORT);
}

/* Live, but in another phase: one that was left just now is not taken up again. */
static enum status
check_phase(const struct runs *r, const struct liverun *old, const struct target *t,
            struct err *err)
{
    int64_t left_ms = liverun_phase_left(old, t->phase);
    int64_t ago_ms = clock_mono_ms(r->app->world.clock) - left_ms;

    if (!left_ms || ago_ms >= PHASE_LEFT_MS)
        return STATUS_OK;
    return err_set(err, STATUS_CONFLICT,
                   "phase %s of this revision ended %" PRId64 " s ago, for phase %s: name one "
                   "phase at a time",
                   phase_text(t->phase), ago_ms / 1000,
                   phase_text(liverun_run(old)->policy->phase));
}

enum status
runs_open(struct runs *r, const struct target *t, bool retry, struct liverun **out, struct err *err)
{
    struct liverun *old = runs_find(r, t->ns, t->name, t->revision);
    bool            was_live = old && liverun_run(old)->state != RUN_ENDED;
    uint32_t        attempts;
    enum status     s = STATUS_OK;

    if (old && goes_on(old, t, retry)) {
        *out = old;
        return STATUS_OK;
    }
    if (was_live)
        s = check_phase(r, old, t, err);
    if (s == STATUS_OK) {
        s = check_caps(r, t, err);
        counter_add(&r->app->meters->runs_refused, s == STATUS_BUSY);
    }
    if (s)
        return s;
    attempts = old ? liverun_run(old)->who.attempt : attempts_before(r, t);
    s = liverun_start(r->app, t, attempts + 1, out, err);
    if (s)
        return s;
    if (was_live) {
        liverun_follows(*out, old);
        liverun_end(old, "new_phase");
    }
    if (old)
        drop(r, old);
    keep(r, *out);
    liverun_publish(*out);
    supersede(r, t);
    r->new_this_minute++;
    return STATUS_OK;
}

void
runs_sweep(struct runs *r)
{
    struct liverun *done[64];
    size_t          at = 0, n = 0;
    struct slice    key;
    void           *l;

    while (n < ARRAY_LEN(done) && hash_next(&r->by_key, &at, &key, &l))
        if (liverun_sweep(l))
            done[n++] = l;
    for (size_t i = 0; i < n; i++)
        drop(r, done[i]);
}

static void
end_in_history(struct runs *r, const struct record_run *row, const char *cause)
{
    struct record_run ended = *row;
    int64_t           now = clock_wall_ms(r->app->world.clock);
    enum status       s;

    ended.state = RECORD_ENDED;
    ended.end_cause = slice_of(cause);
    ended.ended_ms = ended.updated_ms = now;
    s = store_submit(r->app->world.store, &(struct store_commit){.run = &ended}, NULL, NULL);
    log_event(LOG_LEVEL_WARN, "run_not_resumed", log_text("run", row->id), log_text("cause", cause),
              log_text("stored", status_text(s)));
}

static bool
note_id(void *ctx, const struct record_verdict *v)
{
    memcpy(ctx, v->id, ULID_BYTES);
    return false;
}

struct restoring {
    struct runs   *runs;
    struct reader *rows, *more; /* two connections: a read's callback may not read */
};

/* The last stored verdict that says what the row says; "": none is found. */
static void
find_id(struct restoring *c, const struct record_run *row, char id[ULID_BYTES])
{
    struct err           err = {0};
    struct reader_filter f = {.state = READER_ANY, .verdict = (int)row->verdict, .limit = 1};

    id[0] = '\0';
    memcpy(f.run, row->id, sizeof f.run);
    if (reader_verdicts(c->more, &f, note_id, id, &err))
        log_event(LOG_LEVEL_WARN, "history_unreadable", log_text("error", err.text));
}

/* Live in the history since its end could not be written (a full disk), while
 * the next attempt at the same revision could. */
static void
end_older(struct runs *r, const struct record_run *row)
{
    char            buf[KEY_BYTES];
    struct liverun *old = hash_get(&r->by_key, key_of_row(buf, row));

    if (!old)
        return;
    liverun_end(old, "new_attempt");
    drop(r, old);
}

static bool
restore_one(void *ctx, const struct record_run *row)
{
    struct restoring *c = ctx;
    struct err        err = {0};
    struct liverun   *l;
    char              id[ULID_BYTES];

    find_id(c, row, id);
    end_older(c->runs, row);
    if (liverun_restore(c->runs->app, row, id, c->more, &l, &err)) {
        end_in_history(c->runs, row, err.text);
        return true;
    }
    if (liverun_run(l)->state == RUN_ENDED)
        end_in_history(c->runs, row, liverun_run(l)->end_cause);
    keep(c->runs, l);
    return true;
}

static bool
note_run_id(void *ctx, const struct record_run *row)
{
    memcpy(ctx, row->id, ULID_BYTES);
    return false;
}

/* An abort that was tried again is told no more, however that ended. */
static bool
is_last_attempt(struct restoring *c, const struct record_run *row)
{
    struct err err = {0};
    char       id[ULID_BYTES] = "";

    if (reader_last_run(c->more, row->ns, row->service, row->revision, note_run_id, id, &err))
        log_event(LOG_LEVEL_WARN, "history_unreadable", log_text("error", err.text));
    return !*id || !strcmp(id, row->id);
}

/* An ended run whose revision has no other by now. */
static bool
restore_ended(void *ctx, const struct record_run *row)
{
    struct restoring *c = ctx;
    struct err        err = {0};
    struct liverun   *l;
    char              buf[KEY_BYTES], id[ULID_BYTES];

    if (hash_get(&c->runs->by_key, key_of_row(buf, row)) || !is_last_attempt(c, row))
        return true;
    find_id(c, row, id);
    if (liverun_restore(c->runs->app, row, id, c->more, &l, &err))
        log_event(LOG_LEVEL_WARN, "abort_not_resumed", log_text("run", row->id),
                  log_text("cause", err.text));
    else
        keep(c->runs, l);
    return true;
}

/* Ids of a page of runs that ended aborted, newest first. */
struct aborted {
    int64_t  ended_after_ms;
    char     told[READER_MAX_ROWS][ULID_BYTES], last[ULID_BYTES];
    uint32_t n_told, n_rows;
};

static bool
note_aborted(void *ctx, const struct record_run *row)
{
    struct aborted *a = ctx;

    memcpy(a->last, row->id, ULID_BYTES);
    a->n_rows++;
    if (row->ended_ms > a->ended_after_ms)
        memcpy(a->told[a->n_told++], row->id, ULID_BYTES);
    return true;
}

/* The listing leaves the state out: each is read whole, after its page, so that
 * no read waits for others with its own time running. */
static enum status
restore_told(struct restoring *c, struct err *err)
{
    int64_t              now = clock_wall_ms(c->runs->app->world.clock);
    struct reader_filter f = {.state = RECORD_ENDED,
                              .verdict = VERDICT_ABORT,
                              .since_ms = now - RUN_LONGEST_MS - RUN_TOLD_MS};
    struct aborted      *a = heap_new(1, sizeof *a);
    enum status          s;

    do {
        *a = (struct aborted){.ended_after_ms = now - RUN_TOLD_MS};
        s = reader_runs(c->rows, &f, note_aborted, a, err);
        for (uint32_t i = 0; s == STATUS_OK && i < a->n_told; i++)
            s = reader_run(c->rows, a->told[i], restore_ended, c, err);
        memcpy(f.after, a->last, sizeof f.after);
    } while (s == STATUS_OK && a->n_rows == READER_MAX_ROWS);
    free(a);
    return s;
}

struct live_ids {
    struct arena arena;
    VEC(struct run_id { char at[ULID_BYTES]; }) ids;
};

static bool
note_live(void *ctx, const struct record_run *row)
{
    struct live_ids *live = ctx;
    struct run_id    id;

    memcpy(id.at, row->id, ULID_BYTES);
    VEC_PUSH(&live->arena, &live->ids, id);
    return true;
}

/* Oldest first, each by a read of its own: one that an upgrade has judged again
 * (migration.h) takes its time. */
static enum status
restore_live(struct restoring *c, struct err *err)
{
    struct live_ids live = {0};
    enum status     s = reader_live_runs(c->rows, note_live, &live, err);

    for (size_t i = 0; s == STATUS_OK && i < live.ids.n; i++)
        s = reader_run(c->rows, live.ids.at[i].at, restore_one, c, err);
    arena_release(&live.arena);
    return s;
}

enum status
runs_restore(struct runs *r, struct err *err)
{
    struct restoring c = {.runs = r};
    /* Connections of their own: nobody is kept waiting yet, so these may take
     * the time that the loop's has not. */
    enum status s = reader_open(r->app->world.data_dir, &c.rows, err);

    if (s == STATUS_OK)
        s = reader_open(r->app->world.data_dir, &c.more, err);
    if (s == STATUS_OK)
        s = restore_live(&c, err);
    if (s == STATUS_OK)
        s = restore_told(&c, err);
    reader_close(c.rows);
    reader_close(c.more);
    return s;
}
