#include "daemon/command.h"

#include "base/nearest.h"

/* The options of each stand beside its code. */
#define COMMAND(name, function, help)                                                              \
    extern const struct option_command function##_options;                                         \
    int                                function(int argc, char **argv);
#include "daemon/command.def"
#undef COMMAND

static const struct command commands[] = {
#define COMMAND(name, function, help) {name, help, function, &function##_options},
#include "daemon/command.def"
#undef COMMAND
};

const struct command *
command_table(size_t *n)
{
    *n = ARRAY_LEN(commands);
    return commands;
}

const struct command *
command_find(struct slice name, struct slice *near)
{
    struct nearest nearest = nearest_to(name);

    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (slice_is(name, commands[i].name))
            return &commands[i];
        nearest_offer(&nearest, slice_of(commands[i].name));
    }
    *near = nearest.best;
    return NULL;
}

void
command_list(struct text *out)
{
    text_puts(out, "usage: verdictd COMMAND [OPTIONS]\n\n"
                   "Judges canary rollouts by service-mesh telemetry.\n\n");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        text_printf(out, "  %-14s%s\n", commands[i].name, commands[i].help);
    text_puts(out, "\nverdictd COMMAND --help tells of one.\n");
}

enum command_word
command_word(struct slice word)
{
    if (slice_is(word, "FILE") || slice_is(word, "DIR"))
        return COMMAND_WORD_PATH;
    if (slice_is(word, "COMMAND"))
        return COMMAND_WORD_COMMAND;
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] >= 'A' && word.p[i] <= 'Z')
            return COMMAND_WORD_FREE;
    return COMMAND_WORD_LITERAL;
}
