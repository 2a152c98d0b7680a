/* configreport.h - every error found in one configuration file, in order. */
#ifndef DAEMON_CONFIGREPORT_H
#define DAEMON_CONFIGREPORT_H

#include "base/yaml.h"

enum { CONFIGREPORT_MAX = 20 };

/* Start it as {0}; holds no memory. */
struct configreport {
    struct err errors[CONFIGREPORT_MAX];
    size_t     n; /* found; the first CONFIGREPORT_MAX are kept */
};

/* Add "file:line:column: key: …" at a value. */
void configreport_add(struct configreport *r, const struct yaml_node *at, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* The same at a key, which need not have a value of ours. */
void configreport_add_key(struct configreport *r, const struct yaml_pair *at, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* An error that has its place in its text already. */
void configreport_add_err(struct configreport *r, const struct err *err);

#endif
