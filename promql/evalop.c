#include "promql/evalop.h"

#include "promql/value.h"

#include <assert.h>
#include <math.h>

/* One loop per operator: the operator is chosen once a row, not once a value. */
#define EACH(expression)                                                                           \
    for (size_t k = 0; k < n; k++) {                                                               \
        const double a = l[k], b = r[k];                                                           \
        const int    gone = (int)value_is_absent(a) | (int)value_is_absent(b);                     \
        out[k] = gone ? value_absent() : (expression);                                             \
    }                                                                                              \
    break

static inline double
told(bool holds, enum evalop_form form, double a, double b)
{
    if (form == EVALOP_BOOL)
        return holds ? 1 : 0;
    if (!holds)
        return value_absent();
    return form == EVALOP_LEFT ? a : b;
}

static void
compare(enum binary_op op, enum evalop_form form, const double *l, const double *r, double *out,
        size_t n)
{
    switch (op) {
    case BINARY_EQUAL:
        EACH(told(a == b, form, a, b));
    case BINARY_NOT_EQUAL:
        EACH(told(a != b, form, a, b));
    case BINARY_LESS_EQUAL:
        EACH(told(a <= b, form, a, b));
    case BINARY_LESS:
        EACH(told(a < b, form, a, b));
    case BINARY_GREATER_EQUAL:
        EACH(told(a >= b, form, a, b));
    case BINARY_GREATER:
        EACH(told(a > b, form, a, b));
    case BINARY_OR:
    case BINARY_AND:
    case BINARY_UNLESS:
    case BINARY_ADD:
    case BINARY_SUB:
    case BINARY_MUL:
    case BINARY_DIV:
    case BINARY_MOD:
    case BINARY_ATAN2:
    case BINARY_POW:
    case BINARY_COUNT:
        assert(ast_binary_class(op) == BINARY_COMPARISON);
    }
}

void
evalop_rows(enum binary_op op, enum evalop_form form, const double *l, const double *r, double *out,
            size_t n)
{
    switch (op) {
    case BINARY_ADD:
        EACH(a + b);
    case BINARY_SUB:
        EACH(a - b);
    case BINARY_MUL:
        EACH(a * b);
    case BINARY_DIV:
        EACH(a / b);
    case BINARY_MOD:
        EACH(fmod(a, b));
    case BINARY_ATAN2:
        EACH(atan2(a, b));
    case BINARY_POW:
        EACH(pow(a, b));
    case BINARY_EQUAL:
    case BINARY_NOT_EQUAL:
    case BINARY_LESS_EQUAL:
    case BINARY_LESS:
    case BINARY_GREATER_EQUAL:
    case BINARY_GREATER:
        compare(op, form, l, r, out, n);
        break;
    case BINARY_OR:
    case BINARY_AND:
    case BINARY_UNLESS:
    case BINARY_COUNT:
        assert(ast_binary_class(op) != BINARY_SET);
    }
}
