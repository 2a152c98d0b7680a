/* notify.h - what a target is told of a verdict: bodies, signature, addresses.
 *
 * Pure: daemon/outbox sends it.  Nothing in it is a secret: a body is made of what
 * the history holds of a verdict, and of nothing else. */
#ifndef WEBHOOKS_NOTIFY_H
#define WEBHOOKS_NOTIFY_H

#include "analyzer/record.h"
#include "base/err.h"
#include "base/text.h"

enum notify_format {
    NOTIFY_JSON,        /* {"type":"verdict","id":…,"verdict":…}: docs/API.md */
    NOTIFY_SLACK,       /* {"text":…}, of an incoming webhook (docs.slack.dev/messaging) */
    NOTIFY_CLOUDEVENTS, /* structured mode, version 1.0 (cloudevents.io) */
    NOTIFY_ARGO_ABORT,  /* a JSON patch (RFC 6902) of a Rollout's status */
};

enum {
    NOTIFY_BODY_BYTES = 16 << 10,
    NOTIFY_URL_BYTES = 4096,
    NOTIFY_SIGNATURE_BYTES = 64, /* "v1," and 32 bytes in base64 */
    NOTIFY_ID_BYTES = ULID_BYTES + 8,
};

const char *notify_method(enum notify_format f);
const char *notify_content_type(enum notify_format f);

/* By which a receiver knows a message that it had before: the verdict's id, of a hold
 * that lasts with -waiting behind it. */
void notify_id(const struct record_notice *n, char out[NOTIFY_ID_BYTES]);

/* As the whole of an empty text of NOTIFY_BODY_BYTES.  origin: of the web page, for a
 * link to the run; NULL: without. */
void notify_body(struct text *out, enum notify_format f, const struct record_notice *n,
                 const char *origin);

/* Of the standard webhooks (standardwebhooks.com, "Signature scheme"): base64 of
 * HMAC-SHA256 over ID.TIMESTAMP.BODY, behind "v1,".  A secret "whsec_…" is base64,
 * any other is its own bytes.  STATUS_SYNTAX: an empty secret, or no base64. */
enum status notify_sign(struct slice secret, const char *id, int64_t timestamp_s, struct slice body,
                        char out[NOTIFY_SIGNATURE_BYTES], struct err *err) MUST_CHECK;

/* Where the Rollout's status is patched; base has no trailing slash. */
void notify_rollout_url(struct text *out, const char *base, struct slice ns, const char *rollout);

/* Whether a revision may be the Rollout's status.currentPodHash, which the patch
 * tests before it aborts: an abort that comes late must not meet the next release.
 * That test is what decides; this one spares a request ("v2" gets past it).
 * The alphabet is that of k8s.io/apimachinery/pkg/util/rand, SafeEncodeString. */
bool notify_is_pod_hash(struct slice revision);

/* Whether a target that answers so will say the same again. */
bool notify_is_final(int http_code);

#endif
