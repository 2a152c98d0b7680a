/* option.h - the command line of one command, read by table.
 *
 *     static const struct option_row rows[] = {
 *         {"config", 'c', "FILE", OPTION_TEXT, "the configuration"},
 *         OPTION_JSON,
 *     };
 *     const struct option_command cmd_serve_options = {
 *         .name = "serve", .help = "Run the daemon.", .rows = rows, .n = ARRAY_LEN(rows),
 *         .required = 1u << ROW_CONFIG};
 *
 * "--name VALUE", "--name=VALUE", "-c VALUE", "-cVALUE"; "--" ends the options,
 * "-" is an operand.  --help and -h are known to every command.  The help, the
 * completions, the manual page and docs/COMMANDS.md are made from it. */
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

enum { OPTION_MAX_ROWS = 32, OPTION_MAX_OPERANDS = 16, OPTION_MAX_EXITS = 6 };

/* Every command ends with 0 when all went well, and with OPTION_EXIT_ERROR when
 * it was called wrongly or could not do its work. */
enum { OPTION_EXIT_ERROR = 3 };

/* In arg and operands small words with | are the choices, FILE and DIR are
 * paths, COMMAND is one of ours, and other capitals are free. */
struct option_row {
    const char      *name;   /* without "--" */
    char             letter; /* 0: none */
    const char      *arg;    /* what stands for the value in the help; NULL for a flag */
    enum option_kind kind;
    const char      *help; /* a line, with the default in brackets */
};

/* --json of any command that has it. */
#define OPTION_JSON                                                                                \
    {                                                                                              \
        "json", 0, NULL, OPTION_FLAG, "print JSON"                                                 \
    }

/* Of a command that prints nothing else: who says --json everywhere may. */
#define OPTION_JSON_ALWAYS                                                                         \
    {                                                                                              \
        "json", 0, NULL, OPTION_FLAG, "print JSON, as always"                                      \
    }

struct option_exit {
    int         code;
    const char *means;
};

struct option_command {
    const char              *name, *help;
    const char              *operands; /* "FILE", "[RUN]", "argo|flagger"; NULL: none */
    size_t                   min_operands, max_operands;
    const struct option_row *rows;
    size_t                   n;
    uint32_t                 required;                /* bit i: without rows[i] nothing is done */
    struct option_exit       exits[OPTION_MAX_EXITS]; /* until means is NULL, rising */
    const char              *json; /* what --json prints, or always is printed; NULL: none */
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
 * and suggests; an option given twice is an error, and so is one that is
 * required and missing. */
enum status option_read(const struct option_command *command, int argc, char **argv,
                        struct option_values *out, struct err *err) MUST_CHECK;

void option_help(const struct option_command *command, struct text *out);

bool option_required(const struct option_command *command, const struct option_row *row);

/* Words of an arg or of operands: "[RUN] approve|veto ..." gives RUN, then
 * approve|veto; brackets and dots are stepped over.  {0}: no more. */
struct slice option_word(struct slice *rest);

/* option_read for a main program: prints the help on standard output or the
 * error on standard error.  true: go on; false: end with *exit_code (0 after
 * the help, OPTION_EXIT_ERROR after an error). */
bool option_start(const struct option_command *command, int argc, char **argv,
                  struct option_values *out, int *exit_code);

#endif
