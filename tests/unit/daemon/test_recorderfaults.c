/* What is told while the disk fails: recorder.h's rules, over disks that fail at each
 * operation in turn. */
#include "base/log.h"
#include "daemon/meters.h"
#include "daemon/recorder.h"
#include "tests/support/faultvfs.h"
#include "tests/unit/analyzer/run_play.h"
#include "tests/unit/daemon/world.h"

struct desk {
    struct world     w;
    struct play      play;
    struct recorder *r;
};

static struct desk d;

static void
begin(void)
{
    struct policy policy = play_policy();

    memset(&d, 0, sizeof d);
    world_init(&d.w, true);
    log_set_level(LOG_LEVEL_ERROR + 1);
    d.w.app.world = world_of(&d.w);
    d.w.app.publish = publish_new();
    d.w.app.meters = meters_new();
    play_start(&d.play, &policy);
    d.play.now_ms = d.w.wall_ms;
    play_sighted(&d.play);
    d.r = recorder_new(&d.w.app, &d.play.r, SLICE_LITERAL("false_rollback_rate=0.01\n"));
}

static void
end(void)
{
    recorder_free(d.r);
    store_drain(d.w.store);
    while (mailbox_run(d.w.mailbox))
        continue;
    publish_free(d.w.app.publish);
    meters_free(d.w.app.meters);
    world_release(&d.w);
}

static void
decide(enum verdict v, enum verdict_reason why)
{
    struct run *r = &d.play.r;

    r->promote = (struct view_answer){.verdict = v, .reason = why, .message = "by hand"};
    r->step = r->promote;
    recorder_decided(d.r, NULL, d.w.wall_ms);
    world_settle(&d.w);
}

static struct verdict_view
told(void)
{
    const struct verdict_view *v = publish_get(d.w.app.publish, "prod", "reviews", "v2");
    struct verdict_view        copy;

    assert_non_null(v);
    copy = *v;
    publish_release(v);
    return copy;
}

static void
tells(enum verdict v, enum verdict_reason why)
{
    struct verdict_view view = told();

    assert_string_equal(verdict_text(view.promote.verdict), verdict_text(v));
    assert_string_equal(verdict_reason_text(view.promote.reason), verdict_reason_text(why));
}

static bool
count_passes(void *ctx, const struct record_verdict *v)
{
    *(int *)ctx += v->verdict == VERDICT_PASS;
    return true;
}

static int
stored_passes(void)
{
    struct reader       *reader = fixture_reader(&d.w.dir);
    struct reader_filter f = {.state = READER_ANY, .verdict = READER_ANY};
    int                  n = 0;

    assert_int_equal(reader_verdicts(reader, &f, count_passes, &n, NULL), STATUS_OK);
    reader_close(reader);
    return n;
}

static const enum faultvfs_kind kinds[] = {FAULTVFS_IO, FAULTVFS_FULL, FAULTVFS_SHORT,
                                           FAULTVFS_READ_ONLY, FAULTVFS_SYNC};

/* Hold and fail at once, an abort after 2 s, a pass not before the disk works again. */
static void
a_disk_that_stays_bad_stops_only_passes(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        begin();
        faultvfs_plan(kinds[k], 1, true);
        decide(VERDICT_HOLD, REASON_NOT_PROVEN);
        tells(VERDICT_HOLD, REASON_NOT_PROVEN);
        decide(VERDICT_FAIL, REASON_LATENCY_HIGH);
        tells(VERDICT_FAIL, REASON_LATENCY_HIGH);
        for (int i = 0; i < 20; i++) {
            decide(VERDICT_PASS, REASON_PROVEN);
            tells(VERDICT_HOLD, REASON_STORE_BUSY);
            world_pass(&d.w, 5000, false);
        }
        decide(VERDICT_ABORT, REASON_ERROR_RATE_WORSE);
        assert_int_not_equal(told().promote.verdict, VERDICT_PASS);
        world_pass(&d.w, RECORDER_ABORT_WAIT_MS, false);
        tells(VERDICT_ABORT, REASON_ERROR_RATE_WORSE);
        assert_true(store_health(d.w.store).failing);
        faultvfs_heal();
        decide(VERDICT_PASS, REASON_PROVEN);
        tells(VERDICT_PASS, REASON_PROVEN);
        assert_int_equal(stored_passes(), 1);
        end();
    }
}

/* The disk fails once, at each operation that storing a pass takes in turn. */
static void
no_pass_is_told_that_is_not_stored(void **state)
{
    int told_without = 0, held = 0;

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        for (uint64_t at = 1, failed = 1; failed; at++) {
            begin();
            decide(VERDICT_HOLD, REASON_NOT_PROVEN);
            faultvfs_plan(kinds[k], at, false);
            decide(VERDICT_PASS, REASON_PROVEN);
            failed = faultvfs_failed();
            faultvfs_heal();
            if (told().promote.verdict == VERDICT_PASS) {
                told_without += stored_passes() == 0;
            } else {
                tells(VERDICT_HOLD, REASON_STORE_BUSY);
                held++;
                decide(VERDICT_PASS, REASON_PROVEN); /* the next tick */
                tells(VERDICT_PASS, REASON_PROVEN);
                assert_int_equal(stored_passes(), 1);
            }
            end();
        }
    }
    print_message("%d passes were held back\n", held);
    assert_int_equal(told_without, 0);
    assert_true(held > 20);
}

static int
install(void **state)
{
    (void)state;
    faultvfs_install();
    faultvfs_skip_sync();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disk_that_stays_bad_stops_only_passes),
        cmocka_unit_test(no_pass_is_told_that_is_not_stored),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
