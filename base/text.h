/* text.h - growing text with a mandatory maximum. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/base.h"
#include "base/slice.h"
#include "base/status.h"

/* The first write that would pass max_bytes is refused whole, sets status to
 * STATUS_TOO_LARGE, and every later write is refused as well: ask once at the
 * end.  p is NUL-terminated and never NULL after text_init(). */
struct text {
    char       *p;
    size_t      n, cap, max_bytes;
    enum status status;
};

void text_init(struct text *t, size_t max_bytes);
void text_release(struct text *t); /* safe on {0} and when called twice */
void text_clear(struct text *t);   /* empty, status OK, memory kept */

void text_put(struct text *t, struct slice s);
void text_puts(struct text *t, const char *s);
void text_putc(struct text *t, char c);
void text_printf(struct text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Room for n bytes behind what is written, NULL where text_put() would refuse
 * them; text_used() keeps the first of them, at most n. */
char *text_room(struct text *t, size_t n);
void  text_used(struct text *t, size_t n);

enum { TEXT_DIGITS = 20 };

/* The decimal digits of v; how many, no NUL. */
size_t text_digits(char out[TEXT_DIGITS], uint64_t v);

/* The shortest decimal that reads back as the same double ("NaN", "+Inf",
 * "-Inf" for the rest). */
void text_double(struct text *t, double v);

/* Percent-encoded: all bytes but the unreserved ones of RFC 3986 §2.3. */
void text_percent(struct text *t, struct slice s);

struct slice text_slice(const struct text *t);

/* The bytes, which the caller now owns and frees with free(); t is {0}. */
char *text_take(struct text *t, size_t *n);

/* The other way: memory of malloc()'s, of cap_bytes over 0, for an empty text to be written
 * into.  It is t's now. */
void text_adopt(struct text *t, char *memory, size_t cap_bytes);

#endif
