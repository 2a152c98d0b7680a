#include "daemon/localreply.h"

/* Labels repeat from series to series: their texts are copied once, nearly. */
enum { SEEN = 512 };

struct copier {
    struct arena             *arena;
    const struct labels_pool *pool;
    struct {
        uint32_t     symbol;
        struct slice text;
    } seen[SEEN];
};

static struct slice
copy_text(struct copier *c, uint32_t symbol)
{
    size_t at = symbol % SEEN;

    if (c->seen[at].symbol != symbol || !c->seen[at].text.p) {
        c->seen[at].symbol = symbol;
        c->seen[at].text = arena_slice(c->arena, labels_text(c->pool, symbol));
    }
    return c->seen[at].text;
}

static void
copy_series(struct copier *c, const struct value_series *from, struct promreply_series *to)
{
    struct labels           set = labels_of(c->pool, from->labels);
    struct promreply_label *labels = arena_array(c->arena, set.n, sizeof *labels);
    struct promreply_point *points = arena_array(c->arena, from->n, sizeof *points);

    for (uint32_t i = 0; i < set.n; i++)
        labels[i] =
            (struct promreply_label){copy_text(c, set.at[i].name), copy_text(c, set.at[i].value)};
    for (size_t i = 0; i < from->n; i++)
        points[i] = (struct promreply_point){from->t_ms[i], from->v[i]};
    *to = (struct promreply_series){labels, set.n, points, from->n};
}

static void
copy_notes(struct arena *a, const struct notes *notes, struct promreply *out)
{
    struct slice *warnings = arena_array(a, PROMREPLY_MAX_NOTES, sizeof *warnings);
    struct slice *infos = arena_array(a, PROMREPLY_MAX_NOTES, sizeof *infos);

    for (size_t i = 0; i < notes->n; i++) {
        const struct note *note = &notes->at[i];

        if (note->kind == NOTE_WARNING && out->n_warnings < PROMREPLY_MAX_NOTES)
            warnings[out->n_warnings++] = arena_slice(a, note->text);
        if (note->kind == NOTE_INFO && out->n_infos < PROMREPLY_MAX_NOTES)
            infos[out->n_infos++] = arena_slice(a, note->text);
    }
    out->warnings = warnings;
    out->infos = infos;
}

enum status
localreply_of(const struct eval_result *result, size_t max_series, struct arena *a,
              struct promreply *out, struct err *err)
{
    static const enum promreply_kind kinds[] = {[VALUE_SCALAR] = PROMREPLY_SCALAR,
                                                [VALUE_STRING] = PROMREPLY_STRING,
                                                [VALUE_VECTOR] = PROMREPLY_VECTOR,
                                                [VALUE_MATRIX] = PROMREPLY_MATRIX};
    const struct value              *v = &result->value;
    struct copier                    c = {.arena = a, .pool = result->pool};
    struct promreply_series         *series;

    if (v->n_series > max_series)
        return err_set(err, STATUS_LIMIT, "the answer has %zu series, over max_series %zu",
                       v->n_series, max_series);
    *out = (struct promreply){.kind = kinds[v->kind], .scalar = {v->t_ms, v->scalar}};
    if (v->kind == VALUE_STRING)
        out->string = arena_slice(a, v->string);
    if (v->kind == VALUE_VECTOR || v->kind == VALUE_MATRIX) {
        series = arena_array(a, v->n_series, sizeof *series);
        for (size_t i = 0; i < v->n_series; i++)
            copy_series(&c, &v->series[i], &series[i]);
        out->series = series;
        out->n_series = v->n_series;
    }
    if (result->notes.n)
        copy_notes(a, &result->notes, out);
    return STATUS_OK;
}
