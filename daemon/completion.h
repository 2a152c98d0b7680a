/* completion.h - what a shell needs to complete a command line of verdictd.
 *
 * Written from the commands' own tables: the choices of options and operands,
 * paths where they are meant, the names of commands. */
#ifndef DAEMON_COMPLETION_H
#define DAEMON_COMPLETION_H

#include "daemon/command.h"

enum completion_shell { COMPLETION_BASH, COMPLETION_ZSH, COMPLETION_FISH };

/* bash: the programmable completion of bash(1), without the package
 * bash-completion.  zsh: the function system of zshcompsys(1).  fish: complete(1). */
void completion_write(enum completion_shell shell, struct text *out);

#endif
