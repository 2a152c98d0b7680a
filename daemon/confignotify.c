#include "daemon/confignotify.h"

#include "daemon/configread.h"

/* kubernetes.io/docs/tasks/run-application/access-api-from-pod: what a pod finds. */
#define API_SERVER "https://kubernetes.default.svc"
#define ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount/"

static const int64_t abort_give_up_ms = INT64_C(5) * 60 * 1000;
static const int64_t give_up_ms = INT64_C(24) * 3600 * 1000;

static bool
is_written(const struct yaml_node *at, const char *key)
{
    return at->kind == YAML_MAPPING && yaml_get(at, key);
}

/* A late abort might meet a retry of the same revision, hence its short life. */
static void
fill_abort(struct config_notification *n, const struct yaml_node *at, struct configreport *report)
{
    if (!is_written(at, "on"))
        n->on = 1u << VERDICT_ABORT;
    if (n->on != 1u << VERDICT_ABORT)
        configreport_add(report, configread_at(at, "on"), "argo_abort is for abort alone");
    if (n->secret_file)
        configreport_add(report, configread_at(at, "secret_file"),
                         "the Kubernetes API takes no signature: write bearer_token_file");
    if (!n->url && !n->url_file)
        n->url = API_SERVER;
    if (!n->url || !slice_starts(slice_of(n->url), "https://"))
        return;
    if (!n->peer.bearer_token_file)
        n->peer.bearer_token_file = ACCOUNT "token";
    if (!n->peer.ca_file)
        n->peer.ca_file = ACCOUNT "ca.crt";
}

void
confignotify_check(struct config_notification *n, const struct yaml_node *at,
                   struct configreport *report)
{
    bool abort = n->format == NOTIFY_ARGO_ABORT && is_written(at, "format");

    if (abort)
        fill_abort(n, at, report);
    if (!n->give_up_ms)
        n->give_up_ms = abort ? abort_give_up_ms : give_up_ms;
    if (!n->url && !n->url_file && !is_written(at, "url"))
        configreport_add(report, at, "has no url: write where to, or a url_file that says it");
    if (n->url && n->url_file)
        configreport_add(report, configread_at(at, "url_file"),
                         "excludes url: keep one of the two");
    if (n->format == NOTIFY_SLACK && n->secret_file)
        configreport_add(report, configread_at(at, "secret_file"),
                         "Slack checks no signature: its URL is the secret");
}
