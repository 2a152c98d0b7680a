#include "daemon/cmd_parse.h"

#include "daemon/option.h"
#include "daemon/querytext.h"
#include "promql/pretty.h"
#include "promql/printer.h"

#include <stdio.h>

enum { EXIT_REFUSED = 1, EXIT_FAILED = 3, MAX_PRINTED_BYTES = 64 << 20 };

enum { ROW_PRETTY };

static const struct option_row rows[] = {
    [ROW_PRETTY] = {"pretty", 0, NULL, OPTION_FLAG, "over several lines, indented"},
};
const struct option_command cmd_parse_options = {
    .name = "parse",
    .help = "Print a PromQL expression in its canonical form, or tell where it is wrong.",
    .operands = "EXPR",
    .min_operands = 1,
    .max_operands = 1,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "it is PromQL"}, {1, "it is not"}, {3, "could not print it"}},
};

int
cmd_parse(int argc, char **argv)
{
    struct option_values o;
    struct arena         arena = {0};
    struct text          out;
    struct node         *tree;
    int                  exit_code;

    if (!option_start(&cmd_parse_options, argc, argv, &o, &exit_code))
        return exit_code;
    tree = querytext_parse(&arena, slice_of(o.operands[0]));
    exit_code = tree ? 0 : EXIT_REFUSED;
    text_init(&out, MAX_PRINTED_BYTES);
    if (tree && o.values[ROW_PRETTY].given)
        pretty_put(&out, tree);
    else if (tree)
        printer_put(&out, tree);
    if (out.status) {
        fprintf(stderr, "verdictd parse: the expression printed is over %d bytes\n",
                MAX_PRINTED_BYTES);
        exit_code = EXIT_FAILED;
    } else if (tree && (puts(out.p) == EOF || fflush(stdout))) {
        fputs("verdictd parse: standard output cannot be written\n", stderr);
        exit_code = EXIT_FAILED;
    }
    text_release(&out);
    arena_release(&arena);
    return exit_code;
}
