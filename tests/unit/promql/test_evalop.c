#include "tests/support/check.h"

#include "promql/evalop.h"
#include "promql/value.h"

#include <string.h>

#define GONE value_absent()

struct op_case {
    enum binary_op   op;
    enum evalop_form form;
    double           l, r, want;
};

static void
check_bits(const struct op_case *c, double got)
{
    /* Bit for bit: absent is a NaN, and no NaN may pass for it. */
    if (value_is_absent(c->want) != value_is_absent(got))
        fail_msg("%g %s %g: %s", c->l, ast_binary_text(c->op), c->r,
                 value_is_absent(got) ? "absent" : "there");
    if (!value_is_absent(got))
        check_close(got, c->want, 1e-15);
}

/* vectorElemBinop of promql/engine.go; % is C's fmod: the dividend's sign. */
static void
test_operators(void **state)
{
    const struct op_case cases[] = {
        {BINARY_ADD, EVALOP_LEFT, 2, 3, 5},
        {BINARY_SUB, EVALOP_LEFT, 2, 3, -1},
        {BINARY_MUL, EVALOP_LEFT, 2, 3, 6},
        {BINARY_DIV, EVALOP_LEFT, 1, -4, -0.25},
        {BINARY_DIV, EVALOP_LEFT, 0, 0, NAN},
        {BINARY_MOD, EVALOP_LEFT, -7, 3, -1},
        {BINARY_MOD, EVALOP_LEFT, 7, -3, 1},
        {BINARY_MOD, EVALOP_LEFT, 7, 0, NAN},
        {BINARY_POW, EVALOP_LEFT, 2, -1, 0.5},
        {BINARY_ATAN2, EVALOP_LEFT, 0, -1, 3.141592653589793},
        {BINARY_ADD, EVALOP_LEFT, NAN, 3, NAN},
        {BINARY_ADD, EVALOP_LEFT, GONE, 3, GONE},
        {BINARY_ADD, EVALOP_LEFT, 3, GONE, GONE},
        {BINARY_EQUAL, EVALOP_LEFT, 3, 3, 3},
        {BINARY_EQUAL, EVALOP_LEFT, 3, 4, GONE},
        {BINARY_EQUAL, EVALOP_LEFT, NAN, NAN, GONE},
        {BINARY_NOT_EQUAL, EVALOP_LEFT, NAN, 4, NAN}, /* of NaN only != holds */
        {BINARY_NOT_EQUAL, EVALOP_BOOL, NAN, NAN, 1},
        {BINARY_LESS, EVALOP_RIGHT, 3, 4, 4}, /* 3 < vector: the vector's value stays */
        {BINARY_LESS, EVALOP_BOOL, 4, 3, 0},
        {BINARY_LESS_EQUAL, EVALOP_LEFT, 4, 4, 4},
        {BINARY_GREATER, EVALOP_LEFT, 4, 4, GONE},
        {BINARY_GREATER_EQUAL, EVALOP_RIGHT, 5, 4, 4},
        {BINARY_GREATER, EVALOP_BOOL, GONE, 1, GONE}, /* bool makes no point where none is */
    };

    (void)state;
    for (const struct op_case *c = cases; c < cases + ARRAY_LEN(cases); c++) {
        double l[] = {c->l, c->l}, r[] = {c->r, c->r}, out[2];
        evalop_rows(c->op, c->form, l, r, out, 2);
        check_bits(c, out[0]);
        check_bits(c, out[1]);
        evalop_rows(c->op, c->form, l, r, l, 2); /* in place */
        check_bits(c, l[1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_operators)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
