#include "daemon/outsend.h"

#include "base/heap.h"
#include "daemon/secretfile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { REPLY_BYTES = 1 << 20, HEADERS = 4 };

struct outsend {
    const struct fetch  *fetch;
    struct fetch_job    *job;
    struct config       *config; /* holds what the request points to */
    outsend_fn           done;
    void                *ctx;
    struct text          url, body;
    char                 id[NOTIFY_ID_BYTES], timestamp[24], signature[NOTIFY_SIGNATURE_BYTES];
    struct fetch_header  headers[HEADERS];
    struct fetch_request request;
};

static void
release(struct outsend *o)
{
    secretfile_wipe(&o->url); /* it may be one */
    text_release(&o->body);
    config_unref(o->config);
    free(o);
}

static void
on_done(void *ctx, const struct fetch_result *r)
{
    struct outsend  *o = ctx;
    enum outsend_end end = OUTSEND_AGAIN;
    char             why[sizeof r->err.text];

    if (r->status == STATUS_CANCELLED)
        end = OUTSEND_CANCELLED;
    else if (r->status == STATUS_OK && r->http_code >= 200 && r->http_code < 300)
        end = OUTSEND_TOLD;
    else if (r->status == STATUS_OK && notify_is_final(r->http_code))
        end = OUTSEND_REFUSED;
    if (r->status == STATUS_OK)
        snprintf(why, sizeof why, "HTTP %d", r->http_code);
    else if (r->status == STATUS_SYNTAX)
        snprintf(why, sizeof why, "not a request that can be sent: look at the URL"); /* not told */
    else
        snprintf(why, sizeof why, "%s", r->err.text);
    o->done(o->ctx, end, why, r->retry_after_ms);
    release(o);
}

static enum status
make_url(struct outsend *o, const struct config_notification *t, const struct record_notice *n,
         const char *rollout, struct err *err)
{
    struct text base;
    enum status s = STATUS_OK;

    text_init(&base, SECRETFILE_MAX_BYTES);
    if (t->url_file)
        s = secretfile_read(t->url_file, &base, err);
    else
        text_puts(&base, t->url);
    if (s == STATUS_OK && t->format == NOTIFY_ARGO_ABORT)
        notify_rollout_url(&o->url, base.p, n->ns, rollout);
    else if (s == STATUS_OK)
        text_put(&o->url, text_slice(&base));
    secretfile_wipe(&base);
    if (s == STATUS_OK && o->url.status)
        s = err_set(err, o->url.status, "the URL is over %d bytes", NOTIFY_URL_BYTES);
    return s;
}

static enum status
sign(struct outsend *o, const char *secret_file, int64_t at_s, struct err *err)
{
    struct text secret;
    enum status s;

    text_init(&secret, SECRETFILE_MAX_BYTES);
    s = secretfile_read(secret_file, &secret, err);
    if (s == STATUS_OK)
        s = notify_sign(text_slice(&secret), o->id, at_s, text_slice(&o->body), o->signature, err);
    secretfile_wipe(&secret);
    return s;
}

static enum status
make(struct outsend *o, const struct config_notification *t, const struct record_notice *n,
     const char *rollout, int64_t at_s, struct err *err)
{
    const struct config_names *pages = &o->config->daemon.page_origins;
    enum status                s = make_url(o, t, n, rollout, err);
    size_t                     k = 0;

    if (s)
        return s;
    notify_body(&o->body, t->format, n, pages->n ? pages->at[0] : NULL);
    if (o->body.status)
        return err_set(err, o->body.status, "the message is over %d bytes", NOTIFY_BODY_BYTES);
    if (t->secret_file)
        s = sign(o, t->secret_file, at_s, err);
    if (t->format != NOTIFY_ARGO_ABORT) {
        o->headers[k++] = (struct fetch_header){"webhook-id", o->id};
        o->headers[k++] = (struct fetch_header){"webhook-timestamp", o->timestamp};
        o->headers[k++] = (struct fetch_header){"Idempotency-Key", o->id};
    }
    if (t->secret_file)
        o->headers[k++] = (struct fetch_header){"webhook-signature", o->signature};
    o->request = (struct fetch_request){.method = notify_method(t->format),
                                        .url = o->url.p,
                                        .content_type = notify_content_type(t->format),
                                        .body = text_slice(&o->body),
                                        .peer = &t->peer,
                                        .headers = o->headers,
                                        .n_headers = k,
                                        .timeout_ms = t->timeout_ms,
                                        .max_reply_bytes = REPLY_BYTES};
    return s;
}

struct outsend *
outsend_start(const struct fetch *fetch, const struct clock *clock, struct config *config,
              const struct config_notification *target, const struct record_notice *n,
              const char *rollout, outsend_fn done, void *ctx, struct err *err)
{
    struct outsend *o = heap_new(1, sizeof *o);
    int64_t         at_s = clock_wall_ms(clock) / 1000;

    *o = (struct outsend){.fetch = fetch, .config = config_ref(config), .done = done, .ctx = ctx};
    notify_id(n, o->id);
    snprintf(o->timestamp, sizeof o->timestamp, "%" PRId64, at_s);
    text_init(&o->url, NOTIFY_URL_BYTES);
    text_init(&o->body, NOTIFY_BODY_BYTES);
    if (make(o, target, n, rollout, at_s, err)) {
        release(o);
        return NULL;
    }
    o->job = fetch->start(fetch->self, &o->request, on_done, o);
    return o;
}

void
outsend_cancel(struct outsend *o)
{
    o->fetch->cancel(o->fetch->self, o->job);
}
