/* cmd_outbox.h - verdictd outbox: what targets outside are still to be told. */
#ifndef DAEMON_CMD_OUTBOX_H
#define DAEMON_CMD_OUTBOX_H

#include "daemon/option.h"

extern const struct option_command cmd_outbox_options;

int cmd_outbox(int argc, char **argv);

#endif
