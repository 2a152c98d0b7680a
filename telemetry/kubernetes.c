#include "telemetry/kubernetes.h"

#include "base/heap.h"
#include "base/text.h"
#include "promql/promrequest.h"
#include "telemetry/podwatch.h"

#include <stdlib.h>
#include <unistd.h>

#define ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount/"

enum { MAX_SELECTOR_BYTES = 4096 };

struct kubernetes {
    struct podwatch **watches;
    size_t            n;
    char             *key; /* the configuration, as one text */
};

static void
put(struct text *t, const char *s)
{
    text_printf(t, "%zu:%s\n", s ? strlen(s) : 0, s ? s : "");
}

static char *
key_of(const struct kubernetes_config *c)
{
    struct text t;
    size_t      n;

    text_init(&t, SIZE_MAX / 2); /* a configuration's own size */
    put(&t, c->api_server);
    put(&t, c->token_file);
    put(&t, c->ca_file);
    put(&t, c->selector);
    put(&t, c->path);
    put(&t, c->scheme);
    text_printf(&t, "%u %d %zu\n", c->port, c->annotations, c->n_namespaces);
    for (size_t i = 0; i < c->n_namespaces; i++)
        put(&t, c->namespaces[i]);
    for (size_t i = 0; i < c->n_labels; i++) {
        put(&t, c->labels[i].name);
        put(&t, c->labels[i].pod_label);
    }
    return text_take(&t, &n);
}

static const char *
copy(struct arena *a, const char *s)
{
    return s ? arena_text(a, slice_of(s)) : NULL;
}

static void
copy_lists(struct arena *a, struct kubernetes_config *c)
{
    const char             **namespaces = arena_array(a, c->n_namespaces, sizeof *namespaces);
    struct kubernetes_label *labels = arena_array(a, c->n_labels, sizeof *labels);

    for (size_t i = 0; i < c->n_namespaces; i++)
        namespaces[i] = copy(a, c->namespaces[i]);
    for (size_t i = 0; i < c->n_labels; i++)
        labels[i] =
            (struct kubernetes_label){copy(a, c->labels[i].name), copy(a, c->labels[i].pod_label)};
    c->namespaces = namespaces;
    c->labels = labels;
}

/* A token is never sent in the clear. */
static void
use_account(struct kubernetes_config *c)
{
    if (!slice_starts(slice_of(c->api_server), "https://"))
        return;
    if (!c->token_file && access(ACCOUNT "token", R_OK) == 0)
        c->token_file = ACCOUNT "token";
    if (!c->ca_file && access(ACCOUNT "ca.crt", R_OK) == 0)
        c->ca_file = ACCOUNT "ca.crt";
}

/* kubernetes.io/docs/tasks/run-application/access-api-from-pod: what a pod finds. */
static enum status
find_server(struct arena *a, struct kubernetes_config *c, struct err *err)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST");
    const char *port = getenv("KUBERNETES_SERVICE_PORT");
    const bool  six = host && strchr(host, ':');

    if (c->api_server) {
        use_account(c);
        return STATUS_OK;
    }
    if (!host || !*host)
        return err_set(
            err, STATUS_NOT_FOUND,
            "kubernetes: not in a cluster (no KUBERNETES_SERVICE_HOST): give api_server");
    c->api_server = arena_printf(a, "https://%s%s%s:%s", six ? "[" : "", host, six ? "]" : "",
                                 port && *port ? port : "443");
    use_account(c);
    return STATUS_OK;
}

static enum status
fill(struct podwatch_shared *s, const struct kubernetes_config *c, struct err *err)
{
    struct arena *a = &s->arena;
    enum status   status;

    s->config = *c;
    s->config.api_server = copy(a, c->api_server);
    for (size_t n = c->api_server ? strlen(c->api_server) : 0;
         n && s->config.api_server[n - 1] == '/'; n--)
        s->config.api_server =
            arena_text(a, (struct slice){c->api_server, n - 1}); /* "//api" is another path */
    s->config.token_file = copy(a, c->token_file);
    s->config.ca_file = copy(a, c->ca_file);
    s->config.selector = copy(a, c->selector);
    s->config.path = copy(a, c->path);
    s->config.scheme = copy(a, c->scheme);
    copy_lists(a, &s->config);
    if (c->selector && strlen(c->selector) > MAX_SELECTOR_BYTES)
        return err_set(err, STATUS_LIMIT, "kubernetes: the selector is over %d bytes",
                       MAX_SELECTOR_BYTES);
    status = find_server(a, &s->config, err);
    if (!status && promrequest_check_url(slice_of(s->config.api_server), err))
        status = err_wrap(err, "kubernetes: api_server");
    s->peer = (struct fetch_peer){.bearer_token_file = s->config.token_file,
                                  .ca_file = s->config.ca_file};
    return status;
}

enum status
kubernetes_new(const struct kubernetes_config *c, const struct kubernetes_world *w,
               const struct targetsink *sink, struct kubernetes **out, struct err *err)
{
    struct podwatch_shared *shared = heap_new(1, sizeof *shared);
    enum status             s = fill(shared, c, err);
    struct kubernetes      *k;

    shared->refs = 1;
    shared->world = *w;
    shared->sink = *sink;
    if (s) {
        podwatch_release(shared);
        return s;
    }
    k = heap_new(1, sizeof *k);
    k->key = key_of(c);
    k->n = c->n_namespaces ? c->n_namespaces : 1;
    k->watches = heap_new(k->n, sizeof(struct podwatch *));
    for (size_t i = 0; i < k->n; i++)
        k->watches[i] = podwatch_new(shared, c->n_namespaces ? shared->config.namespaces[i] : NULL);
    podwatch_release(shared);
    *out = k;
    return STATUS_OK;
}

bool
kubernetes_same(const struct kubernetes *k, const struct kubernetes_config *c)
{
    char *key = key_of(c);
    bool  same = !strcmp(k->key, key);

    free(key);
    return same;
}

void
kubernetes_free(struct kubernetes *k)
{
    if (!k)
        return;
    for (size_t i = 0; i < k->n; i++)
        podwatch_stop(k->watches[i]);
    free(k->watches);
    free(k->key);
    free(k);
}
