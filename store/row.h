/* row.h - rows of the readers' statements as records, columns in stmt.def's order. */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include "analyzer/record.h"
#include "store/readerseries.h"
#include "store/stmt.h"

/* Texts are borrowed until the statement's next step or reset. */
void row_run(struct stmt_set *set, enum stmt s, bool whole, struct record_run *out);
void row_verdict(struct stmt_set *set, enum stmt s, struct record_verdict *out);
void row_interval(struct stmt_set *set, enum stmt s, struct record_interval *out);
void row_gate_call(struct stmt_set *set, enum stmt s, struct record_gate_call *out);
void row_act(struct stmt_set *set, enum stmt s, struct record_act *out);
void row_step(struct stmt_set *set, enum stmt s, struct record_step *out);
void row_event(struct stmt_set *set, enum stmt s, struct record_event *out);
void row_execution(struct stmt_set *set, enum stmt s, struct record_execution *out);
void row_notice(struct stmt_set *set, enum stmt s, struct record_notice *out);
void row_series_run(struct stmt_set *set, enum stmt s, struct readerseries_run *out);
void row_placebo(struct stmt_set *set, enum stmt s, struct record_placebo *out);

/* One column as the word it holds. */
enum record_run_state row_state(struct stmt_set *set, enum stmt s, int column);
enum verdict          row_verdict_word(struct stmt_set *set, enum stmt s, int column);

/* How a state is stored; static. */
struct slice row_state_text(enum record_run_state state);

#endif
