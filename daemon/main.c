/* verdictd COMMAND: finds the command and hands it its words. */
#include "daemon/command.h"

#include <stdio.h>

enum { LIST_BYTES = 64 << 10 };

/* Other ways to say a command that people try first. */
static const char *
meant_by(const char *word)
{
    if (!strcmp(word, "--help") || !strcmp(word, "-h"))
        return "help";
    return strcmp(word, "--version") ? word : "version";
}

/* What did not reach its reader is no answer: a script would go on with half of one. */
static int
run(const struct command *c, int argc, char **argv)
{
    int code = c->run(argc, argv);

    if (code == OPTION_EXIT_ERROR || (fflush(stdout) == 0 && !ferror(stdout)))
        return code;
    (void)fprintf(stderr, "verdictd %s: standard output cannot be written\n", c->name);
    return OPTION_EXIT_ERROR;
}

int
main(int argc, char **argv)
{
    struct slice          near;
    const struct command *c;

    if (argc < 2) {
        struct text list;

        text_init(&list, LIST_BYTES);
        command_list(&list);
        (void)fputs(list.p, stderr);
        text_release(&list);
        return OPTION_EXIT_ERROR;
    }
    c = command_find(slice_of(meant_by(argv[1])), &near);
    if (c)
        return run(c, argc - 1, argv + 1);
    if (near.n)
        (void)fprintf(stderr, "verdictd: unknown command \"%.60s\"; did you mean %.*s?\n", argv[1],
                      SLICE_ARG(near));
    else
        (void)fprintf(stderr, "verdictd: unknown command \"%.60s\"; verdictd help lists all\n",
                      argv[1]);
    return OPTION_EXIT_ERROR;
}
