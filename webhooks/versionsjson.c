#include "webhooks/versionsjson.h"

#include "analyzer/bounds.h"
#include "analyzer/quantile.h"
#include "base/clock.h"

#include <math.h>
#include <stdio.h>

static struct versionsjson_sum *
find(struct versionsjson *v, const char *name)
{
    for (uint32_t i = 0; i < v->n; i++)
        if (strcmp(v->sum[i].name, name) == 0)
            return &v->sum[i];
    if (v->n == VERSIONSJSON_MAX - 1)
        name = "other";
    if (v->n == VERSIONSJSON_MAX)
        return &v->sum[VERSIONSJSON_MAX - 1];
    snprintf(v->sum[v->n].name, sizeof v->sum[v->n].name, "%s", name);
    return &v->sum[v->n++];
}

void
versionsjson_add(struct versionsjson *v, const struct interval *i)
{
    if (v->to_ms == 0)
        v->from_ms = i->start_ms;
    v->to_ms = i->end_ms;
    for (uint32_t n = 0; n < i->n_versions; n++) {
        struct versionsjson_sum *s = find(v, i->versions[n].name);

        for (enum counts_view view = 0; view < VIEW_COUNT; view++) {
            const struct counts *c = &i->versions[n].at[view];

            if (counts_timed(c) && !bounds_same(&s->bounds[view], &i->bounds[view])) {
                s->bounds[view] = i->bounds[view];
                memset(s->at[view].bucket, 0, sizeof s->at[view].bucket);
            }
            counts_add(&s->at[view], c);
            if (counts_requests(c))
                s->last_ms = i->end_ms;
        }
    }
}

static void
put_view(struct jsonout *j, const struct versionsjson_sum *s, enum counts_view view)
{
    const struct counts *c = &s->at[view];
    uint64_t             n = counts_requests(c);
    struct quantile      q;

    if (n == 0 && counts_timed(c) == 0)
        return;
    jsonout_begin_object(j, counts_view_text(view));
    jsonout_uint(j, "requests", n);
    jsonout_uint(j, "faults", counts_faults(c));
    jsonout_double(j, "success_rate", n ? 1 - (double)counts_faults(c) / (double)n : NAN);
    if (quantile_of(&s->bounds[view], c->bucket, 0.95, &q) == STATUS_OK) {
        jsonout_double(j, "p95_ms", q.interpolated_ms);
        jsonout_double(j, "p95_lower_ms", q.lower_ms);
        jsonout_double(j, "p95_upper_ms", q.upper_ms);
    }
    jsonout_end_object(j);
}

static void
put_time(struct jsonout *j, const char *key, int64_t wall_ms)
{
    char at[CLOCK_RFC3339_BYTES];

    clock_rfc3339(wall_ms, at);
    if (wall_ms)
        jsonout_text(j, key, at);
}

void
versionsjson_write(struct text *out, const struct versionsjson *v, const char *ns,
                   const char *service)
{
    struct jsonout j;

    jsonout_init(&j, out);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "service", service);
    jsonout_text(&j, "namespace", ns);
    put_time(&j, "from", v->from_ms);
    put_time(&j, "to", v->to_ms);
    jsonout_begin_array(&j, "versions");
    for (uint32_t i = 0; i < v->n; i++) {
        jsonout_begin_object(&j, NULL);
        jsonout_text(&j, "version", v->sum[i].name);
        put_time(&j, "last_seen", v->sum[i].last_ms);
        for (enum counts_view view = 0; view < VIEW_COUNT; view++)
            put_view(&j, &v->sum[i], view);
        jsonout_end_object(&j);
    }
    jsonout_end_array(&j);
    jsonout_end_object(&j);
}
