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

/* Gates come by here with each question: no printf. */
static void
copy(char *out, size_t bytes, const char *text)
{
    size_t n = strnlen(text, bytes - 1);

    memcpy(out, text, n);
    out[n] = '\0';
}

static void
resolve_versions(const struct question *q, struct target *t)
{
    const struct config_service *s = t->service;
    const char                  *canary, *baseline;
    bool                         flagger_names;
    char                         primary[VIEW_NAME_BYTES + sizeof "-primary"];

    copy(t->key, sizeof t->key,
         first_said(q->key, s->key, preset_default_key(t->preset, q->flagger)));
    flagger_names = q->flagger && preset_key_is_flaggers(t->preset, t->key);
    if (preset_fixed_arms(t->preset, &canary, &baseline)) {
        copy(t->canary, sizeof t->canary, first_said(q->canary, canary, NULL));
        copy(t->baseline, sizeof t->baseline, first_said(q->baseline, baseline, NULL));
        copy(t->revision, sizeof t->revision, q->revision);
        return;
    }
    primary[0] = '\0';
    if (flagger_names)
        snprintf(primary, sizeof primary, "%s-primary", t->name);
    copy(t->canary, sizeof t->canary,
         first_said(q->canary, s->canary, flagger_names ? t->name : ""));
    /* A primary that is too long for a name is none: check_versions() asks for it. */
    if (strlen(primary) >= sizeof t->baseline)
        primary[0] = '\0';
    copy(t->baseline, sizeof t->baseline,
         first_said(q->baseline, s->stable, flagger_names ? primary : ""));
    /* A canary that the configuration names is the same in each release. */
    copy(t->revision, sizeof t->revision,
         first_said(q->revision,
                    !q->flagger && preset_key_per_release(t->preset, t->key) ? q->canary : "", ""));
}

static enum port_lookup
check_versions(const struct question *q, const struct target *t, struct err *err)
{
    const char *canary, *baseline;

    if (preset_fixed_arms(t->preset, &canary, &baseline) &&
        (strcmp(t->canary, canary) != 0 || strcmp(t->baseline, baseline) != 0))
        (void)err_set(err, STATUS_SYNTAX,
                      "preset %s only tells %s from %s: leave out canary and stable, and say "
                      "revision",
                      t->preset, canary, baseline);
    else if (!*t->canary)
        (void)err_set(err, STATUS_SYNTAX,
                      "canary is missing: say the value of %s on the canary, or set "
                      "versions.canary of the service",
                      t->key);
    else if (!strcmp(t->canary, t->baseline))
        (void)err_set(err, STATUS_SYNTAX,
                      "canary and stable are both %.100s: they must differ in %s", t->canary,
                      t->key);
    else if (q->flagger && preset_key_is_flaggers(t->preset, t->key) && !*t->baseline)
        (void)err_set(
            err, STATUS_SYNTAX,
            "stable is missing: %.60s...-primary is too long for a name; say stable in the "
            "metadata",
            t->name);
    else if (!*t->revision)
        (void)err_set(err, STATUS_SYNTAX,
                      "revision is missing: %s %.60s is the same in each release; %s", t->key,
                      t->canary,
                      q->flagger ? "Flagger sends a checksum from 1.34 on, before say revision "
                                   "in the metadata"
                                 : "pass podTemplateHashValue: Latest as revision");
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
        chosen(s, q->phase, phase_text(s->phase), CONFIG_MAY_PHASE, "phase", &phase, err) !=
            PORT_FOUND)
        return PORT_BAD;
    /* What a question may say was checked when it was read. */
    if (phase_parse(slice_of(phase), &t->phase))
        return PORT_BAD;
    t->names_phase = *q->phase != '\0';
    t->policy = config_policy_in(c, slice_of(policy), t->phase);
    t->source = config_source(c, slice_of(source));
    if (!t->policy)
        (void)err_set(err, STATUS_NOT_FOUND, "there is no policy %.60s", policy);
    else if (!t->source)
        (void)err_set(err, STATUS_NOT_FOUND, "there is no source %.60s", source);
    else if (!preset_name(preset))
        (void)err_set(err, STATUS_NOT_FOUND, "there is no preset %.60s", preset);
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
    copy(out->ns, sizeof out->ns, q->ns);
    copy(out->name, sizeof out->name, q->service);
    /* Whether the caller may choose it, and whether there is one, comes last. */
    if (out->service->caller_may >> CONFIG_MAY_PRESET & 1)
        out->preset = preset_name(first_said(q->preset, out->service->preset, NULL));
    if (!out->preset)
        out->preset = preset_name(out->service->preset);
    resolve_versions(q, out);
    if (check_versions(q, out, err) != PORT_FOUND)
        return PORT_BAD;
    return resolve_names(c, q, out, err);
}

struct preset_service
target_preset(const struct target *t)
{
    const struct config_service *s = t->service;
    struct preset_service        p = {.preset = t->preset,
                                      .ns = t->ns,
                                      .name = t->name,
                                      .key = t->key,
                                      .canary = t->canary,
                                      .baseline = t->baseline,
                                      .host = s->host,
                                      .canonical_service = s->canonical_service,
                                      .cluster = s->cluster,
                                      .by_cluster = t->policy && t->policy->clusters.min > 0};

    /* What is written for the service's preset is not for one that a caller chose. */
    if (preset_name(s->preset) != t->preset)
        return p;
    p.match = s->match.at;
    p.n_match = s->match.n;
    memcpy(p.label, s->label, sizeof p.label);
    if (!s->requests)
        return p;
    p.requests = s->requests;
    p.buckets = s->buckets;
    p.by_servers = s->by_servers;
    p.le_ms = s->in_milliseconds ? 1 : 1000;
    return p;
}

int64_t
target_max_age_ms(const struct config_source *s)
{
    int64_t age_ms = 30000;

    if (3 * s->tick_ms > age_ms)
        age_ms = 3 * s->tick_ms;
    if (2 * s->scrape_interval_ms > age_ms)
        age_ms = 2 * s->scrape_interval_ms;
    if (s->remote_write)
        age_ms += s->delay_ms;
    return age_ms;
}
