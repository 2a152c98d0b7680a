/* configlimit.h - thresholds of a policy: read, checked, and as canonical text. */
#ifndef DAEMON_CONFIGLIMIT_H
#define DAEMON_CONFIGLIMIT_H

#include "analyzer/policy.h"
#include "base/arena.h"
#include "base/text.h"
#include "daemon/configreport.h"

/* The key of a policy that holds them. */
extern const char *const configlimit_key;

/* Read policy's mapping thresholds, if there is one; they are sorted by name, so
 * that the order in which they are written says nothing. */
void configlimit_read(const struct yaml_node *policy, struct policy *p, struct arena *a,
                      struct configreport *report);

/* A line thresholds.NAME.KEY=VALUE for each key. */
void configlimit_text(const struct policy *p, struct text *out);

/* One of those lines back, in the order in which they were written; whatever
 * cannot be set stays unset.  False: it is another key. */
bool configlimit_line(struct slice key, struct slice value, struct policy *p, struct arena *a);

#endif
