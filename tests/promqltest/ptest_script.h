/* ptest_script.h - a .test file as a list of commands.
 *
 * The language is that of Prometheus's promql/promqltest/README.md, with the
 * older forms eval_fail, eval_warn, eval_ordered and eval_info. */
#ifndef PTEST_SCRIPT_H
#define PTEST_SCRIPT_H

#include "tests/promqltest/ptest_series.h"

enum ptest_kind { PTEST_CLEAR, PTEST_LOAD, PTEST_INSTANT, PTEST_RANGE };

enum ptest_what {
    PTEST_FAIL,
    PTEST_WARN,
    PTEST_INFO,
    PTEST_NO_WARN,
    PTEST_NO_INFO,
    PTEST_ORDERED,
    PTEST_WHATS
};

struct ptest_expect {
    enum ptest_what what;
    bool            is_regex;
    struct slice    text; /* p NULL: any text will do */
};

struct ptest_command {
    enum ptest_kind kind;
    size_t          line;
    int64_t         start_ms, end_ms, step_ms; /* step of load, too */
    struct slice    expr;

    const struct ptest_expect *expects;
    size_t                     n_expects;
    bool                       has[PTEST_WHATS];

    bool         is_scalar, is_string, is_window; /* window: expect range vector */
    double       scalar;
    struct slice string;
    int64_t      window_start_ms, window_end_ms, window_step_ms;

    const struct ptest_series *series; /* of a load, or expected */
    size_t                     n_series;
    bool                       native;    /* some series has native histograms */
    bool                       with_nhcb; /* of a load: also as native histograms, upstream */
};

struct ptest_script {
    struct slice rest;
    size_t       line;
};

/* The next command into the arena.  STATUS_NO_DATA: the file is at its end.
 * STATUS_SYNTAX: err names the line. */
enum status ptest_script_next(struct ptest_script *s, struct arena *a, struct ptest_command *out,
                              struct err *err) MUST_CHECK;

#endif
