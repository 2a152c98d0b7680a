/* reader.h - reading the history, beside the writer or without one.
 *
 * A handle is one read-only connection for one thread at a time.  Each call
 * is one read of at most READER_DEADLINE_MS, its callbacks included
 * (STATUS_TIMEOUT): a longer one would keep the writer's log from shrinking.
 * Rows come through a callback, texts borrowed until it returns; false from it
 * ends the read with STATUS_OK.  A reason that this program does not know yet
 * reads as REASON_NONE, its message stays.
 *
 * All calls: STATUS_TIMEOUT, STATUS_STORE (SQLite's own words), STATUS_SYNTAX
 * (an id that is none), STATUS_RANGE (a limit that is too high). */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "analyzer/record.h"
#include "base/err.h"

enum {
    READER_DEADLINE_MS = 2000,
    READER_MAX_ROWS = 500,
    READER_MAX_INTERVALS = 20000, /* a day of 5 s intervals */
};

struct reader;

/* data_dir as in store_open(); works with the daemon running, stopped or
 * killed.
 * STATUS_NOT_FOUND: no history there.  STATUS_CONFLICT: another schema. */
enum status reader_open(const char *data_dir, struct reader **out, struct err *err) MUST_CHECK;
void        reader_close(struct reader *r); /* NULL is fine */

/* Less than READER_DEADLINE_MS from the next call on; more is cut to it. */
void reader_set_deadline_ms(struct reader *r, int64_t ms);

/* {.state = READER_ANY, .verdict = READER_ANY} asks for everything. */
enum { READER_ANY = -1 };

struct reader_filter {
    struct slice ns, service;       /* empty: any */
    int          state;             /* enum record_run_state or READER_ANY */
    int          verdict;           /* enum verdict or READER_ANY */
    int64_t      since_ms;          /* wall; by the time inside the id; 0: any */
    char         run[ULID_BYTES];   /* reader_verdicts() only; "": any */
    char         after[ULID_BYTES]; /* cursor: last id of the page before; "" */
    uint32_t     limit;             /* 1 to READER_MAX_ROWS; 0: READER_MAX_ROWS */
};

typedef bool (*reader_run_fn)(void *ctx, const struct record_run *run);
typedef bool (*reader_interval_fn)(void *ctx, const struct record_interval *interval);
typedef bool (*reader_verdict_fn)(void *ctx, const struct record_verdict *verdict);
typedef bool (*reader_placebo_fn)(void *ctx, const struct record_placebo *placebo);
typedef bool (*reader_act_fn)(void *ctx, const struct record_act *act);
typedef bool (*reader_link_fn)(void *ctx, struct slice id);
typedef bool (*reader_step_fn)(void *ctx, const struct record_step *s);
typedef bool (*reader_event_fn)(void *ctx, const struct record_event *e);
typedef bool (*reader_switch_fn)(void *ctx, const struct record_switch *gate_switch);
typedef bool (*reader_execution_fn)(void *ctx, const struct record_execution *execution);
typedef bool (*reader_notice_fn)(void *ctx, const struct record_notice *notice);
typedef bool (*reader_notice_count_fn)(void *ctx, const struct record_notice_count *count);
typedef bool (*reader_gate_call_fn)(void *ctx, const struct record_gate_call *call);

/* Newest first, without state_blob and policy_text. */
enum status reader_runs(struct reader *r, const struct reader_filter *f, reader_run_fn fn,
                        void *ctx, struct err *err) MUST_CHECK;

/* How many runs the filter lets through, after and limit aside. */
enum status reader_count_runs(struct reader *r, const struct reader_filter *f, uint64_t *n,
                              struct err *err) MUST_CHECK;

/* One run, whole.  STATUS_NOT_FOUND. */
enum status reader_run(struct reader *r, const char *id, reader_run_fn fn, void *ctx,
                       struct err *err) MUST_CHECK;

/* The newest run of a revision, whole: for the latch of an abort and the
 * number of the next attempt.  STATUS_NOT_FOUND. */
enum status reader_last_run(struct reader *r, struct slice ns, struct slice service,
                            struct slice revision, reader_run_fn fn, void *ctx,
                            struct err *err) MUST_CHECK;

/* Every live run, whole, oldest first: what a restart goes on with.  Read in
 * pages, so the deadline holds for a hundred runs at a time. */
enum status reader_live_runs(struct reader *r, reader_run_fn fn, void *ctx,
                             struct err *err) MUST_CHECK;

/* Ascending by end, from end_ms >= from_ms on; limit 0: READER_MAX_INTERVALS.
 * The next page starts at the last end_ms + 1.  STATUS_NOT_FOUND: no such run. */
enum status reader_intervals(struct reader *r, const char *run, int64_t from_ms, uint32_t limit,
                             reader_interval_fn fn, void *ctx, struct err *err) MUST_CHECK;

/* Newest first; state is ignored. */
enum status reader_verdicts(struct reader *r, const struct reader_filter *f, reader_verdict_fn fn,
                            void *ctx, struct err *err) MUST_CHECK;

/* The newest of those from from_ms on, ascending by at_ms; limit 0: READER_MAX_ROWS.
 * STATUS_NOT_FOUND: no such run. */
enum status reader_gate_calls(struct reader *r, const char *run, int64_t from_ms, uint32_t limit,
                              reader_gate_call_fn fn, void *ctx, struct err *err) MUST_CHECK;

/* What people did to a run, ascending by at_ms, READER_MAX_ROWS at most.
 * STATUS_NOT_FOUND: no such run. */
enum status reader_acts(struct reader *r, const char *run, reader_act_fn fn, void *ctx,
                        struct err *err) MUST_CHECK;

/* Ids of links that were used, made at from_ms or later. */
enum status reader_links(struct reader *r, int64_t from_ms, reader_link_fn fn, void *ctx,
                         struct err *err) MUST_CHECK;

/* The weights that a run had, in their order, and what was said of it, in its order.
 * STATUS_NOT_FOUND: no such run. */
enum status reader_steps(struct reader *r, const char *run, reader_step_fn fn, void *ctx,
                         struct err *err) MUST_CHECK;
enum status reader_events(struct reader *r, const char *run, reader_event_fn fn, void *ctx,
                          struct err *err) MUST_CHECK;

/* Every gate of the loadtester that is open. */
enum status reader_switches(struct reader *r, reader_switch_fn fn, void *ctx,
                            struct err *err) MUST_CHECK;

/* What Argo's Kayenta provider asked since then, newest first, at most limit. */
enum status reader_executions(struct reader *r, int64_t from_ms, uint32_t limit,
                              reader_execution_fn fn, void *ctx, struct err *err) MUST_CHECK;

/* What waits in the outbox, or is dead, oldest first, from behind the id after on;
 * target empty: of all.  limit 0: READER_MAX_ROWS. */
enum status reader_notices(struct reader *r, struct slice target, bool dead, int64_t after,
                           uint32_t limit, reader_notice_fn fn, void *ctx,
                           struct err *err) MUST_CHECK;

/* Of every target that ever had one, by name, READER_MAX_ROWS at most. */
enum status reader_notice_counts(struct reader *r, reader_notice_count_fn fn, void *ctx,
                                 struct err *err) MUST_CHECK;

/* A service's placebo canaries by their ends, from end_ms >= from_ms on; none
 * where the service is not known. */
enum status reader_placebos(struct reader *r, struct slice ns, struct slice service,
                            int64_t from_ms, reader_placebo_fn fn, void *ctx,
                            struct err *err) MUST_CHECK;

#endif
