#include "analyzer/signalbook.h"

#include "base/heap.h"
#include "base/pack.h"

#include <stdlib.h>

enum {
    KEY_MAX_BYTES = 4096,
    MAX_SKEWED = 3, /* in a row: then it was no other replica */
    OVERHEAD_BYTES = 16,
};

struct signalbook_series {
    struct book_clock    *clock;
    enum mesh_signal      what;
    enum mesh_signal_side side;
    uint64_t              last;
    int64_t               sample_ms; /* of last */
    int64_t               seen_ms;   /* at_ms of the newest snapshot that had it */
    uint32_t              skewed;
    size_t                key_bytes;
    char                  key[];
};

void
signalbook_init(struct signalbook *b)
{
    *b = (struct signalbook){0};
    text_init(&b->key, KEY_MAX_BYTES);
}

void
signalbook_release(struct signalbook *b)
{
    for (size_t i = 0; i < b->n; i++)
        free(b->list[i]);
    free(b->list);
    hash_release(&b->map);
    text_release(&b->key);
}

size_t
signalbook_bytes(const struct signalbook *b)
{
    return b->n * (sizeof(struct signalbook_series) + OVERHEAD_BYTES) + 2 * b->key_bytes +
           b->cap * sizeof(struct signalbook_series *) + naming_map_bytes(&b->map) + b->key.cap;
}

/* A name of Kubernetes is what stands before the first dot of its host. */
static bool
names(struct slice subset, struct slice host, struct slice value)
{
    struct slice rest = host, first = slice_cut(&rest, '.');

    return value.n > 0 &&
           (slice_equal(subset, value) || slice_equal(first, value) || slice_equal(host, value));
}

static bool
one_of(struct slice s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (slice_is(s, list[i]))
            return true;
    return false;
}

enum mesh_signal_side
signalbook_side(const struct ledger_arms *arms, struct slice subset, struct slice host)
{
    /* What Argo's and Flagger's documents call the subsets and the Services. */
    static const char *const canary[] = {"canary"};
    static const char *const baseline[] = {"stable", "primary", "baseline"};
    struct slice             rest = host, first = slice_cut(&rest, '.');

    if (names(subset, host, slice_of(arms->canary)))
        return MESH_SIGNAL_CANARY;
    if (names(subset, host, slice_of(arms->baseline)))
        return MESH_SIGNAL_BASELINE;
    if (one_of(subset, canary, ARRAY_LEN(canary)) || slice_ends(first, "-canary"))
        return MESH_SIGNAL_CANARY;
    if (one_of(subset, baseline, ARRAY_LEN(baseline)) || slice_ends(first, "-stable") ||
        slice_ends(first, "-primary"))
        return MESH_SIGNAL_BASELINE;
    /* Every version that is not the canary is the baseline, where none is named. */
    return subset.n > 0 && arms->baseline[0] == '\0' ? MESH_SIGNAL_BASELINE : MESH_SIGNAL_BOTH;
}

static struct signalbook_series *
add_series(struct signalbook *b, struct slice key)
{
    struct signalbook_series *n;

    if (b->n >= SIGNALBOOK_MAX_SERIES) {
        b->over = true;
        return NULL;
    }
    n = heap_new(1, sizeof *n + key.n);
    n->key_bytes = key.n;
    memcpy(n->key, key.p, key.n);
    if (b->n == b->cap) {
        b->cap = b->cap ? b->cap * 2 : 64;
        b->list = heap_grow(b->list, b->cap, sizeof(struct signalbook_series *));
    }
    b->list[b->n++] = n;
    b->key_bytes += key.n;
    hash_set(&b->map, key, n);
    return n;
}

/* The series of a signal, made where new; *fresh: it has no value yet. */
static struct signalbook_series *
series_of(struct signalbook *b, const struct snapshot_signal *g, struct shelf *clocks,
          const struct ledger_arms *arms, bool *fresh)
{
    struct signalbook_series *series;
    struct slice              key;

    text_clear(&b->key);
    pack_u8(&b->key, (uint8_t)g->what);
    pack_slice(&b->key, g->instance);
    pack_slice(&b->key, g->subset);
    pack_slice(&b->key, g->host);
    key = text_slice(&b->key);
    series = b->key.status == STATUS_OK ? hash_get(&b->map, key) : NULL;
    *fresh = !series;
    if (series || b->key.status != STATUS_OK)
        return series;
    series = add_series(b, key);
    if (!series)
        return NULL;
    series->clock = shelf_clock(clocks, VIEW_USER, g->instance);
    series->what = g->what;
    series->side = signalbook_side(arms, g->subset, g->host);
    return series;
}

static uint64_t
increment(struct signalbook_series *s, uint64_t value)
{
    uint64_t last = s->last;

    if (value >= last) {
        s->skewed = 0;
        s->last = value;
        return value - last;
    }
    if (value > last / 2 && ++s->skewed < MAX_SKEWED)
        return 0;
    s->last = value;
    if (s->skewed > 0) {
        s->skewed = 0;
        return 0;
    }
    return value;
}

/* What a counter adds; a first value that is its past adds nothing. */
static uint64_t
count(struct signalbook *b, struct signalbook_series *s, uint64_t value, int64_t sample_ms,
      bool fresh, uint64_t tick)
{
    bool from_zero = b->opened && s->clock->forgotten_tick != tick;

    if (fresh) {
        s->last = value;
        s->sample_ms = sample_ms;
        return from_zero ? value : 0;
    }
    if (sample_ms <= s->sample_ms)
        return 0;
    s->sample_ms = sample_ms;
    return increment(s, value);
}

/* Series of instances that have been out of sight for long. */
static void
forget(struct signalbook *b, int64_t at_ms)
{
    for (size_t i = b->n; i-- > 0;) {
        struct signalbook_series *s = b->list[i];

        if (at_ms - s->seen_ms <= BOOK_KEEP_MS)
            continue;
        s->clock->forgotten = true;
        (void)hash_remove(&b->map, (struct slice){s->key, s->key_bytes});
        b->key_bytes -= s->key_bytes;
        b->list[i] = b->list[--b->n];
        free(s);
    }
}

static void
take_one(struct signalbook *b, const struct snapshot_signal *g, struct signalbook_series *s,
         uint64_t added, uint64_t sums[MESH_SIGNAL_COUNT][MESH_SIGNAL_SIDES])
{
    struct interval_signal *open = &b->open[s->what][s->side];
    uint64_t                value = (uint64_t)g->value;

    open->reported = true;
    switch (mesh_signal_kind(s->what)) {
    case MESH_SIGNAL_COUNTER:
        open->value += added;
        return;
    case MESH_SIGNAL_SUM:
        sums[s->what][s->side] += value;
        if (sums[s->what][s->side] > open->value)
            open->value = sums[s->what][s->side];
        return;
    case MESH_SIGNAL_MOST:
        if (value > open->value)
            open->value = value;
        return;
    }
}

void
signalbook_take(struct signalbook *b, const struct snapshot *snap, struct shelf *clocks,
                const struct ledger_arms *arms, uint64_t tick)
{
    uint64_t sums[MESH_SIGNAL_COUNT][MESH_SIGNAL_SIDES] = {{0}};

    forget(b, snap->at_ms);
    for (size_t i = 0; i < snap->signals.n; i++) {
        const struct snapshot_signal *g = &snap->signals.at[i];
        bool                          fresh;
        struct signalbook_series     *s;
        int64_t                       sample_ms;

        s = snapshot_signal_valid(g) ? series_of(b, g, clocks, arms, &fresh) : NULL;
        if (!s)
            continue;
        /* The first that come back tell that the instance is one that was forgotten. */
        if (fresh && s->clock->forgotten) {
            s->clock->forgotten = false;
            s->clock->forgotten_tick = tick;
        }
        sample_ms = s->clock->seen_tick == tick ? s->clock->sample_ms : snap->at_ms;
        s->seen_ms = snap->at_ms;
        take_one(b, g, s, count(b, s, (uint64_t)g->value, sample_ms, fresh, tick), sums);
    }
    b->opened = true;
}

void
signalbook_clear(struct signalbook *b)
{
    memset(b->open, 0, sizeof b->open);
}
