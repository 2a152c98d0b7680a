/* ptest_check.h - is a result what a command expects? */
#ifndef PTEST_CHECK_H
#define PTEST_CHECK_H

#include "promql/eval.h"
#include "tests/promqltest/ptest_script.h"

/* Two numbers as upstream's tests compare them: relative to 1e-6, NaN equals
 * NaN, StaleNaN only itself (util/almost). */
bool ptest_check_close(double a, double b);

/* Each false has said in *why what is wrong. */

/* The value of an evaluation at the command's own times. */
bool ptest_check_value(const struct ptest_command *c, const struct eval_result *r,
                       struct text *why);

/* A range result that must hold, at one time, what the instant query gave. */
bool ptest_check_middle(const struct ptest_command *c, const struct eval_result *r, int64_t t_ms,
                        struct text *why);

/* Warnings and infos. */
bool ptest_check_notes(const struct ptest_command *c, const struct eval_result *r,
                       struct text *why);

/* The text of an error that was expected. */
bool ptest_check_error(const struct ptest_command *c, struct slice error, struct text *why);

#endif
