#include "daemon/cmd_backup.h"

#include "daemon/cmdhistory.h"
#include "daemon/copyshow.h"
#include "store/backup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROW_FORCE = CMDHISTORY_ROWS };

static const struct option_row rows[] = {
    CMDHISTORY_ROWS_TABLE,
    [ROW_FORCE] = {"force", 'f', NULL, OPTION_FLAG, "replace FILE where it exists"},
};

const struct option_command cmd_backup_options = {
    .name = "backup",
    .help = "Copy the history into FILE, which is one SQLite database: what was durable at one\n"
            "instant, checked and synced before it gets its name. The daemon may run.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "FILE is there"}, {3, "it is not"}},
};

int
cmd_backup(int argc, char **argv)
{
    struct option_values  v;
    struct copyshow       show = {0};
    struct backup_options o = {.progress = copyshow_at, .ctx = &show};
    struct err            err = {0};
    char                 *dir = NULL;
    uint64_t              bytes;
    enum status           s;
    int                   code;

    if (!option_start(&cmd_backup_options, argc, argv, &v, &code))
        return code;
    s = cmdhistory_dir(&v, &dir, &err);
    o.data_dir = dir;
    o.file = v.operands[0];
    o.replace = v.values[ROW_FORCE].given;
    if (!s)
        s = backup_write(&o, &bytes, &err);
    copyshow_end(&show);
    free(dir);
    if (s)
        (void)fprintf(stderr, "verdictd backup: %s\n", err.text);
    else
        (void)printf("%s: %" PRIu64 " bytes\n", o.file, bytes);
    return s ? OPTION_EXIT_ERROR : 0;
}
