#include "daemon/option.h"

#include "base/nearest.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

enum { EXIT_MISUSE = 3, HELP_BYTES = 16384, HELP_COLUMN = 28 };

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
    if (!s && !out->help && out->n_operands < c->min_operands)
        s = err_set(err, STATUS_SYNTAX, "%s is missing; verdictd %s --help", c->operands, c->name);
    return s;
}

static void
help_row(const struct option_row *row, struct text *out)
{
    size_t start = out->n;

    text_puts(out, "  ");
    if (row->letter)
        text_printf(out, "-%c, ", row->letter);
    text_printf(out, "--%s%s%s", row->name, row->arg ? " " : "", row->arg ? row->arg : "");
    do {
        text_putc(out, ' ');
    } while (out->n - start < HELP_COLUMN && !out->status);
    text_printf(out, "%s\n", row->help);
}

void
option_help(const struct option_command *c, struct text *out)
{
    static const struct option_row help = {"help", 'h', NULL, OPTION_FLAG, "print this"};

    text_printf(out, "usage: verdictd %s [OPTIONS]%s%s\n\n%s\n\n", c->name, c->operands ? " " : "",
                c->operands ? c->operands : "", c->help);
    for (size_t i = 0; i < c->n; i++)
        help_row(&c->rows[i], out);
    help_row(&help, out);
}

bool
option_start(const struct option_command *c, int argc, char **argv, struct option_values *out,
             int *exit_code)
{
    struct err  err = {0};
    struct text text;

    if (option_read(c, argc, argv, out, &err)) {
        fprintf(stderr, "verdictd %s: %s\n", c->name, err.text);
        *exit_code = EXIT_MISUSE;
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
