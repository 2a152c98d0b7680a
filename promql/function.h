/* function.h - the functions of the language: names, argument and result types. */
#ifndef PROMQL_FUNCTION_H
#define PROMQL_FUNCTION_H

#include "base/slice.h"
#include "promql/exprtype.h"

enum function_id {
#define FUNCTION(id, ...) FUNCTION_##id,
#include "promql/function.def"
#undef FUNCTION
    FUNCTION_COUNT
};

enum function_flag {
    FUNCTION_STEP = 1,         /* not step-invariant even over pinned selectors */
    FUNCTION_NATIVE = 2,       /* native histograms only */
    FUNCTION_EXPERIMENTAL = 4, /* behind a feature flag upstream */
};

enum { FUNCTION_MANY = -1, FUNCTION_MAX_LISTED = 5 };

struct function {
    const char    *name;
    enum expr_type result;
    int            extra; /* as in function.def */
    unsigned       flags; /* enum function_flag */
    size_t         n_listed;
    enum expr_type args[FUNCTION_MAX_LISTED];
};

const struct function *function_get(enum function_id id);

/* Case matters.  FUNCTION_COUNT: there is none. */
enum function_id function_find(struct slice name);

/* Prometheus knows the name behind a feature flag, and it is not built here. */
bool function_not_enabled(struct slice name);

/* How many arguments a call may have; *max is SIZE_MAX without a limit. */
void function_arity(const struct function *f, size_t *min, size_t *max);

/* The type that argument i, from 0, must have. */
enum expr_type function_arg_type(const struct function *f, size_t i);

#endif
