/* cmd_judge.h - `verdictd judge`: one verdict now, from the source itself. */
#ifndef DAEMON_CMD_JUDGE_H
#define DAEMON_CMD_JUDGE_H

#include "daemon/option.h"

extern const struct option_command cmd_judge_options;

/* Needs no daemon: asks the source for the last minutes, snapshot by snapshot,
 * and judges them as a run would have.
 * Exit code 0 pass, 1 fail or abort, 2 hold, 3 the question could not be asked. */
int cmd_judge(int argc, char **argv);

#endif
