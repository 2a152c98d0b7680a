/* runes.h - characters of a query as Go's error texts show them. */
#ifndef PROMQL_RUNES_H
#define PROMQL_RUNES_H

#include "base/text.h"

/* Go's %q of the character at the front of s: 'x', '\n', '\''.  Nothing there, or
 * bytes that are not UTF-8: the replacement character. */
void runes_quote(struct text *to, struct slice s);

/* Go's %#U of it: U+0063 'c', or U+0001 where it cannot be shown. */
void runes_unicode(struct text *to, struct slice s);

/* Text in double quotes as Go has it, for messages: of more than a hundred bytes
 * the first characters and "..." behind the quotes. */
void runes_name(struct text *to, struct slice s);

/* How many bytes the first n characters take, at most all. */
size_t runes_bytes(struct slice s, size_t n);

/* A code point as UTF-8; how many bytes. */
size_t runes_write(char to[4], uint32_t c);

#endif
