#include "tests/unit/daemon/desk.h"

static bool
note_run(void *ctx, const struct record_run *row)
{
    *(struct record_run *)ctx = *row;
    return true;
}

static void
stored_run(enum verdict *v, enum verdict_reason *why)
{
    struct reader    *reader = fixture_reader(&d.w.dir);
    struct record_run row = {0};
    struct err        err = {0};

    assert_int_equal(reader_run(reader, d.play.r.who.id, note_run, &row, &err), STATUS_OK);
    *v = row.verdict;
    *why = row.reason;
    reader_close(reader);
}

struct rows {
    size_t              n;
    enum verdict_reason reason[16]; /* newest first */
    char                id[16][ULID_BYTES];
};

static bool
note_verdict(void *ctx, const struct record_verdict *v)
{
    struct rows *rows = ctx;

    assert_true(rows->n < ARRAY_LEN(rows->reason));
    rows->reason[rows->n] = v->reason;
    memcpy(rows->id[rows->n++], v->id, ULID_BYTES);
    return true;
}

static struct rows
stored_verdicts(void)
{
    struct reader       *reader = fixture_reader(&d.w.dir);
    struct reader_filter f = {.state = READER_ANY, .verdict = READER_ANY};
    struct rows          rows = {0};
    struct err           err = {0};

    assert_int_equal(reader_verdicts(reader, &f, note_verdict, &rows, &err), STATUS_OK);
    reader_close(reader);
    return rows;
}

static void
on_done(void *ctx, enum status s)
{
    struct desk *desk = ctx;

    desk->n_done++;
    desk->done = s;
}

static void
a_pass_is_never_told_before_it_is_durable(void **state)
{
    struct rows rows;
    (void)state;

    begin(false);
    decide(VERDICT_HOLD, REASON_NOT_PROVEN);
    TELLS(HOLD, NOT_PROVEN);
    world_drain(&d.w);
    world_settle(&d.w);

    world_close_gate(&d.w);
    decide(VERDICT_PASS, REASON_PROVEN);
    for (int i = 0; i < 100; i++) { /* however long it takes */
        TELLS(HOLD, STORE_BUSY);
        assert_int_equal(told().step.verdict, VERDICT_HOLD);
        world_pass(&d.w, 10000, false);
        recorder_publish(d.r);
    }
    assert_int_equal(stored_verdicts().n, 1);
    world_open_gate(&d.w);
    rows = stored_verdicts();
    assert_int_equal(rows.n, 2); /* it is there before it is told */
    assert_int_equal(rows.reason[0], REASON_PROVEN);
    TELLS(HOLD, STORE_BUSY); /* the loop does not know yet */
    world_settle(&d.w);
    TELLS(PASS, PROVEN);
    assert_string_equal(told().id, rows.id[0]);
    end();
}

/* The source hangs, so nothing is decided; the disk is slow, so its answers
 * come late. */
static void
a_slow_disk_makes_no_pass_younger(void **state)
{
    int64_t judged_ms;

    (void)state;
    begin(false);
    decide(VERDICT_PASS, REASON_PROVEN);
    world_drain(&d.w);
    world_settle(&d.w);
    world_close_gate(&d.w);
    decide(VERDICT_PASS, REASON_PROVEN);
    recorder_store(d.r, d.w.wall_ms);
    judged_ms = d.w.mono_ms;
    world_pass(&d.w, 25000, false);
    world_open_gate(&d.w);
    world_drain(&d.w);
    world_settle(&d.w);
    TELLS(PASS, PROVEN);
    assert_int_equal(told().evaluated_mono_ms, judged_ms);
    assert_int_equal(told().evaluated_wall_ms, d.w.wall_ms - 25000);
    end();
}

/* The pass that was durable is another one than the pass that comes now. */
static void
each_pass_is_written_anew(void **state)
{
    (void)state;
    begin(false);
    decide(VERDICT_PASS, REASON_PROVEN);
    world_drain(&d.w);
    world_settle(&d.w);
    TELLS(PASS, PROVEN);
    world_close_gate(&d.w);
    d.play.r.promote.reason = REASON_NO_TRAFFIC_PASSES;
    recorder_publish(d.r); /* not even submitted */
    TELLS(HOLD, STORE_BUSY);
    decide(VERDICT_HOLD, REASON_STALE_DATA);
    TELLS(HOLD, STALE_DATA);
    decide(VERDICT_PASS, REASON_PROVEN);
    TELLS(HOLD, STORE_BUSY);
    world_open_gate(&d.w);
    world_settle(&d.w);
    TELLS(PASS, PROVEN);
    end();
}

static void
a_step_that_passes_is_durable_too(void **state)
{
    (void)state;
    begin(false);
    decide(VERDICT_HOLD, REASON_NOT_PROVEN);
    world_drain(&d.w);
    world_settle(&d.w);
    world_close_gate(&d.w);
    d.play.r.step =
        (struct view_answer){.verdict = VERDICT_PASS, .reason = REASON_UNHARMED, .message = "x"};
    recorder_decided(d.r, NULL, d.w.wall_ms);
    TELLS(HOLD, NOT_PROVEN);
    {
        struct verdict_view v = told();

        PLAY_TOLD(&v.step, HOLD, STORE_BUSY);
        world_open_gate(&d.w);
        world_settle(&d.w);
        v = told();
        PLAY_TOLD(&v.step, PASS, UNHARMED);
        PLAY_TOLD(&v.promote, HOLD, NOT_PROVEN);
    }
    assert_int_equal(stored_verdicts().reason[0], REASON_UNHARMED); /* a row of its own */
    assert_int_equal(stored_verdicts().n, 2);
    end();
}

static void
hold_and_fail_are_told_at_once(void **state)
{
    (void)state;
    begin(false);
    decide(VERDICT_PASS, REASON_PROVEN);
    world_drain(&d.w);
    world_settle(&d.w);
    world_close_gate(&d.w);
    decide(VERDICT_FAIL, REASON_LATENCY_HIGH);
    TELLS(FAIL, LATENCY_HIGH);
    decide(VERDICT_HOLD, REASON_SOURCE_UNREACHABLE);
    TELLS(HOLD, SOURCE_UNREACHABLE);
    world_open_gate(&d.w);
    world_settle(&d.w);
    TELLS(HOLD, SOURCE_UNREACHABLE);
    end();
}

static void
an_abort_is_told_after_2_s_although_the_store_hangs(void **state)
{
    (void)state;
    begin(false);
    decide(VERDICT_HOLD, REASON_NOT_PROVEN);
    world_drain(&d.w);
    world_settle(&d.w);
    world_close_gate(&d.w);
    decide(VERDICT_ABORT, REASON_DEAD_CANARY);
    TELLS(HOLD, NOT_PROVEN); /* as before */
    assert_false(told().aborted);
    world_pass(&d.w, 1000, false);
    recorder_publish(d.r); /* a tick in between does not start the wait again */
    TELLS(HOLD, NOT_PROVEN);
    world_pass(&d.w, 999, false);
    TELLS(HOLD, NOT_PROVEN);
    world_pass(&d.w, 1, false); /* by its own timer: nobody calls */
    TELLS(ABORT, DEAD_CANARY);
    assert_true(told().aborted);
    recorder_publish(d.r);
    TELLS(ABORT, DEAD_CANARY); /* once told, for ever */
    world_open_gate(&d.w);
    world_settle(&d.w);
    TELLS(ABORT, DEAD_CANARY);
    end();
}

/* A veto that was cleared, and another: the first one's time is over, its own is not. */
static void
the_next_abort_waits_anew(void **state)
{
    (void)state;
    begin(false);
    decide(VERDICT_HOLD, REASON_NOT_PROVEN);
    decide(VERDICT_ABORT, REASON_VETO);
    world_drain(&d.w);
    world_settle(&d.w);
    TELLS(ABORT, VETO);
    decide(VERDICT_HOLD, REASON_NOT_PROVEN);
    world_drain(&d.w);
    world_settle(&d.w);
    world_pass(&d.w, RECORDER_ABORT_WAIT_MS, false);
    world_close_gate(&d.w);
    decide(VERDICT_ABORT, REASON_VETO);
    TELLS(HOLD, NOT_PROVEN);
    world_pass(&d.w, RECORDER_ABORT_WAIT_MS - 1, false);
    TELLS(HOLD, NOT_PROVEN);
    world_pass(&d.w, 1, false);
    TELLS(ABORT, VETO);
    world_open_gate(&d.w);
    end();
}

static void
an_abort_is_told_as_soon_as_it_is_durable(void **state)
{
    (void)state;
    begin(false);
    decide(VERDICT_HOLD, REASON_NOT_PROVEN);
    world_close_gate(&d.w);
    decide(VERDICT_ABORT, REASON_ERROR_RATE_WORSE);
    world_pass(&d.w, 30, false);
    TELLS(HOLD, NOT_PROVEN);
    world_open_gate(&d.w);
    world_settle(&d.w);
    TELLS(ABORT, ERROR_RATE_WORSE);
    end();
}

/* What is known to be an abort is not told as the pass that it was. */
static void
no_pass_is_told_while_an_abort_is_written(void **state)
{
    (void)state;
    begin(false);
    decide(VERDICT_PASS, REASON_PROVEN);
    world_drain(&d.w);
    world_settle(&d.w);
    TELLS(PASS, PROVEN);
    world_close_gate(&d.w);
    decide(VERDICT_ABORT, REASON_DEAD_CANARY);
    TELLS(HOLD, STORE_BUSY);
    assert_int_equal(told().step.verdict, VERDICT_HOLD);
    world_pass(&d.w, RECORDER_ABORT_WAIT_MS, false);
    TELLS(ABORT, DEAD_CANARY);
    world_open_gate(&d.w);
    end();
}

/* A unit that the history refuses (here: an id that is taken) leaves nothing
 * behind; the pass in it is not told, and is stored with the next tick. */
static void
what_failed_is_stored_again(void **state)
{
    enum verdict        v;
    enum verdict_reason why;
    struct prng         same;
    (void)state;

    begin(true);
    same = d.w.chance;
    decide(VERDICT_HOLD, REASON_NOT_PROVEN);
    world_settle(&d.w);
    recorder_when_durable(d.r, on_done, &d);
    assert_int_equal(d.done, STATUS_OK);

    d.w.chance = same; /* the same chance at the same instant: the same id */
    decide(VERDICT_PASS, REASON_PROVEN);
    recorder_when_durable(d.r, on_done, &d);
    assert_int_equal(d.n_done, 1); /* not answered yet */
    world_settle(&d.w);
    assert_int_equal(d.n_done, 2);
    assert_int_equal(d.done, STATUS_STORE);
    TELLS(HOLD, STORE_BUSY);
    stored_run(&v, &why);
    assert_int_equal(v, VERDICT_HOLD); /* all of the unit or nothing */
    recorder_when_durable(d.r, on_done, &d);
    assert_int_equal(d.done, STATUS_STORE); /* at once, and it says that it failed */

    world_pass(&d.w, 5000, false);
    recorder_decided(d.r, NULL, d.w.wall_ms); /* no news, a tick */
    world_settle(&d.w);
    TELLS(PASS, PROVEN);
    assert_int_equal(stored_verdicts().n, 2);
    stored_run(&v, &why);
    assert_int_equal(v, VERDICT_PASS);
    recorder_when_durable(d.r, on_done, &d);
    assert_int_equal(d.done, STATUS_OK);
    recorder_decided(d.r, NULL, d.w.wall_ms); /* and that was all */
    assert_int_equal(stored_verdicts().n, 2);
    end();
}

static void
fill_the_queue(void)
{
    struct record_run row = fixture_run(1);
    static char       numbers[200 << 10];

    memset(numbers, ' ', sizeof numbers);
    row.numbers = (struct slice){numbers, sizeof numbers};
    row.policy_hash = SLICE_LITERAL("abc");
    row.policy_text = SLICE_LITERAL("x");
    while (store_submit(d.w.store, &(struct store_commit){.run = &row}, NULL, NULL) == STATUS_OK)
        continue;
    row.numbers.n = 1; /* and the rest of it */
    while (store_submit(d.w.store, &(struct store_commit){.run = &row}, NULL, NULL) == STATUS_OK)
        continue;
}

/* A full queue refuses at once, before what it took earlier is answered. */
static void
a_full_queue_is_answered_in_order(void **state)
{
    (void)state;
    begin(false);
    world_close_gate(&d.w);
    decide(VERDICT_HOLD, REASON_NOT_PROVEN);
    recorder_when_durable(d.r, on_done, &d); /* waits for that one */
    fill_the_queue();
    for (int i = 0; i < 50; i++)
        decide(i % 2 ? VERDICT_PASS : VERDICT_HOLD, i % 2 ? REASON_PROVEN : REASON_STALE_DATA);
    recorder_when_durable(d.r, on_done, &d);
    world_settle(&d.w);
    assert_int_equal(d.n_done, 0); /* the first is still under way */
    TELLS(HOLD, STORE_BUSY);
    world_open_gate(&d.w);
    world_settle(&d.w);
    assert_int_equal(d.n_done, 2);
    assert_int_equal(d.done, STATUS_STORE); /* of the second, which was refused */
    TELLS(HOLD, STORE_BUSY);
    assert_int_equal(stored_verdicts().reason[0], REASON_NOT_PROVEN);

    recorder_decided(d.r, NULL, d.w.wall_ms);
    world_drain(&d.w);
    world_settle(&d.w);
    TELLS(PASS, PROVEN);
    end();
}

/* Units that are under way, taken and refused, outlive the run. */
static void
the_run_may_go_while_units_are_under_way(void **state)
{
    struct verdict_view v;
    (void)state;

    begin(false);
    world_close_gate(&d.w);
    decide(VERDICT_HOLD, REASON_NOT_PROVEN);
    decide(VERDICT_ABORT, REASON_DEAD_CANARY); /* with its timer */
    recorder_when_durable(d.r, on_done, &d);
    fill_the_queue();
    decide(VERDICT_HOLD, REASON_NO_TRAFFIC);
    v = told();
    recorder_free(d.r);
    d.r = NULL;
    assert_int_equal(d.n_done, 1);
    assert_int_equal(d.done, STATUS_CANCELLED);
    world_settle(&d.w); /* the refusal comes first */
    world_pass(&d.w, 10000, false);
    assert_int_equal(told().evaluated_mono_ms, v.evaluated_mono_ms); /* nobody publishes it */
    world_open_gate(&d.w);
    world_settle(&d.w);
    assert_int_equal(stored_verdicts().reason[0], REASON_DEAD_CANARY);
    end();
}

/* All of it goes down together: receipts that the loop never read. */
static void
a_shutdown_in_the_middle_is_clean(void **state)
{
    (void)state;
    begin(false);
    decide(VERDICT_HOLD, REASON_NOT_PROVEN);
    decide(VERDICT_PASS, REASON_PROVEN);
    end();
}

/* What a restart reads: compared inside the call, since texts are borrowed. */
static bool
check_blob(void *ctx, const struct record_run *row)
{
    static struct run twin;
    struct err        err = {0};
    int64_t           base_ms = 0;
    (void)ctx;

    if (runrow_unpack(row->state_blob, d.play.r.policy, &twin, &base_ms, &err))
        fail_msg("%s", err.text);
    assert_int_equal(base_ms, 1234567);
    check_same_state(runstate_pack, &d.play.r, &twin);
    fixture_equal(row->policy_text, SLICE_LITERAL(POLICY_TEXT));
    assert_int_equal(runrow_unpack((struct slice){row->state_blob.p, row->state_blob.n - 1},
                                   d.play.r.policy, &twin, &base_ms, &err),
                     STATUS_SYNTAX);
    assert_int_equal(runrow_unpack((struct slice){0}, d.play.r.policy, &twin, &base_ms, &err),
                     STATUS_SYNTAX);
    return true;
}

static bool
check_interval(void *ctx, const struct record_interval *row)
{
    static struct interval i;
    struct err             err = {0};

    ++*(int *)ctx;
    assert_int_equal(interval_unpack(row->row, &i, &err), STATUS_OK);
    assert_int_equal(i.end_ms, d.play.i.end_ms);
    return true;
}

static void
what_is_stored_is_read_back(void **state)
{
    struct reader *reader;
    struct err     err = {0};
    int            intervals = 0;
    (void)state;

    begin(true);
    play_well(&d.play, 20, 100, 900);
    recorder_decided(d.r, &d.play.i, 1234567);
    world_settle(&d.w);
    reader = fixture_reader(&d.w.dir);
    if (reader_run(reader, d.play.r.who.id, check_blob, NULL, &err))
        fail_msg("%s", err.text);
    assert_int_equal(
        reader_intervals(reader, d.play.r.who.id, 0, 0, check_interval, &intervals, &err),
        STATUS_OK);
    assert_int_equal(intervals, 1);
    reader_close(reader);
    end();
}

/* A restored run goes on under the id of its last stored verdict: what was told
 * before is told again without a new row, a pass too. */
static void
a_restored_run_stores_nothing_anew(void **state)
{
    static const char id[ULID_BYTES] = "01HF7YAT00000000000000000Z";
    (void)state;

    begin(true);
    d.play.r.promote = d.play.r.step =
        (struct view_answer){.verdict = VERDICT_PASS, .reason = REASON_PROVEN, .message = "x"};
    recorder_goes_on(d.r, id, (struct slice){0});
    recorder_decided(d.r, NULL, d.w.wall_ms);
    TELLS(PASS, PROVEN);
    assert_string_equal(told().id, id);
    assert_int_equal(stored_verdicts().n, 0);
    end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pass_is_never_told_before_it_is_durable),
        cmocka_unit_test(a_slow_disk_makes_no_pass_younger),
        cmocka_unit_test(each_pass_is_written_anew),
        cmocka_unit_test(a_step_that_passes_is_durable_too),
        cmocka_unit_test(hold_and_fail_are_told_at_once),
        cmocka_unit_test(an_abort_is_told_after_2_s_although_the_store_hangs),
        cmocka_unit_test(the_next_abort_waits_anew),
        cmocka_unit_test(an_abort_is_told_as_soon_as_it_is_durable),
        cmocka_unit_test(no_pass_is_told_while_an_abort_is_written),
        cmocka_unit_test(what_failed_is_stored_again),
        cmocka_unit_test(a_full_queue_is_answered_in_order),
        cmocka_unit_test(the_run_may_go_while_units_are_under_way),
        cmocka_unit_test(a_shutdown_in_the_middle_is_clean),
        cmocka_unit_test(what_is_stored_is_read_back),
        cmocka_unit_test(a_restored_run_stores_nothing_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
