/* promfixture.h - the Prometheus API over a few series, without sockets: what is
 * asked is answered inside the call.
 *
 * The series are those of the expected answers, which Debian's Prometheus 2.42
 * gave over the same samples (promtool tsdb create-blocks-from openmetrics). */
#ifndef TESTS_UNIT_WEBHOOKS_PROMFIXTURE_H
#define TESTS_UNIT_WEBHOOKS_PROMFIXTURE_H

#include "promql/memsource.h"
#include "promql/value.h"
#include "tests/unit/webhooks/gatecall.h"

struct promfixture {
    struct gatecall   call;
    struct memsource *series;
    struct port_api   api;
    bool              full;
    bool              asked_for_targets; /* by the last call */
    struct answer    *answer;            /* of the last call */
};

static const struct {
    const char *labels; /* name=value, with ';' between */
    int64_t     t_ms[2];
    const char *v[2];
} promfixture_rows[] = {
    {"__name__=up;job=api;instance=a:1", {1700000000000, 1700000015000}, {"1", "1"}},
    {"__name__=up;job=api;instance=b:1", {1700000000000, 1700000015000}, {"0", "0.5"}},
    {"__name__=tiny", {1700000000000, 1700000015000}, {"1e-07", "NaN"}},
    {"__name__=huge", {1700000000000, 1700000015000}, {"1e+21", "+Inf"}},
    {"__name__=odd;path=/a\"b\\c;utf=\xc3\xa9;lt=<&>",
     {1700000000500, 1700000015250},
     {"-0", "123456.789"}},
};

static inline void
promfixture_fill(struct memsource *m)
{
    for (size_t i = 0; i < ARRAY_LEN(promfixture_rows); i++) {
        struct memsource_label labels[8];
        struct slice           rest = slice_of(promfixture_rows[i].labels);
        struct err             err = {0};
        size_t                 n = 0, id;

        while (rest.n) {
            struct slice value = slice_cut(&rest, ';');

            labels[n].name = slice_cut(&value, '=');
            labels[n++].value = value;
        }
        assert_int_equal(memsource_series(m, labels, n, &id, &err), STATUS_OK);
        for (size_t k = 0; k < 2; k++) {
            double v;

            assert_int_equal(slice_double(slice_of(promfixture_rows[i].v[k]), &v), STATUS_OK);
            assert_int_equal(memsource_add(m, id, promfixture_rows[i].t_ms[k], v, &err), STATUS_OK);
        }
    }
}

static void
promfixture_families(void *self, struct slice                                    name,
                     void (*each)(void *ctx, const struct port_family *f), void *ctx)
{
    static const struct port_family all[] = {
        {{"edge", 4}, {"up", 2}, {"Is it \"up\"?", 11}, {"", 0}, "gauge"},
        {{"agents", 6}, {"up", 2}, {"Another text.", 13}, {"", 0}, "gauge"},
        {{"agents", 6}, {"requests", 8}, {"Requests.", 9}, {"1", 1}, "counter"},
        {{"edge", 4}, {"requests", 8}, {"Requests.", 9}, {"1", 1}, "counter"},
    };

    (void)self;
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (!name.n || slice_equal(name, all[i].name))
            each(ctx, &all[i]);
}

static void
promfixture_targets(void *self, void (*each)(void *ctx, const struct port_target *t), void *ctx)
{
    static const struct port_label labels[] = {{{"instance", 8}, {"a:1", 3}},
                                               {{"job", 3}, {"edge", 4}}};
    struct port_target             t = {.pool = {"edge", 4},
                                        .labels = labels,
                                        .n_labels = 2,
                                        .url = {"http://a:1/metrics", 18},
                                        .health = PORT_TARGET_UP,
                                        .last_scrape_ms = 1700000000500,
                                        .last_took_ms = 12,
                                        .interval_ms = 5000,
                                        .timeout_ms = 4500};

    (void)self;
    each(ctx, &t);
    t.health = PORT_TARGET_DOWN;
    t.last_error = slice_of("connection refused");
    t.last_scrape_ms = 0;
    each(ctx, &t);
}

static void
promfixture_storage(void *self, struct port_storage *out)
{
    (void)self;
    *out = (struct port_storage){
        .series = 5, .label_pairs = 9, .min_ms = 1700000000000, .max_ms = 1700000015250};
    snprintf(out->series_by_metric[0].name, sizeof out->series_by_metric[0].name, "up");
    out->series_by_metric[0].count = 2;
}

static void
promfixture_setup(void *self, struct port_setup *out)
{
    (void)self;
    *out = (struct port_setup){.version = "0.1.0",
                               .started_ms = 1700000000000,
                               .loaded_ms = 1700000001000,
                               .reload_ok = true,
                               .retention_ms = 7200000,
                               .job = {{"edge", 5000, 4500}, {"slow", 15000, 10000}},
                               .n_jobs = 2};
}

static bool
promfixture_submit(void *self, bool                                                targets,
                   void (*run)(void *ctx, const struct port_series *series), void *ctx)
{
    struct promfixture *f = self;
    struct port_series  s = {.self = f,
                             .source = memsource_source(f->series),
                             .families = promfixture_families,
                             .targets = promfixture_targets,
                             .storage = promfixture_storage,
                             .setup = promfixture_setup};

    if (f->full)
        return false;
    f->asked_for_targets = targets;
    run(ctx, &s);
    return true;
}

static inline void
promfixture_init(struct promfixture *f)
{
    gatecall_init(&f->call);
    f->series = memsource_new();
    promfixture_fill(f->series);
    f->api = (struct port_api){.self = f, .submit = promfixture_submit};
    f->call.port.port.api = &f->api;
    f->call.wall_ms = 1700000016000;
    f->full = false;
}

static inline void
promfixture_release(struct promfixture *f)
{
    gatecall_release(&f->call);
    memsource_free(f->series);
}

/* The body of the answer. */
static inline const char *
promfixture_ask(struct promfixture *f, enum request_method m, const char *target, const char *body)
{
    enum gates_when when = gatecall_ask(&f->call, m, target, slice_of(body), NULL);
    f->answer = when == GATES_LATER ? &f->call.later : &f->call.answer;
    return f->answer->body.p;
}

#endif
