#include "promql/selector.h"

/* Words that the grammar does not take as a metric name
 * (prometheus/promql/parser/generated_parser.y, metric_identifier). */
static const char *const reserved[] = {"bool",        "on",    "ignoring", "group_left",
                                       "group_right", "atan2", "inf",      "nan"};

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
name_valid(struct slice name, bool colons)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!is_letter(c) && !(colons && c == ':') && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return name.n > 0 && name.n <= SELECTOR_MAX_VALUE_BYTES;
}

bool
selector_label_valid(struct slice name)
{
    return name_valid(name, false);
}

bool
selector_metric_valid(struct slice name)
{
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (slice_is_nocase(name, reserved[i]))
            return false;
    return name_valid(name, true);
}

/* One byte of a literal; bytes over 127 as \xHH, so that no decoder between
 * here and the lexer can see anything but ASCII. */
static void
put_escaped(struct text *to, char c)
{
    const unsigned char u = (unsigned char)c;

    if (c == '"' || c == '\\') {
        text_putc(to, '\\');
        text_putc(to, c);
    } else if (c == '\n') {
        text_puts(to, "\\n");
    } else if (u < 0x20 || u >= 0x7f) {
        text_printf(to, "\\x%02x", u);
    } else {
        text_putc(to, c);
    }
}

static void
put_literal(struct text *to, struct slice value)
{
    for (size_t i = 0; i < value.n; i++)
        put_escaped(to, value.p[i]);
}

/* The characters that regexp.QuoteMeta of Go quotes. */
static bool
is_meta(char c)
{
    return c && strchr("\\.+*?()|[]{}^$", c);
}

void
selector_regex(struct text *to, struct slice value)
{
    for (size_t i = 0; i < value.n; i++) {
        if (is_meta(value.p[i]))
            text_putc(to, '\\');
        text_putc(to, value.p[i]);
    }
}

static void
put_quoted(struct text *to, struct slice value)
{
    for (size_t i = 0; i < value.n; i++) {
        if (is_meta(value.p[i]))
            put_escaped(to, '\\');
        put_escaped(to, value.p[i]);
    }
}

void
selector_string(struct text *to, struct slice value)
{
    text_putc(to, '"');
    put_literal(to, value);
    text_putc(to, '"');
}

static bool
is_list(enum selector_op op)
{
    return op == SELECTOR_ONE_OF || op == SELECTOR_NONE_OF;
}

static enum status
check_matcher(const struct selector_matcher *m, struct err *err)
{
    if (!selector_label_valid(m->label))
        return err_set(err, STATUS_SYNTAX, "\"%.*s\" is not a label name", SLICE_ARG(m->label));
    if (is_list(m->op) ? m->n_values < 1 || m->n_values > SELECTOR_MAX_VALUES : m->n_values != 1)
        return err_set(err, STATUS_LIMIT, "label %.*s is matched against %zu values, at most %d",
                       SLICE_ARG(m->label), m->n_values, SELECTOR_MAX_VALUES);
    for (size_t i = 0; i < m->n_values; i++) {
        if (m->values[i].n > SELECTOR_MAX_VALUE_BYTES)
            return err_set(err, STATUS_LIMIT, "a value for label %.*s has %zu bytes, at most %d",
                           SLICE_ARG(m->label), m->values[i].n, SELECTOR_MAX_VALUE_BYTES);
        if (is_list(m->op) && m->n_values > 1 && !slice_utf8(m->values[i]))
            return err_set(err, STATUS_SYNTAX, "a value for label %.*s is not UTF-8",
                           SLICE_ARG(m->label));
    }
    return STATUS_OK;
}

static const char *
op_text(const struct selector_matcher *m)
{
    switch (m->op) {
    case SELECTOR_IS:
        return "=";
    case SELECTOR_IS_NOT:
        return "!=";
    case SELECTOR_ONE_OF:
        return m->n_values == 1 ? "=" : "=~";
    case SELECTOR_NONE_OF:
        return m->n_values == 1 ? "!=" : "!~";
    case SELECTOR_MATCHES:
        return "=~";
    case SELECTOR_MATCHES_NOT:
        return "!~";
    }
    return "=";
}

static void
put_matcher(struct text *to, const struct selector_matcher *m)
{
    text_put(to, m->label);
    text_puts(to, op_text(m));
    if (m->n_values == 1) {
        selector_string(to, m->values[0]);
        return;
    }
    text_putc(to, '"');
    for (size_t i = 0; i < m->n_values; i++) {
        if (i > 0)
            text_putc(to, '|');
        put_quoted(to, m->values[i]);
    }
    text_putc(to, '"');
}

enum status
selector_write(struct text *to, struct slice metric, const struct selector_matcher *matchers,
               size_t n, struct err *err)
{
    bool named = metric.n > 0;

    for (size_t i = 0; i < n && !named; i++)
        named = slice_is(matchers[i].label, "__name__");
    if (!named || (metric.n > 0 && !selector_metric_valid(metric)))
        return err_set(err, STATUS_SYNTAX, "\"%.*s\" is not a metric name", SLICE_ARG(metric));
    for (size_t i = 0; i < n; i++) {
        enum status s = check_matcher(&matchers[i], err);

        if (s)
            return s;
    }
    text_put(to, metric);
    text_putc(to, '{');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            text_putc(to, ',');
        put_matcher(to, &matchers[i]);
    }
    text_putc(to, '}');
    return STATUS_OK;
}

static bool
seen_before(const struct slice *labels, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (slice_equal(labels[k], labels[i]))
            return true;
    return false;
}

enum status
selector_by(struct text *to, const struct slice *labels, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (!selector_label_valid(labels[i]))
            return err_set(err, STATUS_SYNTAX, "\"%.*s\" is not a label name",
                           SLICE_ARG(labels[i]));
    text_puts(to, "by (");
    for (size_t i = 0; i < n; i++) {
        if (seen_before(labels, i))
            continue;
        if (i > 0)
            text_puts(to, ", ");
        text_put(to, labels[i]);
    }
    text_putc(to, ')');
    return STATUS_OK;
}
