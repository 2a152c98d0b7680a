#include "daemon/longhold.h"

int64_t
longhold_ms(const struct run *r, const struct config_waits *w, int64_t now_ms)
{
    int64_t held_ms = r->hold_since_ms ? now_ms - r->hold_since_ms : 0;
    bool    holds = r->state != RUN_ENDED && r->promote.verdict == VERDICT_HOLD;

    return w->report_ms && holds && held_ms >= w->report_ms ? held_ms : 0;
}
