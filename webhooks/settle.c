#include "webhooks/settle.h"

#include <stdio.h>

bool
settle_key_is_per_release(const char *key)
{
    return strcmp(key, "revision") == 0 || strcmp(key, "version") == 0 ||
           strcmp(key, "pod_template_hash") == 0;
}

static void
fill(char *field, size_t bytes, const char *value)
{
    if (!*field && value)
        snprintf(field, bytes, "%s", value);
}

enum status
settle_question(struct question *q, const struct settle_service *s, struct err *err)
{
    fill(q->key, sizeof q->key, s->service_key);
    if (q->flagger)
        fill(q->key, sizeof q->key, "workload");
    fill(q->key, sizeof q->key, s->preset_key);
    fill(q->canary, sizeof q->canary, s->canary);
    fill(q->baseline, sizeof q->baseline, s->baseline);
    if (q->flagger && strcmp(q->key, "workload") == 0) {
        char primary[VIEW_NAME_BYTES + 8];

        fill(q->canary, sizeof q->canary, q->service);
        snprintf(primary, sizeof primary, "%s-primary", q->canary);
        if (strlen(primary) < sizeof q->baseline)
            fill(q->baseline, sizeof q->baseline, primary);
    }
    if (!*q->canary)
        return err_set(err, STATUS_SYNTAX,
                       "canary is missing: pass the value of %s on the canary's side, or put it "
                       "into the service's configuration",
                       *q->key ? q->key : "the version key");
    if (strcmp(q->canary, q->baseline) == 0)
        return err_set(err, STATUS_SYNTAX, "canary and stable are the same: %.60s", q->canary);
    if (!*q->revision && !q->flagger && settle_key_is_per_release(q->key))
        snprintf(q->revision, sizeof q->revision, "%s", q->canary);
    if (!*q->revision)
        return err_set(err, STATUS_SYNTAX, "%s",
                       q->flagger ? "the payload has no checksum (Flagger before 1.34): upgrade, "
                                    "or put revision into the metadata"
                                  : "revision is missing, and the version key is not one that each "
                                    "release changes: pass revision, for example from "
                                    "podTemplateHashValue: Latest");
    return STATUS_OK;
}

enum status
settle_fits(const struct question *q, const struct verdict_view *v, struct err *err)
{
    const struct {
        const char *name, *said, *run;
    } pairs[] = {{"canary", q->canary, v->canary},
                 {"stable", q->baseline, v->baseline},
                 {"key", q->key, v->key},
                 {"policy", q->policy, v->policy}};

    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        if (*pairs[i].said && strcmp(pairs[i].said, pairs[i].run) != 0)
            return err_set(err, STATUS_CONFLICT,
                           "%s is %.60s, but the run of revision %.60s was started with %.60s",
                           pairs[i].name, pairs[i].said, v->revision,
                           *pairs[i].run ? pairs[i].run : "none");
    return STATUS_OK;
}
