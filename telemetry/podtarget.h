/* podtarget.h - a pod, as the Kubernetes API words it, as a target. */
#ifndef TELEMETRY_PODTARGET_H
#define TELEMETRY_PODTARGET_H

#include "base/arena.h"
#include "base/json.h"
#include "telemetry/kubernetes.h"

/* What is known of a pod; texts are borrowed from the JSON or in the arena. */
struct podtarget {
    struct slice             name, namespace, resource_version;
    bool                     scrapable; /* it runs, has an address, and is asked for */
    struct targetsink_target target;
};

/* STATUS_MALFORMED: no pod. */
enum status podtarget_read(struct arena *a, const struct kubernetes_config *c, const json_t *pod,
                           struct podtarget *out, struct err *err) MUST_CHECK;

#endif
