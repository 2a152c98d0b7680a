/* configread.h - a YAML mapping into a struct of the configuration, by table. */
#ifndef DAEMON_CONFIGREAD_H
#define DAEMON_CONFIGREAD_H

#include "base/arena.h"
#include "daemon/configreport.h"
#include "daemon/configtable.h"

/* Read node, written as one item of the section, into its struct at object:
 * defaults first, then every key that is written.  Each mistake is added to
 * the report and its key keeps the default.  also: keys of the mapping that
 * the caller reads itself, NULL at the end; NULL: none. */
void configread_section(enum configtable_section section, const struct yaml_node *node,
                        void *object, const char *const *also, struct arena *a,
                        struct configreport *report);

/* Only the defaults. */
void configread_defaults(enum configtable_section section, void *object, struct arena *a);

/* The node of a dotted key below node, or of the nearest mapping around it,
 * for errors. */
const struct yaml_node *configread_at(const struct yaml_node *node, const char *key);

/* Whether it is one; adds an error where it is not. */
bool configread_is_mapping(const struct yaml_node *node, struct configreport *report);

#endif
