/* configdoc.h - docs/CONFIG.md, written from config.def. */
#ifndef DAEMON_CONFIGDOC_H
#define DAEMON_CONFIGDOC_H

#include "base/text.h"

/* Markdown; the same bytes for the same config.def. */
void configdoc_write(struct text *out);

#endif
