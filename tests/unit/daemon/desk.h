/* desk.h - a recorder, a run that it records, and what is told of it. */
#ifndef TESTS_UNIT_DAEMON_DESK_H
#define TESTS_UNIT_DAEMON_DESK_H

#include "analyzer/runstate.h"
#include "daemon/meters.h"
#include "daemon/outbox.h"
#include "daemon/recorder.h"
#include "daemon/runrow.h"
#include "tests/unit/analyzer/run_play.h"
#include "tests/unit/daemon/world.h"

/* What every test starts from: a run that has just begun, nothing stored. */
struct desk {
    struct world     w;
    struct play      play;
    struct recorder *r;
    int              n_done;
    enum status      done;
};

static struct desk d;

#define POLICY_TEXT "false_rollback_rate=0.01\n"

static inline void
begin(bool synchronous)
{
    struct policy policy = play_policy();

    if (d.w.gate_is_shut)
        world_open_gate(&d.w); /* a test before failed there: its thread waits in this memory */
    memset(&d, 0, sizeof d);
    world_init(&d.w, synchronous);
    d.w.app.world = world_of(&d.w);
    d.w.app.publish = publish_new();
    d.w.app.meters = meters_new();
    play_start(&d.play, &policy);
    d.play.now_ms = d.w.wall_ms;
    play_sighted(&d.play);
    d.r = recorder_new(&d.w.app, &d.play.r, SLICE_LITERAL(POLICY_TEXT));
}

static inline void
end(void)
{
    recorder_free(d.r);
    world_drain(&d.w);
    while (mailbox_run(d.w.mailbox))
        continue;
    publish_free(d.w.app.publish);
    meters_free(d.w.app.meters);
    world_release(&d.w);
}

/* The run decides this, by whatever checks. */
static inline void
decide(enum verdict promote, enum verdict_reason why)
{
    struct run *r = &d.play.r;

    r->promote = (struct view_answer){.verdict = promote, .reason = why, .message = "by hand"};
    r->step = r->promote;
    recorder_decided(d.r, NULL, d.w.wall_ms);
}

static inline struct verdict_view
told(void)
{
    const struct verdict_view *v = publish_get(d.w.app.publish, "prod", "reviews", "v2");
    struct verdict_view        copy;

    assert_non_null(v);
    copy = *v;
    publish_release(v);
    return copy;
}

#define TELLS(v, why)                                                                              \
    do {                                                                                           \
        struct verdict_view view_ = told();                                                        \
                                                                                                   \
        PLAY_TOLD(&view_.promote, v, why);                                                         \
    } while (0)

#endif
