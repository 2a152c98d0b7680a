#include "daemon/migration.h"

#include "analyzer/rerun.h"
#include "analyzer/runstate.h"
#include "base/heap.h"
#include "daemon/configread.h"
#include "daemon/playback.h"
#include "daemon/policytext.h"
#include "daemon/runrow.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_BYTES = 64 << 10, PAGE = 500 };

static enum phase
phase_of(struct slice policy_text)
{
    enum phase phase;

    while (policy_text.n) {
        struct slice value = slice_cut(&policy_text, '\n'), key = slice_cut(&value, '=');

        if (slice_is(key, "phase") && !phase_parse(value, &phase))
            return phase;
    }
    return PHASE_CANARY;
}

/* Of a policy for which nothing is written. */
static void
put_defaults(enum phase phase, struct text *out)
{
    struct arena  a = {0};
    struct policy plain = {0}, phased;

    configread_defaults(CONFIGTABLE_POLICY, &plain, &a);
    phased = policy_in_phase(&plain, phase);
    config_policy_text(&phased, out);
    arena_release(&a);
}

const struct policy *
migration_policy(const struct config *c, const struct record_run *row)
{
    enum phase           phase = phase_of(row->policy_text);
    const struct policy *p = config_policy_in(c, row->policy, phase);
    struct text          is, defaults;
    bool                 follows;

    if (!p)
        return NULL;
    text_init(&is, TEXT_BYTES);
    text_init(&defaults, TEXT_BYTES);
    config_policy_text(p, &is);
    put_defaults(phase, &defaults);
    follows = !policytext_same_keys(row->policy_text, text_slice(&is)) &&
              policytext_follows(row->policy_text, text_slice(&is), text_slice(&defaults));
    text_release(&is);
    text_release(&defaults);
    return follows ? p : NULL;
}

struct reading {
    struct rerun    rerun;
    struct interval interval;
    int64_t         next_ms;
    uint32_t        rows;
    enum status     status;
    struct err     *err;
};

static bool
take_interval(void *ctx, const struct record_interval *row)
{
    struct reading *in = ctx;

    in->rows++;
    in->next_ms = row->end_ms + 1;
    in->status = interval_unpack(row->row, &in->interval, in->err);
    if (in->status == STATUS_OK)
        rerun_interval(&in->rerun, &in->interval);
    return in->status == STATUS_OK;
}

static enum status
read_intervals(struct reader *r, const char *id, struct reading *in)
{
    enum status s;

    do {
        in->rows = 0;
        s = reader_intervals(r, id, in->next_ms, PAGE, take_interval, in, in->err);
    } while (s == STATUS_OK && in->status == STATUS_OK && in->rows == PAGE);
    return s ? s : in->status;
}

static enum status
recompute(struct reader *r, const struct record_run *row, const struct run *was,
          const struct policy *p, struct run *out, struct err *err)
{
    struct reading *in = heap_new(1, sizeof *in);
    enum status     s;

    in->err = err;
    rerun_start(&in->rerun, out, was, p);
    s = read_intervals(r, row->id, in);
    if (s == STATUS_OK && !rerun_done(&in->rerun, row->updated_ms))
        s = err_set(err, STATUS_CONFLICT,
                    "its state is of another version, and of its requests the history has %" PRIu64
                    " of %" PRIu64,
                    out->requests[ARM_CANARY] + out->requests[ARM_BASELINE],
                    was->requests[ARM_CANARY] + was->requests[ARM_BASELINE]);
    free(in);
    return s;
}

/* A clear is told in the log only: without one the abort that it ended would
 * come again. */
static bool
was_cleared(const struct record_run *row)
{
    return slice_is(row->end_cause, "cleared");
}

static struct view_answer
told_by(const struct record_run *row)
{
    struct view_answer a = {.verdict = row->verdict, .reason = row->reason};

    snprintf(a.message, sizeof a.message, "%.*s", SLICE_ARG(row->message));
    return a;
}

static enum status
recompute_row(struct reader *r, const struct record_run *row, const struct policy *p,
              struct run *out, struct err *err)
{
    struct run        *was = heap_new(1, sizeof *was);
    struct view_answer told = told_by(row);
    int64_t            base_ms;
    enum status        s = was_cleared(row)
                               ? err_set(err, STATUS_CONFLICT, "its abort was cleared")
                               : runstate_head(runrow_state(row->state_blob, &base_ms), was, err);

    if (s == STATUS_OK)
        s = recompute(r, row, was, p, out, err);
    if (s == STATUS_OK && was->state == RUN_ABORTED)
        rerun_keep_abort(out, &told);
    free(was);
    return s;
}

enum status
migration_run(struct reader *r, const struct record_run *row, const struct policy *p,
              struct run *out, enum migration_way *way, struct err *err)
{
    struct view_answer told = told_by(row);
    struct err         why_not = {0}; /* not news: the other way follows */
    enum status        s = playback_into(r, row, p, out, &why_not);

    *way = MIGRATION_REPLAYED;
    if (s) {
        *way = MIGRATION_RECOMPUTED;
        s = recompute_row(r, row, p, out, err);
    }
    if (s) {
        *out = (struct run){0};
        return s;
    }
    if (row->verdict == VERDICT_ABORT)
        rerun_keep_abort(out, &told);
    return STATUS_OK;
}

const char *
migration_way_text(enum migration_way way)
{
    return way == MIGRATION_REPLAYED ? "replayed" : "recomputed";
}
