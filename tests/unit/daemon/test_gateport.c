#include "daemon/gateport.h"
#include "daemon/runs.h"
#include "tests/unit/analyzer/run_play.h"
#include "tests/unit/daemon/world.h"

static struct world w;
static struct port  port;

static void
begin(bool synchronous)
{
    world_init(&w, synchronous);
    world_start(&w, WORLD_CONFIG);
    port = gateport_of(&w.app);
}

static void
end(void)
{
    world_stop(&w);
    world_release(&w);
}

static struct question
question(bool flagger, const char *revision)
{
    struct question q = question_empty();

    q.flagger = flagger;
    snprintf(q.ns, sizeof q.ns, "prod");
    snprintf(q.service, sizeof q.service, "reviews");
    snprintf(q.canary, sizeof q.canary, "v2");
    snprintf(q.revision, sizeof q.revision, "%s", revision);
    return q;
}

/* What done was called with; the view is copied, since it is borrowed. */
struct heard {
    int                 n;
    struct port_reply   reply;
    struct verdict_view view;
    bool                has_view;
};

static void
hear(void *ctx, const struct port_reply *r)
{
    struct heard *h = ctx;

    h->n++;
    h->reply = *r;
    h->has_view = r->view != NULL;
    if (r->view)
        h->view = *r->view;
}

/* Ask for the change and let the loop turn, without time passing. */
static struct heard
change(enum port_change what, const struct question *q)
{
    struct heard h = {0};

    assert_true(port.change(port.self, what, q, hear, &h));
    assert_int_equal(h.n, 0); /* later, never from inside the call */
    world_settle(&w);
    assert_int_equal(h.n, 1);
    return h;
}

static struct liverun *
find(const char *revision)
{
    return runs_find(w.app.runs, "prod", "reviews", revision);
}

static struct run *
run_of(const char *revision)
{
    return (struct run *)(uintptr_t)liverun_run(find(revision));
}

/* The run comes to this decision. */
static void
decide(const char *revision, enum verdict v, enum verdict_reason why)
{
    struct run *r = run_of(revision);

    r->promote = r->step = (struct view_answer){.verdict = v, .reason = why, .message = "x"};
    if (v >= VERDICT_FAIL)
        r->promotion_told = false;
    liverun_confirm_seen(find(revision));
    liverun_publish(find(revision));
    world_settle(&w);
}

static void
a_question_is_looked_up_without_waiting(void **state)
{
    struct question            q = question(false, "v2"), other = question(false, "v2");
    const struct verdict_view *v = NULL;
    struct err                 err = {0};
    (void)state;

    begin(true);
    assert_int_equal(port.view(port.self, &q, &v, &err), PORT_NO_RUN);
    assert_null(v);
    (void)change(PORT_OPEN, &q);
    assert_int_equal(port.view(port.self, &q, &v, &err), PORT_FOUND);
    assert_string_equal(v->revision, "v2");
    port.view_release(port.self, v);

    snprintf(other.service, sizeof other.service, "nobody");
    assert_int_equal(port.view(port.self, &other, &v, &err), PORT_UNKNOWN_SERVICE);
    assert_true(err.text[0] != '\0');
    other = question(false, "v2");
    other.canary[0] = '\0';
    err = (struct err){0};
    assert_int_equal(port.view(port.self, &other, &v, &err), PORT_BAD);
    assert_non_null(strstr(err.text, "canary is missing"));
    end();
}

static void
the_first_question_starts_the_run(void **state)
{
    struct question q = question(false, "v2");
    struct heard    h;
    (void)state;

    begin(true);
    q.weight = 5;
    h = change(PORT_OPEN, &q);
    assert_int_equal(h.reply.lookup, PORT_FOUND);
    assert_true(h.has_view);
    assert_int_equal(h.reply.reason, REASON_NONE);
    assert_int_equal(h.view.promote.reason, REASON_STARTING);
    check_close(h.view.weight, 5, 0);
    {
        struct heard again = change(PORT_OPEN, &q);

        assert_string_equal(again.view.run, h.view.run);
    }
    assert_int_equal(runs_count(w.app.runs), 1);
    end();
}

static void
what_cannot_be_opened_says_why(void **state)
{
    struct question q = question(false, "v2");
    struct heard    h;
    (void)state;

    begin(true);
    snprintf(q.service, sizeof q.service, "nobody");
    h = change(PORT_OPEN, &q);
    assert_int_equal(h.reply.lookup, PORT_UNKNOWN_SERVICE);
    assert_true(h.reply.err.text[0] != '\0');
    q = question(false, "v2");
    snprintf(q.policy, sizeof q.policy, "other");
    h = change(PORT_OPEN, &q);
    assert_int_equal(h.reply.lookup, PORT_BAD);
    assert_non_null(strstr(h.reply.err.text, "caller_may"));

    w.config->daemon.max_runs = 1;
    (void)change(PORT_OPEN, &(struct question){0}); /* refused: nothing was said */
    w.config->daemon.max_new_runs_per_minute = 0;
    q = question(false, "v2");
    h = change(PORT_OPEN, &q);
    assert_int_equal(h.reply.lookup, PORT_NO_RUN);
    assert_int_equal(h.reply.reason, REASON_TOO_MANY_RUNS);
    assert_false(h.has_view);
    end();
}

/* The first question waits up to 200 ms for the run to be durable, else it is
 * told hold store_busy (api.md, Runs), and nothing is told twice. */
static void
a_store_that_hangs_is_busy_after_200_ms(void **state)
{
    struct question q = question(false, "v2");
    struct heard    h = {0};
    (void)state;

    begin(false);
    store_drain(w.store);
    world_close_gate(&w);
    assert_true(port.change(port.self, PORT_OPEN, &q, hear, &h));
    world_settle(&w);
    world_pass(&w, 199, false);
    assert_int_equal(h.n, 0);
    world_pass(&w, 1, false);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.reply.reason, REASON_STORE_BUSY);
    assert_int_equal(h.reply.lookup, PORT_NO_RUN);
    assert_false(h.has_view || h.reply.granted);
    world_open_gate(&w);
    world_settle(&w);
    world_pass(&w, 1000, false);
    assert_int_equal(h.n, 1); /* exactly once */
    h = change(PORT_EVENT, &q);
    assert_int_equal(h.reply.lookup, PORT_FOUND); /* the run is there all the same */
    end();
}

static void
durable_in_time_is_told_with_its_view(void **state)
{
    struct question q = question(false, "v2");
    struct heard    h = {0};
    (void)state;

    begin(false);
    store_drain(w.store);
    world_close_gate(&w);
    assert_true(port.change(port.self, PORT_OPEN, &q, hear, &h));
    world_settle(&w);
    world_pass(&w, 199, false);
    world_open_gate(&w);
    world_settle(&w);
    assert_int_equal(h.n, 1);
    assert_int_equal(h.reply.reason, REASON_NONE);
    assert_true(h.has_view);
    world_pass(&w, 1000, false);
    assert_int_equal(h.n, 1);
    end();
}

/* Going down while an answer is awaited: it comes, once. */
static void
a_stop_answers_what_waits(void **state)
{
    struct question q = question(false, "v2");
    struct heard    waiting = {0}, late = {0};
    (void)state;

    begin(false);
    store_drain(w.store);
    world_close_gate(&w);
    assert_true(port.change(port.self, PORT_OPEN, &q, hear, &waiting));
    world_settle(&w);
    assert_int_equal(waiting.n, 0);
    app_stop(&w.app);
    assert_int_equal(waiting.n, 1);
    assert_int_equal(waiting.reply.reason, REASON_STORE_BUSY);
    assert_true(port.change(port.self, PORT_OPEN, &q, hear, &late)); /* still in the box */
    world_open_gate(&w);
    while (mailbox_run(w.mailbox))
        continue;
    assert_int_equal(late.n, 1);
    assert_int_equal(late.reply.reason, REASON_STORE_BUSY);
    app_release(&w.app);
    config_unref(w.config);
    world_release(&w);
}

static void
do_nothing(void *ctx)
{
    (void)ctx;
}

static void
a_full_box_takes_no_change(void **state)
{
    struct question  q = question(false, "v2");
    struct port_told told = {.question = &q, .gate = "argo"};
    struct heard     h = {0};
    (void)state;

    begin(true);
    while (mailbox_post(w.mailbox, do_nothing, NULL))
        continue;
    assert_false(port.change(port.self, PORT_OPEN, &q, hear, &h));
    port.told(port.self, &told); /* dropped, and not leaked */
    world_settle(&w);
    assert_int_equal(h.n, 0); /* not called: the caller answers */
    end();
}

static void
changes_of_no_run_start_none(void **state)
{
    static const enum port_change changes[] = {PORT_FIRST_STEP, PORT_PROMOTION_TOLD,
                                               PORT_CONFIRM_SEEN, PORT_END, PORT_EVENT};
    struct question               q = question(true, "c1");
    (void)state;

    begin(true);
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        struct heard h = change(changes[i], &q);

        assert_int_equal(h.reply.lookup, PORT_NO_RUN);
        assert_int_equal(h.reply.reason, REASON_RUN_ENDED);
        assert_false(h.has_view);
    }
    assert_int_equal(runs_count(w.app.runs), 0);
    end();
}

static void
the_first_step_is_granted_once(void **state)
{
    struct question q = question(true, "c1");
    struct heard    h;
    (void)state;

    begin(true);
    (void)change(PORT_OPEN, &q);
    h = change(PORT_FIRST_STEP, &q);
    assert_true(h.reply.granted);
    assert_int_equal(h.view.first_step_mono_ms, w.mono_ms);
    h = change(PORT_FIRST_STEP, &q);
    assert_false(h.reply.granted);
    assert_true(h.has_view);

    q = question(true, "c2"); /* another release has its own */
    (void)change(PORT_OPEN, &q);
    decide("c2", VERDICT_ABORT, REASON_DEAD_CANARY);
    h = change(PORT_FIRST_STEP, &q);
    assert_false(h.reply.granted); /* but not once it is known to be bad */
    end();
}

static void
a_promotion_is_granted_while_it_passes(void **state)
{
    struct question q = question(true, "c1");
    struct heard    h;
    (void)state;

    begin(true);
    (void)change(PORT_OPEN, &q);
    h = change(PORT_PROMOTION_TOLD, &q);
    assert_false(h.reply.granted); /* starting */
    decide("c1", VERDICT_PASS, REASON_PROVEN);
    h = change(PORT_PROMOTION_TOLD, &q);
    assert_true(h.reply.granted);
    assert_true(h.view.promotion_told);
    decide("c1", VERDICT_HOLD, REASON_NO_BASELINE);
    h = change(PORT_PROMOTION_TOLD, &q);
    assert_true(h.reply.granted); /* once told, told again */
    decide("c1", VERDICT_FAIL, REASON_LATENCY_HIGH);
    h = change(PORT_PROMOTION_TOLD, &q);
    assert_false(h.reply.granted); /* unless something bad came since */
    assert_false(h.view.promotion_told);
    end();
}

/* Nothing is granted that is not durable. */
static void
no_grant_without_the_store(void **state)
{
    struct question q = question(true, "c1");
    struct heard    h = {0};
    (void)state;

    begin(false);
    assert_true(port.change(port.self, PORT_OPEN, &q, hear, &h));
    world_settle(&w);
    store_drain(w.store);
    world_settle(&w);
    assert_int_equal(h.n, 1);
    world_close_gate(&w);
    h = (struct heard){0};
    assert_true(port.change(port.self, PORT_FIRST_STEP, &q, hear, &h));
    world_settle(&w);
    world_pass(&w, 200, false);
    assert_int_equal(h.n, 1);
    assert_false(h.reply.granted);
    assert_int_equal(h.reply.reason, REASON_STORE_BUSY);
    world_open_gate(&w);
    world_settle(&w);
    assert_int_equal(h.n, 1);
    end();
}

static void
confirm_seen_and_end(void **state)
{
    struct question q = question(true, "c1");
    struct heard    h;
    (void)state;

    begin(true);
    h = change(PORT_OPEN, &q);
    assert_false(h.view.confirm_seen);
    h = change(PORT_CONFIRM_SEEN, &q);
    assert_true(h.view.confirm_seen);
    h = change(PORT_END, &q);
    assert_int_equal(h.view.state, VIEW_ENDED);
    assert_string_equal(run_of("c1")->end_cause, "post_rollout");
    end();
}

static struct heard
event(const char *revision, const char *message)
{
    struct question q = question(true, revision);

    snprintf(q.event, sizeof q.event, "%s", message);
    return change(PORT_EVENT, &q);
}

/* "A run starts with the first question or event … it ends by an event"
 * (api.md, Runs); between them, events tell the weight. */
static void
events_start_weigh_and_end(void **state)
{
    struct heard h;
    (void)state;

    begin(true);
    h = event("c1", "New revision detected! Scaling up reviews.prod");
    assert_int_equal(h.reply.lookup, PORT_NO_RUN); /* the checksum is the last release's */
    h = event("c1", "Starting canary analysis for reviews.prod");
    assert_true(h.has_view);
    h = event("c1", "Starting canary analysis for reviews.prod"); /* each tick at weight 0 */
    assert_int_equal(h.view.attempt, 1);
    h = event("c1", "Advance reviews.prod canary weight 25");
    check_close(h.view.weight, 25, 0);
    h = event("c1", "Promotion completed! Scaling down reviews.prod");
    assert_int_equal(h.view.state, VIEW_ENDED);
    assert_string_equal(run_of("c1")->end_cause, "completed");

    (void)event("c2", "Starting canary analysis for reviews.prod");
    decide("c2", VERDICT_ABORT, REASON_DEAD_CANARY);
    h = event("c2", "Canary failed! Scaling down reviews.prod");
    assert_string_equal(run_of("c2")->end_cause, "failed");
    h = event("c2", "Starting canary analysis for reviews.prod");
    assert_int_equal(h.view.promote.verdict, VERDICT_ABORT); /* a start is no retry */
    end();
}

/* A told answer counts as a question: it keeps the run, and brings its weight. */
static void
what_was_told_reaches_the_run(void **state)
{
    struct question  q = question(false, "v2");
    struct port_told told = {.question = &q, .gate = "argo", .http_code = 200};
    (void)state;

    begin(true);
    (void)change(PORT_OPEN, &q);
    world_pass(&w, 60000, false);
    assert_true(run_of("v2")->asked_ms < w.wall_ms);
    q.weight = 50;
    port.told(port.self, &told);
    world_settle(&w);
    assert_int_equal(run_of("v2")->asked_ms, w.wall_ms);
    check_close(run_of("v2")->weight, 50, 0);
    end();
}

static void
health_is_that_of_sources_and_store(void **state)
{
    struct port_health h;
    (void)state;

    begin(true);
    h = port.health(port.self);
    assert_true(h.live && h.ready);
    world_pass(&w, 62000, false); /* the source is asked, and silent, for a minute */
    h = port.health(port.self);
    assert_true(h.live);
    assert_false(h.ready);
    assert_non_null(strstr(h.detail, "mesh"));
    world_pass(&w, 20000, true);
    h = port.health(port.self);
    assert_true(h.ready);
    end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_looked_up_without_waiting),
        cmocka_unit_test(the_first_question_starts_the_run),
        cmocka_unit_test(what_cannot_be_opened_says_why),
        cmocka_unit_test(a_store_that_hangs_is_busy_after_200_ms),
        cmocka_unit_test(durable_in_time_is_told_with_its_view),
        cmocka_unit_test(a_stop_answers_what_waits),
        cmocka_unit_test(a_full_box_takes_no_change),
        cmocka_unit_test(changes_of_no_run_start_none),
        cmocka_unit_test(the_first_step_is_granted_once),
        cmocka_unit_test(a_promotion_is_granted_while_it_passes),
        cmocka_unit_test(no_grant_without_the_store),
        cmocka_unit_test(confirm_seen_and_end),
        cmocka_unit_test(events_start_weigh_and_end),
        cmocka_unit_test(what_was_told_reaches_the_run),
        cmocka_unit_test(health_is_that_of_sources_and_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
