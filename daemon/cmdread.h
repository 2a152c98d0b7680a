/* cmdread.h - what a reading path of /v1 answers, for a command: asked of a running daemon
 * where --url is given, else read from the history on disk, with the same words. */
#ifndef DAEMON_CMDREAD_H
#define DAEMON_CMDREAD_H

#include "daemon/cmddaemon.h"
#include "daemon/cmdhistory.h"
#include "webhooks/port.h"

/* The rows that such a command starts with. */
enum { CMDREAD_DAEMON = CMDHISTORY_ROWS, CMDREAD_ROWS = CMDREAD_DAEMON + CMDDAEMON_ROWS };
#define CMDREAD_TABLE CMDHISTORY_ROWS_TABLE, CMDDAEMON_TABLE(CMDREAD_DAEMON)

/* read: PORT_READ_RUNS, PORT_READ_VERDICTS or PORT_READ_RUN.  *body is borrowed
 * from text. */
enum status cmdread_get(const struct option_values *v, const struct port_read *read,
                        struct text *text, struct err *err) MUST_CHECK;

/* Rows that say which runs or verdicts, behind CMDREAD_ROWS. */
enum {
    CMDREAD_NAMESPACE = CMDREAD_ROWS,
    CMDREAD_SERVICE,
    CMDREAD_VERDICT,
    CMDREAD_SINCE,
    CMDREAD_LIMIT,
    CMDREAD_AFTER,
    CMDREAD_LIST_ROWS
};
#define CMDREAD_LIST_TABLE                                                                         \
    CMDREAD_TABLE,                                                                                 \
        [CMDREAD_NAMESPACE] = {"namespace", 'n', "NAME", OPTION_TEXT, "only of this namespace"},   \
        [CMDREAD_SERVICE] = {"service", 's', "NAME", OPTION_TEXT, "only of this service"},         \
        [CMDREAD_VERDICT] = {"verdict", 0, "pass|hold|fail|abort", OPTION_TEXT,                    \
                             "only with this verdict"},                                            \
        [CMDREAD_SINCE] = {"since", 0, "WHEN", OPTION_TEXT,                                        \
                           "only newer ones: 15m, or 2026-11-22T22:10:05Z"},                       \
        [CMDREAD_LIMIT] = {"limit", 0, "N", OPTION_COUNT, "at most so many (20; at most 499)"},    \
        [CMDREAD_AFTER] = {"after", 0, "ID", OPTION_TEXT,                                          \
                           "those before this one: next of the JSON of a page"}

/* read from those rows; what is set before stays. */
enum status cmdread_list(const struct option_values *v, struct port_read *read,
                         struct err *err) MUST_CHECK;

/* A text of a row for people, cut and padded to width (0: as long as it is), or
 * a time to its second; terminal_put() guards the terminal. */
void cmdread_field(json_t *row, const char *name, unsigned width, struct text *out);
void cmdread_time(json_t *row, const char *name, struct text *out);

/* Gets, then prints: the JSON as it is, or `line` for each member of the array
 * called as `list`.  As a main program: the exit code. */
int cmdread_print(const char *command, const struct option_values *v, const struct port_read *read,
                  bool json, const char *list, void (*line)(json_t *row, struct text *out));

#endif
