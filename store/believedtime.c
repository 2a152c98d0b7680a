#include "store/believedtime.h"

enum { DAY_MS = 24 * 3600 * 1000, DRIFT_MS = 3600 * 1000 };

static void
believe(struct believedtime *b, int64_t ahead_ms)
{
    b->ahead_ms = ahead_ms;
    b->suspects = false;
}

static bool
still_suspected(const struct believedtime *b, int64_t ahead_ms)
{
    int64_t moved_ms = ahead_ms - b->suspect_ms;

    return b->suspects && moved_ms <= DRIFT_MS && moved_ms >= -DRIFT_MS;
}

int64_t
believedtime_ms(struct believedtime *b, int64_t wall_ms, int64_t mono_ms, int64_t newest_ms)
{
    int64_t ahead_ms = wall_ms - mono_ms;

    if (newest_ms <= 0)
        return wall_ms; /* nothing is there that could be lost */
    if (!b->known) {
        b->known = true;
        b->ahead_ms = (newest_ms < wall_ms ? newest_ms : wall_ms) + DAY_MS - mono_ms;
    }
    if (ahead_ms <= b->ahead_ms + DRIFT_MS) {
        believe(b, ahead_ms);
    } else if (!still_suspected(b, ahead_ms)) {
        b->suspects = true;
        b->suspect_ms = ahead_ms;
        b->since_ms = mono_ms;
    } else if (mono_ms - b->since_ms >= DAY_MS) {
        believe(b, ahead_ms);
    }
    return mono_ms + b->ahead_ms;
}
