#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
defuse(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++)
        if (*p < 0x20 || *p == 0x7f)
            *p = '?';
}

enum status
err_set(struct err *err, enum status s, const char *fmt, ...)
{
    va_list ap;

    if (!err || err->status)
        return s;
    err->status = s;
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    defuse(err->text);
    return s;
}

enum status
err_wrap(struct err *err, const char *where, ...)
{
    char    old[sizeof err->text];
    va_list ap;
    int     n;

    if (!err)
        return STATUS_OK;
    if (!err->status)
        return STATUS_OK;
    memcpy(old, err->text, sizeof old);
    va_start(ap, where);
    n = vsnprintf(err->text, sizeof err->text, where, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof err->text)
        snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", old);
    defuse(err->text);
    return err->status;
}
