#include "webhooks/placebojson.h"

#include "analyzer/check.h"
#include "base/clock.h"

#include <math.h>

enum { SHOWN_STATISTIC = 2 }; /* min(GM, R_15): what counts without calibration */

static void
put_time(struct jsonout *j, const char *key, int64_t wall_ms)
{
    char at[CLOCK_RFC3339_BYTES];

    clock_rfc3339(wall_ms, at);
    jsonout_text(j, key, at);
}

static void
put_tally(struct jsonout *j, const struct calibration_tally *t)
{
    jsonout_uint(j, "placebos", t->placebos);
    jsonout_uint(j, "rolled_back", t->rolled_back);
}

void
placebojson_frozen(struct jsonout *j, const char *key, const struct calibration_frozen *f,
                   bool whole)
{
    char message[CALIBRATION_MESSAGE_BYTES];

    calibration_message(f, message);
    jsonout_begin_object(j, key);
    jsonout_text(j, "use", calibration_use_text(f->use));
    jsonout_text(j, "message", message);
    if (whole)
        put_tally(j, &f->tally);
    if (whole && f->use == CALIBRATION_USED) {
        jsonout_uint(j, "windows", f->older + f->newer);
        put_time(j, "from", f->from_ms);
        put_time(j, "to", f->until_ms);
        jsonout_begin_array(j, "limits");
        for (uint32_t k = 0; k < CALIBRATION_STATISTICS; k++)
            jsonout_double(j, NULL, check_evidence(calibration_limit(f, k)));
        jsonout_end_array(j);
    }
    jsonout_end_object(j);
}

static struct placebojson_pod *
pod_of(struct placebojson *p, struct slice name)
{
    uint32_t i = 0;

    while (i < p->n && !slice_is(name, p->pods[i].name))
        i++;
    if (i < p->n)
        return &p->pods[i];
    if (p->n >= PLACEBOJSON_MAX_PODS || name.n >= sizeof p->pods[0].name) {
        name = SLICE_LITERAL("other");
        i = PLACEBOJSON_MAX_PODS;
    } else {
        p->n++;
    }
    memcpy(p->pods[i].name, name.p, name.n);
    p->pods[i].name[name.n] = '\0';
    return &p->pods[i];
}

static void
count(struct calibration_tally *t, const struct calibration_window *w)
{
    t->placebos++;
    t->rolled_back += w->rolled_back;
}

void
placebojson_add(struct placebojson *p, const struct record_placebo *row)
{
    struct placebojson_pod *pod = pod_of(p, row->pod);

    if (!p->tally.placebos)
        p->from_ms = row->window.start_ms;
    p->to_ms = row->window.end_ms;
    count(&p->tally, &row->window);
    count(&pod->tally, &row->window);
    pod->most = fmax(pod->most, row->window.log_w[SHOWN_STATISTIC]);
}

static void
put_pod(struct jsonout *j, const struct placebojson_pod *pod)
{
    jsonout_begin_object(j, NULL);
    jsonout_text(j, "pod", pod->name);
    put_tally(j, &pod->tally);
    jsonout_double(j, "evidence", check_evidence(pod->most));
    jsonout_end_object(j);
}

void
placebojson_write(struct text *out, const struct placebojson *p, const char *ns,
                  const char *service, int64_t since_ms, int64_t now_ms)
{
    char           message[CALIBRATION_MESSAGE_BYTES];
    struct jsonout j;

    calibration_tally_message(&p->tally, now_ms - since_ms, message);
    jsonout_init(&j, out);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "service", service);
    jsonout_text(&j, "namespace", ns);
    if (p->tally.placebos) {
        put_time(&j, "from", p->from_ms);
        put_time(&j, "to", p->to_ms);
    }
    jsonout_text(&j, "message", message);
    put_tally(&j, &p->tally);
    jsonout_begin_array(&j, "pods");
    for (uint32_t i = 0; i < p->n; i++)
        put_pod(&j, &p->pods[i]);
    if (p->pods[PLACEBOJSON_MAX_PODS].tally.placebos)
        put_pod(&j, &p->pods[PLACEBOJSON_MAX_PODS]);
    jsonout_end_array(&j);
    jsonout_end_object(&j);
}
