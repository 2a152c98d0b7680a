#include "daemon/cmd_man.h"

#include "daemon/commanddoc.h"

#include <stdio.h>

enum { PAGE_BYTES = 1 << 20 };
enum { ROW_MARKDOWN };

static const struct option_row rows[] = {
    [ROW_MARKDOWN] = {"markdown", 0, NULL, OPTION_FLAG, "print docs/COMMANDS.md instead"},
};

const struct option_command cmd_man_options = {
    .name = "man",
    .help = "Print the manual page: verdictd man | man -l -",
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "printed"}, {3, "called wrongly"}},
};

int
cmd_man(int argc, char **argv)
{
    struct option_values v;
    struct text          page;
    int                  code;

    if (!option_start(&cmd_man_options, argc, argv, &v, &code))
        return code;
    text_init(&page, PAGE_BYTES);
    if (v.values[ROW_MARKDOWN].given)
        commanddoc_markdown(&page);
    else
        commanddoc_man(&page);
    (void)fputs(page.p, stdout);
    text_release(&page);
    return 0;
}
