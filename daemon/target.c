#include "daemon/target.h"

#include <stdio.h>

static const char *
first_said(const char *a, const char *b, const char *c)
{
    if (a && *a)
        return a;
    if (b && *b)
        return b;
    return c ? c : "";
}

/* Keys whose value on the canary is another one with each release, so that it
 * can name the release. */
static bool
per_release(const char *key)
{
    static const char *const keys[] = {"revision", "version", "pod_template_hash"};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!strcmp(keys[i], key))
            return true;
    return false;
}

static void
resolve_versions(const struct question *q, struct target *t)
{
    const struct config_service *s = t->service;
    bool                         flagger_names;
    char                         primary[VIEW_NAME_BYTES + sizeof "-primary"];

    snprintf(t->key, sizeof t->key, "%s",
             first_said(q->key, s->key, q->flagger ? "workload" : "revision"));
    flagger_names = q->flagger && !strcmp(t->key, "workload");
    snprintf(primary, sizeof primary, "%s-primary", t->name);
    snprintf(t->canary, sizeof t->canary, "%s",
             first_said(q->canary, s->canary, flagger_names ? t->name : ""));
    /* A primary that is too long for a name is none: check_versions() asks for it. */
    if (strlen(primary) >= sizeof t->baseline)
        primary[0] = '\0';
    snprintf(t->baseline, sizeof t->baseline, "%.*s", VIEW_NAME_BYTES - 1,
             first_said(q->baseline, s->stable, flagger_names ? primary : ""));
    /* A canary that the configuration names is the same in each release. */
    snprintf(t->revision, sizeof t->revision, "%s",
             first_said(q->revision, !q->flagger && per_release(t->key) ? q->canary : "", ""));
}

static enum port_lookup
check_versions(const struct question *q, const struct target *t, struct err *err)
{
    if (!*t->canary)
        (void)err_set(err, STATUS_SYNTAX,
                      "canary is missing: say the value of %s on the canary, or set "
                      "versions.canary of the service",
                      t->key);
    else if (!strcmp(t->canary, t->baseline))
        (void)err_set(err, STATUS_SYNTAX,
                      "canary and stable are both %.100s: they must differ in %s", t->canary,
                      t->key);
    else if (q->flagger && !strcmp(t->key, "workload") && !*t->baseline)
        (void)err_set(
            err, STATUS_SYNTAX,
            "stable is missing: %.60s...-primary is too long for a name; say stable in the "
            "metadata",
            t->name);
    else if (!*t->revision)
        (void)err_set(err, STATUS_SYNTAX,
                      "revision is missing: %s %.60s is the same in each release; pass "
                      "podTemplateHashValue: Latest as revision",
                      t->key, t->canary);
    else
        return PORT_FOUND;
    return PORT_BAD;
}

/* A name that the caller chose, where it may; else the service's own. */
static enum port_lookup
chosen(const struct config_service *s, const char *said, const char *own, enum config_may may,
       const char *what, const char **out, struct err *err)
{
    *out = own;
    if (!*said || (own && !strcmp(said, own)))
        return PORT_FOUND;
    if (!(s->caller_may >> may & 1)) {
        (void)err_set(err, STATUS_DENIED,
                      "the caller may not choose the %s: add %s to caller_may of the service", what,
                      what);
        return PORT_BAD;
    }
    *out = said;
    return PORT_FOUND;
}

static enum port_lookup
resolve_names(const struct config *c, const struct question *q, struct target *t, struct err *err)
{
    const struct config_service *s = t->service;
    const char                  *policy, *source, *preset, *phase;

    if (chosen(s, q->policy, s->policy, CONFIG_MAY_POLICY, "policy", &policy, err) != PORT_FOUND ||
        chosen(s, q->source, s->source, CONFIG_MAY_SOURCE, "source", &source, err) != PORT_FOUND ||
        chosen(s, q->preset, s->preset, CONFIG_MAY_PRESET, "preset", &preset, err) != PORT_FOUND ||
        chosen(s, q->phase, "canary", CONFIG_MAY_PHASE, "phase", &phase, err) != PORT_FOUND)
        return PORT_BAD;
    t->policy = config_policy(c, slice_of(policy));
    t->source = config_source(c, slice_of(source));
    if (!t->policy)
        (void)err_set(err, STATUS_NOT_FOUND, "there is no policy %.60s", policy);
    else if (!t->source)
        (void)err_set(err, STATUS_NOT_FOUND, "there is no source %.60s", source);
    else if (strcmp(preset, "istio") != 0)
        (void)err_set(err, STATUS_NOT_FOUND, "there is no preset %.60s: this version has istio",
                      preset);
    else if (strcmp(phase, "canary") != 0)
        (void)err_set(err, STATUS_NOT_FOUND,
                      "phase %.30s is not judged by this version: it has canary", phase);
    else
        return PORT_FOUND;
    return PORT_BAD;
}

enum port_lookup
target_resolve(const struct config *c, const struct question *q, struct target *out,
               struct err *err)
{
    *out = (struct target){.service = config_judged(c, slice_of(q->ns), slice_of(q->service))};
    if (!out->service) {
        (void)err_set(err, STATUS_NOT_FOUND,
                      "service %.60s in namespace %.60s is not configured: list it under services, "
                      "or allow its namespace under unknown_services",
                      q->service, q->ns);
        return PORT_UNKNOWN_SERVICE;
    }
    snprintf(out->ns, sizeof out->ns, "%s", q->ns);
    snprintf(out->name, sizeof out->name, "%s", q->service);
    resolve_versions(q, out);
    if (check_versions(q, out, err) != PORT_FOUND)
        return PORT_BAD;
    return resolve_names(c, q, out, err);
}

int64_t
target_max_age_ms(const struct config_source *s)
{
    int64_t age_ms = 30000;

    if (3 * s->tick_ms > age_ms)
        age_ms = 3 * s->tick_ms;
    if (2 * s->scrape_interval_ms > age_ms)
        age_ms = 2 * s->scrape_interval_ms;
    return age_ms;
}
