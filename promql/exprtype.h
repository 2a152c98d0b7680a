/* exprtype.h - what an expression evaluates to. */
#ifndef PROMQL_EXPRTYPE_H
#define PROMQL_EXPRTYPE_H

enum expr_type {
    EXPR_NONE, /* not checked yet; an aggregation's parameter that is not there */
    EXPR_SCALAR,
    EXPR_STRING,
    EXPR_VECTOR, /* an instant vector */
    EXPR_MATRIX  /* a range vector */
};

#endif
