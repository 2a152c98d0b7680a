#include "webhooks/token.h"

#include "base/heap.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES = 1024 * 1024 };

/* Padded with zeros, so that every comparison is over all bytes. */
struct token {
    char text[TOKEN_BYTES];
};

struct token_set {
    pthread_rwlock_t lock;
    char            *path;
    struct token    *tokens;
    size_t           n;
};

static enum status
take_line(const char *path, int line, struct slice text, struct token *out, struct err *err)
{
    if (text.n >= TOKEN_BYTES)
        return err_set(err, STATUS_SYNTAX, "%s:%d: a token has at most %d bytes", path, line,
                       TOKEN_BYTES - 1);
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= 0x20 || (unsigned char)text.p[i] >= 0x7f)
            return err_set(err, STATUS_SYNTAX,
                           "%s:%d: a token is printable ASCII without blanks, one a line", path,
                           line);
    *out = (struct token){0};
    memcpy(out->text, text.p, text.n);
    return STATUS_OK;
}

static enum status
parse(const char *path, struct slice body, struct token *out, size_t *n, struct err *err)
{
    *n = 0;
    for (int line = 1; body.n; line++) {
        struct slice text = slice_cut(&body, '\n');
        enum status  s;

        if (slice_ends(text, "\r"))
            text.n--;
        text = slice_trim(text);
        if (text.n == 0 || text.p[0] == '#')
            continue;
        if (*n == TOKEN_MAX)
            return err_set(err, STATUS_SYNTAX, "%s:%d: more than %d tokens", path, line, TOKEN_MAX);
        s = take_line(path, line, text, &out[*n], err);
        if (s)
            return s;
        ++*n;
    }
    if (*n == 0)
        return err_set(err, STATUS_SYNTAX, "%s: no token in it; put one on a line of its own",
                       path);
    return STATUS_OK;
}

static enum status
read_tokens(const char *path, struct token *out, size_t *n, struct err *err)
{
    FILE       *f = fopen(path, "re");
    char       *body;
    size_t      got;
    enum status s;

    if (!f)
        return err_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
    body = heap_new(FILE_BYTES, 1);
    got = fread(body, 1, FILE_BYTES, f);
    if (ferror(f))
        s = err_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
    else if (got == FILE_BYTES)
        s = err_set(err, STATUS_SYNTAX, "%s: over 1 MiB is no file of tokens", path);
    else
        s = parse(path, (struct slice){body, got}, out, n, err);
    fclose(f);
    explicit_bzero(body, FILE_BYTES);
    free(body);
    return s;
}

enum status
token_reload(struct token_set *t, struct err *err)
{
    struct token *fresh = heap_new(TOKEN_MAX, sizeof *fresh), *old;
    size_t        n = 0;
    enum status   s = read_tokens(t->path, fresh, &n, err);

    if (s) {
        old = fresh;
    } else {
        pthread_rwlock_wrlock(&t->lock);
        old = t->tokens;
        t->tokens = fresh;
        t->n = n;
        pthread_rwlock_unlock(&t->lock);
    }
    if (old)
        explicit_bzero(old, TOKEN_MAX * sizeof *old);
    free(old);
    return s;
}

enum status
token_open(const char *path, struct token_set **out, struct err *err)
{
    struct token_set *t = heap_new(1, sizeof *t);
    size_t            bytes = strlen(path) + 1;
    enum status       s;

    pthread_rwlock_init(&t->lock, NULL);
    t->path = heap_new(bytes, 1);
    memcpy(t->path, path, bytes);
    s = token_reload(t, err);
    if (s) {
        token_free(t);
        return s;
    }
    *out = t;
    return STATUS_OK;
}

void
token_free(struct token_set *t)
{
    if (!t)
        return;
    if (t->tokens)
        explicit_bzero(t->tokens, TOKEN_MAX * sizeof *t->tokens);
    free(t->tokens);
    free(t->path);
    pthread_rwlock_destroy(&t->lock);
    free(t);
}

bool
token_check(struct token_set *t, struct slice token)
{
    struct token asked = {0};
    unsigned     equal = 0;

    if (token.n == 0 || token.n >= TOKEN_BYTES)
        return false;
    memcpy(asked.text, token.p, token.n);
    pthread_rwlock_rdlock(&t->lock);
    for (size_t i = 0; i < t->n; i++)
        equal |= gnutls_memcmp(asked.text, t->tokens[i].text, TOKEN_BYTES) == 0;
    pthread_rwlock_unlock(&t->lock);
    explicit_bzero(&asked, sizeof asked);
    return equal != 0;
}

static bool
keep(struct slice token, char out[TOKEN_BYTES])
{
    if (token.n == 0 || token.n >= TOKEN_BYTES)
        return false;
    memcpy(out, token.p, token.n);
    out[token.n] = '\0';
    return true;
}

static bool
basic_password(struct slice encoded, char out[TOKEN_BYTES])
{
    gnutls_datum_t in = {(unsigned char *)(uintptr_t)encoded.p, (unsigned)encoded.n}, pair;
    struct slice   rest;
    bool           ok;

    if (encoded.n == 0 || encoded.n > 4 * TOKEN_BYTES || gnutls_base64_decode2(&in, &pair) < 0)
        return false;
    rest = (struct slice){(const char *)pair.data, pair.size};
    (void)slice_cut(&rest, ':');
    ok = keep(rest, out);
    explicit_bzero(pair.data, pair.size);
    gnutls_free(pair.data);
    return ok;
}

bool
token_of_header(struct slice authorization, char out[TOKEN_BYTES])
{
    struct slice rest = slice_trim(authorization), scheme = slice_cut(&rest, ' ');

    out[0] = '\0';
    rest = slice_trim(rest);
    if (slice_is_nocase(scheme, "Bearer"))
        return keep(rest, out);
    if (slice_is_nocase(scheme, "Basic"))
        return basic_password(rest, out);
    return false;
}
