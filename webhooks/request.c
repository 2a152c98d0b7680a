#include "webhooks/request.h"

enum request_method
request_method_of(struct slice name)
{
    if (slice_is(name, "GET"))
        return REQUEST_GET;
    if (slice_is(name, "HEAD"))
        return REQUEST_HEAD;
    if (slice_is(name, "POST"))
        return REQUEST_POST;
    if (slice_is(name, "PUT"))
        return REQUEST_PUT;
    if (slice_is(name, "OPTIONS"))
        return REQUEST_OPTIONS;
    return REQUEST_OTHER;
}

/* The byte that stands at *i, which moves behind it. */
static bool
next_byte(struct slice in, bool plus, size_t *i, char *out)
{
    char c = in.p[(*i)++];

    if (c == '%') {
        int high = *i + 1 < in.n ? slice_hex_digit(in.p[*i]) : -1;
        int low = *i + 1 < in.n ? slice_hex_digit(in.p[*i + 1]) : -1;

        if (high < 0 || low < 0)
            return false;
        c = (char)(high << 4 | low);
        *i += 2;
    } else if (c == '+' && plus) {
        c = ' ';
    }
    *out = c;
    return true;
}

enum status
request_unescape(struct slice in, bool plus, char *out, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < in.n;)
        if (!next_byte(in, plus, &i, &out[(*n)++]))
            return STATUS_SYNTAX;
    return STATUS_OK;
}

enum status
request_decode(struct slice in, bool plus, char *out, size_t out_bytes, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < in.n;) {
        char c;

        if (!next_byte(in, plus, &i, &c) || (unsigned char)c < 0x20 || c == 0x7f)
            return STATUS_SYNTAX;
        if (*n + 1 >= out_bytes)
            return STATUS_LIMIT;
        out[(*n)++] = c;
    }
    if (out_bytes == 0)
        return STATUS_LIMIT;
    out[*n] = '\0';
    return slice_utf8((struct slice){out, *n}) ? STATUS_OK : STATUS_SYNTAX;
}

/* What stands behind "http://host" of an absolute-form target (RFC 9112 §3.2.2). */
static struct slice
origin_form(struct slice target)
{
    struct slice rest = target;

    if (!slice_starts(target, "http://") && !slice_starts(target, "https://"))
        return target;
    for (int slashes = 0; rest.n; rest.p++, rest.n--)
        if (*rest.p == '/' && ++slashes == 3)
            return rest;
    return (struct slice){"/", 1};
}

static enum status
decode_into(struct request *r, size_t *used, struct slice in, struct slice *out)
{
    char  *at = r->store + *used;
    size_t n;

    enum status s = request_decode(in, true, at, sizeof r->store - *used, &n);

    if (s)
        return s;
    *out = (struct slice){at, n};
    *used += n + 1;
    return STATUS_OK;
}

static enum status
read_query(struct request *r, size_t used, struct slice query, struct err *err)
{
    while (query.n) {
        struct slice           one = slice_cut(&query, '&');
        struct slice           name = slice_cut(&one, '=');
        struct question_param *p = &r->param[r->n_params];
        enum status            s;

        if (name.n == 0 && one.n == 0)
            continue;
        if (r->n_params == REQUEST_MAX_PARAMS)
            return err_set(err, STATUS_LIMIT, "more than %d parameters in the query",
                           REQUEST_MAX_PARAMS);
        s = decode_into(r, &used, name, &p->name);
        if (!s)
            s = decode_into(r, &used, one, &p->value);
        if (s)
            return err_set(err, s,
                           "parameter %zu of the query is not percent-encoded UTF-8 without "
                           "control characters",
                           r->n_params + 1);
        r->n_params++;
    }
    return STATUS_OK;
}

bool
request_is_prometheus(struct slice path)
{
    return slice_starts(path, "/api/") || slice_starts(path, "/prom/api/") ||
           slice_starts(path, "/flagger/api/");
}

enum status
request_target(struct request *r, struct slice target, struct err *err)
{
    struct slice query, path;

    r->path = r->query = (struct slice){0};
    r->content_type = r->accept = r->accept_encoding = (struct slice){0};
    r->content_encoding = r->origin = (struct slice){0};
    r->if_none_match = r->last_event_id = r->host = (struct slice){0};
    r->body_memory = NULL;
    r->gone = NULL;
    r->over_rate = false;
    r->peer = NULL;
    r->n_params = 0;
    /* Decoding never makes a text longer, but each gets a NUL, in place of its
     * separator; the last one needs room for its own. */
    if (target.n + 2 > REQUEST_TARGET_BYTES)
        return err_set(err, STATUS_LIMIT, "the request target has over %d bytes",
                       REQUEST_TARGET_BYTES - 2);
    for (size_t i = 0; i < target.n; i++)
        if ((unsigned char)target.p[i] <= 0x20 || target.p[i] == 0x7f)
            return err_set(err, STATUS_SYNTAX,
                           "the request target has a blank or a control character in it");
    query = origin_form(target);
    path = slice_cut(&query, '?');
    if (path.n == 0 || path.p[0] != '/')
        return err_set(err, STATUS_SYNTAX, "the request target is not a path");
    memcpy(r->store, path.p, path.n);
    r->path = (struct slice){r->store, path.n};
    if (request_is_prometheus(r->path)) {
        if (query.n)
            memcpy(r->store + path.n, query.p, query.n);
        r->query = (struct slice){r->store + path.n, query.n};
        return STATUS_OK;
    }
    return read_query(r, path.n, query, err);
}

struct slice
request_param(const struct request *r, const char *name)
{
    for (size_t i = 0; i < r->n_params; i++)
        if (slice_is(r->param[i].name, name))
            return r->param[i].value;
    return (struct slice){0};
}
