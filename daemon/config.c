#include "daemon/config.h"

#include "daemon/configcheck.h"
#include "daemon/configlimit.h"
#include "daemon/confignotify.h"
#include "daemon/configread.h"
#include "daemon/configtable.h"
#include "daemon/configtext.h"
#include "daemon/configvalue.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MAX_SOURCES = 64,
    MAX_POLICIES = 256,
    MAX_SERVICES = 10000,
    MAX_NOTIFICATIONS = 32,
    POLICY_TEXT_BYTES = 65536
};

/* Keys of the file that hold items of the other sections. */
static const char *const also[] = {"sources", "services", "policies", "notifications", NULL};

/* The value under key if it is a mapping (list: a sequence) of at most max
 * items, else NULL; absent is no error. */
static const struct yaml_node *
items(const struct yaml_node *root, const char *key, bool list, size_t max,
      struct configreport *report)
{
    const struct yaml_node *node = yaml_get(root, key);

    if (!node)
        return NULL;
    if (list && node->kind != YAML_SEQUENCE) {
        configreport_add(report, node, "must be a list: - {name: …, namespace: …}");
        return NULL;
    }
    if (!list && !configread_is_mapping(node, report))
        return NULL;
    if (node->n > max) {
        configreport_add(report, node, "has %zu items, at most %zu are read", node->n, max);
        return NULL;
    }
    return node;
}

static void
read_sources(struct config *c, const struct yaml_node *root, struct configreport *report)
{
    const struct yaml_node *node = items(root, "sources", false, MAX_SOURCES, report);

    if (!node)
        return;
    c->sources = arena_array(&c->arena, node->n, sizeof *c->sources);
    for (size_t i = 0; i < node->n; i++) {
        const struct yaml_pair *p = &node->pairs[i];
        struct config_source   *s = &c->sources[c->n_sources++];
        struct err              err = {0};

        s->name = arena_text(&c->arena, p->key);
        if (configtext_name(p->key, &err))
            configreport_add_key(report, p, "%s", err.text);
        configread_section(CONFIGTABLE_SOURCE, p->value, s, NULL, &c->arena, report);
        configcheck_source(s, p->value, report);
    }
    if (!node->n)
        configreport_add(report, node, "is empty: without a source nothing can be judged");
}

static void
set_name_and_hash(struct policy *p, struct slice name)
{
    struct text text;

    snprintf(p->name, sizeof p->name, "%.*s", SLICE_ARG(name));
    text_init(&text, POLICY_TEXT_BYTES);
    config_policy_text(p, &text);
    snprintf(p->hash, sizeof p->hash, "%016" PRIx64, hash_stable(text_slice(&text)));
    text_release(&text);
}

static void
put_in_phases(struct config *c)
{
    c->phased = arena_array(&c->arena, c->n_policies * PHASE_COUNT, sizeof *c->phased);
    for (size_t i = 0; i < c->n_policies * PHASE_COUNT; i++) {
        const struct policy *plain = &c->policies[i / PHASE_COUNT];

        c->phased[i] = policy_in_phase(plain, (enum phase)(i % PHASE_COUNT));
        set_name_and_hash(&c->phased[i], slice_of(plain->name));
    }
}

static void
read_policies(struct config *c, const struct yaml_node *root, struct configreport *report)
{
    const struct yaml_node *node = items(root, "policies", false, MAX_POLICIES, report);
    size_t                  n = node ? node->n : 0;
    const char *const       limits[] = {configlimit_key, NULL};

    c->policies = arena_array(&c->arena, n + 1, sizeof *c->policies);
    for (size_t i = 0; i < n; i++) {
        const struct yaml_pair *pair = &node->pairs[i];
        struct policy          *p = &c->policies[c->n_policies++];
        struct err              err = {0};

        if (configtext_name(pair->key, &err))
            configreport_add_key(report, pair, "%s", err.text);
        configread_section(CONFIGTABLE_POLICY, pair->value, p, limits, &c->arena, report);
        configlimit_read(pair->value, p, &c->arena, report);
        configcheck_policy(p, pair->value, report);
        set_name_and_hash(p, pair->key);
    }
    if (!config_policy(c, SLICE_LITERAL("default"))) {
        struct policy *p = &c->policies[c->n_policies++];

        configread_defaults(CONFIGTABLE_POLICY, p, &c->arena);
        set_name_and_hash(p, SLICE_LITERAL("default"));
    }
    put_in_phases(c);
}

static void
read_services(struct config *c, const struct yaml_node *root, struct configreport *report)
{
    const struct yaml_node *node = items(root, "services", true, MAX_SERVICES, report);

    if (!node)
        return;
    c->services = arena_array(&c->arena, node->n, sizeof *c->services);
    for (size_t i = 0; i < node->n; i++)
        configread_section(CONFIGTABLE_SERVICE, node->items[i], &c->services[c->n_services++], NULL,
                           &c->arena, report);
}

static void
read_notifications(struct config *c, const struct yaml_node *root, struct configreport *report)
{
    const struct yaml_node *node = items(root, "notifications", false, MAX_NOTIFICATIONS, report);

    if (!node)
        return;
    c->notifications = arena_array(&c->arena, node->n, sizeof *c->notifications);
    for (size_t i = 0; i < node->n; i++) {
        const struct yaml_pair     *p = &node->pairs[i];
        struct config_notification *n = &c->notifications[c->n_notifications++];
        struct err                  err = {0};

        n->name = arena_text(&c->arena, p->key);
        if (configtext_name(p->key, &err))
            configreport_add_key(report, p, "%s", err.text);
        configread_section(CONFIGTABLE_NOTIFICATION, p->value, n, NULL, &c->arena, report);
        confignotify_check(n, p->value, report);
    }
}

static struct config *
new_config(void)
{
    struct arena   a = {0};
    struct config *c = arena_new(&a, struct config);

    c->arena = a; /* the configuration lives in its own arena */
    atomic_init(&c->refs, 1);
    return c;
}

/* old: what it is to replace, or NULL. */
static enum status
build(const struct yaml_node *root, const struct config *old, struct config **out,
      struct configreport *report)
{
    struct config *c = new_config();
    enum status    s = STATUS_SYNTAX;

    configread_section(CONFIGTABLE_DAEMON, root, &c->daemon, also, &c->arena, report);
    if (root->kind == YAML_MAPPING) {
        read_sources(c, root, report);
        read_policies(c, root, report);
        read_services(c, root, report);
        read_notifications(c, root, report);
        configcheck_all(c, root, report);
    }
    if (!report->n && old) {
        configcheck_reload(old, c, root, report);
        s = STATUS_CONFLICT;
    }
    if (!report->n) {
        *out = c;
        return STATUS_OK;
    }
    config_unref(c);
    return s;
}

enum status
config_check(const char *name, struct slice body, struct config **out, struct configreport *report)
{
    struct arena      a = {0};
    struct yaml_node *root;
    struct err        err = {0};
    enum status       s = yaml_read(&a, name, body, &root, &err);

    if (s)
        configreport_add_err(report, &err);
    else
        s = build(root, NULL, out, report);
    arena_release(&a);
    return s;
}

static enum status
check_file(const struct config *old, const char *file, struct config **out,
           struct configreport *report)
{
    struct arena      a = {0};
    struct yaml_node *root;
    struct err        err = {0};
    enum status       s = yaml_read_file(&a, file, &root, &err);

    if (s)
        configreport_add_err(report, &err);
    else
        s = build(root, old, out, report);
    arena_release(&a);
    return s;
}

enum status
config_check_file(const char *file, struct config **out, struct configreport *report)
{
    return check_file(NULL, file, out, report);
}

enum status
config_read_file(const char *file, struct config **out, struct err *err)
{
    struct configreport report = {0};
    enum status         s = check_file(NULL, file, out, &report);

    return s ? err_set(err, s, "%s", report.errors[0].text) : STATUS_OK;
}

enum status
config_reload(const struct config *old, const char *file, struct config **out, struct err *err)
{
    struct configreport report = {0};
    enum status         s = check_file(old, file, out, &report);

    return s ? err_set(err, s, "%s", report.errors[0].text) : STATUS_OK;
}

struct config *
config_ref(struct config *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void
config_unref(struct config *c)
{
    struct arena a;

    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) > 1)
        return;
    hash_release(&c->by_name);
    a = c->arena;
    arena_release(&a);
}

const struct config_source *
config_source(const struct config *c, struct slice name)
{
    for (size_t i = 0; i < c->n_sources; i++)
        if (slice_is(name, c->sources[i].name))
            return &c->sources[i];
    return NULL;
}

const struct policy *
config_policy(const struct config *c, struct slice name)
{
    for (size_t i = 0; i < c->n_policies; i++)
        if (slice_is(name, c->policies[i].name))
            return &c->policies[i];
    return NULL;
}

const struct policy *
config_policy_in(const struct config *c, struct slice name, enum phase phase)
{
    const struct policy *p = config_policy(c, name);

    return p ? &c->phased[(size_t)(p - c->policies) * PHASE_COUNT + (size_t)phase] : NULL;
}

const struct policy *
config_policy_was(const struct config *c, struct slice name, struct slice hash)
{
    for (size_t i = 0; i < c->n_policies * PHASE_COUNT; i++)
        if (slice_is(name, c->phased[i].name) && slice_is(hash, c->phased[i].hash))
            return &c->phased[i];
    return NULL;
}

const struct config_service *
config_service(const struct config *c, struct slice ns, struct slice name)
{
    char key[2 * 64];

    /* Names of the file have at most 63 bytes, so a longer one is not listed.  Gates come
     * by here with each question: no printf. */
    if (!ns.n || !name.n || ns.n >= 64 || name.n >= 64)
        return NULL;
    memcpy(key, ns.p, ns.n);
    key[ns.n] = '/';
    memcpy(key + ns.n + 1, name.p, name.n);
    return hash_get(&c->by_name, (struct slice){key, ns.n + 1 + name.n});
}

const struct config_service *
config_judged(const struct config *c, struct slice ns, struct slice name)
{
    const struct config_service *s = config_service(c, ns, name);
    const struct config_names   *allowed = &c->daemon.unknown_namespaces;

    for (size_t i = 0; i < allowed->n && !s; i++)
        if (slice_is(ns, allowed->at[i]))
            s = &c->unknown;
    return s;
}

static int
by_key(const void *a, const void *b)
{
    return strcmp((*(const struct configtable_row *const *)a)->key,
                  (*(const struct configtable_row *const *)b)->key);
}

void
config_policy_text(const struct policy *p, struct text *out)
{
    const struct configtable_row *sorted[128];
    size_t                        n_rows, n = 0;
    const struct configtable_row *rows = configtable_rows(&n_rows);

    for (size_t i = 0; i < n_rows && n < ARRAY_LEN(sorted); i++)
        if (rows[i].section == CONFIGTABLE_POLICY && !rows[i].alias)
            sorted[n++] = &rows[i];
    qsort(sorted, n, sizeof *sorted, by_key);
    text_printf(out, "name=%s\n", p->name);
    if (p->phase != PHASE_CANARY)
        text_printf(out, "phase=%s\n", phase_text(p->phase));
    for (size_t i = 0; i < n; i++) {
        if (slice_starts(slice_of(sorted[i]->key), "windows.") ||
            (!strcmp(sorted[i]->key, "latency.margin_ms") && !(p->latency_margin_ms > 0)))
            continue;
        text_printf(out, "%s=", sorted[i]->key);
        configvalue_print(sorted[i], p, out);
        text_putc(out, '\n');
    }
    /* Where there are none, and no margin_ms, the text is that of versions that knew none.  The zone's rule
     * stands there, not its name: a replay needs no database. */
    if (p->windows.open)
        text_printf(out, "windows.open=%s\nwindows.zone=%s\n", p->windows.open,
                    p->windows.hours.rule);
    configlimit_text(p, out);
}
