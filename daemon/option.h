/* option.h - the command line of one command, read by table.
 *
 *     static const struct option_row rows[] = {
 *         {"config", 'c', "FILE", OPTION_TEXT, "the configuration"},
 *         {"json", 0, NULL, OPTION_FLAG, "print JSON"},
 *     };
 *     static const struct option_command command = {
 *         .name = "serve", .help = "run the daemon", .rows = rows, .n = ARRAY_LEN(rows)};
 *
 * "--name VALUE", "--name=VALUE", "-c VALUE", "-cVALUE"; "--" ends the options,
 * "-" is an operand.  --help and -h are known to every command. */
#ifndef DAEMON_OPTION_H
#define DAEMON_OPTION_H

#include "base/err.h"
#include "base/text.h"

enum option_kind {
    OPTION_FLAG, /* takes no value */
    OPTION_TEXT,
    OPTION_COUNT,    /* 0 and up */
    OPTION_NUMBER,   /* finite */
    OPTION_DURATION, /* 250ms, 30s, 5m */
};

enum { OPTION_MAX_ROWS = 32, OPTION_MAX_OPERANDS = 16 };

struct option_row {
    const char      *name;   /* without "--" */
    char             letter; /* 0: none */
    const char      *arg;    /* what stands for the value in the help; NULL for a flag */
    enum option_kind kind;
    const char      *help;
};

struct option_command {
    const char              *name, *help;
    const char              *operands; /* for the help: "FILE", "[RUN]"; NULL: none */
    size_t                   min_operands, max_operands;
    const struct option_row *rows;
    size_t                   n;
};

/* Of one row; text is what was written (of a flag NULL), borrowed from argv. */
struct option_value {
    bool        given;
    const char *text;
    uint64_t    count;
    double      number;
    int64_t     ms;
};

/* values[i] belongs to rows[i]. */
struct option_values {
    bool                help; /* was asked for: print option_help, nothing was checked */
    struct option_value values[OPTION_MAX_ROWS];
    const char         *operands[OPTION_MAX_OPERANDS];
    size_t              n_operands;
};

/* argv[0] is the command's name and is skipped.  STATUS_SYNTAX: err says what
 * and suggests; an option given twice is an error. */
enum status option_read(const struct option_command *command, int argc, char **argv,
                        struct option_values *out, struct err *err) MUST_CHECK;

void option_help(const struct option_command *command, struct text *out);

/* option_read for a main program: prints the help on standard output or the
 * error on standard error.  true: go on; false: end with *exit_code (0 after
 * the help, 3 after an error: what the commands use for "could not ask"). */
bool option_start(const struct option_command *command, int argc, char **argv,
                  struct option_values *out, int *exit_code);

#endif
