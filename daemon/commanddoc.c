#include "daemon/commanddoc.h"

static const char *
blank_before(const char *text)
{
    return text ? " " : "";
}

static const char *
or_nothing(const char *text)
{
    return text ? text : "";
}

/* Text of man(7): a hyphen that is meant to be copied is \-, a backslash \e, and
 * no line may begin with a dot or an apostrophe.  One that begins with blanks
 * stays a line of its own. */
static void
put_man(struct text *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        bool first = p == text || p[-1] == '\n';

        if (first && (*p == '.' || *p == '\''))
            text_puts(out, "\\&");
        if (*p == '-')
            text_puts(out, "\\-");
        else if (*p == '\\')
            text_puts(out, "\\e");
        else
            text_putc(out, *p);
    }
}

static void
man_option(struct text *out, const struct option_command *o, const struct option_row *row)
{
    text_puts(out, ".TP\n");
    if (row->letter)
        text_printf(out, "\\fB\\-%c\\fR, ", row->letter);
    text_puts(out, "\\fB\\-\\-");
    put_man(out, row->name);
    text_puts(out, "\\fR");
    if (row->arg) {
        text_puts(out, " \\fI");
        put_man(out, row->arg);
        text_puts(out, "\\fR");
    }
    text_putc(out, '\n');
    put_man(out, row->help);
    text_puts(out, option_required(o, row) ? " (required)\n" : "\n");
}

static void
man_command(struct text *out, const struct command *c)
{
    const struct option_command *o = c->options;

    text_puts(out, ".SS verdictd ");
    put_man(out, c->name);
    text_puts(out, o->n ? " [OPTIONS]" : "");
    text_puts(out, blank_before(o->operands));
    put_man(out, or_nothing(o->operands));
    text_putc(out, '\n');
    put_man(out, o->help);
    text_putc(out, '\n');
    for (size_t i = 0; i < o->n; i++)
        man_option(out, o, &o->rows[i]);
    text_puts(out, ".PP\nExit code: ");
    for (const struct option_exit *e = o->exits; e < o->exits + OPTION_MAX_EXITS && e->means; e++) {
        text_printf(out, "%s%d ", e == o->exits ? "" : ", ", e->code);
        put_man(out, e->means);
    }
    text_puts(out, ".\n");
    if (!o->json)
        return;
    text_puts(out, ".PP\nJSON: ");
    put_man(out, o->json);
    text_puts(out, ".\n");
}

void
commanddoc_man(struct text *out)
{
    size_t                n;
    const struct command *c = command_table(&n);

    text_puts(out,
              ".\\\" Printed by: verdictd man\n"
              ".TH VERDICTD 1 \"\" \"verdictd " VERDICTD_VERSION "\" \"User Commands\"\n"
              ".SH NAME\n"
              "verdictd \\- judges canary rollouts by service\\-mesh telemetry\n"
              ".SH SYNOPSIS\n"
              ".B verdictd\n"
              ".I COMMAND\n"
              "[OPTIONS]\n"
              ".SH DESCRIPTION\n"
              "Reads service\\-mesh telemetry, compares a canary with its baseline, keeps every\n"
              "verdict and the numbers behind it, and answers the gates that Argo Rollouts and\n"
              "Flagger call.\n"
              "Each command knows\n"
              ".BR \\-h \", \" \\-\\-help .\n"
              ".SH COMMANDS\n");
    for (size_t i = 0; i < n; i++)
        man_command(out, &c[i]);
    text_puts(out,
              ".SH ENVIRONMENT\n"
              ".TP\n.B NO_COLOR\nAnything: no colours.\n"
              ".TP\n.B TERM\nEmpty or dumb: nothing is redrawn, and there are no colours.\n"
              ".TP\n.B USER\nWho acts, where \\-\\-by is not given.\n"
              ".SH EXIT STATUS\n"
              "0 where all went well, 3 where a command was called wrongly or could not do its\n"
              "work; 1 and 2 by command, as said there.\n");
}

/* A cell of a table: | would end it, and < could be taken for a tag. */
static void
put_cell(struct text *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            text_putc(out, '\\');
        text_putc(out, *text);
    }
}

static void
markdown_options(struct text *out, const struct option_command *o)
{
    text_puts(out, "\n| option | what |\n|---|---|\n");
    for (size_t i = 0; i < o->n; i++) {
        const struct option_row *row = &o->rows[i];

        text_puts(out, "| `");
        if (row->letter)
            text_printf(out, "-%c`, `", row->letter);
        text_printf(out, "--%s%s", row->name, blank_before(row->arg));
        put_cell(out, or_nothing(row->arg));
        text_puts(out, "` | ");
        put_cell(out, row->help);
        text_puts(out, option_required(o, row) ? " (required) |\n" : " |\n");
    }
}

static void
markdown_command(struct text *out, const struct command *c)
{
    const struct option_command *o = c->options;

    text_printf(out, "\n## verdictd %s\n\n```text\nverdictd %s%s%s%s\n```\n\n", c->name, c->name,
                o->n ? " [OPTIONS]" : "", blank_before(o->operands), or_nothing(o->operands));
    for (const char *p = o->help; *p; p++) {
        if (p[0] == '\n' && p[1] == ' ') /* a list in the help stays one */
            text_puts(out, "\n-");
        else
            text_putc(out, *p);
    }
    text_putc(out, '\n');
    if (o->n)
        markdown_options(out, o);
    if (o->json)
        text_printf(out, o->json[0] == '{' ? "\nJSON: `%s`.\n" : "\nJSON: %s.\n", o->json);
}

static void
markdown_exits(struct text *out, const struct command *c, size_t n)
{
    text_puts(out, "\n## Exit codes\n\n| command | 0 | 1 | 2 | 3 |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < n; i++) {
        const struct option_exit *e = c[i].options->exits;

        text_printf(out, "| `%s` |", c[i].name);
        for (int code = 0; code <= OPTION_EXIT_ERROR; code++) {
            bool there = e < c[i].options->exits + OPTION_MAX_EXITS && e->means && e->code == code;

            text_putc(out, ' ');
            if (there)
                put_cell(out, e++->means);
            text_puts(out, there ? " |" : "|");
        }
        text_putc(out, '\n');
    }
}

void
commanddoc_markdown(struct text *out)
{
    size_t                n;
    const struct command *c = command_table(&n);

    text_puts(
        out, "# The commands\n\n"
             "Printed by `verdictd man --markdown` from the tables that the program reads its\n"
             "command line by. Each command knows `-h` and `--help`. `--name VALUE`,\n"
             "`--name=VALUE`, `-c VALUE` and `-cVALUE` are the same; `--` ends the options.\n"
             "Messages and progress go to standard error. What is printed with `--json` is strict\n"
             "JSON: keys may be added, none changes its meaning.\n\n"
             "| command | what |\n|---|---|\n");
    for (size_t i = 0; i < n; i++) {
        text_printf(out, "| [`%s`](#verdictd-%s) | ", c[i].name, c[i].name);
        put_cell(out, c[i].help);
        text_puts(out, " |\n");
    }
    markdown_exits(out, c, n);
    for (size_t i = 0; i < n; i++)
        markdown_command(out, &c[i]);
}
