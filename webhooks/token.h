/* token.h - bearer tokens from a file: whether a caller has one, and what it allows. */
#ifndef WEBHOOKS_TOKEN_H
#define WEBHOOKS_TOKEN_H

#include "base/err.h"
#include "base/slice.h"

enum {
    TOKEN_BYTES = 256,
    TOKEN_MAX = 1024,
    TOKEN_MAX_NAMESPACES = 16,  /* of one token */
    TOKEN_NAMESPACE_BYTES = 64, /* Kubernetes: at most 63 characters */
};

enum token_scope {
#define SCOPE(name, word, plain, what) TOKEN_SCOPE_##name,
#include "webhooks/token_scope.def"
#undef SCOPE
    TOKEN_SCOPE_COUNT
};

const char *token_scope_word(enum token_scope s);

/* What a token allows.  Copied by value. */
struct token_grant {
    unsigned scopes;       /* bit per enum token_scope */
    unsigned n_namespaces; /* 0: all of them */
    char     ns[TOKEN_MAX_NAMESPACES][TOKEN_NAMESPACE_BYTES];
};

/* Everything, everywhere: what callers have where no token is asked for. */
void token_grant_all(struct token_grant *g);

static inline bool
token_has(const struct token_grant *g, enum token_scope s)
{
    return g->scopes >> s & 1;
}

/* Also for the namespace; an empty one stands for all, which a token of some
 * namespaces does not cover. */
bool token_covers(const struct token_grant *g, struct slice ns);

struct token_set;

/* In the place of a token: what a client whose certificate has the name may do. */
#define TOKEN_CERTIFICATE "cert:"

/* A line is TOKEN [SCOPES [NAMESPACES]], or cert:NAME for a token, both lists with commas: "abc read,gate
 * prod,staging".  Without scopes it has those that token_scope.def calls plain;
 * without namespaces, or with "*", it is for all.  Blanks around, empty lines and
 * lines that start with '#' are ignored.  STATUS_IO: cannot be read.
 * STATUS_SYNTAX: no token in it, or a line that is none; the error names file and
 * line and quotes nothing of it, since it may be another token.
 * The caller owns *out: token_free(). */
enum status token_open(const char *path, struct token_set **out, struct err *err) MUST_CHECK;
void        token_free(struct token_set *t);

/* Read the file again, all or nothing: on failure the old tokens stay. */
enum status token_reload(struct token_set *t, struct err *err) MUST_CHECK;

/* Any thread; takes equally long whichever token it is, if any.  False: none of
 * them, and *out has no scope. */
bool token_find(struct token_set *t, struct slice token, struct token_grant *out);

/* The same for a name of a client's certificate, which was checked. */
bool token_find_certificate(struct token_set *t, struct slice name, struct token_grant *out);

/* Whether any token has the scope; any thread. */
bool token_any_has(struct token_set *t, enum token_scope s);

/* The token of an Authorization header, Bearer or Basic (where the password is
 * the token, the user name does not matter).  False: there is none. */
bool token_of_header(struct slice authorization, char out[TOKEN_BYTES]);

#endif
