#include "daemon/cmd_parse.h"

#include "daemon/option.h"
#include "daemon/querytext.h"
#include "promql/pretty.h"
#include "promql/printer.h"

#include <stdio.h>

enum { EXIT_REFUSED = 1, EXIT_FAILED = 3, MAX_PRINTED_BYTES = 64 << 20 };

enum { ROW_PRETTY, ROW_JSON };

static const struct option_row rows[] = {
    [ROW_PRETTY] = {"pretty", 0, NULL, OPTION_FLAG, "over several lines, indented"},
    [ROW_JSON] = OPTION_JSON,
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
    .json = "{\"ok\", \"printed\"}, or where ok is false {\"ok\", \"error\", \"line\", \"column\"}",
};

static void
put_tree(const struct node *tree, bool pretty, struct text *out)
{
    if (pretty)
        pretty_put(out, tree);
    else
        printer_put(out, tree);
}

static int
print_json(struct arena *arena, const struct option_values *o)
{
    struct text    out, printed;
    struct jsonout j;
    struct node   *tree;
    int            failed;

    text_init(&out, 2 * MAX_PRINTED_BYTES);
    text_init(&printed, MAX_PRINTED_BYTES);
    jsonout_init(&j, &out);
    jsonout_begin_object(&j, NULL);
    tree = querytext_parse_json(arena, slice_of(o->operands[0]), &j);
    if (tree)
        put_tree(tree, o->values[ROW_PRETTY].given, &printed);
    if (tree)
        jsonout_slice(&j, "printed", text_slice(&printed));
    jsonout_end_object(&j);
    failed = printed.status || out.status || puts(out.p) == EOF;
    text_release(&printed);
    text_release(&out);
    return failed ? EXIT_FAILED : tree ? 0 : EXIT_REFUSED;
}

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
    if (o.values[ROW_JSON].given) {
        exit_code = print_json(&arena, &o);
        arena_release(&arena);
        return exit_code;
    }
    tree = querytext_parse(&arena, slice_of(o.operands[0]));
    exit_code = tree ? 0 : EXIT_REFUSED;
    text_init(&out, MAX_PRINTED_BYTES);
    if (tree)
        put_tree(tree, o.values[ROW_PRETTY].given, &out);
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
