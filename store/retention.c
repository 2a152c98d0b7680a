#include "store/retention.h"

#include "base/clock.h"
#include "store/database.h"

#include <sqlite3.h>

enum {
    LEAST_PORTION = 16,
    MOST_PORTION = 4000,
    MOST_CALLS_COUNTED = 50000, /* of no run: a count takes 2 ms at most */
    LEAST_FREE_PAGES = 1024,
    FREE_SHARE = 8, /* pages in use come back when one in so many is free */
};

#define VACUUM_SQL "PRAGMA incremental_vacuum(64)"

static const uint32_t row_bytes[STORE_KIND_COUNT] = {
#define STORE_KIND(name, text, row_bytes) [STORE_KIND_##name] = row_bytes,
#include "store/kind.def"
#undef STORE_KIND
};

/* What goes by LIMITed portions of a run, in this order: nothing may name what is gone. */
static const struct {
    enum store_kind kind;
    enum stmt       forget;
} of_a_run[] = {
    {STORE_KIND_INTERVALS, STMT_FORGET_INTERVALS},
    {STORE_KIND_GATE_CALLS, STMT_FORGET_GATE_CALLS},
    {STORE_KIND_POINTS_FINE, STMT_FORGET_POINTS_FINE},
    {STORE_KIND_POINTS_MINUTE, STMT_FORGET_POINTS_MINUTE},
    {STORE_KIND_POINTS, STMT_FORGET_POINTS},
    {STORE_KIND_ACTS, STMT_FORGET_ACTS},
    {STORE_KIND_EVENTS, STMT_FORGET_EVENTS},
    {STORE_KIND_VERDICTS, STMT_FORGET_VERDICTS},
};

/* One run under the walk. */
struct found {
    int64_t  id, ended_ms; /* 0: live */
    uint64_t rows[STORE_KIND_COUNT];
    bool     due[STORE_KIND_COUNT];
};

static int64_t
real_ms(void)
{
    return clock_mono_ms(&clock_system);
}

void
retention_init(struct retention *r, const struct store_retention *keep)
{
    *r = (struct retention){
        .keep = *keep, .portion = 200, .due_ms = real_ms(), .believed = r->believed};
}

int
retention_wait_ms(const struct retention *r)
{
    int64_t left = r->due_ms - real_ms();

    return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

static bool
too_old(const struct retention *r, enum store_kind k, int64_t since_ms)
{
    return r->keep.of[k].age_ms && since_ms < r->now_ms - r->keep.of[k].age_ms;
}

/* A number that one row of a bound statement has; 0 where there is no row. */
static enum status
number(struct stmt_set *set, enum stmt q, int64_t *out, struct err *err)
{
    enum status s = stmt_step(set, q, err);

    *out = s ? 0 : stmt_int(set, q, 0);
    stmt_reset(set, q);
    return s == STATUS_NO_DATA ? STATUS_OK : s;
}

static enum status
begin_walk(struct retention *r, struct stmt_set *set, int64_t wall_ms, struct err *err)
{
    int64_t     newest;
    enum status s = number(set, STMT_FORGET_NEWEST, &newest, err);

    r->now_ms = believedtime_ms(&r->believed, wall_ms, real_ms(), newest);
    r->run = r->service = 0;
    r->gone = 0;
    for (int k = 0; k < STORE_KIND_COUNT; k++)
        r->rows[k] = 0;
    r->phase = RETENTION_RUNS;
    return s;
}

/* STATUS_NO_DATA: that was the last run. */
static enum status
next_run(struct retention *r, struct stmt_set *set, struct found *f, struct err *err)
{
    enum status s;

    *f = (struct found){0};
    stmt_bind_int(set, STMT_FORGET_NEXT, 1, r->run);
    s = stmt_step(set, STMT_FORGET_NEXT, err);
    if (!s) {
        f->id = stmt_int(set, STMT_FORGET_NEXT, 0);
        f->ended_ms = stmt_int(set, STMT_FORGET_NEXT, 1);
    }
    stmt_reset(set, STMT_FORGET_NEXT);
    if (s)
        return s;
    stmt_bind_int(set, STMT_FORGET_COUNT, 1, f->id);
    s = stmt_step(set, STMT_FORGET_COUNT, err);
    for (int k = 0; !s && k <= STORE_KIND_RUNS; k++)
        f->rows[k] = (uint64_t)stmt_int(set, STMT_FORGET_COUNT, k);
    stmt_reset(set, STMT_FORGET_COUNT);
    return s;
}

static bool
decide(const struct retention *r, struct found *f)
{
    bool any = false;

    if (!f->ended_ms)
        return false;
    for (int k = 0; k <= STORE_KIND_RUNS; k++)
        f->due[k] = r->excess[k] || too_old(r, (enum store_kind)k, f->ended_ms);
    f->due[STORE_KIND_VERDICTS] |= f->due[STORE_KIND_RUNS];
    if (f->due[STORE_KIND_VERDICTS])
        f->due[STORE_KIND_INTERVALS] = f->due[STORE_KIND_POINTS_FINE] =
            f->due[STORE_KIND_POINTS_MINUTE] = f->due[STORE_KIND_POINTS] = true;
    for (int k = 0; k <= STORE_KIND_RUNS; k++) {
        f->due[k] = f->due[k] || f->due[STORE_KIND_RUNS];
        any = any || (f->due[k] && f->rows[k]);
    }
    return any;
}

static void
note_gone(struct retention *r, struct store_health *h, enum store_kind k, uint64_t n)
{
    h->deleted[k] += n;
    r->gone += n;
    r->excess[k] -= r->excess[k] < n ? r->excess[k] : n;
}

/* Portions of a run until the time of this step is over; *all: nothing that is due is
 * left. */
static enum status
forget_portions(struct retention *r, struct stmt_set *set, struct found *f, int64_t until_ms,
                struct store_health *h, bool *all, struct err *err)
{
    *all = false;
    if (f->due[STORE_KIND_VERDICTS] && f->rows[STORE_KIND_VERDICTS]) {
        enum status s;

        stmt_bind_int(set, STMT_FORGET_NOTICES_OF_RUN, 1, f->id);
        s = stmt_run(set, STMT_FORGET_NOTICES_OF_RUN, err);
        if (s)
            return s;
        note_gone(r, h, STORE_KIND_NOTIFICATIONS, (uint64_t)stmt_changes(set));
    }
    for (size_t i = 0; i < ARRAY_LEN(of_a_run); i++) {
        enum store_kind k = of_a_run[i].kind;

        while (f->due[k] && f->rows[k]) {
            uint64_t    n;
            enum status s;

            if (real_ms() >= until_ms)
                return STATUS_OK;
            stmt_bind_int(set, of_a_run[i].forget, 1, f->id);
            stmt_bind_int(set, of_a_run[i].forget, 2, r->portion);
            s = stmt_run(set, of_a_run[i].forget, err);
            if (s)
                return s;
            n = (uint64_t)stmt_changes(set);
            note_gone(r, h, k, n);
            f->rows[k] = n < r->portion || n > f->rows[k] ? 0 : f->rows[k] - n;
        }
    }
    *all = true;
    return STATUS_OK;
}

static enum status
forget_run(struct retention *r, struct stmt_set *set, const struct found *f, struct store_health *h,
           struct err *err)
{
    enum status s;

    stmt_bind_int(set, STMT_FORGET_RUN_STATE, 1, f->id);
    s = stmt_run(set, STMT_FORGET_RUN_STATE, err);
    if (s)
        return s;
    stmt_bind_int(set, STMT_FORGET_RUN, 1, f->id);
    s = stmt_run(set, STMT_FORGET_RUN, err);
    if (!s)
        note_gone(r, h, STORE_KIND_RUNS, 1);
    return s;
}

/* In one transaction what fits into the time; the run is counted again with the next step
 * where something of it is left. */
static enum status
forget_of(struct retention *r, struct stmt_set *set, struct found *f, struct store_health *h,
          struct err *err)
{
    struct retention    before = *r;
    struct store_health was = *h;
    int64_t             began = real_ms();
    bool                all = false;
    enum status         s = stmt_run(set, STMT_BEGIN, err);

    if (s)
        return s;
    s = forget_portions(r, set, f, began + RETENTION_STEP_MS, h, &all, err);
    if (!s && all && f->due[STORE_KIND_RUNS])
        s = forget_run(r, set, f, h, err);
    if (!s)
        s = stmt_run(set, STMT_COMMIT, err);
    if (s) {
        if (!sqlite3_get_autocommit(set->db))
            (void)!stmt_run(set, STMT_ROLLBACK, NULL); /* the first error is the news */
        *r = before;
        *h = was;
        return s;
    }
    if (all) {
        r->run = f->id;
        for (int k = 0; k < STORE_KIND_RUNS; k++)
            r->rows[k] += f->due[k] ? 0 : f->rows[k];
        r->rows[STORE_KIND_RUNS] += !f->due[STORE_KIND_RUNS];
    }
    if (real_ms() - began > RETENTION_STEP_MS && r->portion > LEAST_PORTION)
        r->portion /= 2;
    else if (r->portion < MOST_PORTION)
        r->portion += r->portion / 4;
    return STATUS_OK;
}

/* Over runs that have nothing due until one has, or the time is over. */
static enum status
walk_runs(struct retention *r, struct stmt_set *set, struct store_health *h, struct err *err)
{
    int64_t until = real_ms() + RETENTION_STEP_MS;

    r->due_ms = until;
    do {
        struct found f;
        enum status  s = next_run(r, set, &f, err);

        if (s == STATUS_NO_DATA) {
            r->phase = RETENTION_SERVICES;
            return STATUS_OK;
        }
        if (s)
            return s;
        if (decide(r, &f)) {
            s = forget_of(r, set, &f, h, err);
            r->due_ms = real_ms() + RETENTION_PAUSE_MS;
            return s;
        }
        r->run = f.id;
        for (int k = 0; k <= STORE_KIND_RUNS; k++)
            r->rows[k] += f.rows[k];
    } while (real_ms() < until);
    return STATUS_OK;
}

/* What goes before: all where there is too much, for its age, or nothing. */
static int64_t
cut_of(const struct retention *r, enum store_kind k)
{
    if (r->excess[k])
        return INT64_MAX;
    return r->keep.of[k].age_ms ? r->now_ms - r->keep.of[k].age_ms : INT64_MIN;
}

static int64_t
portion_of(const struct retention *r, enum store_kind k)
{
    return r->excess[k] && r->excess[k] < r->portion ? (int64_t)r->excess[k] : r->portion;
}

/* A portion of one service's placebos; the service is done when less than that was due. */
static enum status
walk_services(struct retention *r, struct stmt_set *set, struct store_health *h, struct err *err)
{
    int64_t     portion = portion_of(r, STORE_KIND_PLACEBOS), id, n;
    enum status s;

    stmt_bind_int(set, STMT_FORGET_SERVICE, 1, r->service);
    s = number(set, STMT_FORGET_SERVICE, &id, err);
    if (s || !id) {
        r->phase = RETENTION_LOOSE;
        return s;
    }
    stmt_bind_int(set, STMT_FORGET_PLACEBOS, 1, id);
    stmt_bind_int(set, STMT_FORGET_PLACEBOS, 2, portion);
    stmt_bind_int(set, STMT_FORGET_PLACEBOS, 3, cut_of(r, STORE_KIND_PLACEBOS));
    s = stmt_run(set, STMT_FORGET_PLACEBOS, err);
    if (s)
        return s;
    n = stmt_changes(set);
    note_gone(r, h, STORE_KIND_PLACEBOS, (uint64_t)n);
    r->due_ms = real_ms() + (n ? RETENTION_PAUSE_MS : 0);
    if (n == portion)
        return STATUS_OK;
    r->service = id;
    stmt_bind_int(set, STMT_FORGET_PLACEBOS_COUNT, 1, id);
    s = number(set, STMT_FORGET_PLACEBOS_COUNT, &n, err);
    r->rows[STORE_KIND_PLACEBOS] += (uint64_t)n;
    return s;
}

/* Everything older than the cut goes at once: the outbox's targets bound it. */
static enum status
forget_notices(struct retention *r, struct stmt_set *set, struct store_health *h, struct err *err)
{
    int64_t     cut = cut_of(r, STORE_KIND_NOTIFICATIONS), n = 0;
    enum status s;

    stmt_bind_int(set, STMT_FORGET_NOTICES_COUNT, 1, cut);
    s = number(set, STMT_FORGET_NOTICES_COUNT, &n, err);
    if (!s && n) {
        s = stmt_run(set, STMT_BEGIN, err);
        if (s)
            return s;
        stmt_bind_int(set, STMT_FORGET_NOTICES_NOTE, 1, cut);
        s = stmt_run(set, STMT_FORGET_NOTICES_NOTE, err);
        stmt_bind_int(set, STMT_FORGET_NOTICES, 1, cut);
        if (!s)
            s = stmt_run(set, STMT_FORGET_NOTICES, err);
        if (!s)
            s = stmt_run(set, STMT_COMMIT, err);
        if (s) {
            (void)!stmt_run(set, STMT_ROLLBACK, NULL);
            return s;
        }
        note_gone(r, h, STORE_KIND_NOTIFICATIONS, (uint64_t)n);
    }
    stmt_bind_int(set, STMT_FORGET_NOTICES_COUNT, 1, INT64_MAX);
    if (!s)
        s = number(set, STMT_FORGET_NOTICES_COUNT, &n, err);
    r->rows[STORE_KIND_NOTIFICATIONS] = (uint64_t)n;
    return s;
}

/* What the walk counted, and what of it is over its size. */
static enum status
end_walk(struct retention *r, struct stmt_set *set, struct store_health *h, struct err *err)
{
    enum status s = stmt_step(set, STMT_FORGET_WIDTHS, err);
    bool        again = false;

    for (int k = 0; !s && k < STORE_KIND_COUNT; k++) {
        uint64_t width = row_bytes[k] + (uint64_t)stmt_int(set, STMT_FORGET_WIDTHS, k);
        uint64_t max = r->keep.of[k].max_bytes;

        h->rows[k] = r->rows[k];
        h->bytes[k] = r->rows[k] * width;
        r->excess[k] = max && h->bytes[k] > max ? (h->bytes[k] - max + width - 1) / width : 0;
        again = again || r->excess[k];
    }
    stmt_reset(set, STMT_FORGET_WIDTHS);
    h->walked_wall_ms = r->now_ms;
    /* Where a walk for size found nothing to delete, all that is left is of live runs. */
    r->phase = again && (r->gone || !h->over_size) ? RETENTION_RUNS : RETENTION_VACUUM;
    h->over_size = again;
    return s;
}

/* A portion of the texts of labels; *more: it was full. */
static enum status
forget_labels(struct retention *r, struct stmt_set *set, bool *more, struct err *err)
{
    enum status s = stmt_run(set, STMT_FORGET_LABELS_NOTE, err);

    if (s)
        return s;
    stmt_bind_int(set, STMT_FORGET_LABELS, 2, r->portion);
    s = stmt_run(set, STMT_FORGET_LABELS, err);
    *more = !s && stmt_changes(set) == r->portion;
    return s;
}

static enum status
walk_loose(struct retention *r, struct stmt_set *set, struct store_health *h, struct err *err)
{
    int64_t     portion = portion_of(r, STORE_KIND_GATE_CALLS), n = 0;
    bool        more = false;
    enum status s;

    r->due_ms = real_ms() + RETENTION_PAUSE_MS;
    stmt_bind_int(set, STMT_FORGET_CALLS, 1, cut_of(r, STORE_KIND_GATE_CALLS));
    stmt_bind_int(set, STMT_FORGET_CALLS, 2, portion);
    s = stmt_run(set, STMT_FORGET_CALLS, err);
    if (s)
        return s;
    note_gone(r, h, STORE_KIND_GATE_CALLS, (uint64_t)stmt_changes(set));
    if (stmt_changes(set) == portion)
        return STATUS_OK; /* more with the next step */
    s = forget_labels(r, set, &more, err);
    if (s || more)
        return s;
    stmt_bind_int(set, STMT_FORGET_CALLS_COUNT, 2, MOST_CALLS_COUNTED);
    s = number(set, STMT_FORGET_CALLS_COUNT, &n, err);
    r->rows[STORE_KIND_GATE_CALLS] += (uint64_t)n;
    if (!s)
        s = forget_notices(r, set, h, err);
    if (!s)
        s = end_walk(r, set, h, err);
    if (r->phase == RETENTION_RUNS) {
        r->phase = RETENTION_REST; /* begins again at once */
        r->due_ms = real_ms() + RETENTION_PAUSE_MS;
    }
    return s;
}

static void
rest(struct retention *r)
{
    r->phase = RETENTION_REST;
    r->due_ms = real_ms() + (r->keep.every_ms ? r->keep.every_ms : RETENTION_EVERY_MS);
}

/* Pages that deleting left free are used again; a file that stays much larger than what
 * is in it becomes smaller, 64 pages at a time. */
static enum status
vacuum(struct retention *r, struct stmt_set *set, struct err *err)
{
    int64_t     pages, spare;
    enum status s = database_number(set->db, "PRAGMA page_count", &pages, err);

    if (!s)
        s = database_number(set->db, "PRAGMA freelist_count", &spare, err);
    if (s)
        return s;
    if (spare < LEAST_FREE_PAGES || spare < pages / FREE_SHARE) {
        rest(r);
        return STATUS_OK;
    }
    r->due_ms = real_ms() + RETENTION_PAUSE_MS;
    return database_exec(set->db, VACUUM_SQL, err);
}

enum status
retention_step(struct retention *r, struct stmt_set *set, int64_t wall_ms, struct store_health *h,
               struct err *err)
{
    enum status s = STATUS_OK;

    switch (r->phase) {
    case RETENTION_REST:
        s = begin_walk(r, set, wall_ms, err);
        break;
    case RETENTION_RUNS:
        s = walk_runs(r, set, h, err);
        break;
    case RETENTION_SERVICES:
        s = walk_services(r, set, h, err);
        break;
    case RETENTION_LOOSE:
        s = walk_loose(r, set, h, err);
        break;
    case RETENTION_VACUUM:
        s = vacuum(r, set, err);
        break;
    }
    if (s)
        rest(r);
    return s;
}
