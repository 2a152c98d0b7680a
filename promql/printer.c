#include "promql/printer.h"

#include "base/heap.h"
#include "promql/gofloat.h"
#include "promql/goquote.h"
#include "promql/selector.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* Years and weeks only where nothing is left over: 90d reads better than 12w6d. */
void
printer_duration(struct text *to, int64_t ms)
{
    static const struct {
        const char *name;
        int64_t     ms;
        bool        exact;
    } unit[] = {{"y", 365 * (int64_t)DAY, true},
                {"w", 7 * (int64_t)DAY, true},
                {"d", DAY, false},
                {"h", HOUR, false},
                {"m", MINUTE, false},
                {"s", SECOND, false},
                {"ms", 1, false}};

    if (ms == 0)
        text_puts(to, "0s");
    if (ms < 0)
        text_putc(to, '-');
    ms = ms < 0 ? -ms : ms;
    for (size_t i = 0; i < ARRAY_LEN(unit); i++) {
        int64_t n = ms / unit[i].ms;

        if (!n || (unit[i].exact && ms % unit[i].ms))
            continue;
        text_printf(to, "%" PRId64 "%s", n, unit[i].name);
        ms -= n * unit[i].ms;
    }
}

static void
put_label(struct text *to, struct slice name)
{
    if (selector_label_valid(name))
        text_put(to, name);
    else
        goquote_write(to, name);
}

static void
put_labels(struct text *to, const struct node_labels *labels)
{
    text_putc(to, '(');
    for (size_t i = 0; i < labels->n; i++) {
        text_puts(to, i ? ", " : "");
        put_label(to, labels->at[i]);
    }
    text_putc(to, ')');
}

static void
put_timing(struct text *to, const struct node_timing *timing)
{
    uint64_t ms = (uint64_t)(timing->at_ms < 0 ? -timing->at_ms : timing->at_ms);

    switch (timing->at) {
    case AT_NONE:
        break;
    case AT_TIME:
        text_printf(to, " @ %s%" PRIu64 ".%03" PRIu64, timing->at_ms < 0 ? "-" : "", ms / 1000,
                    ms % 1000);
        break;
    case AT_START:
        text_puts(to, " @ start()");
        break;
    case AT_END:
        text_puts(to, " @ end()");
        break;
    }
    if (timing->offset_ms) {
        text_puts(to, " offset ");
        printer_duration(to, timing->offset_ms);
    }
}

static void
put_matcher(struct text *to, const struct node_matcher *m)
{
    put_label(to, m->name);
    text_puts(to, matcher_op_text(m->op));
    goquote_write(to, m->value);
}

static int
by_text(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* Matchers stand in the order of their texts. */
static void
put_matchers(struct text *to, const struct node_matcher *const *m, size_t n)
{
    struct text   all;
    struct slice *one = heap_new(n + 1, sizeof *one);
    size_t       *end = heap_new(n + 1, sizeof *end);

    text_init(&all, to->max_bytes);
    for (size_t i = 0; i < n; i++) {
        put_matcher(&all, m[i]);
        end[i] = all.n;
    }
    for (size_t i = 0, start = 0; i < n; start = end[i++])
        one[i] = (struct slice){all.p + start, end[i] - start};
    qsort(one, n, sizeof *one, by_text);
    text_putc(to, '{');
    for (size_t i = 0; i < n; i++) {
        text_puts(to, i ? "," : "");
        text_put(to, one[i]);
    }
    text_putc(to, '}');
    if (all.status)
        to->status = all.status;
    text_release(&all);
    free(end);
    free(one);
}

static void
put_series(struct text *to, const struct node *n)
{
    const struct node_matcher **m = heap_new(n->u.selector.n + 1, sizeof(const void *));
    size_t                      left = 0;

    for (size_t i = 0; i < n->u.selector.n; i++) {
        const struct node_matcher *one = &n->u.selector.matchers[i];
        bool is_name = one->op == MATCHER_EQUAL && slice_is(one->name, "__name__") &&
                       one->value.n && slice_equal(one->value, n->u.selector.name);

        if (!is_name)
            m[left++] = one;
    }
    text_put(to, n->u.selector.name);
    if (left)
        put_matchers(to, m, left);
    free(m);
}

/* A sign before the left side of ^ would take the whole power. */
static void
put_number(struct text *to, const struct node *n, bool unsigned_)
{
    double v = n->u.number.value;

    if (n->u.number.is_duration)
        printer_duration(to, (int64_t)llround(v * 1e3));
    else if (unsigned_ && isinf(v) && v > 0)
        text_puts(to, "Inf");
    else
        gofloat_put(to, v);
}

void
printer_operator(struct text *to, const struct node *n)
{
    bool grouped = n->u.binary.card == CARD_MANY_TO_ONE || n->u.binary.card == CARD_ONE_TO_MANY;

    text_puts(to, ast_binary_text(n->u.binary.op));
    if (n->u.binary.return_bool)
        text_puts(to, " bool");
    if (n->u.binary.is_on || n->u.binary.matching.n || grouped) {
        text_puts(to, n->u.binary.is_on ? " on " : " ignoring ");
        put_labels(to, &n->u.binary.matching);
    }
    if (grouped) {
        text_puts(to, n->u.binary.card == CARD_MANY_TO_ONE ? " group_left " : " group_right ");
        put_labels(to, &n->u.binary.include);
    }
}

void
printer_aggregation(struct text *to, const struct node *n)
{
    text_puts(to, ast_aggregation_text(n->u.aggregation.op));
    if (!n->u.aggregation.without && !n->u.aggregation.labels.n)
        return;
    text_puts(to, n->u.aggregation.without ? " without " : " by ");
    put_labels(to, &n->u.aggregation.labels);
    text_putc(to, ' ');
}

void
printer_window(struct text *to, const struct node *n)
{
    bool                      sub = n->kind == NODE_SUBQUERY;
    const struct node_timing *timing =
        sub ? &n->u.subquery.timing : &n->u.matrix.selector->u.selector.timing;

    text_putc(to, '[');
    printer_duration(to, sub ? n->u.subquery.range_ms : n->u.matrix.range_ms);
    if (sub)
        text_putc(to, ':');
    if (sub && n->u.subquery.step_ms)
        printer_duration(to, n->u.subquery.step_ms);
    text_putc(to, ']');
    put_timing(to, timing);
}

static void
put_call(struct text *to, const struct node *n)
{
    text_puts(to, function_get(n->u.call.id)->name);
    text_putc(to, '(');
    for (size_t i = 0; i < n->u.call.n; i++) {
        text_puts(to, i ? ", " : "");
        printer_put(to, n->u.call.args[i]);
    }
    text_putc(to, ')');
}

static void
put_aggregation(struct text *to, const struct node *n)
{
    printer_aggregation(to, n);
    text_putc(to, '(');
    if (n->u.aggregation.param) {
        printer_put(to, n->u.aggregation.param);
        text_puts(to, ", ");
    }
    printer_put(to, n->u.aggregation.inner);
    text_putc(to, ')');
}

void
printer_lhs(struct text *to, const struct node *n)
{
    const struct node *lhs = n->u.binary.lhs;

    if (lhs->kind == NODE_NUMBER)
        put_number(to, lhs, n->u.binary.op == BINARY_POW);
    else
        printer_put(to, lhs);
}

static void
put_binary(struct text *to, const struct node *n)
{
    printer_lhs(to, n);
    text_putc(to, ' ');
    printer_operator(to, n);
    text_putc(to, ' ');
    printer_put(to, n->u.binary.rhs);
}

void
printer_put(struct text *to, const struct node *n)
{
    if (to->status)
        return;
    switch (n->kind) {
    case NODE_NUMBER:
        put_number(to, n, false);
        break;
    case NODE_STRING:
        goquote_write(to, n->u.string);
        break;
    case NODE_SELECTOR:
        put_series(to, n);
        put_timing(to, &n->u.selector.timing);
        break;
    case NODE_MATRIX:
        put_series(to, n->u.matrix.selector);
        printer_window(to, n);
        break;
    case NODE_SUBQUERY:
        printer_put(to, n->u.subquery.inner);
        printer_window(to, n);
        break;
    case NODE_CALL:
        put_call(to, n);
        break;
    case NODE_AGGREGATION:
        put_aggregation(to, n);
        break;
    case NODE_BINARY:
        put_binary(to, n);
        break;
    case NODE_UNARY:
        text_putc(to, n->u.unary.negative ? '-' : '+');
        printer_put(to, n->u.unary.inner);
        break;
    case NODE_PAREN:
        text_putc(to, '(');
        printer_put(to, n->u.paren);
        text_putc(to, ')');
        break;
    }
}
