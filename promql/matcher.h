/* matcher.h - one condition on a label: = != =~ !~. */
#ifndef PROMQL_MATCHER_H
#define PROMQL_MATCHER_H

#include "promql/regex.h"

enum matcher_op { MATCHER_EQUAL, MATCHER_NOT_EQUAL, MATCHER_REGEX, MATCHER_NOT_REGEX };

/* Texts are borrowed.  An absent label has the value "". */
struct matcher {
    struct slice    name, value;
    enum matcher_op op;
    struct regex   *re; /* of the two regex forms; owned */
};

/* STATUS_SYNTAX, STATUS_LIMIT: as regex_new(); nothing is owned then. */
enum status matcher_init(struct matcher *m, enum matcher_op op, struct slice name,
                         struct slice value, struct err *err) MUST_CHECK;
void        matcher_release(struct matcher *m); /* safe on {0} and when called twice */

/* "=", "!=", "=~" or "!~". */
const char *matcher_op_text(enum matcher_op op);

/* Any thread.  Fails as regex_match() does. */
enum status matcher_test(const struct matcher *m, struct slice value, bool *hit,
                         struct err *err) MUST_CHECK;

/* Whether the matcher takes series without the label. */
bool matcher_takes_empty(const struct matcher *m);

#endif
