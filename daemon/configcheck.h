/* configcheck.h - what must hold between the keys of a configuration. */
#ifndef DAEMON_CONFIGCHECK_H
#define DAEMON_CONFIGCHECK_H

#include "daemon/config.h"

/* Each looks at one read item and where it was written, adds what is wrong to
 * the report, and fills the fields that follow from others. */
void configcheck_source(struct config_source *s, const struct yaml_node *at,
                        struct configreport *report);
void configcheck_policy(struct policy *p, const struct yaml_node *at, struct configreport *report);

/* The whole, once sources and policies are known; root is the file's mapping. */
void configcheck_all(struct config *c, const struct yaml_node *root, struct configreport *report);

/* STATUS_CONFLICT for each key that differs and cannot be reloaded. */
void configcheck_reload(const struct config    *old, const struct config *new,
                        const struct yaml_node *root, struct configreport *report);

#endif
