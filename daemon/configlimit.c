#include "daemon/configlimit.h"

#include "daemon/configread.h"
#include "daemon/configtable.h"
#include "daemon/configtext.h"
#include "daemon/configvalue.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *const configlimit_key = "thresholds";

static struct policy_limit
unwritten(struct slice name)
{
    struct policy_limit l = {.min = NAN, .max = NAN};

    snprintf(l.name, sizeof l.name, "%.*s", SLICE_ARG(name));
    return l;
}

static void
check_name(const struct yaml_pair *at, struct configreport *report)
{
    struct err err = {0};

    if (configtext_name(at->key, &err))
        configreport_add_key(report, at, "%s", err.text);
    else if (at->key.n >= POLICY_LIMIT_NAME_BYTES)
        configreport_add_key(report, at, "a limit's name has at most %d bytes",
                             POLICY_LIMIT_NAME_BYTES - 1);
    else if (memchr(at->key.p, '.', at->key.n))
        configreport_add_key(report, at, "a limit's name has no dot: it is a key of the answer");
    else if (configtable_word("check", at->key))
        configreport_add_key(report, at,
                             "is the name of a check, and the answer tells both by name: call the "
                             "limit something else");
}

static bool
is_written(const struct yaml_node *at, const char *key)
{
    return at->kind == YAML_MAPPING && yaml_get(at, key);
}

/* Keys that this metric does not look at. */
static void
check_idle_keys(const struct policy_limit *l, const struct yaml_node *at,
                struct configreport *report)
{
    bool counts = l->metric == POLICY_LIMIT_SUCCESS_RATE || l->metric == POLICY_LIMIT_LATENCY;

    if (l->metric == POLICY_LIMIT_QUERY && !is_written(at, "query"))
        configreport_add(report, at, "metric query needs query: the expression to ask");
    if (l->metric != POLICY_LIMIT_QUERY && is_written(at, "query"))
        configreport_add(report, configread_at(at, "query"),
                         "is for metric query: set metric: query, or remove it");
    if (l->metric != POLICY_LIMIT_LATENCY && is_written(at, "quantile"))
        configreport_add(report, configread_at(at, "quantile"), "is for metric latency: remove it");
    if (!counts && is_written(at, "min_requests"))
        configreport_add(report, configread_at(at, "min_requests"),
                         "is for the metrics success_rate and latency: remove it");
}

static void
check_range(const struct policy_limit *l, const struct yaml_node *at, struct configreport *report)
{
    static const double most[] = {[POLICY_LIMIT_SUCCESS_RATE] = 1,
                                  [POLICY_LIMIT_LATENCY] = INFINITY,
                                  [POLICY_LIMIT_REQUEST_RATE] = INFINITY,
                                  [POLICY_LIMIT_QUERY] = INFINITY};

    if (isnan(l->min) && isnan(l->max))
        configreport_add(report, at, "has neither min nor max, so it could not be broken");
    if (l->min > l->max)
        configreport_add(report, configread_at(at, "min"),
                         "min %g is over max %g, so every value would be outside", l->min, l->max);
    if (l->metric == POLICY_LIMIT_QUERY)
        return;
    if (l->min < 0 || l->min > most[l->metric])
        configreport_add(report, configread_at(at, "min"), "%g is no value of %s", l->min,
                         configtable_word_text("limit_metric", l->metric));
    if (l->max < 0 || l->max > most[l->metric])
        configreport_add(report, configread_at(at, "max"), "%g is no value of %s", l->max,
                         configtable_word_text("limit_metric", l->metric));
}

static void
check_hysteresis(struct policy_limit *l, const struct yaml_node *at, struct configreport *report)
{
    if (is_written(at, "consecutive") && (is_written(at, "fails") || is_written(at, "of")))
        configreport_add(report, configread_at(at, "consecutive"),
                         "says fails and of in one: keep it, or those two");
    if (!l->of)
        l->of = l->fails;
    if (l->fails > l->of)
        configreport_add(report, configread_at(at, is_written(at, "of") ? "of" : "fails"),
                         "%u of %u intervals cannot be: fails must not be over of", l->fails,
                         l->of);
}

static int
by_name(const void *a, const void *b)
{
    const struct policy_limit *x = a, *y = b;

    return strcmp(x->name, y->name);
}

void
configlimit_read(const struct yaml_node *policy, struct policy *p, struct arena *a,
                 struct configreport *report)
{
    const struct yaml_node *node =
        policy->kind == YAML_MAPPING ? yaml_get(policy, configlimit_key) : NULL;

    if (!node || !configread_is_mapping(node, report))
        return;
    if (!node->n || node->n > POLICY_MAX_LIMITS) {
        configreport_add(report, node, "has %zu limits, not 1 to %d", node->n, POLICY_MAX_LIMITS);
        return;
    }
    for (size_t i = 0; i < node->n; i++) {
        struct policy_limit    *l = &p->limit[p->n_limits++];
        const struct yaml_node *at = node->pairs[i].value;
        size_t                  before = report->n;

        *l = unwritten(node->pairs[i].key);
        check_name(&node->pairs[i], report);
        configread_section(CONFIGTABLE_LIMIT, at, l, NULL, a, report);
        if (report->n > before)
            continue; /* what follows would be said of defaults */
        check_idle_keys(l, at, report);
        check_range(l, at, report);
        check_hysteresis(l, at, report);
    }
    qsort(p->limit, p->n_limits, sizeof *p->limit, by_name);
}

void
configlimit_text(const struct policy *p, struct text *out)
{
    size_t                        n;
    const struct configtable_row *rows = configtable_rows(&n);

    for (uint32_t k = 0; k < p->n_limits; k++)
        for (size_t i = 0; i < n; i++) {
            if (rows[i].section != CONFIGTABLE_LIMIT || rows[i].alias)
                continue;
            text_printf(out, "%s.%s.%s=", configlimit_key, p->limit[k].name, rows[i].key);
            configvalue_print(&rows[i], &p->limit[k], out);
            text_putc(out, '\n');
        }
}

bool
configlimit_line(struct slice key, struct slice value, struct policy *p, struct arena *a)
{
    struct slice                  rest = key, name;
    char                          last[64];
    const struct configtable_row *row;
    struct err                    ignored = {0};

    if (!slice_is(slice_cut(&rest, '.'), configlimit_key))
        return false;
    name = slice_cut(&rest, '.');
    snprintf(last, sizeof last, "%.*s", SLICE_ARG(rest));
    row = configtable_row(CONFIGTABLE_LIMIT, last);
    if (!p->n_limits || !slice_is(name, p->limit[p->n_limits - 1].name)) {
        if (p->n_limits == POLICY_MAX_LIMITS || name.n >= POLICY_LIMIT_NAME_BYTES)
            return true;
        p->limit[p->n_limits++] = unwritten(name);
    }
    if (row)
        (void)!configvalue_set(row, value, &p->limit[p->n_limits - 1], a, &ignored);
    return true;
}
