#include "promql/regexglob.h"

#include "base/vec.h"
#include "promql/goquote.h"
#include "promql/runes.h"

#include <stdlib.h>

/* The alternatives of one subtree, written out. */
struct expansion {
    struct regexglob_wild *at;
    size_t                 n, cap;
};

struct builder {
    struct arena *arena;
    size_t        runes; /* spent so far, against REGEXGLOB_MAX_RUNES */
};

/* One code point and no other; surrogates are in no text. */
static bool
is_plain(const struct regextree *t)
{
    return t->kind == REGEXTREE_RUNE && !t->fold && !(t->rune >= 0xd800 && t->rune <= 0xdfff);
}

static bool expand(struct builder *b, const struct regextree *t, struct expansion *out);

static bool
push(struct builder *b, struct expansion *to, struct regexglob_wild one)
{
    if (to->n == REGEXGLOB_MAX_LITERALS || one.n > REGEXGLOB_MAX_RUNES - b->runes)
        return false;
    b->runes += one.n;
    VEC_PUSH(b->arena, to, one);
    return true;
}

static bool
push_runes(struct builder *b, struct expansion *to, const uint32_t *runes, size_t n)
{
    uint32_t *copy = arena_array(b->arena, n, sizeof *copy);

    for (size_t i = 0; i < n; i++)
        copy[i] = runes[i];
    return push(b, to, (struct regexglob_wild){copy, n});
}

/* Each of the left followed by each of the right. */
static bool
cross(struct builder *b, const struct expansion *left, const struct expansion *right,
      struct expansion *out)
{
    for (size_t i = 0; i < left->n; i++) {
        for (size_t j = 0; j < right->n; j++) {
            const struct regexglob_wild *l = &left->at[i], *r = &right->at[j];
            uint32_t                    *runes;

            if (l->n + r->n > REGEXGLOB_MAX_RUNES - b->runes)
                return false;
            runes = arena_array(b->arena, l->n + r->n, sizeof *runes);
            if (l->n)
                memcpy(runes, l->runes, l->n * sizeof *runes);
            if (r->n)
                memcpy(runes + l->n, r->runes, r->n * sizeof *runes);
            if (!push(b, out, (struct regexglob_wild){runes, l->n + r->n}))
                return false;
        }
    }
    return true;
}

/* The child at *i, or all plain code points from there on as one; *i moves. */
static bool
expand_next(struct builder *b, const struct regextree *t, size_t *i, struct expansion *out)
{
    size_t    from = *i;
    uint32_t *runes;

    if (!is_plain(t->sub[from]))
        return expand(b, t->sub[(*i)++], out);
    while (*i < t->n && is_plain(t->sub[*i]))
        ++*i;
    runes = arena_array(b->arena, *i - from, sizeof *runes);
    for (size_t k = from; k < *i; k++)
        runes[k - from] = t->sub[k]->rune;
    return push(b, out, (struct regexglob_wild){runes, *i - from});
}

static bool
expand_concat(struct builder *b, const struct regextree *t, struct expansion *out)
{
    struct expansion so_far = {0};

    for (size_t i = 0; i < t->n;) {
        struct expansion next = {0}, both = {0};
        bool             first = i == 0;

        if (!expand_next(b, t, &i, &next) || (!first && !cross(b, &so_far, &next, &both)))
            return false;
        so_far = first ? next : both;
    }
    *out = so_far;
    return true;
}

static bool
expand_repeat(struct builder *b, const struct regextree *t, struct expansion *out)
{
    static const uint32_t   wild[] = {REGEXGLOB_ANY, REGEXGLOB_REST};
    const struct regextree *sub = t->sub[0];

    if (t->max == REGEXTREE_NO_MAX) {
        if (sub->kind != REGEXTREE_ANY || t->min > 1)
            return false;
        return push_runes(b, out, t->min ? wild : wild + 1, t->min ? 2 : 1);
    }
    if (t->min == 0 && t->max == 1)
        return push_runes(b, out, NULL, 0) && expand(b, sub, out);
    return false;
}

/* A short class of plain code points is as many alternatives. */
static bool
expand_class(struct builder *b, const struct regextree *t, struct expansion *out)
{
    size_t total = 0;

    if (t->class.negative || t->class.n_properties)
        return false;
    for (size_t i = 0; i < t->class.n_ranges; i++) {
        struct regextree_range r = t->class.ranges[i];

        total += r.hi - r.lo + 1;
        if (total > 16 || (r.hi >= 0xd800 && r.lo <= 0xdfff))
            return false;
        for (uint32_t c = r.lo; c <= r.hi; c++)
            if (!push_runes(b, out, &c, 1))
                return false;
    }
    return true;
}

/* Append the alternatives of t. */
static bool
expand(struct builder *b, const struct regextree *t, struct expansion *out)
{
    static const uint32_t any = REGEXGLOB_ANY;
    struct expansion      inner = {0};
    bool                  ok;

    switch (t->kind) {
    case REGEXTREE_EMPTY:
        return push_runes(b, out, NULL, 0);
    case REGEXTREE_RUNE:
        return is_plain(t) && push_runes(b, out, &t->rune, 1);
    case REGEXTREE_ANY:
        return push_runes(b, out, &any, 1);
    case REGEXTREE_CLASS:
        return !t->fold && expand_class(b, t, out);
    case REGEXTREE_GROUP:
        return expand(b, t->sub[0], out);
    case REGEXTREE_ALTERNATE:
        for (size_t i = 0; i < t->n; i++)
            if (!expand(b, t->sub[i], out))
                return false;
        return true;
    case REGEXTREE_CONCAT:
        ok = expand_concat(b, t, &inner);
        for (size_t i = 0; ok && i < inner.n; i++)
            ok = push(b, out, inner.at[i]);
        return ok;
    case REGEXTREE_REPEAT:
        return expand_repeat(b, t, out);
    case REGEXTREE_ANY_NOT_NEWLINE:
    case REGEXTREE_BEGIN_LINE:
    case REGEXTREE_END_LINE:
    case REGEXTREE_BEGIN_TEXT:
    case REGEXTREE_END_TEXT:
    case REGEXTREE_BOUNDARY:
    case REGEXTREE_NO_BOUNDARY:
        return false;
    }
    return false;
}

/* The code points before the first wildcard, as bytes. */
static struct slice
literal_of(struct arena *a, struct regexglob_wild w)
{
    char  *p = arena_alloc(a, w.n * 4);
    size_t n = 0;

    for (size_t i = 0; i < w.n && w.runes[i] < REGEXGLOB_ANY; i++)
        n += runes_write(p + n, w.runes[i]);
    return (struct slice){p, n};
}

static bool
is_wild(struct regexglob_wild w)
{
    for (size_t i = 0; i < w.n; i++)
        if (w.runes[i] >= REGEXGLOB_ANY)
            return true;
    return false;
}

static int
compare_literals(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static size_t
sort_unique(struct slice *at, size_t n)
{
    size_t left = 0;

    if (n == 0)
        return 0;
    qsort(at, n, sizeof *at, compare_literals);
    for (size_t i = 1; i < n; i++)
        if (!slice_equal(at[left], at[i]))
            at[++left] = at[i];
    return left + 1;
}

static struct slice
common(struct slice a, struct slice b)
{
    size_t n = 0;

    while (n < a.n && n < b.n && a.p[n] == b.p[n])
        n++;
    return (struct slice){a.p, n};
}

static bool
collect(struct arena *a, const struct expansion *all, struct regexglob *out)
{
    struct slice          *literals = arena_array(a, all->n, sizeof *literals);
    struct regexglob_wild *wild = arena_array(a, REGEXGLOB_MAX_WILD, sizeof *wild);

    for (size_t i = 0; i < all->n; i++) {
        struct regexglob_wild w = all->at[i];
        struct slice          head = literal_of(a, w);

        out->prefix = i ? common(out->prefix, head) : head;
        if (!is_wild(w)) {
            literals[out->n_literals++] = head;
        } else if (out->n_wild == REGEXGLOB_MAX_WILD) {
            return false;
        } else {
            uint32_t *runes = arena_array(a, w.n, sizeof *runes);

            memcpy(runes, w.runes, w.n * sizeof *runes);
            wild[out->n_wild++] = (struct regexglob_wild){runes, w.n};
        }
    }
    out->n_literals = sort_unique(literals, out->n_literals);
    out->literals = literals;
    out->wild = wild;
    return true;
}

bool
regexglob_build(struct arena *a, const struct regextree *t, struct regexglob *out)
{
    struct arena     scratch = {0};
    struct builder   b = {.arena = &scratch};
    struct expansion all = {0};
    bool             ok;

    *out = (struct regexglob){0};
    ok = expand(&b, t, &all) && collect(a, &all, out);
    arena_release(&scratch);
    return ok;
}

/* The usual way for wildcards: on a mismatch, let the last REST take one more.
 * Earlier ones need not be tried again, as anything they could reach the last
 * one reaches too. */
static bool
match_wild(struct regexglob_wild w, struct slice s)
{
    struct slice retry = {0};
    size_t       i = 0, rest = SIZE_MAX, n;

    for (;;) {
        uint32_t c = 0;

        if (i < w.n && w.runes[i] == REGEXGLOB_REST) {
            if (i + 1 == w.n)
                return true;
            rest = i++;
            retry = s;
            continue;
        }
        if (!s.n && i == w.n)
            return true;
        if (s.n) {
            c = goquote_rune(s, &n);
            if (i < w.n && (w.runes[i] == c || w.runes[i] == REGEXGLOB_ANY)) {
                s = (struct slice){s.p + n, s.n - n};
                i++;
                continue;
            }
        }
        if (rest == SIZE_MAX || !retry.n)
            return false;
        (void)goquote_rune(retry, &n);
        retry = (struct slice){retry.p + n, retry.n - n};
        s = retry;
        i = rest + 1;
    }
}

bool
regexglob_match(const struct regexglob *g, struct slice subject)
{
    size_t lo = 0, hi = g->n_literals;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int    order = slice_compare(subject, g->literals[mid]);

        if (order == 0)
            return true;
        if (order < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    for (size_t i = 0; i < g->n_wild; i++)
        if (match_wild(g->wild[i], subject))
            return true;
    return false;
}

struct slice
regexglob_prefix(struct arena *a, const struct regextree *t)
{
    char  *p;
    size_t n = 0;

    while (t->kind == REGEXTREE_GROUP)
        t = t->sub[0];
    if (t->kind != REGEXTREE_CONCAT)
        return (struct slice){"", 0};
    p = arena_alloc(a, t->n * 4);
    for (size_t i = 0; i < t->n && is_plain(t->sub[i]); i++)
        n += runes_write(p + n, t->sub[i]->rune);
    return (struct slice){p, n};
}
