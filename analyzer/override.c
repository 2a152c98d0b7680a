#include "analyzer/override.h"

#include <stdio.h>

static const char *const texts[] = {
#define OVERRIDE(name, text, help) text,
#include "analyzer/override.def"
#undef OVERRIDE
};

const char *
override_text(enum override_action a)
{
    return texts[a];
}

enum status
override_parse(struct slice text, enum override_action *out)
{
    for (int i = OVERRIDE_APPROVE; i < OVERRIDE_COUNT; i++)
        if (slice_is(text, texts[i])) {
            *out = (enum override_action)i;
            return STATUS_OK;
        }
    return STATUS_SYNTAX;
}

bool
override_holds(const struct override *o, int64_t now_ms)
{
    return o->action != OVERRIDE_NONE && (!o->until_ms || now_ms < o->until_ms);
}

static struct view_answer
instead(const struct override *o, enum verdict v, enum verdict_reason why,
        const struct view_answer *judged)
{
    struct view_answer a = {.verdict = v, .reason = why};

    snprintf(a.message, sizeof a.message, "%s by %s: %.90s; the checks say %s (%s)",
             verdict_reason_text(why), o->by, o->why, verdict_text(judged->verdict),
             verdict_reason_text(judged->reason));
    view_clean(a.message);
    return a;
}

struct view_answer
override_told(const struct override *o, const struct view_answer *judged, int64_t now_ms)
{
    enum override_action action = override_holds(o, now_ms) ? o->action : OVERRIDE_NONE;

    if (action == OVERRIDE_VETO)
        return instead(o, VERDICT_ABORT, REASON_VETO, judged);
    if (action == OVERRIDE_FORCE && judged->verdict != VERDICT_PASS)
        return instead(o, VERDICT_PASS, REASON_FORCED, judged);
    if (action == OVERRIDE_APPROVE && judged->verdict == VERDICT_HOLD)
        return instead(o, VERDICT_PASS, REASON_APPROVED, judged);
    return *judged;
}
