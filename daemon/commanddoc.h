/* commanddoc.h - the commands as a manual page and as docs/COMMANDS.md. */
#ifndef DAEMON_COMMANDDOC_H
#define DAEMON_COMMANDDOC_H

#include "daemon/command.h"

/* man(7), for groff and mandoc. */
void commanddoc_man(struct text *out);

void commanddoc_markdown(struct text *out);

#endif
