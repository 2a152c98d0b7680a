#include "daemon/presetmatch.h"

#include <stdio.h>
#include <string.h>

/* When a matcher of preset.def is used. */
enum preset_when {
    WHEN_ALWAYS,
    WHEN_CLUSTER,   /* the service is of one cluster */
    WHEN_HOST,      /* it has a host of its own, which callers see */
    WHEN_NOT_HOST,  /* it goes by name and namespace */
    WHEN_WORKLOADS, /* its Deployments are known by name */
    WHEN_CANONICAL, /* they are not */
};

/* What it is matched against. */
enum preset_value {
    VALUE_LITERAL,
    VALUE_NAMESPACE,
    VALUE_NAME,
    VALUE_HOST,
    VALUE_CLUSTER,
    VALUE_CLUSTER_OR_UNKNOWN, /* requests that reached no host carry "unknown" */
    VALUE_CANONICAL,          /* canonical service, else the name */
    VALUE_ARMS,               /* values of the key */
    VALUE_SERVICES,           /* Services that callers ask for */
    VALUE_WORKLOADS,          /* Deployments */
    VALUE_ENVOY_CLUSTERS,     /* Envoy's clusters of those Services */
    VALUE_AUTHORITIES,        /* what callers call them by, with their namespace */
};

enum parts { PARTS_BOTH, PARTS_BUCKETS, PARTS_SIGNALS, PARTS_UNROUTED };

static const struct select {
    enum presettable_mesh mesh;
    enum counts_view      view;
    enum parts            parts;
    enum preset_when      when;
    const char           *label;
    enum selector_op      op;
    enum preset_value     value;
    const char           *literal;
} select_row[] = {
#define PRESET_SELECT(mesh, view, parts, when, label, op, value, literal)                          \
    {PRESETTABLE_##mesh, VIEW_##view,   PARTS_##parts, WHEN_##when, label,                         \
     SELECTOR_##op,      VALUE_##value, literal},
#include "daemon/preset.def"
};

static bool
said(const char *text)
{
    return text && *text;
}

static const char *
text_of(const char *text)
{
    return text ? text : "";
}

static bool
by_service(const struct preset_service *s)
{
    return !strcmp(text_of(s->key), "service");
}

/* Flagger's names are T (or T-canary) and T-primary; a workload key with other
 * values is a pair of Deployments, whose Service still is T. */
static bool
has_flagger_names(const struct preset_service *s, const struct presetmatch *m)
{
    return (!said(s->canary) || !strcmp(s->canary, s->name)) &&
           (!said(s->baseline) || !strcmp(s->baseline, m->t_primary));
}

static bool
knows_workloads(const struct preset_service *s, const struct presetmatch *m)
{
    return said(s->workload) ||
           (preset_key_is_flaggers(s->preset, s->key) &&
            (has_flagger_names(s, m) || (said(s->canary) && said(s->baseline))));
}

static bool
holds(enum preset_when when, const struct preset_service *s, const struct presetmatch *m)
{
    switch (when) {
    case WHEN_ALWAYS:
        return true;
    case WHEN_CLUSTER:
        return said(s->cluster);
    case WHEN_HOST:
        return said(s->host) && !by_service(s);
    case WHEN_NOT_HOST:
        return !said(s->host) || by_service(s);
    case WHEN_WORKLOADS:
        return knows_workloads(s, m);
    case WHEN_CANONICAL:
        return !knows_workloads(s, m);
    }
    return false;
}

/* Two values, or one where they are the same. */
static size_t
pair(struct slice v[3], const char *a, const char *b)
{
    v[0] = slice_of(text_of(a));
    v[1] = slice_of(text_of(b));
    return slice_equal(v[0], v[1]) ? 1 : 2;
}

static size_t
services_of(const struct preset_service *s, const struct presetmatch *m, struct slice v[3])
{
    if (by_service(s))
        return pair(v, said(s->canary) ? s->canary : s->name,
                    said(s->baseline) ? s->baseline : s->name);
    v[0] = slice_of(s->name);
    v[1] = slice_of(m->t_canary);
    v[2] = slice_of(m->t_primary);
    return preset_key_is_flaggers(s->preset, s->key) ? 3 : 1;
}

static size_t
workloads_of(const struct preset_service *s, const struct presetmatch *m, struct slice v[3])
{
    if (said(s->workload))
        return pair(v, s->workload, s->workload);
    if (has_flagger_names(s, m))
        return pair(v, s->name, m->t_primary);
    return pair(v, s->canary, s->baseline);
}

/* Names as Kubernetes has them, of which only the dot means something in a
 * regular expression. */
static bool
plain(struct slice name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
            return false;
    }
    return name.n > 0 && name.n <= 253;
}

static void
put_plain(struct text *out, struct slice name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '.')
            text_puts(out, "[.]");
        else
            text_putc(out, name.p[i]);
}

static void
put_services(const struct preset_service *s, const struct presetmatch *m, struct text *t)
{
    struct slice v[3];
    size_t       n = services_of(s, m, v);

    text_putc(t, '(');
    for (size_t i = 0; i < n; i++) {
        text_puts(t, i ? "|" : "");
        put_plain(t, v[i]);
    }
    text_puts(t, ")[.]");
    put_plain(t, slice_of(s->ns));
}

/* reviews.prod, reviews.prod.svc, reviews.prod.svc.cluster.local, with a port or not. */
static void
write_authorities(const struct preset_service *s, struct presetmatch *m)
{
    struct text t;

    text_init(&t, sizeof m->clusters);
    put_services(s, m, &t);
    text_puts(&t, "([.]svc([.][^:]*)?)?(:[0-9]+)?");
    snprintf(m->clusters, sizeof m->clusters, "%s", t.p);
    text_release(&t);
}

/* "outbound|9080|v2|reviews.prod.svc.cluster.local" of sidecars and gateways,
 * "inbound-vip|9080|http/v2|reviews.prod.svc.cluster.local" of waypoints
 * (istio, pilot/pkg/model/service.go BuildSubsetKey). */
static void
write_clusters(const struct preset_service *s, struct presetmatch *m)
{
    struct text t;

    text_init(&t, sizeof m->clusters);
    text_puts(&t, "(outbound|inbound-vip)[|][^|]*[|][^|]*[|]");
    if (holds(WHEN_HOST, s, m)) {
        put_plain(&t, slice_of(s->host));
    } else {
        put_services(s, m, &t);
        text_puts(&t, "[.]svc[.].*");
    }
    snprintf(m->clusters, sizeof m->clusters, "%s", t.p);
    text_release(&t);
}

static void
write_names(const struct preset_service *s, struct presetmatch *m)
{
    m->n = 0;
    snprintf(m->t_canary, sizeof m->t_canary, "%s-canary", s->name);
    snprintf(m->t_primary, sizeof m->t_primary, "%s-primary", s->name);
}

static size_t
values_of(const struct select *row, const struct preset_service *s, struct presetmatch *m,
          struct slice v[3])
{
    switch (row->value) {
    case VALUE_LITERAL:
        return pair(v, row->literal, row->literal);
    case VALUE_NAMESPACE:
        return pair(v, s->ns, s->ns);
    case VALUE_NAME:
        return pair(v, s->name, s->name);
    case VALUE_HOST:
        return pair(v, s->host, s->host);
    case VALUE_CLUSTER:
        return pair(v, s->cluster, s->cluster);
    case VALUE_CLUSTER_OR_UNKNOWN:
        return pair(v, s->cluster, "unknown");
    case VALUE_CANONICAL:
        return pair(v, said(s->canonical_service) ? s->canonical_service : s->name,
                    said(s->canonical_service) ? s->canonical_service : s->name);
    case VALUE_ARMS:
        return pair(v, s->canary, s->baseline);
    case VALUE_SERVICES:
        return services_of(s, m, v);
    case VALUE_WORKLOADS:
        return workloads_of(s, m, v);
    case VALUE_ENVOY_CLUSTERS:
        write_clusters(s, m);
        return pair(v, m->clusters, m->clusters);
    case VALUE_AUTHORITIES:
        write_authorities(s, m);
        return pair(v, m->clusters, m->clusters);
    }
    return 0;
}

static bool
of_kind(enum parts parts, enum preset_kind kind)
{
    switch (parts) {
    case PARTS_BOTH:
        return kind != PRESET_SIGNALS && kind != PRESET_UNROUTED;
    case PARTS_BUCKETS:
        return kind == PRESET_BUCKETS;
    case PARTS_SIGNALS:
        return kind == PRESET_SIGNALS;
    case PARTS_UNROUTED:
        return kind == PRESET_UNROUTED;
    }
    return false;
}

bool
presetmatch_has(const struct preset_service *s, enum preset_kind kind)
{
    enum presettable_mesh mesh = presettable_find(s->preset);
    struct presetmatch    m;
    struct slice          v[3];
    size_t                n;
    bool                  any = false;

    for (size_t i = 0; i < ARRAY_LEN(select_row) && !any; i++)
        any = select_row[i].mesh == mesh && of_kind(select_row[i].parts, kind);
    write_names(s, &m);
    n = services_of(s, &m, v);
    for (size_t i = 0; i < n; i++)
        any = any && plain(v[i]);
    return any && plain(slice_of(s->ns)) && (!said(s->host) || plain(slice_of(s->host)));
}

void
presetmatch_add(struct presetmatch *m, const char *label, enum selector_op op, const char *value)
{
    struct slice *kept = m->values[m->n];

    kept[0] = slice_of(text_of(value));
    m->at[m->n++] = (struct selector_matcher){slice_of(label), op, kept, 1};
}

void
presetmatch_of(const struct preset_service *s, enum preset_part part, struct presetmatch *m)
{
    enum presettable_mesh mesh = presettable_find(s->preset);
    enum preset_kind      kind = preset_part_kind(part);
    bool own = s->n_match == 0 || kind == PRESET_SIGNALS || kind == PRESET_UNROUTED;

    write_names(s, m);
    for (size_t i = 0; !own && i < s->n_match; i++)
        presetmatch_add(m, s->match[i].label, SELECTOR_IS, s->match[i].value);
    for (size_t i = 0; i < ARRAY_LEN(select_row); i++) {
        const struct select *row = &select_row[i];
        struct slice        *v = m->values[m->n];
        size_t               n;

        if (row->mesh != mesh || row->view != preset_part_view(part) ||
            !of_kind(row->parts, kind) || !holds(row->when, s, m) ||
            (!own && row->value != VALUE_LITERAL))
            continue;
        n = values_of(row, s, m, v);
        m->at[m->n++] = (struct selector_matcher){slice_of(row->label), row->op, v, n};
    }
}
