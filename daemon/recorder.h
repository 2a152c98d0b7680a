/* recorder.h - what a run decided becomes durable, and is told by the rules.
 *
 *   recorder_decided --store_submit--> store thread --mailbox--> on_durable --> publish
 *
 * A change to pass is told when it is durable; until then the gates hear hold
 * store_busy.  An abort is told when it is durable, or after 2 s all the same.
 * Hold and fail are told at once (design.md §2.4). */
#ifndef DAEMON_RECORDER_H
#define DAEMON_RECORDER_H

#include "analyzer/run.h"
#include "daemon/app.h"

enum { RECORDER_ABORT_WAIT_MS = 2000 };

struct recorder;

/* The run is borrowed; policy_text too, as long as the recorder lives. */
struct recorder *recorder_new(struct app *app, const struct run *run, struct slice policy_text);

/* The run is not touched any more; what is under way goes on to the store. */
void recorder_free(struct recorder *r);

/* After each run_decide(), news or not: what the history refused is stored again
 * here.  Stores the run's state with the interval that led to it (NULL: none)
 * and each answer that changed, in one transaction, or nothing where there is
 * neither; base_ms is the snapshot from which a restart goes on.  Then
 * publishes. */
void recorder_decided(struct recorder *r, const struct interval *interval, int64_t base_ms);

/* Nothing new to store, but a new instant: publish.  What is published counts
 * as judged then; answers of the store publish again and leave its age. */
void recorder_publish(struct recorder *r);

/* Each second: for how long the run is told a hold that lasts (longhold.h), 0: it is not.
 * Once of each such hold it is logged, and told to who wants to hear of waiting. */
void recorder_waits(struct recorder *r, int64_t held_ms, int64_t base_ms);
void recorder_waited(struct recorder *r); /* that was done before a restart */

/* Store the run's row and state although no answer changed. */
void recorder_store(struct recorder *r, int64_t base_ms);

/* The same, and what a person did with it, all in one transaction; kept and
 * stored with the next one where the history refuses it.  false: the one before
 * is not stored yet, and nothing was done. */
bool recorder_acted(struct recorder *r, const struct record_act *act, int64_t base_ms);
bool recorder_may_act(const struct recorder *r); /* it would be taken now */

/* done is called on the loop thread when all that was submitted so far is
 * durable (STATUS_OK) or was refused (STATUS_STORE, STATUS_BUSY); at once if
 * nothing is under way. */
typedef void (*recorder_fn)(void *ctx, enum status s);
void recorder_when_durable(struct recorder *r, recorder_fn done, void *ctx);
bool recorder_is_waited_for(const struct recorder *r); /* somebody was not called yet */

/* A restored run's last stored verdict is not stored again, and its points count
 * on from what the blob says. */
void recorder_goes_on(struct recorder *r, const char id[ULID_BYTES], struct slice blob);

/* After recorder_goes_on(): what the history has as the run's answer, where the run
 * may have come to another since. */
void recorder_was_told(struct recorder *r, enum verdict verdict, enum verdict_reason reason);

#endif
