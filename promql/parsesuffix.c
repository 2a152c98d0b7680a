#include "promql/parsesuffix.h"

#include "promql/literal.h"

#include <math.h>

/* Where an @ stands for a whole number of milliseconds that its printed form
 * gives back: some 70 thousand years around the epoch. */
#define MAX_AT_MS 0x1p51

#define A_DURATION "number, duration, step(), or range()"

static const char not_enabled[] = "experimental duration expression is not enabled";

static bool
is_sign(enum token_kind k)
{
    return k == TOKEN_ADD || k == TOKEN_SUB;
}

static bool
is_arithmetic(enum token_kind k)
{
    return is_sign(k) || k == TOKEN_MUL || k == TOKEN_DIV || k == TOKEN_MOD || k == TOKEN_POW;
}

/* step(), range(), min(a, b), max(a, b) and parentheses: Prometheus has them
 * behind a feature flag, and points at what is in the parentheses.  What is no
 * such call is left to the caller. */
static void
refuse_expression(struct parsestate *p)
{
    struct token t = parsestate_peek(p);

    if (t.kind == TOKEN_LEFT_PAREN) {
        while (parsestate_take_if(p, TOKEN_LEFT_PAREN))
            continue;
        parsestate_fail(p, parsestate_peek(p).place, STATUS_SYNTAX, not_enabled);
        return;
    }
    if (t.kind != TOKEN_STEP && t.kind != TOKEN_RANGE && t.kind != TOKEN_MIN &&
        t.kind != TOKEN_MAX && !(t.kind == TOKEN_IDENTIFIER && slice_ends(t.text, "_of")))
        return;
    (void)parsestate_take(p);
    if (parsestate_peek(p).kind == TOKEN_LEFT_PAREN)
        parsestate_fail(p, t.place, STATUS_SYNTAX, not_enabled);
}

struct duration {
    int64_t      ms;
    struct place place;
};

/* [sign] number or duration. */
static struct duration
duration(struct parsestate *p, bool many_signs, const char *context, const char *expected)
{
    struct duration d = {0, parsestate_peek(p).place};
    bool            minus = false;
    struct token    t;
    struct text     why;
    enum status     s;
    double          seconds;

    while (is_sign(parsestate_peek(p).kind)) {
        minus ^= parsestate_take(p).kind == TOKEN_SUB;
        if (!many_signs)
            break;
    }
    refuse_expression(p);
    t = parsestate_peek(p);
    if (t.kind != TOKEN_NUMBER && t.kind != TOKEN_DURATION) {
        parsestate_unexpected(p, context, expected);
        return d;
    }
    (void)parsestate_take(p);
    text_init(&why, LEXER_MAX_MESSAGE_BYTES);
    if (t.kind == TOKEN_DURATION) {
        s = literal_duration(t.text, &d.ms, &why);
    } else {
        s = literal_number(t.text, &seconds, &why);
        if (!s)
            s = literal_seconds(seconds, &d.ms, &why);
    }
    if (s)
        parsestate_fail(p, t.place, STATUS_SYNTAX, "%s", why.p);
    text_release(&why);
    d.ms = minus ? -d.ms : d.ms;
    d.place.end = t.place.end;
    return d;
}

/* In brackets: more than 0, and no arithmetic with it. */
static int64_t
positive(struct parsestate *p, const char *context, const char *expected)
{
    struct duration d = duration(p, true, context, expected);

    if (is_arithmetic(parsestate_peek(p).kind))
        parsestate_fail(p, d.place, STATUS_SYNTAX, not_enabled);
    if (d.ms <= 0)
        parsestate_fail(p, d.place, STATUS_SYNTAX, "duration must be greater than 0");
    return d.ms;
}

static struct node *
subquery(struct parsestate *p, struct node *expr, int64_t range_ms)
{
    struct node *n = parsestate_node(p, NODE_SUBQUERY, expr->place);

    if (parsestate_peek(p).kind != TOKEN_RIGHT_BRACKET)
        n->u.subquery.step_ms =
            positive(p, "subquery selector", "number, duration, step(), range(), or \"]\"");
    if (!parsestate_take_if(p, TOKEN_RIGHT_BRACKET))
        parsestate_unexpected(p, "subquery selector", "\"]\"");
    n->u.subquery.inner = expr;
    n->u.subquery.range_ms = range_ms;
    n->place.end = p->closing;
    parsestate_adopt(p, n, expr);
    return n;
}

static struct node *
brackets(struct parsestate *p, struct node *expr)
{
    struct token left = parsestate_take(p);
    int64_t      range_ms = positive(p, "subquery or range selector", A_DURATION);
    struct place both = {left.place.start, 0};
    const char  *why = NULL;
    struct node *n;

    if (parsestate_take_if(p, TOKEN_COLON))
        return subquery(p, expr, range_ms);
    if (!parsestate_take_if(p, TOKEN_RIGHT_BRACKET))
        parsestate_unexpected(p, "subquery or range", "\":\" or \"]\"");
    both.end = p->closing;
    if (expr->kind != NODE_SELECTOR)
        why = "ranges only allowed for vector selectors";
    else if (expr->u.selector.timing.offset_ms)
        why = "no offset modifiers allowed before range";
    else if (expr->u.selector.timing.at != AT_NONE)
        why = "no @ modifiers allowed before range";
    if (why)
        parsestate_fail(p, both, STATUS_SYNTAX, "%s", why);
    n = parsestate_node(p, NODE_MATRIX, expr->place);
    n->u.matrix.selector = expr;
    n->u.matrix.range_ms = range_ms;
    n->place.end = p->closing;
    parsestate_adopt(p, n, expr);
    return n;
}

/* Where the expression keeps its offset and @; NULL: it can have none. */
static struct node_timing *
timing_of(struct parsestate *p, struct node *expr, const char *modifier)
{
    if (expr->kind == NODE_SELECTOR)
        return &expr->u.selector.timing;
    if (expr->kind == NODE_MATRIX)
        return &expr->u.matrix.selector->u.selector.timing;
    if (expr->kind == NODE_SUBQUERY)
        return &expr->u.subquery.timing;
    parsestate_fail(p, expr->place, STATUS_SYNTAX,
                    "%s modifier must be preceded by an instant vector selector or range vector "
                    "selector or a subquery",
                    modifier);
    return NULL;
}

static void
offset(struct parsestate *p, struct node *expr)
{
    struct node_timing *timing;
    struct duration     d;

    (void)parsestate_take(p);
    d = duration(p, false, "offset", A_DURATION);
    timing = p->status ? NULL : timing_of(p, expr, "offset");
    if (!timing)
        return;
    if (timing->offset_ms)
        parsestate_fail(p, expr->place, STATUS_SYNTAX, "offset may not be set multiple times");
    timing->offset_ms = d.ms;
    expr->place.end = p->closing;
}

/* NaN and infinities as Go's %f has them. */
static void
out_of_bounds(struct parsestate *p, const struct node *expr, double t)
{
    static const char text[] = "timestamp out of bounds for @ modifier: ";

    if (isfinite(t))
        parsestate_fail(p, expr->place, STATUS_SYNTAX, "%s%f", text, t);
    else
        parsestate_fail(p, expr->place, STATUS_SYNTAX, "%s%s", text,
                        isnan(t) ? "NaN"
                        : t > 0  ? "+Inf"
                                 : "-Inf");
}

static bool
at_time(struct parsestate *p, const struct node *expr, struct node_timing *to)
{
    bool         minus = is_sign(parsestate_peek(p).kind) && parsestate_take(p).kind == TOKEN_SUB;
    struct token t = parsestate_peek(p);
    struct text  why;
    enum status  s;
    double       seconds;
    int64_t      ms;

    if (t.kind != TOKEN_NUMBER && t.kind != TOKEN_DURATION) {
        parsestate_unexpected(p, "@", "timestamp");
        return false;
    }
    (void)parsestate_take(p);
    text_init(&why, LEXER_MAX_MESSAGE_BYTES);
    if (t.kind == TOKEN_DURATION) {
        s = literal_duration(t.text, &ms, &why);
        seconds = (double)ms / 1e3;
    } else {
        s = literal_number(t.text, &seconds, &why);
    }
    if (s)
        parsestate_fail(p, t.place, STATUS_SYNTAX, "%s", why.p);
    text_release(&why);
    seconds = minus ? -seconds : seconds;
    if (!(fabs(seconds * 1e3) < MAX_AT_MS)) {
        out_of_bounds(p, expr, seconds);
        return false;
    }
    to->at = AT_TIME;
    to->at_ms = (int64_t)round(seconds * 1e3);
    return true;
}

static void
at(struct parsestate *p, struct node *expr)
{
    struct node_timing *timing, wanted = {0};
    enum token_kind     k;

    (void)parsestate_take(p);
    k = parsestate_peek(p).kind;
    if (k == TOKEN_START || k == TOKEN_END) {
        (void)parsestate_take(p);
        wanted.at = k == TOKEN_START ? AT_START : AT_END;
        if (!parsestate_take_if(p, TOKEN_LEFT_PAREN) || !parsestate_take_if(p, TOKEN_RIGHT_PAREN))
            parsestate_unexpected(p, "@", "timestamp");
    } else if (!at_time(p, expr, &wanted)) {
        return;
    }
    timing = p->status ? NULL : timing_of(p, expr, "@");
    if (!timing)
        return;
    if (timing->at != AT_NONE)
        parsestate_fail(p, expr->place, STATUS_SYNTAX,
                        "@ <timestamp> may not be set multiple times");
    timing->at = wanted.at;
    timing->at_ms = wanted.at_ms;
    expr->place.end = p->closing;
}

struct node *
parsesuffix_read(struct parsestate *p, struct node *expr)
{
    while (expr && !p->status) {
        struct token t = parsestate_peek(p);

        if (t.kind == TOKEN_LEFT_BRACKET)
            expr = brackets(p, expr);
        else if (t.kind == TOKEN_OFFSET)
            offset(p, expr);
        else if (t.kind == TOKEN_AT)
            at(p, expr);
        else if (t.kind == TOKEN_SMOOTHED || t.kind == TOKEN_ANCHORED)
            parsestate_fail(p, expr->place, STATUS_SYNTAX,
                            "%s modifier is experimental and not enabled",
                            t.kind == TOKEN_SMOOTHED ? "smoothed" : "anchored");
        else
            break;
    }
    return p->status ? NULL : expr;
}
