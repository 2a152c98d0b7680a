#include "tests/meshsim/sim_world.h"

#include "base/log.h"
#include "tests/meshsim/sim_traffic.h"

#include <assert.h>

static void
roster_add(struct sim_world *w, struct sim_roster *r, size_t proxy)
{
    if (!r->at)
        r->at = arena_array(&w->roster_arena, w->proxies.n, sizeof *r->at);
    r->at[r->n++] = (int32_t)proxy;
}

/* Who is up has changed. */
static void
call_the_roll(struct sim_world *w)
{
    arena_release(&w->roster_arena);
    memset(w->pods, 0, sizeof w->pods);
    memset(w->callers, 0, sizeof w->callers);
    for (size_t i = 0; i < w->proxies.n; i++) {
        const struct sim_proxy *p = w->proxies.at[i];

        if (p->state != SIM_PROXY_UP)
            continue;
        if (p->side == SIM_SIDE_DESTINATION)
            roster_add(w, &w->pods[p->service][p->version], i);
        for (size_t s = 0; p->side == SIM_SIDE_SOURCE && s < w->scenario->n_services; s++) {
            if (w->scenario->clients[p->client_kind].calls[s])
                roster_add(w, &w->callers[s], i);
        }
    }
    w->topology++;
}

static struct sim_proxy *
add_proxy(struct sim_world *w, struct sim_proxy p)
{
    struct sim_proxy *kept = arena_new(&w->arena, struct sim_proxy);

    *kept = p;
    sim_proxy_init(kept);
    VEC_PUSH(&w->arena, &w->proxies, kept);
    return kept;
}

static struct sim_proxy *
add_pod(struct sim_world *w, uint32_t service, uint32_t version)
{
    const struct sim_version *v = &w->scenario->services[service].versions[version];
    uint32_t                  ordinal = w->services[service].pods_made[version]++;

    return add_proxy(w, (struct sim_proxy){
                            .pod = arena_printf(&w->arena, "%s-%s-%u", v->self.workload,
                                                v->pod_template_hash, ordinal),
                            .side = SIM_SIDE_DESTINATION,
                            .service = (uint16_t)service,
                            .version = (uint16_t)version,
                            .ordinal = ordinal,
                            .bounds = &v->bounds,
                            .exclusive_bounds = w->scenario->exclusive_bounds,
                            .flushes = w->scenario->histogram_flush_us > 0,
                        });
}

static struct sim_proxy *
add_client(struct sim_world *w, uint32_t client, uint32_t ordinal)
{
    const struct sim_client *c = &w->scenario->clients[client];

    return add_proxy(w, (struct sim_proxy){
                            .pod = arena_printf(&w->arena, "%s-%s-%u", c->self.workload,
                                                c->pod_template_hash, ordinal),
                            .side = SIM_SIDE_SOURCE,
                            .client_kind = (uint16_t)client,
                            .ordinal = ordinal,
                            .bounds = &w->scenario->bounds,
                            .exclusive_bounds = w->scenario->exclusive_bounds,
                            .flushes = w->scenario->histogram_flush_us > 0,
                        });
}

static void
push_steps(struct sim_world *w, enum sim_event_kind kind, uint32_t service,
           const struct sim_step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sim_agenda_push(&w->agenda,
                        (struct sim_event){
                            .at_us = steps[i].at_us, .kind = kind, .index = service, .token = i});
}

static void
init_service(struct sim_world *w, uint32_t i)
{
    const struct sim_service *s = &w->scenario->services[i];
    struct sim_service_now   *now = &w->services[i];

    sim_chance_seed(&now->arrivals, w->seed, 2 * i);
    sim_chance_seed(&now->fates, w->seed, 2 * i + 1);
    now->percent[0] = 100;
    now->faults = s->faults;
    for (uint32_t v = 0; v < s->n_versions; v++) {
        now->behaviour[v] = s->versions[v].behaviour;
        for (uint32_t k = 0; k < s->versions[v].pods; k++)
            add_pod(w, i, v);
        for (size_t k = 0; k < s->versions[v].n_changes; k++)
            sim_agenda_push(&w->agenda, (struct sim_event){.at_us = s->versions[v].changes[k].at_us,
                                                           .kind = SIM_EVENT_BEHAVIOUR,
                                                           .index = i,
                                                           .version = v,
                                                           .token = k});
    }
    push_steps(w, SIM_EVENT_WEIGHT, i, s->weights, s->n_weights);
    push_steps(w, SIM_EVENT_RATE, i, s->rates, s->n_rates);
}

void
sim_world_init(struct sim_world *w, const struct sim_scenario *s, uint64_t seed)
{
    *w = (struct sim_world){.scenario = s, .seed = seed};
    for (uint32_t i = 0; i < s->n_services; i++)
        init_service(w, i);
    for (uint32_t i = 0; i < s->n_clients; i++) {
        for (uint32_t k = 0; k < s->clients[i].proxies; k++)
            add_client(w, i, k);
    }
    call_the_roll(w);
    for (uint32_t i = 0; i < s->n_restarts; i++)
        sim_agenda_push(&w->agenda, (struct sim_event){.at_us = s->restarts[i].at_us,
                                                       .kind = SIM_EVENT_RESTART,
                                                       .index = i});
    if (s->histogram_flush_us > 0)
        sim_agenda_push(&w->agenda, (struct sim_event){.at_us = s->histogram_flush_us,
                                                       .kind = SIM_EVENT_FLUSH});
}

void
sim_world_release(struct sim_world *w)
{
    for (size_t i = 0; i < w->proxies.n; i++)
        sim_proxy_release(w->proxies.at[i]);
    sim_agenda_release(&w->agenda);
    arena_release(&w->roster_arena);
    arena_release(&w->arena);
}

void
sim_world_set_rate(struct sim_world *w, uint32_t service, double requests_per_second)
{
    w->services[service].requests_per_second = requests_per_second;
    sim_traffic_schedule(w, service);
}

static void
set_percent(struct sim_world *w, uint32_t service, uint32_t version, double percent)
{
    double *now = w->services[service].percent;

    now[version] = percent;
    now[0] = 100;
    for (size_t v = 1; v < w->scenario->services[service].n_versions; v++)
        now[0] -= now[v];
}

enum status
sim_world_set_weight(struct sim_world *w, uint32_t service, uint32_t version, double percent,
                     struct err *err)
{
    const struct sim_service *s = &w->scenario->services[service];
    double                    sum = percent;

    if (version == 0)
        return err_set(err, STATUS_RANGE, "version %s takes what the others leave: set another",
                       s->versions[0].name);
    for (size_t v = 1; v < s->n_versions; v++)
        sum += v == version ? 0 : w->services[service].percent[v];
    if (!(percent >= 0 && sum <= 100))
        return err_set(err, STATUS_RANGE, "percent must be 0 to 100, all versions together");
    set_percent(w, service, version, percent);
    return STATUS_OK;
}

struct sim_proxy *
sim_world_proxy(const struct sim_world *w, struct slice pod)
{
    for (size_t i = 0; i < w->proxies.n; i++) {
        if (slice_is(pod, w->proxies.at[i]->pod))
            return w->proxies.at[i];
    }
    return NULL;
}

static uint32_t
index_of(const struct sim_world *w, const struct sim_proxy *p)
{
    uint32_t i = 0;

    while (w->proxies.at[i] != p)
        i++;
    return i;
}

void
sim_world_restart(struct sim_world *w, struct sim_proxy *p, int64_t down_us)
{
    uint32_t index = index_of(w, p);

    if (p->state == SIM_PROXY_GONE)
        return;
    sim_traffic_cut(w, (int32_t)index);
    sim_proxy_restart(p);
    if (down_us == 0)
        return;
    p->state = SIM_PROXY_DOWN;
    call_the_roll(w);
    sim_agenda_push(&w->agenda, (struct sim_event){.at_us = w->now_us + down_us,
                                                   .kind = SIM_EVENT_REVIVE,
                                                   .index = index,
                                                   .token = p->restarts});
}

enum status
sim_world_kill(struct sim_world *w, struct sim_proxy *p, bool successor, struct err *err)
{
    if (p->state == SIM_PROXY_GONE)
        return STATUS_OK;
    if (successor && w->proxies.n == SIM_WORLD_PROXIES_MAX)
        return err_set(err, STATUS_LIMIT, "%d pods have lived in this mesh, no more can come",
                       SIM_WORLD_PROXIES_MAX);
    sim_world_restart(w, p, 0);
    p->state = SIM_PROXY_GONE;
    if (successor && p->side == SIM_SIDE_DESTINATION)
        add_pod(w, p->service, p->version);
    if (successor && p->side == SIM_SIDE_SOURCE)
        add_client(w, p->client_kind, (uint32_t)w->proxies.n);
    call_the_roll(w);
    return STATUS_OK;
}

/* Each time the next pod of the version that is up. */
static struct sim_proxy *
next_victim(struct sim_world *w, const struct sim_restart *r)
{
    uint32_t *turn = &w->services[r->service].next_restart[r->version];

    for (size_t tried = 0; tried < w->proxies.n; tried++) {
        struct sim_proxy *p = w->proxies.at[(*turn)++ % w->proxies.n];

        if (p->side == SIM_SIDE_DESTINATION && p->service == r->service &&
            p->version == r->version && p->state == SIM_PROXY_UP)
            return p;
    }
    return NULL;
}

static void
play_restart(struct sim_world *w, uint32_t index)
{
    const struct sim_restart *r = &w->scenario->restarts[index];
    struct sim_proxy *p = *r->pod ? sim_world_proxy(w, slice_of(r->pod)) : next_victim(w, r);
    struct err        err = {0};

    if (!p)
        log_event(LOG_LEVEL_WARN, "restart_without_pod", log_text("pod", r->pod));
    else if (!r->new_pod)
        sim_world_restart(w, p, r->down_us);
    else if (sim_world_kill(w, p, true, &err))
        log_event(LOG_LEVEL_WARN, "restart_refused", log_text("why", err.text));
    if (r->every_us > 0)
        sim_agenda_push(&w->agenda, (struct sim_event){.at_us = w->now_us + r->every_us,
                                                       .kind = SIM_EVENT_RESTART,
                                                       .index = index});
}

static void
play_revive(struct sim_world *w, const struct sim_event *e)
{
    struct sim_proxy *p = w->proxies.at[e->index];

    /* Restarted or killed again meanwhile: that one decides. */
    if (p->state != SIM_PROXY_DOWN || p->restarts != e->token)
        return;
    p->state = SIM_PROXY_UP;
    call_the_roll(w);
}

static void
play_flush(struct sim_world *w)
{
    for (size_t i = 0; i < w->proxies.n; i++)
        sim_proxy_flush(w->proxies.at[i]);
    sim_agenda_push(&w->agenda,
                    (struct sim_event){.at_us = w->now_us + w->scenario->histogram_flush_us,
                                       .kind = SIM_EVENT_FLUSH});
}

static void
play(struct sim_world *w, const struct sim_event *e)
{
    const struct sim_service *s = &w->scenario->services[e->index];
    struct sim_service_now   *now = &w->services[e->index];

    switch (e->kind) {
    case SIM_EVENT_ARRIVAL:
        if (e->token != now->arrival_token)
            return;
        sim_traffic_arrive(w, e->index);
        sim_traffic_schedule(w, e->index);
        return;
    case SIM_EVENT_ATTEMPT:
        sim_traffic_attempt(w, &e->stream);
        return;
    case SIM_EVENT_ATTEMPT_END:
        sim_traffic_attempt_end(w, &e->stream);
        return;
    case SIM_EVENT_RATE:
        sim_world_set_rate(w, e->index, s->rates[e->token].value);
        return;
    case SIM_EVENT_WEIGHT:
        set_percent(w, e->index, s->weights[e->token].version, s->weights[e->token].value);
        return;
    case SIM_EVENT_BEHAVIOUR:
        now->behaviour[e->version] = s->versions[e->version].changes[e->token].behaviour;
        return;
    case SIM_EVENT_RESTART:
        play_restart(w, e->index);
        return;
    case SIM_EVENT_REVIVE:
        play_revive(w, e);
        return;
    case SIM_EVENT_FLUSH:
        play_flush(w);
        return;
    }
}

void
sim_world_advance(struct sim_world *w, int64_t to_us)
{
    struct sim_event e;

    while (sim_agenda_pop(&w->agenda, to_us, &e)) {
        assert(e.at_us >= w->now_us);
        w->now_us = e.at_us;
        play(w, &e);
    }
    if (to_us > w->now_us)
        w->now_us = to_us;
}
