#include "tests/replay/play_series.h"

#include "base/heap.h"

#include <stdlib.h>

/* Kept longer than any catching up goes back: 15 minutes, and lookback. */
enum { KEEP_MS = 40 * 60 * 1000, LOOKBACK_MS = 5 * 60 * 1000, KEY_BYTES = 64 << 10 };

bool
play_series_set(struct play_labels *l, struct slice name, struct slice value)
{
    size_t i = 0;
    bool   found;

    while (i < l->n && slice_compare(l->at[i].name, name) < 0)
        i++;
    found = i < l->n && slice_equal(l->at[i].name, name);
    if (value.n == 0) {
        if (found) {
            memmove(&l->at[i], &l->at[i + 1], (l->n - i - 1) * sizeof l->at[0]);
            l->n--;
        }
        return true;
    }
    if (!found) {
        if (l->n == PLAY_SERIES_LABELS)
            return false;
        memmove(&l->at[i + 1], &l->at[i], (l->n - i) * sizeof l->at[0]);
        l->n++;
    }
    l->at[i] = (struct play_label){name, value};
    return true;
}

struct slice
play_series_label(const struct play_labels *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (slice_is(l->at[i].name, name))
            return l->at[i].value;
    return (struct slice){0};
}

bool
play_series_same(const struct play_labels *a, const struct play_labels *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!slice_equal(a->at[i].name, b->at[i].name) ||
            !slice_equal(a->at[i].value, b->at[i].value))
            return false;
    return true;
}

void
play_series_release(struct play_series_db *db)
{
    for (size_t i = 0; i < db->list.n; i++)
        for (size_t r = 0; r < PLAY_SERIES_REPLICAS; r++)
            free(db->list.at[i]->track[r].at);
    hash_release(&db->by_key);
    arena_release(&db->arena);
    *db = (struct play_series_db){0};
}

struct play_series *
play_series_of(struct play_series_db *db, const struct play_labels *l)
{
    struct text         key;
    struct play_series *s;

    text_init(&key, KEY_BYTES);
    for (size_t i = 0; i < l->n; i++) {
        text_put(&key, l->at[i].name);
        text_putc(&key, '\0');
        text_put(&key, l->at[i].value);
        text_putc(&key, '\0');
    }
    s = hash_get(&db->by_key, text_slice(&key));
    if (!s) {
        s = arena_new(&db->arena, struct play_series);
        s->labels.n = l->n;
        for (size_t i = 0; i < l->n; i++)
            s->labels.at[i] = (struct play_label){arena_slice(&db->arena, l->at[i].name),
                                                  arena_slice(&db->arena, l->at[i].value)};
        hash_set(&db->by_key, text_slice(&key), s);
        VEC_PUSH(&db->arena, &db->list, s);
    }
    text_release(&key);
    return s;
}

void
play_series_add(struct play_series *s, unsigned replica, struct play_point p)
{
    struct play_track *t = &s->track[replica];
    size_t             old = 0;

    if (t->n == t->cap) {
        while (old < t->n && t->at[old].at_ms < p.at_ms - KEEP_MS)
            old++;
        if (old >= t->n / 2 && old > 0) {
            memmove(t->at, t->at + old, (t->n - old) * sizeof *t->at);
            t->n -= old;
        } else {
            t->cap = t->cap ? 2 * t->cap : 64;
            t->at = heap_grow(t->at, t->cap, sizeof *t->at);
        }
    }
    t->at[t->n++] = p;
}

const struct play_point *
play_series_at(const struct play_series *s, unsigned replica, int64_t at_ms, int64_t known_ms)
{
    const struct play_track *t = &s->track[replica];
    size_t                   i = t->n;

    while (i > 0 && (t->at[i - 1].at_ms > at_ms || t->at[i - 1].at_ms > known_ms))
        i--;
    if (i == 0 || t->at[i - 1].stale || t->at[i - 1].at_ms <= at_ms - LOOKBACK_MS)
        return NULL;
    return &t->at[i - 1];
}
