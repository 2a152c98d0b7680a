#include "tests/meshsim/sim_traffic.h"

#include <math.h>

/* Between the two proxies, there and back: what the source's duration has
 * above the destination's. */
enum { HOP_US = 500, LOCAL_REPLY_US = 100, CONNECT_US = 1500, BACKOFF_US = 25000 };

void
sim_traffic_schedule(struct sim_world *w, uint32_t service)
{
    struct sim_service_now *now = &w->services[service];
    double                  gap_us;

    now->arrival_token++;
    if (now->requests_per_second <= 0)
        return;
    gap_us = sim_chance_exponential(&now->arrivals) * 1e6 / now->requests_per_second;
    sim_agenda_push(&w->agenda, (struct sim_event){.at_us = w->now_us + (int64_t)(gap_us + 0.5),
                                                   .kind = SIM_EVENT_ARRIVAL,
                                                   .index = service,
                                                   .token = now->arrival_token});
}

/* One of them, drawn evenly; `except` only where it is the only one. */
static int32_t
draw_proxy(struct sim_chance *c, const struct sim_roster *among, int32_t except)
{
    int32_t pick;

    if (among->n == 0)
        return SIM_AGENDA_NOBODY;
    do
        pick = among->at[sim_chance_below(c, among->n)];
    while (pick == except && among->n > 1);
    return pick;
}

static uint16_t
draw_version(struct sim_service_now *now, size_t n_versions)
{
    double u = 100 * sim_chance_uniform(&now->fates);

    for (size_t v = 1; v < n_versions; v++) {
        if (u < now->percent[v])
            return (uint16_t)v;
        u -= now->percent[v];
    }
    return 0;
}

static struct sim_sample
sample(struct sim_service_now *now, enum sim_outcome o, int64_t duration_us)
{
    struct sim_sample s;

    /* Sizes as in the Bookinfo example: about 1.5 KB of headers towards the
     * reviews, 0.7 KB back, and Envoy's own replies of 190 bytes. */
    s.measure[SIM_MEASURE_DURATION] = duration_us > 0 ? (uint64_t)(duration_us / 1000) : 0;
    s.measure[SIM_MEASURE_REQUEST_BYTES] = 1440 + sim_chance_below(&now->fates, 81);
    s.measure[SIM_MEASURE_RESPONSE_BYTES] =
        o == SIM_OUTCOME_RESPONSE ? 620 + sim_chance_below(&now->fates, 101) : 190;
    return s;
}

/* The response code and gRPC status that stand in the labels. */
static void
label_codes(const struct sim_service *service, const struct sim_stream *s, int code,
            struct sim_key *key)
{
    int grpc = sim_outcome_row(s->outcome)->grpc;

    key->grpc = -1;
    key->code = (uint16_t)(code == SIM_CODE_APP ? s->code : code);
    if (!service->grpc || code == 0) /* 0: no response, so no status either */
        return;
    if (s->outcome == SIM_OUTCOME_RESPONSE)
        grpc = s->code;
    key->code = 200;
    key->grpc = (int8_t)grpc;
}

static void
count_destination(struct sim_world *w, const struct sim_stream *s)
{
    const struct sim_outcome_row *row = sim_outcome_row(s->outcome);
    struct sim_key                key = {.service = s->service,
                                         .version = s->version,
                                         .client_kind = s->client_kind,
                                         .flags = row->destination_flags,
                                         .knows = SIM_KNOWS_PEER};

    if (s->pod == SIM_AGENDA_NOBODY || row->destination_code == SIM_CODE_ABSENT)
        return;
    label_codes(&w->scenario->services[s->service], s, row->destination_code, &key);
    sim_proxy_count(
        w->proxies.at[s->pod], &key,
        sample(&w->services[s->service], s->outcome, w->now_us - s->attempt_us - 2 * HOP_US));
}

static void
count_source(struct sim_world *w, const struct sim_stream *s, bool retries_used_up)
{
    const struct sim_outcome_row *row = sim_outcome_row(s->outcome);
    bool                          nobody = row->knows == SIM_KNOWS_NOTHING;
    struct sim_key                key = {.service = s->service,
                                         .version = nobody ? SIM_PROXY_NO_VERSION : s->version,
                                         .client_kind = s->client_kind,
                                         .flags = row->flags,
                                         .knows = (uint8_t)row->knows};

    if (s->client == SIM_AGENDA_NOBODY || row->code == SIM_CODE_ABSENT)
        return;
    if (s->delayed)
        key.flags |= SIM_FLAG(DI);
    if (retries_used_up)
        key.flags |= SIM_FLAG(URX);
    label_codes(&w->scenario->services[s->service], s, row->code, &key);
    sim_proxy_count(w->proxies.at[s->client], &key,
                    sample(&w->services[s->service], s->outcome, w->now_us - s->arrived_us));
}

static void
begin(struct sim_world *w, struct sim_stream s, int64_t at_us)
{
    w->in_flight++;
    sim_agenda_push(&w->agenda,
                    (struct sim_event){.at_us = at_us, .kind = SIM_EVENT_ATTEMPT, .stream = s});
}

static void
begin_mirror(struct sim_world *w, struct sim_stream s)
{
    struct sim_service_now *now = &w->services[s.service];

    if (sim_chance_uniform(&now->fates) >= now->faults.mirror_share)
        return;
    s.mirror = true;
    s.version = (uint16_t)now->faults.mirror_version;
    begin(w, s, w->now_us);
}

void
sim_traffic_arrive(struct sim_world *w, uint32_t service)
{
    const struct sim_service *fixed = &w->scenario->services[service];
    struct sim_service_now   *now = &w->services[service];
    struct sim_stream         s = {.arrived_us = w->now_us,
                                   .service = (uint16_t)service,
                                   .pod = SIM_AGENDA_NOBODY,
                                   .last_pod = SIM_AGENDA_NOBODY};
    int64_t                   start_us = w->now_us;

    s.client = draw_proxy(&now->fates, &w->callers[service], SIM_AGENDA_NOBODY);
    if (s.client == SIM_AGENDA_NOBODY) {
        now->unsent++;
        return;
    }
    s.client_kind = w->proxies.at[s.client]->client_kind;
    if (sim_chance_uniform(&now->fates) < now->faults.abort_share) {
        s.outcome = SIM_OUTCOME_ABORT;
        s.code = (uint16_t)now->faults.abort_code;
        count_source(w, &s, false);
        return;
    }
    if (sim_chance_uniform(&now->fates) < now->faults.delay_share) {
        s.delayed = true;
        start_us += now->faults.delay_us;
    }
    /* The route's timeout begins behind the fault filter. */
    s.deadline_us = start_us + fixed->timeout_us;
    s.version = draw_version(now, fixed->n_versions);
    begin(w, s, start_us);
    begin_mirror(w, s);
}

/* Where the attempt goes and how long it takes; sets outcome and code. */
static int64_t
attempt_us(struct sim_world *w, struct sim_stream *s)
{
    struct sim_service_now     *now = &w->services[s->service];
    const struct sim_behaviour *b = &now->behaviour[s->version];
    double                      latency_us;

    s->outcome = (uint8_t)sim_behaviour_outcome(b, &now->fates);
    s->pod = draw_proxy(&now->fates, &w->pods[s->service][s->version], s->last_pod);
    if (s->pod == SIM_AGENDA_NOBODY)
        s->outcome = SIM_OUTCOME_NO_HEALTHY;
    switch ((enum sim_outcome)s->outcome) {
    case SIM_OUTCOME_NO_HEALTHY:
    case SIM_OUTCOME_OVERFLOW:
    case SIM_OUTCOME_ABORT:
        return LOCAL_REPLY_US;
    case SIM_OUTCOME_CONNECT_FAILURE:
    case SIM_OUTCOME_APP_REFUSED:
        return CONNECT_US;
    case SIM_OUTCOME_TIMEOUT:
        return INT64_MAX;
    case SIM_OUTCOME_RESPONSE:
    case SIM_OUTCOME_RESET:
    case SIM_OUTCOME_CLIENT_CLOSED:
    case SIM_OUTCOME_COUNT:
        break;
    }
    /* Above any timeout it makes no difference how far. */
    latency_us = fmin(1e3 * sim_behaviour_latency_ms(b, &now->fates), 1e12);
    if (s->outcome != SIM_OUTCOME_RESPONSE)
        return (int64_t)(latency_us * sim_chance_uniform(&now->fates));
    s->code = sim_behaviour_code(b, w->scenario->services[s->service].grpc ? 0 : 200, &now->fates);
    return 2 * HOP_US + (int64_t)latency_us;
}

void
sim_traffic_attempt(struct sim_world *w, const struct sim_stream *waiting)
{
    struct sim_stream s = *waiting;
    int64_t           left_us = s.deadline_us - w->now_us, takes_us;

    s.attempt_us = w->now_us;
    takes_us = attempt_us(w, &s);
    if (takes_us >= left_us) {
        s.outcome = SIM_OUTCOME_TIMEOUT;
        takes_us = left_us;
    }
    sim_agenda_push(&w->agenda, (struct sim_event){.at_us = w->now_us + takes_us,
                                                   .kind = SIM_EVENT_ATTEMPT_END,
                                                   .stream = s});
}

/* What the route's retry policy says of this end of an attempt. */
static bool
retriable(const struct sim_service *service, const struct sim_stream *s)
{
    unsigned on = service->retry_on;
    bool     response = s->outcome == SIM_OUTCOME_RESPONSE && !service->grpc;
    uint16_t code = response ? s->code : s->outcome == SIM_OUTCOME_APP_REFUSED ? 503 : 0;

    if (s->outcome == SIM_OUTCOME_CONNECT_FAILURE)
        return on & (SIM_RETRY_CONNECT_FAILURE | SIM_RETRY_5XX);
    if (s->outcome == SIM_OUTCOME_RESET)
        return on & (SIM_RETRY_RESET | SIM_RETRY_5XX);
    if (code >= 502 && code <= 504 && (on & SIM_RETRY_GATEWAY_ERROR))
        return true;
    return code >= 500 && (on & SIM_RETRY_5XX);
}

/* Envoy's default: full jitter in 25 ms times (2^n - 1); retries keep to the
 * cluster, and so to the version, that the route chose. */
static void
retry(struct sim_world *w, struct sim_stream s)
{
    struct sim_service_now *now = &w->services[s.service];
    int64_t                 wait_us, most_us;

    w->proxies.at[s.client]->live->retries[s.service][s.version]++;
    s.last_pod = s.pod;
    s.pod = SIM_AGENDA_NOBODY;
    s.attempt++;
    most_us = BACKOFF_US * ((INT64_C(1) << s.attempt) - 1);
    wait_us = (int64_t)(sim_chance_uniform(&now->fates) * (double)most_us);
    if (w->now_us + wait_us < s.deadline_us) {
        begin(w, s, w->now_us + wait_us);
        return;
    }
    /* The route's timeout strikes while the retry waits. */
    s.outcome = SIM_OUTCOME_TIMEOUT;
    w->in_flight++;
    sim_agenda_push(
        &w->agenda,
        (struct sim_event){.at_us = s.deadline_us, .kind = SIM_EVENT_ATTEMPT_END, .stream = s});
}

void
sim_traffic_attempt_end(struct sim_world *w, const struct sim_stream *s)
{
    const struct sim_service *service = &w->scenario->services[s->service];
    bool                      again = retriable(service, s) && service->retries > 0;

    w->in_flight--;
    count_destination(w, s);
    if (s->mirror || s->client == SIM_AGENDA_NOBODY)
        return;
    if (again && s->attempt < service->retries) {
        retry(w, *s);
        return;
    }
    if (s->attempt > 0 && s->outcome == SIM_OUTCOME_RESPONSE && !again)
        w->proxies.at[s->client]->live->retries_worked[s->service][s->version]++;
    count_source(w, s, again);
}

struct cut {
    int64_t now_us;
    int32_t proxy;
};

static void
cut_one(void *ctx, struct sim_event *e)
{
    const struct cut  *cut = ctx;
    struct sim_stream *s = &e->stream;
    bool               reached;

    if (e->kind != SIM_EVENT_ATTEMPT && e->kind != SIM_EVENT_ATTEMPT_END)
        return;
    if (s->last_pod == cut->proxy)
        s->last_pod = SIM_AGENDA_NOBODY;
    if (s->client != cut->proxy && s->pod != cut->proxy)
        return;
    /* A client's proxy that dies closes its streams: the server sees code 0
     * DC.  A server's that dies resets them: the client sees 503 UC.  What
     * never reached the server ends as it would have, only sooner. */
    reached = sim_outcome_row(s->outcome)->destination_code != SIM_CODE_ABSENT;
    if (reached)
        s->outcome = s->client == cut->proxy ? SIM_OUTCOME_CLIENT_CLOSED : SIM_OUTCOME_RESET;
    if (s->client == cut->proxy)
        s->client = SIM_AGENDA_NOBODY;
    if (s->pod == cut->proxy)
        s->pod = SIM_AGENDA_NOBODY;
    e->kind = SIM_EVENT_ATTEMPT_END;
    e->at_us = cut->now_us;
}

void
sim_traffic_cut(struct sim_world *w, int32_t proxy)
{
    struct cut cut = {w->now_us, proxy};

    sim_agenda_edit(&w->agenda, cut_one, &cut);
}
