#include "tests/meshsim/sim_server.h"

#include "tests/meshsim/sim_discovery.h"
#include "tests/meshsim/sim_exposition.h"
#include "tests/meshsim/sim_ledger.h"

static struct sim_proxy *
proxy_at(const struct sim_world *w, uint16_t port)
{
    for (size_t i = 0; i < w->proxies.n; i++) {
        if (w->proxies.at[i]->port == port && w->proxies.at[i]->state == SIM_PROXY_UP)
            return w->proxies.at[i];
    }
    return NULL;
}

static void
answer_scrape(struct sim_server *s, struct sim_proxy *p, const struct sim_question *q,
              struct sim_answer *out)
{
    text_init(&out->body, SIM_EXPOSITION_MAX_BYTES);
    out->content_type = "text/plain; version=0.0.4; charset=utf-8";
    if (strcmp(q->path, "/stats/prometheus") != 0 || strcmp(q->method, "GET") != 0) {
        text_puts(&out->body, "GET /stats/prometheus is all there is\n");
        out->code = 404;
        return;
    }
    out->mark = sim_proxy_scrape(p);
    out->code = 200;
    sim_exposition_write(s->world, p, &out->body);
}

static void
answer(void *ctx, uint16_t port, const struct sim_question *q, struct sim_answer *out)
{
    struct sim_server *s = ctx;
    struct sim_proxy  *p;

    if (s->steered && port == s->control_port) {
        text_init(&out->body, SIM_LEDGER_MAX_BYTES);
        out->content_type = "application/json";
        out->code = sim_control_answer(s->world, q, &out->body);
        return;
    }
    p = proxy_at(s->world, port);
    if (p)
        answer_scrape(s, p, q, out);
    else
        out->hang_up = true;
}

static void
sent(void *ctx, void *mark, bool whole)
{
    (void)ctx;
    sim_proxy_scrape_end(mark, whole);
}

static enum status
save_files(const struct sim_server *s, struct err *err)
{
    struct text t;
    enum status st = STATUS_OK;

    if (s->ports_file) {
        text_init(&t, SIM_DISCOVERY_MAX_BYTES);
        sim_discovery_write_ports(s->world, s->address, s->control_port, &t);
        st = sim_discovery_save(s->ports_file, &t, err);
    }
    if (!st && s->targets_file) {
        text_init(&t, SIM_DISCOVERY_MAX_BYTES);
        sim_discovery_write_targets(s->world, s->address, &t);
        st = sim_discovery_save(s->targets_file, &t, err);
    }
    return st;
}

enum status
sim_server_publish(struct sim_server *s, struct err *err)
{
    enum status st = STATUS_OK;

    if (s->topology == s->world->topology)
        return STATUS_OK;
    for (size_t i = 0; !st && i < s->world->proxies.n; i++) {
        struct sim_proxy *p = s->world->proxies.at[i];

        if (p->state == SIM_PROXY_GONE && p->port) {
            sim_http_close(s->http, p->port);
            p->port = 0;
        } else if (p->state != SIM_PROXY_GONE && !p->port) {
            st = sim_http_listen(s->http, s->address, 0, &p->port, err);
        }
    }
    s->topology = s->world->topology;
    return st ? st : save_files(s, err);
}

enum status
sim_server_open(struct sim_server *s, struct err *err)
{
    enum status st = sim_http_new((struct sim_http_handler){answer, sent, s}, &s->http, err);

    if (!st && s->steered)
        st = sim_http_listen(s->http, s->address, s->control_port, &s->control_port, err);
    s->topology = s->world->topology - 1;
    return st ? st : sim_server_publish(s, err);
}

void
sim_server_close(struct sim_server *s)
{
    sim_http_free(s->http);
    s->http = NULL;
}
