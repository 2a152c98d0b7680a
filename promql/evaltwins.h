/* evaltwins.h - series that have become equal, and names that go. */
#ifndef PROMQL_EVALTWINS_H
#define PROMQL_EVALTWINS_H

#include "promql/stage.h"

enum evaltwins_how {
    EVALTWINS_MERGE,     /* one series, as long as no step has a point in two of them;
                       * where twins are kept (stage.h) nothing happens yet */
    EVALTWINS_MERGE_NOW, /* likewise, but at once */
    EVALTWINS_REFUSE     /* an error as soon as two of them have a point anywhere */
};

/* *out is s itself if all its label sets differ.  The error of both ways,
 * raised when rows are pulled, is Prometheus's "vector cannot contain metrics
 * with the same labelset". */
enum status evaltwins_join(struct stage *s, enum evaltwins_how how, struct stage **out) MUST_CHECK;

/* Whether all label sets differ. */
bool evaltwins_distinct(const struct stage *s);

/* Every row of s loses its name: a flag where names go at the end of the query,
 * else at once, and then join. */
enum status evaltwins_drop_names(struct stage *s, enum evaltwins_how how,
                                 struct stage **out) MUST_CHECK;

/* Names that were flagged go now, then join. */
enum status evaltwins_finish(struct stage *s, struct stage **out) MUST_CHECK;

#endif
