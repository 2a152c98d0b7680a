/* symbols.h - label names and values as numbers: one text, one symbol. */
#ifndef PROMQL_SYMBOLS_H
#define PROMQL_SYMBOLS_H

#include "base/err.h"
#include "base/slice.h"

enum {
    SYMBOLS_EMPTY = 0, /* "" in every table: an absent label has this value */
    SYMBOLS_MAX = 0x3fffffff,
};

/* A table that only grows.  One thread writes, any number read at the same
 * time without a lock; texts never move.  A store that wants to forget texts
 * starts a new table and frees the old one when its last reader has gone. */
struct symbols;

struct symbols *symbols_new(size_t max_bytes); /* of all texts together */

/* The writer's thread only: as many from now on; what is there stays. */
void symbols_limit(struct symbols *s, size_t max_bytes);
void symbols_free(struct symbols *s);

/* The writer's thread only.  STATUS_LIMIT: max_bytes or SYMBOLS_MAX reached. */
enum status symbols_add(struct symbols *s, struct slice text, uint32_t *symbol,
                        struct err *err) MUST_CHECK;
size_t      symbols_bytes(const struct symbols *s); /* of memory; likewise the writer's */

/* Any thread. */
bool         symbols_find(const struct symbols *s, struct slice text, uint32_t *symbol);
struct slice symbols_text(const struct symbols *s, uint32_t symbol); /* lives as long as s */
uint32_t     symbols_count(const struct symbols *s); /* all symbols below it can be read */

/* Differs between any two tables of one process, a freed one included. */
uint64_t symbols_serial(const struct symbols *s);

/* Two tables as one, to read: the symbols of low below n_low, and behind them
 * those of high below n_high.  A text that both have is low's.  Both outlive the
 * view, which symbols_free() ends. */
struct symbols *symbols_view(const struct symbols *low, uint32_t n_low, const struct symbols *high,
                             uint32_t n_high);

#endif
