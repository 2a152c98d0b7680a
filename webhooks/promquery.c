#include "webhooks/promquery.h"

#include "promql/eval.h"
#include "promql/parser.h"
#include "promql/pretty.h"
#include "webhooks/promast.h"
#include "webhooks/promjson.h"
#include "webhooks/promtime.h"

enum { MOST_STEPS = 11000 };

static struct node *
parse(struct promcall *c)
{
    struct node *tree = NULL;
    struct err   err = {0};

    if (parser_parse(&c->arena, promform_get(&c->form, "query"), &tree, NULL, &err)) {
        promcall_invalid(c, "query", &err);
        return NULL;
    }
    return tree;
}

static bool
read_lookback(struct promcall *c, int64_t *ms)
{
    struct slice v = promform_get(&c->form, "lookback_delta");
    struct err   err = {0};

    *ms = c->limits.lookback_ms;
    if (v.n && promtime_duration(v, ms, &err))
        promcall_fail(c, PROMCALL_BAD_DATA, "error parsing lookback delta duration: %s", err.text);
    else if (v.n && *ms <= 0) /* as if it had not been said (promql/engine.go) */
        *ms = c->limits.lookback_ms;
    return !c->err.status;
}

static double
seconds(int64_t ms)
{
    return (double)ms / 1000;
}

/* The parameter stats asks for it; "all" would add counts by step, which are not
 * kept. */
static void
put_stats(struct promcall *c, int64_t began_ms, int64_t evaluated_ms,
          const struct eval_stats *stats)
{
    struct jsonout j;
    int64_t        now_ms = clock_mono_ms(c->clock);

    if (promform_get(&c->form, "stats").n == 0)
        return;
    text_puts(c->out, ",\"stats\":");
    jsonout_init(&j, c->out);
    jsonout_begin_object(&j, NULL);
    jsonout_begin_object(&j, "timings");
    jsonout_double(&j, "evalTotalTime", seconds(evaluated_ms - began_ms));
    jsonout_double(&j, "resultSortTime", 0);
    jsonout_double(&j, "queryPreparationTime", 0);
    jsonout_double(&j, "innerEvalTime", seconds(evaluated_ms - began_ms));
    jsonout_double(&j, "execQueueTime", seconds(began_ms - c->came_ms));
    jsonout_double(&j, "execTotalTime", seconds(now_ms - c->came_ms));
    jsonout_end_object(&j);
    jsonout_begin_object(&j, "samples");
    jsonout_uint(&j, "totalQueryableSamples", stats->samples);
    jsonout_uint(&j, "peakSamples", stats->samples);
    jsonout_end_object(&j);
    jsonout_end_object(&j);
}

static void
answer(struct promcall *c, const struct eval_result *r, size_t max_series)
{
    bool list = r->value.kind == VALUE_VECTOR || r->value.kind == VALUE_MATRIX;

    promjson_value(c->out, &r->value, r->pool, max_series);
    promcall_note(c, &r->notes);
    if (list && r->value.n_series > max_series)
        promcall_warn(c, SLICE_LITERAL("results truncated due to limit"));
}

/* An expression that is none for ranges is a fault of the parameter query. */
static void
fail_range(struct promcall *c, const struct err *err)
{
    if (slice_starts(slice_of(err->text), "invalid expression type"))
        promcall_invalid(c, "query", err);
    else
        promcall_fail(c, PROMCALL_BAD_DATA, "%s", err->text);
}

static void
evaluate(struct promcall *c, struct eval_request *request)
{
    struct slice       query = promform_get(&c->form, "query");
    struct eval_result result = {0};
    struct err         err = {0};
    struct node       *tree;
    size_t             max_series;
    int64_t            began_ms = clock_mono_ms(c->clock), evaluated_ms;
    enum status        s;

    if (!promcall_limit(c, &max_series) || !promcall_timeout(c) ||
        !read_lookback(c, &request->lookback_ms))
        return;
    tree = parse(c);
    if (!tree)
        return;
    request->limits = (struct eval_limits){
        .max_samples = c->limits.max_samples,
        .max_memory_bytes = c->limits.max_memory_bytes,
        .timeout_ms = c->deadline_ms - began_ms,
    };
    request->clock = c->clock;
    request->cancel = c->gone;
    s = eval_run(tree, query, &c->series->source, request, &c->arena, &result, &err);
    evaluated_ms = clock_mono_ms(c->clock);
    if (s == STATUS_RANGE)
        fail_range(c, &err);
    else if (s)
        promcall_fail_as(c, s, &err);
    else
        answer(c, &result, max_series);
    eval_close(&result);
    put_stats(c, began_ms, evaluated_ms, &result.stats);
    text_putc(c->out, '}');
}

void
promquery_instant(struct promcall *c)
{
    struct eval_request request = {.start_ms = clock_wall_ms(c->clock)};

    if (promcall_time(c, "time", &request.start_ms))
        evaluate(c, &request);
}

/* start, end and step must all be there. */
static bool
read_range(struct promcall *c, struct eval_request *r)
{
    struct {
        const char *name;
        int64_t    *to;
        enum status (*read)(struct slice s, int64_t *ms, struct err *err);
    } params[] = {{"start", &r->start_ms, promtime_read},
                  {"end", &r->end_ms, promtime_read},
                  {"step", &r->step_ms, promtime_duration}};

    for (size_t i = 0; i < ARRAY_LEN(params); i++) {
        struct err err = {0};

        if (params[i].read(promform_get(&c->form, params[i].name), params[i].to, &err))
            promcall_invalid(c, params[i].name, &err);
        if (i == 1 && !c->err.status && r->end_ms < r->start_ms)
            promcall_fail(c, PROMCALL_BAD_DATA,
                          "invalid parameter \"end\": end timestamp must "
                          "not be before start time");
        if (c->err.status)
            return false;
    }
    if (r->step_ms <= 0)
        promcall_fail(c, PROMCALL_BAD_DATA,
                      "invalid parameter \"step\": zero or negative query resolution step widths "
                      "are not accepted. Try a positive integer");
    else if ((r->end_ms - r->start_ms) / r->step_ms > MOST_STEPS)
        promcall_fail(c, PROMCALL_BAD_DATA,
                      "exceeded maximum resolution of 11,000 points per timeseries. Try "
                      "decreasing the query resolution (?step=XX)");
    return !c->err.status;
}

void
promquery_range(struct promcall *c)
{
    struct eval_request request = {0};

    if (read_range(c, &request))
        evaluate(c, &request);
}

void
promquery_exemplars(struct promcall *c)
{
    int64_t    start_ms = -PROMTIME_FAR_MS, end_ms = PROMTIME_FAR_MS;
    struct err err = {0};

    if (!promcall_time(c, "start", &start_ms) || !promcall_time(c, "end", &end_ms))
        return;
    if (end_ms < start_ms)
        promcall_fail(c, PROMCALL_BAD_DATA, "end timestamp must not be before start timestamp");
    else if (parser_parse(&c->arena, promform_get(&c->form, "query"), &(struct node *){NULL}, NULL,
                          &err))
        promcall_fail(c, PROMCALL_BAD_DATA, "%s", err.text);
    text_puts(c->out, "[]");
}

void
promquery_format(struct promcall *c)
{
    struct node *tree = parse(c);
    struct text  pretty;

    if (!tree)
        return;
    text_init(&pretty, c->limits.max_body_bytes);
    pretty_put(&pretty, tree);
    if (pretty.status)
        promcall_fail(c, PROMCALL_EXECUTION, "the expression is too long when formatted");
    else
        jsonout_quote(c->out, text_slice(&pretty));
    text_release(&pretty);
}

void
promquery_parse(struct promcall *c)
{
    struct node *tree = parse(c);

    if (tree)
        promast_put(c->out, tree);
}
