#include "tests/meshsim/sim_service.h"

#include "tests/meshsim/sim_fields.h"
#include "tests/meshsim/sim_workload.h"

static const double MONTH_MS = 30.0 * 86400000;
static const double RATE_MAX = 100000;

double
sim_service_in_flight(const struct sim_service *s, double requests_per_second)
{
    /* A mirrored request is a second one. */
    return requests_per_second * 2 * (double)(s->timeout_us + s->faults.delay_us) / 1e6;
}

struct step_list {
    struct sim_step *at;
    size_t           n;
};

static enum status
push_step(const struct yaml_node *where, struct step_list *l, struct sim_step step, struct err *err)
{
    if (l->n == SIM_SCENARIO_STEPS_MAX)
        return yaml_error(where, err, STATUS_LIMIT, "at most %d steps", SIM_SCENARIO_STEPS_MAX);
    if (l->n > 0 && step.at_us < l->at[l->n - 1].at_us)
        return yaml_error(where, err, STATUS_RANGE, "must not be before the one above it");
    l->at[l->n++] = step;
    return STATUS_OK;
}

/* "{at: 30s, …}": the time. */
static enum status
read_at(struct arena *a, const struct yaml_node *map, int64_t *at_us, struct err *err)
{
    const struct sim_field at = {"at", SIM_FIELD_DURATION, 0, true, 0, MONTH_MS};
    enum status            st = sim_fields_want(map, YAML_MAPPING, err);

    if (st)
        return st;
    if (!yaml_get(map, "at"))
        return yaml_error(map, err, STATUS_SYNTAX, "needs the key \"at\"");
    return sim_fields_scalar(a, yaml_get(map, "at"), &at, at_us, err);
}

static enum status
read_rate(struct arena *a, const struct sim_service *s, const struct yaml_node *node, int64_t at_us,
          struct step_list *l, struct err *err)
{
    const struct sim_field number = {"", SIM_FIELD_NUMBER, 0, true, 0, RATE_MAX};
    struct sim_step        step = {.at_us = at_us};
    enum status            st = sim_fields_scalar(a, node, &number, &step.value, err);

    if (!st && sim_service_in_flight(s, step.value) > SIM_SCENARIO_IN_FLIGHT_MAX)
        return yaml_error(node, err, STATUS_LIMIT,
                          "with this timeout that may be over %d requests under way: lower either",
                          SIM_SCENARIO_IN_FLIGHT_MAX);
    return st ? st : push_step(node, l, step, err);
}

static enum status
read_rates(struct arena *a, const struct yaml_node *node, struct sim_service *s, struct err *err)
{
    struct step_list l = {arena_array(a, SIM_SCENARIO_STEPS_MAX, sizeof *l.at), 0};
    enum status      st = STATUS_OK;

    if (node->kind != YAML_SEQUENCE)
        st = read_rate(a, s, node, 0, &l, err);
    for (size_t i = 0; !st && node->kind == YAML_SEQUENCE && i < node->n; i++) {
        struct {
            const struct yaml_node *at, *value;
        } in = {0};
        static const struct sim_field fields[] = {
            {"at", SIM_FIELD_NODE, 0, true, 0, 0},
            {"value", SIM_FIELD_NODE, sizeof(const struct yaml_node *), true, 0, 0}};
        int64_t at_us = 0;

        st = sim_fields_read(a, node->items[i], fields, ARRAY_LEN(fields), &in, err);
        if (!st)
            st = read_at(a, node->items[i], &at_us, err);
        if (!st)
            st = read_rate(a, s, in.value, at_us, &l, err);
    }
    s->rates = l.at;
    s->n_rates = l.n;
    return st;
}

/* "{at: 30s, v2: 10, v3: 5}" */
static enum status
read_weight(struct arena *a, const struct sim_service *s, const struct yaml_node *map, bool timed,
            struct step_list *l, struct err *err)
{
    const struct sim_field percent = {"", SIM_FIELD_NUMBER, 0, true, 0, 100};
    struct sim_step        step = {0};
    enum status            st =
        timed ? read_at(a, map, &step.at_us, err) : sim_fields_want(map, YAML_MAPPING, err);

    for (size_t i = 0; !st && i < map->n; i++) {
        const struct yaml_pair *p = &map->pairs[i];

        if (timed && slice_is(p->key, "at"))
            continue;
        if (!sim_scenario_version(s, p->key, &step.version) || step.version == 0)
            return yaml_error(p->value, err, STATUS_NOT_FOUND,
                              "must be a version after the first, which takes what is left");
        st = sim_fields_scalar(a, p->value, &percent, &step.value, err);
        if (!st)
            st = push_step(p->value, l, step, err);
    }
    return st;
}

static enum status
read_weights(struct arena *a, const struct yaml_node *node, struct sim_service *s, struct err *err)
{
    struct step_list l = {arena_array(a, SIM_SCENARIO_STEPS_MAX, sizeof *l.at), 0};
    double           percent[SIM_SCENARIO_VERSIONS_MAX] = {0};
    enum status      st = STATUS_OK;

    if (node->kind != YAML_SEQUENCE)
        st = read_weight(a, s, node, false, &l, err);
    for (size_t i = 0; !st && node->kind == YAML_SEQUENCE && i < node->n; i++)
        st = read_weight(a, s, node->items[i], true, &l, err);
    for (size_t i = 0; !st && i < l.n; i++) {
        double sum = 0;

        percent[l.at[i].version] = l.at[i].value;
        for (size_t v = 1; v < s->n_versions; v++)
            sum += percent[v];
        if (sum > 100 && (i + 1 == l.n || l.at[i + 1].at_us > l.at[i].at_us))
            return yaml_error(node, err, STATUS_RANGE, "weights add up to over 100");
    }
    s->weights = l.at;
    s->n_weights = l.n;
    return st;
}

static enum status
read_retry_on(const struct yaml_node *list, unsigned *out, struct err *err)
{
    static const struct {
        const char *name;
        unsigned    bit;
    } known[] = {{"connect_failure", SIM_RETRY_CONNECT_FAILURE},
                 {"reset", SIM_RETRY_RESET},
                 {"5xx", SIM_RETRY_5XX},
                 {"gateway_error", SIM_RETRY_GATEWAY_ERROR}};
    enum status st = sim_fields_want(list, YAML_SEQUENCE, err);

    *out = 0;
    for (size_t i = 0; !st && i < list->n; i++) {
        size_t k = 0;

        while (k < ARRAY_LEN(known) && !slice_is(list->items[i]->scalar, known[k].name))
            k++;
        if (k == ARRAY_LEN(known))
            return yaml_error(list->items[i], err, STATUS_SYNTAX,
                              "must be connect_failure, reset, gateway_error or 5xx");
        *out |= known[k].bit;
    }
    return st;
}

static enum status
read_retries(struct arena *a, const struct yaml_node *map, struct sim_service *s, struct err *err)
{
    struct retries {
        uint32_t                attempts;
        const struct yaml_node *on;
    } in = {s->retries, NULL};
    static const struct sim_field fields[] = {
        {"attempts", SIM_FIELD_COUNT, offsetof(struct retries, attempts), false, 0, 10},
        {"on", SIM_FIELD_NODE, offsetof(struct retries, on), false, 0, 0}};
    enum status st = sim_fields_read(a, map, fields, ARRAY_LEN(fields), &in, err);

    if (st)
        return st;
    s->retries = in.attempts;
    return in.on ? read_retry_on(in.on, &s->retry_on, err) : STATUS_OK;
}

static enum status
read_faults(struct arena *a, const struct yaml_node *map, struct sim_service *s, struct err *err)
{
    static const struct sim_field fields[] = {
        {"abort_share", SIM_FIELD_NUMBER, offsetof(struct sim_faults, abort_share), false, 0, 1},
        {"abort_code", SIM_FIELD_COUNT, offsetof(struct sim_faults, abort_code), false, 200, 599},
        {"delay_share", SIM_FIELD_NUMBER, offsetof(struct sim_faults, delay_share), false, 0, 1},
        {"delay", SIM_FIELD_DURATION, offsetof(struct sim_faults, delay_us), false, 0, 60000}};

    return sim_fields_read(a, map, fields, ARRAY_LEN(fields), &s->faults, err);
}

static enum status
read_mirror(struct arena *a, const struct yaml_node *map, struct sim_service *s, struct err *err)
{
    struct mirror {
        const char *to;
        double      share;
    } in = {"", 1};
    static const struct sim_field fields[] = {
        {"to", SIM_FIELD_TEXT, offsetof(struct mirror, to), true, 0, 0},
        {"share", SIM_FIELD_NUMBER, offsetof(struct mirror, share), false, 0, 1}};
    enum status st = sim_fields_read(a, map, fields, ARRAY_LEN(fields), &in, err);

    if (!st && !sim_scenario_version(s, slice_of(in.to), &s->faults.mirror_version))
        return yaml_error(map, err, STATUS_NOT_FOUND, "no version \"%s\" to mirror to", in.to);
    s->faults.mirror_share = in.share;
    return st;
}

struct service_in {
    struct sim_service      s;
    const char             *protocol;
    const struct yaml_node *versions, *rates, *weights, *retries, *faults, *mirror;
};

static enum status
read_service_parts(struct arena *a, const struct sim_scenario *s, struct service_in *in,
                   struct err *err)
{
    enum status st = sim_workload_versions(a, s, in->versions, &in->s, err);

    if (!st && in->retries)
        st = read_retries(a, in->retries, &in->s, err);
    if (!st && in->faults)
        st = read_faults(a, in->faults, &in->s, err);
    if (!st && in->mirror)
        st = read_mirror(a, in->mirror, &in->s, err);
    if (!st)
        st = read_rates(a, in->rates, &in->s, err);
    if (!st && in->weights)
        st = read_weights(a, in->weights, &in->s, err);
    return st;
}

enum status
sim_service_read(struct arena *a, const struct sim_scenario *s, const struct yaml_node *map,
                 struct sim_service *out, struct err *err)
{
    static const struct sim_field fields[] = {
        {"name", SIM_FIELD_TEXT, offsetof(struct service_in, s.name), true, 0, 0},
        {"namespace", SIM_FIELD_TEXT, offsetof(struct service_in, s.name_space), false, 0, 0},
        {"port", SIM_FIELD_COUNT, offsetof(struct service_in, s.port), false, 1, 65535},
        {"protocol", SIM_FIELD_TEXT, offsetof(struct service_in, protocol), false, 0, 0},
        {"timeout", SIM_FIELD_DURATION, offsetof(struct service_in, s.timeout_us), false, 1,
         300000},
        {"retries", SIM_FIELD_NODE, offsetof(struct service_in, retries), false, 0, 0},
        {"faults", SIM_FIELD_NODE, offsetof(struct service_in, faults), false, 0, 0},
        {"mirror", SIM_FIELD_NODE, offsetof(struct service_in, mirror), false, 0, 0},
        {"versions", SIM_FIELD_NODE, offsetof(struct service_in, versions), true, 0, 0},
        {"requests_per_second", SIM_FIELD_NODE, offsetof(struct service_in, rates), true, 0, 0},
        {"weights", SIM_FIELD_NODE, offsetof(struct service_in, weights), false, 0, 0},
    };
    /* Istio retries twice on connect-failure and the like without being told
     * (route/retry/retry.go); connections refused are what we simulate of it. */
    struct service_in in = {.s = {.name_space = "default",
                                  .port = 9080,
                                  .timeout_us = 15000000,
                                  .retries = 2,
                                  .retry_on = SIM_RETRY_CONNECT_FAILURE,
                                  .faults = {.abort_code = 500}},
                            .protocol = "http"};
    enum status       st = sim_fields_read(a, map, fields, ARRAY_LEN(fields), &in, err);

    if (st)
        return st;
    in.s.grpc = slice_is(slice_of(in.protocol), "grpc");
    if (!in.s.grpc && !slice_is(slice_of(in.protocol), "http"))
        return yaml_error(map, err, STATUS_SYNTAX, "protocol must be http or grpc");
    st = read_service_parts(a, s, &in, err);
    *out = in.s;
    return st;
}
