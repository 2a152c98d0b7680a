/* cmddaemon.h - a command that asks a running daemon over HTTP, one question after the other. */
#ifndef DAEMON_CMDDAEMON_H
#define DAEMON_CMDDAEMON_H

#include "base/json.h"
#include "daemon/option.h"

/* The rows of such a command, in this order from `first` on. */
enum { CMDDAEMON_URL, CMDDAEMON_TOKEN_FILE, CMDDAEMON_CA_FILE, CMDDAEMON_ROWS };
#define CMDDAEMON_TABLE(first)                                                                     \
    [(first) + CMDDAEMON_URL] = {"url", 'u', "URL", OPTION_TEXT,                                   \
                                 "of the daemon (http://127.0.0.1:8080)"},                         \
               [(first) + CMDDAEMON_TOKEN_FILE] = {"token-file", 0, "FILE", OPTION_TEXT,           \
                                                   "holds the bearer token"},                      \
               [(first) + CMDDAEMON_CA_FILE] = {"ca-file", 0, "FILE", OPTION_TEXT,                 \
                                                "certificates to trust, PEM"}

struct cmddaemon;

/* values: of the first of the rows; borrowed.  STATUS_SYNTAX: no URL. */
enum status cmddaemon_new(const struct option_value *values, struct cmddaemon **out,
                          struct err *err) MUST_CHECK;
void        cmddaemon_free(struct cmddaemon *d); /* NULL is fine */

const char *cmddaemon_url(const struct cmddaemon *d);

/* body NULL: GET, else POST of that JSON.  *code is the answer's, whatever it
 * is, and *answer its text, borrowed until the next question.
 * STATUS_CANCELLED: SIGINT or SIGTERM came, now or at a question before; other
 * failures are those of base/fetch.h, with the address. */
enum status cmddaemon_ask(struct cmddaemon *d, const char *path, const struct text *body, int *code,
                          struct slice *answer, struct err *err) MUST_CHECK;

/* The same as GET, where only 200 with one JSON object will do; the caller owns
 * *out.  *code is 0 where there was no answer.  STATUS_NOT_FOUND, STATUS_DENIED
 * and others by the code, with what the daemon said. */
enum status cmddaemon_get(struct cmddaemon *d, const char *path, int *code, json_t **out,
                          struct err *err) MUST_CHECK;

/* What the last answer's Retry-After asked for; -1: nothing. */
int64_t cmddaemon_retry_after_ms(const struct cmddaemon *d);

/* What an answer that is not 2xx says: error and hint of its body. */
void cmddaemon_refusal(int code, struct slice answer, struct err *err);

/* STATUS_CANCELLED: SIGINT or SIGTERM came, now or before. */
enum status cmddaemon_wait(struct cmddaemon *d, int64_t ms, struct err *err) MUST_CHECK;

#endif
