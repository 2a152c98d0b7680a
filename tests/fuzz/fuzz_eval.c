/* Any expression over any small world of series is evaluated or refused: the
 * same way each time, from columns in memory as from scratch, and at one instant
 * as over a range of one step. */
#include "promql/eval.h"
#include "promql/parser.h"
#include "tests/support/packed.h"
#include "tests/support/prng.h"
#include "tests/support/promworld.h"

#include <assert.h>
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Choices from the input; zeros when it is used up. */
struct bytes {
    const uint8_t *at;
    size_t         n;
};

static uint64_t
pick_byte(void *self, uint64_t n)
{
    struct bytes *b = self;
    uint64_t      v = 0;

    for (uint64_t reach = 1; reach < n && b->n; reach *= 256, b->n--)
        v = v * 256 + *b->at++;
    return v % n;
}

static uint64_t
pick_chance(void *self, uint64_t n)
{
    return prng_below(self, n);
}

/* What a row may be: times on the way up, no marker of staleness. */
static void
check_series(const struct value *v)
{
    for (size_t i = 0; i < v->n_series; i++) {
        const struct value_series *s = &v->series[i];

        assert(s->n >= 1 && (v->kind == VALUE_MATRIX || s->n == 1));
        for (size_t k = 0; k < s->n; k++) {
            assert(!value_is_absent(s->v[k]));
            assert(k == 0 || s->t_ms[k] > s->t_ms[k - 1]);
        }
    }
}

/* No two series of one answer bear the same labels; ranges come in order. */
static void
check_labels(const struct eval_result *r, bool sorted)
{
    const struct value *v = &r->value;

    for (size_t i = 1; i < v->n_series; i++) {
        struct labels set = labels_of(r->pool, v->series[i].labels);

        for (size_t k = sorted ? i - 1 : 0; k < i; k++) {
            int order = labels_compare(r->pool, labels_of(r->pool, v->series[k].labels), set);

            assert(sorted ? order < 0 : order != 0);
        }
    }
}

static enum status
run(const struct node *tree, struct slice query, const struct source *source,
    const struct eval_request *request, struct arena *arena, struct eval_result *r)
{
    struct err  err = {0};
    enum status s = eval_run(tree, query, source, request, arena, r, &err);

    assert(s == err.status && (s == STATUS_OK || err.text[0] != '\0'));
    if (s)
        return s;
    if (r->value.kind != VALUE_SCALAR && r->value.kind != VALUE_STRING) {
        check_series(&r->value);
        check_labels(r, r->value.kind == VALUE_MATRIX);
    }
    for (size_t i = 0; i < r->notes.n; i++)
        assert(slice_starts(r->notes.at[i].text, "PromQL ") &&
               slice_ends(r->notes.at[i].text, ")"));
    return s;
}

static bool
same_bits(double a, double b)
{
    return value_bits(a) == value_bits(b) || (isnan(a) && isnan(b));
}

/* The series of b with the labels of series i of a. */
static const struct value_series *
find(const struct eval_result *a, size_t i, const struct eval_result *b)
{
    struct text want, got;
    size_t      k = 0;

    text_init(&want, 1 << 20);
    text_init(&got, 1 << 20);
    labels_write(a->pool, labels_of(a->pool, a->value.series[i].labels), &want);
    for (; k < b->value.n_series; k++) {
        text_clear(&got);
        labels_write(b->pool, labels_of(b->pool, b->value.series[k].labels), &got);
        if (slice_equal(text_slice(&want), text_slice(&got)))
            break;
    }
    text_release(&want);
    text_release(&got);
    return k < b->value.n_series ? &b->value.series[k] : NULL;
}

static void
check_equal(const struct eval_result *a, const struct eval_result *b)
{
    if (a->value.kind == VALUE_SCALAR && b->value.kind == VALUE_SCALAR)
        assert(same_bits(a->value.scalar, b->value.scalar));
    if (a->value.kind == VALUE_SCALAR || a->value.kind == VALUE_STRING)
        return;
    assert(a->value.n_series == b->value.n_series);
    for (size_t i = 0; i < a->value.n_series; i++) {
        const struct value_series *s = &a->value.series[i], *t = find(a, i, b);

        assert(t && t->n == s->n);
        for (size_t k = 0; k < s->n; k++)
            assert(s->t_ms[k] == t->t_ms[k] && same_bits(s->v[k], t->v[k]));
    }
}

/* Which of several errors is met first may differ; that there is one may not. */
static void
evaluate(struct slice query, struct node *tree, struct memsource *m, struct eval_request request)
{
    struct source      source = memsource_source(m), packed = packed_source(&source);
    struct arena       arena = {0};
    struct eval_result first, again;
    enum status        s = run(tree, query, &source, &request, &arena, &first);

    assert(run(tree, query, &packed, &request, &arena, &again) == s);
    if (!s)
        check_equal(&first, &again);
    eval_close(&again);
    if (!request.step_ms && (tree->type == EXPR_VECTOR || tree->type == EXPR_SCALAR) &&
        !request.delayed_names) { /* an instant query may then keep what a range must merge */
        request.step_ms = 1;
        request.end_ms = request.start_ms;
        assert((run(tree, query, &source, &request, &arena, &again) == STATUS_OK) ==
               (s == STATUS_OK));
        if (!s)
            check_equal(&first, &again);
        eval_close(&again);
    }
    eval_close(&first);
    arena_release(&arena);
}

/* flags, seed of the series (2), time (2), step (1), then choices or text. */
enum { HEAD_BYTES = 6, TEXT = 1, CALM = 2, RANGE = 4, DELAYED = 8 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena arena = {0};
    struct err   err = {0};
    struct text  query;
    struct node *tree;
    struct prng  chance;
    struct bytes rest;

    if (n < HEAD_BYTES)
        return 0;
    rest = (struct bytes){data + HEAD_BYTES, n - HEAD_BYTES};
    chance = (struct prng){(uint64_t)data[1] << 8 | data[2]};
    struct promgen      world = {.pick = pick_chance, .self = &chance};
    struct promgen      words = {.pick = pick_byte, .self = &rest};
    struct memsource   *m = memsource_new();
    struct eval_request request = {
        .start_ms = ((int64_t)data[3] << 8 | data[4]) * 20 - 50000,
        .delayed_names = data[0] & DELAYED,
        .limits = {.max_samples = 200000, .max_series = 500, .max_points = 500},
    };

    if (data[0] & RANGE) {
        request.step_ms = 1 + (int64_t)(data[5] % 16) * 9973;
        request.end_ms = request.start_ms + request.step_ms * (data[5] / 16) + 500;
    }
    promworld_fill(&world, m, data[0] & CALM);
    text_init(&query, 1 << 16);
    if (data[0] & TEXT)
        text_put(&query, (struct slice){(const char *)rest.at, rest.n});
    else
        promgen_query(&words, &query);
    if (query.status == STATUS_OK) {
        enum status s = parser_parse(&arena, text_slice(&query), &tree, NULL, &err);

        assert(s == STATUS_OK || data[0] & TEXT);
        if (!s)
            evaluate(text_slice(&query), tree, m, request);
    }
    text_release(&query);
    memsource_free(m);
    arena_release(&arena);
    return 0;
}
