#include "promql/unionsource.h"

#include "promql/eval.h"
#include "promql/memsource.h"

#include "tests/support/check.h"
#include "tests/support/evalbed.h"
#include "tests/support/prng.h"
#include "tests/support/promworld.h"

#include <pthread.h>
#include <stdlib.h>

enum { CHILDREN = 3, QUERIES = 1500, WORLDS = 6 };

static uint64_t
pick(void *self, uint64_t n)
{
    return prng_below(self, n);
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The elements of an answer, without notes, in an order of their own: a vector
 * has none. */
static size_t
elements(char *answer, char **at, size_t max)
{
    char  *notes = strstr(answer, " [");
    size_t n = 0;

    if (notes)
        *notes = '\0';
    for (char *rest = answer; rest && n < max; n++) {
        at[n] = rest;
        rest = strstr(rest, "; ");
        if (rest) {
            *rest = '\0';
            rest += 2;
        }
    }
    qsort(at, n, sizeof *at, by_text);
    return n;
}

/* Sums over series differ in their last digits with the order. */
static bool
same_element(const char *a, const char *b)
{
    const char *x = strrchr(a, ' '), *y = strrchr(b, ' ');

    if (strcmp(a, b) == 0)
        return true;
    if (!x || !y || x - a != y - b || strncmp(a, b, (size_t)(x - a)) != 0)
        return false;
    double v = strtod(x, NULL), w = strtod(y, NULL);
    return fabs(v - w) <= 1e-9 * (fabs(v) + 1);
}

static void
ask_both(struct evalbed *one, struct evalbed *many, const char *query)
{
    enum status rc, rc_many;
    char       *want = strdup(evalbed_ask(one, query, &rc));
    char       *got = strdup(evalbed_ask(many, query, &rc_many));
    char       *wanted[200], *gotten[200];

    assert_int_equal(rc_many, rc);
    size_t n = elements(want, wanted, ARRAY_LEN(wanted));
    if (elements(got, gotten, ARRAY_LEN(gotten)) != n && !rc)
        fail_msg("%s: not as many elements", query);
    for (size_t i = 0; i < n && !rc; i++) /* an error names the first offender it met */
        if (!same_element(wanted[i], gotten[i]))
            fail_msg("%s\n  one source: %s\n  a union: %s", query, wanted[i], gotten[i]);
    free(want);
    free(got);
}

/* Each series of `all` into one of the children, in a random order. */
static void
deal_out(struct memsource *all, struct memsource **children, struct prng *r)
{
    struct source           source = memsource_source(all);
    struct source_reader   *reader;
    struct source_selection found;
    struct source_scratch   scratch = {0};
    struct arena            arena = {0};
    const struct matcher    any = {.name = SLICE_LITERAL("__name__"), .op = MATCHER_NOT_EQUAL};
    struct source_query     q = {.matchers = &any,
                                 .n_matchers = 1,
                                 .min_ms = INT64_MIN,
                                 .max_ms = INT64_MAX,
                                 .max_series = 100000};

    assert_int_equal(source.open(source.self, &reader, NULL), STATUS_OK);
    assert_int_equal(reader->select(reader, &q, &arena, &found, NULL), STATUS_OK);
    size_t shift = prng_below(r, found.n);
    for (size_t i = 0; i < found.n; i++) {
        const struct source_series *s = &found.series[(i * 7919 + shift) % found.n];
        struct memsource           *to = children[prng_below(r, CHILDREN)];
        struct memsource_label      labels[16];
        struct source_column        c;
        size_t                      series;

        for (uint32_t k = 0; k < s->labels.n; k++)
            labels[k] =
                (struct memsource_label){symbols_text(reader->symbols, s->labels.at[k].name),
                                         symbols_text(reader->symbols, s->labels.at[k].value)};
        assert_int_equal(memsource_series(to, labels, s->labels.n, &series, NULL), STATUS_OK);
        assert_int_equal(reader->read(reader, s, INT64_MIN, INT64_MAX, &scratch, &c, NULL),
                         STATUS_OK);
        for (size_t k = 0; k < c.n; k++)
            assert_int_equal(memsource_add(to, series, c.t_ms[k], c.value[k], NULL), STATUS_OK);
    }
    reader->close(reader);
    source_scratch_release(&scratch);
    arena_release(&arena);
}

/* A law: series dealt out to several sources answer as when they are in one. */
static void
a_union_answers_as_one_source(void **state)
{
    struct prng r = {1};

    (void)state;
    for (int world = 0; world < WORLDS; world++) {
        struct promgen      g = {.pick = pick, .self = &r, .by_value_only = true};
        struct evalbed      one, many;
        struct memsource   *child[CHILDREN];
        struct source       source[CHILDREN];
        struct unionsource *u;
        struct text         query;

        evalbed_init(&one);
        evalbed_init(&many);
        promworld_fill(&g, one.series, true);
        for (int i = 0; i < CHILDREN; i++) {
            child[i] = memsource_new();
            source[i] = memsource_source(child[i]);
        }
        deal_out(one.series, child, &r);
        u = unionsource_new(source, CHILDREN);
        many.inner = unionsource_source(u);
        one.request.start_ms = many.request.start_ms = PROMWORLD_END_MS / 2;
        text_init(&query, 1 << 20);
        for (int i = 0; i < QUERIES / WORLDS; i++) {
            text_clear(&query);
            promgen_vector(&g, &query, 3);
            ask_both(&one, &many, query.p);
        }
        text_release(&query);
        unionsource_free(u);
        for (int i = 0; i < CHILDREN; i++)
            memsource_free(child[i]);
        evalbed_release(&one);
        evalbed_release(&many);
    }
}

static void
add(struct memsource *m, const char *name, const char *job, double value)
{
    const struct memsource_label labels[] = {{SLICE_LITERAL("__name__"), slice_of(name)},
                                             {SLICE_LITERAL("job"), slice_of(job)}};
    size_t                       series;

    assert_int_equal(memsource_series(m, labels, 2, &series, NULL), STATUS_OK);
    assert_int_equal(memsource_add(m, series, 0, value, NULL), STATUS_OK);
}

struct pair {
    struct memsource   *a, *b;
    struct unionsource *u;
    struct evalbed      bed;
};

static void
pair_init(struct pair *p)
{
    p->a = memsource_new();
    p->b = memsource_new();
    const struct source both[] = {memsource_source(p->a), memsource_source(p->b)};
    p->u = unionsource_new(both, 2);
    evalbed_init(&p->bed);
    p->bed.inner = unionsource_source(p->u);
}

static void
pair_release(struct pair *p)
{
    evalbed_release(&p->bed);
    unionsource_free(p->u);
    memsource_free(p->a);
    memsource_free(p->b);
}

static void
check_answer(struct pair *p, const char *query, const char *want)
{
    enum status rc;

    assert_string_equal(evalbed_ask(&p->bed, query, &rc), want);
}

static void
the_first_source_wins(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    add(p.a, "up", "mesh", 1);
    add(p.b, "up", "mesh", 2);
    add(p.b, "up", "agents", 3);
    check_answer(&p, "sort(up)", "up{job=\"mesh\"} 1; up{job=\"agents\"} 3");
    check_answer(&p, "count(up)", "{} 2");
    pair_release(&p);
}

/* A text that first only the second source has, then the first as well, is one
 * label all the same; so is one that the query itself makes. */
static void
tables_grow_between_queries(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p);
    check_answer(&p, "count(up) or vector(0)", "{} 0");
    add(p.b, "up", "late", 1);
    check_answer(&p, "sum by (job) (up)", "{job=\"late\"} 1");
    add(p.a, "down", "late", 5);
    check_answer(&p, "sum by (job) (up + on (job) down)", "{job=\"late\"} 6");
    check_answer(&p,
                 "sum by (job) (label_replace(vector(7), \"job\", \"late\", \"\", \"\")"
                 " + on (job) up)",
                 "{job=\"late\"} 8");
    add(p.b, "up", "later", 2);
    add(p.a, "up", "later", 4);
    check_answer(&p, "sort(up)", "up{job=\"late\"} 1; up{job=\"later\"} 4");
    pair_release(&p);
}

static void
limits_hold_over_all(void **state)
{
    struct pair p;
    enum status rc;

    (void)state;
    pair_init(&p);
    for (int i = 0; i < 6; i++) {
        char job[16];
        (void)snprintf(job, sizeof job, "job-%d", i);
        add(i % 2 ? p.a : p.b, "up", job, i);
    }
    p.bed.request.limits.max_series = 6;
    (void)evalbed_ask(&p.bed, "up", &rc);
    assert_int_equal(rc, STATUS_OK);
    p.bed.request.limits.max_series = 5;
    (void)evalbed_ask(&p.bed, "up", &rc);
    assert_int_equal(rc, STATUS_LIMIT);
    pair_release(&p);
}

static void
none_and_one(void **state)
{
    struct memsource *m = memsource_new();
    struct source     one = memsource_source(m);

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        struct unionsource *u = unionsource_new(&one, n);
        struct evalbed      bed;
        enum status         rc;

        evalbed_init(&bed);
        bed.inner = unionsource_source(u);
        add(m, "up", "mesh", 1);
        assert_string_equal(evalbed_ask(&bed, "count(up) or vector(0)", &rc), n ? "{} 1" : "{} 0");
        evalbed_release(&bed);
        unionsource_free(u);
    }
    memsource_free(m);
}

/* A source of one series whose name is the newest text of a table that another
 * thread adds to; now and then it begins a new table. */
struct growing {
    pthread_mutex_t lock; /* of what follows, not of the tables */
    struct symbols *tables[8];
    int             n;
    bool            renew;
};

struct growing_reader {
    struct source_reader base;
    struct label         label;
};

static enum status
growing_select(struct source_reader *base, const struct source_query *q, struct arena *a,
               struct source_selection *out, struct err *err)
{
    struct growing_reader *r = (struct growing_reader *)base;
    struct source_series  *s = arena_array(a, 1, sizeof *s);

    (void)q;
    (void)err;
    *s = (struct source_series){{&r->label, 1}, 7};
    *out = (struct source_selection){s, 1};
    return STATUS_OK;
}

static void
growing_close(struct source_reader *r)
{
    free(r);
}

static enum status
growing_open(void *self, struct source_reader **out, struct err *err)
{
    struct growing        *g = self;
    struct growing_reader *r = calloc(1, sizeof *r);

    (void)err;
    (void)pthread_mutex_lock(&g->lock);
    r->base.symbols = g->tables[g->n - 1];
    (void)pthread_mutex_unlock(&g->lock);
    uint32_t newest = symbols_count(r->base.symbols) - 1;
    r->label = (struct label){newest, newest};
    r->base.select = growing_select;
    r->base.close = growing_close;
    *out = &r->base;
    return STATUS_OK;
}

/* Texts "0", "1", …: in all tables the same ones, at different symbols. */
static void *
grow(void *ctx)
{
    struct growing *g = ctx;
    struct symbols *s = g->tables[0];

    for (int i = 0; i < 4000; i++) {
        char     text[16];
        uint32_t symbol;
        int      n = snprintf(text, sizeof text, "%d", g->renew ? i : 4000 - i);

        if (g->renew && i % 1000 == 999) {
            s = symbols_new(1 << 20);
            assert_int_equal(symbols_add(s, SLICE_LITERAL("first"), &symbol, NULL), STATUS_OK);
        }
        assert_int_equal(symbols_add(s, (struct slice){text, (size_t)n}, &symbol, NULL), STATUS_OK);
        (void)pthread_mutex_lock(&g->lock);
        if (s != g->tables[g->n - 1])
            g->tables[g->n++] = s;
        (void)pthread_mutex_unlock(&g->lock);
    }
    return NULL;
}

/* Whatever grows meanwhile, in one view equal texts have equal symbols, and a
 * symbol is found by its text. */
static void *
watch(void *ctx)
{
    struct source      *source = ctx;
    struct source_query q = {.max_series = 100};

    for (int i = 0; i < 2000; i++) {
        struct source_reader   *r;
        struct source_selection found;
        struct arena            arena = {0};

        assert_int_equal(source->open(source->self, &r, NULL), STATUS_OK);
        assert_int_equal(r->select(r, &q, &arena, &found, NULL), STATUS_OK);
        assert_in_range(found.n, 1, 2);
        for (size_t k = 0; k < found.n; k++) {
            uint32_t symbol = found.series[k].labels.at[0].value, again;

            assert_true(symbol < symbols_count(r->symbols));
            assert_true(symbols_find(r->symbols, symbols_text(r->symbols, symbol), &again));
            assert_int_equal(again, symbol);
        }
        r->close(r);
        arena_release(&arena);
    }
    return NULL;
}

static void
readers_while_tables_grow(void **state)
{
    struct growing      g[2] = {{.n = 1, .renew = false}, {.n = 1, .renew = true}};
    struct source       both[] = {{growing_open, &g[0]}, {growing_open, &g[1]}};
    struct unionsource *u = unionsource_new(both, 2);
    struct source       source = unionsource_source(u);
    pthread_t           thread[4];
    uint32_t            symbol;

    (void)state;
    for (int i = 0; i < 2; i++) {
        (void)pthread_mutex_init(&g[i].lock, NULL);
        g[i].tables[0] = symbols_new(1 << 20);
        assert_int_equal(symbols_add(g[i].tables[0], SLICE_LITERAL("first"), &symbol, NULL),
                         STATUS_OK);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, grow, &g[i]), 0);
    for (int i = 2; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, watch, &source), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    unionsource_free(u);
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < g[i].n; k++)
            symbols_free(g[i].tables[k]);
        (void)pthread_mutex_destroy(&g[i].lock);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_union_answers_as_one_source),
        cmocka_unit_test(the_first_source_wins),
        cmocka_unit_test(tables_grow_between_queries),
        cmocka_unit_test(limits_hold_over_all),
        cmocka_unit_test(none_and_one),
        cmocka_unit_test(readers_while_tables_grow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
