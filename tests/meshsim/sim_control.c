#include "tests/meshsim/sim_control.h"

#include "base/jsonout.h"
#include "tests/meshsim/sim_ledger.h"
#include "tests/meshsim/sim_service.h"

static const double RATE_MAX = 100000;

static const char *
parameter(const struct sim_question *q, const char *key)
{
    for (size_t i = 0; i < q->n; i++) {
        if (strcmp(q->at[i].key, key) == 0)
            return q->at[i].value;
    }
    return NULL;
}

/* Refuse what is not in the NULL-terminated list. */
static enum status
only(const struct sim_question *q, const char *const known[], struct err *err)
{
    for (size_t i = 0; i < q->n; i++) {
        size_t k = 0;

        while (known[k] && strcmp(known[k], q->at[i].key) != 0)
            k++;
        if (!known[k])
            return err_set(err, STATUS_SYNTAX, "unknown parameter \"%s\" for %s", q->at[i].key,
                           q->path);
    }
    return STATUS_OK;
}

static enum status
want_service(const struct sim_world *w, const struct sim_question *q, uint32_t *out,
             struct err *err)
{
    const char *name = parameter(q, "service");

    if (!name)
        return err_set(err, STATUS_SYNTAX, "%s needs the parameter service", q->path);
    if (!sim_scenario_service(w->scenario, slice_of(name), out))
        return err_set(err, STATUS_NOT_FOUND, "no service \"%s\" in the scenario", name);
    return STATUS_OK;
}

static enum status
want_version(const struct sim_world *w, const struct sim_question *q, uint32_t service,
             uint32_t *out, struct err *err)
{
    const char *name = parameter(q, "version");

    if (!name)
        return err_set(err, STATUS_SYNTAX, "%s needs the parameter version", q->path);
    if (!sim_scenario_version(&w->scenario->services[service], slice_of(name), out))
        return err_set(err, STATUS_NOT_FOUND, "no version \"%s\" of %s in the scenario", name,
                       w->scenario->services[service].name);
    return STATUS_OK;
}

static enum status
number(const char *key, const char *value, double min, double max, double *out, struct err *err)
{
    if (!value || slice_double(slice_of(value), out))
        return err_set(err, STATUS_SYNTAX, "%s must be a number", key);
    if (!(*out >= min && *out <= max))
        return err_set(err, STATUS_RANGE, "%s must be %g to %g", key, min, max);
    return STATUS_OK;
}

static enum status
do_weight(struct sim_world *w, const struct sim_question *q, struct err *err)
{
    static const char *const known[] = {"service", "version", "percent", NULL};
    enum status              st = only(q, known, err);
    uint32_t                 service, version;
    double                   percent;

    if (!st)
        st = want_service(w, q, &service, err);
    if (!st)
        st = want_version(w, q, service, &version, err);
    if (!st)
        st = number("percent", parameter(q, "percent"), 0, 100, &percent, err);
    return st ? st : sim_world_set_weight(w, service, version, percent, err);
}

static enum status
do_rate(struct sim_world *w, const struct sim_question *q, struct err *err)
{
    static const char *const known[] = {"service", "requests_per_second", NULL};
    enum status              st = only(q, known, err);
    uint32_t                 service;
    double                   rate;

    if (!st)
        st = want_service(w, q, &service, err);
    if (!st)
        st = number(known[1], parameter(q, known[1]), 0, RATE_MAX, &rate, err);
    if (st)
        return st;
    if (sim_service_in_flight(&w->scenario->services[service], rate) > SIM_SCENARIO_IN_FLIGHT_MAX)
        return err_set(err, STATUS_LIMIT, "over %d requests could be under way",
                       SIM_SCENARIO_IN_FLIGHT_MAX);
    sim_world_set_rate(w, service, rate);
    return STATUS_OK;
}

static enum status
set_fault(struct sim_faults *f, const char *key, const char *value, struct err *err)
{
    double      v;
    enum status st;

    if (strcmp(key, "abort_code") == 0) {
        st = number(key, value, 200, 599, &v, err);
        if (!st)
            f->abort_code = (uint32_t)v;
        return st;
    }
    if (strcmp(key, "delay_ms") == 0) {
        st = number(key, value, 0, 60000, &v, err);
        if (!st)
            f->delay_us = (int64_t)(v * 1000);
        return st;
    }
    if (strcmp(key, "abort_share") == 0)
        return number(key, value, 0, 1, &f->abort_share, err);
    if (strcmp(key, "delay_share") == 0)
        return number(key, value, 0, 1, &f->delay_share, err);
    if (strcmp(key, "mirror_share") == 0)
        return number(key, value, 0, 1, &f->mirror_share, err);
    return err_set(err, STATUS_NOT_FOUND, "unknown key \"%s\": a version's needs version=", key);
}

static enum status
behave_service(struct sim_world *w, const struct sim_question *q, uint32_t service, struct err *err)
{
    struct sim_faults f = w->services[service].faults;
    enum status       st = STATUS_OK;

    for (size_t i = 0; !st && i < q->n; i++) {
        if (strcmp(q->at[i].key, "service") != 0)
            st = set_fault(&f, q->at[i].key, q->at[i].value, err);
    }
    if (!st)
        w->services[service].faults = f;
    return st;
}

/* error_rate and code belong together: all errors of the version from now on. */
static enum status
behave_errors(const struct sim_question *q, bool grpc, struct sim_behaviour *b, struct err *err)
{
    const char *rate = parameter(q, "error_rate"), *code = parameter(q, "code");
    uint64_t    c = grpc ? 14 : 503;
    double      share;
    enum status st;

    if (!rate)
        return code ? err_set(err, STATUS_SYNTAX, "code needs error_rate beside it") : STATUS_OK;
    st = number("error_rate", rate, 0, 1, &share, err);
    if (!st && code && slice_u64(slice_of(code), &c))
        st = err_set(err, STATUS_SYNTAX, "code must be a whole number");
    return st ? st : sim_behaviour_set_error(b, grpc, c, share, err);
}

static enum status
behave_version(struct sim_world *w, const struct sim_question *q, uint32_t service, struct err *err)
{
    static const char *const own[] = {"service", "version", "error_rate", "code"};
    struct sim_behaviour     b;
    uint32_t                 version;
    enum status              st = want_version(w, q, service, &version, err);

    if (st)
        return st;
    b = w->services[service].behaviour[version];
    st = behave_errors(q, w->scenario->services[service].grpc, &b, err);
    for (size_t i = 0; !st && i < q->n; i++) {
        size_t k = 0;

        while (k < ARRAY_LEN(own) && strcmp(own[k], q->at[i].key) != 0)
            k++;
        if (k == ARRAY_LEN(own))
            st = sim_behaviour_set(&b, slice_of(q->at[i].key), slice_of(q->at[i].value), err);
    }
    if (!st)
        st = sim_behaviour_check(&b, err);
    if (!st)
        w->services[service].behaviour[version] = b;
    return st;
}

static enum status
do_behave(struct sim_world *w, const struct sim_question *q, struct err *err)
{
    uint32_t    service;
    enum status st = want_service(w, q, &service, err);

    if (st)
        return st;
    return parameter(q, "version") ? behave_version(w, q, service, err)
                                   : behave_service(w, q, service, err);
}

static enum status
want_pod(const struct sim_world *w, const struct sim_question *q, struct sim_proxy **out,
         struct err *err)
{
    const char *name = parameter(q, "pod");

    if (!name)
        return err_set(err, STATUS_SYNTAX, "%s needs the parameter pod", q->path);
    *out = sim_world_proxy(w, slice_of(name));
    if (!*out)
        return err_set(err, STATUS_NOT_FOUND, "no pod \"%s\": GET /pods names them", name);
    if ((*out)->state == SIM_PROXY_GONE)
        return err_set(err, STATUS_CONFLICT, "pod %s is gone", name);
    return STATUS_OK;
}

static enum status
do_restart(struct sim_world *w, const struct sim_question *q, struct err *err)
{
    static const char *const known[] = {"pod", "down", NULL};
    const char              *down = parameter(q, "down");
    int64_t                  down_ms = 0;
    struct sim_proxy        *p;
    enum status              st = only(q, known, err);

    if (!st)
        st = want_pod(w, q, &p, err);
    if (!st && down && (slice_duration_ms(slice_of(down), &down_ms) || down_ms > 86400000))
        st = err_set(err, STATUS_SYNTAX, "down must be a duration such as 2s, at most 1d");
    if (!st)
        sim_world_restart(w, p, down_ms * 1000);
    return st;
}

static enum status
do_kill(struct sim_world *w, const struct sim_question *q, struct err *err)
{
    static const char *const known[] = {"pod", "new_pod", NULL};
    const char              *again = parameter(q, "new_pod");
    struct sim_proxy        *p;
    enum status              st = only(q, known, err);

    if (!st)
        st = want_pod(w, q, &p, err);
    if (!st && again && strcmp(again, "true") != 0 && strcmp(again, "false") != 0)
        st = err_set(err, STATUS_SYNTAX, "new_pod must be true or false");
    return st ? st : sim_world_kill(w, p, again && strcmp(again, "true") == 0, err);
}

static void
write_pods(const struct sim_world *w, struct text *out)
{
    struct jsonout j;

    jsonout_init(&j, out);
    jsonout_begin_array(&j, NULL);
    for (size_t i = 0; i < w->proxies.n; i++) {
        const struct sim_proxy *p = w->proxies.at[i];

        jsonout_begin_object(&j, NULL);
        jsonout_text(&j, "pod", p->pod);
        jsonout_text(&j, "side", p->side == SIM_SIDE_SOURCE ? "source" : "destination");
        jsonout_bool(&j, "up", p->state == SIM_PROXY_UP);
        jsonout_bool(&j, "gone", p->state == SIM_PROXY_GONE);
        jsonout_uint(&j, "port", p->port);
        jsonout_end_object(&j);
    }
    jsonout_end_array(&j);
}

static void
write_outcome(const struct sim_world *w, const struct err *err, struct text *out)
{
    struct jsonout j;

    jsonout_init(&j, out);
    jsonout_begin_object(&j, NULL);
    jsonout_bool(&j, "ok", !err->status);
    if (err->status)
        jsonout_text(&j, "error", err->text);
    jsonout_int(&j, "simulated_ms", w->now_us / 1000);
    jsonout_end_object(&j);
}

int
sim_control_answer(struct sim_world *w, const struct sim_question *q, struct text *out)
{
    static const struct {
        const char *path;
        enum status (*act)(struct sim_world *w, const struct sim_question *q, struct err *err);
        void (*show)(const struct sim_world *w, struct text *out);
    } route[] = {
        {"/weight", do_weight, NULL}, {"/rate", do_rate, NULL},
        {"/behave", do_behave, NULL}, {"/restart", do_restart, NULL},
        {"/kill", do_kill, NULL},     {"/ledger", NULL, sim_ledger_write},
        {"/pods", NULL, write_pods},
    };
    struct err err = {0};
    size_t     i = 0;

    while (i < ARRAY_LEN(route) && strcmp(route[i].path, q->path) != 0)
        i++;
    if (i == ARRAY_LEN(route)) {
        (void)err_set(&err, STATUS_NOT_FOUND,
                      "no such path: weight, rate, behave, restart, kill, "
                      "ledger and pods are known");
    } else if (strcmp(q->method, route[i].act ? "POST" : "GET") != 0) {
        (void)err_set(&err, STATUS_SYNTAX, "%s wants %s", q->path, route[i].act ? "POST" : "GET");
        write_outcome(w, &err, out);
        return 405;
    } else if (route[i].show) {
        route[i].show(w, out);
        return 200;
    } else if (q->too_many) {
        (void)err_set(&err, STATUS_LIMIT, "more than %d parameters", SIM_CONTROL_PARAMETERS_MAX);
    } else {
        (void)!route[i].act(w, q, &err);
    }
    write_outcome(w, &err, out);
    return status_http(err.status);
}
