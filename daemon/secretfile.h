/* secretfile.h - a token or password, read from its file when it is needed. */
#ifndef DAEMON_SECRETFILE_H
#define DAEMON_SECRETFILE_H

#include "base/err.h"
#include "base/text.h"

enum { SECRETFILE_MAX_BYTES = 16 * 1024 };

/* Append the file's text without the blanks and line ends around it.  Release
 * the text with secretfile_wipe.
 * STATUS_IO: no regular file, unreadable, empty, over SECRETFILE_MAX_BYTES, or
 * control characters inside (they could start a header of their own); err
 * names the file, never what is in it. */
enum status secretfile_read(const char *path, struct text *out, struct err *err) MUST_CHECK;

/* Overwrite and release; safe on {0}. */
void secretfile_wipe(struct text *t);

#endif
