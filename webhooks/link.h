/* link.h - a signed, expiring link by which somebody without a token acts once on one run.
 *
 * Hexadecimal of the packed fields and of HMAC-SHA256 over them (RFC 2104): who has the
 * link may act, and nobody can make another one or change what it says. */
#ifndef WEBHOOKS_LINK_H
#define WEBHOOKS_LINK_H

#include "analyzer/override.h"
#include "base/err.h"
#include "base/text.h"
#include "base/ulid.h"

enum { LINK_KEY_BYTES = 32, LINK_TEXT_BYTES = 4096, LINK_MOST_DAYS = 7 };

struct link {
    char                 id[ULID_BYTES]; /* acts once */
    char                 run[ULID_BYTES], revision[VIEW_NAME_BYTES];
    enum override_action action;
    int64_t              expires_ms; /* the link, wall */
    int64_t              holds_ms;   /* what it does, from the act on; 0: until it is cleared */
    char                 by[OVERRIDE_BY_BYTES], why[OVERRIDE_WHY_BYTES]; /* who made it */
};

/* Appends at most LINK_TEXT_BYTES. */
void link_write(const unsigned char key[LINK_KEY_BYTES], const struct link *l, struct text *out);

/* STATUS_DENIED: none of ours, or altered, and *out says nothing.  STATUS_TIMEOUT: it
 * has expired.  In constant time as to the signature. */
enum status link_read(const unsigned char key[LINK_KEY_BYTES], struct slice text, int64_t now_ms,
                      struct link *out, struct err *err) MUST_CHECK;

#endif
