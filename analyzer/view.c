#include "analyzer/view.h"

#include <inttypes.h>
#include <stdio.h>

struct view_answer
view_aged(const struct verdict_view *v, const struct view_answer *a, int64_t now_mono_ms)
{
    int64_t            age_ms = now_mono_ms - v->evaluated_mono_ms;
    struct view_answer stale = {.verdict = VERDICT_HOLD, .reason = REASON_STALE_DATA};

    if (a->verdict == VERDICT_HOLD || a->verdict == VERDICT_ABORT || age_ms <= v->max_age_ms)
        return *a;
    snprintf(stale.message, sizeof stale.message,
             "last judged %" PRId64 " s ago as %s; only %" PRId64 " s may pass", age_ms / 1000,
             verdict_text(a->verdict), v->max_age_ms / 1000);
    return stale;
}

/* Angle brackets become round ones: they stand for "less" and "greater" or
 * for a placeholder, and both stay readable. */
static char
plain(unsigned char c)
{
    switch (c) {
    case '<':
        return '(';
    case '>':
        return ')';
    case '&':
        return '+';
    default:
        return c < 0x20 || c == 0x7f ? ' ' : c < 0x80 ? (char)c : '?';
    }
}

void
view_clean(char message[VIEW_MESSAGE_BYTES])
{
    size_t to = 0;
    bool   high = false; /* the byte before was part of a longer character */

    for (size_t from = 0; from < VIEW_MESSAGE_BYTES - 1 && message[from] != '\0'; from++) {
        unsigned char c = (unsigned char)message[from];

        if (!high || (c & 0xc0) != 0x80) /* one '?' for a whole UTF-8 character */
            message[to++] = plain(c);
        high = c >= 0x80;
    }
    message[to] = '\0';
}
