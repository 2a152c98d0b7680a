/* snapshotread.h - from the reply to a preset's expression to a snapshot. */
#ifndef DAEMON_SNAPSHOTREAD_H
#define DAEMON_SNAPSHOTREAD_H

#include "analyzer/snapshot.h"
#include "base/err.h"
#include "daemon/preset.h"
#include "promql/promreply.h"

/* What the mesh says becomes what the classifier knows: codes, gRPC statuses
 * and Envoy's flags, durations in milliseconds.  *out borrows the texts of the
 * reply, whose arena must be `arena` or outlive it.
 *
 * Of the user view, series of a waypoint are taken if there is any, else those
 * of sources: both report the same requests and are never added.  An absent
 * instance label is left empty, for the ledger to refuse.
 *
 * STATUS_MALFORMED: not the shape that was asked for (an unknown part or label,
 * a le that is no number) or a value that no counter has; err names the series.
 * *out is then empty. */
enum status snapshotread_reply(struct arena *arena, const struct promreply *reply,
                               const struct preset_service *service, int64_t at_ms,
                               struct snapshot *out, struct err *err) MUST_CHECK;

#endif
