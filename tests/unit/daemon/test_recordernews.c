/* Which of a run's answers are news for targets outside. */
#include "tests/unit/daemon/desk.h"

/* Each target that is to be told, with the verdict before. */
static bool
note_notice(void *ctx, const struct record_notice *n)
{
    char  *out = ctx;
    size_t used = strlen(out);

    snprintf(out + used, 256 - used, "%s after %s; ", verdict_text(n->verdict),
             n->has_previous ? verdict_text(n->previous) : "nothing");
    return true;
}

static const char *
in_the_outbox(void)
{
    static char    out[256];
    struct reader *reader = fixture_reader(&d.w.dir);
    struct err     err = {0};

    out[0] = '\0';
    assert_int_equal(reader_notices(reader, (struct slice){0}, false, 0, 0, note_notice, out, &err),
                     STATUS_OK);
    reader_close(reader);
    return out;
}

static void
begin_with_a_hook(void)
{
    begin(true);
    d.w.config = d.w.app.config =
        world_config(WORLD_CONFIG "notifications:\n  hook: {format: json, url: 'http://hook'}\n");
    d.w.app.outbox = outbox_new(&d.w.app);
    world_settle(&d.w);
}

static void
end_with_a_hook(void)
{
    outbox_free(d.w.app.outbox);
    d.w.app.outbox = NULL;
    fakefetch_settle(d.w.fakefetch);
    world_settle(&d.w);
    config_unref(d.w.config);
    end();
}

static void
a_change_of_verdict_is_news_outside(void **state)
{
    (void)state;
    begin_with_a_hook();
    decide(VERDICT_HOLD, REASON_NOT_PROVEN);
    assert_string_equal(in_the_outbox(), ""); /* hold is not asked for */
    decide(VERDICT_FAIL, REASON_ERROR_RATE_WORSE);
    assert_string_equal(in_the_outbox(), "fail after hold; "); /* with its verdict, at once */
    world_settle(&d.w);
    assert_int_equal(fakefetch_count(d.w.fakefetch), 1);
    decide(VERDICT_FAIL, REASON_LATENCY_WORSE); /* another reason */
    recorder_store(d.r, d.w.wall_ms);
    decide(VERDICT_ABORT, REASON_LATENCY_WORSE);
    decide(VERDICT_HOLD, REASON_RUN_ENDED); /* the run is over */
    world_settle(&d.w);
    assert_string_equal(in_the_outbox(), "fail after hold; abort after fail; ");
    end_with_a_hook();
}

/* A verdict that comes and goes is told once to who is told of no holds; an abort,
 * here one that a person says twice, each time. */
static void
holds_between_are_no_news(void **state)
{
    (void)state;
    begin_with_a_hook();
    for (int i = 0; i < 3; i++) {
        decide(VERDICT_HOLD, REASON_STALE_DATA);
        decide(VERDICT_PASS, REASON_PROVEN);
    }
    assert_string_equal(in_the_outbox(), "pass after hold; ");
    for (int i = 0; i < 2; i++) {
        decide(VERDICT_ABORT, REASON_VETO);
        decide(VERDICT_HOLD, REASON_STALE_DATA);
    }
    assert_string_equal(in_the_outbox(), "pass after hold; abort after pass; abort after hold; ");
    end_with_a_hook();
}

/* What the history refused is told with what it takes. */
static void
news_that_was_refused_is_news_again(void **state)
{
    struct prng same;

    (void)state;
    begin_with_a_hook();
    same = d.w.chance;
    decide(VERDICT_HOLD, REASON_NOT_PROVEN);
    world_settle(&d.w);
    d.w.chance = same; /* the same id, as above */
    decide(VERDICT_PASS, REASON_PROVEN);
    world_settle(&d.w);
    assert_string_equal(in_the_outbox(), "");
    world_pass(&d.w, 5000, false);
    recorder_decided(d.r, NULL, d.w.wall_ms);
    world_settle(&d.w);
    assert_string_equal(in_the_outbox(), "pass after hold; ");
    end_with_a_hook();
}

/* Told before the restart, and no news after it. */
static void
a_restored_run_repeats_nothing(void **state)
{
    char id[ULID_BYTES] = "";

    (void)state;
    begin_with_a_hook();
    decide(VERDICT_PASS, REASON_PROVEN);
    world_settle(&d.w);
    recorder_free(d.r);
    d.r = recorder_new(&d.w.app, &d.play.r, SLICE_LITERAL(POLICY_TEXT));
    recorder_goes_on(d.r, id, (struct slice){0});
    recorder_store(d.r, d.w.wall_ms);
    decide(VERDICT_PASS, REASON_UNHARMED);
    assert_string_equal(in_the_outbox(), "pass after nothing; ");
    end_with_a_hook();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_of_verdict_is_news_outside),
        cmocka_unit_test(holds_between_are_no_news),
        cmocka_unit_test(news_that_was_refused_is_news_again),
        cmocka_unit_test(a_restored_run_repeats_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
