#include "store/healthbook.h"

#include "base/log.h"
#include "store/database.h"

#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

enum { SIZES_EVERY_MS = 1000 };

void
healthbook_init(struct healthbook *b, const struct clock *clock)
{
    *b = (struct healthbook){.clock = clock};
    pthread_mutex_init(&b->lock, NULL);
}

void
healthbook_release(struct healthbook *b)
{
    pthread_mutex_destroy(&b->lock);
}

void
healthbook_fault(struct healthbook *b, enum store_fault fault, bool detached, const struct err *err)
{
    pthread_mutex_lock(&b->lock);
    b->health.failing = true;
    b->health.detached = detached;
    b->health.failed_commits++;
    b->health.fault = fault;
    b->health.damaged |= fault == STORE_FAULT_CORRUPT;
    b->health.last_fault = *err;
    b->health.last_fault_mono_ms = clock_mono_ms(b->clock);
    b->health.last_fault_wall_ms = clock_wall_ms(b->clock);
    pthread_mutex_unlock(&b->lock);
}

void
healthbook_commit(struct healthbook *b, int64_t us)
{
    pthread_mutex_lock(&b->lock);
    b->health.failing = b->health.detached = false;
    b->health.fault = STORE_FAULT_NONE;
    b->health.last_commit_mono_ms = clock_mono_ms(b->clock);
    b->health.last_commit_wall_ms = clock_wall_ms(b->clock);
    storehealth_note_commit(&b->health, us);
    pthread_mutex_unlock(&b->lock);
}

/* The store's turn to failing and back. */
static void
log_failing(struct healthbook *b, const struct store_health *h)
{
    if (h->failing == b->logged_failing)
        return;
    b->logged_failing = h->failing;
    if (h->failing)
        log_event(LOG_LEVEL_ERROR, "store_failing",
                  log_text("fault", storehealth_fault_text(h->fault)),
                  log_text("error", h->last_fault.text),
                  log_text("remedy", storehealth_fault_remedy(h->fault)));
    else
        log_event(LOG_LEVEL_INFO, "store_recovered");
}

void
healthbook_units(struct healthbook *b, uint64_t units, uint64_t failed)
{
    struct store_health h;

    pthread_mutex_lock(&b->lock);
    b->health.units += units;
    b->health.failed_units += failed;
    h = b->health;
    pthread_mutex_unlock(&b->lock);
    log_failing(b, &h);
}

static uint64_t
size_of(const char *path)
{
    struct stat st;

    return path && *path && stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

void
healthbook_sizes(struct healthbook *b, struct sqlite3 *db)
{
    const char *path = db ? sqlite3_db_filename(db, "main") : NULL;
    int64_t     now = clock_mono_ms(&clock_system), spare = 0, page = 0;
    uint64_t    file, wal;

    if (!path || now < b->sized_ms + SIZES_EVERY_MS)
        return;
    b->sized_ms = now;
    file = size_of(path);
    wal = size_of(sqlite3_filename_wal(path));
    if (database_number(db, "PRAGMA freelist_count", &spare, NULL) ||
        database_number(db, "PRAGMA page_size", &page, NULL))
        spare = page = 0;
    pthread_mutex_lock(&b->lock);
    b->health.file_bytes = file;
    b->health.wal_bytes = wal;
    b->health.free_bytes = (uint64_t)spare * (uint64_t)page;
    pthread_mutex_unlock(&b->lock);
}

void
healthbook_forgot(struct healthbook *b, const struct store_health *h)
{
    pthread_mutex_lock(&b->lock);
    memcpy(b->health.rows, h->rows, sizeof h->rows);
    memcpy(b->health.bytes, h->bytes, sizeof h->bytes);
    memcpy(b->health.deleted, h->deleted, sizeof h->deleted);
    b->health.walked_wall_ms = h->walked_wall_ms;
    b->health.over_size = h->over_size;
    pthread_mutex_unlock(&b->lock);
}

struct store_health
healthbook_read(struct healthbook *b)
{
    struct store_health h;

    pthread_mutex_lock(&b->lock);
    h = b->health;
    pthread_mutex_unlock(&b->lock);
    return h;
}
