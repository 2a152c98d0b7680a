#include "tests/support/check.h"

#include "promql/rowset.h"

/* Three series of one metric, as a source has them; rows that know their ids
 * from the start must answer every question alike. */
struct fixture {
    struct arena       arena;
    struct labels_pool pool;
    struct labels      raw[3];
    uint32_t           unknown[3], known[3];
    bool               drops[3];
    uint32_t           job, code;
    struct rowset      lazy, eager;
};

static struct labels
set_of(struct fixture *f, const char *job, const char *code, const char *unit)
{
    struct labels_builder b = {0};

    labels_builder_start(&b, &f->pool, (struct labels){0});
    labels_builder_set(&b, f->pool.metric_name, labels_symbol(&f->pool, SLICE_LITERAL("hits")));
    labels_builder_set(&b, f->job, labels_symbol(&f->pool, slice_of(job)));
    labels_builder_set(&b, f->code, labels_symbol(&f->pool, slice_of(code)));
    labels_builder_set(&b, f->pool.unit, labels_symbol(&f->pool, slice_of(unit)));
    return labels_of(&f->pool, labels_builder_id(&b));
}

static void
set_up(struct fixture *f)
{
    *f = (struct fixture){.drops = {false, true, false}};
    labels_pool_init(&f->pool, &f->arena, NULL, 1 << 20);
    f->job = labels_symbol(&f->pool, SLICE_LITERAL("job"));
    f->code = labels_symbol(&f->pool, SLICE_LITERAL("code"));
    f->raw[0] = set_of(f, "a", "200", "");
    f->raw[1] = set_of(f, "a", "500", "");
    f->raw[2] = set_of(f, "a", "500", "bytes"); /* without name and unit, a twin of 1 */
    for (size_t i = 0; i < 3; i++) {
        f->unknown[i] = ROWSET_UNKNOWN;
        f->known[i] = labels_id(&f->pool, f->raw[i]);
    }
    f->lazy = (struct rowset){
        .n = 3, .raw = f->raw, .ids = f->unknown, .drops = f->drops, .distinct = true};
    f->eager = (struct rowset){.n = 3, .ids = f->known, .drops = f->drops, .distinct = true};
}

static void
check_same(struct fixture *f, const struct rowset *a, const struct rowset *b)
{
    uint32_t names[] = {f->code, f->pool.metric_name, f->pool.unit};

    assert_int_equal(a->n, b->n);
    for (size_t n = 0; n <= ARRAY_LEN(names); n++) {
        for (int keep = 0; keep < 2; keep++) {
            struct rowset_cut ca = rowset_cut_new(&f->pool, &f->arena, a, names, n, keep);
            struct rowset_cut cb = rowset_cut_new(&f->pool, &f->arena, b, names, n, keep);
            for (size_t i = 0; i < a->n; i++)
                assert_int_equal(rowset_cut(&f->pool, a, &ca, i), rowset_cut(&f->pool, b, &cb, i));
        }
    }
    for (size_t i = 0; i < a->n; i++) {
        for (size_t k = 0; k < ARRAY_LEN(names); k++)
            assert_int_equal(rowset_get(&f->pool, a, i, names[k]),
                             rowset_get(&f->pool, b, i, names[k]));
        assert_int_equal(a->drops[i], b->drops[i]);
        assert_int_equal(rowset_id(&f->pool, a, i), rowset_id(&f->pool, b, i));
    }
}

static void
test_lazy_is_as_eager(void **state)
{
    const uint32_t which[] = {2, 0};
    struct fixture f;

    (void)state;
    set_up(&f);
    struct rowset lazy = rowset_nameless(&f.pool, &f.arena, &f.lazy);
    struct rowset eager = rowset_nameless(&f.pool, &f.arena, &f.eager);
    check_same(&f, &lazy, &eager);
    assert_int_equal(rowset_id(&f.pool, &lazy, 1), rowset_id(&f.pool, &lazy, 2));
    assert_false(lazy.distinct || eager.distinct);
    assert_int_equal(rowset_get(&f.pool, &lazy, 2, f.pool.metric_name), SYMBOLS_EMPTY);

    lazy = rowset_pick(&f.arena, &lazy, which, 2);
    eager = rowset_pick(&f.arena, &eager, which, 2);
    check_same(&f, &lazy, &eager);
    check_same(&f, &f.lazy, &f.eager); /* what was made from it has not changed it */
    arena_release(&f.arena);
}

/* Nobody asks for an id where labels are only cut out. */
static void
test_nothing_is_interned(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    struct rowset     rows = rowset_nameless(&f.pool, &f.arena, &f.lazy);
    struct rowset_cut cut = rowset_cut_new(&f.pool, &f.arena, &rows, &f.job, 1, true);
    (void)rowset_cut(&f.pool, &rows, &cut, 0);
    uint32_t sets = f.pool.n_sets;
    assert_int_equal(rowset_cut(&f.pool, &rows, &cut, 1), rowset_cut(&f.pool, &rows, &cut, 2));
    assert_int_equal(f.pool.n_sets, sets);
    assert_int_equal(rows.ids[1], ROWSET_UNKNOWN);
    arena_release(&f.arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lazy_is_as_eager),
        cmocka_unit_test(test_nothing_is_interned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
