#include "promql/promoutcome.h"

enum {
    EXCERPT_BYTES = 120,
    LARGEST_ERROR_BODY_BYTES = 64 * 1024, /* of one that is read as JSON */
};

static struct slice
excerpt(const struct fetch_result *r)
{
    struct slice body = r->body;

    while (body.n && (unsigned char)body.p[0] <= ' ')
        body.p++, body.n--;
    while (body.n && (unsigned char)body.p[body.n - 1] <= ' ')
        body.n--;
    if (body.n > EXCERPT_BYTES)
        body.n = EXCERPT_BYTES;
    return body;
}

static const char *
hint(int code)
{
    if (code >= 300 && code < 400)
        return " (redirects are not followed: give the final URL)";
    if (code == 401 || code == 403)
        return " (check the source's credentials)";
    if (code == 404)
        return " (check the URL and its path prefix)";
    return "";
}

/* Many a proxy answers in HTML; then the code is the news, not the syntax. */
static enum status
read_error(const struct fetch_result *r, struct err *err)
{
    struct arena     scratch = {0};
    struct promreply reply;
    struct err       told = {0};
    enum status      s = STATUS_MALFORMED;

    if (r->body.n <= LARGEST_ERROR_BODY_BYTES)
        s = promreply_parse(&scratch, r->body, NULL, &reply, &told);
    arena_release(&scratch);
    if (s == STATUS_BAD_QUERY || s == STATUS_TIMEOUT) {
        *err = told;
        return s;
    }
    return err_set(err, STATUS_REFUSED, "answered HTTP %d%s: %.*s", r->http_code,
                   hint(r->http_code), SLICE_ARG(excerpt(r)));
}

enum promoutcome
promoutcome_judge(const struct fetch_result *r, bool by_get, const struct promreply_limits *limits,
                  struct arena *arena, struct promreply *reply, enum status *s, struct err *err)
{
    const int code = r->http_code;

    if (r->status) {
        *err = r->err;
        *s = r->status;
        return r->status == STATUS_UNREACHABLE ? PROMOUTCOME_MAY_PASS : PROMOUTCOME_FINAL;
    }
    if ((code == 405 || code == 501) && !by_get)
        return PROMOUTCOME_BY_GET;
    if (code >= 200 && code < 300) {
        *s = promreply_parse(arena, r->body, limits, reply, err);
        if (*s == STATUS_MALFORMED)
            err_wrap(err, "\"%.*s\"", SLICE_ARG(excerpt(r)));
        return PROMOUTCOME_FINAL;
    }
    *s = read_error(r, err);
    if (*s == STATUS_REFUSED && (code == 429 || code >= 500))
        return PROMOUTCOME_MAY_PASS;
    return PROMOUTCOME_FINAL;
}
