/* argobodies - what /v1/argo/verdict answers, one JSON object a line, for check.py:
 * every verdict with every reason in both views, and what is not 200; and what a poll
 * of Argo's Kayenta provider is answered. */
#include "base/jsonout.h"
#include "tests/unit/webhooks/anyview.h"
#include "tests/unit/webhooks/gatecall.h"

#include <stdio.h>

enum { OUT_BYTES = 64 << 20, ODD_VIEWS = 400 };

#define PATH "/v1/argo/verdict"
#define SERVICE "\"service\":\"reviews\",\"namespace\":\"prod\""
#define BODY "{" SERVICE ",\"canary\":\"v2\",\"stable\":\"v1\"}"

static const char *const forms[] = {"full", "brief"};

static void
put(struct text *out, const char *what, const char *form, const struct answer *a)
{
    text_printf(out, "{\"what\":\"%s\",\"view\":\"%s\",\"status\":%d,\"body\":", what, form,
                a->code);
    jsonout_quote(out, text_slice(&a->body));
    text_puts(out, "}\n");
}

static void
ask_both(struct gatecall *c, const char *what, struct text *out)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        char target[64];

        snprintf(target, sizeof target, PATH "?view=%s", forms[i]);
        put(out, what, forms[i], gatecall_final(c, REQUEST_POST, target, BODY));
    }
}

static void
put_verdicts(struct gatecall *c, struct text *out)
{
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
        for (int reason = 0; reason < REASON_COUNT; reason++) {
            c->port.view.promote.verdict = (enum verdict)verdict;
            c->port.view.promote.reason = (enum verdict_reason)reason;
            ask_both(c, verdict_text((enum verdict)verdict), out);
        }
    }
}

/* Views with whatever bytes and numbers a view can hold; what is told ages. */
static void
put_odd_views(struct gatecall *c, struct text *out)
{
    struct prng r = {20261123};

    for (int i = 0; i < ODD_VIEWS; i++) {
        struct verdict_view v = anyview(&r);

        snprintf(v.canary, sizeof v.canary, "v2");
        snprintf(v.baseline, sizeof v.baseline, "v1");
        c->port.view = v;
        c->mono_ms = v.evaluated_mono_ms;
        ask_both(c, "any", out);
    }
    c->port.view = fakeport_view();
    c->mono_ms = c->port.view.evaluated_mono_ms;
}

static void
put_without_a_view(struct gatecall *c, struct text *out)
{
    c->port.lookup = PORT_NO_RUN;
    c->port.full = true; /* overload */
    ask_both(c, "hold", out);
    c->port.full = false;
    c->port.lookup = PORT_UNKNOWN_SERVICE;
    ask_both(c, "refused", out);
    c->port.lookup = PORT_BAD;
    ask_both(c, "refused", out);
    c->port.lookup = PORT_FOUND;
    put(out, "refused", "full",
        gatecall_final(c, REQUEST_POST, PATH, "{" SERVICE ",\"canary\":\"{{args.canary}}\"}"));
    put(out, "refused", "full", gatecall_final(c, REQUEST_POST, PATH, "null"));
    put(out, "refused", "full", gatecall_final(c, REQUEST_POST, PATH, ""));
}

/* view: "kayenta PASS MARGINAL", the thresholds of the template. */
static void
put_polls(struct gatecall *c, struct text *out)
{
    static const int thresholds[][2] = {{90, 75}, {90, 89}, {90, 90}, {100, 1}, {1, 1}};

    c->gates.kayenta = true;
    for (size_t i = 0; i < ARRAY_LEN(thresholds); i++) {
        char body[256], target[64], view[32];

        snprintf(view, sizeof view, "kayenta %d %d", thresholds[i][0], thresholds[i][1]);
        snprintf(body, sizeof body,
                 "{\"scopes\":{\"default\":{\"controlScope\":{\"scope\":\"v1\"},"
                 "\"experimentScope\":{\"scope\":\"v2\"}}},"
                 "\"thresholds\":{\"pass\":%d,\"marginal\":%d}}",
                 thresholds[i][0], thresholds[i][1]);
        snprintf(target, sizeof target, "/canary/%s", c->port.execution_id);
        (void)gatecall_final(c, REQUEST_POST, "/canary/default?application=prod/reviews", body);
        for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
            c->port.view.promote.verdict = (enum verdict)verdict;
            put(out, verdict_text((enum verdict)verdict), view,
                gatecall_final(c, REQUEST_GET, target, ""));
        }
        c->port.lookup = PORT_NO_RUN;
        c->port.full = true;
        put(out, "unjudged", view, gatecall_final(c, REQUEST_GET, target, ""));
        c->port.lookup = PORT_FOUND;
        c->port.full = false;
        put(out, "refused", view, gatecall_final(c, REQUEST_GET, "/canary/none", ""));
    }
    c->gates.kayenta = false;
}

int
main(void)
{
    static struct gatecall c;
    struct text            out;
    bool                   whole;

    gatecall_init(&c);
    text_init(&out, OUT_BYTES);
    put_verdicts(&c, &out);
    put_odd_views(&c, &out);
    put_without_a_view(&c, &out);
    put_polls(&c, &out);
    fwrite(out.p, 1, out.n, stdout);
    whole = out.status == STATUS_OK;
    text_release(&out);
    gatecall_release(&c);
    return whole ? 0 : 1;
}
