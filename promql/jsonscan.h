/* jsonscan.h - reading strict JSON in place, without a tree.
 *
 * A reply of 20,000 series is tens of megabytes of text; a tree of it would
 * take ten times that.  The scanner walks the text once, hands out slices of
 * it, and unescapes strings where they stand.
 *
 *     jsonscan_object(&j);
 *     while (jsonscan_key(&j, &key))
 *         if (slice_is(key, "status")) status = jsonscan_text(&j);
 *         else jsonscan_skip(&j);
 *     return jsonscan_end(&j, err);
 *
 * The first error sticks: from then on nothing is found and every loop ends,
 * so that it is asked for once, at the end. */
#ifndef PROMQL_JSONSCAN_H
#define PROMQL_JSONSCAN_H

#include "base/err.h"
#include "base/slice.h"

enum { JSONSCAN_MAX_DEPTH = 32 };

struct jsonscan {
    char       *p, *end, *start;
    int         depth;
    bool        first[JSONSCAN_MAX_DEPTH + 1]; /* no member of this container was read yet */
    bool        failed;
    const char *why; /* static */
    size_t      at;  /* byte where it failed */
};

/* body is overwritten as strings are read; slices point into it. */
void jsonscan_init(struct jsonscan *j, char *body, size_t n);

/* The first byte of the next value, or 0 at the end and after an error. */
char jsonscan_peek(struct jsonscan *j);

/* Enter a container; every key or item must then be read or skipped. */
void jsonscan_object(struct jsonscan *j);
void jsonscan_array(struct jsonscan *j);

/* The next member or element; false at the container's end, which is left. */
bool jsonscan_key(struct jsonscan *j, struct slice *key);
bool jsonscan_item(struct jsonscan *j);

/* Valid UTF-8 without NUL. */
struct slice jsonscan_text(struct jsonscan *j);
/* The number as it stands in the text. */
struct slice jsonscan_number(struct jsonscan *j);
bool         jsonscan_bool(struct jsonscan *j);

/* Pass over one value of any type; strings in it are not changed, so that a
 * copy of the scanner taken before can read it later. */
void jsonscan_skip(struct jsonscan *j);

/* Fail with a reason of the caller's own. */
void jsonscan_fail(struct jsonscan *j, const char *why);

/* STATUS_MALFORMED: something failed, or bytes stand behind the value. */
enum status jsonscan_end(struct jsonscan *j, struct err *err) MUST_CHECK;

#endif
