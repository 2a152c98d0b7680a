/* question.h - what a caller may say, in whatever dialect it says it.
 *
 * The same keys come from Argo's JSON body, the query string, Flagger's
 * metadata and the command line (api.md, "What a caller may say"). */
#ifndef WEBHOOKS_QUESTION_H
#define WEBHOOKS_QUESTION_H

#include "analyzer/view.h"
#include "base/err.h"

enum question_stage { QUESTION_PROMOTE, QUESTION_STEP };

/* Fixed size, copied by value.  "" where nothing was said. */
struct question {
    char                service[VIEW_NAME_BYTES], ns[VIEW_NAME_BYTES];
    char                canary[VIEW_NAME_BYTES], baseline[VIEW_NAME_BYTES];
    char                key[64], revision[VIEW_NAME_BYTES];
    char                policy[64], preset[64], source[64], phase[32];
    double              weight; /* percent, NaN: not said */
    enum question_stage stage;
    bool                brief;   /* view=brief */
    bool                flagger; /* revision is Flagger's checksum, key workload by default */
    bool                on_hold_continue; /* metadata on_hold: continue */
    char                flagger_phase[32];
    char                event[512]; /* eventMessage of an event; a longer one ends in "..." */
    char                token[256]; /* never stored, never logged; cleared once checked */
    /* Of Argo's Kayenta provider: its thresholds, 1 to 100, and which execution of
     * the port's is asked about. */
    int  pass, marginal;
    char execution[ULID_BYTES];
};

/* From Argo: JSON object body (may be empty) and query parameters; both may
 * speak, but not contradict each other.  STATUS_SYNTAX: an unknown key, an
 * empty version, canary equal to stable, an unresolved {{…}}, a value over 253
 * bytes, a key that is no label name; err says which and why, hint what to do.
 * On failure *out holds at most the token. */
struct question_param {
    struct slice name, value; /* percent-decoded */
};
enum status question_from_argo(struct slice body, const struct question_param *params, size_t n,
                               struct question *out, struct err *err, struct err *hint) MUST_CHECK;

/* From Flagger: {"name","namespace","phase","checksum","metadata":{…}}.  Other
 * metadata keys are ignored; *near is set to one that nearly matches a key of
 * ours (for a warning in the log), else "".  The stage is step unless the
 * metadata says another.
 * STATUS_SYNTAX: not such a body.  STATUS_RANGE: the body is Flagger's, but one
 * of our keys in its metadata has a value that is refused. */
enum status question_from_flagger(struct slice body, struct question *out, char near[64],
                                  struct err *err) MUST_CHECK;

/* From the command line: one key and its value.  STATUS_SYNTAX as above. */
enum status question_set(struct question *q, struct slice name, struct slice value,
                         struct err *err) MUST_CHECK;

/* Nothing said: all texts "", weight NaN. */
struct question question_empty(void);

/* Wipe the token from memory. */
void question_forget_token(struct question *q);

#endif
