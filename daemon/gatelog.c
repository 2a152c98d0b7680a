#include "daemon/gatelog.h"

#include "base/counter.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/log.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* Gates that are asked about at one time: 2,000 runs at a handful of gates
 * each.  Beyond it calls are stored singly, not forgotten. */
enum { MOST_ENTRIES = 20000, MINUTE_MS = 60000, KEY_BYTES = 128 };

struct entry {
    char                run[ULID_BYTES];
    char                gate[40], stage[16];
    enum verdict        verdict;
    enum verdict_reason reason;
    int                 http_code;
    uint64_t            count; /* not stored yet */
    int64_t             since_ms;
    int64_t             told_mono_ms; /* when the loop last heard of it, or was to */
    double              weight;       /* that was said then */
};

struct gatelog {
    struct store       *store;
    const struct clock *clock;
    pthread_mutex_t     lock; /* of last, entries too */
    struct hash_map     last; /* run, gate and stage to struct entry */
    struct counter      lost;
    uint64_t            lost_said; /* by the loop */
};

struct gatelog *
gatelog_new(struct store *store, const struct clock *clock)
{
    struct gatelog *g = heap_new(1, sizeof *g);

    g->store = store;
    g->clock = clock;
    pthread_mutex_init(&g->lock, NULL);
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

void
gatelog_lose(struct gatelog *g, uint64_t calls)
{
    counter_add(&g->lost, calls);
}

uint64_t
gatelog_lost(const struct gatelog *g)
{
    return counter_get(&g->lost);
}

/* At most once a second, whatever a full queue costs. */
static void
say_lost(struct gatelog *g)
{
    uint64_t lost = gatelog_lost(g);

    if (lost > g->lost_said)
        log_event(LOG_LEVEL_WARN, "gate_calls_lost",
                  log_int("calls", (int64_t)(lost - g->lost_said)));
    g->lost_said = lost;
}

static bool
same(const struct entry *e, const struct port_told *t)
{
    return e->verdict == t->verdict && e->reason == t->reason && e->http_code == t->http_code;
}

static const char *
stage_of(const struct port_told *t)
{
    return t->question->stage == QUESTION_STEP ? "step" : "promote";
}

/* No printf: this is asked for with every call. */
static struct slice
key_of(const struct port_told *t, char buf[KEY_BYTES])
{
    size_t n = strnlen(t->gate, 40);

    memcpy(buf, t->run, ULID_BYTES);
    buf[ULID_BYTES] = t->question->stage == QUESTION_STEP ? 's' : 'p';
    memcpy(buf + ULID_BYTES + 1, t->gate, n);
    return (struct slice){buf, ULID_BYTES + 1 + n};
}

bool
gatelog_repeats(struct gatelog *g, const struct port_told *told)
{
    char          buf[KEY_BYTES];
    struct slice  k = key_of(told, buf);
    double        weight = told->question->weight;
    int64_t       now = clock_mono_ms(g->clock);
    struct entry *e;
    bool          again, repeats;

    pthread_mutex_lock(&g->lock);
    e = hash_get(&g->last, k);
    again = e && same(e, told) && (isnan(weight) || weight == e->weight);
    repeats = again && now - e->told_mono_ms < GATELOG_REPEAT_MS;
    if (repeats)
        e->count++;
    else if (again) /* now it hears: once, and not from each call that comes before it has */
        e->told_mono_ms = now;
    pthread_mutex_unlock(&g->lock);
    return repeats;
}

/* The entry to count in; the lock is held. */
static struct entry *
entry_for(struct gatelog *g, struct slice k, struct entry *single)
{
    struct entry *e;

    if (g->last.n >= MOST_ENTRIES)
        return single;
    e = heap_new(1, sizeof *e);
    hash_set(&g->last, k, e);
    return e;
}

static void
note_another(struct gatelog *g, struct entry *e, const struct port_told *told, int64_t now)
{
    memcpy(e->run, told->run, sizeof e->run);
    snprintf(e->gate, sizeof e->gate, "%s", told->gate);
    snprintf(e->stage, sizeof e->stage, "%s", stage_of(told));
    e->verdict = told->verdict;
    e->reason = told->reason;
    e->http_code = told->http_code;
    e->count = 1;
    store_entry(g, e, now);
}

void
gatelog_told(struct gatelog *g, const struct port_told *told)
{
    char         buf[KEY_BYTES];
    struct slice k = key_of(told, buf);
    int64_t      now = clock_wall_ms(g->clock);
    struct entry single = {0}, *e;

    pthread_mutex_lock(&g->lock);
    e = hash_get(&g->last, k);
    if (e && same(e, told)) {
        e->count++;
    } else {
        if (e && e->count)
            store_entry(g, e, now);
        if (e)
            gatelog_lose(g, e->count);
        if (!e)
            e = entry_for(g, k, &single);
        note_another(g, e, told, now);
        gatelog_lose(g, single.count); /* nobody tries it again */
    }
    e->told_mono_ms = clock_mono_ms(g->clock);
    e->weight = told->question->weight;
    pthread_mutex_unlock(&g->lock);
}

/* One pass over the map; entries that were quiet for a minute are dropped. */
void
gatelog_flush(struct gatelog *g, bool all)
{
    int64_t      now = clock_wall_ms(g->clock);
    size_t       at = 0, n_quiet = 0;
    struct slice key, quiet[64];
    void        *v;

    pthread_mutex_lock(&g->lock);
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
    pthread_mutex_unlock(&g->lock);
    say_lost(g);
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
    pthread_mutex_destroy(&g->lock);
    free(g);
}
