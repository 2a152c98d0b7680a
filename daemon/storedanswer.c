#include "daemon/storedanswer.h"

/* Advice that grows from fail to abort is told alike, and is news all the same;
 * so is what the checks say under a person's word. */
static enum verdict
behind(const struct run *run, const struct view_answer *a)
{
    if (a->reason == REASON_ADVISORY)
        return run->found.verdict;
    if (a->reason == REASON_APPROVED || a->reason == REASON_FORCED || a->reason == REASON_VETO)
        return run->decided.verdict;
    return a->verdict;
}

struct storedanswer
storedanswer_of(const struct run *run, const struct view_answer *a, uint64_t unit)
{
    return (struct storedanswer){.verdict = a->verdict,
                                 .found = behind(run, a),
                                 .reason = a->reason,
                                 .unit = unit,
                                 .known = true};
}

bool
storedanswer_is_other(const struct storedanswer *s, const struct run *run,
                      const struct view_answer *a)
{
    return s->verdict != a->verdict || s->reason != a->reason || s->found != behind(run, a);
}

bool
storedanswer_changed(const struct storedanswer *s, const struct run *run,
                     const struct view_answer *a)
{
    return !s->known || storedanswer_is_other(s, run, a);
}
