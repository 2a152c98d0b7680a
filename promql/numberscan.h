/* numberscan.h - where a number or a duration ends. */
#ifndef PROMQL_NUMBERSCAN_H
#define PROMQL_NUMBERSCAN_H

#include "base/slice.h"

enum numberscan_kind { NUMBERSCAN_NUMBER, NUMBERSCAN_DURATION, NUMBERSCAN_BAD };

/* Read from the front of s; *n is how many bytes were taken, with the offending
 * one for NUMBERSCAN_BAD.  What is taken need not be a valid value yet: 0x, 1e5
 * too large, and 5m1h are found by literal.h. */
enum numberscan_kind numberscan_run(struct slice s, size_t *n);

#endif
