/* policytext.h - a policy back from its canonical text, as the history keeps it. */
#ifndef DAEMON_POLICYTEXT_H
#define DAEMON_POLICYTEXT_H

#include "analyzer/policy.h"
#include "base/arena.h"
#include "base/err.h"

/* text: config_policy_text() of some policy; texts in *out live in a.  It must
 * read back as the very same text.
 * STATUS_CONFLICT: it does not; this program has other keys than the one that
 * wrote it. */
enum status policytext_read(struct slice text, struct arena *a, struct policy *out,
                            struct err *err) MUST_CHECK;

/* Whether a policy of today says what was written for the one whose text was stored
 * by an earlier version: each key is as it was, or as a person finds it who writes
 * nothing.  defaults: the text of such a policy.  All three are of one phase. */
bool policytext_follows(struct slice was, struct slice is, struct slice defaults);

/* The texts' keys are the same, in one order: no upgrade lies between them. */
bool policytext_same_keys(struct slice was, struct slice is);

#endif
