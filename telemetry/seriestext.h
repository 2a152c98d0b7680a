/* seriestext.h - a series as exposition formats write it: name{label="value",…},
 * or with names in quotes, {"name","label"="value",…}.
 *
 * What is taken and what is not is that of Prometheus's promlex.l and
 * openmetricslex.l. */
#ifndef TELEMETRY_SERIESTEXT_H
#define TELEMETRY_SERIESTEXT_H

#include "telemetry/tsdb.h"

enum seriestext_style {
    SERIESTEXT_LOOSE,  /* text 0.0.4: blanks anywhere, commas may be missing */
    SERIESTEXT_STRICT, /* OpenMetrics */
};

struct seriestext {
    enum seriestext_style style;
    bool                  one_line; /* a line break ends the line in quotes, too */
    /* Room for the labels, in the order of the text, without their quotes, escapes
     * in them; NULL: they are only counted. */
    struct tsdb_label *labels;
    size_t             max_labels;
    /* --- */
    struct slice name;
    size_t       n_labels; /* may be more than max_labels */
    const char  *wrong;    /* what was expected */
    const char  *wrong_at;
};

/* Read a series that begins at p, which is no blank.  Returns where it ends; NULL:
 * wrong and wrong_at say why not. */
const char *seriestext_read(struct seriestext *s, const char *p, const char *end);

/* What stands in the braces of an exemplar, from behind the {. */
const char *seriestext_exemplar(struct seriestext *s, const char *p, const char *end);

/* The name of a family behind # TYPE and the like; NULL: none stands there. */
const char *seriestext_family(const char *p, const char *end, struct slice *name);

/* Without \\ \" \n, other backslashes kept; quotes: false where \" stays as it
 * is (HELP of a text 0.0.4).  to has a.n bytes.  Returns how many were put. */
size_t seriestext_unescape(struct slice a, bool quotes, char *to);

#endif
