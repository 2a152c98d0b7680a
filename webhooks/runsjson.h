/* runsjson.h - the records of the history as JSON, for whoever implements port.read.
 *
 *     jsonout_init(&j, &text);
 *     runsjson_open(&j, "runs");
 *     for each row: runsjson_run(&j, &row);
 *     runsjson_close(&j, last_id or "");
 *
 * gives {"runs":[…],"next":"…"}; next is left out on the last page.  A whole run
 * is runsjson_begin_run(), the lists it is asked for, jsonout_end_object(). */
#ifndef WEBHOOKS_RUNSJSON_H
#define WEBHOOKS_RUNSJSON_H

#include "analyzer/record.h"
#include "base/jsonout.h"

void runsjson_open(struct jsonout *j, const char *list);
void runsjson_close(struct jsonout *j, const char *next);

/* An element of a list.  Of a run also what it needs until pass, as last recorded. */
void runsjson_run(struct jsonout *j, const struct record_run *r);
void runsjson_verdict(struct jsonout *j, const struct record_verdict *v);
void runsjson_act(struct jsonout *j, const struct record_act *a);
void runsjson_step(struct jsonout *j, const struct record_step *s);
void runsjson_event(struct jsonout *j, const struct record_event *e);
void runsjson_gate_call(struct jsonout *j, const struct record_gate_call *c);
void runsjson_query(struct jsonout *j, struct slice what, struct slice expression);
/* i: runsjson's reader has unpacked the row. */
void runsjson_interval(struct jsonout *j, const struct interval *i);

/* The top of a whole run, left open: everything of runsjson_run(), numbers and
 * the policy's text.  Stored numbers that are not a JSON object are left out. */
void runsjson_begin_run(struct jsonout *j, const struct record_run *r);

#endif
