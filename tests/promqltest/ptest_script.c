#include "tests/promqltest/ptest_script.h"

#include "base/vec.h"
#include "promql/gofloat.h"
#include "promql/literal.h"

/* A command under construction. */
struct draft {
    struct arena         *arena;
    struct ptest_command *c;
    struct {
        struct ptest_series *at;
        size_t               n, cap;
    } series;
    struct {
        struct ptest_expect *at;
        size_t               n, cap;
    } expects;
};

static const char *const what_text[] = {
    [PTEST_FAIL] = "fail",       [PTEST_WARN] = "warn",       [PTEST_INFO] = "info",
    [PTEST_NO_WARN] = "no_warn", [PTEST_NO_INFO] = "no_info", [PTEST_ORDERED] = "ordered"};

/* Trimmed; a comment counts as a blank line, which ends a command. */
static bool
next_line(struct ptest_script *s, struct slice *line)
{
    if (!s->rest.n)
        return false;
    s->line++;
    *line = slice_cut(&s->rest, '\n');
    if (line->n && line->p[line->n - 1] == '\r')
        line->n--;
    *line = slice_trim(*line);
    if (line->n && line->p[0] == '#')
        line->n = 0;
    return true;
}

static struct slice
next_word(struct slice *s)
{
    struct slice word = *s;
    size_t       n = 0;

    while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t')
        n++;
    word.n = n;
    *s = slice_trim((struct slice){s->p + n, s->n - n});
    return word;
}

static bool
take_word(struct slice *s, const char *word)
{
    struct slice rest = *s;

    if (!slice_is(next_word(&rest), word))
        return false;
    *s = rest;
    return true;
}

/* An offset from time 0; a sign is allowed. */
static bool
take_time(struct slice *s, int64_t *ms)
{
    struct slice word = next_word(s);
    bool         negative = word.n && word.p[0] == '-';

    if (negative)
        word = (struct slice){word.p + 1, word.n - 1};
    if (slice_duration_ms(word, ms) != STATUS_OK)
        return false;
    if (negative)
        *ms = -*ms;
    return true;
}

static bool
take_span(struct slice *s, int64_t *start_ms, int64_t *end_ms, int64_t *step_ms)
{
    return take_word(s, "from") && take_time(s, start_ms) && take_word(s, "to") &&
           take_time(s, end_ms) && take_word(s, "step") && take_time(s, step_ms);
}

static void
push_expect(struct draft *d, struct ptest_expect e)
{
    VEC_PUSH(d->arena, &d->expects, e);
    d->c->has[e.what] = true;
}

/* fail, warn …, then perhaps msg: TEXT or regex: TEXT */
static bool
parse_expectation(struct draft *d, struct slice s)
{
    struct slice        word = next_word(&s);
    struct ptest_expect e = {.what = PTEST_WHATS};

    for (int i = 0; i < PTEST_WHATS; i++)
        if (slice_is(word, what_text[i]))
            e.what = (enum ptest_what)i;
    if (e.what == PTEST_WHATS)
        return false;
    e.is_regex = slice_starts(s, "regex:");
    if (e.is_regex || slice_starts(s, "msg:")) {
        (void)slice_cut(&s, ':');
        e.text = slice_trim(s);
    } else if (s.n) {
        return false;
    }
    push_expect(d, e);
    return true;
}

/* What may follow the word "expect". */
static bool
parse_expect(struct draft *d, struct slice s)
{
    struct ptest_command *c = d->c;

    if (take_word(&s, "string")) {
        c->is_string = true;
        c->string = s.n >= 2 ? literal_string(d->arena, s) : s;
        return s.n >= 2;
    }
    if (take_word(&s, "range")) {
        c->is_window = true;
        return take_word(&s, "vector") &&
               take_span(&s, &c->window_start_ms, &c->window_end_ms, &c->window_step_ms) && !s.n;
    }
    return parse_expectation(d, s);
}

static enum status
parse_body_line(struct draft *d, struct slice line, struct err *err)
{
    struct ptest_series series;
    struct slice        s = line;

    if (d->c->kind != PTEST_LOAD) {
        if (take_word(&s, "expect"))
            return parse_expect(d, s)
                       ? STATUS_OK
                       : err_set(err, STATUS_SYNTAX, "not an expectation: %.*s", SLICE_ARG(line));
        if (take_word(&s, "expected_fail_message") || take_word(&s, "expected_fail_regexp")) {
            push_expect(d, (struct ptest_expect){PTEST_FAIL,
                                                 slice_starts(line, "expected_fail_regexp"), s});
            return STATUS_OK;
        }
        if (gofloat_parse(line, &d->c->scalar) == STATUS_OK) {
            d->c->is_scalar = true;
            return STATUS_OK;
        }
    }
    if (ptest_series_parse(d->arena, line, &series, err))
        return err->status;
    d->c->native |= series.native;
    VEC_PUSH(d->arena, &d->series, series);
    return STATUS_OK;
}

/* eval_warn and the like say before what a line of the body says now. */
static bool
parse_eval_head(struct draft *d, struct slice word, struct slice s)
{
    struct ptest_command *c = d->c;

    if (slice_starts(word, "eval_") &&
        !parse_expectation(d, (struct slice){word.p + 5, word.n - 5}))
        return false;
    if (take_word(&s, "instant")) {
        c->kind = PTEST_INSTANT;
        if (take_word(&s, "at") && !take_time(&s, &c->start_ms))
            return false;
        c->end_ms = c->start_ms;
    } else {
        c->kind = PTEST_RANGE;
        if (!take_word(&s, "range") || !take_span(&s, &c->start_ms, &c->end_ms, &c->step_ms))
            return false;
    }
    c->expr = s;
    return s.n > 0;
}

static bool
parse_head(struct draft *d, struct slice line)
{
    struct slice s = line, word = next_word(&s);

    if (slice_is(word, "clear")) {
        d->c->kind = PTEST_CLEAR;
        return !s.n;
    }
    if (slice_is(word, "load") || slice_is(word, "load_with_nhcb")) {
        d->c->kind = PTEST_LOAD;
        d->c->with_nhcb = !slice_is(word, "load");
        return take_time(&s, &d->c->step_ms) && d->c->step_ms > 0 && !s.n;
    }
    return slice_starts(word, "eval") && parse_eval_head(d, word, s);
}

enum status
ptest_script_next(struct ptest_script *s, struct arena *a, struct ptest_command *out,
                  struct err *err)
{
    struct draft d = {.arena = a, .c = out};
    struct slice line = {0};

    *out = (struct ptest_command){0};
    while (!line.n)
        if (!next_line(s, &line))
            return STATUS_NO_DATA;
    out->line = s->line;
    if (!parse_head(&d, line))
        return err_set(err, STATUS_SYNTAX, "%zu: not a command: %.*s", s->line, SLICE_ARG(line));
    while (out->kind != PTEST_CLEAR && next_line(s, &line) && line.n)
        if (parse_body_line(&d, line, err))
            return err_wrap(err, "%zu", s->line);
    out->series = d.series.at;
    out->n_series = d.series.n;
    out->expects = d.expects.at;
    out->n_expects = d.expects.n;
    return STATUS_OK;
}
