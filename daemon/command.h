/* command.h - the commands of verdictd: one table, from which everything about them is made. */
#ifndef DAEMON_COMMAND_H
#define DAEMON_COMMAND_H

#include "daemon/option.h"

struct command {
    const char *name, *help; /* help: a line, for the list */
    int (*run)(int argc, char **argv);
    const struct option_command *options;
};

/* In the order of the help. */
const struct command *command_table(size_t *n);

/* NULL: none; then *near is the name that was probably meant, {0} if none is close. */
const struct command *command_find(struct slice name, struct slice *near);

/* The list of all, as `verdictd help` prints it. */
void command_list(struct text *out);

/* What one word of an option's arg or of operands stands for. */
enum command_word {
    COMMAND_WORD_FREE,
    COMMAND_WORD_PATH,    /* FILE, DIR */
    COMMAND_WORD_COMMAND, /* the name of a command */
    COMMAND_WORD_LITERAL, /* itself */
};
enum command_word command_word(struct slice word);

#endif
