/* promqlask SERIES: answer queries from standard input over series of a file.
 *
 * A line of the file: the series, a tab, then time in ms and value by turns.  A
 * line of input: start, end and step in ms (step 0: an instant query), then the
 * expression.  A line of output for each: one JSON object, with an error or the
 * result. */
#include "base/jsonout.h"
#include "base/wholefile.h"
#include "promql/eval.h"
#include "promql/gofloat.h"
#include "promql/memsource.h"
#include "promql/parser.h"
#include "tests/promqltest/ptest_series.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_FILE_BYTES = 1 << 30, MAX_ANSWER_BYTES = 256 << 20 };

static enum status
load_line(struct memsource *m, struct slice line, struct err *err)
{
    struct arena        a = {0};
    struct slice        points = line, name = slice_cut(&points, '\t');
    struct ptest_series series;
    size_t              number = 0;
    enum status         st = ptest_series_parse(&a, name, &series, err);

    if (st == STATUS_OK)
        st = memsource_series(m, series.labels, series.n_labels, &number, err);
    while (st == STATUS_OK && points.n) {
        int64_t t_ms;
        double  value;

        st = slice_i64(slice_cut(&points, ' '), &t_ms);
        if (st == STATUS_OK)
            st = gofloat_parse(slice_cut(&points, ' '), &value);
        if (st == STATUS_OK)
            st = memsource_add(m, number, t_ms, value, err);
    }
    arena_release(&a);
    return st;
}

static enum status
load(struct memsource *m, const char *path, struct err *err)
{
    struct text  file;
    struct slice rest;
    enum status  st;

    text_init(&file, MAX_FILE_BYTES);
    st = wholefile_read(path, &file, err);
    rest = text_slice(&file);
    while (st == STATUS_OK && rest.n)
        st = load_line(m, slice_cut(&rest, '\n'), err);
    text_release(&file);
    return st;
}

static void
put_value(struct jsonout *j, double v)
{
    struct text t;

    text_init(&t, 512);
    gofloat_put(&t, v);
    jsonout_slice(j, NULL, text_slice(&t));
    text_release(&t);
}

static void
put_series(struct jsonout *j, const struct eval_result *r, const struct value_series *s)
{
    struct labels set = labels_of(r->pool, s->labels);
    char         *name;
    struct arena  a = {0};

    jsonout_begin_object(j, NULL);
    jsonout_begin_object(j, "metric");
    for (uint32_t i = 0; i < set.n; i++) {
        name = arena_text(&a, labels_text(r->pool, set.at[i].name));
        jsonout_slice(j, name, labels_text(r->pool, set.at[i].value));
    }
    jsonout_end_object(j);
    jsonout_begin_array(j, "values");
    for (size_t i = 0; i < s->n; i++) {
        jsonout_int(j, NULL, s->t_ms[i]);
        put_value(j, s->v[i]);
    }
    jsonout_end_array(j);
    jsonout_end_object(j);
    arena_release(&a);
}

static void
put_result(struct jsonout *j, const struct eval_result *r)
{
    static const char *const kinds[] = {[VALUE_SCALAR] = "scalar",
                                        [VALUE_STRING] = "string",
                                        [VALUE_VECTOR] = "vector",
                                        [VALUE_MATRIX] = "matrix"};

    jsonout_text(j, "kind", kinds[r->value.kind]);
    jsonout_begin_array(j, "result");
    if (r->value.kind == VALUE_SCALAR)
        put_value(j, r->value.scalar);
    else if (r->value.kind == VALUE_STRING)
        jsonout_slice(j, NULL, r->value.string);
    for (size_t i = 0; i < r->value.n_series; i++)
        put_series(j, r, &r->value.series[i]);
    jsonout_end_array(j);
}

static void
answer(struct memsource *m, struct slice line, struct text *out)
{
    struct arena        a = {0};
    struct err          err = {0};
    struct jsonout      j;
    struct eval_result  result = {0};
    struct eval_request request = {0};
    struct source       source = memsource_source(m);
    struct node        *tree;
    enum status         st = slice_i64(slice_cut(&line, ' '), &request.start_ms);

    if (st == STATUS_OK)
        st = slice_i64(slice_cut(&line, ' '), &request.end_ms);
    if (st == STATUS_OK)
        st = slice_i64(slice_cut(&line, ' '), &request.step_ms);
    if (st == STATUS_OK)
        st = parser_parse(&a, line, &tree, NULL, &err);
    if (st == STATUS_OK)
        st = eval_run(tree, line, &source, &request, &a, &result, &err);
    jsonout_init(&j, out);
    jsonout_begin_object(&j, NULL);
    if (st)
        jsonout_text(&j, "error", err.text);
    else
        put_result(&j, &result);
    jsonout_end_object(&j);
    eval_close(&result);
    arena_release(&a);
}

int
main(int argc, char **argv)
{
    struct memsource *m = memsource_new();
    struct err        err = {0};
    char             *line = NULL;
    size_t            cap = 0;
    ssize_t           n;
    int               rc = 0;

    if (argc != 2 || load(m, argv[1], &err)) {
        fprintf(stderr, "promqlask: %s\n", argc == 2 ? err.text : "usage: promqlask SERIES");
        rc = 2;
    }
    while (rc == 0 && (n = getline(&line, &cap, stdin)) > 0) {
        struct text out;

        text_init(&out, MAX_ANSWER_BYTES);
        answer(m, slice_trim((struct slice){line, (size_t)n - (line[n - 1] == '\n')}), &out);
        rc = out.status || puts(out.p) < 0 || fflush(stdout) ? 1 : 0;
        text_release(&out);
    }
    free(line);
    memsource_free(m);
    return rc;
}
