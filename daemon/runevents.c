#include "daemon/runevents.h"

#include "webhooks/viewjson.h"

static const char *
state_text(enum view_state s)
{
    return s == VIEW_STARTING ? "starting" : s == VIEW_LIVE ? "live" : "ended";
}

/* The answer, and what the page's list shows beside. */
static void
tell_run(struct eventstream *s, const struct verdict_view *v)
{
    struct text    t;
    struct jsonout j;

    text_init(&t, EVENTSTREAM_EVENT_BYTES);
    jsonout_init(&j, &t);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "run", v->run);
    jsonout_text(&j, "state", state_text(v->state));
    jsonout_uint(&j, "attempt", v->attempt);
    jsonout_double(&j, "weight", v->weight);
    viewjson_put(&j, "answer", v, &v->promote, VIEWJSON_FULL, v->evaluated_mono_ms);
    jsonout_end_object(&j);
    if (t.status == STATUS_OK)
        eventstream_tell(s, "run", v->ns, v->run, text_slice(&t));
    text_release(&t);
}

static void
tell_verdict(struct eventstream *s, const struct verdict_view *v, const struct view_answer *was)
{
    struct text    t;
    struct jsonout j;
    char           at[CLOCK_RFC3339_BYTES];

    text_init(&t, EVENTSTREAM_EVENT_BYTES);
    jsonout_init(&j, &t);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "run", v->run);
    jsonout_text(&j, "service", v->service);
    jsonout_text(&j, "namespace", v->ns);
    jsonout_text(&j, "revision", v->revision);
    clock_rfc3339(v->evaluated_wall_ms, at);
    jsonout_text(&j, "at", at);
    jsonout_text(&j, "verdict", verdict_text(v->promote.verdict));
    jsonout_text(&j, "previous", verdict_text(was->verdict));
    jsonout_text(&j, "reason", verdict_reason_text(v->promote.reason));
    jsonout_text(&j, "message", v->promote.message);
    jsonout_end_object(&j);
    eventstream_tell(s, "verdict", v->ns, v->run, text_slice(&t));
    text_release(&t);
}

void
runevents_published(struct eventstream *s, const struct verdict_view *v,
                    const struct view_answer *was)
{
    if (!s || !eventstream_wanted(s))
        return;
    tell_run(s, v);
    if (was->verdict != v->promote.verdict || was->reason != v->promote.reason)
        tell_verdict(s, v, was);
}

void
runevents_interval(struct eventstream *s, const char *ns, const char *run, const struct interval *i)
{
    struct text    t;
    struct jsonout j;
    char           at[CLOCK_RFC3339_BYTES];

    if (!s || !eventstream_wanted(s))
        return;
    text_init(&t, EVENTSTREAM_EVENT_BYTES);
    jsonout_init(&j, &t);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "run", run);
    clock_rfc3339(i->end_ms, at);
    jsonout_text(&j, "end", at);
    jsonout_end_object(&j);
    eventstream_tell(s, "interval", ns, run, text_slice(&t));
    text_release(&t);
}
