/* cmdservice.h - which service of the configuration a command line means. */
#ifndef DAEMON_CMDSERVICE_H
#define DAEMON_CMDSERVICE_H

#include "daemon/config.h"

/* By name; the namespace (NULL: not said) where several have it.  A service that
 * is not listed needs its namespace, and then gives the pattern for such.
 * NULL: none, or several; err says what to do. */
const struct config_service *cmdservice_find(const struct config *c, const char *ns,
                                             const char *name, struct err *err);

#endif
