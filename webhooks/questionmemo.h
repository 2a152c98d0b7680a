/* questionmemo.h - questions that were asked just now in the same words.
 *
 * The metrics of one analysis ask with one body, again and again.  Of each thread its
 * own; what holds a token is never kept. */
#ifndef WEBHOOKS_QUESTIONMEMO_H
#define WEBHOOKS_QUESTIONMEMO_H

#include "webhooks/question.h"

/* What question_from_argo() made of these bytes without parameters; NULL: not known
 * any more.  Good until the next call of this thread. */
const struct question *questionmemo_find(struct slice body);

/* The question was understood. */
void questionmemo_keep(struct slice body, const struct question *q);

#endif
