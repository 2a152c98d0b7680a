/* labels.h - label sets as integers: equal sets have equal ids. */
#ifndef PROMQL_LABELS_H
#define PROMQL_LABELS_H

#include "base/arena.h"
#include "base/text.h"
#include "promql/symbols.h"

struct label {
    uint32_t name, value; /* symbols; value is never SYMBOLS_EMPTY inside a set */
};

/* Borrowed, sorted by the bytes of the names, each name once. */
struct labels {
    const struct label *at;
    uint32_t            n;
};

enum {
    LABELS_NONE = 0,               /* the id of {} in every pool */
    LABELS_LOCAL = (int)0x40000000 /* symbols from here on are the pool's own */
};

/* What one query knows of labels: the symbols of its source, those it made
 * itself (label_replace, names in its text), and the sets met so far.  Lives in
 * the query's arena; one thread.  Fields below the line are labels.c's. */
struct labels_pool {
    uint32_t    metric_name, type, unit; /* symbols of __name__, __type__, __unit__ */
    uint32_t    bucket;                  /* of le */
    enum status status;                  /* STATUS_LIMIT once a limit was passed; sticky */
    /* --- */
    struct arena         *arena;
    const struct symbols *base;
    uint32_t              n_base;
    size_t                made_bytes, max_bytes;
    struct slice         *made; /* texts of local symbols */
    uint32_t             *made_slots;
    uint32_t              n_made, cap_made, cap_made_slots;
    struct label         *work; /* a set being put together */
    uint32_t              cap_work;
    struct labels        *sets;
    uint64_t             *set_hashes;
    uint32_t             *set_slots;
    uint32_t              n_sets, cap_sets, cap_set_slots;
};

/* base: the source's table, NULL for none.  Its symbols are the pool's too,
 * those added to it later excepted.  max_bytes bounds what the pool takes
 * from the arena for texts and sets; past it status is STATUS_LIMIT and every
 * new text is SYMBOLS_EMPTY, every new set LABELS_NONE: ask status once after
 * each batch. */
void labels_pool_init(struct labels_pool *p, struct arena *a, const struct symbols *base,
                      size_t max_bytes);

/* Equal texts have equal symbols within a pool. */
uint32_t     labels_symbol(struct labels_pool *p, struct slice text);
struct slice labels_text(const struct labels_pool *p, uint32_t symbol);

/* Symbol of the value, SYMBOLS_EMPTY if there is no such label. */
static inline uint32_t
labels_get(struct labels set, uint32_t name)
{
    for (uint32_t i = 0; i < set.n; i++)
        if (set.at[i].name == name)
            return set.at[i].value;
    return SYMBOLS_EMPTY;
}

/* Id of a set (copied); ids are dense from 0, so they can index arrays. */
uint32_t labels_id(struct labels_pool *p, struct labels set);

/* The set of an id; stays where it is until the arena goes. */
static inline struct labels
labels_of(const struct labels_pool *p, uint32_t id)
{
    return p->sets[id];
}

/* Ids of what is left of a set: only these names (as "by" and "on" do), or all
 * but these names (names[] in any order, repeats do no harm).  Nothing is
 * implied: "without" and "ignoring" name metric_name themselves. */
uint32_t labels_keep(struct labels_pool *p, struct labels set, const uint32_t *names, size_t n);
uint32_t labels_drop(struct labels_pool *p, struct labels set, const uint32_t *names, size_t n);

/* Without __name__, __type__ and __unit__. */
uint32_t labels_drop_name(struct labels_pool *p, struct labels set);

/* A set under change.  The pool's memory; reuse one builder for many sets. */
struct labels_builder {
    struct labels_pool *pool;
    struct label       *at;
    uint32_t            n, cap;
};

void     labels_builder_start(struct labels_builder *b, struct labels_pool *p, struct labels from);
void     labels_builder_set(struct labels_builder *b, uint32_t name,
                            uint32_t value); /* EMPTY: remove */
uint32_t labels_builder_get(const struct labels_builder *b, uint32_t name);
uint32_t labels_builder_id(struct labels_builder *b);

/* Prometheus's order: name by name, then value, bytewise; a prefix is less
 * (model/labels, Compare).  0 if and only if equal. */
int labels_compare(const struct labels_pool *p, struct labels a, struct labels b);

/* Sort ids[] by labels_compare(). */
void labels_sort(const struct labels_pool *p, uint32_t *ids, size_t n);

/* {__name__="up", job="api"}: as error texts quote a set (Labels.String()). */
void labels_write(const struct labels_pool *p, struct labels set, struct text *to);

/* up{job="api"}: as people write a series.  {} where nothing is left. */
void labels_write_series(const struct labels_pool *p, struct labels set, struct text *to);

/* Whether the text can be a label's name in Prometheus 3: UTF-8, not empty. */
bool labels_name_valid(struct slice name);

#endif
