#include "daemon/cmd_version.h"

#include <stdio.h>

enum { ROW_JSON };

static const struct option_row rows[] = {[ROW_JSON] = OPTION_JSON};

const struct option_command cmd_version_options = {
    .name = "version",
    .help = "Print the version.",
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "printed"}, {3, "called wrongly"}},
    .json = "{\"version\"}",
};

int
cmd_version(int argc, char **argv)
{
    struct option_values v;
    int                  code;

    if (!option_start(&cmd_version_options, argc, argv, &v, &code))
        return code;
    (void)puts(v.values[ROW_JSON].given ? "{\"version\":\"" VERDICTD_VERSION "\"}"
                                        : "verdictd " VERDICTD_VERSION);
    return 0;
}
