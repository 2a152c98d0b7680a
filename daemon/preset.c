#include "daemon/preset.h"

#include "promql/selector.h"

#include <stdio.h>

enum {
    MAX_MATCHERS = 12,
    NAME_BYTES = 300,
};

enum key {
#define PRESET_KEY(name, text, label, user, attempt) KEY_##name,
#include "daemon/preset.def"
    KEY_BY_NAME
};

enum metric {
#define PRESET_METRIC(name, metric) METRIC_##name,
#include "daemon/preset.def"
};

static const struct {
    const char *text, *label;
    bool        view[VIEW_COUNT];
} key_row[] = {
#define PRESET_KEY(name, text, label, user, attempt)                                               \
    [KEY_##name] = {text, label, {[VIEW_USER] = user, [VIEW_ATTEMPT] = attempt}},
#include "daemon/preset.def"
};

static const char *const metric_row[] = {
#define PRESET_METRIC(name, metric) [METRIC_##name] = metric,
#include "daemon/preset.def"
};

static const char *const label_row[] = {
#define PRESET_LABEL(name, label) [PRESET_LABEL_##name] = label,
#include "daemon/preset.def"
};

static const struct {
    const char      *text;
    enum counts_view view;
    enum preset_kind kind;
} part_row[] = {
#define PRESET_PART(name, text, view, kind) [PRESET_PART_##name] = {text, view, kind},
#include "daemon/preset.def"
};

/* Envoy joins response flags by commas, so FI is one of them, never a part of
 * a word (FI, DI: fault injection's abort and delay). */
static const char injected[] = "(.*,)?(FI|DI)(,.*)?";
/* A fault that a person would look for first: DC and FI are nobody's. */
static const char fault_codes[] = "5..";
static const char not_counted[] = "(.*,)?(FI|DC)(,.*)?";

static bool
said(const char *text)
{
    return text && *text;
}

static enum key
key_of(const char *key)
{
    if (!said(key))
        return KEY_REVISION;
    for (size_t i = 0; i < ARRAY_LEN(key_row); i++)
        if (!strcmp(key_row[i].text, key))
            return (enum key)i;
    return KEY_BY_NAME;
}

const char *
preset_key_label(const char *key)
{
    const enum key k = key_of(key);

    return k == KEY_BY_NAME ? key : key_row[k].label;
}

bool
preset_key_has_view(const char *key, enum counts_view view)
{
    const enum key k = key_of(key);

    return k == KEY_BY_NAME || key_row[k].view[view];
}

const char *
preset_label_text(enum preset_label l)
{
    return label_row[l];
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

/* The matchers of one view, and the names that they borrow. */
struct selection {
    struct selector_matcher at[MAX_MATCHERS];
    size_t                  n;
    char                    t_canary[NAME_BYTES], t_primary[NAME_BYTES];
    struct slice            names[3], clusters[2], workloads[2], single[MAX_MATCHERS];
};

static void
match_list(struct selection *m, const char *label, const struct slice *values, size_t n)
{
    m->at[m->n++] = (struct selector_matcher){slice_of(label), SELECTOR_ONE_OF, values, n};
}

static void
match(struct selection *m, const char *label, enum selector_op op, const char *value)
{
    struct slice *kept = &m->single[m->n];

    *kept = slice_of(value ? value : "");
    m->at[m->n++] = (struct selector_matcher){slice_of(label), op, kept, 1};
}

/* Flagger's names are T (or T-canary) and T-primary; a workload key with other
 * values is a pair of Deployments, whose Service still is T. */
static bool
has_flagger_names(const struct preset_service *s, const struct selection *m)
{
    return (!said(s->canary) || !strcmp(s->canary, s->name)) &&
           (!said(s->baseline) || !strcmp(s->baseline, m->t_primary));
}

static void
select_user(const struct preset_service *s, struct selection *m)
{
    match(m, label_row[PRESET_LABEL_REPORTER], SELECTOR_MATCHES, "source|waypoint");
    if (said(s->cluster)) {
        /* Requests that reached no host carry the cluster "unknown". */
        m->clusters[0] = slice_of(s->cluster);
        m->clusters[1] = SLICE_LITERAL("unknown");
        match_list(m, "destination_cluster", m->clusters, 2);
    }
    m->names[0] = slice_of(s->name);
    if (key_of(s->key) == KEY_SERVICE) {
        match(m, "destination_service_namespace", SELECTOR_IS, s->ns);
        m->names[0] = slice_of(said(s->canary) ? s->canary : s->name);
        m->names[1] = slice_of(said(s->baseline) ? s->baseline : s->name);
        match_list(m, "destination_service_name", m->names,
                   slice_equal(m->names[0], m->names[1]) ? 1 : 2);
    } else if (said(s->host)) {
        match(m, "destination_service", SELECTOR_IS, s->host);
    } else {
        match(m, "destination_service_namespace", SELECTOR_IS, s->ns);
        m->names[1] = slice_of(m->t_canary);
        m->names[2] = slice_of(m->t_primary);
        match_list(m, "destination_service_name", m->names, key_of(s->key) == KEY_WORKLOAD ? 3 : 1);
    }
}

/* Never by destination_service: a server's proxy guesses it (istio #45555). */
static void
select_attempt(const struct preset_service *s, struct selection *m)
{
    const bool by_workload = key_of(s->key) == KEY_WORKLOAD;

    match(m, label_row[PRESET_LABEL_REPORTER], SELECTOR_IS, "destination");
    if (said(s->cluster))
        match(m, "destination_cluster", SELECTOR_IS, s->cluster);
    match(m, "destination_workload_namespace", SELECTOR_IS, s->ns);
    if (said(s->workload)) {
        match(m, "destination_workload", SELECTOR_IS, s->workload);
    } else if (by_workload && has_flagger_names(s, m)) {
        m->workloads[0] = slice_of(s->name);
        m->workloads[1] = slice_of(m->t_primary);
        match_list(m, "destination_workload", m->workloads, 2);
    } else if (by_workload && said(s->canary) && said(s->baseline)) {
        m->workloads[0] = slice_of(s->canary);
        m->workloads[1] = slice_of(s->baseline);
        match_list(m, "destination_workload", m->workloads, 2);
    } else {
        match(m, "destination_canonical_service", SELECTOR_IS,
              said(s->canonical_service) ? s->canonical_service : s->name);
    }
}

static void
select_view(const struct preset_service *s, enum counts_view view, struct selection *m)
{
    m->n = 0;
    snprintf(m->t_canary, sizeof m->t_canary, "%s-canary", s->name);
    snprintf(m->t_primary, sizeof m->t_primary, "%s-primary", s->name);
    switch (view) {
    case VIEW_USER:
        select_user(s, m);
        return;
    case VIEW_ATTEMPT:
        select_attempt(s, m);
        return;
    case VIEW_COUNT:
        return;
    }
}

static enum status
put_selector(struct text *out, enum metric metric, const struct selection *m, struct err *err)
{
    return selector_write(out, slice_of(metric_row[metric]), m->at, m->n, err);
}

/* by (…) of a part; the key may be one of the labels, and is then written once. */
static enum status
put_by(struct text *out, enum preset_kind kind, const char *key_label, struct err *err)
{
    static const enum preset_label cells[] = {PRESET_LABEL_VERSION,  PRESET_LABEL_REVISION,
                                              PRESET_LABEL_WORKLOAD, PRESET_LABEL_CODE,
                                              PRESET_LABEL_GRPC,     PRESET_LABEL_FLAGS};
    /* Version, revision and workload here too: what cannot be attributed by the
     * key alone is attributed in buckets as it is in cells. */
    static const enum preset_label buckets[] = {PRESET_LABEL_VERSION, PRESET_LABEL_REVISION,
                                                PRESET_LABEL_WORKLOAD, PRESET_LABEL_LE};
    struct slice                   by[PRESET_LABEL_COUNT + 1] = {SLICE_LITERAL("instance")};
    size_t                         n = 1;

    if (kind != PRESET_TIMES)
        by[n++] = slice_of(label_row[PRESET_LABEL_POD]);
    by[n++] = slice_of(label_row[PRESET_LABEL_REPORTER]);
    if (kind != PRESET_TIMES)
        by[n++] = slice_of(key_label);
    for (size_t i = 0; kind == PRESET_CELLS && i < ARRAY_LEN(cells); i++)
        by[n++] = slice_of(label_row[cells[i]]);
    for (size_t i = 0; kind == PRESET_BUCKETS && i < ARRAY_LEN(buckets); i++)
        by[n++] = slice_of(label_row[buckets[i]]);
    return selector_by(out, by, n, err);
}

static void
leave_out_of_durations(struct selection *m)
{
    match(m, label_row[PRESET_LABEL_CODE], SELECTOR_IS_NOT, "0");
    match(m, label_row[PRESET_LABEL_FLAGS], SELECTOR_MATCHES_NOT, injected);
}

static enum status
put_part(struct text *out, const struct preset_service *s, enum preset_part part, struct err *err)
{
    const enum preset_kind kind = part_row[part].kind;
    struct selection       m;
    enum status            st;

    select_view(s, part_row[part].view, &m);
    if (kind == PRESET_BUCKETS)
        leave_out_of_durations(&m);
    text_printf(out, "label_replace(%s ", kind == PRESET_TIMES ? "max" : "sum");
    st = put_by(out, kind, preset_key_label(s->key), err);
    if (st)
        return st;
    text_puts(out, kind == PRESET_TIMES ? " (timestamp(" : " (");
    st = put_selector(out, kind == PRESET_BUCKETS ? METRIC_BUCKETS : METRIC_REQUESTS, &m, err);
    text_printf(out, "%s), \"%s\", \"%s\", \"\", \"\")", kind == PRESET_TIMES ? ")" : "",
                label_row[PRESET_LABEL_PART], part_row[part].text);
    return st;
}

static enum status
check(const struct preset_service *s, struct err *err)
{
    static const enum preset_label taken[] = {PRESET_LABEL_LE, PRESET_LABEL_PART,
                                              PRESET_LABEL_REPORTER};
    const char                    *label = preset_key_label(s->key);

    if (!said(s->name) || !said(s->ns))
        return err_set(err, STATUS_SYNTAX, "a service needs a name and a namespace");
    if (strlen(s->name) > NAME_BYTES - sizeof "-primary")
        return err_set(err, STATUS_LIMIT, "the service's name is too long");
    for (size_t i = 0; i < ARRAY_LEN(taken); i++)
        if (!strcmp(label, label_row[taken[i]]))
            return err_set(err, STATUS_SYNTAX, "versions cannot be told apart by label %s", label);
    if (!selector_label_valid(slice_of(label)))
        return err_set(err, STATUS_SYNTAX, "\"%.64s\" is neither a version key nor a label's name",
                       label);
    return STATUS_OK;
}

enum status
preset_expression(const struct preset_service *s, struct text *out, struct err *err)
{
    enum status st = check(s, err);
    bool        first = true;

    for (size_t p = 0; !st && p < PRESET_PART_COUNT; p++) {
        if (!preset_key_has_view(s->key, part_row[p].view))
            continue;
        text_puts(out, first ? "" : "\nor\n");
        first = false;
        st = put_part(out, s, (enum preset_part)p, err);
    }
    return st;
}

/* sum by (KEY[, le]) (rate(SELECTOR[5m])) with two more matchers at most. */
static enum status
put_rate(struct text *out, const struct preset_service *s, enum counts_view view,
         enum metric metric, const struct selector_matcher *more, size_t n_more, struct err *err)
{
    struct selection m;
    enum status      st;

    select_view(s, view, &m);
    for (size_t i = 0; i < n_more; i++)
        m.at[m.n++] = more[i];
    text_printf(out, "sum by (%s%s) (rate(", metric == METRIC_BUCKETS ? "le, " : "",
                preset_key_label(s->key));
    st = put_selector(out, metric, &m, err);
    text_puts(out, "[5m]))");
    return st;
}

static enum status
explain_view(const struct preset_service *s, enum counts_view view, const char *who,
             struct text *out, struct err *err)
{
    const struct slice            codes = slice_of(fault_codes), skip = slice_of(not_counted);
    const struct slice            zero = SLICE_LITERAL("0"), faults = slice_of(injected);
    const struct selector_matcher failed[] = {
        {SLICE_LITERAL("response_code"), SELECTOR_MATCHES, &codes, 1},
        {SLICE_LITERAL("response_flags"), SELECTOR_MATCHES_NOT, &skip, 1}};
    const struct selector_matcher timed[] = {
        {SLICE_LITERAL("response_code"), SELECTOR_IS_NOT, &zero, 1},
        {SLICE_LITERAL("response_flags"), SELECTOR_MATCHES_NOT, &faults, 1}};
    enum status st;

    text_printf(out, "# requests per second by version, as %s\n", who);
    st = put_rate(out, s, view, METRIC_REQUESTS, NULL, 0, err);
    if (st)
        return st;
    text_printf(out, "\n# success rate by version, as %s\n1 - (", who);
    st = put_rate(out, s, view, METRIC_REQUESTS, failed, 2, err);
    if (st)
        return st;
    /* A version without a single fault has no series on the left. */
    text_puts(out, " or 0 * ");
    st = put_rate(out, s, view, METRIC_REQUESTS, NULL, 0, err);
    if (st)
        return st;
    text_puts(out, ") / ");
    st = put_rate(out, s, view, METRIC_REQUESTS, &failed[1], 1, err);
    if (st)
        return st;
    text_printf(out, "\n# p95 in milliseconds by version, as %s\nhistogram_quantile(0.95, ", who);
    st = put_rate(out, s, view, METRIC_BUCKETS, timed, 2, err);
    text_puts(out, ")\n");
    return st;
}

enum status
preset_explain(const struct preset_service *s, struct text *out, struct err *err)
{
    enum status st = check(s, err);

    if (!st && preset_key_has_view(s->key, VIEW_USER))
        st = explain_view(s, VIEW_USER, "callers saw it", out, err);
    if (!st && preset_key_has_view(s->key, VIEW_ATTEMPT))
        st = explain_view(s, VIEW_ATTEMPT, "servers saw each attempt", out, err);
    return st;
}
