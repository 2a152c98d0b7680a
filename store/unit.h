/* unit.h - a deep copy of one store_commit, and the limits of its values. */
#ifndef STORE_UNIT_H
#define STORE_UNIT_H

#include "store/store.h"

/* A queued unit: one block of memory, texts behind the struct. */
struct unit {
    struct unit            *next;
    size_t                  bytes; /* of the block */
    int64_t                 submitted_wall_ms;
    store_done_fn           done;
    void                   *ctx;
    enum status             status; /* the outcome, once it was applied */
    struct err              err;
    struct store_commit     commit; /* points into what follows */
    struct store_service    service;
    struct store_policy     policy;
    struct record_run       run;
    struct record_interval  interval;
    struct record_verdict   verdict;
    struct record_gate_call gate_call;
    struct record_act       act;
    struct record_step      step;
    struct record_event     event;
    struct record_switch    gate_switch;
    struct record_execution execution;
    struct store_outbox     outbox;
    struct record_placebo   placebo;
    struct record_point     point;
};

/* Units in a row, linked by next. */
struct unit_list {
    struct unit *head, **tail;
};

void         unit_list_init(struct unit_list *l);
void         unit_list_push(struct unit_list *l, struct unit *u);
struct unit *unit_list_pop(struct unit_list *l); /* NULL: none */

/* STATUS_TOO_LARGE: over STORE_MAX_UNIT.  The caller frees *out with
 * unit_free(). */
enum status unit_copy(const struct store_commit *c, struct unit **out) MUST_CHECK;
void        unit_free(struct unit *u);

/* Sizes, ids, vocabularies and UTF-8: what the schema does not check.
 * STATUS_LIMIT, STATUS_RANGE; err names the field. */
enum status unit_check(const struct store_commit *c, struct err *err) MUST_CHECK;

#endif
