#include "tests/replay/play_daemon.h"

#include "tests/replay/play_traffic.h"

#include <stdio.h>

static void
rest_is_empty(struct play *p, struct slice rest)
{
    rest = slice_trim(rest);
    if (rest.n)
        play_fail(p, "nothing more is taken here: %.*s", SLICE_ARG(rest));
}

void
play_daemon_start(struct play *p, const struct play_line *l)
{
    struct err err = {0};

    if (!l->has_text || p->stage.running)
        play_fail(p, "config <<END starts the daemon, once");
    play_must(p, play_stage_start(&p->stage, l->text, &err), &err);
}

/* restart daemon [<<END], or restart of a proxy or pod. */
void
play_daemon_restart(struct play *p, const struct play_line *l)
{
    struct slice             rest = l->rest, word = play_want(p, &rest, "daemon or a name");
    struct play_mesh_target *t;
    struct err               err = {0};

    if (slice_is(word, "daemon")) {
        rest_is_empty(p, rest);
        play_must(p, play_stage_stop(&p->stage, &err), &err);
        play_must(p, play_stage_start(&p->stage, l->text, &err), &err);
        return;
    }
    t = play_mesh_find(&p->mesh, word);
    if (!t)
        play_fail(p, "there is no %.*s", SLICE_ARG(word));
    play_mesh_forget_counters(t);
    t->gone = false;
}

void
play_daemon_kill(struct play *p, const struct play_line *l)
{
    struct slice             rest = l->rest, word = play_want(p, &rest, "daemon or a name");
    struct play_mesh_target *t;
    struct err               err = {0};

    rest_is_empty(p, rest);
    if (slice_is(word, "daemon")) {
        if (!p->kills)
            return;
        play_must(p, play_stage_kill(&p->stage, &err), &err);
        play_must(p, play_stage_start(&p->stage, (struct slice){0}, &err), &err);
        return;
    }
    t = play_mesh_find(&p->mesh, word);
    if (!t)
        play_fail(p, "there is no %.*s", SLICE_ARG(word));
    play_mesh_forget_counters(t);
    t->gone = true;
}

void
play_daemon_reload(struct play *p, const struct play_line *l)
{
    struct slice rest = l->rest;
    bool         refused = slice_is(play_word(p, &rest), "refused");
    struct err   err = {0};
    enum status  s = play_stage_reload(&p->stage, l->text, &err);

    p->error[0] = '\0';
    if (!refused)
        play_must(p, s, &err);
    else if (!s)
        play_fail(p, "the configuration was taken");
    snprintf(p->error, sizeof p->error, "%s", err.text);
}

void
play_daemon_store(struct play *p, const struct play_line *l)
{
    struct slice rest = l->rest, word = play_want(p, &rest, "fail or ok");

    if (!slice_is(word, "fail") && !slice_is(word, "ok"))
        play_fail(p, "store fail, or store ok");
    p->disk_failed = true;
    (void)play_stage_disk_full(slice_is(word, "fail"));
}

void
play_daemon_at(struct play *p, const struct play_line *l)
{
    struct slice rest = l->rest;

    play_until(p, play_want_ms(p, &rest, "an instant since the start"));
    rest_is_empty(p, rest);
}

void
play_daemon_after(struct play *p, const struct play_line *l)
{
    struct slice rest = l->rest;

    play_until(p, p->time.elapsed_ms + play_want_ms(p, &rest, "a duration"));
    rest_is_empty(p, rest);
}

void
play_daemon_wall(struct play *p, const struct play_line *l)
{
    struct slice rest = l->rest;

    p->time.wall_ahead_ms += play_want_ms(p, &rest, "how far the wall clock jumps");
    rest_is_empty(p, rest);
}
