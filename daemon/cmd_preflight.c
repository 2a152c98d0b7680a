#include "daemon/cmd_preflight.h"

#include "base/jsonout.h"
#include "base/log.h"
#include "daemon/cmdservice.h"
#include "daemon/cmdsource.h"
#include "daemon/loop.h"
#include "daemon/option.h"
#include "daemon/preflight.h"
#include "daemon/presetmatch.h"
#include "daemon/upstream.h"
#include "daemon/target.h"

#include <stdio.h>

enum { EXIT_FINE, EXIT_REFUSED, EXIT_NOT_ASKED = 3 };
enum { QUERY_BYTES = 16 << 10, OUTPUT_BYTES = 1 << 20 };

enum {
    ROW_SERVICE,
    ROW_NAMESPACE,
    ROW_CANARY,
    ROW_STABLE,
    ROW_KEY,
    ROW_CONFIG,
    ROW_JSON,
    ROW_DAEMON,
    ROW_TOKEN_FILE
};

static const struct option_row rows[] = {
    [ROW_SERVICE] = {"service", 's', "NAME", OPTION_TEXT, "the service"},
    [ROW_NAMESPACE] = {"namespace", 'n', "NAME", OPTION_TEXT,
                       "its namespace, where several have that name"},
    [ROW_CANARY] = {"canary", 0, "VALUE", OPTION_TEXT, "the version key's value on the canary"},
    [ROW_STABLE] = {"stable", 0, "VALUE", OPTION_TEXT, "its value on the baseline"},
    [ROW_KEY] = {"key", 0, "KEY", OPTION_TEXT, "another version key than the service's"},
    [ROW_CONFIG] = {"config", 'c', "FILE", OPTION_TEXT, "the configuration"},
    [ROW_JSON] = OPTION_JSON,
    [ROW_DAEMON] = CMDSOURCE_DAEMON,
    [ROW_TOKEN_FILE] = CMDSOURCE_TOKEN_FILE,
};

const struct option_command cmd_preflight_options = {
    .name = "preflight",
    .help = "Ask the source what it shows of a service, and say what a run would make of it.",
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .required = 1u << ROW_SERVICE | 1u << ROW_CONFIG,
    .exits = {{0, "a run can be judged"}, {1, "it would hold"}, {3, "could not ask"}},
    .json = "{\"namespace\", \"service\", \"preset\", \"refused\", \"findings\": [{\"level\", "
            "\"about\", \"text\"}]}",
};

/* One question at a time, waited for. */
struct asking {
    struct config               *config;
    const struct config_service *cs;
    struct loop                 *loop;
    struct upstream             *source;
    struct preset_service        service;
    struct arena                 arena;
    const struct promreply      *reply;
    enum status                  status;
    struct err                   err;
    bool                         done;
};

static void
on_answer(void *ctx, const struct promclient_answer *a)
{
    struct asking *k = ctx;

    k->done = true;
    k->status = a->status;
    k->err = a->err;
    k->reply = a->reply;
}

/* The reply lives until the end. */
static enum status
ask(struct asking *k, const struct text *query, int64_t at_ms)
{
    struct promclient_question q = {.expr = text_slice(query),
                                    .at_ms = at_ms,
                                    .timeout_ms = upstream_config(k->source)->timeout_ms,
                                    .arena = &k->arena};

    k->done = false;
    k->reply = NULL;
    (void)upstream_ask(k->source, &q, on_answer, k);
    loop_run(k->loop, NULL, &k->done);
    if (!k->done)
        return err_set(&k->err, STATUS_CANCELLED, "interrupted");
    return k->status;
}

/* As target_resolve(), but of a rollout of which nobody has said anything yet. */
static struct target
target_of(const struct config_service *cs, const struct option_value *v)
{
    struct target t = {.service = cs, .preset = preset_name(cs->preset)};
    const char   *canary, *baseline;

    snprintf(t.ns, sizeof t.ns, "%s", cs->ns ? cs->ns : v[ROW_NAMESPACE].text);
    snprintf(t.name, sizeof t.name, "%s", cs->name ? cs->name : v[ROW_SERVICE].text);
    snprintf(t.key, sizeof t.key, "%s",
             v[ROW_KEY].given ? v[ROW_KEY].text
             : cs->key        ? cs->key
                              : preset_default_key(t.preset, false));
    (void)preset_fixed_arms(t.preset, &canary, &baseline);
    if (v[ROW_CANARY].given || cs->canary)
        canary = v[ROW_CANARY].given ? v[ROW_CANARY].text : cs->canary;
    if (v[ROW_STABLE].given || cs->stable)
        baseline = v[ROW_STABLE].given ? v[ROW_STABLE].text : cs->stable;
    snprintf(t.canary, sizeof t.canary, "%s", canary);
    snprintf(t.baseline, sizeof t.baseline, "%s", baseline);
    return t;
}

static enum status
prepare(struct asking *k, const struct option_value *v)
{
    enum status           s = config_read_file(v[ROW_CONFIG].text, &k->config, &k->err);
    struct target         t;
    struct preset_service p;

    if (s)
        return s;
    k->cs = cmdservice_find(k->config, v[ROW_NAMESPACE].text, v[ROW_SERVICE].text, &k->err);
    if (!k->cs)
        return k->err.status;
    t = target_of(k->cs, v);
    p = target_preset(&t);
    k->service = preset_copy(&k->arena, &p);
    s = loop_new(&k->loop, &k->err);
    if (s)
        return s;
    return cmdsource_new(k->loop, k->config, config_source(k->config, slice_of(k->cs->source)),
                         &v[ROW_DAEMON], &v[ROW_TOKEN_FILE], &k->source, &k->err);
}

/* count by (LABEL) (METRIC{the first n matchers}) */
static enum status
count_by(struct asking *k, const struct presetmatch *m, size_t n, struct slice label, int64_t at_ms)
{
    struct text t;
    enum status s;

    text_init(&t, QUERY_BYTES);
    text_puts(&t, "count ");
    s = selector_by(&t, &label, 1, &k->err);
    text_puts(&t, " (");
    if (!s)
        s = selector_write(&t, slice_of(preset_requests(&k->service)), m->at, n, &k->err);
    text_puts(&t, ")");
    if (!s)
        s = ask(k, &t, at_ms);
    text_release(&t);
    return s;
}

/* Of no series: which of the labels leaves none, and what values it has.
 * *none: the metric has no series at all. */
static enum status
find_culprit(struct asking *k, struct preflight *p, enum preset_part part, int64_t at_ms,
             bool *none)
{
    struct presetmatch m;
    const char        *values = "";
    enum status        s = STATUS_OK;

    if (!preset_has_part(&k->service, part))
        return STATUS_OK;
    presetmatch_of(&k->service, part, &m);
    for (size_t i = 0; i <= m.n && !s; i++) {
        struct slice label = m.at[i < m.n ? i : m.n - 1].label;

        s = count_by(k, &m, i, label, at_ms);
        if (s)
            return s;
        if (k->reply->n_series == 0 && i == 0) {
            *none = true;
            return STATUS_OK;
        }
        if (k->reply->n_series == 0) {
            label = m.at[i - 1].label;
            preflight_add(p, PREFLIGHT_NOTE, "series",
                          *values ? "label %.*s has no such value; it has %s"
                                  : "no series has the label %.*s%s",
                          SLICE_ARG(label), values);
            return STATUS_OK;
        }
        values = preflight_values(&k->arena, &k->service, k->reply, PRESET_PART_COUNT,
                                  arena_text(&k->arena, label));
        if (i < m.n && m.at[i].values[0].n == 0) {
            preflight_add(p, PREFLIGHT_NOTE, "series", "label %.*s has %s", SLICE_ARG(label),
                          *values ? values : "no value");
            return STATUS_OK;
        }
    }
    return s;
}

/* There is no series of requests: others tell what is wrong. */
static enum status
find_instead(struct asking *k, struct preflight *p, int64_t at_ms)
{
    size_t                            n;
    const struct presettable_instead *list = presettable_insteads(&n);
    enum status                       s = STATUS_OK;

    preflight_add(p, PREFLIGHT_NOTE, "series", "there is no series of %s at all",
                  preset_requests(&k->service));
    for (size_t i = 0; i < n && !s; i++) {
        struct text t;

        if (list[i].mesh != presettable_find(k->service.preset))
            continue;
        text_init(&t, QUERY_BYTES);
        text_printf(&t, "count(%s)", list[i].metric);
        s = ask(k, &t, at_ms);
        text_release(&t);
        if (!s && k->reply->n_series > 0)
            preflight_add(p, PREFLIGHT_NOTE, "series", "there is %s: %s", list[i].metric,
                          list[i].meaning);
    }
    return s;
}

/* Of which clusters the service's requests are; those of Istio have a label. */
static enum status
look_at_clusters(struct asking *k, struct preflight *p, int64_t at_ms)
{
    struct presetmatch m;
    enum status        s;

    if (presettable_find(k->service.preset) != PRESETTABLE_ISTIO || k->service.cluster)
        return STATUS_OK;
    presetmatch_of(&k->service, PRESET_PART_USER_CELLS, &m);
    s = count_by(k, &m, m.n, SLICE_LITERAL("destination_cluster"), at_ms);
    if (!s && k->reply->n_series > 1)
        preflight_add(p, PREFLIGHT_NOTE, "clusters",
                      "%s: judged together, unless cluster names one of them",
                      preflight_values(&k->arena, &k->service, k->reply, PRESET_PART_COUNT,
                                       "destination_cluster"));
    return s;
}

static enum status
look(struct asking *k, struct preflight *p)
{
    struct preflight_asked asked = {.service = &k->service,
                                    .policy = config_policy(k->config, slice_of(k->cs->policy)),
                                    .at_ms = clock_wall_ms(&clock_system)};
    struct text            t;
    enum status            s;
    bool                   expressed, none = false;

    text_init(&t, PRESET_MAX_BYTES);
    asked.scrape_interval_ms = upstream_config(k->source)->scrape_interval_ms;
    expressed = preset_expression(&k->service, &t, &k->err) == STATUS_OK;
    s = expressed ? ask(k, &t, asked.at_ms) : STATUS_OK;
    text_release(&t);
    if (s)
        return s;
    if (expressed)
        preflight_read(p, &asked, k->reply);
    else
        preflight_add(p, PREFLIGHT_REFUSED, "preset", "%s", k->err.text);
    if (expressed && !preflight_refused(p))
        return look_at_clusters(k, p, asked.at_ms);
    s = find_culprit(k, p, PRESET_PART_USER_CELLS, asked.at_ms, &none);
    if (!s && !none)
        s = find_culprit(k, p, PRESET_PART_ATTEMPT_CELLS, asked.at_ms, &none);
    return s || !none ? s : find_instead(k, p, asked.at_ms);
}

static void
print_text(const struct asking *k, const struct preflight *p)
{
    (void)printf("%s/%s: preset %s, source %s\n", k->service.ns, k->service.name, k->service.preset,
                 k->cs->source);
    for (size_t i = 0; i < p->found.n; i++)
        (void)printf("  %-8s %-10s %s\n", preflight_level_text(p->found.at[i].level),
                     p->found.at[i].about, p->found.at[i].text);
}

static void
print_json(const struct asking *k, const struct preflight *p)
{
    struct text    t;
    struct jsonout j;

    text_init(&t, OUTPUT_BYTES);
    jsonout_init(&j, &t);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "namespace", k->service.ns);
    jsonout_text(&j, "service", k->service.name);
    jsonout_text(&j, "preset", k->service.preset);
    jsonout_bool(&j, "refused", preflight_refused(p));
    jsonout_begin_array(&j, "findings");
    for (size_t i = 0; i < p->found.n; i++) {
        jsonout_begin_object(&j, NULL);
        jsonout_text(&j, "level", preflight_level_text(p->found.at[i].level));
        jsonout_text(&j, "about", p->found.at[i].about);
        jsonout_text(&j, "text", p->found.at[i].text);
        jsonout_end_object(&j);
    }
    jsonout_end_array(&j);
    jsonout_end_object(&j);
    (void)printf("%s\n", t.p);
    text_release(&t);
}

int
cmd_preflight(int argc, char **argv)
{
    struct asking        k = {0};
    struct preflight     p = {.arena = &k.arena};
    struct option_values v;
    int                  code;

    if (!option_start(&cmd_preflight_options, argc, argv, &v, &code))
        return code;
    log_set_level(LOG_LEVEL_ERROR);
    if (prepare(&k, v.values) || look(&k, &p)) {
        (void)fprintf(stderr, "verdictd preflight: %s\n", k.err.text);
        code = EXIT_NOT_ASKED;
    } else {
        (v.values[ROW_JSON].given ? print_json : print_text)(&k, &p);
        code = preflight_refused(&p) ? EXIT_REFUSED : EXIT_FINE;
    }
    upstream_unref(k.source);
    loop_free(k.loop);
    config_unref(k.config);
    arena_release(&k.arena);
    return code;
}
