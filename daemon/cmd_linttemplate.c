#include "daemon/cmd_linttemplate.h"

#include "base/jsonout.h"
#include "base/wholefile.h"
#include "daemon/option.h"
#include "webhooks/templatelint.h"

#include <stdio.h>

enum { EXIT_FOUND = 1, EXIT_UNREADABLE = 3, MAX_FILE_BYTES = 1 << 20, MAX_OUT_BYTES = 64 << 20 };

enum { ROW_JSON, ROW_STRICT };

static const struct option_row rows[] = {
    [ROW_JSON] = OPTION_JSON,
    [ROW_STRICT] = {"strict", 0, NULL, OPTION_FLAG, "exit 1 for advice too"},
};
const struct option_command cmd_linttemplate_options = {
    .name = "lint-template",
    .help = "Tell where AnalysisTemplates, Rollouts and Canaries let bad releases through or stop "
            "good ones.",
    .operands = "FILE|- ...",
    .min_operands = 1,
    .max_operands = OPTION_MAX_OPERANDS,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "nothing fails open or shut"}, {1, "something does"}, {3, "could not read it"}},
    .json = "{\"objects\", \"not_shown\", \"findings\": [{\"file\", \"line\", \"column\", "
            "\"object\", \"path\", \"rule\", \"level\", \"detail\", \"text\"}]}",
};

static enum status
read_input(const char *file, struct text *body, struct err *err)
{
    char   part[8192];
    size_t n;

    if (strcmp(file, "-") != 0)
        return wholefile_read(file, body, err);
    while ((n = fread(part, 1, sizeof part, stdin)))
        text_put(body, (struct slice){part, n});
    if (ferror(stdin))
        return err_set(err, STATUS_IO, "standard input: cannot read");
    return body->status
               ? err_set(err, body->status, "standard input: larger than %d bytes", MAX_FILE_BYTES)
               : STATUS_OK;
}

static enum status
look_at_file(struct templatelint *l, const char *file, struct err *err)
{
    struct text body;
    enum status s;

    text_init(&body, MAX_FILE_BYTES);
    s = read_input(file, &body, err);
    if (!s)
        s = templatelint_file(l, strcmp(file, "-") ? file : "stdin", text_slice(&body), err);
    text_release(&body);
    return s;
}

static void
print_people(const struct templatelint *l, struct text *out)
{
    for (size_t i = 0; i < l->findings.n; i++) {
        const struct templatelint_finding *f = &l->findings.at[i];

        text_printf(out, "%s:%d:%d: %s: %s: %s%s%s [%s]\n    %s\n", f->file, f->line, f->column,
                    templatelint_level_name(templatelint_level(f->rule)), f->object, f->path,
                    *f->detail ? ": " : "", f->detail, templatelint_name(f->rule),
                    templatelint_text(f->rule));
    }
    if (l->left_out)
        text_printf(out, "%zu more are not shown\n", l->left_out);
    text_printf(out, "%zu objects: %zu fail open, %zu fail shut, %zu advice\n", l->n_objects,
                l->n_of[TEMPLATELINT_FAIL_OPEN], l->n_of[TEMPLATELINT_FAIL_SHUT],
                l->n_of[TEMPLATELINT_ADVICE]);
}

static void
print_json(const struct templatelint *l, struct text *out)
{
    struct jsonout j;

    jsonout_init(&j, out);
    jsonout_begin_object(&j, NULL);
    jsonout_uint(&j, "objects", l->n_objects);
    jsonout_uint(&j, "not_shown", l->left_out);
    jsonout_begin_array(&j, "findings");
    for (size_t i = 0; i < l->findings.n; i++) {
        const struct templatelint_finding *f = &l->findings.at[i];

        jsonout_begin_object(&j, NULL);
        jsonout_text(&j, "file", f->file);
        jsonout_int(&j, "line", f->line);
        jsonout_int(&j, "column", f->column);
        jsonout_text(&j, "object", f->object);
        jsonout_text(&j, "path", f->path);
        jsonout_text(&j, "rule", templatelint_name(f->rule));
        jsonout_text(&j, "level", templatelint_level_name(templatelint_level(f->rule)));
        jsonout_text(&j, "detail", f->detail);
        jsonout_text(&j, "text", templatelint_text(f->rule));
        jsonout_end_object(&j);
    }
    jsonout_end_array(&j);
    jsonout_end_object(&j);
    text_puts(out, "\n");
}

static int
report(const struct templatelint *l, const struct option_values *o)
{
    struct text out;
    size_t      wrong = l->n_of[TEMPLATELINT_FAIL_OPEN] + l->n_of[TEMPLATELINT_FAIL_SHUT];

    text_init(&out, MAX_OUT_BYTES);
    if (o->values[ROW_JSON].given)
        print_json(l, &out);
    else
        print_people(l, &out);
    fwrite(out.p, 1, out.n, stdout);
    text_release(&out);
    if (o->values[ROW_STRICT].given)
        wrong += l->n_of[TEMPLATELINT_ADVICE];
    return wrong ? EXIT_FOUND : 0;
}

int
cmd_linttemplate(int argc, char **argv)
{
    struct option_values o;
    struct arena         arena = {0};
    struct templatelint  lint;
    struct err           err = {0};
    enum status          s = STATUS_OK;
    int                  exit_code;

    if (!option_start(&cmd_linttemplate_options, argc, argv, &o, &exit_code))
        return exit_code;
    templatelint_init(&lint, &arena);
    for (size_t i = 0; i < o.n_operands && !s; i++)
        s = look_at_file(&lint, o.operands[i], &err);
    if (s) {
        fprintf(stderr, "verdictd lint-template: %s\n", err.text);
        exit_code = EXIT_UNREADABLE;
    } else {
        templatelint_finish(&lint);
        exit_code = report(&lint, &o);
    }
    arena_release(&arena);
    return exit_code;
}
