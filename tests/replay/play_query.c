#include "tests/replay/play_query.h"

#include "promql/eval.h"
#include "promql/memsource.h"
#include "promql/parser.h"

/* No script asks over more. */
enum { BACK_MS = 3600 * 1000 };

static enum status
copy_track(struct memsource *m, const struct play_series *s, const struct play_eval_from *from,
           struct err *err)
{
    const struct play_track *t = &s->track[from->replica];
    struct memsource_label   labels[PLAY_SERIES_LABELS];
    size_t                   series;
    enum status              st;

    for (size_t i = 0; i < s->labels.n; i++)
        labels[i] = (struct memsource_label){s->labels.at[i].name, s->labels.at[i].value};
    st = memsource_series(m, labels, s->labels.n, &series, err);
    for (size_t i = 0; i < t->n && st == STATUS_OK; i++) {
        const struct play_point *p = &t->at[i];

        if (p->at_ms <= from->known_ms && p->at_ms >= from->at_ms - BACK_MS)
            st = memsource_add(m, series, p->at_ms, p->stale ? value_absent() : p->value, err);
    }
    return st;
}

/* Texts of the result belong to the reader, which closes. */
static struct play_labels
copy_labels(struct arena *a, const struct labels_pool *pool, uint32_t id)
{
    const struct labels from = labels_of(pool, id);
    struct play_labels  to = {0};

    for (uint32_t i = 0; i < from.n; i++)
        (void)play_series_set(&to, arena_slice(a, labels_text(pool, from.at[i].name)),
                              arena_slice(a, labels_text(pool, from.at[i].value)));
    return to;
}

static enum status
take(struct arena *a, const struct eval_result *r, struct play_vector *out, struct err *err)
{
    if (r->value.kind == VALUE_SCALAR) {
        out->scalar = true;
        out->number = r->value.scalar;
        return STATUS_OK;
    }
    if (r->value.kind != VALUE_VECTOR)
        return err_set(err, STATUS_BAD_QUERY, "neither a vector nor a scalar");
    for (size_t i = 0; i < r->value.n_series; i++) {
        struct play_element el = {.labels = copy_labels(a, r->pool, r->value.series[i].labels),
                                  .value = r->value.series[i].v[0]};

        VEC_PUSH(a, &out->at, el);
    }
    return STATUS_OK;
}

static enum status
evaluate(struct arena *a, struct memsource *m, struct slice query, int64_t at_ms,
         struct play_vector *out, struct err *err)
{
    const struct eval_request request = {.start_ms = at_ms, .end_ms = at_ms};
    struct source             source = memsource_source(m);
    struct eval_result        result = {0};
    struct node              *tree;
    enum status               s = parser_parse(a, query, &tree, NULL, err);

    if (s)
        return s;
    s = eval_run(tree, query, &source, &request, a, &result, err);
    if (s == STATUS_OK)
        s = take(a, &result, out, err);
    eval_close(&result);
    return s;
}

enum status
play_query(struct arena *a, const struct play_eval_from *from, struct slice query,
           struct play_vector *out, struct err *err)
{
    struct memsource *m = memsource_new();
    enum status       s = STATUS_OK;

    *out = (struct play_vector){0};
    for (size_t i = 0; i < from->db->list.n && s == STATUS_OK; i++)
        s = copy_track(m, from->db->list.at[i], from, err);
    if (s == STATUS_OK)
        s = evaluate(a, m, query, from->at_ms, out, err);
    memsource_free(m);
    return s;
}
