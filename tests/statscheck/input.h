/* input.h - the inputs of a row of known answers: "x=12 n=10000 a=b=0.5". */
#ifndef TESTS_STATSCHECK_INPUT_H
#define TESTS_STATSCHECK_INPUT_H

#include "analyzer/pair.h"
#include "base/slice.h"

enum { INPUT_MOST = 32, INPUT_INTERVAL_MS = 5000 };

/* The number behind " key=", also as one of "a=b=0.5"; NaN, or otherwise, where
 * the key is missing. */
double input_number(struct slice inputs, const char *key);
double input_number_or(struct slice inputs, const char *key, double otherwise);

/* "first N", "5 intervals": how many intervals of the sequence; else all. */
size_t input_count(struct slice inputs, size_t most);

/* Every number behind " key=", apart by anything that is none: "n=(100, 900)",
 * "xb=1:0:2".  Ends at ')' or, without a '(', at the next space. */
size_t input_list(struct slice inputs, const char *key, double out[INPUT_MOST]);

/* The groups "(60,940,w=.05)(115,885,w=.1)": the numbers of the next one; 0 at
 * the end. */
size_t input_group(struct slice *inputs, double out[INPUT_MOST]);

/* The sequences that the answers are about, five and three intervals. */
extern const struct pair input_s1[5], input_s2[3];

/* The answers' histogram: 2,000 requests under Envoy's first bounds. */
struct counts_bounds  input_h_bounds(void);
extern const uint64_t input_h[13];

#endif
