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

/* The texts lie apart from what they allow: they are all read at every check. */
struct token_set {
    pthread_rwlock_t    lock;
    char               *path;
    struct token       *tokens;
    struct token_grant *grants;
    size_t              n;
};

static const struct {
    const char *word;
    bool        plain;
} scopes[] = {
#define SCOPE(name, word, plain, what) [TOKEN_SCOPE_##name] = {word, plain},
#include "webhooks/token_scope.def"
#undef SCOPE
};

const char *
token_scope_word(enum token_scope s)
{
    return scopes[s].word;
}

void
token_grant_all(struct token_grant *g)
{
    g->scopes = (1U << TOKEN_SCOPE_COUNT) - 1;
    g->n_namespaces = 0;
}

bool
token_covers(const struct token_grant *g, struct slice ns)
{
    if (g->n_namespaces == 0)
        return true;
    for (unsigned i = 0; i < g->n_namespaces; i++)
        if (slice_is(ns, g->ns[i]))
            return true;
    return false;
}

/* A line of the file under reading. */
struct place {
    const char *path;
    int         line;
    struct err *err;
};

static enum status
refuse(const struct place *at, const char *why)
{
    return err_set(at->err, STATUS_SYNTAX, "%s:%d: %s", at->path, at->line, why);
}

static struct slice
next_word(struct slice *rest)
{
    size_t       n = 0;
    struct slice word;

    *rest = slice_trim(*rest);
    while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
        n++;
    word = (struct slice){rest->p, n};
    rest->p += n;
    rest->n -= n;
    return word;
}

static enum status
take_text(const struct place *at, struct slice text, struct token *out)
{
    if (text.n >= TOKEN_BYTES)
        return err_set(at->err, STATUS_SYNTAX, "%s:%d: a token has at most %d bytes", at->path,
                       at->line, TOKEN_BYTES - 1);
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= 0x20 || (unsigned char)text.p[i] >= 0x7f)
            return refuse(at, "a token is printable ASCII without blanks");
    *out = (struct token){0};
    memcpy(out->text, text.p, text.n);
    return STATUS_OK;
}

static bool
scope_of(struct slice word, unsigned *bits)
{
    for (unsigned i = 0; i < TOKEN_SCOPE_COUNT; i++)
        if (slice_is(word, scopes[i].word)) {
            *bits |= 1U << i;
            return true;
        }
    return false;
}

static enum status
take_scopes(const struct place *at, struct slice list, struct token_grant *out)
{
    for (unsigned i = 0; i < TOKEN_SCOPE_COUNT; i++)
        if (list.n == 0 && scopes[i].plain)
            out->scopes |= 1U << i;
    if (list.n == 0)
        return STATUS_OK;
    while (list.p) /* also for what stands behind a last comma */
        if (!scope_of(slice_cut(&list, ','), &out->scopes))
            return refuse(at, "behind the token stands what is not a list of scopes: read, gate, "
                              "act, force, write, with commas and without blanks");
    return STATUS_OK;
}

static bool
is_namespace(struct slice a)
{
    for (size_t i = 0; i < a.n; i++) {
        char c = a.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '.' || c == '_'))
            return false;
    }
    return a.n > 0 && a.n < TOKEN_NAMESPACE_BYTES;
}

static enum status
take_namespaces(const struct place *at, struct slice list, struct token_grant *out)
{
    if (list.n == 0 || slice_is(list, "*"))
        return STATUS_OK;
    while (list.p) {
        struct slice one = slice_cut(&list, ',');

        if (!is_namespace(one))
            return refuse(at, "behind the scopes stands what is not a list of namespaces, with "
                              "commas and without blanks, or * for all");
        if (out->n_namespaces == TOKEN_MAX_NAMESPACES)
            return err_set(at->err, STATUS_SYNTAX, "%s:%d: more than %d namespaces", at->path,
                           at->line, TOKEN_MAX_NAMESPACES);
        memcpy(out->ns[out->n_namespaces++], one.p, one.n);
    }
    return STATUS_OK;
}

static enum status
take_line(const struct place *at, struct slice rest, struct token *token, struct token_grant *grant)
{
    enum status s = take_text(at, next_word(&rest), token);

    *grant = (struct token_grant){0};
    if (!s)
        s = take_scopes(at, next_word(&rest), grant);
    if (!s)
        s = take_namespaces(at, next_word(&rest), grant);
    if (!s && slice_trim(rest).n)
        s = refuse(at, "a line is TOKEN [SCOPES [NAMESPACES]], the lists without blanks");
    return s;
}

/* What a set is made of, or was. */
struct content {
    struct token       *tokens;
    struct token_grant *grants;
    size_t              n;
};

static bool
stands_already(const struct content *c, const struct token *t)
{
    for (size_t i = 0; i < c->n; i++)
        if (memcmp(c->tokens[i].text, t->text, TOKEN_BYTES) == 0)
            return true;
    return false;
}

static enum status
parse(const char *path, struct slice body, struct content *out, struct err *err)
{
    for (int line = 1; body.n; line++) {
        const struct place at = {path, line, err};
        struct slice       text = slice_cut(&body, '\n');
        enum status        s;

        if (slice_ends(text, "\r"))
            text.n--;
        text = slice_trim(text);
        if (text.n == 0 || text.p[0] == '#')
            continue;
        if (out->n == TOKEN_MAX)
            return err_set(err, STATUS_SYNTAX, "%s:%d: more than %d tokens", path, line, TOKEN_MAX);
        s = take_line(&at, text, &out->tokens[out->n], &out->grants[out->n]);
        if (s)
            return s;
        if (stands_already(out, &out->tokens[out->n]))
            return refuse(&at, "this token stands in a line above already");
        out->n++;
    }
    if (out->n == 0)
        return err_set(err, STATUS_SYNTAX, "%s: no token in it; put one on a line of its own",
                       path);
    return STATUS_OK;
}

static enum status
read_tokens(const char *path, struct content *out, struct err *err)
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
        s = parse(path, (struct slice){body, got}, out, err);
    fclose(f);
    explicit_bzero(body, FILE_BYTES);
    free(body);
    return s;
}

static void
forget(struct content *c)
{
    if (c->tokens)
        explicit_bzero(c->tokens, TOKEN_MAX * sizeof *c->tokens);
    free(c->tokens);
    free(c->grants);
}

enum status
token_reload(struct token_set *t, struct err *err)
{
    struct content fresh = {.tokens = heap_new(TOKEN_MAX, sizeof *fresh.tokens),
                            .grants = heap_new(TOKEN_MAX, sizeof *fresh.grants)};
    enum status    s = read_tokens(t->path, &fresh, err);

    if (!s) {
        struct content old;

        pthread_rwlock_wrlock(&t->lock);
        old = (struct content){t->tokens, t->grants, t->n};
        t->tokens = fresh.tokens;
        t->grants = fresh.grants;
        t->n = fresh.n;
        pthread_rwlock_unlock(&t->lock);
        fresh = old;
    }
    forget(&fresh);
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
    forget(&(struct content){t->tokens, t->grants, t->n});
    free(t->path);
    pthread_rwlock_destroy(&t->lock);
    free(t);
}

/* asked is not empty. */
static bool
find(struct token_set *t, const struct token *asked, struct token_grant *out)
{
    size_t which = SIZE_MAX;

    pthread_rwlock_rdlock(&t->lock);
    for (size_t i = 0; i < t->n; i++) {
        /* All bits where they are equal, no branch. */
        size_t equal =
            0 - (size_t)(gnutls_memcmp(asked->text, t->tokens[i].text, TOKEN_BYTES) == 0);

        which = (i & equal) | (which & ~equal);
    }
    if (which != SIZE_MAX)
        *out = t->grants[which];
    pthread_rwlock_unlock(&t->lock);
    return which != SIZE_MAX;
}

bool
token_find(struct token_set *t, struct slice token, struct token_grant *out)
{
    struct token asked = {0};
    bool         found;

    out->scopes = out->n_namespaces = 0;
    /* A name is no secret: whoever sends it has shown no certificate. */
    if (token.n == 0 || token.n >= TOKEN_BYTES || slice_starts(token, TOKEN_CERTIFICATE))
        return false;
    memcpy(asked.text, token.p, token.n);
    found = find(t, &asked, out);
    explicit_bzero(&asked, sizeof asked);
    return found;
}

bool
token_find_certificate(struct token_set *t, struct slice name, struct token_grant *out)
{
    const size_t n = strlen(TOKEN_CERTIFICATE);
    struct token asked = {0};

    out->scopes = out->n_namespaces = 0;
    if (name.n == 0 || name.n + n >= TOKEN_BYTES)
        return false;
    memcpy(asked.text, TOKEN_CERTIFICATE, n);
    memcpy(asked.text + n, name.p, name.n);
    return find(t, &asked, out);
}

bool
token_any_has(struct token_set *t, enum token_scope s)
{
    bool any = false;

    pthread_rwlock_rdlock(&t->lock);
    for (size_t i = 0; i < t->n; i++)
        any = any || token_has(&t->grants[i], s);
    pthread_rwlock_unlock(&t->lock);
    return any;
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
