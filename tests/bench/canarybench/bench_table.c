#include "tests/bench/canarybench/bench_table.h"

#include <math.h>
#include <stdlib.h>

void
bench_table_head(struct text *out)
{
    text_printf(out, "group,effect,family,role,rps,weight,base,ratio,horizon_s,calibrated,judge");
    for (int c = 0; c < BENCH_COLUMNS; c++)
        text_printf(out, ",%s", bench_score_column((enum bench_column)c));
    text_printf(out, "\n");
}

static void
number(struct text *out, double v)
{
    if (isnan(v))
        text_printf(out, ",");
    else
        text_printf(out, ",%.6g", v);
}

void
bench_table_rows(const struct bench_group *g, const struct bench_cell *cell, double calibrated,
                 struct bench_score scores[BENCH_JUDGES], struct text *out)
{
    const struct bench_world *w = &g->world;
    bool                      ramp = w->weight[0] != w->weight[BENCH_WORLD_STAGES - 1];

    for (int j = 0; j < BENCH_JUDGES; j++) {
        double row[BENCH_COLUMNS];

        if (scores[j].n == 0)
            continue;
        bench_score_row(&scores[j], row);
        text_printf(out, "\"%s\",\"%s\",%s,%s", g->name, cell->effect_name, g->family,
                    bench_cell_role_text(cell->role));
        number(out, w->rps);
        number(out, ramp ? NAN : w->weight[0]);
        number(out, w->faults);
        number(out, cell->ratio);
        number(out, g->horizon_s);
        number(out, calibrated);
        text_printf(out, ",%s", bench_judge_text((enum bench_judge)j));
        for (int c = 0; c < BENCH_COLUMNS; c++)
            number(out, row[c]);
        text_printf(out, "\n");
    }
}

/* The row's cell and judge, from its first fields. */
static bool
find_cell(struct bench_table_row *row, const struct bench_group *groups, size_t n,
          struct slice name, struct slice effect, struct slice judge)
{
    row->group = NULL;
    for (size_t i = 0; i < n && !row->group; i++)
        if (slice_is(name, groups[i].name))
            row->group = &groups[i];
    for (uint32_t c = 0; row->group && c < row->group->n; c++)
        if (slice_is(effect, row->group->cells[c].effect_name))
            row->cell = &row->group->cells[c];
    for (row->judge = 0; row->judge < BENCH_JUDGES; row->judge++)
        if (slice_is(judge, bench_judge_text(row->judge)))
            return row->group && row->cell;
    return false;
}

static struct slice
unquoted(struct slice *line)
{
    struct slice inside;

    (void)slice_cut(line, '"');
    inside = slice_cut(line, '"');
    (void)slice_cut(line, ',');
    return inside;
}

bool
bench_table_read(struct slice line, const struct bench_group *groups, size_t n,
                 struct bench_table_row *row)
{
    enum { BETWEEN = 8 }; /* family to calibrated */
    struct slice name = unquoted(&line), effect = unquoted(&line);

    *row = (struct bench_table_row){0};
    for (int i = 0; i < BETWEEN; i++)
        (void)slice_cut(&line, ',');
    if (!find_cell(row, groups, n, name, effect, slice_cut(&line, ',')))
        return false;
    for (int c = 0; c < BENCH_COLUMNS; c++) {
        struct slice field = slice_cut(&line, ',');

        row->at[c] = field.n ? strtod(field.p, NULL) : NAN; /* ends at a comma or newline */
    }
    return true;
}
