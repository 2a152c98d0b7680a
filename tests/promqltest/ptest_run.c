#include "tests/promqltest/ptest_run.h"

#include "base/heap.h"
#include "base/text.h"
#include "base/wholefile.h"
#include "promql/parser.h"
#include "promql/printer.h"
#include "tests/promqltest/ptest_check.h"
#include "tests/promqltest/ptest_pin.h"
#include "tests/support/packed.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_FILE_BYTES = 16 << 20, MAX_WHY_BYTES = 1 << 16, MAX_EXPR_BYTES = 1 << 20 };
enum { MIDDLE_STEP_MS = 60 * 1000 };

struct runner {
    const char         *path;
    bool                plain;
    bool                packed; /* the source hands out columns in scratch */
    struct memsource   *data;
    struct ptest_tally *tally;
    struct text         why; /* of the evaluation at hand; not empty: it failed */
};

/* One query of an evaluation. */
struct asked {
    struct slice expr;
    int64_t      start_ms, end_ms, step_ms;
};

enum asked_outcome { ASKED_GOOD, ASKED_BAD, ASKED_REFUSED /* as expected */ };

/* Of a series that stands twice in one load, the last counts; false: not this one. */
static bool
is_last(const size_t *number, size_t i, size_t n)
{
    for (size_t k = i + 1; k < n; k++)
        if (number[k] == number[i])
            return false;
    return true;
}

static enum status
load_points(struct runner *r, const struct ptest_command *c, const size_t *number, struct err *err)
{
    for (size_t i = 0; i < c->n_series; i++) {
        const struct ptest_series *s = &c->series[i];

        for (size_t k = 0; is_last(number, i, c->n_series) && k < s->n_points; k++)
            if (!s->points[k].omitted &&
                memsource_add(r->data, number[i], (int64_t)k * c->step_ms, s->points[k].value, err))
                return err_wrap(err, "%zu", c->line);
    }
    return STATUS_OK;
}

static enum status
load(struct runner *r, const struct ptest_command *c, struct err *err)
{
    size_t     *number = heap_new(c->n_series, sizeof *number);
    enum status st = STATUS_OK;

    for (size_t i = 0; i < c->n_series && st == STATUS_OK; i++) {
        const struct ptest_series *s = &c->series[i];

        r->tally->native_series += s->native;
        st = memsource_series(r->data, s->labels, s->n_labels, &number[i], err);
    }
    if (st == STATUS_OK)
        st = load_points(r, c, number, err);
    free(number);
    return st;
}

/* Evaluate; the result is to be closed whatever the outcome. */
static enum status
evaluate(struct runner *r, const struct asked *q, struct arena *a, struct eval_result *result,
         struct err *err)
{
    struct source       own = memsource_source(r->data);
    struct source       source = r->packed ? packed_source(&own) : own;
    struct eval_request request = {
        .start_ms = q->start_ms, .end_ms = q->end_ms, .step_ms = q->step_ms, .delayed_names = true};
    struct node *tree;
    enum status  st = parser_parse(a, q->expr, &tree, NULL, err);

    r->tally->runs++;
    return st ? st : eval_run(tree, q->expr, &source, &request, a, result, err);
}

/* A query that must fail, fails, and the other way round. */
static enum asked_outcome
judge_failure(struct runner *r, const struct ptest_command *c, enum status st,
              const struct err *err)
{
    if (st == STATUS_OK && !c->has[PTEST_FAIL])
        return ASKED_GOOD;
    if (st == STATUS_OK)
        text_puts(&r->why, "succeeded, which was not expected");
    else if (!c->has[PTEST_FAIL])
        text_printf(&r->why, "failed: %s", err->text);
    else
        (void)!ptest_check_error(c, slice_of(err->text), &r->why);
    return r->why.n ? ASKED_BAD : ASKED_REFUSED;
}

static void
say_which(struct runner *r, const struct asked *q, const char *what)
{
    text_printf(&r->why, " (%s at %lld ms: %.*s)", what, (long long)q->start_ms,
                SLICE_ARG(q->expr));
}

/* middle: the result is a matrix, of which the step in the middle counts. */
static enum asked_outcome
ask(struct runner *r, const struct ptest_command *c, const struct asked *q, bool middle)
{
    struct arena       a = {0};
    struct eval_result result = {0};
    struct err         err = {0};
    enum asked_outcome outcome = judge_failure(r, c, evaluate(r, q, &a, &result, &err), &err);

    if (outcome == ASKED_GOOD && middle)
        (void)!ptest_check_middle(c, &result, q->start_ms + q->step_ms, &r->why);
    else if (outcome == ASKED_GOOD && ptest_check_notes(c, &result, &r->why))
        (void)!ptest_check_value(c, &result, &r->why);
    eval_close(&result);
    arena_release(&a);
    if (r->why.n)
        outcome = ASKED_BAD;
    return outcome;
}

/* An instant query, then the same as the middle of three steps. */
static bool
ask_instant(struct runner *r, const struct ptest_command *c, struct slice expr, int64_t t_ms,
            const char *what)
{
    struct asked       q = {.expr = expr, .start_ms = t_ms, .end_ms = t_ms};
    enum asked_outcome outcome = ask(r, c, &q, false);

    if (outcome == ASKED_BAD)
        say_which(r, &q, what);
    if (outcome != ASKED_GOOD || r->plain || c->is_string || c->is_window || c->has[PTEST_ORDERED])
        return outcome != ASKED_BAD;
    q = (struct asked){expr, t_ms - MIDDLE_STEP_MS, t_ms + MIDDLE_STEP_MS, MIDDLE_STEP_MS};
    if (ask(r, c, &q, true) != ASKED_BAD)
        return true;
    say_which(r, &q, "a range of three steps");
    return false;
}

/* The text of the expression pinned to the evaluation's time; empty if that
 * would change its meaning. */
static struct slice
pinned(struct arena *a, const struct ptest_command *c)
{
    struct node *tree;
    struct text  t;
    struct slice expr = {0};

    if (parser_parse(a, c->expr, &tree, NULL, NULL) != STATUS_OK || !ptest_pin(tree, c->start_ms))
        return expr;
    text_init(&t, MAX_EXPR_BYTES);
    printer_put(&t, tree);
    expr = arena_slice(a, text_slice(&t));
    text_release(&t);
    return expr;
}

/* As promqltest's atModifierTestCases() chooses the times. */
static void
rerun_pinned(struct runner *r, const struct ptest_command *c)
{
    const int64_t t = c->start_ms, of_zero[] = {-1000, 0, 1000},
                  of_others[] = {-10 * t, 0, t / 5, t, 10 * t};
    const int64_t *times = t ? of_others : of_zero;
    size_t         n = t ? ARRAY_LEN(of_others) : ARRAY_LEN(of_zero);
    struct arena   a = {0};
    struct slice   expr = pinned(&a, c);

    for (size_t i = 0; expr.n && i < n; i++)
        if (!ask_instant(r, c, expr, times[i], "the re-run"))
            break;
    arena_release(&a);
}

/* The same of a source that unpacks what it hands out. */
static void
rerun_packed(struct runner *r, const struct ptest_command *c)
{
    struct asked q = {c->expr, c->start_ms, c->end_ms, c->step_ms};

    r->packed = true;
    if (ask(r, c, &q, false) == ASKED_BAD)
        say_which(r, &q, "from scratch");
    r->packed = false;
}

static void
run_eval(struct runner *r, const struct ptest_command *c)
{
    struct asked q = {c->expr, c->start_ms, c->end_ms, c->step_ms};

    if (c->native) {
        r->tally->skipped_evals++;
        return;
    }
    text_clear(&r->why);
    if (c->kind == PTEST_RANGE) {
        if (ask(r, c, &q, false) == ASKED_BAD)
            say_which(r, &q, "the range");
    } else if (ask_instant(r, c, c->expr, c->start_ms, "the query") && !r->plain) {
        rerun_pinned(r, c);
    }
    if (!r->why.n && !r->plain)
        rerun_packed(r, c);
    if (r->why.n) {
        r->tally->failed++;
        printf("%s:%zu: %.*s\n", r->path, c->line, SLICE_ARG(text_slice(&r->why)));
    } else {
        r->tally->passed++;
    }
}

static enum status
run_command(struct runner *r, const struct ptest_command *c, struct err *err)
{
    switch (c->kind) {
    case PTEST_CLEAR:
        memsource_free(r->data);
        r->data = memsource_new();
        return STATUS_OK;
    case PTEST_LOAD:
        r->tally->nhcb_loads += c->with_nhcb;
        return load(r, c, err);
    case PTEST_INSTANT:
    case PTEST_RANGE:
        run_eval(r, c);
        return STATUS_OK;
    }
    return STATUS_OK;
}

enum status
ptest_run_file(const char *path, bool plain, struct ptest_tally *tally, struct err *err)
{
    struct runner       r = {.path = path, .plain = plain, .tally = tally};
    struct ptest_script script = {0};
    struct text         file;
    enum status         st;

    text_init(&file, MAX_FILE_BYTES);
    text_init(&r.why, MAX_WHY_BYTES);
    r.data = memsource_new();
    st = wholefile_read(path, &file, err);
    script.rest = text_slice(&file);
    while (st == STATUS_OK) {
        struct arena         a = {0};
        struct ptest_command c;

        st = ptest_script_next(&script, &a, &c, err);
        if (st == STATUS_OK)
            st = run_command(&r, &c, err);
        arena_release(&a);
    }
    memsource_free(r.data);
    text_release(&r.why);
    text_release(&file);
    return st == STATUS_NO_DATA ? STATUS_OK : err_wrap(err, "%s", path);
}
