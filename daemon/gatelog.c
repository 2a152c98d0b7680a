#include "daemon/gatelog.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

/* Gates that are asked about at one time: 2,000 runs at a handful of gates
 * each.  Beyond it calls are stored singly, not forgotten. */
enum { MOST_ENTRIES = 20000, MINUTE_MS = 60000 };

struct entry {
    char                run[ULID_BYTES];
    char                gate[40], stage[16];
    enum verdict        verdict;
    enum verdict_reason reason;
    int                 http_code;
    uint64_t            count; /* not stored yet */
    int64_t             since_ms;
};

struct gatelog {
    struct store       *store;
    const struct clock *clock;
    struct hash_map     last; /* "run gate stage" to struct entry */
};

struct gatelog *
gatelog_new(struct store *store, const struct clock *clock)
{
    struct gatelog *g = heap_new(1, sizeof *g);

    g->store = store;
    g->clock = clock;
    return g;
}

static void
store_entry(struct gatelog *g, struct entry *e, int64_t now_ms)
{
    struct record_gate_call row = {.at_ms = now_ms,
                                   .gate = slice_of(e->gate),
                                   .stage = slice_of(e->stage),
                                   .http_code = e->http_code,
                                   .verdict = e->verdict,
                                   .reason = e->reason,
                                   .count = e->count};

    memcpy(row.run, e->run, sizeof row.run);
    if (store_submit(g->store, &(struct store_commit){.gate_call = &row}, NULL, NULL))
        return; /* the count stays, and is tried again */
    e->count = 0;
    e->since_ms = now_ms;
}

static bool
same(const struct entry *e, const struct port_told *t)
{
    return e->verdict == t->verdict && e->reason == t->reason && e->http_code == t->http_code;
}

void
gatelog_told(struct gatelog *g, const struct port_told *told)
{
    const char   *stage = told->question->stage == QUESTION_STEP ? "step" : "promote";
    char          key[128];
    int           n = snprintf(key, sizeof key, "%s %.40s %s", told->run, told->gate, stage);
    struct slice  k = {key, (size_t)n};
    struct entry *e = hash_get(&g->last, k);
    int64_t       now = clock_wall_ms(g->clock);
    struct entry  single = {0};

    if (e && same(e, told)) {
        e->count++;
        return;
    }
    if (e && e->count)
        store_entry(g, e, now);
    if (e && e->count)
        log_event(LOG_LEVEL_WARN, "gate_calls_lost", log_text("run", e->run),
                  log_text("gate", e->gate), log_int("calls", (int64_t)e->count));
    if (!e && g->last.n < MOST_ENTRIES) {
        e = heap_new(1, sizeof *e);
        hash_set(&g->last, k, e);
    } else if (!e) {
        e = &single;
    }
    memcpy(e->run, told->run, sizeof e->run);
    snprintf(e->gate, sizeof e->gate, "%s", told->gate);
    snprintf(e->stage, sizeof e->stage, "%s", stage);
    e->verdict = told->verdict;
    e->reason = told->reason;
    e->http_code = told->http_code;
    e->count = 1;
    store_entry(g, e, now);
}

/* One pass over the map; entries that were quiet for a minute are dropped. */
void
gatelog_flush(struct gatelog *g, bool all)
{
    int64_t      now = clock_wall_ms(g->clock);
    size_t       at = 0, n_quiet = 0;
    struct slice key, quiet[64];
    void        *v;

    while (hash_next(&g->last, &at, &key, &v)) {
        struct entry *e = v;

        if (!all && now - e->since_ms < MINUTE_MS)
            continue;
        if (e->count)
            store_entry(g, e, now);
        else if (n_quiet < ARRAY_LEN(quiet))
            quiet[n_quiet++] = key;
    }
    for (size_t i = 0; i < n_quiet; i++)
        free(hash_remove(&g->last, quiet[i]));
}

void
gatelog_free(struct gatelog *g)
{
    size_t       at = 0;
    struct slice key;
    void        *v;

    if (!g)
        return;
    while (hash_next(&g->last, &at, &key, &v))
        free(v);
    hash_release(&g->last);
    free(g);
}
