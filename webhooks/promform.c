#include "webhooks/promform.h"

static enum status
unescape(struct arena *a, struct slice in, struct slice *out, struct err *err)
{
    char  *at = arena_alloc(a, in.n + 1);
    size_t n;

    if (request_unescape(in, true, at, &n))
        return err_set(err, STATUS_SYNTAX,
                       "error parsing form values: invalid URL escape near \"%.*s\"",
                       (int)(in.n < 40 ? in.n : 40), in.p);
    *out = (struct slice){at, n};
    return STATUS_OK;
}

static enum status
read_pairs(struct promform *f, struct arena *a, struct slice pairs, struct err *err)
{
    while (pairs.n) {
        struct slice          value = slice_cut(&pairs, '&'), name = slice_cut(&value, '=');
        struct question_param p;
        enum status           s;

        if (name.n == 0 && value.n == 0)
            continue;
        if (f->params.n == PROMFORM_MAX_PARAMS)
            return err_set(err, STATUS_LIMIT, "more than %d parameters", PROMFORM_MAX_PARAMS);
        s = unescape(a, name, &p.name, err);
        if (!s)
            s = unescape(a, value, &p.value, err);
        if (s)
            return s;
        VEC_PUSH(a, &f->params, p);
    }
    return STATUS_OK;
}

static bool
has_form(const struct request *r)
{
    struct slice rest = r->content_type, type = slice_trim(slice_cut(&rest, ';'));

    return r->method == REQUEST_POST &&
           (type.n == 0 || slice_is_nocase(type, "application/x-www-form-urlencoded"));
}

enum status
promform_read(struct promform *f, struct arena *a, const struct request *r, struct err *err)
{
    enum status s = STATUS_OK;

    *f = (struct promform){0};
    if (has_form(r))
        s = read_pairs(f, a, r->body, err);
    return s ? s : read_pairs(f, a, r->query, err);
}

struct slice
promform_get(const struct promform *f, const char *name)
{
    size_t       at = 0;
    struct slice value;

    return promform_next(f, name, &at, &value) ? value : (struct slice){0};
}

bool
promform_next(const struct promform *f, const char *name, size_t *at, struct slice *value)
{
    while (*at < f->params.n) {
        const struct question_param *p = &f->params.at[(*at)++];

        if (slice_is(p->name, name)) {
            *value = p->value;
            return true;
        }
    }
    return false;
}
