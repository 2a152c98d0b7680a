/* base64.h - bytes as text (RFC 4648, section 4, with padding). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/text.h"

void base64_put(struct text *to, struct slice bytes);

/* Appended to what the text holds.  STATUS_SYNTAX: not whole groups of the alphabet, or bits
 * that say nothing; STATUS_TOO_LARGE. */
enum status base64_get(struct slice in, struct text *to) MUST_CHECK;

#endif
