/* The small parts: draws, agenda, flags, bounds. */
#include "tests/unit/meshsim/mesh.h"

enum { DRAWS = 200000 };

/* Moments of the uniform, exponential and normal distributions, within five
 * standard errors. */
static void
test_chance(void **state)
{
    struct sim_chance c, same;
    double            u = 0, e = 0, n = 0, n2 = 0;
    uint32_t          seen[7] = {0};

    (void)state;
    sim_chance_seed(&c, 42, 3);
    same = c;
    for (int i = 0; i < DRAWS; i++) {
        double x = sim_chance_uniform(&c), z;

        assert_true(x >= 0 && x < 1);
        u += x;
        e += sim_chance_exponential(&c);
        z = sim_chance_normal(&c);
        n += z;
        n2 += z * z;
        seen[sim_chance_below(&c, 7)]++;
    }
    check_close(u / DRAWS, 0.5, 5 * sqrt(1.0 / 12 / DRAWS));
    check_close(e / DRAWS, 1, 5 * sqrt(1.0 / DRAWS));
    check_close(n / DRAWS, 0, 5 * sqrt(1.0 / DRAWS));
    check_close(n2 / DRAWS, 1, 5 * sqrt(2.0 / DRAWS));
    for (size_t i = 0; i < ARRAY_LEN(seen); i++)
        mesh_check_share("below", seen[i], DRAWS, 1.0 / 7);
    sim_chance_seed(&c, 42, 3);
    assert_memory_equal(&c, &same, sizeof c);
    sim_chance_seed(&c, 42, 4);
    assert_memory_not_equal(&c, &same, sizeof c);
}

static void
hurry(void *ctx, struct sim_event *e)
{
    if (e->index % 3 == 0)
        e->at_us = *(const int64_t *)ctx;
}

/* Whatever is pushed and edited comes out by time, and in the order of
 * pushing within one instant. */
static void
test_agenda(void **state)
{
    struct sim_agenda a = {0};
    struct sim_chance c;
    struct sim_event  e, last = {.at_us = -1};
    int64_t           now = 5;
    size_t            n = 0;

    (void)state;
    sim_chance_seed(&c, 1, 1);
    for (uint32_t i = 0; i < 3000; i++)
        sim_agenda_push(&a, (struct sim_event){.at_us = 5 + sim_chance_below(&c, 400), .index = i});
    sim_agenda_edit(&a, hurry, &now);
    assert_false(sim_agenda_pop(&a, 4, &e));
    while (sim_agenda_pop(&a, INT64_MAX, &e)) {
        assert_true(e.at_us > last.at_us || (e.at_us == last.at_us && e.order > last.order));
        assert_true(e.index % 3 != 0 || e.at_us == 5);
        last = e;
        n++;
    }
    assert_int_equal(n, 3000);
    sim_agenda_release(&a);
}

static void
test_flags(void **state)
{
    static const struct {
        uint16_t    flags;
        const char *text;
    } cases[] = {
        {0, "-"},
        {SIM_FLAG(UT), "UT"},
        {SIM_FLAG(UF) | SIM_FLAG(URX), "UF,URX"},
        {SIM_FLAG(URX) | SIM_FLAG(DI) | SIM_FLAG(UC), "UC,DI,URX"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[SIM_FLAGS_BYTES];

        sim_outcome_flags_text(cases[i].flags, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void
test_bounds(void **state)
{
    static const struct {
        bool     exclusive;
        uint64_t value;
        size_t   bucket;
    } cases[] = {{false, 0, 0},  {false, 1, 1},   {false, 2, 2},        {false, 5, 2},
                 {true, 5, 3},   {false, 24, 4},  {false, 25, 4},       {true, 25, 5},
                 {true, 100, 7}, {false, 100, 6}, {false, 3600000, 18}, {false, 3600001, 19}};
    struct sim_bounds b = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sim_histogram h = {0};

        sim_bounds_observe(&sim_bounds_istio, cases[i].exclusive, &h, cases[i].value);
        assert_int_equal(h.bucket[cases[i].bucket], 1);
        assert_int_equal(h.count, 1);
        assert_int_equal(h.sum, cases[i].value);
    }
    assert_int_equal(sim_bounds_push(&b, slice_of("0.5")), STATUS_OK);
    assert_int_equal(sim_bounds_push(&b, slice_of("0.5")), STATUS_RANGE);
    assert_int_equal(sim_bounds_push(&b, slice_of("+Inf")), STATUS_RANGE);
    assert_int_equal(sim_bounds_push(&b, slice_of("x")), STATUS_SYNTAX);
    assert_int_equal(sim_bounds_push(&b, slice_of("1.00000000000000000")), STATUS_LIMIT);
    assert_int_equal(b.n, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chance),
        cmocka_unit_test(test_agenda),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
