#include "tests/meshsim/sim_discovery.h"

#include "base/jsonout.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

static void
put_pod_label(struct jsonout *j, const char *name, const char *value)
{
    if (*value)
        jsonout_text(j, name, value);
}

static void
put_target(struct jsonout *j, const struct sim_world *w, const char *address,
           const struct sim_proxy *p)
{
    const struct sim_scenario *s = w->scenario;
    const struct sim_version  *v = NULL;
    const struct sim_identity *self = &s->clients[p->client_kind].self;
    char                       target[64];

    if (p->side == SIM_SIDE_DESTINATION) {
        v = &s->services[p->service].versions[p->version];
        self = &v->self;
    }
    snprintf(target, sizeof target, "%s:%u", address, p->port);
    jsonout_begin_object(j, NULL);
    jsonout_begin_array(j, "targets");
    jsonout_text(j, NULL, target);
    jsonout_end_array(j);
    jsonout_begin_object(j, "labels");
    jsonout_text(j, "__metrics_path__", "/stats/prometheus");
    jsonout_text(j, "pod", p->pod);
    jsonout_text(j, "namespace", self->name_space);
    put_pod_label(j, "app", self->app);
    put_pod_label(j, "version", self->version);
    if (s->mesh == SIM_MESH_LINKERD)
        jsonout_text(j, "deployment", self->workload);
    put_pod_label(j, "service_istio_io_canonical_name", self->canonical_service);
    put_pod_label(j, "service_istio_io_canonical_revision", self->canonical_revision);
    /* Argo Rollouts labels its pods with a hash of its own name. */
    if (v && *v->hash_label)
        jsonout_text(j, "rollouts_pod_template_hash", v->hash_label);
    else
        jsonout_text(j, "pod_template_hash",
                     v ? v->pod_template_hash : s->clients[p->client_kind].pod_template_hash);
    jsonout_end_object(j);
    jsonout_end_object(j);
}

void
sim_discovery_write_targets(const struct sim_world *w, const char *address, struct text *out)
{
    struct jsonout j;

    jsonout_init(&j, out);
    jsonout_begin_array(&j, NULL);
    for (size_t i = 0; i < w->proxies.n; i++) {
        if (w->proxies.at[i]->state != SIM_PROXY_GONE)
            put_target(&j, w, address, w->proxies.at[i]);
    }
    jsonout_end_array(&j);
    text_putc(out, '\n');
}

static void
put_port(struct jsonout *j, const struct sim_world *w, const char *address,
         const struct sim_proxy *p)
{
    const struct sim_scenario *s = w->scenario;

    jsonout_begin_object(j, NULL);
    jsonout_text(j, "pod", p->pod);
    jsonout_text(j, "side", p->side == SIM_SIDE_SOURCE ? "source" : "destination");
    if (p->side == SIM_SIDE_SOURCE) {
        jsonout_text(j, "client", s->clients[p->client_kind].name);
    } else {
        jsonout_text(j, "service", s->services[p->service].name);
        jsonout_text(j, "version", s->services[p->service].versions[p->version].name);
    }
    jsonout_text(j, "address", address);
    jsonout_uint(j, "port", p->port);
    jsonout_end_object(j);
}

void
sim_discovery_write_ports(const struct sim_world *w, const char *address, uint16_t control,
                          struct text *out)
{
    struct jsonout j;

    jsonout_init(&j, out);
    jsonout_begin_object(&j, NULL);
    jsonout_uint(&j, "control", control);
    jsonout_begin_array(&j, "proxies");
    for (size_t i = 0; i < w->proxies.n; i++) {
        if (w->proxies.at[i]->state != SIM_PROXY_GONE)
            put_port(&j, w, address, w->proxies.at[i]);
    }
    jsonout_end_array(&j);
    jsonout_end_object(&j);
    text_putc(out, '\n');
}

static enum status
write_file(const char *file, struct slice body, struct err *err)
{
    FILE *f = fopen(file, "we");
    bool  whole;

    if (!f)
        return err_set(err, STATUS_IO, "cannot create %s: %s", file, strerror(errno));
    whole = body.n == 0 || fwrite(body.p, 1, body.n, f) == body.n;
    if (fclose(f) != 0 || !whole)
        return err_set(err, STATUS_IO, "cannot write %s: %s", file, strerror(errno));
    return STATUS_OK;
}

enum status
sim_discovery_save(const char *file, struct text *t, struct err *err)
{
    char        temporary[PATH_MAX];
    enum status st = t->status;

    if (st)
        (void)err_set(err, st, "%s would be too large", file);
    else if (snprintf(temporary, sizeof temporary, "%s.new", file) >= (int)sizeof temporary)
        st = err_set(err, STATUS_RANGE, "the name of %s is too long", file);
    if (!st)
        st = write_file(temporary, text_slice(t), err);
    if (!st && rename(temporary, file) != 0)
        st =
            err_set(err, STATUS_IO, "cannot rename %s to %s: %s", temporary, file, strerror(errno));
    text_release(t);
    return st;
}
