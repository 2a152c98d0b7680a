#include "tests/replay/play_expect.h"

#include "tests/replay/play_ask.h"
#include "tests/replay/play_fact.h"

#include <stdlib.h>

enum { SHOWN_BYTES = 1500 };

static json_t *
wanted(struct slice text)
{
    json_t *v = json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);

    return v ? v : json_stringn(text.p, text.n);
}

static bool
has(const json_t *got, const json_t *want)
{
    size_t        i;
    const json_t *item;

    if (json_is_string(got) && json_is_string(want))
        return strstr(json_string_value(got), json_string_value(want)) != NULL;
    if (json_is_object(got) && json_is_string(want))
        return json_object_get(got, json_string_value(want)) != NULL;
    json_array_foreach(got, i, item) if (json_equal(item, want)) return true;
    return false;
}

static bool
compare(struct play *p, const json_t *got, struct slice op, const json_t *want)
{
    double a = json_number_value(got), b = json_number_value(want);
    bool   numbers = json_is_number(got) && json_is_number(want);
    bool   equal = numbers ? !(a < b) && !(a > b) : json_equal(got, want) != 0;

    if (slice_is(op, "=="))
        return equal;
    if (slice_is(op, "!="))
        return !equal;
    if (slice_is(op, "<"))
        return numbers && a < b;
    if (slice_is(op, "<="))
        return numbers && a <= b;
    if (slice_is(op, ">"))
        return numbers && a > b;
    if (slice_is(op, ">="))
        return numbers && a >= b;
    if (slice_is(op, "contains"))
        return has(got, want);
    if (slice_is(op, "lacks"))
        return !has(got, want);
    play_fail(p, "there is no comparison %.*s", SLICE_ARG(op));
}

/* FACT OP VALUE | FACT VALUE | FACT absent | FACT present.  *got: what came, as text to free. */
static bool
holds(struct play *p, struct slice expr, char **came)
{
    struct slice path = play_want(p, &expr, "what to look at");
    struct slice op = play_want(p, &expr, "a comparison");
    json_t      *got = play_fact_get(p, path), *want;
    bool         ok;

    expr = slice_trim(expr);
    if (expr.n == 0 && !slice_is(op, "absent") && !slice_is(op, "present")) {
        expr = op; /* "status 200" */
        op = SLICE_LITERAL("==");
    }
    *came = got ? json_dumps(got, JSON_ENCODE_ANY) : NULL;
    if (slice_is(op, "absent") || slice_is(op, "present")) {
        ok = (got != NULL) == slice_is(op, "present");
    } else {
        want = wanted(expr);
        ok = got && compare(p, got, op, want);
        json_decref(want);
    }
    json_decref(got);
    return ok;
}

static void
must_hold(struct play *p, struct slice expr, const char *when)
{
    char *came;

    if (!holds(p, expr, &came))
        play_fail(p, "%s: %.*s; what came is %.*s", when, SLICE_ARG(expr), SHOWN_BYTES,
                  came ? came : "absent");
    free(came);
}

/* expect EXPR | expect ledger */
void
play_expect_verb(struct play *p, const struct play_line *l)
{
    if (slice_is(l->rest, "ledger"))
        play_fact_ledger(p);
    else
        must_hold(p, l->rest, "expected");
}

/* EXPR WORD DURATION every DURATION [ask ...] */
struct repeat {
    struct slice expr, ask;
    int64_t      for_ms, every_ms;
};

static struct repeat
read_repeat(struct play *p, const struct play_line *l, const char *word)
{
    struct repeat r = {0};
    struct slice  rest = l->rest;
    const char   *mark = memmem(rest.p, rest.n, word, strlen(word));

    if (!mark)
        play_fail(p, "EXPR%sDURATION every DURATION [ask ...]", word);
    r.expr = (struct slice){rest.p, (size_t)(mark - rest.p)};
    mark += strlen(word);
    rest = (struct slice){mark, (size_t)(l->rest.p + l->rest.n - mark)};
    r.for_ms = play_want_ms(p, &rest, "how long");
    if (!slice_is(play_want(p, &rest, "every"), "every"))
        play_fail(p, "every is missing");
    r.every_ms = play_want_ms(p, &rest, "how often");
    rest = slice_trim(rest);
    if (rest.n && !slice_is(play_word(p, &rest), "ask"))
        play_fail(p, "only ask may follow");
    r.ask = slice_trim(rest);
    if (r.every_ms <= 0)
        play_fail(p, "every so often, over 0");
    return r;
}

static void
ask(struct play *p, const struct play_line *l, const struct repeat *r)
{
    const struct play_line q = {.file = l->file, .number = l->number, .rest = r->ask};

    play_ask_verb(p, &q);
}

/* until EXPR within D every D [ask ...] */
void
play_expect_until(struct play *p, const struct play_line *l)
{
    struct repeat r = read_repeat(p, l, " within ");
    int64_t       end_ms = p->time.elapsed_ms + r.for_ms;

    for (;;) {
        char *came;
        bool  ok;

        ask(p, l, &r);
        ok = holds(p, r.expr, &came);
        free(came);
        if (ok)
            return;
        if (p->time.elapsed_ms + r.every_ms > end_ms)
            must_hold(p, r.expr, "never came");
        play_until(p, p->time.elapsed_ms + r.every_ms);
    }
}

/* always EXPR for D every D [ask ...] */
void
play_expect_always(struct play *p, const struct play_line *l)
{
    struct repeat r = read_repeat(p, l, " for ");
    int64_t       end_ms = p->time.elapsed_ms + r.for_ms;

    for (;;) {
        ask(p, l, &r);
        must_hold(p, r.expr, "not always");
        if (p->time.elapsed_ms + r.every_ms > end_ms)
            return;
        play_until(p, p->time.elapsed_ms + r.every_ms);
    }
}
