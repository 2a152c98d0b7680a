/* cmdsource.h - the source of a command that asks once and ends.
 *
 * Series that verdictd keeps itself are in the memory of the daemon alone: it is
 * asked for them through its Prometheus API. */
#ifndef DAEMON_CMDSOURCE_H
#define DAEMON_CMDSOURCE_H

#include "daemon/loop.h"
#include "daemon/option.h"
#include "daemon/upstream.h"

/* Options of such a command: cmdsource_new() wants their values. */
#define CMDSOURCE_DAEMON                                                                           \
    {                                                                                              \
        "daemon", 0, "URL", OPTION_TEXT,                                                           \
            "the daemon that keeps an embedded source (http://LISTEN)"                             \
    }
#define CMDSOURCE_TOKEN_FILE                                                                       \
    {                                                                                              \
        "token-file", 0, "FILE", OPTION_TEXT, "holds a token for it, with the scope read"          \
    }

/* STATUS_SYNTAX: nothing says where the daemon listens, or it keeps several
 * sources, which its API reads as one. */
enum status cmdsource_new(struct loop *loop, struct config *config, const struct config_source *cs,
                          const struct option_value *daemon, const struct option_value *token_file,
                          struct upstream **out, struct err *err) MUST_CHECK;

#endif
