/* kubernetes.h - the pods that a Kubernetes API server knows, as targets.
 *
 * Lists pods by label selector, then watches from the list's resourceVersion on
 * (kubernetes.io/docs/reference/using-api/api-concepts, "Efficient detection of
 * changes"): a watch that ends is resumed from the last version seen, bookmarks
 * included; 410 Gone lists anew; anything else waits, longer each time.  What
 * was known stays while the server does not answer.
 *
 *      LISTING -- last page --> WATCHING -- ended --> WATCHING (same version)
 *         ^  \                     |  \
 *         |   failed               |   failed
 *         |    v                   |    v
 *         +-- BACKING_OFF <--------|-- BACKING_OFF --> WATCHING
 *         +------- 410 Gone -------+
 *
 * Loop thread. */
#ifndef TELEMETRY_KUBERNETES_H
#define TELEMETRY_KUBERNETES_H

#include "base/clock.h"
#include "base/fetch.h"
#include "base/timer.h"
#include "telemetry/targetsink.h"

/* A label of the target that takes its value from a label of the pod. */
struct kubernetes_label {
    const char *name, *pod_label;
};

/* Zero stands for the default.  Of a pod that runs and has an address; pod and
 * namespace become labels. */
struct kubernetes_config {
    const char *api_server; /* https://host:port; that of the environment, as in a pod */
    const char *token_file; /* of an https server the service account's, where there is one */
    const char *ca_file;    /* likewise; else the system's */

    const char *const *namespaces; /* none: all */
    size_t             n_namespaces;
    const char        *selector; /* of labels, as kubectl takes it; NULL: every pod */
    uint16_t           port;     /* 15020 */
    const char        *path;     /* /stats/prometheus */
    const char        *scheme;   /* http */
    /* Only pods that say prometheus.io/scrape: "true", with the port, path and
     * scheme of their other prometheus.io annotations. */
    bool                           annotations;
    const struct kubernetes_label *labels;
    size_t                         n_labels;
};

struct kubernetes_world {
    const struct clock *clock;
    const struct fetch *fetch;
    struct timer_port   timer;
};

struct kubernetes;

/* Copies the configuration; the sink's self must outlive it.
 * STATUS_NOT_FOUND: no api_server, and not in a cluster. */
enum status kubernetes_new(const struct kubernetes_config *c, const struct kubernetes_world *w,
                           const struct targetsink *sink, struct kubernetes **out,
                           struct err *err) MUST_CHECK;

/* Whether it was made from the same configuration. */
bool kubernetes_same(const struct kubernetes *k, const struct kubernetes_config *c);

/* The sink hears nothing more.  What is in flight is cancelled: memory goes when
 * the fetch port has reported it. */
void kubernetes_free(struct kubernetes *k);

#endif
