#include "daemon/option.h"

#include "base/nearest.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

enum { HELP_BYTES = 16384, HELP_COLUMN = 28, EXIT_COLUMN = 4 };

/* What is left of the command line. */
struct cursor {
    int    argc, at;
    char **argv;
};

static const struct option_row *
by_name(const struct option_command *c, struct slice name)
{
    for (size_t i = 0; i < c->n; i++)
        if (slice_is(name, c->rows[i].name))
            return &c->rows[i];
    return NULL;
}

static const struct option_row *
by_letter(const struct option_command *c, char letter)
{
    for (size_t i = 0; i < c->n; i++)
        if (letter && c->rows[i].letter == letter)
            return &c->rows[i];
    return NULL;
}

static enum status
unknown(const struct option_command *c, struct slice name, const char *written, struct err *err)
{
    struct nearest near = nearest_to(name);

    for (size_t i = 0; i < c->n; i++)
        nearest_offer(&near, slice_of(c->rows[i].name));
    nearest_offer(&near, SLICE_LITERAL("help"));
    if (near.best.n)
        return err_set(err, STATUS_SYNTAX, "unknown option %.60s; did you mean --%.*s?", written,
                       SLICE_ARG(near.best));
    return err_set(err, STATUS_SYNTAX, "unknown option %.60s; verdictd %s --help lists all",
                   written, c->name);
}

static enum status
read_value(const struct option_row *row, const char *text, struct option_value *v, struct err *err)
{
    enum status s = STATUS_OK;
    const char *want = "";

    switch (row->kind) {
    case OPTION_FLAG:
    case OPTION_TEXT:
        break;
    case OPTION_COUNT:
        s = slice_u64(slice_of(text), &v->count);
        want = "a whole number from 0 up";
        break;
    case OPTION_NUMBER:
        s = slice_double(slice_of(text), &v->number);
        if (!s && !isfinite(v->number))
            s = STATUS_RANGE;
        want = "a number";
        break;
    case OPTION_DURATION:
        s = slice_duration_ms(slice_of(text), &v->ms);
        want = "a duration like 250ms, 30s or 5m";
        break;
    }
    if (s)
        return err_set(err, STATUS_SYNTAX, "--%s: \"%.60s\" is not %s", row->name, text, want);
    v->text = text;
    return STATUS_OK;
}

/* One option: attached is the value written with it, or NULL. */
static enum status
take(const struct option_command *c, const struct option_row *row, const char *attached,
     struct cursor *in, struct option_values *out, struct err *err)
{
    struct option_value *v = &out->values[row - c->rows];

    if (v->given)
        return err_set(err, STATUS_SYNTAX, "--%s is given twice", row->name);
    v->given = true;
    if (row->kind == OPTION_FLAG) {
        if (attached)
            return err_set(err, STATUS_SYNTAX, "--%s takes no value", row->name);
        return STATUS_OK;
    }
    if (!attached && in->at + 1 < in->argc)
        attached = in->argv[++in->at];
    if (!attached)
        return err_set(err, STATUS_SYNTAX, "--%s needs a value: --%s %s", row->name, row->name,
                       row->arg);
    return read_value(row, attached, v, err);
}

static enum status
read_option(const struct option_command *c, struct cursor *in, struct option_values *out,
            struct err *err)
{
    const char              *word = in->argv[in->at];
    struct slice             rest = slice_of(word + 2), name;
    const struct option_row *row;

    if (word[1] != '-') {
        row = by_letter(c, word[1]);
        name = slice_of(word + 1);
        if (word[1] == 'h' && !row && !word[2])
            out->help = true;
        else if (row && row->kind == OPTION_FLAG && word[2])
            return err_set(err, STATUS_SYNTAX, "%.60s: write one letter at a time", word);
        else if (row)
            return take(c, row, word[2] ? word + 2 : NULL, in, out, err);
        else
            return unknown(c, name, word, err);
        return STATUS_OK;
    }
    name = slice_cut(&rest, '=');
    row = by_name(c, name);
    if (row)
        return take(c, row, rest.p, in, out, err);
    if (!slice_is(name, "help"))
        return unknown(c, name, word, err);
    out->help = true;
    return STATUS_OK;
}

static enum status
add_operand(const struct option_command *c, const char *word, struct option_values *out,
            struct err *err)
{
    if (out->n_operands >= c->max_operands)
        return err_set(err, STATUS_SYNTAX, "\"%.60s\" is one argument too many; verdictd %s --help",
                       word, c->name);
    out->operands[out->n_operands++] = word;
    return STATUS_OK;
}

bool
option_required(const struct option_command *c, const struct option_row *row)
{
    return c->required >> (row - c->rows) & 1;
}

enum status
option_read(const struct option_command *c, int argc, char **argv, struct option_values *out,
            struct err *err)
{
    struct cursor in = {argc, 1, argv};
    bool          only_operands = false;
    enum status   s = STATUS_OK;

    assert(c->n <= OPTION_MAX_ROWS && c->max_operands <= OPTION_MAX_OPERANDS);
    *out = (struct option_values){0};
    for (; in.at < argc && !s && !out->help; in.at++) {
        const char *word = argv[in.at];

        if (!only_operands && !strcmp(word, "--"))
            only_operands = true;
        else if (!only_operands && word[0] == '-' && word[1])
            s = read_option(c, &in, out, err);
        else
            s = add_operand(c, word, out, err);
    }
    if (s || out->help)
        return s;
    if (out->n_operands < c->min_operands)
        return err_set(err, STATUS_SYNTAX, "%s is missing; verdictd %s --help", c->operands,
                       c->name);
    for (size_t i = 0; i < c->n; i++)
        if (option_required(c, &c->rows[i]) && !out->values[i].given)
            return err_set(err, STATUS_SYNTAX, "--%s %s is required; verdictd %s --help",
                           c->rows[i].name, c->rows[i].arg, c->name);
    return STATUS_OK;
}

static void
help_row(const struct option_row *row, bool required, struct text *out)
{
    size_t start = out->n;

    text_puts(out, "  ");
    if (row->letter)
        text_printf(out, "-%c, ", row->letter);
    text_printf(out, "--%s%s%s", row->name, row->arg ? " " : "", row->arg ? row->arg : "");
    do {
        text_putc(out, ' ');
    } while (out->n - start < HELP_COLUMN && !out->status);
    text_printf(out, "%s%s\n", row->help, required ? " (required)" : "");
}

struct slice
option_word(struct slice *rest)
{
    while (rest->n) {
        struct slice word = slice_cut(rest, ' ');

        while (word.n && word.p[0] == '[')
            word = (struct slice){word.p + 1, word.n - 1};
        while (word.n && (word.p[word.n - 1] == ']' || word.p[word.n - 1] == '.'))
            word.n--;
        if (word.n)
            return word;
    }
    return (struct slice){0};
}

void
option_help(const struct option_command *c, struct text *out)
{
    static const struct option_row help = {"help", 'h', NULL, OPTION_FLAG, "print this"};

    text_printf(out, "usage: verdictd %s [OPTIONS]%s%s\n\n%s\n\n", c->name, c->operands ? " " : "",
                c->operands ? c->operands : "", c->help);
    for (size_t i = 0; i < c->n; i++)
        help_row(&c->rows[i], option_required(c, &c->rows[i]), out);
    help_row(&help, false, out);
    if (c->exits[0].means)
        text_puts(out, "\nexit code\n");
    for (const struct option_exit *e = c->exits; e < c->exits + OPTION_MAX_EXITS && e->means; e++)
        text_printf(out, "  %-*d%s\n", EXIT_COLUMN, e->code, e->means);
}

bool
option_start(const struct option_command *c, int argc, char **argv, struct option_values *out,
             int *exit_code)
{
    struct err  err = {0};
    struct text text;

    if (option_read(c, argc, argv, out, &err)) {
        fprintf(stderr, "verdictd %s: %s\n", c->name, err.text);
        *exit_code = OPTION_EXIT_ERROR;
        return false;
    }
    if (!out->help)
        return true;
    text_init(&text, HELP_BYTES);
    option_help(c, &text);
    fputs(text.p, stdout);
    text_release(&text);
    *exit_code = 0;
    return false;
}
