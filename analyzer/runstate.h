/* runstate.h - a run as bytes: what a restart goes on from. */
#ifndef ANALYZER_RUNSTATE_H
#define ANALYZER_RUNSTATE_H

#include "analyzer/run.h"
#include "base/err.h"

/* One more whenever the bytes are others, or the same intervals come to others:
 * daemon/migration.h then judges stored runs again. */
enum { RUNSTATE_VERSION = 5 };

/* Bit for bit: a run that is unpacked and goes on gives the bytes of one that
 * never stopped.  6 KiB, and a hundred bytes or two for each pod. */
void runstate_pack(const struct run *r, struct text *out);

/* The policy is the caller's to find, by the hash stored beside the bytes; it
 * must be the very one the run was started with.
 * STATUS_SYNTAX: not such bytes, or of another version; *out is then zeroed. */
enum status runstate_unpack(struct slice bytes, const struct policy *p, struct run *out,
                            struct err *err) MUST_CHECK;

/* What any version's bytes say of the run as such: the members in runstate.def that
 * the version had, but no answers and no blindness, whose numbers are that
 * version's own; checks, policy and the rest are zero.
 * STATUS_SYNTAX: bytes of no version; *out is zeroed. */
enum status runstate_head(struct slice bytes, struct run *out, struct err *err) MUST_CHECK;

#endif
