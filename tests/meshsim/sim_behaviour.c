#include "tests/meshsim/sim_behaviour.h"

#include "tests/meshsim/sim_fields.h"

#include <math.h>

/* Sums of decimal shares such as 0.9 + 0.1 may end a rounding error above 1. */
static const double SHARE_SUM_MAX = 1 + 1e-9;

const struct sim_behaviour sim_behaviour_default = {
    .median_ms = 20, .sigma = 0.4, .latency_factor = 1};

static const char *const share_key[SIM_SHARE_COUNT] = {
#define SHARE(name, outcome, key) [SIM_SHARE_##name] = key,
#include "tests/meshsim/sim_share.def"
#undef SHARE
};

static const enum sim_outcome share_outcome[SIM_SHARE_COUNT] = {
#define SHARE(name, outcome, key) [SIM_SHARE_##name] = SIM_OUTCOME_##outcome,
#include "tests/meshsim/sim_share.def"
#undef SHARE
};

enum status
sim_behaviour_check(const struct sim_behaviour *b, struct err *err)
{
    double sum = 0, errors = 0;

    for (size_t i = 0; i < SIM_SHARE_COUNT; i++)
        sum += b->share[i];
    for (size_t i = 0; i < b->n_errors; i++)
        errors += b->errors[i].share;
    if (sum > SHARE_SUM_MAX || errors > SHARE_SUM_MAX)
        return err_set(err, STATUS_RANGE, "shares of one version add up to %g, over 1: lower one",
                       sum > SHARE_SUM_MAX ? sum : errors);
    return STATUS_OK;
}

/* A member that is one number, and its bounds; NULL: no such key. */
static double *
member(struct sim_behaviour *b, struct slice key, double *min, double *max)
{
    *min = 0;
    *max = 1;
    for (size_t i = 0; i < SIM_SHARE_COUNT; i++) {
        if (slice_is(key, share_key[i]))
            return &b->share[i];
    }
    *max = 1000;
    if (slice_is(key, "latency_factor"))
        return &b->latency_factor;
    *max = 5;
    if (slice_is(key, "sigma"))
        return &b->sigma;
    *max = 3600000;
    return slice_is(key, "median_ms") ? &b->median_ms : NULL;
}

enum status
sim_behaviour_set(struct sim_behaviour *b, struct slice key, struct slice value, struct err *err)
{
    double  min, max, v;
    double *to = member(b, key, &min, &max);

    if (!to)
        return err_set(err, STATUS_NOT_FOUND, "unknown key \"%.*s\"", SLICE_ARG(key));
    if (slice_double(value, &v))
        return err_set(err, STATUS_SYNTAX, "%.*s must be a number", SLICE_ARG(key));
    if (!(v >= min && v <= max))
        return err_set(err, STATUS_RANGE, "%.*s must be %g to %g", SLICE_ARG(key), min, max);
    *to = v;
    return STATUS_OK;
}

static enum status
push_error(struct sim_behaviour *b, bool grpc, uint64_t code, double share, struct err *err)
{
    uint64_t min = grpc ? 1 : 100, max = grpc ? 16 : 599;

    if (code < min || code > max)
        return err_set(err, STATUS_RANGE, "an error's code must be %d to %d", (int)min, (int)max);
    if (!(share >= 0 && share <= 1))
        return err_set(err, STATUS_RANGE, "the share of code %d must be 0 to 1", (int)code);
    if (b->n_errors == SIM_BEHAVIOUR_ERRORS_MAX)
        return err_set(err, STATUS_LIMIT, "more than %d codes", SIM_BEHAVIOUR_ERRORS_MAX);
    b->errors[b->n_errors++] = (struct sim_behaviour_error){(uint16_t)code, share};
    return STATUS_OK;
}

enum status
sim_behaviour_set_error(struct sim_behaviour *b, bool grpc, uint64_t code, double share,
                        struct err *err)
{
    b->n_errors = 0;
    return push_error(b, grpc, code, share, err);
}

static enum status
read_errors(const struct yaml_node *map, bool grpc, struct sim_behaviour *b, struct err *err)
{
    enum status st = sim_fields_want(map, YAML_MAPPING, err);

    b->n_errors = 0;
    for (size_t i = 0; !st && i < map->n; i++) {
        const struct yaml_pair *p = &map->pairs[i];
        struct err              why = {0};
        uint64_t                code;
        double                  share;

        if (p->value->kind != YAML_SCALAR || slice_u64(p->key, &code) ||
            slice_double(p->value->scalar, &share))
            return yaml_error(p->value, err, STATUS_SYNTAX, "must be CODE: SHARE, as in 503: 0.01");
        st = push_error(b, grpc, code, share, &why);
        if (st)
            return yaml_error(p->value, err, st, "%s", why.text);
    }
    return st;
}

static enum status
read_latency(struct arena *a, const struct yaml_node *map, struct sim_behaviour *b, struct err *err)
{
    struct latency {
        double median_ms, sigma, fixed_ms;
    } in = {NAN, b->sigma, NAN};
    static const struct sim_field fields[] = {
        {"median_ms", SIM_FIELD_NUMBER, offsetof(struct latency, median_ms), false, 0, 3600000},
        {"sigma", SIM_FIELD_NUMBER, offsetof(struct latency, sigma), false, 0, 5},
        {"fixed_ms", SIM_FIELD_NUMBER, offsetof(struct latency, fixed_ms), false, 0, 3600000},
    };
    enum status st = sim_fields_read(a, map, fields, ARRAY_LEN(fields), &in, err);

    if (st)
        return st;
    if (isnan(in.median_ms) == isnan(in.fixed_ms))
        return yaml_error(map, err, STATUS_SYNTAX, "needs either median_ms or fixed_ms");
    b->median_ms = isnan(in.fixed_ms) ? in.median_ms : in.fixed_ms;
    b->sigma = isnan(in.fixed_ms) ? in.sigma : 0;
    return STATUS_OK;
}

enum status
sim_behaviour_read(struct arena *a, const struct yaml_node *map, bool grpc, struct sim_behaviour *b,
                   struct err *err)
{
    enum status st = sim_fields_want(map, YAML_MAPPING, err);
    struct err  why = {0};

    for (size_t i = 0; !st && i < map->n; i++) {
        struct slice            key = map->pairs[i].key;
        const struct yaml_node *value = map->pairs[i].value;

        if (slice_is(key, "at"))
            continue;
        if (slice_is(key, "errors"))
            st = read_errors(value, grpc, b, err);
        else if (slice_is(key, "latency"))
            st = read_latency(a, value, b, err);
        else if (!(st = sim_fields_want(value, YAML_SCALAR, err)) &&
                 (st = sim_behaviour_set(b, key, value->scalar, &why)))
            st = yaml_error(value, err, st, "%s", why.text);
    }
    if (!st && (st = sim_behaviour_check(b, &why)))
        st = yaml_error(map, err, st, "%s", why.text);
    return st;
}

enum sim_outcome
sim_behaviour_outcome(const struct sim_behaviour *b, struct sim_chance *c)
{
    double u = sim_chance_uniform(c);

    for (size_t i = 0; i < SIM_SHARE_COUNT; i++) {
        if (u < b->share[i])
            return share_outcome[i];
        u -= b->share[i];
    }
    return SIM_OUTCOME_RESPONSE;
}

double
sim_behaviour_latency_ms(const struct sim_behaviour *b, struct sim_chance *c)
{
    double ms = b->median_ms * b->latency_factor;

    return b->sigma > 0 ? ms * exp(b->sigma * sim_chance_normal(c)) : ms;
}

uint16_t
sim_behaviour_code(const struct sim_behaviour *b, uint16_t ok, struct sim_chance *c)
{
    double u = sim_chance_uniform(c);

    for (size_t i = 0; i < b->n_errors; i++) {
        if (u < b->errors[i].share)
            return b->errors[i].code;
        u -= b->errors[i].share;
    }
    return ok;
}
