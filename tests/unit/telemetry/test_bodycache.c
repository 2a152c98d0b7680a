#include "telemetry/bodycache.h"
#include "tests/support/check.h"
#include "tests/support/prng.h"

#include "base/base.h"

#include <stdlib.h>
#include <string.h>

enum { KINDS = 400, MOST_LINES = 300, LINE_BYTES = 120 };

/* A body of numbered lines; those near each other look alike, as an exporter's do. */
struct body {
    int    kind[MOST_LINES];
    size_t n;
    char   text[MOST_LINES * LINE_BYTES];
    size_t at[MOST_LINES + 1];
};

static void
write_body(struct body *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        int k = b->kind[i];

        b->at[i] = n;
        n += (size_t)(k % 7 ? snprintf(b->text + n, LINE_BYTES,
                                       "m%d_bucket{a=\"%d\",code=\"%d\",le=\"%d.5\"}", k / 100,
                                       k / 20 * 37 % 1000, k / 10, k)
                            : snprintf(b->text + n, LINE_BYTES, "m%d", k));
    }
    b->at[b->n] = n;
}

static struct slice
line(const struct body *b, size_t i)
{
    return (struct slice){b->text + b->at[i], b->at[i + 1] - b->at[i]};
}

static uint64_t
ref_of(int kind)
{
    return (uint64_t)kind + 1000;
}

struct tally {
    size_t   expected, searched, added, gone;
    unsigned seen[KINDS]; /* refs that were taken or have gone, by kind */
};

/* As scrapebody.c does it. */
static void
run(struct bodycache *c, const struct body *b, bool hold, struct tally *t)
{
    struct bodycache_pass p = {.cache = c};
    struct slice          rest;

    *t = (struct tally){0};
    for (size_t i = 0; i < b->n; i++) {
        struct slice series = line(b, i);
        size_t       n;

        rest = (struct slice){series.p, b->at[b->n] - b->at[i]};
        n = bodycache_expected(&p, rest);
        if (n) {
            /* m1 begins m12_bucket: whether it ends there is exposition.h's to say */
            if (n != series.n)
                n = 0;
            else
                t->expected++;
        }
        if (n || bodycache_search(&p, series)) {
            t->searched += !n;
            if (bodycache_hit(&p, series, true) != ref_of(b->kind[i]))
                fail_msg("line %zu has the ref of another", i);
            t->seen[b->kind[i]]++;
        } else {
            bodycache_add(&p, series, ref_of(b->kind[i]), true);
            t->added++;
        }
        if (hold && i % 11 == 0)
            bodycache_hold(&p);
    }
    bodycache_end(&p);
    t->gone = p.n_gone;
    for (uint32_t i = 0; i < p.n_gone; i++)
        t->seen[p.gone[i] - 1000]++;
    bodycache_release_pass(&p);
    assert_int_equal(c->n, b->n);
}

static void
edit(struct body *b, struct prng *r)
{
    size_t at = b->n ? prng_below(r, b->n) : 0, n = prng_below(r, 12) + 1;

    switch (prng_below(r, 4)) {
    case 0: /* some have gone */
        n = n < b->n - at ? n : b->n - at;
        memmove(b->kind + at, b->kind + at + n, (b->n - at - n) * sizeof *b->kind);
        b->n -= n;
        break;
    case 1: /* some have come */
        n = n < MOST_LINES - b->n ? n : MOST_LINES - b->n;
        memmove(b->kind + at + n, b->kind + at, (b->n - at) * sizeof *b->kind);
        for (size_t i = 0; i < n; i++)
            b->kind[at + i] = (int)prng_below(r, KINDS);
        b->n += n;
        break;
    case 2: /* two stand in each other's place */
        if (b->n) {
            size_t with = prng_below(r, b->n);
            int    kind = b->kind[at];

            b->kind[at] = b->kind[with];
            b->kind[with] = kind;
        }
        break;
    default: /* nothing is where it was */
        if (prng_below(r, 8) == 0)
            for (size_t i = 0; i < b->n; i++)
                b->kind[i] = (int)prng_below(r, KINDS);
    }
    write_body(b);
}

/* Whatever comes and goes: no line is taken for another, what was in the cache is
 * either taken or gone, and the same body again is known line by line. */
static void
random_edits(void **state)
{
    struct bodycache c = {0};
    struct body     *b = calloc(1, sizeof *b);
    struct prng      r = {5};
    unsigned         before[KINDS];

    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct tally t;

        memset(before, 0, sizeof before);
        for (size_t i = 0; i < b->n; i++)
            before[b->kind[i]]++;
        for (uint64_t k = prng_below(&r, 3); k > 0; k--)
            edit(b, &r);
        run(&c, b, round % 2, &t);
        assert_memory_equal(t.seen, before, sizeof before);
        run(&c, b, round % 3 == 0, &t);
        assert_int_equal(t.expected, b->n);
        assert_int_equal(t.gone + t.searched + t.added, 0);
    }
    bodycache_release(&c);
    free(b);
}

static void
fill(struct body *b, int from, size_t n)
{
    b->n = n;
    for (size_t i = 0; i < n; i++)
        b->kind[i] = from + (int)i;
    write_body(b);
}

static void
what_came_or_went_costs_itself_only(void **state)
{
    struct bodycache c = {0};
    struct body     *b = calloc(1, sizeof *b);
    struct tally     t;

    (void)state;
    fill(b, 0, 200);
    run(&c, b, false, &t);
    assert_int_equal(t.added, 200);
    /* Ten of them vanish, and ten others come at the same place. */
    for (int i = 0; i < 10; i++)
        b->kind[100 + i] = 300 + i;
    write_body(b);
    run(&c, b, false, &t);
    assert_int_equal(t.added, 10);
    assert_int_equal(t.searched, 1);
    assert_int_equal(t.expected, 189);
    assert_int_equal(t.gone, 10);
    bodycache_release(&c);
    free(b);
}

/* The reason for all this: series texts of some 100 bytes here, 900 with Istio. */
static void
a_line_takes_few_bytes(void **state)
{
    struct bodycache c = {0};
    struct body     *b = calloc(1, sizeof *b);
    struct tally     t;

    (void)state;
    fill(b, 0, 300);
    run(&c, b, false, &t);
    assert_true(bodycache_bytes(&c) < 300 * 40);
    bodycache_release(&c);
    free(b);
}

static void
untracked_lines_leave_no_trace(void **state)
{
    struct bodycache      c = {0};
    struct bodycache_pass p = {.cache = &c};

    (void)state;
    bodycache_add(&p, SLICE_LITERAL("a"), 1, true);
    bodycache_add(&p, SLICE_LITERAL("b"), 2, false);
    bodycache_add(&p, SLICE_LITERAL("c"), 3, true);
    bodycache_renew(&p, 4);
    bodycache_end(&p);
    bodycache_release_pass(&p);
    p = (struct bodycache_pass){.cache = &c};
    assert_int_equal(bodycache_expected(&p, SLICE_LITERAL("a 1")), 1);
    assert_int_equal(bodycache_hit(&p, SLICE_LITERAL("a"), false), 1);
    bodycache_end(&p);
    assert_int_equal(p.n_gone, 1);
    assert_int_equal(p.gone[0], 4);
    assert_int_equal(c.n, 1);
    assert_false(c.lines[0].tracked);
    bodycache_release_pass(&p);
    bodycache_release(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_edits),
        cmocka_unit_test(what_came_or_went_costs_itself_only),
        cmocka_unit_test(a_line_takes_few_bytes),
        cmocka_unit_test(untracked_lines_leave_no_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
