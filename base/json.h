/* json.h - reading JSON from outside: limits, and errors that name the path. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/err.h"
#include "base/slice.h"

#include <jansson.h>

/* Parse one strict JSON value with nothing behind it.  Duplicate keys, NUL
 * inside strings, invalid UTF-8 and more than max_depth nested containers are
 * refused.  On success the caller owns *out (json_decref).
 * STATUS_SYNTAX with line and column; STATUS_LIMIT: too deep. */
enum status json_parse(struct slice body, size_t max_depth, json_t **out,
                       struct err *err) MUST_CHECK;

/* Member access; `path` names the object in errors ("data.result[3]").
 * STATUS_NOT_FOUND: absent or null.  STATUS_SYNTAX: another type. */
enum status json_want_object(json_t *obj, const char *path, const char *key, json_t **out,
                             struct err *err) MUST_CHECK;
enum status json_want_array(json_t *obj, const char *path, const char *key, json_t **out,
                            struct err *err) MUST_CHECK;
enum status json_want_text(json_t *obj, const char *path, const char *key, struct slice *out,
                           struct err *err) MUST_CHECK;
enum status json_want_number(json_t *obj, const char *path, const char *key, double *out,
                             struct err *err) MUST_CHECK;

/* The text of a string value; {0} for any other type. */
struct slice json_slice(const json_t *v);

#endif
