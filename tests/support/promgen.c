#include "tests/support/promgen.h"

static uint64_t
pick(struct promgen *g, uint64_t n)
{
    return g->pick(g->self, n);
}

#define ONE_OF(g, texts) ((texts)[pick((g), ARRAY_LEN(texts))])

static void
duration(struct promgen *g, struct text *to)
{
    static const char *const plain[] = {"1m", "90s", "5m", "17s", "2m30s", "10m", "1h", "500ms"};

    text_puts(to, ONE_OF(g, plain));
}

static void
timing(struct promgen *g, struct text *to)
{
    static const char *const forms[] = {" offset 1m",       " offset -45s", " @ 333",
                                        " @ 600.5",         " @ start()",   " @ end()",
                                        " @ 400 offset 30s"};

    if (pick(g, 5) == 0)
        text_puts(to, ONE_OF(g, forms));
}

static void
matchers(struct promgen *g, struct text *to)
{
    static const char *const forms[] = {"",
                                        "",
                                        "",
                                        "",
                                        "{x=\"1\"}",
                                        "{x!=\"1\"}",
                                        "{y=\"\"}",
                                        "{y=~\"p|\"}",
                                        "{x=~\"1.*\"}",
                                        "{y!~\"q\"}",
                                        "{x=\"1\",y=\"p\"}",
                                        "{x=\"none\"}"};

    text_puts(to, ONE_OF(g, forms));
}

static void
selector(struct promgen *g, struct text *to)
{
    static const char *const names[] = {"a_total", "a_total", "b", "b", "c", "h_bucket"};

    if (pick(g, 16) == 0) {
        text_puts(to, "{__name__=~\"b|c\"}");
        return;
    }
    text_puts(to, ONE_OF(g, names));
    matchers(g, to);
}

static void
range(struct promgen *g, struct text *to, int depth)
{
    if (depth > 0 && pick(g, 4) == 0) {
        text_putc(to, '(');
        promgen_vector(g, to, depth - 1);
        text_puts(to, ")[");
        duration(g, to);
        text_puts(to, pick(g, 3) ? ":" : ":13s");
    } else {
        selector(g, to);
        text_putc(to, '[');
        duration(g, to);
    }
    text_putc(to, ']');
    timing(g, to);
}

static void
scalar(struct promgen *g, struct text *to, int depth)
{
    static const char *const leaves[] = {"2",    "0.5", "-3",     "1e3",  "0",
                                         "10",   "0.9", "NaN",    "+Inf", "1",
                                         "7.25", "30s", "time()", "pi()", "-0"};
    static const char *const ops[] = {"+", "-", "*", "/", "%", "^", "== bool", "< bool", "atan2"};

    if (depth > 0 && pick(g, 6) == 0) {
        text_puts(to, "scalar(");
        promgen_vector(g, to, depth - 1);
        text_putc(to, ')');
    } else if (depth > 0 && pick(g, 6) == 0) {
        text_putc(to, '(');
        scalar(g, to, depth - 1);
        text_printf(to, " %s ", ONE_OF(g, ops));
        scalar(g, to, depth - 1);
        text_putc(to, ')');
    } else {
        text_puts(to, ONE_OF(g, leaves));
    }
}

static void
window_call(struct promgen *g, struct text *to, int depth)
{
    static const char *const plain[] = {"rate",
                                        "increase",
                                        "delta",
                                        "irate",
                                        "idelta",
                                        "deriv",
                                        "changes",
                                        "resets",
                                        "avg_over_time",
                                        "min_over_time",
                                        "max_over_time",
                                        "sum_over_time",
                                        "count_over_time",
                                        "stddev_over_time",
                                        "stdvar_over_time",
                                        "last_over_time",
                                        "first_over_time",
                                        "present_over_time",
                                        "absent_over_time",
                                        "mad_over_time",
                                        "ts_of_first_over_time",
                                        "ts_of_last_over_time",
                                        "ts_of_min_over_time",
                                        "ts_of_max_over_time"};

    switch (pick(g, 14)) {
    case 0:
        text_puts(to, "quantile_over_time(");
        scalar(g, to, depth - 1);
        text_puts(to, ", ");
        range(g, to, depth);
        break;
    case 1:
        text_puts(to, "predict_linear(");
        range(g, to, depth);
        text_puts(to, ", ");
        scalar(g, to, depth - 1);
        break;
    case 2:
        text_puts(to, "double_exponential_smoothing(");
        range(g, to, depth);
        text_puts(to, ", 0.3, 0.6");
        break;
    default:
        text_printf(to, "%s(", ONE_OF(g, plain));
        range(g, to, depth);
    }
    text_putc(to, ')');
}

static void
map_call(struct promgen *g, struct text *to, int depth)
{
    static const char *const plain[] = {
        "abs",  "ceil",   "floor",        "exp",         "sqrt",        "ln",
        "log2", "log10",  "sgn",          "deg",         "rad",         "sin",
        "cos",  "tan",    "asin",         "acos",        "atan",        "sinh",
        "cosh", "tanh",   "asinh",        "acosh",       "atanh",       "round",
        "year", "month",  "day_of_month", "day_of_week", "day_of_year", "days_in_month",
        "hour", "minute", "timestamp",    "absent"};
    static const char *const with_one[] = {"round", "clamp_min", "clamp_max"};

    if (pick(g, 6) == 0) {
        text_printf(to, "%s(", ONE_OF(g, with_one));
        promgen_vector(g, to, depth - 1);
        text_puts(to, ", ");
        scalar(g, to, depth - 1);
    } else if (pick(g, 8) == 0) {
        text_puts(to, "clamp(");
        promgen_vector(g, to, depth - 1);
        text_puts(to, ", ");
        scalar(g, to, depth - 1);
        text_puts(to, ", ");
        scalar(g, to, depth - 1);
    } else {
        text_printf(to, "%s(", ONE_OF(g, plain));
        promgen_vector(g, to, depth - 1);
    }
    text_putc(to, ')');
}

static const char *const groupings[] = {"",         " by (x)",        " by (x, y)",
                                        " by ()",   " without (x)",   " without (y, le)",
                                        " by (le)", " by (__name__)", " without ()"};

static void
aggregation(struct promgen *g, struct text *to, int depth)
{
    static const char *const plain[] = {"sum",   "avg",   "min",    "max",
                                        "count", "group", "stddev", "stdvar"};
    static const char *const ranked[] = {"topk", "bottomk", "limitk"};

    switch (pick(g, 8)) {
    case 0:
        text_printf(to, "quantile%s(", ONE_OF(g, groupings));
        scalar(g, to, depth - 1);
        text_puts(to, ", ");
        break;
    case 1:
        text_printf(to, "count_values%s(\"v\", ", ONE_OF(g, groupings));
        break;
    case 2:
        if (!g->by_value_only) {
            text_printf(to, "%s%s(%d, ", ONE_OF(g, ranked), ONE_OF(g, groupings), (int)pick(g, 5));
            break;
        }
        /* fall through */
    default:
        text_printf(to, "%s%s(", ONE_OF(g, plain), ONE_OF(g, groupings));
    }
    promgen_vector(g, to, depth - 1);
    text_putc(to, ')');
}

static void
two_vectors(struct promgen *g, struct text *to, int depth)
{
    static const char *const ops[] = {"+",  "-", "*", "/",  "%",  "^",       "atan2", "==",
                                      "!=", "<", ">", "<=", ">=", "== bool", "> bool"};
    static const char *const sets[] = {"and", "or", "unless"};
    static const char *const matching[] = {
        "", "", "", " on (x, y)", " ignoring (y)", " on (x)", " ignoring (le)", " on ()"};
    static const char *const grouped[] = {
        " on (x) group_left ()",        " on (x, y) group_right ()",
        " on () group_left (x)",        " on (x) group_right (y)",
        " ignoring (y) group_left ()",  " ignoring (y) group_right (y)",
        " ignoring (le) group_left (x)"};

    text_putc(to, '(');
    promgen_vector(g, to, depth - 1);
    if (pick(g, 4) == 0) {
        text_printf(to, " %s%s ", ONE_OF(g, sets), ONE_OF(g, matching));
    } else {
        const char *op = ONE_OF(g, ops);

        text_printf(to, " %s%s ", op, pick(g, 4) ? ONE_OF(g, matching) : ONE_OF(g, grouped));
    }
    promgen_vector(g, to, depth - 1);
    text_putc(to, ')');
}

static void
with_scalar(struct promgen *g, struct text *to, int depth)
{
    static const char *const ops[] = {"+",  "-", "*", "/",  "%",  "^",       "atan2", "==",
                                      "!=", "<", ">", "<=", ">=", "== bool", "> bool"};
    const char              *op = ONE_OF(g, ops);

    text_putc(to, '(');
    if (pick(g, 2)) {
        promgen_vector(g, to, depth - 1);
        text_printf(to, " %s ", op);
        scalar(g, to, depth - 1);
    } else {
        scalar(g, to, depth - 1);
        text_printf(to, " %s ", op);
        promgen_vector(g, to, depth - 1);
    }
    text_putc(to, ')');
}

static void
relabelled(struct promgen *g, struct text *to, int depth)
{
    static const char *const forms[] = {
        ", \"z\", \"$1-\", \"x\", \"(.).*\")", ", \"y\", \"new\", \"y\", \"p\")",
        ", \"x\", \"\", \"x\", \".*\")", ", \"__name__\", \"n_$1\", \"x\", \"(.*)\")",
        ", \"x\", \"$a$2\", \"y\", \"(?P<a>.)()|\")"};

    if (pick(g, 3) == 0) {
        text_puts(to, "label_join(");
        promgen_vector(g, to, depth - 1);
        text_puts(to, ", \"z\", \"/\", \"x\", \"y\", \"__name__\")");
        return;
    }
    text_puts(to, "label_replace(");
    promgen_vector(g, to, depth - 1);
    text_puts(to, ONE_OF(g, forms));
}

static void
of_buckets(struct promgen *g, struct text *to, int depth)
{
    static const char *const inner[] = {"h_bucket", "rate(h_bucket[5m])",
                                        "sum by (le) (rate(h_bucket[5m]))",
                                        "sum by (le, x) (h_bucket)"};

    if (pick(g, 3)) {
        text_puts(to, "histogram_quantile(");
    } else {
        text_puts(to, "histogram_fraction(");
        scalar(g, to, depth - 1);
        text_puts(to, ", ");
    }
    scalar(g, to, depth - 1);
    text_puts(to, ", ");
    if (pick(g, 8))
        text_puts(to, ONE_OF(g, inner));
    else
        promgen_vector(g, to, depth - 1);
    text_putc(to, ')');
}

static void
other(struct promgen *g, struct text *to, int depth)
{
    static const char *const before[] = {"-", "-(", "(", "+("}, *const after[] = {"", ")", ")",
                                                                                  ")"};
    static const char *const dates[] = {"hour()", "day_of_week()", "vector(time())", "year()"};
    uint64_t                 i;

    switch (pick(g, 4)) {
    case 0:
        text_puts(to, "vector(");
        scalar(g, to, depth - 1);
        text_putc(to, ')');
        return;
    case 1:
        text_puts(to, ONE_OF(g, dates));
        return;
    default:
        i = pick(g, ARRAY_LEN(before));
        text_puts(to, before[i]);
        promgen_vector(g, to, depth - 1);
        text_puts(to, after[i]);
    }
}

void
promgen_vector(struct promgen *g, struct text *to, int depth)
{
    static void (*const forms[])(struct promgen *, struct text *, int) = {
        window_call, window_call, window_call, aggregation, aggregation, aggregation, two_vectors,
        two_vectors, with_scalar, with_scalar, map_call,    relabelled,  of_buckets,  other};

    if (depth <= 0 || pick(g, 6) == 0) {
        selector(g, to);
        timing(g, to);
        return;
    }
    ONE_OF(g, forms)(g, to, depth);
}

void
promgen_query(struct promgen *g, struct text *to)
{
    int depth = 1 + (int)pick(g, PROMGEN_MAX_DEPTH - 1);

    if (pick(g, 30) == 0)
        scalar(g, to, depth);
    else if (pick(g, 12) == 0) {
        text_puts(to, pick(g, 2) ? "sort(" : "sort_desc(");
        promgen_vector(g, to, depth - 1);
        text_putc(to, ')');
    } else {
        promgen_vector(g, to, depth);
    }
}
