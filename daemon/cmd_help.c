#include "daemon/cmd_help.h"

#include "daemon/command.h"

#include <stdio.h>

enum { HELP_BYTES = 64 << 10 };

const struct option_command cmd_help_options = {
    .name = "help",
    .help = "List the commands, or print the help of one.",
    .operands = "[COMMAND]",
    .max_operands = 1,
    .exits = {{0, "printed"}, {3, "there is no such command"}},
};

int
cmd_help(int argc, char **argv)
{
    struct option_values  v;
    const struct command *c = NULL;
    struct slice          near;
    struct text           text;
    int                   code;

    if (!option_start(&cmd_help_options, argc, argv, &v, &code))
        return code;
    if (v.n_operands)
        c = command_find(slice_of(v.operands[0]), &near);
    if (v.n_operands && !c) {
        (void)fprintf(stderr, "verdictd help: there is no command \"%.60s\"%s%.*s\n", v.operands[0],
                      near.n ? "; did you mean " : "; verdictd help lists all", SLICE_ARG(near));
        return OPTION_EXIT_ERROR;
    }
    text_init(&text, HELP_BYTES);
    if (c)
        option_help(c->options, &text);
    else
        command_list(&text);
    (void)fputs(text.p, stdout);
    text_release(&text);
    return 0;
}
