/* gzip.h - bodies packed for callers that take gzip (RFC 1952). */
#ifndef WEBHOOKS_GZIP_H
#define WEBHOOKS_GZIP_H

#include "base/text.h"

/* What an Accept-Encoding header says of gzip (RFC 9110 §12.5.3). */
bool gzip_accepted(struct slice accept_encoding);

/* Replace the text by its packed form, where that is worth it: false and
 * unchanged for what is short, what does not shrink, or without memory. */
bool gzip_pack(struct text *t);

#endif
