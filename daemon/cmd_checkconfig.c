#include "daemon/cmd_checkconfig.h"

#include "base/jsonout.h"
#include "daemon/config.h"
#include "daemon/configdoc.h"
#include "daemon/configkeep.h"
#include "daemon/configtable.h"
#include "daemon/limitquery.h"
#include "daemon/option.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { EXIT_MISTAKES = 1, DOCS_BYTES = 1 << 18, MAX_SERVICES_SHOWN = 20 };

enum { ROW_DOCS, ROW_JSON, JSON_BYTES = 64 << 20 };
static const struct option_row rows[] = {
    [ROW_DOCS] = {"docs", 0, NULL, OPTION_FLAG, "print the reference of all keys (docs/CONFIG.md)"},
    [ROW_JSON] = OPTION_JSON,
};
const struct option_command cmd_checkconfig_options = {
    .name = "check-config",
    .help = "Check a configuration: print a summary, or every mistake with its place.",
    .operands = "FILE",
    .max_operands = 1,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "the configuration loads"}, {1, "it does not"}, {3, "called wrongly"}},
    .json =
        "{\"file\", \"ok\", \"listen\", \"data_dir\", \"tokens\", \"sources\": [], \"services\": "
        "[{\"namespace\", \"name\", \"source\", \"preset\", \"policy\"}], \"policies\": "
        "[{\"name\", "
        "\"hash\"}]}, or where ok is false {\"file\", \"ok\", \"errors\": [], \"found\"}",
};

static int
print_docs(void)
{
    struct text text;
    int         failed;

    text_init(&text, DOCS_BYTES);
    configdoc_write(&text);
    failed = text.status || fputs(text.p, stdout) < 0;
    text_release(&text);
    return failed;
}

static void
print_errors(const struct configreport *report)
{
    for (size_t i = 0; i < report->n && i < CONFIGREPORT_MAX; i++)
        fprintf(stderr, "%s\n", report->errors[i].text);
    if (report->n > CONFIGREPORT_MAX)
        fprintf(stderr, "and %zu more\n", report->n - CONFIGREPORT_MAX);
}

static void
print_daemon(const struct config *c)
{
    const struct config_daemon *d = &c->daemon;

    printf("  listen %s, %s; data in %s\n", d->listen,
           d->tokens_file ? "tokens wanted" : "no tokens wanted", d->data_dir);
    if (!d->unknown_namespaces.n)
        printf("  unlisted services are denied\n");
    for (size_t i = 0; i < d->unknown_namespaces.n; i++)
        printf("  unlisted services of namespace %s are judged from %s by policy %s\n",
               d->unknown_namespaces.at[i], c->unknown.source, c->unknown.policy);
    if (!d->unknown_namespaces.n && !c->n_services)
        printf("  note: no service is listed, so nothing will be judged\n");
}

/* Of the slowest source by which the policy's services are judged; 0: of none. */
static int64_t
scrape_interval_ms(const struct config *c, const struct policy *p)
{
    int64_t most_ms = 0;

    for (size_t i = 0; i < c->n_services; i++) {
        const struct config_source *s = config_source(c, slice_of(c->services[i].source));

        if (!strcmp(c->services[i].policy, p->name) && s->scrape_interval_ms > most_ms)
            most_ms = s->scrape_interval_ms;
    }
    return most_ms;
}

static void
print_note(void *ctx, const char *rule, const char *text, struct slice where)
{
    const struct policy_limit *l = ctx;

    (void)printf("    note: threshold %s: %s: %s\n      at %.*s\n", l->name, rule, text,
                 SLICE_ARG(where));
}

static void
print_limit(const struct config *c, const struct policy *p, struct policy_limit l)
{
    (void)printf("    threshold %s: %s", l.name, configtable_word_text("limit_metric", l.metric));
    if (!isnan(l.min))
        (void)printf(", at least %g", l.min);
    if (!isnan(l.max))
        (void)printf(", at most %g", l.max);
    (void)printf("; fails by %" PRIu32 " of %" PRIu32 " intervals%s\n", l.fails, l.of,
                 l.dry_run ? " (dry run)" : "");
    if (l.query)
        limitquery_lint(slice_of(l.query), scrape_interval_ms(c, p), print_note, &l);
}

static void
print_policy(const struct config *c, const struct policy *p)
{
    (void)printf("  policy %s: %s\n", p->name, p->hash);
    for (uint32_t k = 0; k < p->n_limits; k++)
        print_limit(c, p, p->limit[k]);
}

static void
print_source(const struct config *c, const struct config_source *s)
{
    const struct config_scrape *scrape = &s->scrape;
    struct arena                a = {0};
    struct configkeep           keep;

    if (s->prometheus)
        (void)printf("  source %s: %s every %" PRId64 " ms\n", s->name, s->url, s->tick_ms);
    else if (s->remote_write)
        (void)printf("  source %s: what is written to it, every %" PRId64 " ms\n", s->name,
                     s->tick_ms);
    if (!scrape->on)
        return;
    keep = configkeep_of(c, s, &a);
    (void)printf("  source %s: scrapes %zu targets%s%s every %" PRId64 " ms, keeps ", s->name,
                 scrape->targets.n, scrape->file_sd.n ? ", those in files" : "",
                 scrape->kubernetes.on ? ", pods" : "", s->scrape_interval_ms);
    if (keep.all)
        (void)printf("all metrics\n");
    else
        (void)printf("%zu metrics\n", keep.n);
    arena_release(&a);
}

static void
put_services(struct jsonout *j, const struct config *c)
{
    jsonout_begin_array(j, "services");
    for (size_t i = 0; i < c->n_services; i++) {
        jsonout_begin_object(j, NULL);
        jsonout_text(j, "namespace", c->services[i].ns);
        jsonout_text(j, "name", c->services[i].name);
        jsonout_text(j, "source", c->services[i].source);
        jsonout_text(j, "preset", c->services[i].preset);
        jsonout_text(j, "policy", c->services[i].policy);
        jsonout_end_object(j);
    }
    jsonout_end_array(j);
}

static void
put_loaded(struct jsonout *j, const struct config *c)
{
    jsonout_text(j, "listen", c->daemon.listen);
    jsonout_text(j, "data_dir", c->daemon.data_dir);
    jsonout_bool(j, "tokens", c->daemon.tokens_file != NULL);
    jsonout_begin_array(j, "sources");
    for (size_t i = 0; i < c->n_sources; i++)
        jsonout_text(j, NULL, c->sources[i].name);
    jsonout_end_array(j);
    put_services(j, c);
    jsonout_begin_array(j, "policies");
    for (size_t i = 0; i < c->n_policies; i++) {
        jsonout_begin_object(j, NULL);
        jsonout_text(j, "name", c->policies[i].name);
        jsonout_text(j, "hash", c->policies[i].hash);
        jsonout_end_object(j);
    }
    jsonout_end_array(j);
}

/* c NULL: it does not load. */
static void
print_json(const char *file, const struct config *c, const struct configreport *report)
{
    struct text    out;
    struct jsonout j;

    text_init(&out, JSON_BYTES);
    jsonout_init(&j, &out);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "file", file);
    jsonout_bool(&j, "ok", c != NULL);
    if (c) {
        put_loaded(&j, c);
    } else {
        jsonout_begin_array(&j, "errors");
        for (size_t i = 0; i < report->n && i < CONFIGREPORT_MAX; i++)
            jsonout_text(&j, NULL, report->errors[i].text);
        jsonout_end_array(&j);
        jsonout_uint(&j, "found", report->n);
    }
    jsonout_end_object(&j);
    (void)puts(out.p);
    text_release(&out);
}

static void
print_summary(const char *file, const struct config *c)
{
    printf("%s: ok: %zu sources, %zu services, %zu policies\n", file, c->n_sources, c->n_services,
           c->n_policies);
    print_daemon(c);
    for (size_t i = 0; i < c->n_sources; i++)
        print_source(c, &c->sources[i]);
    for (size_t i = 0; i < c->n_services && i < MAX_SERVICES_SHOWN; i++)
        printf("  service %s/%s: %s, %s by %s, policy %s\n", c->services[i].ns, c->services[i].name,
               c->services[i].source, c->services[i].preset,
               c->services[i].key ? c->services[i].key : "the preset's key", c->services[i].policy);
    if (c->n_services > MAX_SERVICES_SHOWN)
        printf("  and %zu more services\n", c->n_services - MAX_SERVICES_SHOWN);
    for (size_t i = 0; i < c->n_policies; i++)
        print_policy(c, &c->policies[i]);
}

int
cmd_checkconfig(int argc, char **argv)
{
    struct option_values options;
    struct configreport  report = {0};
    struct config       *c = NULL;
    int                  exit_code = 3;

    if (!option_start(&cmd_checkconfig_options, argc, argv, &options, &exit_code))
        return exit_code;
    if (options.values[ROW_DOCS].given)
        return print_docs();
    if (!options.n_operands) {
        fprintf(stderr, "verdictd check-config: FILE is missing; verdictd check-config --help\n");
        return exit_code;
    }
    exit_code = config_check_file(options.operands[0], &c, &report) ? EXIT_MISTAKES : 0;
    if (options.values[ROW_JSON].given)
        print_json(options.operands[0], c, &report);
    else if (exit_code)
        print_errors(&report);
    else
        print_summary(options.operands[0], c);
    config_unref(c);
    return exit_code;
}
