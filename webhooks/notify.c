#include "webhooks/notify.h"

#include "base/clock.h"
#include "base/jsonout.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <stdio.h>

enum { SHA256_BYTES = 32, POD_HASH_BYTES = 10, URL_BYTES = 384 };

static const struct {
    const char *method, *content_type;
} formats[] = {
    [NOTIFY_JSON] = {"POST", "application/json"},
    [NOTIFY_SLACK] = {"POST", "application/json"},
    [NOTIFY_CLOUDEVENTS] = {"POST", "application/cloudevents+json"},
    [NOTIFY_ARGO_ABORT] = {"PATCH", "application/json-patch+json"},
};

const char *
notify_method(enum notify_format f)
{
    return formats[f].method;
}

const char *
notify_content_type(enum notify_format f)
{
    return formats[f].content_type;
}

/* Told after itself: a hold that lasts. */
static bool
waits(const struct record_notice *n)
{
    return n->has_previous && n->previous == n->verdict && n->verdict == VERDICT_HOLD;
}

/* dashboards/page/app.js knows the way. */
static void
page_of(const struct record_notice *n, const char *origin, char url[URL_BYTES])
{
    snprintf(url, URL_BYTES, "%s/#/run/%s", origin, n->run);
}

void
notify_id(const struct record_notice *n, char out[NOTIFY_ID_BYTES])
{
    snprintf(out, NOTIFY_ID_BYTES, "%s%s", n->verdict_id, waits(n) ? "-waiting" : "");
}

static void
put_verdict(struct jsonout *j, const struct record_notice *n, const char *origin)
{
    char at[CLOCK_RFC3339_BYTES], url[URL_BYTES];

    clock_rfc3339(n->at_ms, at);
    jsonout_text(j, "type", "verdict");
    jsonout_text(j, "id", n->verdict_id);
    jsonout_text(j, "at", at);
    jsonout_text(j, "run", n->run);
    jsonout_slice(j, "service", n->service);
    jsonout_slice(j, "namespace", n->ns);
    jsonout_slice(j, "revision", n->revision);
    jsonout_slice(j, "canary", n->canary);
    jsonout_slice(j, "stable", n->baseline);
    jsonout_uint(j, "attempt", n->attempt);
    jsonout_text(j, "verdict", verdict_text(n->verdict));
    if (n->has_previous)
        jsonout_text(j, "previous", verdict_text(n->previous));
    jsonout_text(j, "reason", verdict_reason_text(n->reason));
    jsonout_slice(j, "message", n->message);
    jsonout_bool(j, "waiting", waits(n));
    if (origin) {
        page_of(n, origin, url);
        jsonout_text(j, "url", url);
    }
}

/* docs.slack.dev, "Formatting message text": these three are all. */
static void
put_slack_text(struct text *to, struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '&')
            text_puts(to, "&amp;");
        else if (s.p[i] == '<')
            text_puts(to, "&lt;");
        else if (s.p[i] == '>')
            text_puts(to, "&gt;");
        else
            text_putc(to, s.p[i]);
    }
}

static void
put_slack(struct jsonout *j, const struct record_notice *n, const char *origin)
{
    char        url[URL_BYTES];
    struct text t;

    text_init(&t, NOTIFY_BODY_BYTES);
    text_printf(&t, "*%s* ", verdict_text(n->verdict));
    put_slack_text(&t, n->ns);
    text_putc(&t, '/');
    put_slack_text(&t, n->service);
    text_putc(&t, ' ');
    put_slack_text(&t, n->revision);
    if (waits(n))
        text_puts(&t, " (still)");
    else if (n->has_previous)
        text_printf(&t, " (was %s)", verdict_text(n->previous));
    text_printf(&t, "\n%s: ", verdict_reason_text(n->reason));
    put_slack_text(&t, n->message);
    if (origin) {
        page_of(n, origin, url);
        text_printf(&t, "\nrun <%s|%s>", url, n->run);
    } else {
        text_printf(&t, "\nrun `%s`", n->run);
    }
    jsonout_slice(j, "text", text_slice(&t));
    text_release(&t);
}

static void
put_cloudevent(struct jsonout *j, const struct record_notice *n, const char *origin)
{
    char        at[CLOCK_RFC3339_BYTES], id[NOTIFY_ID_BYTES];
    struct text subject;

    clock_rfc3339(n->at_ms, at);
    notify_id(n, id);
    text_init(&subject, NOTIFY_BODY_BYTES);
    text_printf(&subject, "%.*s/%.*s", SLICE_ARG(n->ns), SLICE_ARG(n->service));
    jsonout_text(j, "specversion", "1.0");
    jsonout_text(j, "id", id);
    jsonout_text(j, "source", "verdictd");
    jsonout_text(j, "type", "verdictd.verdict");
    jsonout_slice(j, "subject", text_slice(&subject));
    jsonout_text(j, "time", at);
    jsonout_text(j, "datacontenttype", "application/json");
    jsonout_begin_object(j, "data");
    put_verdict(j, n, origin);
    jsonout_end_object(j);
    text_release(&subject);
}

/* The test makes it one act: the API server refuses the whole patch where the
 * Rollout has gone on to another revision. */
static void
put_abort(struct jsonout *j, const struct record_notice *n)
{
    jsonout_begin_array(j, NULL);
    jsonout_begin_object(j, NULL);
    jsonout_text(j, "op", "test");
    jsonout_text(j, "path", "/status/currentPodHash");
    jsonout_slice(j, "value", n->revision);
    jsonout_end_object(j);
    jsonout_begin_object(j, NULL);
    jsonout_text(j, "op", "add");
    jsonout_text(j, "path", "/status/abort");
    jsonout_bool(j, "value", true);
    jsonout_end_object(j);
    jsonout_end_array(j);
}

void
notify_body(struct text *out, enum notify_format f, const struct record_notice *n,
            const char *origin)
{
    struct jsonout j;

    jsonout_init(&j, out);
    if (f == NOTIFY_ARGO_ABORT) {
        put_abort(&j, n);
        return;
    }
    jsonout_begin_object(&j, NULL);
    if (f == NOTIFY_SLACK)
        put_slack(&j, n, origin);
    else if (f == NOTIFY_CLOUDEVENTS)
        put_cloudevent(&j, n, origin);
    else
        put_verdict(&j, n, origin);
    jsonout_end_object(&j);
}

static enum status
base64_out(const unsigned char mac[SHA256_BYTES], char out[NOTIFY_SIGNATURE_BYTES], struct err *err)
{
    unsigned char  copy[SHA256_BYTES];
    gnutls_datum_t raw = {copy, sizeof copy}, base64 = {0};

    memcpy(copy, mac, sizeof copy);
    if (gnutls_base64_encode2(&raw, &base64) < 0)
        return err_set(err, STATUS_LIMIT, "no memory for a signature");
    snprintf(out, NOTIFY_SIGNATURE_BYTES, "v1,%.*s", (int)base64.size, (const char *)base64.data);
    gnutls_free(base64.data);
    return STATUS_OK;
}

/* *owned: what gnutls_free() takes back. */
static enum status
key_of(struct slice secret, gnutls_datum_t *key, unsigned char **owned, struct err *err)
{
    const size_t   prefix = strlen("whsec_");
    gnutls_datum_t in;

    *key = (gnutls_datum_t){(unsigned char *)(uintptr_t)secret.p, (unsigned)secret.n};
    *owned = NULL;
    if (slice_starts(secret, "whsec_")) {
        in = (gnutls_datum_t){key->data + prefix, (unsigned)(secret.n - prefix)};
        if (in.size == 0 || gnutls_base64_decode2(&in, key) < 0)
            return err_set(err, STATUS_SYNTAX, "the secret is no base64 behind whsec_");
        *owned = key->data;
    }
    return key->size ? STATUS_OK : err_set(err, STATUS_SYNTAX, "the secret is empty");
}

enum status
notify_sign(struct slice secret, const char *id, int64_t timestamp_s, struct slice body,
            char out[NOTIFY_SIGNATURE_BYTES], struct err *err)
{
    unsigned char  mac[SHA256_BYTES], *owned;
    gnutls_datum_t key;
    struct text    signed_text;
    enum status    s = key_of(secret, &key, &owned, err);

    if (s)
        return s;
    text_init(&signed_text, NOTIFY_BODY_BYTES + 128);
    text_printf(&signed_text, "%s.%" PRId64 ".", id, timestamp_s);
    text_put(&signed_text, body);
    if (signed_text.status)
        s = err_set(err, signed_text.status, "a body of %zu bytes is not signed", body.n);
    else if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, key.data, key.size, signed_text.p, signed_text.n,
                              mac) < 0)
        s = err_set(err, STATUS_SYNTAX, "the secret makes no HMAC");
    else
        s = base64_out(mac, out, err);
    text_release(&signed_text);
    if (owned) {
        gnutls_memset(owned, 0, key.size);
        gnutls_free(owned);
    }
    return s;
}

void
notify_rollout_url(struct text *out, const char *base, struct slice ns, const char *rollout)
{
    text_printf(out, "%s/apis/argoproj.io/v1alpha1/namespaces/", base);
    text_percent(out, ns);
    text_puts(out, "/rollouts/");
    text_percent(out, slice_of(rollout));
    text_puts(out, "/status");
}

bool
notify_is_pod_hash(struct slice revision)
{
    if (revision.n == 0 || revision.n > POD_HASH_BYTES)
        return false;
    for (size_t i = 0; i < revision.n; i++)
        if (!memchr("bcdfghjklmnpqrstvwxz2456789", revision.p[i], 27))
            return false;
    return true;
}

bool
notify_is_final(int http_code)
{
    /* 401 and 403: a token that is being rotated; the others say that they pass. */
    return http_code >= 400 && http_code < 500 && http_code != 401 && http_code != 403 &&
           http_code != 408 && http_code != 409 && http_code != 425 && http_code != 429;
}
