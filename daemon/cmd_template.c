#include "daemon/cmd_template.h"

#include "daemon/cmdservice.h"
#include "daemon/option.h"
#include "promql/promrequest.h"
#include "webhooks/templatewrite.h"

#include <stdio.h>

enum { EXIT_NOT_SO = 1, EXIT_MISUSE = 3, OUTPUT_BYTES = 64 << 10, MOST_PERCENT = 99 };

enum { ROW_SERVICE, ROW_NAMESPACE, ROW_CONFIG, ROW_URL, ROW_KEY, ROW_STEPS };

static const struct option_row rows[] = {
    [ROW_SERVICE] = {"service", 's', "NAME", OPTION_TEXT, "the service"},
    [ROW_NAMESPACE] = {"namespace", 'n', "NAME", OPTION_TEXT,
                       "its namespace, where several have that name"},
    [ROW_CONFIG] = {"config", 'c', "FILE", OPTION_TEXT, "the configuration"},
    [ROW_URL] = {"url", 'u', "URL", OPTION_TEXT,
                 "of verdictd, as callers reach it (http://verdictd.verdictd:8080)"},
    [ROW_KEY] = {"key", 0, "KEY", OPTION_TEXT, "another version key than the service's"},
    [ROW_STEPS] = {"steps", 0, "LIST", OPTION_TEXT, "weights in percent (5,25,50)"},
};

const struct option_command cmd_template_options = {
    .name = "template",
    .help = "Print the objects that put verdictd into a rollout, filled in for one service.",
    .operands = "argo|flagger",
    .min_operands = 1,
    .max_operands = 1,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .required = 1u << ROW_SERVICE | 1u << ROW_CONFIG,
    .exits = {{0, "printed"},
              {1, "this rollout cannot tell the versions apart"},
              {3, "called wrongly"}},
};

static enum status
read_steps(const char *text, struct templatewrite *w, struct err *err)
{
    struct slice rest = slice_of(text);
    uint64_t     last = 0;

    w->n_weights = 0;
    while (rest.p) {
        uint64_t weight;

        if (w->n_weights == TEMPLATEWRITE_MAX_STEPS || slice_u64(slice_cut(&rest, ','), &weight) ||
            weight <= last || weight > MOST_PERCENT)
            return err_set(err, STATUS_SYNTAX,
                           "--steps %.60s: up to %d rising weights from 1 to %d, as in 5,25,50",
                           text, TEMPLATEWRITE_MAX_STEPS, MOST_PERCENT);
        w->weight[w->n_weights++] = (unsigned)(last = weight);
    }
    return STATUS_OK;
}

/* Callers of another machine always need a token (see listen). */
static enum status
fill_in(const struct config *c, const struct option_values *o, bool flagger,
        struct templatewrite *w, struct err *err)
{
    const struct option_value   *v = o->values;
    const char                  *ns = v[ROW_NAMESPACE].text;
    const struct config_service *cs = cmdservice_find(c, ns, v[ROW_SERVICE].text, err);
    const char                  *canary = "", *baseline;
    enum status                  s;

    if (!cs)
        return err->status;
    w->service = v[ROW_SERVICE].text;
    w->ns = cs->ns ? cs->ns : ns;
    w->preset = preset_name(cs->preset);
    w->key = v[ROW_KEY].given ? v[ROW_KEY].text
             : cs->key        ? cs->key
                              : preset_default_key(w->preset, flagger);
    (void)preset_fixed_arms(w->preset, &canary, &baseline);
    w->canary_known = cs->canary || *canary;
    w->token = c->daemon.tokens_file != NULL;
    w->url = v[ROW_URL].given ? v[ROW_URL].text : "http://verdictd.verdictd:8080";
    s = promrequest_check_url(slice_of(w->url), err);
    return s ? s : read_steps(v[ROW_STEPS].given ? v[ROW_STEPS].text : "5,25,50", w, err);
}

static int
print(const struct config *c, const struct option_values *o, struct err *err)
{
    bool                 flagger = strcmp(o->operands[0], "flagger") == 0;
    struct templatewrite w = {0};
    struct text          out;
    int                  exit_code = EXIT_MISUSE;

    text_init(&out, OUTPUT_BYTES);
    if (!fill_in(c, o, flagger, &w, err)) {
        exit_code = EXIT_NOT_SO;
        if (!(flagger ? templatewrite_flagger(&w, &out, err) : templatewrite_argo(&w, &out, err)))
            exit_code = 0;
    }
    if (!exit_code)
        fwrite(out.p, 1, out.n, stdout);
    text_release(&out);
    return exit_code;
}

int
cmd_template(int argc, char **argv)
{
    struct option_values o;
    struct config       *c = NULL;
    struct err           err = {0};
    int                  exit_code;

    if (!option_start(&cmd_template_options, argc, argv, &o, &exit_code))
        return exit_code;
    exit_code = EXIT_MISUSE;
    if (strcmp(o.operands[0], "argo") != 0 && strcmp(o.operands[0], "flagger") != 0)
        (void)err_set(&err, STATUS_SYNTAX, "%.60s is not argo or flagger", o.operands[0]);
    else if (!config_read_file(o.values[ROW_CONFIG].text, &c, &err))
        exit_code = print(c, &o, &err);
    if (exit_code)
        fprintf(stderr, "verdictd template: %s\n", err.text);
    config_unref(c);
    return exit_code;
}
