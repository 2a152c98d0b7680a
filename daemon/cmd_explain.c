#include "daemon/cmd_explain.h"

#include "base/clock.h"
#include "base/heap.h"
#include "base/json.h"
#include "daemon/cmddaemon.h"
#include "daemon/cmdhistory.h"
#include "daemon/explaincounts.h"
#include "daemon/historyread.h"
#include "daemon/runqueries.h"
#include "webhooks/runsjson.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_ERROR = 3, JSON_DEPTH = 16 };
enum { ROW_QUERIES = CMDHISTORY_ROWS, ROW_JSON, JSON_BYTES = 64 << 20 };
enum { NEWEST = 50 }; /* verdicts and gate calls that are shown */

static const struct option_row rows[] = {
    CMDHISTORY_ROWS_TABLE,
    [ROW_QUERIES] = {"queries", 'q', NULL, OPTION_FLAG, "print the PromQL to copy, too"},
    [ROW_JSON] = OPTION_JSON,
};

const struct option_command cmd_explain_options = {
    .name = "explain",
    .help = "Say why a run was judged as it was: what was compared, the counts, the evidence.",
    .operands = "RUN",
    .min_operands = 1,
    .max_operands = 1,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "explained"}, {3, "could not read"}},
    .json = "as GET /v1/runs/{id} answers",
};

/* What must outlive the reading of the row. */
struct explained {
    bool                  queries;
    struct explaincounts *counts;
    struct interval      *interval;
    uint32_t              n; /* rows of the present section */
};

static void
print_number(json_t *check, const char *key, const char *label)
{
    const json_t *n = json_object_get(check, key);

    if (json_is_number(n))
        (void)printf("  %s %.6g", label, json_number_value(n));
}

/* What a limit is without the number that it is held against, says little by "of". */
static void
print_against(json_t *check)
{
    bool value = json_object_get(check, "value"), evidence = json_object_get(check, "evidence");

    if (value)
        print_number(check, "value", "value");
    else
        print_number(check, "evidence", "evidence against it");
    print_number(check, "limit", value || evidence ? "of" : "limit");
}

static void
print_calibration(json_t *top)
{
    struct slice message =
        json_slice(json_object_get(json_object_get(top, "calibration"), "message"));

    if (message.n)
        (void)printf("Calibration\n  %.*s\n", SLICE_ARG(message));
}

static void
print_checks(struct slice numbers)
{
    json_t     *top = NULL, *checks, *check;
    const char *name;
    struct err  err = {0};

    if (json_parse(numbers, JSON_DEPTH, &top, &err) ||
        json_want_object(top, "", "checks", &checks, &err)) {
        (void)printf("Checks: not recorded (%s)\n", err.text);
        json_decref(top);
        return;
    }
    (void)printf("Checks\n");
    json_object_foreach(checks, name, check)
    {
        struct slice verdict = json_slice(json_object_get(check, "verdict"));
        struct slice reason = json_slice(json_object_get(check, "reason"));

        if (slice_is(reason, "not_configured"))
            continue;
        (void)printf("  %-16s %-5.*s %-18.*s", name, SLICE_ARG(verdict), SLICE_ARG(reason));
        print_against(check);
        if (json_object_get(check, "pass_evidence")) {
            print_number(check, "pass_evidence", " evidence for it");
            print_number(check, "pass_limit", "of");
        }
        (void)printf("%s\n", json_is_true(json_object_get(check, "dry_run")) ? "  (dry run)" : "");
    }
    print_calibration(top);
    json_decref(top);
}

/* A line of a check that the policy does not ask. */
static bool
is_off(struct slice policy_text, struct slice line)
{
    struct slice check = slice_cut(&line, '.'), rest = policy_text;

    while (line.n && rest.n) {
        struct slice other = slice_cut(&rest, '\n'), name = slice_cut(&other, '.');

        if (slice_equal(name, check) && slice_is(other, "on=false"))
            return true;
    }
    return false;
}

static void
print_policy(const struct record_run *r)
{
    static const char *const shown[] = {"advance",
                                        "client_errors.",
                                        "error_rate.",
                                        "false_pass_rate",
                                        "false_rollback_rate",
                                        "latency.",
                                        "max_hold.",
                                        "min_requests",
                                        "mode",
                                        "no_data",
                                        "p95.",
                                        "required",
                                        "slo.",
                                        "stage_min_time",
                                        "success_rate.",
                                        "warm_up",
                                        "windows.",
                                        "thresholds."};
    struct slice             rest = r->policy_text;

    (void)printf("Policy %.*s (%.*s)\n", SLICE_ARG(r->policy), SLICE_ARG(r->policy_hash));
    while (rest.n) {
        struct slice line = slice_cut(&rest, '\n');

        for (size_t i = 0; i < ARRAY_LEN(shown); i++)
            if (slice_starts(line, shown[i]) && !slice_ends(line, "=") && !slice_ends(line, "=0") &&
                !is_off(r->policy_text, line)) {
                (void)printf("  %.*s\n", SLICE_ARG(line));
                break;
            }
    }
}

static void
print_query(void *ctx, struct slice what, struct slice expression)
{
    (void)ctx;
    (void)printf("# %.*s\n%.*s\n", SLICE_ARG(what), SLICE_ARG(expression));
}

static bool
print_run(void *ctx, const struct record_run *r)
{
    const struct explained *e = ctx;
    char                    from[CLOCK_RFC3339_BYTES], until[CLOCK_RFC3339_BYTES];

    clock_rfc3339(r->started_ms, from);
    clock_rfc3339(r->ended_ms ? r->ended_ms : r->updated_ms, until);
    (void)printf("%s (%s): %.*s\n\n", verdict_text(r->verdict), verdict_reason_text(r->reason),
                 SLICE_ARG(r->message));
    (void)printf("Run %s, attempt %u\n", r->id, r->attempt);
    (void)printf("  service   %.*s/%.*s, revision %.*s\n", SLICE_ARG(r->ns), SLICE_ARG(r->service),
                 SLICE_ARG(r->revision));
    (void)printf("  compared  canary %.*s with baseline %.*s, by %.*s\n", SLICE_ARG(r->canary),
                 SLICE_ARG(r->baseline.n ? r->baseline : SLICE_LITERAL("every other version")),
                 SLICE_ARG(r->key));
    (void)printf("  source    %.*s\n", SLICE_ARG(r->source));
    (void)printf("  time      %.19sZ to %.19sZ, %s%.*s\n\n", from, until,
                 r->state == RECORD_LIVE ? "live" : "ended: ", SLICE_ARG(r->end_cause));
    print_checks(r->numbers);
    (void)printf("\n");
    print_policy(r);
    (void)printf("\n");
    if (e->queries) {
        (void)printf("Queries\n");
        runqueries_each(r, print_query, NULL);
        (void)printf("\n");
    }
    return true;
}

static bool
add_interval(void *ctx, const struct record_interval *row)
{
    struct explained *e = ctx;

    if (interval_unpack(row->row, e->interval, NULL) == STATUS_OK)
        explaincounts_add(e->counts, e->interval);
    return true;
}

static bool
print_verdict(void *ctx, const struct record_verdict *v)
{
    char at[CLOCK_RFC3339_BYTES];

    ((struct explained *)ctx)->n++;
    clock_rfc3339(v->at_ms, at);
    (void)printf("  %.19sZ  %-5s  %-26s  %.*s\n", at, verdict_text(v->verdict),
                 verdict_reason_text(v->reason), SLICE_ARG(v->message));
    return true;
}

static bool
print_step(void *ctx, const struct record_step *s)
{
    char from[CLOCK_RFC3339_BYTES], until[CLOCK_RFC3339_BYTES] = "now", weight[32] = "not told";

    (void)ctx;
    clock_rfc3339(s->since_ms, from);
    if (s->until_ms)
        clock_rfc3339(s->until_ms, until);
    if (!isnan(s->weight))
        snprintf(weight, sizeof weight, "%g%%", s->weight);
    (void)printf("  %.19sZ to %-.19s%s  weight %-8s  canary %" PRIu64 ", baseline %" PRIu64
                 " requests  %s (%s)\n",
                 from, until, s->until_ms ? "Z" : "", weight, s->canary_requests,
                 s->stable_requests, verdict_text(s->verdict), verdict_reason_text(s->reason));
    return true;
}

/* A heading that stands over nothing is left out. */
static void
begin_row(void *ctx, const char *heading)
{
    if (((struct explained *)ctx)->n++ == 0)
        (void)printf("\n%s\n", heading);
}

static bool
print_act(void *ctx, const struct record_act *a)
{
    char at[CLOCK_RFC3339_BYTES], until[CLOCK_RFC3339_BYTES];

    begin_row(ctx, "What people did");
    clock_rfc3339(a->at_ms, at);
    clock_rfc3339(a->until_ms, until);
    (void)printf("  %.19sZ  %.*s by %.*s: %.*s", at, SLICE_ARG(a->action), SLICE_ARG(a->by),
                 SLICE_ARG(a->why));
    if (a->until_ms)
        (void)printf(" (until %.19sZ)", until);
    (void)printf("\n");
    return true;
}

static bool
print_event(void *ctx, const struct record_event *e)
{
    char at[CLOCK_RFC3339_BYTES];

    begin_row(ctx, "What the controller said");
    clock_rfc3339(e->at_ms, at);
    (void)printf("  %.19sZ  %.*s: %.*s %.*s%s%.*s\n", at, SLICE_ARG(e->door), SLICE_ARG(e->what),
                 SLICE_ARG(e->message), e->image.n ? "image " : "", SLICE_ARG(e->image));
    return true;
}

static bool
print_gate_call(void *ctx, const struct record_gate_call *c)
{
    char at[CLOCK_RFC3339_BYTES];

    begin_row(ctx, "Gate calls");
    clock_rfc3339(c->at_ms, at);
    (void)printf("  %.19sZ  %-32.*s %-8.*s told %d %-5s %-26s %" PRIu64 "x\n", at,
                 SLICE_ARG(c->gate), SLICE_ARG(c->stage), c->http_code, verdict_text(c->verdict),
                 verdict_reason_text(c->reason), c->count);
    return true;
}

/* Older ones may be in the history. */
static void
end_rows(struct explained *e)
{
    if (e->n >= NEWEST)
        (void)printf("  the newest %d; more of them: --json\n", NEWEST);
    e->n = 0;
}

static enum status
explain(struct reader *r, const char *id, struct explained *e, struct err *err)
{
    struct reader_filter f = {.state = READER_ANY, .verdict = READER_ANY, .limit = NEWEST};
    enum status          s = reader_run(r, id, print_run, e, err);

    if (s == STATUS_OK)
        s = reader_intervals(r, id, 0, 0, add_interval, e, err);
    if (s)
        return s;
    explaincounts_print(e->counts, stdout);
    (void)printf("\nSteps\n");
    s = reader_steps(r, id, print_step, NULL, err);
    if (s)
        return s;
    memcpy(f.run, id, sizeof f.run);
    (void)printf("\nVerdicts, newest first\n");
    s = reader_verdicts(r, &f, print_verdict, e, err);
    end_rows(e);
    if (s == STATUS_OK)
        s = reader_acts(r, id, print_act, e, err);
    e->n = 0;
    if (s == STATUS_OK)
        s = reader_events(r, id, print_event, e, err);
    e->n = 0;
    if (s == STATUS_OK)
        s = reader_gate_calls(r, id, 0, NEWEST, print_gate_call, e, err);
    end_rows(e);
    return s;
}

/* As HTTP has it: a program asks one thing for the other. */
static enum status
explain_json(struct reader *r, const char *id, struct err *err)
{
    struct port_read read = {.what = PORT_READ_RUN, .state = -1, .verdict = -1};
    struct text      body;
    char             verdict[ULID_BYTES] = "";

    (void)ulid_copy(slice_of(id), read.run);
    text_init(&body, JSON_BYTES);
    if (historyread_answer(r, &read, clock_wall_ms(&clock_system), &body, verdict) == 200)
        (void)puts(body.p);
    else
        cmddaemon_refusal(404, text_slice(&body), err);
    text_release(&body);
    return err->status;
}

int
cmd_explain(int argc, char **argv)
{
    struct option_values v;
    struct explained     e = {0};
    struct reader       *r = NULL;
    struct err           err = {0};
    enum status          s = STATUS_OK;
    int                  code;

    if (!option_start(&cmd_explain_options, argc, argv, &v, &code))
        return code;
    if (!ulid_valid(slice_of(v.operands[0])))
        s = err_set(&err, STATUS_SYNTAX, "%.40s is no id of a run: verdictd runs lists them",
                    v.operands[0]);
    if (s == STATUS_OK)
        s = cmdhistory_open(&v, &r, &err);
    e.queries = v.values[ROW_QUERIES].given;
    e.counts = heap_new(1, sizeof *e.counts);
    e.interval = heap_new(1, sizeof *e.interval);
    if (s == STATUS_OK)
        s = v.values[ROW_JSON].given ? explain_json(r, v.operands[0], &err)
                                     : explain(r, v.operands[0], &e, &err);
    free(e.counts);
    free(e.interval);
    reader_close(r);
    if (s)
        (void)fprintf(stderr, "verdictd explain: %s\n", err.text);
    return s ? EXIT_ERROR : 0;
}
