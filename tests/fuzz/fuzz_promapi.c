/* Calls of the Prometheus API: the path behind /api/v1/ with its query, a line
 * break, a form.  Whatever is said, the answer is JSON in the API's form, its code
 * is one of the API's, and no time or size is passed. */
#include "base/log.h"
#include "promql/memsource.h"
#include "webhooks/gates.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { BODY_BYTES = 1 << 20, LONGEST_MS = 10000 };

static struct memsource *series;

static void
add(const char *name, const char *le, int step)
{
    struct memsource_label labels[] = {{SLICE_LITERAL("__name__"), slice_of(name)},
                                       {SLICE_LITERAL("job"), SLICE_LITERAL("a\"\\\xc3\xa9")},
                                       {SLICE_LITERAL("le"), slice_of(le)}};
    struct err             err = {0};
    size_t                 id;

    if (memsource_series(series, labels, 3, &id, &err))
        abort();
    for (int t = 0; t < 20; t++)
        if (memsource_add(series, id, 1700000000000 + t * 15000, (double)t * step, &err))
            abort();
}

static void
families(void *self, struct slice name, void (*each)(void *ctx, const struct port_family *f),
         void *ctx)
{
    struct port_family f = {.pool = SLICE_LITERAL("p"),
                            .name = SLICE_LITERAL("x"),
                            .help = SLICE_LITERAL("\xff"),
                            .type = "gauge"};

    (void)self;
    if (!name.n || slice_equal(name, f.name))
        each(ctx, &f);
}

static void
targets(void *self, void (*each)(void *ctx, const struct port_target *t), void *ctx)
{
    struct port_label  l = {SLICE_LITERAL("job"), SLICE_LITERAL("p")};
    struct port_target t = {
        .pool = SLICE_LITERAL("p"), .labels = &l, .n_labels = 1, .url = SLICE_LITERAL("http://x")};

    (void)self;
    each(ctx, &t);
}

static void
storage(void *self, struct port_storage *out)
{
    (void)self;
    *out = (struct port_storage){.series = 3};
}

static void
setup(void *self, struct port_setup *out)
{
    (void)self;
    *out = (struct port_setup){.version = "0", .retention_ms = 1};
}

static bool
submit(void *self, bool with_targets, void (*run)(void *ctx, const struct port_series *s),
       void *ctx)
{
    struct port_series s = {.source = memsource_source(series),
                            .families = families,
                            .targets = targets,
                            .storage = storage,
                            .setup = setup};

    (void)self;
    (void)with_targets;
    run(ctx, &s);
    return true;
}

static void
check(const struct answer *a)
{
    static const int codes[] = {200, 400, 404, 405, 422, 499, 503};
    bool             known = false;
    const char      *status;
    json_t          *v;

    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        known = known || a->code == codes[i];
    assert(known);
    assert(a->body.n <= BODY_BYTES);
    if (a->type == ANSWER_LINE) {
        assert(a->code == 404 || a->code == 405);
        return;
    }
    v = json_loadb(a->body.p, a->body.n, JSON_ALLOW_NUL, NULL);
    status = json_string_value(json_object_get(v, "status"));
    assert(status);
    if (a->code == 200) {
        assert(!strcmp(status, "success") && json_object_get(v, "data"));
    } else {
        assert(!strcmp(status, "error") && json_string_length(json_object_get(v, "error")));
        assert(json_string_length(json_object_get(v, "errorType")));
    }
    json_decref(v);
}

static bool
done(void *ctx, struct answer *a)
{
    (void)ctx;
    check(a);
    return false;
}

static void
ask(struct slice target, struct slice form)
{
    static const struct port_api api = {
        .submit = submit,
        .limits = {.timeout_ms = LONGEST_MS / 10,
                   .max_samples = 100000,
                   .max_memory_bytes = 64 << 20,
                   .max_body_bytes = BODY_BYTES},
    };
    static const struct port port = {.api = &api};
    static struct request    r;
    static struct gates      g;
    int64_t                  from_ms = clock_mono_ms(&clock_system);
    struct answer            a;

    gates_init(&g, &port, &clock_system, NULL);
    if (request_target(&r, target, &(struct err){0}))
        return;
    r.method = form.n ? REQUEST_POST : REQUEST_GET;
    r.body = form;
    r.authorization = (struct slice){0};
    answer_init(&a);
    if (gates_handle(&g, &r, &a, done, NULL) == GATES_NOW)
        check(&a);
    answer_release(&a);
    assert(clock_mono_ms(&clock_system) - from_ms < LONGEST_MS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct slice form = {(const char *)data, n}, path = slice_cut(&form, '\n');
    struct text  target;

    if (!series) {
        log_set_level(LOG_LEVEL_ERROR);
        series = memsource_new();
        add("x", "", 1);
        add("x_bucket", "1", 2);
        add("x_bucket", "+Inf", 3);
    }
    text_init(&target, REQUEST_TARGET_BYTES);
    text_puts(&target, "/api/v1/");
    text_put(&target, path);
    ask(text_slice(&target), form);
    text_release(&target);
    return 0;
}
