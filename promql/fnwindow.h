/* fnwindow.h - functions of the samples in one window. */
#ifndef PROMQL_FNWINDOW_H
#define PROMQL_FNWINDOW_H

#include "promql/evalfn.h"

/* NULL: no function of this file. */
const struct evalfn *fnwindow_get(enum function_id id);

#endif
