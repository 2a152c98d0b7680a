#include "promql/function.h"

/* The words of function.def. */
#define SCALAR EXPR_SCALAR
#define STRING EXPR_STRING
#define VECTOR EXPR_VECTOR
#define MATRIX EXPR_MATRIX
#define MANY FUNCTION_MANY
#define STEP FUNCTION_STEP
#define NATIVE FUNCTION_NATIVE
#define EXPERIMENTAL FUNCTION_EXPERIMENTAL

#define COUNT_OF(...) (sizeof((int[]){0, ##__VA_ARGS__}) / sizeof(int) - 1)

static const struct function table[FUNCTION_COUNT] = {
#define FUNCTION(id, name, result, extra, flags, ...)                                              \
    [FUNCTION_##id] = {name, result, extra, flags, COUNT_OF(__VA_ARGS__), {__VA_ARGS__}},
#include "promql/function.def"
#undef FUNCTION
};

/* Behind feature flags of Prometheus 3.x, and not built here. */
static const char *const elsewhere[] = {
    "end",   "histogram_quantiles", "info", "max_of", "min_of", "range",
    "start", "start_timestamp",     "step"};

const struct function *
function_get(enum function_id id)
{
    return &table[id];
}

enum function_id
function_find(struct slice name)
{
    enum function_id id = 0;

    while (id < FUNCTION_COUNT && !slice_is(name, table[id].name))
        id++;
    return id;
}

bool
function_not_enabled(struct slice name)
{
    for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
        if (slice_is(name, elsewhere[i]))
            return true;
    return false;
}

void
function_arity(const struct function *f, size_t *min, size_t *max)
{
    *min = *max = f->n_listed;
    if (f->extra == 0)
        return;
    *min = f->n_listed - 1;
    *max = f->extra == FUNCTION_MANY ? SIZE_MAX : *min + (size_t)f->extra;
}

enum expr_type
function_arg_type(const struct function *f, size_t i)
{
    return f->args[i < f->n_listed ? i : f->n_listed - 1];
}
