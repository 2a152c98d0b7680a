/* confignotify.h - what keys of a notification must say about each other. */
#ifndef DAEMON_CONFIGNOTIFY_H
#define DAEMON_CONFIGNOTIFY_H

#include "daemon/config.h"

/* Also fills in what depends on the format. */
void confignotify_check(struct config_notification *n, const struct yaml_node *at,
                        struct configreport *report);

#endif
