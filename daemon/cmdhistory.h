/* cmdhistory.h - which history a command reads: --data-dir, or that of --config. */
#ifndef DAEMON_CMDHISTORY_H
#define DAEMON_CMDHISTORY_H

#include "daemon/option.h"
#include "store/reader.h"

/* The two rows that such a command starts with. */
enum { CMDHISTORY_CONFIG, CMDHISTORY_DATA_DIR, CMDHISTORY_ROWS };
#define CMDHISTORY_ROWS_TABLE                                                                      \
    [CMDHISTORY_CONFIG] = {"config", 'c', "FILE", OPTION_TEXT, "take data_dir from this file"},    \
    [CMDHISTORY_DATA_DIR] = {"data-dir", 'd', "DIR", OPTION_TEXT,                                  \
                             "where the history is (/var/lib/verdictd)"}

/* *out is given back with free(). */
enum status cmdhistory_dir(const struct option_values *v, char **out, struct err *err) MUST_CHECK;

enum status cmdhistory_open(const struct option_values *v, struct reader **out,
                            struct err *err) MUST_CHECK;

#endif
