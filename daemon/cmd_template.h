/* cmd_template.h - verdictd template: the objects that put verdictd into a rollout. */
#ifndef DAEMON_CMD_TEMPLATE_H
#define DAEMON_CMD_TEMPLATE_H

#include "daemon/option.h"

extern const struct option_command cmd_template_options;

/* argv[0] is "template".  Exit code: 0 printed, 1 the service cannot be put
 * into such a rollout, 3 misuse or no such service. */
int cmd_template(int argc, char **argv);

#endif
