/* jsonout.h - writing strict RFC 8259 JSON into a text with a maximum.
 *
 * Numbers are finite or not written at all (key included): a body of ours can
 * never hold NaN, Infinity, or null by accident.  Bytes that are not UTF-8
 * become U+FFFD.  Nesting is at most JSONOUT_MAX_DEPTH; mistakes of the caller assert. */
#ifndef BASE_JSONOUT_H
#define BASE_JSONOUT_H

#include "base/text.h"

enum { JSONOUT_MAX_DEPTH = 32 };

struct jsonout {
    struct text *to;
    int          depth;
    bool         comma[JSONOUT_MAX_DEPTH + 1];
    bool         in_object[JSONOUT_MAX_DEPTH + 1];
};

/* A string by itself, quotes and all, behind what the text holds. */
void jsonout_quote(struct text *to, struct slice value);

/* Whether all that it puts around the text is the quotes; false where in doubt. */
bool jsonout_plain(struct slice value);

void jsonout_init(struct jsonout *j, struct text *to);

void jsonout_begin_object(struct jsonout *j, const char *key); /* key NULL: as an element or top */
void jsonout_end_object(struct jsonout *j);
void jsonout_begin_array(struct jsonout *j, const char *key);
void jsonout_end_array(struct jsonout *j);

/* key NULL: an array's element. */
void jsonout_text(struct jsonout *j, const char *key, const char *value);
void jsonout_slice(struct jsonout *j, const char *key, struct slice value);
void jsonout_bool(struct jsonout *j, const char *key, bool value);
void jsonout_int(struct jsonout *j, const char *key, int64_t value);
void jsonout_uint(struct jsonout *j, const char *key, uint64_t value);
void jsonout_double(struct jsonout *j, const char *key, double value); /* not finite: left out */

#endif
