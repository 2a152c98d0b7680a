/* evalop.h - arithmetic and comparison of rows. */
#ifndef PROMQL_EVALOP_H
#define PROMQL_EVALOP_H

#include "promql/ast.h"

enum evalop_form {
    EVALOP_LEFT,  /* a comparison that holds yields the left value, */
    EVALOP_RIGHT, /* or the right one (scalar > vector), */
    EVALOP_BOOL   /* or 1 and 0 */
};

/* out[k] = l[k] op r[k] where both are present, else absent.  op is no set
 * operator; out may be l or r. */
void evalop_rows(enum binary_op op, enum evalop_form form, const double *l, const double *r,
                 double *out, size_t n);

#endif
