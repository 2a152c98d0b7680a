#include "tests/support/check.h"

#include "promql/labels.h"
#include "tests/support/prng.h"

#include <string.h>

struct fixture {
    struct arena       arena;
    struct symbols    *symbols;
    struct labels_pool pool;
};

static void
set_up(struct fixture *f)
{
    static const char *const known[] = {"job", "api", "__name__", "up"};
    uint32_t                 symbol;

    f->arena = (struct arena){0};
    f->symbols = symbols_new(1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        assert_int_equal(symbols_add(f->symbols, slice_of(known[i]), &symbol, NULL), STATUS_OK);
    labels_pool_init(&f->pool, &f->arena, f->symbols, 1 << 24);
}

static void
tear_down(struct fixture *f)
{
    arena_release(&f->arena);
    symbols_free(f->symbols);
}

/* "name=value name=value" */
static uint32_t
set_of(struct fixture *f, const char *text)
{
    struct labels_builder b = {0};
    struct slice          rest = slice_of(text);

    labels_builder_start(&b, &f->pool, (struct labels){0});
    while (rest.n) {
        struct slice value = slice_cut(&rest, ' '), name = slice_cut(&value, '=');

        labels_builder_set(&b, labels_symbol(&f->pool, name), labels_symbol(&f->pool, value));
    }
    return labels_builder_id(&b);
}

static void
check_text(struct fixture *f, uint32_t id, const char *want, const char *series)
{
    struct text t;

    text_init(&t, 1 << 12);
    labels_write(&f->pool, labels_of(&f->pool, id), &t);
    assert_string_equal(t.p, want);
    text_clear(&t);
    labels_write_series(&f->pool, labels_of(&f->pool, id), &t);
    assert_string_equal(t.p, series);
    text_release(&t);
}

static void
symbols_of_source_and_pool(void **state)
{
    struct fixture f;
    uint32_t       job, made, late;

    (void)state;
    set_up(&f);
    assert_true(symbols_find(f.symbols, SLICE_LITERAL("job"), &job));
    assert_int_equal(labels_symbol(&f.pool, SLICE_LITERAL("job")), job);
    made = labels_symbol(&f.pool, SLICE_LITERAL("made"));
    assert_true(made >= LABELS_LOCAL);
    assert_int_equal(labels_symbol(&f.pool, SLICE_LITERAL("made")), made);
    assert_true(slice_is(labels_text(&f.pool, made), "made"));
    assert_int_equal(labels_symbol(&f.pool, SLICE_LITERAL("")), SYMBOLS_EMPTY);

    /* What the source learns later has the pool's own symbol, once and for all. */
    made = labels_symbol(&f.pool, SLICE_LITERAL("early"));
    assert_int_equal(symbols_add(f.symbols, SLICE_LITERAL("early"), &late, NULL), STATUS_OK);
    assert_int_equal(symbols_add(f.symbols, SLICE_LITERAL("late"), &late, NULL), STATUS_OK);
    assert_int_equal(labels_symbol(&f.pool, SLICE_LITERAL("early")), made);
    assert_true(labels_symbol(&f.pool, SLICE_LITERAL("late")) >= LABELS_LOCAL);
    tear_down(&f);
}

static void
equal_sets_have_equal_ids(void **state)
{
    struct fixture        f;
    struct labels_builder b = {0};
    uint32_t              a;

    (void)state;
    set_up(&f);
    a = set_of(&f, "job=api __name__=up zone=x");
    assert_int_equal(set_of(&f, "zone=x job=api __name__=up"), a);
    assert_int_not_equal(set_of(&f, "zone=y job=api __name__=up"), a);
    assert_int_equal(set_of(&f, ""), LABELS_NONE);
    check_text(&f, a, "{__name__=\"up\", job=\"api\", zone=\"x\"}", "up{job=\"api\", zone=\"x\"}");
    check_text(&f, LABELS_NONE, "{}", "{}");
    check_text(&f, set_of(&f, "__name__=up"), "{__name__=\"up\"}", "up");

    /* An empty value takes the label away. */
    labels_builder_start(&b, &f.pool, labels_of(&f.pool, a));
    labels_builder_set(&b, labels_symbol(&f.pool, SLICE_LITERAL("zone")), SYMBOLS_EMPTY);
    labels_builder_set(&b, labels_symbol(&f.pool, SLICE_LITERAL("none")), SYMBOLS_EMPTY);
    assert_int_equal(labels_builder_id(&b), set_of(&f, "job=api __name__=up"));
    labels_builder_set(&b, f.pool.metric_name, labels_symbol(&f.pool, SLICE_LITERAL("down")));
    assert_int_equal(labels_builder_id(&b), set_of(&f, "job=api __name__=down"));
    tear_down(&f);
}

static void
keep_and_drop(void **state)
{
    struct fixture f;
    uint32_t       names[3], all;

    (void)state;
    set_up(&f);
    all = set_of(&f, "__name__=up a=1 b=2 c=3 __type__=counter __unit__=s");
    names[0] = labels_symbol(&f.pool, SLICE_LITERAL("c"));
    names[1] = labels_symbol(&f.pool, SLICE_LITERAL("a"));
    names[2] = labels_symbol(&f.pool, SLICE_LITERAL("missing"));
    assert_int_equal(labels_keep(&f.pool, labels_of(&f.pool, all), names, 3),
                     set_of(&f, "a=1 c=3"));
    assert_int_equal(labels_drop(&f.pool, labels_of(&f.pool, all), names, 3),
                     set_of(&f, "__name__=up b=2 __type__=counter __unit__=s"));
    assert_int_equal(labels_keep(&f.pool, labels_of(&f.pool, all), names, 0), LABELS_NONE);
    assert_int_equal(labels_drop(&f.pool, labels_of(&f.pool, all), names, 0), all);
    assert_int_equal(labels_drop_name(&f.pool, labels_of(&f.pool, all)), set_of(&f, "a=1 b=2 c=3"));
    tear_down(&f);
}

/* model/labels, Compare: name by name, then value; a prefix is less. */
static void
order(void **state)
{
    static const char *const rising[] = {"",     "a=1", "a=1 b=1", "a=1 b=2", "a=1 c=0",
                                         "a=10", "a=2", "b=0",     "b=0 c=1", "\xc3\xa9=1"};
    struct fixture           f;
    uint32_t                 ids[ARRAY_LEN(rising)];

    (void)state;
    set_up(&f);
    for (size_t i = 0; i < ARRAY_LEN(rising); i++)
        ids[i] = set_of(&f, rising[ARRAY_LEN(rising) - 1 - i]);
    labels_sort(&f.pool, ids, ARRAY_LEN(ids));
    for (size_t i = 0; i < ARRAY_LEN(rising); i++)
        assert_int_equal(ids[i], set_of(&f, rising[i]));
    for (size_t i = 0; i < ARRAY_LEN(rising); i++)
        for (size_t k = 0; k < ARRAY_LEN(rising); k++) {
            int c = labels_compare(&f.pool, labels_of(&f.pool, ids[i]), labels_of(&f.pool, ids[k]));

            assert_int_equal((c > 0) - (c < 0), (i > k) - (i < k));
        }
    tear_down(&f);
}

/* Go's strconv.Quote; names beyond the classic ones are quoted as well. */
static void
quoting(void **state)
{
    struct fixture        f;
    struct labels_builder b = {0};
    uint32_t              id;

    (void)state;
    set_up(&f);
    labels_builder_start(&b, &f.pool, (struct labels){0});
    labels_builder_set(&b, f.pool.metric_name, labels_symbol(&f.pool, SLICE_LITERAL("a.b")));
    labels_builder_set(&b, labels_symbol(&f.pool, SLICE_LITERAL("x y")),
                       labels_symbol(&f.pool, SLICE_LITERAL("\"\\\n\t\x01\x7f\xc3\xa9\xff")));
    labels_builder_set(&b, labels_symbol(&f.pool, SLICE_LITERAL("z")),
                       labels_symbol(&f.pool, SLICE_LITERAL("\xe2\x80\xa8\xf3\xa0\x80\x81")));
    id = labels_builder_id(&b);
    check_text(&f, id,
               "{__name__=\"a.b\", \"x y\"=\"\\\"\\\\\\n\\t\\x01\\x7f\xc3\xa9\\xff\", "
               "z=\"\\u2028\\U000e0001\"}",
               "{\"a.b\", \"x y\"=\"\\\"\\\\\\n\\t\\x01\\x7f\xc3\xa9\\xff\", "
               "z=\"\\u2028\\U000e0001\"}");
    assert_true(labels_name_valid(SLICE_LITERAL("x y")));
    assert_false(labels_name_valid(SLICE_LITERAL("")));
    assert_false(labels_name_valid(SLICE_LITERAL("\xff")));
    tear_down(&f);
}

static void
a_pool_has_a_maximum(void **state)
{
    struct arena       a = {0};
    struct labels_pool p;
    char               name[32];
    uint32_t           symbol = 1;

    (void)state;
    labels_pool_init(&p, &a, NULL, 4096);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "value-%d", i);
        symbol = labels_symbol(&p, slice_of(name));
        if (symbol == SYMBOLS_EMPTY)
            break;
    }
    assert_int_equal(symbol, SYMBOLS_EMPTY);
    assert_int_equal(p.status, STATUS_LIMIT);
    assert_int_equal(labels_symbol(&p, SLICE_LITERAL("x")), SYMBOLS_EMPTY); /* sticky */
    assert_int_equal(labels_id(&p, (struct labels){&(struct label){1, 2}, 1}), LABELS_NONE);
    arena_release(&a);
}

/* Many random sets: ids are equal exactly where texts are. */
static void
ids_follow_texts(void **state)
{
    struct fixture f;
    struct prng    r = {11};
    uint32_t       id[400];
    char           text[400][64];

    (void)state;
    set_up(&f);
    for (size_t i = 0; i < ARRAY_LEN(id); i++) {
        struct text t;
        char        pairs[64];

        snprintf(pairs, sizeof pairs, "a=%d b=%d c%d=x", (int)prng_below(&r, 6),
                 (int)prng_below(&r, 6), (int)prng_below(&r, 3));
        id[i] = set_of(&f, pairs);
        text_init(&t, 64);
        labels_write(&f.pool, labels_of(&f.pool, id[i]), &t);
        snprintf(text[i], sizeof text[i], "%s", t.p);
        text_release(&t);
        for (size_t k = 0; k < i; k++)
            assert_int_equal(id[i] == id[k], strcmp(text[i], text[k]) == 0);
    }
    tear_down(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_of_source_and_pool),
        cmocka_unit_test(equal_sets_have_equal_ids),
        cmocka_unit_test(keep_and_drop),
        cmocka_unit_test(order),
        cmocka_unit_test(quoting),
        cmocka_unit_test(a_pool_has_a_maximum),
        cmocka_unit_test(ids_follow_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
