/* hint.h - what was probably meant, for the known mistakes of published queries. */
#ifndef PROMQL_HINT_H
#define PROMQL_HINT_H

#include "base/text.h"
#include "promql/place.h"

/* message and at come from parser_parse().  Appends one sentence without a full
 * stop; false: nothing is known. */
bool hint_put(struct text *to, struct slice query, struct place at, const char *message);

/* The line of the fault and a caret under it, both with a newline.  Of a long
 * line what stands around the fault, between "..." */
void hint_caret(struct text *to, struct slice query, struct place at);

#endif
