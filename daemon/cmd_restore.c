#include "daemon/cmd_restore.h"

#include "daemon/cmdhistory.h"
#include "daemon/copyshow.h"
#include "store/backup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ASIDE_BYTES = 4200 };

static const struct option_row rows[] = {CMDHISTORY_ROWS_TABLE};

const struct option_command cmd_restore_options = {
    .name = "restore",
    .help = "Put the backup FILE in the place of the history, with the daemon stopped. What was\n"
            "there is set aside under another name. The next start goes on with what it holds.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "restored"}, {3, "not"}},
};

int
cmd_restore(int argc, char **argv)
{
    struct option_values  v;
    struct copyshow       show = {0};
    struct backup_options o = {.progress = copyshow_at, .ctx = &show};
    struct err            err = {0};
    char                 *dir = NULL, aside[ASIDE_BYTES] = "";
    uint64_t              bytes;
    enum status           s;
    int                   code;

    if (!option_start(&cmd_restore_options, argc, argv, &v, &code))
        return code;
    s = cmdhistory_dir(&v, &dir, &err);
    o.data_dir = dir;
    o.file = v.operands[0];
    if (!s)
        s = backup_restore(&o, aside, sizeof aside, &bytes, &err);
    copyshow_end(&show);
    if (s)
        (void)fprintf(stderr, "verdictd restore: %s\n", err.text);
    else
        (void)printf("%s: %" PRIu64 " bytes restored\n", dir, bytes);
    if (aside[0])
        (void)printf("what was there: %s\n", aside);
    free(dir);
    return s ? OPTION_EXIT_ERROR : 0;
}
