#include "store/row.h"

#include <math.h>
#include <string.h>

static const char *const state_text[] = {[RECORD_LIVE] = "live", [RECORD_ENDED] = "ended"};

struct slice
row_state_text(enum record_run_state state)
{
    return slice_of(state_text[state]);
}

static void
get_id(struct stmt_set *set, enum stmt s, int column, char out[ULID_BYTES])
{
    struct slice id = stmt_slice(set, s, column);
    size_t       n = id.n < ULID_BYTES ? id.n : ULID_BYTES - 1;

    if (n)
        memcpy(out, id.p, n);
    out[n] = '\0';
}

enum record_run_state
row_state(struct stmt_set *set, enum stmt s, int column)
{
    return slice_is(stmt_slice(set, s, column), state_text[RECORD_LIVE]) ? RECORD_LIVE
                                                                         : RECORD_ENDED;
}

/* The schema admits only the four words; hold is what never lets a release
 * through, should the file have been edited past it. */
enum verdict
row_verdict_word(struct stmt_set *set, enum stmt s, int column)
{
    enum verdict v;

    return verdict_parse(stmt_slice(set, s, column), &v) == STATUS_OK ? v : VERDICT_HOLD;
}

static enum verdict_reason
get_reason(struct stmt_set *set, enum stmt s, int column)
{
    enum verdict_reason r;

    return verdict_reason_parse(stmt_slice(set, s, column), &r) == STATUS_OK ? r : REASON_NONE;
}

void
row_run(struct stmt_set *set, enum stmt s, bool whole, struct record_run *out)
{
    *out = (struct record_run){
        .service = stmt_slice(set, s, 1),
        .ns = stmt_slice(set, s, 2),
        .revision = stmt_slice(set, s, 3),
        .canary = stmt_slice(set, s, 4),
        .baseline = stmt_slice(set, s, 5),
        .key = stmt_slice(set, s, 6),
        .policy = stmt_slice(set, s, 7),
        .policy_hash = stmt_slice(set, s, 8),
        .source = stmt_slice(set, s, 9),
        .attempt = (uint32_t)stmt_int(set, s, 10),
        .state = row_state(set, s, 11),
        .end_cause = stmt_slice(set, s, 12),
        .started_ms = stmt_int(set, s, 13),
        .ended_ms = stmt_int(set, s, 14),
        .updated_ms = stmt_int(set, s, 15),
        .verdict = row_verdict_word(set, s, 16),
        .reason = get_reason(set, s, 17),
        .message = stmt_slice(set, s, 18),
        .numbers = stmt_slice(set, s, 19),
        .preset = stmt_slice(set, s, 20),
    };
    get_id(set, s, 0, out->id);
    if (whole) {
        out->state_blob = stmt_slice(set, s, 21);
        out->policy_text = stmt_slice(set, s, 22);
        out->heard = stmt_slice(set, s, 23);
    }
}

void
row_verdict(struct stmt_set *set, enum stmt s, struct record_verdict *out)
{
    *out = (struct record_verdict){
        .service = stmt_slice(set, s, 2),
        .ns = stmt_slice(set, s, 3),
        .verdict = row_verdict_word(set, s, 4),
        .reason = get_reason(set, s, 5),
        .message = stmt_slice(set, s, 6),
        .policy_hash = stmt_slice(set, s, 7),
        .at_ms = stmt_int(set, s, 8),
        .numbers = stmt_slice(set, s, 9),
    };
    get_id(set, s, 0, out->id);
    get_id(set, s, 1, out->run);
}

void
row_interval(struct stmt_set *set, enum stmt s, struct record_interval *out)
{
    out->start_ms = stmt_int(set, s, 0);
    out->end_ms = stmt_int(set, s, 1);
    out->row = stmt_slice(set, s, 2);
    out->heard = stmt_slice(set, s, 3);
}

void
row_gate_call(struct stmt_set *set, enum stmt s, struct record_gate_call *out)
{
    out->at_ms = stmt_int(set, s, 0);
    out->gate = stmt_slice(set, s, 1);
    out->stage = stmt_slice(set, s, 2);
    out->http_code = (int)stmt_int(set, s, 3);
    out->verdict = row_verdict_word(set, s, 4);
    out->reason = get_reason(set, s, 5);
    out->count = (uint64_t)stmt_int(set, s, 6);
}

void
row_act(struct stmt_set *set, enum stmt s, struct record_act *out)
{
    out->at_ms = stmt_int(set, s, 0);
    out->action = stmt_slice(set, s, 1);
    out->by = stmt_slice(set, s, 2);
    out->why = stmt_slice(set, s, 3);
    out->until_ms = stmt_int(set, s, 4);
    out->via = stmt_slice(set, s, 5);
}

static double
double_or_none(struct stmt_set *set, enum stmt s, int is_null, int column)
{
    return stmt_int(set, s, is_null) ? (double)NAN : stmt_double(set, s, column);
}

void
row_step(struct stmt_set *set, enum stmt s, struct record_step *out)
{
    out->n = (uint32_t)stmt_int(set, s, 0);
    out->since_ms = stmt_int(set, s, 1);
    out->until_ms = stmt_int(set, s, 2);
    out->weight = double_or_none(set, s, 3, 4);
    out->canary_requests = (uint64_t)stmt_int(set, s, 5);
    out->stable_requests = (uint64_t)stmt_int(set, s, 6);
    out->verdict = row_verdict_word(set, s, 7);
    out->reason = get_reason(set, s, 8);
}

void
row_event(struct stmt_set *set, enum stmt s, struct record_event *out)
{
    out->at_ms = stmt_int(set, s, 0);
    out->door = stmt_slice(set, s, 1);
    out->what = stmt_slice(set, s, 2);
    out->step = stmt_int(set, s, 3);
    out->weight = double_or_none(set, s, 4, 5);
    out->image = stmt_slice(set, s, 6);
    out->message = stmt_slice(set, s, 7);
}

void
row_execution(struct stmt_set *set, enum stmt s, struct record_execution *out)
{
    *out = (struct record_execution){
        .service = stmt_slice(set, s, 1),
        .ns = stmt_slice(set, s, 2),
        .canary = stmt_slice(set, s, 3),
        .stable = stmt_slice(set, s, 4),
        .revision = stmt_slice(set, s, 5),
        .policy = stmt_slice(set, s, 6),
        .step = slice_is(stmt_slice(set, s, 7), "step"),
        .pass = (int)stmt_int(set, s, 8),
        .marginal = (int)stmt_int(set, s, 9),
        .at_ms = stmt_int(set, s, 10),
        .complete_ms = stmt_int(set, s, 11),
        .verdict = row_verdict_word(set, s, 12),
        .reason = get_reason(set, s, 13),
    };
    get_id(set, s, 0, out->id);
    get_id(set, s, 14, out->run);
}

void
row_notice(struct stmt_set *set, enum stmt s, struct record_notice *out)
{
    *out = (struct record_notice){
        .id = stmt_int(set, s, 0),
        .target = stmt_slice(set, s, 1),
        .service = stmt_slice(set, s, 4),
        .ns = stmt_slice(set, s, 5),
        .revision = stmt_slice(set, s, 6),
        .canary = stmt_slice(set, s, 7),
        .baseline = stmt_slice(set, s, 8),
        .attempt = (uint32_t)stmt_int(set, s, 9),
        .verdict = row_verdict_word(set, s, 10),
        .previous = row_verdict_word(set, s, 11),
        .has_previous = stmt_slice(set, s, 11).n != 0,
        .reason = get_reason(set, s, 12),
        .message = stmt_slice(set, s, 13),
        .at_ms = stmt_int(set, s, 14),
        .dead = stmt_int(set, s, 15) != 0,
        .tries = (uint32_t)stmt_int(set, s, 16),
        .tried_ms = stmt_int(set, s, 17),
        .error = stmt_slice(set, s, 18),
        .since_ms = stmt_int(set, s, 19),
    };
    get_id(set, s, 2, out->verdict_id);
    get_id(set, s, 3, out->run);
}

void
row_placebo(struct stmt_set *set, enum stmt s, struct record_placebo *out)
{
    struct calibration_window *w = &out->window;

    out->plan = stmt_slice(set, s, 0);
    out->pod = stmt_slice(set, s, 1);
    *w = (struct calibration_window){
        .start_ms = stmt_int(set, s, 2),
        .end_ms = stmt_int(set, s, 3),
        .placebo_pods = (uint32_t)stmt_int(set, s, 4),
        .pods = (uint32_t)stmt_int(set, s, 5),
        .requests = (uint64_t)stmt_int(set, s, 6),
        .all_requests = (uint64_t)stmt_int(set, s, 7),
        .rolled_back = stmt_int(set, s, 12) != 0,
    };
    for (int j = 0; j < CALIBRATION_STATISTICS; j++)
        w->log_w[j] = stmt_double(set, s, 8 + j);
}

void
row_series_run(struct stmt_set *set, enum stmt s, struct readerseries_run *out)
{
    *out = (struct readerseries_run){.row = stmt_int(set, s, 0),
                                     .id = stmt_slice(set, s, 1),
                                     .ns = stmt_slice(set, s, 2),
                                     .service = stmt_slice(set, s, 3),
                                     .revision = stmt_slice(set, s, 4),
                                     .canary = stmt_slice(set, s, 5),
                                     .baseline = stmt_slice(set, s, 6),
                                     .key = stmt_slice(set, s, 7),
                                     .policy = stmt_slice(set, s, 8),
                                     .source = stmt_slice(set, s, 9),
                                     .end_cause = stmt_slice(set, s, 10),
                                     .attempt = stmt_int(set, s, 11),
                                     .verdict = row_verdict_word(set, s, 12),
                                     .started_ms = stmt_int(set, s, 13),
                                     .ended_ms = stmt_int(set, s, 14)};
}
