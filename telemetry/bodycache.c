#include "telemetry/bodycache.h"

#include "base/heap.h"

#include <stdlib.h>
#include <string.h>

/* How far a search looks: lines that vanish together are mostly those of one
 * version of one service.  Less when the last searches were in vain. */
enum {
    MOST_PATIENCE = 512,
    LEAST_PATIENCE = 32,
    MOST_ALIKE = 2 /* that turn out to be another line */
};

static size_t
middle(const struct bodycache_line *l)
{
    return (size_t)(l->n - l->before - l->behind);
}

size_t
bodycache_expected(const struct bodycache_pass *p, struct slice text)
{
    const struct bodycache_line *l;
    size_t                       n, before, behind;

    if (p->at >= p->cache->n)
        return 0;
    l = &p->cache->lines[p->at];
    n = l->n;
    if (n > text.n)
        return 0;
    before = l->before;
    behind = l->behind;
    if (memcmp(text.p + before, p->cache->text + p->at_text, n - before - behind) != 0)
        return 0;
    if (before && memcmp(text.p, p->above.p, before) != 0)
        return 0;
    if (behind && memcmp(text.p + n - behind, p->above.p + p->above.n - behind, behind) != 0)
        return 0;
    return n;
}

static void
reserve(struct bodycache *c, uint32_t lines, size_t text)
{
    if (lines > c->cap) {
        c->cap = lines + lines / 2 + 16;
        c->lines = heap_grow(c->lines, c->cap, sizeof *c->lines);
    }
    if (text > c->cap_text || !c->text) {
        c->cap_text = text + text / 2 + 256;
        c->text = heap_grow(c->text, c->cap_text, 1);
    }
}

static size_t
common_start(struct slice a, struct slice b)
{
    size_t n = a.n < b.n ? a.n : b.n, i = 0;

    for (uint64_t x, y; i + 8 <= n; i += 8) {
        memcpy(&x, a.p + i, 8);
        memcpy(&y, b.p + i, 8);
        if (x != y)
            break;
    }
    while (i < n && a.p[i] == b.p[i])
        i++;
    return i;
}

/* Of what is left when `used` bytes at the front of both are spoken for. */
static size_t
common_end(struct slice a, struct slice b, size_t used)
{
    size_t n = (a.n < b.n ? a.n : b.n) - used, i = 0;

    for (uint64_t x, y; i + 8 <= n; i += 8) {
        memcpy(&x, a.p + a.n - i - 8, 8);
        memcpy(&y, b.p + b.n - i - 8, 8);
        if (x != y)
            break;
    }
    while (i < n && a.p[a.n - 1 - i] == b.p[b.n - 1 - i])
        i++;
    return i;
}

static void
push(struct bodycache_pass *p, struct slice series, uint64_t ref, bool tracked)
{
    size_t before = common_start(series, p->last), behind = common_end(series, p->last, before);
    size_t n = series.n - before - behind;

    reserve(&p->next, p->next.n + 1, p->next.n_text + n);
    memcpy(p->next.text + p->next.n_text, series.p + before, n);
    p->next.n_text += n;
    p->next.lines[p->next.n++] =
        (struct bodycache_line){.ref = ref,
                                .n = series.n & BODYCACHE_MAX_SERIES_BYTES,
                                .before = before & BODYCACHE_MAX_SERIES_BYTES,
                                .behind = behind & BODYCACHE_MAX_SERIES_BYTES,
                                .tracked = tracked};
}

/* All lines up to here were those of the cache. */
static void
diverge(struct bodycache_pass *p)
{
    if (p->changed)
        return;
    p->changed = true;
    reserve(&p->next, p->cache->n > p->at ? p->cache->n : p->at, p->cache->n_text);
    if (p->at)
        memcpy(p->next.lines, p->cache->lines, p->at * sizeof *p->next.lines);
    if (p->at_text)
        memcpy(p->next.text, p->cache->text, p->at_text);
    p->next.n = p->at;
    p->next.n_text = p->at_text;
}

uint64_t
bodycache_hit(struct bodycache_pass *p, struct slice series, bool tracked)
{
    struct bodycache_line *l = &p->cache->lines[p->at];

    if (p->changed)
        push(p, series, l->ref, tracked);
    else if (l->tracked != tracked)
        l->tracked = tracked;
    p->at++;
    p->at_text += middle(l);
    p->above = p->last = series;
    return l->ref;
}

static void
pass_over(struct bodycache_pass *p)
{
    const struct bodycache_line *l = &p->cache->lines[p->at];

    if (l->tracked) {
        if (p->n_gone == p->cap_gone) {
            p->cap_gone = p->cap_gone ? p->cap_gone * 2 : 64;
            p->gone = heap_grow(p->gone, p->cap_gone, sizeof *p->gone);
        }
        p->gone[p->n_gone++] = l->ref;
    }
    p->at_text += middle(l);
    p->at++;
}

static void
reserve_work(struct bodycache_pass *p, size_t n)
{
    if (p->cap_work < n) {
        p->cap_work = n * 2;
        p->work = heap_grow(p->work, p->cap_work, 1);
    }
}

/* Whether line at is the series: the lines down to it are put together, each from
 * the one above it. */
static bool
is_line(struct bodycache_pass *p, uint32_t at, struct slice series)
{
    const char *text = p->cache->text + p->at_text;
    size_t      n = p->above.n;

    reserve_work(p, n);
    if (n)
        memcpy(p->work, p->above.p, n);
    for (uint32_t i = p->at; i <= at; i++) {
        const struct bodycache_line *l = &p->cache->lines[i];

        reserve_work(p, l->n);
        if (l->behind && l->n != n)
            memmove(p->work + l->n - l->behind, p->work + n - l->behind, l->behind);
        memcpy(p->work + l->before, text, middle(l));
        text += middle(l);
        n = l->n;
    }
    return n == series.n && memcmp(p->work, series.p, n) == 0;
}

bool
bodycache_search(struct bodycache_pass *p, struct slice series)
{
    const struct bodycache *c = p->cache;
    uint32_t                end, at, alike = 0;
    size_t                  text = p->at_text;
    bool                    found = false;

    if (!p->patience)
        p->patience = MOST_PATIENCE;
    end = c->n - p->at > p->patience ? p->at + p->patience : c->n;
    for (at = p->at; at < end && alike < MOST_ALIKE; at++) {
        const struct bodycache_line *l = &c->lines[at];

        if (l->n == series.n && memcmp(series.p + l->before, c->text + text, middle(l)) == 0) {
            found = is_line(p, at, series);
            if (found)
                break;
            alike++;
        }
        text += middle(l);
    }
    if (!found) {
        p->patience = p->patience > 2 * LEAST_PATIENCE ? p->patience / 2 : LEAST_PATIENCE;
        return false;
    }
    p->patience = MOST_PATIENCE;
    if (at > p->at)
        diverge(p);
    while (p->at < at)
        pass_over(p);
    return true;
}

void
bodycache_add(struct bodycache_pass *p, struct slice series, uint64_t ref, bool tracked)
{
    diverge(p);
    push(p, series, ref, tracked);
    p->last = series;
}

void
bodycache_renew(struct bodycache_pass *p, uint64_t ref)
{
    if (p->changed)
        p->next.lines[p->next.n - 1].ref = ref;
    else
        p->cache->lines[p->at - 1].ref = ref;
}

void
bodycache_hold(struct bodycache_pass *p)
{
    char *held = heap_new(p->above.n + p->last.n + 1, 1);

    if (p->above.n)
        memcpy(held, p->above.p, p->above.n);
    if (p->last.n)
        memcpy(held + p->above.n, p->last.p, p->last.n);
    p->above.p = held;
    p->last.p = held + p->above.n;
    free(p->held);
    p->held = held;
}

void
bodycache_end(struct bodycache_pass *p)
{
    uint32_t n = p->at;
    size_t   n_text = p->at_text;

    while (p->at < p->cache->n)
        pass_over(p);
    if (p->changed) {
        struct bodycache *c = &p->next;

        bodycache_release(p->cache);
        c->cap = c->n;
        c->lines = heap_grow(c->lines, c->n ? c->n : 1, sizeof *c->lines);
        c->cap_text = c->n_text;
        c->text = heap_grow(c->text, c->n_text ? c->n_text : 1, 1);
        *p->cache = *c;
        *c = (struct bodycache){0};
    } else {
        p->cache->n = n;
        p->cache->n_text = n_text;
    }
}

void
bodycache_release_pass(struct bodycache_pass *p)
{
    bodycache_release(&p->next);
    free(p->work);
    free(p->held);
    free(p->gone);
    *p = (struct bodycache_pass){0};
}

void
bodycache_release(struct bodycache *c)
{
    free(c->lines);
    free(c->text);
    *c = (struct bodycache){0};
}

size_t
bodycache_bytes(const struct bodycache *c)
{
    return c->cap * sizeof *c->lines + c->cap_text;
}
