#include "daemon/preset.h"

#include "daemon/presetmatch.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char      *text;
    enum counts_view view;
    enum preset_kind kind;
} part_row[] = {
#define PRESET_PART(name, text, view, kind) [PRESET_PART_##name] = {text, view, kind},
#include "daemon/preset.def"
};

static bool
said(const char *text)
{
    return text && *text;
}

static enum presettable_mesh
mesh_of(const struct preset_service *s)
{
    return presettable_find(s->preset);
}

static const char *
copy_text(struct arena *a, const char *text)
{
    return text ? arena_text(a, slice_of(text)) : NULL;
}

struct preset_service
preset_copy(struct arena *a, const struct preset_service *s)
{
    struct preset_service copy = *s;
    struct preset_match  *match = s->n_match ? arena_array(a, s->n_match, sizeof *match) : NULL;

    copy.preset = copy_text(a, s->preset);
    copy.ns = copy_text(a, s->ns);
    copy.name = copy_text(a, s->name);
    copy.key = copy_text(a, s->key);
    copy.canary = copy_text(a, s->canary);
    copy.baseline = copy_text(a, s->baseline);
    copy.host = copy_text(a, s->host);
    copy.canonical_service = copy_text(a, s->canonical_service);
    copy.workload = copy_text(a, s->workload);
    copy.cluster = copy_text(a, s->cluster);
    copy.requests = copy_text(a, s->requests);
    copy.buckets = copy_text(a, s->buckets);
    for (size_t i = 0; i < PRESET_LABEL_COUNT; i++)
        copy.label[i] = copy_text(a, s->label[i]);
    for (size_t i = 0; i < s->n_match; i++)
        match[i] =
            (struct preset_match){copy_text(a, s->match[i].label), copy_text(a, s->match[i].value)};
    copy.match = match;
    return copy;
}

const char *
preset_name(const char *preset)
{
    enum presettable_mesh m = presettable_find(preset);

    return m == PRESETTABLE_MESHES ? NULL : presettable_row(m)->text;
}

const char *
preset_default_key(const char *preset, bool flagger)
{
    const struct presettable_row *row = presettable_row(presettable_find(preset));

    return flagger ? row->flagger_key : row->key;
}

static const struct presettable_key *
key_of(const char *preset, const char *key)
{
    return presettable_key(presettable_find(preset),
                           said(key) ? key : preset_default_key(preset, false));
}

bool
preset_key_is_flaggers(const char *preset, const char *key)
{
    const struct presettable_key *k = key_of(preset, key);

    return k && k->flagger;
}

bool
preset_key_per_release(const char *preset, const char *key)
{
    const struct presettable_key *k = key_of(preset, key);

    return k && k->per_release;
}

bool
preset_fixed_arms(const char *preset, const char **canary, const char **baseline)
{
    const struct presettable_row *row = presettable_row(presettable_find(preset));

    *canary = row->canary;
    *baseline = row->baseline;
    return *row->canary != '\0';
}

static bool
has_view(const struct preset_service *s, enum counts_view view)
{
    if (mesh_of(s) == PRESETTABLE_CUSTOM)
        return (view == VIEW_ATTEMPT) == s->by_servers;
    return presettable_row(mesh_of(s))->view[view];
}

const char *
preset_key_label(const struct preset_service *s, enum counts_view view)
{
    const char                   *key = said(s->key) ? s->key : presettable_row(mesh_of(s))->key;
    const struct presettable_key *k = presettable_key(mesh_of(s), key);

    if (!has_view(s, view))
        return "";
    return k ? k->label[view] : key;
}

const char *
preset_label_text(const struct preset_service *s, enum preset_label l)
{
    return said(s->label[l]) ? s->label[l] : presettable_label(mesh_of(s), l);
}

const char *
preset_part_text(enum preset_part p)
{
    return part_row[p].text;
}

enum counts_view
preset_part_view(enum preset_part p)
{
    return part_row[p].view;
}

enum preset_kind
preset_part_kind(enum preset_part p)
{
    return part_row[p].kind;
}

static const char *
metric_of(const struct preset_service *s, enum presettable_metric metric)
{
    const char *own = metric == PRESETTABLE_REQUESTS ? s->requests : s->buckets;

    return said(own) ? own : presettable_metric(mesh_of(s), metric);
}

const char *
preset_requests(const struct preset_service *s)
{
    return metric_of(s, PRESETTABLE_REQUESTS);
}

static bool
has_signals(const struct preset_service *s)
{
    size_t                           n;
    const struct presettable_signal *rows = presettable_signals(&n);

    for (size_t i = 0; i < n; i++)
        if (rows[i].mesh == mesh_of(s))
            return !s->no_signals && presetmatch_has(s, PRESET_SIGNALS);
    return false;
}

/* A host of the service's own is what callers ask for, with a route or without. */
static bool
has_unrouted(const struct preset_service *s)
{
    return !s->no_signals && !said(s->host) && presetmatch_has(s, PRESET_UNROUTED);
}

bool
preset_has_part(const struct preset_service *s, enum preset_part p)
{
    if (!*preset_key_label(s, part_row[p].view) && part_row[p].kind != PRESET_SIGNALS)
        return false;
    switch (part_row[p].kind) {
    case PRESET_CELLS:
    case PRESET_TIMES:
        return true;
    case PRESET_BUCKETS:
        return *metric_of(s, PRESETTABLE_BUCKETS) != '\0';
    case PRESET_SIGNALS:
        return has_signals(s);
    case PRESET_UNROUTED:
        return has_unrouted(s);
    }
    return false;
}

/* by (…) of a part; the key may be one of the labels, and is then written once. */
static enum status
put_by(struct text *out, const struct preset_service *s, enum preset_part part, struct err *err)
{
    /* Version, revision and workload in buckets too: what cannot be attributed
     * by the key alone is attributed in buckets as it is in cells. */
    static const struct {
        enum preset_label label;
        unsigned          kinds; /* bit per enum preset_kind */
    } rows[] = {
        {PRESET_LABEL_VERSION, 1u << PRESET_CELLS | 1u << PRESET_BUCKETS},
        {PRESET_LABEL_REVISION, 1u << PRESET_CELLS | 1u << PRESET_BUCKETS},
        {PRESET_LABEL_WORKLOAD, 1u << PRESET_CELLS | 1u << PRESET_BUCKETS},
        {PRESET_LABEL_CLUSTER, 1u << PRESET_CELLS},
        {PRESET_LABEL_CODE, 1u << PRESET_CELLS | 1u << PRESET_UNROUTED},
        {PRESET_LABEL_GRPC, 1u << PRESET_CELLS | 1u << PRESET_UNROUTED},
        {PRESET_LABEL_FLAGS, 1u << PRESET_CELLS | 1u << PRESET_UNROUTED},
        {PRESET_LABEL_SAYS, 1u << PRESET_CELLS},
        {PRESET_LABEL_LE, 1u << PRESET_BUCKETS},
        {PRESET_LABEL_SIGNAL, 1u << PRESET_SIGNALS},
        {PRESET_LABEL_TARGET, 1u << PRESET_SIGNALS},
    };
    enum preset_kind kind = part_row[part].kind;
    struct slice     by[PRESET_LABEL_COUNT + 1];
    size_t           n = 0;
    const char      *key = preset_key_label(s, part_row[part].view);
    bool             grouped = kind == PRESET_CELLS || kind == PRESET_BUCKETS;

    by[n++] = slice_of(preset_label_text(s, PRESET_LABEL_INSTANCE));
    if (grouped || kind == PRESET_UNROUTED)
        by[n++] = slice_of(preset_label_text(s, PRESET_LABEL_POD));
    if (kind != PRESET_SIGNALS)
        by[n++] = slice_of(preset_label_text(s, PRESET_LABEL_REPORTER));
    if (by[n - 1].n == 0)
        n--;
    if (grouped)
        by[n++] = slice_of(key);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct slice label = slice_of(preset_label_text(s, rows[i].label));

        if (rows[i].label == PRESET_LABEL_CLUSTER && !s->by_cluster)
            continue;
        if (rows[i].kinds >> kind & 1 && label.n > 0)
            by[n++] = label;
    }
    return selector_by(out, by, n, err);
}

/* All metrics of signals as alternatives of the metric's name. */
static void
match_signals(const struct preset_service *s, struct presetmatch *m, struct slice *metrics)
{
    size_t                           n, used = 0;
    const struct presettable_signal *rows = presettable_signals(&n);

    for (size_t i = 0; i < n; i++)
        if (rows[i].mesh == mesh_of(s))
            metrics[used++] = slice_of(rows[i].metric);
    m->at[m->n++] = (struct selector_matcher){slice_of(preset_label_text(s, PRESET_LABEL_SIGNAL)),
                                              SELECTOR_ONE_OF, metrics, used};
}

static enum status
put_part(struct text *out, const struct preset_service *s, enum preset_part part, struct err *err)
{
    const enum preset_kind kind = part_row[part].kind;
    struct presetmatch     m;
    struct slice           metrics[64], metric = {0};
    enum status            st;

    presetmatch_of(s, part, &m);
    if (kind == PRESET_SIGNALS)
        match_signals(s, &m, metrics);
    else
        metric = slice_of(
            metric_of(s, kind == PRESET_BUCKETS ? PRESETTABLE_BUCKETS : PRESETTABLE_REQUESTS));
    text_printf(out, "label_replace(%s ", kind == PRESET_TIMES ? "max" : "sum");
    st = put_by(out, s, part, err);
    if (st)
        return st;
    text_puts(out, kind == PRESET_TIMES ? " (timestamp(" : " (");
    st = selector_write(out, metric, m.at, m.n, err);
    text_printf(out, "%s), \"%s\", \"%s\", \"\", \"\")", kind == PRESET_TIMES ? ")" : "",
                preset_label_text(s, PRESET_LABEL_PART), part_row[part].text);
    return st;
}

static enum status
check_key(const struct preset_service *s, enum counts_view view, struct err *err)
{
    static const enum preset_label taken[] = {PRESET_LABEL_LE, PRESET_LABEL_PART,
                                              PRESET_LABEL_REPORTER, PRESET_LABEL_SIGNAL};
    const char                    *label = preset_key_label(s, view);

    if (!*label)
        return STATUS_OK;
    for (size_t i = 0; i < ARRAY_LEN(taken); i++)
        if (!strcmp(label, preset_label_text(s, taken[i])))
            return err_set(err, STATUS_SYNTAX, "versions cannot be told apart by label %s", label);
    if (!selector_label_valid(slice_of(label)))
        return err_set(err, STATUS_SYNTAX, "\"%.64s\" is neither a version key nor a label's name",
                       label);
    return STATUS_OK;
}

static enum status
check(const struct preset_service *s, struct err *err)
{
    enum status st = STATUS_OK;

    if (!preset_name(s->preset))
        return err_set(err, STATUS_SYNTAX, "there is no preset %.60s", s->preset);
    if (!said(s->name) || !said(s->ns))
        return err_set(err, STATUS_SYNTAX, "a service needs a name and a namespace");
    if (strlen(s->name) > PRESETMATCH_NAME_BYTES - sizeof "-primary")
        return err_set(err, STATUS_LIMIT, "the service's name is too long");
    if (s->n_match > PRESETMATCH_MAX / 2)
        return err_set(err, STATUS_LIMIT, "a service is selected by %d labels at most",
                       PRESETMATCH_MAX / 2);
    if (!*metric_of(s, PRESETTABLE_REQUESTS) ||
        (mesh_of(s) == PRESETTABLE_CUSTOM && s->n_match == 0))
        return err_set(err, STATUS_SYNTAX,
                       "preset custom needs metrics.requests, the counter of requests, and match, "
                       "the labels that its series have");
    if (mesh_of(s) == PRESETTABLE_ENVOY_GATEWAY && (!said(s->canary) || !said(s->baseline)))
        return err_set(
            err, STATUS_SYNTAX,
            "preset envoy-gateway needs the names of both clusters, canary and stable: "
            "where one HTTPRoute rule has both backends they share a cluster, so give "
            "each backend a rule of its own, or use preset custom with metrics of the pods");
    for (size_t v = 0; v < VIEW_COUNT && !st; v++)
        st = check_key(s, (enum counts_view)v, err);
    return st;
}

enum status
preset_expression(const struct preset_service *s, struct text *out, struct err *err)
{
    enum status st = check(s, err);
    bool        first = true;

    for (size_t p = 0; !st && p < PRESET_PART_COUNT; p++) {
        if (!preset_has_part(s, (enum preset_part)p))
            continue;
        text_puts(out, first ? "" : "\nor\n");
        first = false;
        st = put_part(out, s, (enum preset_part)p, err);
    }
    return st;
}

/* sum by (KEY[, le]) (rate(SELECTOR[5m])) of a part, with two more matchers at most. */
static enum status
put_rate(struct text *out, const struct preset_service *s, enum preset_part part,
         const struct presettable_value *fault, const struct presettable_value *uncounted,
         struct err *err)
{
    bool               buckets = part_row[part].kind == PRESET_BUCKETS;
    struct presetmatch m;
    enum status        st;

    presetmatch_of(s, part, &m);
    if (fault)
        presetmatch_add(&m, preset_label_text(s, fault->label), SELECTOR_MATCHES, fault->regex);
    if (uncounted)
        presetmatch_add(&m, preset_label_text(s, uncounted->label), SELECTOR_MATCHES_NOT,
                        uncounted->regex);
    text_printf(out, "sum by (%s%s) (rate(", buckets ? "le, " : "",
                preset_key_label(s, part_row[part].view));
    st = selector_write(
        out, slice_of(metric_of(s, buckets ? PRESETTABLE_BUCKETS : PRESETTABLE_REQUESTS)), m.at,
        m.n, err);
    text_puts(out, "[5m]))");
    return st;
}

static enum status
explain_success(const struct preset_service *s, enum preset_part cells, const char *who,
                struct text *out, struct err *err)
{
    const struct presettable_value *fault = presettable_fault(mesh_of(s));
    const struct presettable_value *uncounted = presettable_uncounted(mesh_of(s));
    enum status                     st;

    text_printf(out, "\n# success rate by version, as %s\n1 - (", who);
    st = put_rate(out, s, cells, fault, uncounted, err);
    if (st)
        return st;
    /* A version without a single fault has no series on the left. */
    text_puts(out, " or 0 * ");
    st = put_rate(out, s, cells, NULL, NULL, err);
    if (st)
        return st;
    text_puts(out, ") / ");
    return put_rate(out, s, cells, NULL, uncounted, err);
}

static enum status
explain_view(const struct preset_service *s, enum preset_part cells, enum preset_part buckets,
             const char *who, struct text *out, struct err *err)
{
    double      le_ms = s->le_ms > 0 ? s->le_ms : presettable_row(mesh_of(s))->le_ms;
    enum status st;

    if (!preset_has_part(s, cells))
        return STATUS_OK;
    text_printf(out, "# requests per second by version, as %s\n", who);
    st = put_rate(out, s, cells, NULL, NULL, err);
    if (!st)
        st = explain_success(s, cells, who, out, err);
    if (st)
        return st;
    text_putc(out, '\n');
    if (!preset_has_part(s, buckets))
        return STATUS_OK;
    text_printf(out, "# p95 in %s by version, as %s\nhistogram_quantile(0.95, ",
                le_ms > 1 ? "seconds" : "milliseconds", who);
    st = put_rate(out, s, buckets, NULL, NULL, err);
    text_puts(out, ")\n");
    return st;
}

enum status
preset_explain(const struct preset_service *s, struct text *out, struct err *err)
{
    enum status st = check(s, err);

    if (!st)
        st = explain_view(s, PRESET_PART_USER_CELLS, PRESET_PART_USER_BUCKETS, "callers saw it",
                          out, err);
    if (!st)
        st = explain_view(s, PRESET_PART_ATTEMPT_CELLS, PRESET_PART_ATTEMPT_BUCKETS,
                          "servers saw each attempt", out, err);
    return st;
}
