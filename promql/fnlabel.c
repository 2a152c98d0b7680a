#include "promql/fnlabel.h"

#include "promql/regex.h"
#include "promql/stage.h"

/* Of one label's value; templates can multiply what they are given. */
enum { VALUE_BYTES = 1 << 16 };

/* Rows are many, and each may take long. */
static enum status
poll(const struct evalfn_call *call)
{
    return call->ctx ? stage_poll(call->ctx) : STATUS_OK;
}

static enum status
refuse(struct err *err, const char *what, struct slice bad)
{
    return err_set(err, STATUS_BAD_QUERY, "%s: %.*s", what, SLICE_ARG(bad));
}

/* A row whose label was set has a name again if that label was the name. */
static void
set_label(struct evalfn_row *row, struct labels_builder *b, struct labels_pool *pool, uint32_t name,
          uint32_t value)
{
    labels_builder_start(b, pool, labels_of(pool, row->labels));
    labels_builder_set(b, name, value);
    row->labels = labels_builder_id(b);
    if (name == pool->metric_name)
        row->drop_name = false;
}

struct replacement {
    const struct evalfn_call *call;
    const struct regex       *re;
    struct slice              tmpl;
    uint32_t                  from, to; /* label names */
    struct text               value;
};

/* Rows come in runs of equal source values, so the last answer is kept. */
struct answer {
    uint32_t from, to; /* values */
    bool     hit, known;
};

static enum status
replace(struct replacement *r, struct labels_pool *pool, uint32_t from, struct answer *last,
        struct err *err)
{
    enum status s;

    if (last->known && last->from == from)
        return STATUS_OK;
    text_clear(&r->value);
    s = regex_expand(r->re, r->tmpl, labels_text(pool, from), &r->value, &last->hit, err);
    if (s)
        return s;
    if (r->value.status)
        return err_set(err, STATUS_LIMIT, "label_replace() would make a value of over %d bytes",
                       VALUE_BYTES);
    last->known = true;
    last->from = from;
    if (last->hit)
        last->to = labels_symbol(pool, text_slice(&r->value));
    return STATUS_OK;
}

static enum status
replace_all(struct evalfn_row *rows, size_t n, struct labels_pool *pool, struct replacement *r,
            struct err *err)
{
    struct labels_builder b = {0};
    struct answer         answer = {0};

    for (size_t i = 0; i < n; i++) {
        uint32_t    from = labels_get(labels_of(pool, rows[i].labels), r->from);
        enum status s = replace(r, pool, from, &answer, err);

        if (!s)
            s = poll(r->call);
        if (s)
            return s;
        if (answer.hit)
            set_label(&rows[i], &b, pool, r->to, answer.to);
    }
    return STATUS_OK;
}

/* label_replace(v, dst, replacement, src, regex) */
static enum status
label_replace(struct evalfn_row *rows, size_t n, struct labels_pool *pool, struct arena *scratch,
              const struct evalfn_call *call, struct err *err)
{
    struct slice       dst = call->strings[0], src = call->strings[2], pattern = call->strings[3];
    struct replacement r = {.call = call, .tmpl = call->strings[1]};
    struct regex      *re;
    enum status        s;

    (void)scratch;
    s = regex_new(pattern, &re, NULL);
    if (s == STATUS_LIMIT)
        return err_set(err, s, "the regular expression in label_replace() is too large");
    if (s)
        return refuse(err, "invalid regular expression in label_replace()", pattern);
    if (!labels_name_valid(dst)) {
        s = refuse(err, "invalid destination label name in label_replace()", dst);
        goto free_regex;
    }
    r.re = re;
    r.from = labels_symbol(pool, src);
    r.to = labels_symbol(pool, dst);
    text_init(&r.value, VALUE_BYTES);
    s = replace_all(rows, n, pool, &r, err);
    text_release(&r.value);
free_regex:
    regex_free(re);
    return s;
}

/* label_join(v, dst, separator, src...) */
static enum status
label_join(struct evalfn_row *rows, size_t n, struct labels_pool *pool, struct arena *scratch,
           const struct evalfn_call *call, struct err *err)
{
    struct slice          dst = call->strings[0], separator = call->strings[1];
    size_t                n_src = call->n_strings - 2;
    uint32_t             *src = arena_array(scratch, n_src + 1, sizeof *src), to;
    struct labels_builder b = {0};
    struct text           value;
    enum status           s = STATUS_OK;

    for (size_t i = 0; i < n_src; i++) {
        if (!labels_name_valid(call->strings[2 + i]))
            return refuse(err, "invalid source label name in label_join()", call->strings[2 + i]);
        src[i] = labels_symbol(pool, call->strings[2 + i]);
    }
    if (!labels_name_valid(dst))
        return refuse(err, "invalid destination label name in label_join()", dst);
    to = labels_symbol(pool, dst);
    text_init(&value, VALUE_BYTES);
    for (size_t i = 0; i < n && !value.status && !s; i++) {
        struct labels set = labels_of(pool, rows[i].labels);

        text_clear(&value);
        for (size_t k = 0; k < n_src; k++) {
            if (k)
                text_put(&value, separator);
            text_put(&value, labels_text(pool, labels_get(set, src[k])));
        }
        if (!value.status)
            set_label(&rows[i], &b, pool, to, labels_symbol(pool, text_slice(&value)));
        s = poll(call);
    }
    if (value.status)
        s = err_set(err, STATUS_LIMIT, "label_join() would make a value of over %d bytes",
                    VALUE_BYTES);
    text_release(&value);
    return s;
}

const struct evalfn *
fnlabel_get(enum function_id id)
{
    static const struct evalfn of_replace = {
        .kind = EVALFN_RELABEL, .keeps_name = true, .relabel = label_replace};
    static const struct evalfn of_join = {
        .kind = EVALFN_RELABEL, .keeps_name = true, .relabel = label_join};

    return id == FUNCTION_LABEL_REPLACE ? &of_replace : id == FUNCTION_LABEL_JOIN ? &of_join : NULL;
}
