/* podwatch.h - list and watch of the pods of one namespace, or of all.
 *
 * The states are drawn in kubernetes.h.  Loop thread. */
#ifndef TELEMETRY_PODWATCH_H
#define TELEMETRY_PODWATCH_H

#include "telemetry/kubernetes.h"

/* What all watches of one configuration share; counted. */
struct podwatch_shared {
    size_t                   refs;
    struct arena             arena;
    struct kubernetes_config config; /* with its defaults */
    struct fetch_peer        peer;
    struct kubernetes_world  world;
    struct targetsink        sink;
};
void podwatch_release(struct podwatch_shared *s);

struct podwatch;

/* Starts to list.  The namespace lives in shared's arena; NULL: all. */
struct podwatch *podwatch_new(struct podwatch_shared *shared, const char *namespace);

/* The sink hears nothing more; frees itself when its transfer was reported. */
void podwatch_stop(struct podwatch *w);

#endif
