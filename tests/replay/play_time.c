#include "tests/replay/play_time.h"

/* Monotonic time starts somewhere, as it does on a machine that runs. */
static const int64_t mono_start_ms = 1000000;

static int64_t
wall_ms(void *self)
{
    const struct play_time *t = self;

    return play_time_true_ms(t) + t->wall_ahead_ms;
}

static int64_t
mono_ms(void *self)
{
    return mono_start_ms + ((const struct play_time *)self)->elapsed_ms;
}

static void
fill(void *self, void *out, size_t n)
{
    struct play_time *t = self;
    unsigned char    *p = out;

    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)prng_next(&t->chance);
}

void
play_time_init(struct play_time *t)
{
    *t = (struct play_time){.chance = {20260101}};
    t->clock = (struct clock){.wall_ms = wall_ms, .mono_ms = mono_ms, .self = t};
    t->entropy = (struct entropy){.fill = fill, .self = t};
    t->timers = timer_set_new(&t->clock);
    t->timer = timer_set_port(t->timers);
}

void
play_time_release(struct play_time *t)
{
    timer_set_free(t->timers);
    t->timers = NULL;
}

int64_t
play_time_true_ms(const struct play_time *t)
{
    return PLAY_TIME_EPOCH_MS + t->elapsed_ms;
}
