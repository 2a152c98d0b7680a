#include "webhooks/templatewrite.h"

#include <string.h>

/* How Argo tells the gate the two sides, by version key.  NULL: not told, the
 * gate knows.  %s is the service. */
struct side {
    const char *key, *canary, *stable;
    bool        per_release; /* the canary's value identifies the release */
};

static const struct side sides[] = {
    {"pod_template_hash", "valueFrom: {podTemplateHashValue: Latest}",
     "valueFrom: {podTemplateHashValue: Stable}", true},
    {"revision", "valueFrom: {fieldRef: {fieldPath: spec.template.metadata.labels.version}}", NULL,
     true},
    {"version", "valueFrom: {fieldRef: {fieldPath: spec.template.metadata.labels.version}}", NULL,
     true},
    {"service", "value: %s-canary", "value: %s-stable", false},
    {"backend", "value: %s-canary", "value: %s-stable", false},
};

static const struct side configured = {NULL, NULL, NULL, false};

/* NULL: Argo cannot tell them apart by it. */
static const struct side *
side_of(const struct templatewrite *w)
{
    for (size_t i = 0; i < ARRAY_LEN(sides); i++)
        if (strcmp(w->key, sides[i].key) == 0)
            return &sides[i];
    return w->canary_known ? &configured : NULL;
}

static void
put_template(const struct templatewrite *w, const struct side *s, struct text *out)
{
    text_printf(out,
                "apiVersion: argoproj.io/v1alpha1\n"
                "kind: AnalysisTemplate\n"
                "metadata: {name: verdict, namespace: %s}\n"
                "spec:\n"
                "  args:\n"
                "    - {name: service}\n"
                "    - {name: namespace}\n"
                "%s%s%s"
                "    - {name: stage}\n"
                "    - {name: weight}\n"
                "%s"
                "  metrics:\n"
                "    - name: verdict\n"
                "      interval: 30s\n"
                "      count: 20\n"
                "      consecutiveSuccessLimit: 2\n"
                "      inconclusiveLimit: 18\n"
                "      successCondition: result.verdict == \"pass\"\n"
                "      failureCondition: result.verdict in [\"fail\", \"abort\"]\n"
                "      provider:\n"
                "        web:\n"
                "          method: POST\n"
                "          url: %s/v1/argo/verdict?view=brief\n"
                "          timeoutSeconds: 8\n",
                w->ns, s->canary ? "    - {name: canary}\n" : "",
                s->stable ? "    - {name: stable}\n" : "",
                s->per_release ? "" : "    - {name: revision}\n",
                w->token ? "    - {name: token, valueFrom: {secretKeyRef: {name: verdictd, key: "
                           "token}}}\n"
                         : "",
                w->url);
    text_printf(out,
                "%s"
                "          jsonBody:\n"
                "            service: \"{{args.service}}\"\n"
                "            namespace: \"{{args.namespace}}\"\n"
                "%s%s%s"
                "            stage: \"{{args.stage}}\"\n"
                "            weight: \"{{args.weight}}\"\n",
                w->token ? "          headers:\n"
                           "            - {key: Authorization, value: \"Bearer {{args.token}}\"}\n"
                         : "",
                s->canary ? "            canary: \"{{args.canary}}\"\n" : "",
                s->stable ? "            stable: \"{{args.stable}}\"\n" : "",
                s->per_release ? "" : "            revision: \"{{args.revision}}\"\n");
}

/* One "- {name: NAME, what}" line, where there is a what. */
static void
put_arg(struct text *out, const char *name, const char *what, const char *service)
{
    const char *hole = what ? strstr(what, "%s") : NULL;

    if (!what)
        return;
    text_printf(out, "              - {name: %s, ", name);
    if (hole) {
        text_put(out, (struct slice){what, (size_t)(hole - what)});
        text_puts(out, service);
        what = hole + strlen("%s");
    }
    text_printf(out, "%s}\n", what);
}

static void
put_step(const struct templatewrite *w, const struct side *s, size_t i, struct text *out)
{
    text_printf(out,
                "        - setWeight: %u\n"
                "        - analysis:\n"
                "            templates: [{templateName: verdict}]\n"
                "            args:\n",
                w->weight[i]);
    put_arg(out, "service", "value: %s", w->service);
    text_printf(out, "              - {name: namespace, valueFrom: {fieldRef: {fieldPath: "
                     "metadata.namespace}}}\n");
    put_arg(out, "canary", s->canary, w->service);
    put_arg(out, "stable", s->stable, w->service);
    if (!s->per_release)
        put_arg(out, "revision", "valueFrom: {podTemplateHashValue: Latest}", "");
    text_printf(out, "              - {name: stage, value: %s}\n",
                i + 1 == w->n_weights ? "promote" : "step");
    text_printf(out, "              - {name: weight, value: \"%u\"}\n", w->weight[i]);
}

/* trafficRouting of the mesh, in which %s is the service. */
static void
put_routing(const struct templatewrite *w, const struct side *s, struct text *out)
{
    bool hosts = s->stable && strcmp(w->key, "pod_template_hash") != 0;

    if (hosts || strcmp(w->preset, "istio") != 0)
        text_printf(out, "      canaryService: %s-canary\n      stableService: %s-stable\n",
                    w->service, w->service);
    text_puts(out, "      trafficRouting:\n");
    if (strcmp(w->preset, "nginx") == 0) {
        text_printf(out, "        nginx: {stableIngress: %s}\n", w->service);
    } else if (strcmp(w->preset, "istio") != 0) {
        text_printf(out,
                    "        plugins:\n"
                    "          argoproj-labs/gatewayAPI: {httpRoute: %s, namespace: %s}\n",
                    w->service, w->ns);
    } else {
        text_printf(out,
                    "        istio:\n"
                    "          virtualService: {name: %s}\n",
                    w->service);
        if (!hosts)
            text_printf(out,
                        "          destinationRule: {name: %s, canarySubsetName: canary, "
                        "stableSubsetName: stable}\n",
                        w->service);
    }
}

static void
put_rollout(const struct templatewrite *w, const struct side *s, struct text *out)
{
    text_printf(out,
                "---\n"
                "# The stanza spec.strategy is what goes into your Rollout.\n"
                "apiVersion: argoproj.io/v1alpha1\n"
                "kind: Rollout\n"
                "metadata: {name: %s, namespace: %s}\n"
                "spec:\n"
                "  selector: {matchLabels: {app: %s}}\n"
                "  template:\n"
                "    metadata: {labels: {app: %s, version: \"1.0.0\"}}\n"
                "    spec: {containers: [{name: %s, image: \"registry.example/%s:1.0.0\"}]}\n"
                "  strategy:\n"
                "    canary:\n",
                w->service, w->ns, w->service, w->service, w->service, w->service);
    put_routing(w, s, out);
    text_puts(out, "      steps:\n");
    for (size_t i = 0; i < w->n_weights; i++)
        put_step(w, s, i, out);
}

enum status
templatewrite_argo(const struct templatewrite *w, struct text *out, struct err *err)
{
    const struct side *s = side_of(w);

    if (!s)
        return err_set(err, STATUS_CONFLICT,
                       "Argo does not tell canary and baseline apart by the version key %s; use "
                       "pod_template_hash, version, revision, service or backend, or write "
                       "versions: {canary: …} in the configuration",
                       w->key);
    put_template(w, s, out);
    put_rollout(w, s, out);
    return out->status ? err_set(err, out->status, "the templates are too long") : STATUS_OK;
}

/* One hook of a Canary; what follows the timeout. */
static void
put_hook(const struct templatewrite *w, const char *name, const char *type, const char *more,
         struct text *out)
{
    text_printf(out,
                "      - name: %s\n"
                "        type: %s\n"
                "        url: %s/v1/flagger/%s\n"
                "        timeout: 5s\n"
                "%s",
                name, type, w->url, type, more);
    if (w->token)
        text_puts(out, "        metadata: {token: \"a token of tokens_file\"}\n");
}

/* A hold is 0 where a hook holds, and no value where none does (docs/API.md). */
static void
put_metric_template(const struct templatewrite *w, struct text *out)
{
    text_printf(
        out,
        "---\n"
        "apiVersion: flagger.app/v1beta1\n"
        "kind: MetricTemplate\n"
        "metadata: {name: verdict, namespace: %s}\n"
        "spec:\n"
        "  provider:\n"
        "    type: prometheus\n"
        "    address: %s/flagger\n"
        "%s"
        "  query: verdictd_verdict{namespace=\"{{ namespace }}\", service=\"{{ name }}\"}\n",
        w->ns, w->url, w->token ? "    secretRef: {name: verdictd}\n" : "");
}

enum status
templatewrite_flagger(const struct templatewrite *w, struct text *out, struct err *err)
{
    static const struct {
        const char *name, *type, *more;
    } hooks[] = {
        {"verdict-pre", "pre-rollout", ""},
        {"verdict-step", "confirm-traffic-increase", "        muteAlert: true\n"},
        {"verdict-promote", "confirm-promotion", "        muteAlert: true\n"},
        {"verdict-abort", "rollback", ""},
        {"verdict-end", "post-rollout", "        retries: 3\n"},
        {"verdict-event", "event", ""},
    };
    unsigned most = w->weight[w->n_weights - 1];
    unsigned step = most / (unsigned)w->n_weights;

    if (strcmp(w->key, "workload") != 0 && strcmp(w->key, "deployment") != 0 &&
        strcmp(w->key, "service") != 0 && !w->canary_known)
        return err_set(err, STATUS_CONFLICT,
                       "Flagger's two workloads have the same %s; use the version key workload, "
                       "deployment or service",
                       w->key);
    text_printf(out,
                "apiVersion: flagger.app/v1beta1\n"
                "kind: Canary\n"
                "metadata: {name: %s, namespace: %s}\n"
                "spec:\n"
                "  targetRef: {apiVersion: apps/v1, kind: Deployment, name: %s}\n"
                "  service: {port: 80}\n"
                "  analysis:\n"
                "    interval: 30s\n"
                "    threshold: 3\n"
                "    maxWeight: %u\n"
                "    stepWeight: %u\n"
                "    metrics:\n"
                "      - name: verdict\n"
                "        templateRef: {name: verdict}\n"
                "        thresholdRange: {min: 0}\n"
                "        interval: 1m\n"
                "    webhooks:\n",
                w->service, w->ns, w->service, most, step ? step : 1);
    for (size_t i = 0; i < ARRAY_LEN(hooks); i++)
        put_hook(w, hooks[i].name, hooks[i].type, hooks[i].more, out);
    put_metric_template(w, out);
    return out->status ? err_set(err, out->status, "the templates are too long") : STATUS_OK;
}
