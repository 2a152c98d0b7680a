/* verdictd COMMAND: finds the command and hands it its words. */
#include "base/base.h"
#include "base/nearest.h"

#include <stdio.h>

enum { EXIT_MISUSE = 3, MAX_HELP_WORDS = 2 };

#define COMMAND(name, function, help) int function(int argc, char **argv);
#include "daemon/command.def"
#undef COMMAND

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
#define COMMAND(name, function, help) {name, function, help},
#include "daemon/command.def"
#undef COMMAND
};

static void
print_help(FILE *to)
{
    fputs("usage: verdictd COMMAND [OPTIONS]\n\n"
          "Judges canary rollouts by service-mesh telemetry.\n\n",
          to);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(to, "  %-14s%s\n", commands[i].name, commands[i].help);
    fprintf(to,
            "  %-14s%s\n"
            "  %-14s%s\n",
            "version", "print the version", "help", "print this, or the help of one command");
}

static int
run(int argc, char **argv)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (!strcmp(argv[0], commands[i].name))
            return commands[i].run(argc, argv);
    return -1;
}

static int
unknown(const char *name)
{
    struct nearest near = nearest_to(slice_of(name));

    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        nearest_offer(&near, slice_of(commands[i].name));
    nearest_offer(&near, SLICE_LITERAL("version"));
    nearest_offer(&near, SLICE_LITERAL("help"));
    if (near.best.n)
        fprintf(stderr, "verdictd: unknown command \"%.60s\"; did you mean %.*s?\n", name,
                SLICE_ARG(near.best));
    else
        fprintf(stderr, "verdictd: unknown command \"%.60s\"; verdictd help lists all\n", name);
    return EXIT_MISUSE;
}

/* "help" alone, or "help COMMAND" as "COMMAND --help". */
static int
help(int argc, char **argv)
{
    char  option[] = "--help";
    char *words[MAX_HELP_WORDS + 1] = {argv[1], option, NULL};
    int   code;

    if (argc < 2) {
        print_help(stdout);
        return 0;
    }
    code = run(MAX_HELP_WORDS, words);
    return code < 0 ? unknown(argv[1]) : code;
}

int
main(int argc, char **argv)
{
    struct slice word = slice_of(argc > 1 ? argv[1] : "");
    int          code;

    if (argc < 2) {
        print_help(stderr);
        return EXIT_MISUSE;
    }
    if (slice_is(word, "help") || slice_is(word, "--help") || slice_is(word, "-h"))
        return help(argc - 1, argv + 1);
    if (slice_is(word, "version") || slice_is(word, "--version")) {
        puts("verdictd " VERDICTD_VERSION);
        return 0;
    }
    code = run(argc - 1, argv + 1);
    return code < 0 ? unknown(argv[1]) : code;
}
