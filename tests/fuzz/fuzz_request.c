/* Whole requests through the gates: METHOD TARGET, a line break, the body.  No
 * input makes a 2xx that is not one strict JSON object, a redirect, or a 200 on
 * the rollback path of a service that does well. */
#include "base/log.h"
#include "webhooks/flaggerquery.h"
#include "webhooks/gates.h"
#include "webhooks/viewjson.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct verdict_view view;

static enum port_lookup
find(void *self, const struct question *q, const struct verdict_view **out, struct err *err)
{
    static const enum port_lookup kinds[] = {PORT_FOUND, PORT_NO_RUN, PORT_UNKNOWN_SERVICE,
                                             PORT_BAD};
    enum port_lookup              kind = kinds[strlen(q->service) % 4];

    (void)self;
    view = viewjson_blind(q, REASON_PROVEN, 1, 1);
    view.promote.verdict = view.step.verdict = VERDICT_PASS;
    *out = &view;
    if (kind == PORT_BAD)
        (void)err_set(err, STATUS_SYNTAX, "%s is refused", q->canary);
    return kind;
}

static void
release(void *self, const struct verdict_view *v)
{
    (void)self;
    (void)v;
}

static void
told(void *self, const struct port_told *t)
{
    (void)self;
    assert(!t->question->token[0]);
}

static struct port_health
health(void *self)
{
    (void)self;
    return (struct port_health){.live = true};
}

static bool
change(void *self, enum port_change c, const struct question *q, port_reply_fn done, void *ctx)
{
    (void)self;
    (void)c;
    (void)q;
    done(ctx, &(struct port_reply){.lookup = PORT_FOUND, .view = &view, .granted = true});
    return true;
}

static bool
read_history(void *self, const struct port_read *r, port_read_fn done, void *ctx)
{
    (void)self;
    assert(r->limit >= 1 && r->limit <= 500);
    done(ctx, 200, SLICE_LITERAL("{}"), "");
    return true;
}

static bool
act(void *self, const struct port_act *a, port_act_fn done, void *ctx)
{
    (void)self;
    assert(ulid_valid(slice_of(a->run)) && a->override.by[0] && a->override.why[0]);
    done(ctx, STATUS_OK, &view, NULL);
    return true;
}

static bool
switch_is_open(void *self, const struct port_switch *one)
{
    (void)self;
    return one->rollback && strlen(one->name) % 2;
}

static bool
switch_set(void *self, const struct port_switch *one, port_switch_fn done, void *ctx)
{
    (void)self;
    assert(one->ns[0] && one->name[0]);
    done(ctx, STATUS_OK, NULL);
    return true;
}

static bool
execution_start(void *self, const struct question *q, port_execution_fn done, void *ctx)
{
    (void)self;
    assert(q->marginal >= 1 && q->marginal <= q->pass && q->pass <= 100);
    done(ctx, STATUS_OK, "01JD0000000000000000000EXE", NULL);
    return true;
}

static bool
execution(void *self, const char *id, struct port_execution *out)
{
    (void)self;
    *out = (struct port_execution){.question = question_empty()};
    out->question.pass = out->question.marginal = 90;
    return id[25] % 2;
}

static void
policies(void *self, void (*each)(void *ctx, const char *name), void *ctx)
{
    (void)self;
    each(ctx, "default");
}

static bool
metric_service(void *self, const struct flaggerquery *q, char ns[VIEW_NAME_BYTES],
               char service[VIEW_NAME_BYTES])
{
    (void)self;
    return flaggerquery_names(q, ns, service);
}

static bool
measure(void *self, const struct port_measure *m, port_measure_fn done, void *ctx)
{
    (void)self;
    done(ctx, STATUS_OK, (double)m->expr.n, NULL);
    return true;
}

static void
check(const struct request *r, const struct answer *a)
{
    json_t *json;

    assert(a->code >= 200 && a->code < 600 && a->code != 204);
    assert(a->code < 300 || a->code >= 400);
    if (slice_starts(r->path, "/v1/flagger/"))
        assert(a->code < 429);
    if (slice_is(r->path, "/v1/flagger/rollback"))
        assert(a->code >= 400);
    if (a->type == ANSWER_PLAIN) {
        assert(slice_starts(r->path, "/gate/") || slice_starts(r->path, "/rollback/"));
        return;
    }
    if (a->type == ANSWER_LINE) {
        assert(a->code >= 400);
        return;
    }
    if (a->type == ANSWER_PAGE) {
        assert(slice_starts(r->path, "/v1/links/"));
        return;
    }
    json = json_loadb(a->body.p, a->body.n, JSON_REJECT_DUPLICATES, NULL);
    assert(json_is_object(json) || slice_is(r->path, "/canaryConfig"));
    json_decref(json);
}

static bool
done(void *ctx, struct answer *a)
{
    check(ctx, a);
    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct port port = {.view = find,
                                     .view_release = release,
                                     .told = told,
                                     .health = health,
                                     .change = change,
                                     .act = act,
                                     .switch_is_open = switch_is_open,
                                     .switch_set = switch_set,
                                     .execution_start = execution_start,
                                     .execution = execution,
                                     .policies = policies,
                                     .metric_service = metric_service,
                                     .measure = measure,
                                     .read = read_history};
    static struct request    r;
    static struct gates      g;
    struct slice             body = {(const char *)data, n}, line = slice_cut(&body, '\n');
    struct slice             method = slice_cut(&line, ' ');
    struct answer            a;

    log_set_level(LOG_LEVEL_ERROR);
    gates_init(&g, &port, &clock_system, NULL);
    if (request_target(&r, line, &(struct err){0}))
        return 0;
    g.kayenta = slice_starts(r.path, "/canary");
    r.method = request_method_of(method);
    r.body = body;
    r.authorization = method;
    answer_init(&a);
    (void)gates_handle(&g, &r, &a, done, &r);
    check(&r, &a);
    answer_release(&a);
    return 0;
}
