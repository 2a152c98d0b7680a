/* token.h - bearer tokens from a file, and whether a caller has one of them. */
#ifndef WEBHOOKS_TOKEN_H
#define WEBHOOKS_TOKEN_H

#include "base/err.h"
#include "base/slice.h"

enum { TOKEN_BYTES = 256, TOKEN_MAX = 1024 };

struct token_set;

/* One token a line, blanks around it and empty lines ignored, '#' starts a
 * comment line.  STATUS_IO: cannot be read.  STATUS_SYNTAX: no token in it, or
 * a line that is none; the error names file and line and never the token.
 * The caller owns *out: token_free(). */
enum status token_open(const char *path, struct token_set **out, struct err *err) MUST_CHECK;
void        token_free(struct token_set *t);

/* Read the file again, all or nothing: on failure the old tokens stay. */
enum status token_reload(struct token_set *t, struct err *err) MUST_CHECK;

/* Any thread; takes equally long whichever token it is, if any. */
bool token_check(struct token_set *t, struct slice token);

/* The token of an Authorization header, Bearer or Basic (where the password is
 * the token, the user name does not matter).  False: there is none. */
bool token_of_header(struct slice authorization, char out[TOKEN_BYTES]);

#endif
