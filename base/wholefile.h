/* wholefile.h - a file's bytes into a text that has a maximum. */
#ifndef BASE_WHOLEFILE_H
#define BASE_WHOLEFILE_H

#include "base/err.h"
#include "base/text.h"

/* Append the file to `into`.  STATUS_IO: not opened or not read, with errno's
 * words; STATUS_TOO_LARGE: over the text's maximum, which then is partly filled. */
enum status wholefile_read(const char *file, struct text *into, struct err *err) MUST_CHECK;

#endif
