#include "daemon/snapshotread.h"

#include "daemon/preset.h"

#include <math.h>

/* Beyond it a double no longer holds every integer, so that differences of
 * counters would be wrong. */
static const double most_count = 9007199254740992.0; /* 2^53 */
static const double last_second = 253402300800.0;    /* the year 10000 */

/* One series taken apart. */
struct line {
    enum preset_part part;
    struct slice     label[PRESET_LABEL_COUNT], key;
    double           value, le_ms;
};

static enum status
malformed(const struct line *l, const char *why, struct err *err)
{
    return err_set(err, STATUS_MALFORMED, "%s in part \"%.*s\" of instance \"%.*s\"", why,
                   SLICE_ARG(l->label[PRESET_LABEL_PART]),
                   SLICE_ARG(l->label[PRESET_LABEL_INSTANCE]));
}

static enum status
read_labels(const struct promreply_series *s, struct slice key_label, struct line *l,
            struct err *err)
{
    for (size_t i = 0; i < s->n_labels; i++) {
        const struct promreply_label *label = &s->labels[i];
        bool                          known = slice_equal(label->name, key_label);

        if (known)
            l->key = label->value;
        for (size_t k = 0; k < PRESET_LABEL_COUNT; k++)
            if (slice_is(label->name, preset_label_text((enum preset_label)k))) {
                l->label[k] = label->value;
                known = true;
                break;
            }
        /* Two series could then differ in it alone, and one group would have
         * two values. */
        if (!known)
            return err_set(err, STATUS_MALFORMED, "label \"%.*s\" was not asked for",
                           SLICE_ARG(label->name));
    }
    for (size_t p = 0; p < PRESET_PART_COUNT; p++)
        if (slice_is(l->label[PRESET_LABEL_PART], preset_part_text((enum preset_part)p))) {
            l->part = (enum preset_part)p;
            return STATUS_OK;
        }
    return malformed(l, "a series of no known kind", err);
}

static enum status
read_value(struct line *l, double value, struct err *err)
{
    l->value = value;
    switch (preset_part_kind(l->part)) {
    case PRESET_TIMES:
        if (!(value > 0 && value < last_second))
            return malformed(l, "a sample time that is none", err);
        return STATUS_OK;
    case PRESET_BUCKETS:
        if (slice_double(l->label[PRESET_LABEL_LE], &l->le_ms) || !(l->le_ms > 0))
            return malformed(l, "a bucket bound (le) that is no positive number", err);
        break;
    case PRESET_CELLS:
        break;
    }
    if (!(value >= 0 && value <= most_count) || value != floor(value))
        return malformed(l, "a counter that is no whole number from 0 to 2^53", err);
    return STATUS_OK;
}

static void
take(struct snapshot *out, const struct line *l)
{
    const enum preset_kind kind = preset_part_kind(l->part);
    struct snapshot_view  *view = &out->view[preset_part_view(l->part)];

    if (kind == PRESET_TIMES)
        VEC_PUSH(out->arena, &view->instances,
                 (struct snapshot_instance){.instance = l->label[PRESET_LABEL_INSTANCE],
                                            .sample_ms = llround(l->value * 1000)});
    else
        VEC_PUSH(
            out->arena, &view->groups,
            (struct snapshot_group){.kind = kind == PRESET_CELLS ? SNAPSHOT_CELL : SNAPSHOT_BUCKET,
                                    .instance = l->label[PRESET_LABEL_INSTANCE],
                                    .pod = l->label[PRESET_LABEL_POD],
                                    .key = l->key,
                                    .version = l->label[PRESET_LABEL_VERSION],
                                    .revision = l->label[PRESET_LABEL_REVISION],
                                    .workload = l->label[PRESET_LABEL_WORKLOAD],
                                    .code = l->label[PRESET_LABEL_CODE],
                                    .grpc = l->label[PRESET_LABEL_GRPC],
                                    .flags = l->label[PRESET_LABEL_FLAGS],
                                    .le_ms = l->le_ms,
                                    .value = l->value});
}

static bool
is_waypoint(const struct promreply_series *s)
{
    return slice_is(promreply_label(s, preset_label_text(PRESET_LABEL_REPORTER)), "waypoint");
}

enum status
snapshotread_reply(struct arena *arena, const struct promreply *reply, const char *key_label,
                   int64_t at_ms, struct snapshot *out, struct err *err)
{
    const struct snapshot empty = {.arena = arena, .at_ms = at_ms};
    bool                  waypoints = false;

    *out = empty;
    if (reply->kind != PROMREPLY_VECTOR)
        return err_set(err, STATUS_MALFORMED, "the reply is not a vector");
    for (size_t i = 0; i < reply->n_series && !waypoints; i++)
        waypoints = is_waypoint(&reply->series[i]);
    for (size_t i = 0; i < reply->n_series; i++) {
        const struct promreply_series *s = &reply->series[i];
        struct line                    l = {0};
        enum status                    st = read_labels(s, slice_of(key_label), &l, err);

        if (!st)
            st = read_value(&l, s->points[0].value, err);
        if (st) {
            *out = empty;
            return st;
        }
        if (waypoints && slice_is(l.label[PRESET_LABEL_REPORTER], "source"))
            continue;
        take(out, &l);
    }
    return STATUS_OK;
}
