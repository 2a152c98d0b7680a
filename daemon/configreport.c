#include "daemon/configreport.h"

#include <stdarg.h>
#include <stdio.h>

static void
add(struct configreport *r, const struct yaml_node *at, const char *fmt, va_list args)
{
    struct err err = {0};
    char       what[sizeof err.text];

    if (vsnprintf(what, sizeof what, fmt, args) < 0)
        what[0] = '\0';
    (void)!yaml_error(at, &err, STATUS_SYNTAX, "%s", what);
    configreport_add_err(r, &err);
}

void
configreport_add(struct configreport *r, const struct yaml_node *at, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(r, at, fmt, args);
    va_end(args);
}

void
configreport_add_key(struct configreport *r, const struct yaml_pair *at, const char *fmt, ...)
{
    struct yaml_node here = *at->value;
    va_list          args;

    here.line = at->line;
    here.column = at->column;
    va_start(args, fmt);
    add(r, &here, fmt, args);
    va_end(args);
}

void
configreport_add_err(struct configreport *r, const struct err *err)
{
    if (r->n < CONFIGREPORT_MAX)
        r->errors[r->n] = *err;
    r->n++;
}
