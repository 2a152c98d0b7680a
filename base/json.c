#include "base/json.h"

/* Where a byte stands, for people: from 1. */
static void
locate(struct slice body, size_t at, int *line, int *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < at; i++) {
        ++*column;
        if (body.p[i] == '\n') {
            ++*line;
            *column = 1;
        }
    }
}

/* jansson recurses; the depth is counted before it may. */
static enum status
check_depth(struct slice body, size_t max_depth, struct err *err)
{
    bool   in_text = false;
    size_t depth = 0;

    for (size_t i = 0; i < body.n; i++) {
        char c = body.p[i];
        int  line, column;

        if (in_text) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_text = false;
        } else if (c == '"') {
            in_text = true;
        } else if (c == ']' || c == '}') {
            depth -= depth > 0;
        } else if ((c == '[' || c == '{') && ++depth > max_depth) {
            locate(body, i, &line, &column);
            return err_set(err, STATUS_LIMIT,
                           "JSON line %d column %d: more than %zu nested containers", line, column,
                           max_depth);
        }
    }
    return STATUS_OK;
}

/* What jansson says without the piece of the body that it ends with ("… near 'TEXT'"):
 * that may be a token, and errors are told and logged. */
static struct slice
without_quote(const char *text)
{
    const char *quote = strstr(text, " near '");

    return (struct slice){text, quote ? (size_t)(quote - text) : strlen(text)};
}

enum status
json_parse(struct slice body, size_t max_depth, json_t **out, struct err *err)
{
    json_error_t why;
    enum status  s = check_depth(body, max_depth, err);
    struct slice said;
    json_t      *v;

    if (s)
        return s;
    if (body.n == 0)
        return err_set(err, STATUS_SYNTAX, "JSON line 1 column 1: the body is empty");
    v = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    said = v ? (struct slice){0} : without_quote(why.text);
    if (!v && json_error_code(&why) == json_error_out_of_memory)
        return err_set(err, STATUS_BUSY, "JSON of %zu bytes: not enough memory to read it", body.n);
    if (!v)
        return err_set(err, STATUS_SYNTAX, "JSON line %d column %d: %.*s", why.line, why.column,
                       SLICE_ARG(said));
    *out = v;
    return STATUS_OK;
}

static const char *
kind_name(const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        return "null";
    }
    return "unknown";
}

static enum status
wrong_kind(const char *path, const char *key, const char *want, const json_t *got, struct err *err)
{
    return err_set(err, STATUS_SYNTAX, "%s%s%s: want %s, got %s", path, *path && *key ? "." : "",
                   key, want, kind_name(got));
}

static enum status
want(json_t *obj, const char *path, const char *key, json_t **out, struct err *err)
{
    if (!json_is_object(obj))
        return obj ? wrong_kind(path, "", "an object", obj, err)
                   : err_set(err, STATUS_NOT_FOUND, "%s: missing", path);
    *out = json_object_get(obj, key);
    if (!*out || json_is_null(*out))
        return err_set(err, STATUS_NOT_FOUND, "%s%s%s: missing", path, *path ? "." : "", key);
    return STATUS_OK;
}

enum status
json_want_object(json_t *obj, const char *path, const char *key, json_t **out, struct err *err)
{
    json_t     *v;
    enum status s = want(obj, path, key, &v, err);

    if (s)
        return s;
    if (!json_is_object(v))
        return wrong_kind(path, key, "an object", v, err);
    *out = v;
    return STATUS_OK;
}

enum status
json_want_array(json_t *obj, const char *path, const char *key, json_t **out, struct err *err)
{
    json_t     *v;
    enum status s = want(obj, path, key, &v, err);

    if (s)
        return s;
    if (!json_is_array(v))
        return wrong_kind(path, key, "an array", v, err);
    *out = v;
    return STATUS_OK;
}

enum status
json_want_text(json_t *obj, const char *path, const char *key, struct slice *out, struct err *err)
{
    json_t     *v;
    enum status s = want(obj, path, key, &v, err);

    if (s)
        return s;
    if (!json_is_string(v))
        return wrong_kind(path, key, "a string", v, err);
    *out = json_slice(v);
    return STATUS_OK;
}

enum status
json_want_number(json_t *obj, const char *path, const char *key, double *out, struct err *err)
{
    json_t     *v;
    enum status s = want(obj, path, key, &v, err);

    if (s)
        return s;
    if (!json_is_number(v))
        return wrong_kind(path, key, "a number", v, err);
    *out = json_number_value(v);
    return STATUS_OK;
}

struct slice
json_slice(const json_t *v)
{
    if (!json_is_string(v))
        return (struct slice){0};
    return (struct slice){json_string_value(v), json_string_length(v)};
}
