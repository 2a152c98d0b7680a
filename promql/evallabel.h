/* evallabel.h - functions of label sets and of order as stages. */
#ifndef PROMQL_EVALLABEL_H
#define PROMQL_EVALLABEL_H

#include "promql/evalargs.h"
#include "promql/evalfn.h"

/* label_replace, label_join. Sets that become equal are merged. */
enum status evallabel_rewrite(struct evalargs *args, const struct evalfn *fn, struct stage *inner,
                              struct stage **out) MUST_CHECK;

/* sort and its kin: for an instant query the rows are evaluated and put in
 * order now; in a range query nothing happens but a warning. */
enum status evallabel_order(struct evalargs *args, const struct evalfn *fn, struct stage *inner,
                            bool in_range, struct stage **out) MUST_CHECK;

#endif
