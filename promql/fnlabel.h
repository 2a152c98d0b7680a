/* fnlabel.h - functions of label sets: label_replace and label_join. */
#ifndef PROMQL_FNLABEL_H
#define PROMQL_FNLABEL_H

#include "promql/evalfn.h"

/* NULL: no function of this file. */
const struct evalfn *fnlabel_get(enum function_id id);

#endif
