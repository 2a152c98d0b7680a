#include "tests/support/fakeport.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

static enum port_lookup
view(void *self, const struct question *q, const struct verdict_view **out, struct err *err)
{
    struct fakeport *p = self;
    enum port_lookup found;

    (void)q;
    pthread_mutex_lock(&p->lock);
    found = p->lookup;
    if (found == PORT_FOUND) {
        *out = &p->view;
        p->held++;
    } else if (*p->err) {
        (void)err_set(err, STATUS_NOT_FOUND, "%s", p->err);
    }
    pthread_mutex_unlock(&p->lock);
    return found;
}

static void
view_release(void *self, const struct verdict_view *v)
{
    struct fakeport *p = self;

    (void)v;
    pthread_mutex_lock(&p->lock);
    p->held--;
    pthread_mutex_unlock(&p->lock);
}

static void
told(void *self, const struct port_told *t)
{
    struct fakeport *p = self;

    pthread_mutex_lock(&p->lock);
    p->n_told++;
    p->told = *t;
    assert(t->question->token[0] == '\0'); /* never past the door */
    p->told.question = NULL;
    pthread_mutex_unlock(&p->lock);
}

static struct port_health
health(void *self)
{
    return ((struct fakeport *)self)->health;
}

static void
answer(struct fakeport *p, const struct fakeport_item *i)
{
    struct port_reply   r = {.lookup = PORT_NO_RUN, .reason = p->reason, .granted = p->granted};
    struct verdict_view v;

    if (i->is_read) {
        i->read_done(i->ctx, p->read_code, slice_of(p->read_body), p->read_verdict_id);
        return;
    }
    pthread_mutex_lock(&p->lock);
    v = p->view;
    if (p->has_view)
        r.lookup = PORT_FOUND;
    else if (p->lookup == PORT_BAD || p->lookup == PORT_UNKNOWN_SERVICE)
        r.lookup = p->lookup;
    if (*p->err)
        (void)err_set(&r.err, STATUS_NOT_FOUND, "%s", p->err);
    pthread_mutex_unlock(&p->lock);
    if (p->has_view)
        r.view = &v;
    i->reply(i->ctx, &r);
}

static bool
enqueue(struct fakeport *p, const struct fakeport_item *i)
{
    bool ok, at_once;

    pthread_mutex_lock(&p->lock);
    at_once = p->at_once;
    ok = !p->full && (at_once || p->n_items < FAKEPORT_QUEUE);
    if (ok && !at_once) {
        p->item[p->n_items++] = *i;
        pthread_cond_signal(&p->queued);
    }
    pthread_mutex_unlock(&p->lock);
    if (ok && at_once)
        answer(p, i);
    return ok;
}

static bool
notice(void *self, const struct port_notice *n, port_notice_fn done, void *ctx)
{
    struct fakeport *p = self;
    struct err       err = {0};

    if (p->full)
        return false;
    p->n_notices++;
    p->notice = *n;
    (void)err_set(&err, p->notice_status, "%s", p->err);
    done(ctx, p->notice_status, &err);
    return true;
}

static bool
act(void *self, const struct port_act *a, port_act_fn done, void *ctx)
{
    struct fakeport *p = self;
    struct err       err = {0};

    if (p->full)
        return false;
    p->n_acts++;
    p->act = *a;
    (void)err_set(&err, p->act_status, "%s", p->err);
    done(ctx, p->act_status, p->act_status ? NULL : &p->view, &err);
    return true;
}

static bool
event(void *self, const struct question *q, const struct port_event *e)
{
    struct fakeport *p = self;

    if (p->full)
        return false;
    assert(q->token[0] == '\0'); /* never past the door */
    p->n_events++;
    p->event_question = *q;
    p->event = *e;
    return true;
}

static bool
change(void *self, enum port_change c, const struct question *q, port_reply_fn done, void *ctx)
{
    struct fakeport     *p = self;
    struct fakeport_item i = {.change = c, .q = *q, .reply = done, .ctx = ctx};

    pthread_mutex_lock(&p->lock);
    p->n_changes[c]++;
    p->asked = *q;
    pthread_mutex_unlock(&p->lock);
    return enqueue(p, &i);
}

static bool
read_history(void *self, const struct port_read *read, port_read_fn done, void *ctx)
{
    struct fakeport     *p = self;
    struct fakeport_item i = {.is_read = true, .read = *read, .read_done = done, .ctx = ctx};

    p->read = *read;
    return enqueue(p, &i);
}

static bool
execution_start(void *self, const struct question *q, port_execution_fn done, void *ctx)
{
    struct fakeport *p = self;
    struct err       err = {0};

    if (p->full)
        return false;
    p->n_executions++;
    p->execution = (struct port_execution){.question = *q};
    memcpy(p->execution.question.execution, p->execution_id, ULID_BYTES);
    (void)err_set(&err, p->execution_status, "%s", p->err);
    done(ctx, p->execution_status, p->execution_id, &err);
    return true;
}

static bool
execution(void *self, const char *id, struct port_execution *out)
{
    struct fakeport *p = self;

    *out = p->execution;
    return p->n_executions > 0 && strcmp(id, p->execution_id) == 0;
}

/* Whatever is asked about, it is reviews in prod, unless no service is known. */
static bool
metric_service(void *self, const struct flaggerquery *q, char ns[VIEW_NAME_BYTES],
               char service[VIEW_NAME_BYTES])
{
    struct fakeport *p = self;

    (void)q;
    snprintf(ns, VIEW_NAME_BYTES, "prod");
    snprintf(service, VIEW_NAME_BYTES, "reviews");
    return p->lookup != PORT_UNKNOWN_SERVICE;
}

static bool
measure(void *self, const struct port_measure *m, port_measure_fn done, void *ctx)
{
    struct fakeport *p = self;
    struct err       err = {0};

    if (p->full)
        return false;
    p->n_measures++;
    p->measured = *m;
    p->measured.expr = p->measured.traffic = (struct slice){0};
    (void)err_set(&err, p->measure_status, "%s", p->err);
    done(ctx, p->measure_status, p->measure_value, &err);
    return true;
}

static void
policies(void *self, void (*each)(void *ctx, const char *name), void *ctx)
{
    (void)self;
    each(ctx, "default");
    each(ctx, "strict");
}

void
fakeport_init(struct fakeport *p)
{
    *p = (struct fakeport){
        .port = {.self = p,
                 .view = view,
                 .view_release = view_release,
                 .told = told,
                 .health = health,
                 .change = change,
                 .act = act,
                 .notice = notice,
                 .event = event,
                 .execution_start = execution_start,
                 .execution = execution,
                 .metric_service = metric_service,
                 .measure = measure,
                 .policies = policies,
                 .read = read_history},
        .lookup = PORT_FOUND,
        .view = fakeport_view(),
        .has_view = true,
        .granted = true,
        .err = "",
        .execution_id = "01JD0000000000000000000EXE",
        .health = {.live = true, .ready = true},
        .read_body = "{\"runs\":[]}",
        .read_verdict_id = "",
        .read_code = 200,
    };
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->queued, NULL);
}

void
fakeport_release(struct fakeport *p)
{
    pthread_cond_destroy(&p->queued);
    pthread_mutex_destroy(&p->lock);
}

size_t
fakeport_pump(struct fakeport *p)
{
    struct fakeport_item one;
    size_t               n = 0;

    for (;;) {
        pthread_mutex_lock(&p->lock);
        if (p->n_items == 0) {
            pthread_mutex_unlock(&p->lock);
            return n;
        }
        one = p->item[0];
        memmove(p->item, p->item + 1, --p->n_items * sizeof p->item[0]);
        pthread_mutex_unlock(&p->lock);
        answer(p, &one);
        n++;
    }
}

void
fakeport_wait(struct fakeport *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->n_items == 0)
        pthread_cond_wait(&p->queued, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

struct verdict_view
fakeport_view(void)
{
    const struct check_result none = {.verdict = VERDICT_HOLD,
                                      .reason = REASON_NOT_CONFIGURED,
                                      .evidence = NAN,
                                      .value = NAN,
                                      .limit = NAN,
                                      .pass_evidence = NAN,
                                      .pass_limit = NAN,
                                      .need_requests = NAN};
    struct verdict_view       v = {
              .run = "01JD0000000000000000000RUN",
              .id = "01JD000000000000000VERD1CT",
              .service = "reviews",
              .ns = "prod",
              .canary = "v2",
              .baseline = "v1",
              .key = "version",
              .revision = "v2",
              .policy = "default",
              .state = VIEW_LIVE,
              .attempt = 1,
              .promote = {VERDICT_HOLD, REASON_TOO_FEW_REQUESTS, "canary 41 of 100 requests"},
              .evaluated_wall_ms = 1795385405120, /* 2026-11-22T22:10:05.120Z */
              .evaluated_mono_ms = 1000000,
              .max_age_ms = 30000,
              .user_view = true,
              .canary_seen = true,
              .fail_after_ms = 120000,
              .weight = NAN,
              .need_requests = 59,
              .need_seconds = 59.5,
              .arm = {{41, 0.9756, 92.1, 50, 100}, {391, 0.9974, 90.4, 50, 100}},
    };

    v.step = v.promote;
    for (int c = 0; c < CHECK_COUNT; c++)
        v.checks[c] = none;
    v.checks[CHECK_ERROR_RATE] = none;
    v.checks[CHECK_ERROR_RATE].configured = v.checks[CHECK_ERROR_RATE].required = true;
    v.checks[CHECK_ERROR_RATE].reason = REASON_TOO_FEW_REQUESTS;
    v.checks[CHECK_ERROR_RATE].evidence = 0.21;
    v.checks[CHECK_ERROR_RATE].limit = 100;
    return v;
}
