#include "daemon/outbox.h"

#include "tests/unit/daemon/world.h"

#define HOOK WORLD_CONFIG "notifications:\n  hook: {format: json, url: 'http://hook/in'}\n"

static struct world w;

static void
begin(const char *yaml)
{
    world_init(&w, true);
    world_start(&w, yaml);
}

static void
end(void)
{
    world_stop(&w);
    world_release(&w);
}

/* As the recorder stores it: a run, its n-th verdict, who is to be told. */
static void
tell(int n, const char *revision, const char *targets)
{
    struct record_run     run = fixture_run(1);
    struct record_verdict v = fixture_verdict(1, n);
    struct store_outbox   o = {.what = STORE_OUTBOX_ADD,
                               .targets = slice_of(targets),
                               .at_ms = w.wall_ms,
                               .keep = OUTBOX_KEEP};

    run.revision = slice_of(revision);
    v.verdict = VERDICT_ABORT;
    v.reason = REASON_ERROR_RATE_WORSE;
    memcpy(o.verdict, v.id, sizeof o.verdict);
    fixture_must(w.store, &(struct store_commit){.run = &run, .verdict = &v, .outbox = &o});
    outbox_wake(w.app.outbox);
    world_settle(&w);
}

/* The i-th call to a URL that holds what; false: there is none (yet). */
static bool
find(const char *what, size_t i, size_t *at)
{
    for (*at = 0; *at < fakefetch_count(w.fakefetch); ++*at)
        if (strstr(fakefetch_call(w.fakefetch, *at)->url, what) && i-- == 0)
            return true;
    return false;
}

static size_t
calls(const char *what)
{
    size_t n = 0, at;

    while (find(what, n, &at))
        n++;
    return n;
}

static const struct fakefetch_call *
call(const char *what, size_t i)
{
    size_t at;

    assert_true(find(what, i, &at));
    return fakefetch_call(w.fakefetch, at);
}

static void
reply(const char *what, size_t i, int http_code)
{
    size_t at;

    assert_true(find(what, i, &at));
    fakefetch_reply(w.fakefetch, at, http_code, "");
    world_settle(&w);
}

static bool
on_count(void *ctx, const struct record_notice_count *c)
{
    char  *out = ctx;
    size_t used = strlen(out);

    snprintf(out + used, 256 - used, "%.*s %d waiting %d dead %d told; ", SLICE_ARG(c->target),
             (int)c->waiting, (int)c->dead, (int)c->told);
    return true;
}

static const char *
counted(void)
{
    static char    out[256];
    struct reader *r = fixture_reader(&w.dir);
    struct err     err = {0};

    out[0] = '\0';
    assert_int_equal(reader_notice_counts(r, on_count, out, &err), STATUS_OK);
    reader_close(r);
    return out;
}

static bool
on_error(void *ctx, const struct record_notice *n)
{
    snprintf(ctx, 256, "%.*s", SLICE_ARG(n->error));
    return true;
}

/* The error of the newest that waits, or is dead. */
static const char *
error_of(bool dead)
{
    static char    out[256];
    struct reader *r = fixture_reader(&w.dir);
    struct err     err = {0};

    snprintf(out, sizeof out, "none");
    assert_int_equal(reader_notices(r, (struct slice){0}, dead, 0, 0, on_error, out, &err),
                     STATUS_OK);
    reader_close(r);
    return out;
}

static void
nothing_is_sent_where_nobody_is_named(void **state)
{
    struct text names;

    (void)state;
    begin(WORLD_CONFIG);
    text_init(&names, STORE_MAX_TARGETS);
    outbox_targets(w.app.outbox, SLICE_LITERAL("prod"), SLICE_LITERAL("reviews"), VERDICT_ABORT,
                   false, &names);
    assert_int_equal(names.n, 0);
    outbox_wake(w.app.outbox);
    outbox_wake(NULL);
    world_pass(&w, 60000, true);
    assert_int_equal(calls("hook"), 0);
    text_release(&names);
    end();
}

static void
a_verdict_is_told_once_and_forgotten(void **state)
{
    const struct fakefetch_call *c;
    char                         id[64];
    struct record_verdict        v = fixture_verdict(1, 1);

    (void)state;
    begin(HOOK);
    tell(1, "v2", "hook");
    c = call("hook", 0);
    assert_string_equal(c->method, "POST");
    assert_string_equal(c->url, "http://hook/in");
    assert_string_equal(c->content_type, "application/json");
    assert_int_equal(c->timeout_ms, 10000);
    snprintf(id, sizeof id, "webhook-id: %s\n", v.id);
    assert_non_null(strstr(c->headers, id));
    snprintf(id, sizeof id, "Idempotency-Key: %s\n", v.id);
    assert_non_null(strstr(c->headers, id));
    assert_non_null(strstr(c->headers, "webhook-timestamp: 1700000000\n"));
    assert_null(strstr(c->headers, "signature"));
    assert_non_null(strstr(c->body, "\"verdict\":\"abort\""));
    assert_string_equal(counted(), "hook 1 waiting 0 dead 0 told; ");
    reply("hook", 0, 204);
    assert_string_equal(counted(), "hook 0 waiting 0 dead 1 told; ");
    world_pass(&w, 3600000, false);
    assert_int_equal(calls("hook"), 1);
    end();
}

/* 1, 2, 4 … 256 s, then 5 min, less up to a quarter: an hour of 500 is between 9 and
 * 9 + 3089 / 225 tries, and every one of them is the same message. */
static void
an_hour_of_500_is_survived(void **state)
{
    size_t n = 1;

    (void)state;
    begin(HOOK);
    tell(1, "v2", "hook");
    for (int s = 0; s < 3600; s++) {
        if (calls("hook") == n)
            reply("hook", n++ - 1, 500);
        world_pass(&w, 1000, false);
    }
    assert_in_range(n, 10, 24);
    for (size_t i = 1; i < calls("hook"); i++) {
        assert_string_equal(call("hook", i)->body, call("hook", 0)->body);
        assert_memory_equal(call("hook", i)->headers, call("hook", 0)->headers, 38);
    }
    assert_string_equal(error_of(false), "HTTP 500");
    world_pass(&w, OUTBOX_MOST_PAUSE_MS, false);
    reply("hook", n - 1, 200);
    assert_string_equal(counted(), "hook 0 waiting 0 dead 1 told; ");
    end();
}

static void
who_hangs_holds_up_nobody_else(void **state)
{
    size_t at;

    (void)state;
    begin(HOOK "  other: {format: slack, url: 'http://chat/in'}\n");
    tell(1, "v2", "hook other");
    tell(2, "v2", "hook other");
    assert_int_equal(calls("hook"), 1); /* its second waits behind the first */
    reply("chat", 0, 200);
    reply("chat", 1, 200);
    assert_string_equal(counted(), "hook 2 waiting 0 dead 0 told; other 0 waiting 0 dead 2 told; ");
    assert_true(find("hook", 0, &at));
    fakefetch_fail(w.fakefetch, at, STATUS_TIMEOUT, "no answer in 10000 ms");
    world_pass(&w, 1000, false);
    assert_string_equal(error_of(false), ""); /* of the second; the first: */
    assert_int_equal(calls("hook"), 2);
    reply("hook", 1, 200);
    reply("hook", 2, 200);
    assert_string_equal(counted(), "hook 0 waiting 0 dead 2 told; other 0 waiting 0 dead 2 told; ");
    end();
}

/* Under way when the daemon died: nobody knows whether it was taken. */
static void
a_restart_sends_what_was_not_told(void **state)
{
    char id[38];

    (void)state;
    begin(HOOK);
    tell(1, "v2", "hook");
    memcpy(id, call("hook", 0)->headers, sizeof id);
    world_stop(&w);
    world_start(&w, HOOK);
    world_settle(&w);
    assert_int_equal(calls("hook"), 2);
    assert_memory_equal(call("hook", 1)->headers, id, sizeof id);
    reply("hook", 1, 200);
    assert_string_equal(counted(), "hook 0 waiting 0 dead 1 told; ");
    end();
}

static void
what_is_refused_for_good_is_dead_at_once(void **state)
{
    (void)state;
    begin(HOOK);
    tell(1, "v2", "hook");
    tell(2, "v2", "hook");
    reply("hook", 0, 410);
    assert_int_equal(calls("hook"), 2);
    reply("hook", 1, 200);
    assert_string_equal(counted(), "hook 0 waiting 1 dead 1 told; ");
    assert_string_equal(error_of(true), "HTTP 410");
    end();
}

static void
what_is_not_taken_for_a_day_is_dead(void **state)
{
    size_t n = 0;

    (void)state;
    begin(HOOK);
    tell(1, "v2", "hook");
    for (int m = 0; m < 24 * 60 + 6; m++) {
        while (calls("hook") > n)
            reply("hook", n++, 302); /* a redirect is not followed */
        world_pass(&w, 60000, false);
    }
    assert_string_equal(counted(), "hook 0 waiting 1 dead 0 told; ");
    assert_string_equal(error_of(true), "HTTP 302");
    end();
}

static void
a_target_may_ask_for_a_longer_pause(void **state)
{
    size_t at;

    (void)state;
    begin(HOOK);
    tell(1, "v2", "hook");
    assert_true(find("hook", 0, &at));
    fakefetch_answer(w.fakefetch, at,
                     &(struct fetch_result){.http_code = 429, .retry_after_ms = 600000});
    world_pass(&w, 599999, false);
    assert_int_equal(calls("hook"), 1);
    world_pass(&w, 1, false);
    assert_int_equal(calls("hook"), 2);
    end();
}

static void
secrets_are_read_for_each_message_and_never_in_it(void **state)
{
    char path[] = "/tmp/verdictd-secret-XXXXXX", yaml[512], want[160];
    int  fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    snprintf(yaml, sizeof yaml,
             WORLD_CONFIG "notifications:\n  hook: {format: cloudevents, url: 'http://hook/in', "
                          "secret_file: %s}\n",
             path);
    begin(yaml);
    tell(1, "v2", "hook");
    assert_int_equal(calls("hook"), 0);
    snprintf(want, sizeof want, "%s is empty", path);
    assert_string_equal(error_of(false), want);
    assert_int_equal(pwrite(fd, "s3cret-Key\n", 11, 0), 11);
    world_pass(&w, 1000, false);
    assert_non_null(strstr(call("hook", 0)->headers, "webhook-signature: v1,"));
    assert_null(strstr(call("hook", 0)->headers, "s3cret-Key"));
    assert_null(strstr(call("hook", 0)->body, "s3cret-Key"));
    assert_int_equal(pwrite(fd, "\n\n\n\n\n\n\n\n\n\n\n", 11, 0), 11);
    reply("hook", 0, 500);
    world_pass(&w, 2000, false);
    assert_int_equal(calls("hook"), 1);
    end();
    close(fd);
    unlink(path);
}

#define PUSH                                                                                       \
    "sources:\n  mesh: {prometheus: {url: \"http://prometheus:9090\"}}\n"                          \
    "services:\n"                                                                                  \
    "  - {name: reviews, namespace: prod, versions: {key: version}, rollout: reviews-rollout}\n"   \
    "  - {name: other, namespace: prod, versions: {key: version}}\n"                               \
    "notifications:\n  push: {format: argo_abort, url: 'http://kube'}\n"

/* What is told of the run of fixture_run(). */
static void
publish(const char *revision, enum verdict verdict, int run)
{
    struct verdict_view v = {.service = "reviews", .ns = "prod"};
    struct record_run   r = fixture_run(run);

    snprintf(v.revision, sizeof v.revision, "%s", revision);
    memcpy(v.run, r.id, sizeof v.run);
    v.promote.verdict = verdict;
    publish_set(w.app.publish, &v);
}

static void
an_abort_is_pushed_while_it_is_told(void **state)
{
    const struct fakefetch_call *c;

    (void)state;
    begin(PUSH);
    publish("7d9f6bcd54", VERDICT_ABORT, 1);
    tell(1, "7d9f6bcd54", "push");
    c = call("kube", 0);
    assert_string_equal(c->method, "PATCH");
    assert_string_equal(c->url, "http://kube/apis/argoproj.io/v1alpha1/namespaces/prod/rollouts/"
                                "reviews-rollout/status");
    assert_string_equal(c->content_type, "application/json-patch+json");
    assert_string_equal(c->headers, "");
    assert_non_null(strstr(c->body, "\"value\":\"7d9f6bcd54\""));
    reply("kube", 0, 503);
    publish("7d9f6bcd54", VERDICT_HOLD, 1); /* cleared meanwhile */
    world_pass(&w, 1000, false);
    assert_int_equal(calls("kube"), 1);
    assert_string_equal(counted(), "push 0 waiting 1 dead 0 told; ");
    assert_string_equal(error_of(true), "the run does not tell abort any more");
    end();
}

static void
an_abort_that_might_meet_another_release_is_not_pushed(void **state)
{
    (void)state;
    begin(PUSH);
    publish("v1", VERDICT_ABORT, 1);
    tell(1, "v1", "push");
    assert_string_equal(error_of(true), "the revision is not the Rollout's pod template hash");
    end();
    begin(PUSH);
    publish("7d9f6bcd54", VERDICT_ABORT, 2); /* a retry: another run of the same revision */
    tell(1, "7d9f6bcd54", "push");
    assert_string_equal(error_of(true), "the run does not tell abort any more");
    assert_int_equal(calls("kube"), 0);
    end();
}

static void
names(enum verdict v, const char *service, const char *ns, const char *want)
{
    struct text t;

    text_init(&t, STORE_MAX_TARGETS);
    outbox_targets(w.app.outbox, slice_of(ns), slice_of(service), v, false, &t);
    assert_string_equal(t.p, want);
    text_release(&t);
}

static void
the_configuration_says_who_is_told_of_what(void **state)
{
    (void)state;
    begin(PUSH "  chat: {format: slack, url: 'http://chat', on: [hold, abort]}\n"
               "  team: {format: json, url: 'http://team', namespaces: [test, stage]}\n");
    names(VERDICT_ABORT, "reviews", "prod", "push chat");
    names(VERDICT_ABORT, "other", "prod", "chat");
    names(VERDICT_HOLD, "reviews", "prod", "chat");
    names(VERDICT_PASS, "reviews", "prod", "");
    names(VERDICT_FAIL, "any", "stage", "team");
    end();
}

static void
a_reload_ends_pauses_and_targets(void **state)
{
    struct err     err = {0};
    struct config *c;

    (void)state;
    begin(HOOK "  gone: {format: json, url: 'http://gone/in'}\n");
    tell(1, "v2", "hook gone");
    reply("hook", 0, 500);
    c = world_config(WORLD_CONFIG "notifications:\n  hook: {format: json, url: 'http://new/in'}\n");
    assert_int_equal(app_reload(&w.app, c, &err), STATUS_OK);
    config_unref(w.config);
    w.config = c;
    fakefetch_settle(w.fakefetch); /* what was under way to the one that is gone */
    world_settle(&w);
    reply("new", 0, 200);
    world_pass(&w, 60000, false);
    assert_int_equal(calls("gone"), 1);
    assert_string_equal(counted(), "gone 1 waiting 0 dead 0 told; hook 0 waiting 0 dead 1 told; ");
    end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_sent_where_nobody_is_named),
        cmocka_unit_test(a_verdict_is_told_once_and_forgotten),
        cmocka_unit_test(an_hour_of_500_is_survived),
        cmocka_unit_test(who_hangs_holds_up_nobody_else),
        cmocka_unit_test(a_restart_sends_what_was_not_told),
        cmocka_unit_test(what_is_refused_for_good_is_dead_at_once),
        cmocka_unit_test(what_is_not_taken_for_a_day_is_dead),
        cmocka_unit_test(a_target_may_ask_for_a_longer_pause),
        cmocka_unit_test(secrets_are_read_for_each_message_and_never_in_it),
        cmocka_unit_test(an_abort_is_pushed_while_it_is_told),
        cmocka_unit_test(an_abort_that_might_meet_another_release_is_not_pushed),
        cmocka_unit_test(the_configuration_says_who_is_told_of_what),
        cmocka_unit_test(a_reload_ends_pauses_and_targets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
