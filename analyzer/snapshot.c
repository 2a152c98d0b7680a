#include "analyzer/snapshot.h"

#include "analyzer/interval.h"

#include <math.h>

enum {
    MAX_FUTURE_MS = 60 * 1000,
    MAX_INSTANCE_BYTES = 512,
    MAX_NAME_BYTES = 253,
    MAX_FLAGS_BYTES = 512
};

static const double MAX_VALUE = 9007199254740992; /* 2^53: integers are exact below */

static bool
plain(struct slice s, size_t max_bytes)
{
    return s.n <= max_bytes && (s.n == 0 || !memchr(s.p, '\0', s.n));
}

/* What is wrong with the labels or the value; NULL: nothing. */
static const char *
flaw_of(const struct snapshot_group *g)
{
    if (!(g->value >= 0 && g->value < MAX_VALUE))
        return "a counter that is negative, not finite, or over 2^53";
    if (g->value != floor(g->value))
        return "a counter with a fraction: something scales it on its way; ask where the raw "
               "counters are";
    if (!plain(g->key, MAX_NAME_BYTES) || !plain(g->version, MAX_NAME_BYTES) ||
        !plain(g->revision, MAX_NAME_BYTES) || !plain(g->workload, MAX_NAME_BYTES))
        return "a version, revision or workload of more than 253 bytes";
    if (!plain(g->cluster, INTERVAL_CLUSTER_BYTES - 1))
        return "a cluster's name of more than 63 bytes";
    if (!plain(g->instance, MAX_INSTANCE_BYTES) || !plain(g->pod, MAX_INSTANCE_BYTES))
        return "an instance or pod label of more than 512 bytes";
    if (g->kind == SNAPSHOT_BUCKET)
        return isnan(g->le_ms) ? "a bucket without a bound" : NULL;
    if (!plain(g->code, 3) || !plain(g->grpc, 3) || !plain(g->flags, MAX_FLAGS_BYTES))
        return "a response code or gRPC status of more than 3 bytes, or flags of more than 512";
    if (g->code.n == 0 && g->grpc.n == 0)
        return "requests without response_code: the label must not be removed from the metric";
    return NULL;
}

bool
snapshot_signal_valid(const struct snapshot_signal *g)
{
    return g->what < MESH_SIGNAL_COUNT && g->value >= 0 && g->value < MAX_VALUE &&
           g->value == floor(g->value) && g->instance.n > 0 &&
           plain(g->instance, MAX_INSTANCE_BYTES) && plain(g->subset, MAX_NAME_BYTES) &&
           plain(g->host, MAX_NAME_BYTES);
}

static enum status
check_view(const struct snapshot *s, enum counts_view view, enum verdict_reason *reason,
           struct err *err)
{
    const struct snapshot_view *v = &s->view[view];
    const char                 *name = counts_view_text(view);

    for (size_t i = 0; i < v->groups.n; i++) {
        const struct snapshot_group *g = &v->groups.at[i];
        const char                  *flaw;

        if (g->instance.n == 0) {
            *reason = REASON_NO_INSTANCE_LABEL;
            return err_set(err, STATUS_NO_DATA,
                           "counters of the %s view come without an instance label; ask a source "
                           "that has not summed them already",
                           name);
        }
        flaw = flaw_of(g);
        if (flaw) {
            *reason = REASON_SOURCE_ERROR;
            return err_set(err, STATUS_NO_DATA, "%s view, instance %.*s: %s", name,
                           (int)(g->instance.n < 80 ? g->instance.n : 80), g->instance.p, flaw);
        }
    }
    for (size_t i = 0; i < v->instances.n; i++) {
        int64_t sample_ms = v->instances.at[i].sample_ms;

        if (sample_ms < 0 || sample_ms - MAX_FUTURE_MS > s->at_ms) {
            *reason = REASON_SOURCE_ERROR;
            return err_set(err, STATUS_NO_DATA,
                           "%s view: a sample is later than the time that was asked for", name);
        }
    }
    return STATUS_OK;
}

enum status
snapshot_check(const struct snapshot *s, enum verdict_reason *reason, struct err *err)
{
    size_t      groups = 0, instances = 0;
    enum status status = STATUS_OK;

    for (size_t v = 0; v < VIEW_COUNT; v++) {
        groups += s->view[v].groups.n;
        instances += s->view[v].instances.n;
    }
    if (groups > SNAPSHOT_MAX_GROUPS || instances > SNAPSHOT_MAX_INSTANCES) {
        *reason = REASON_TOO_MANY_SERIES;
        return err_set(err, STATUS_NO_DATA,
                       "%zu counters of %zu instances; at most %d of %d can be taken", groups,
                       instances, SNAPSHOT_MAX_GROUPS, SNAPSHOT_MAX_INSTANCES);
    }
    for (size_t v = 0; v < VIEW_COUNT && status == STATUS_OK; v++)
        status = check_view(s, (enum counts_view)v, reason, err);
    return status;
}
